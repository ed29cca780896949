//! E-mail addresses, telephone numbers and ids as advertisers' platforms compare them, beyond what all of them do.

use selvedge_core::event::Event;

use crate::ids::Ids;
use crate::person::{self, is_hash};

/// An e-mail address without dots in its local part and without what follows a `+` there.
pub(super) fn email_without_tag(value: &str) -> Option<String> {
    let email = person::email(value)?;
    match email.split_once('@') {
        Some((local, domain)) => canonical(local, domain),
        None => Some(email),
    }
}

/// An e-mail address as Google has it: without dots and tag where Google delivers it, for there they mean nothing.
pub(super) fn email_of_google(value: &str) -> Option<String> {
    let email: String = person::email(value)?.chars().filter(|c| !c.is_whitespace()).collect();
    match email.split_once('@') {
        Some((local, domain @ ("gmail.com" | "googlemail.com"))) => canonical(local, domain),
        _ => Some(email),
    }
}

fn canonical(local: &str, domain: &str) -> Option<String> {
    let local = local.split('+').next().unwrap_or(local).replace('.', "");
    (!local.is_empty()).then(|| format!("{local}@{domain}"))
}

/// A telephone number as E.164: `+` and its digits, without an extension. None where it begins with a single zero: that
/// is a number within a country, and with a `+` it would be somebody else's.
pub(super) fn e164(value: &str) -> Option<String> {
    let value = value.trim();
    if is_hash(value) {
        return Some(value.to_owned());
    }
    let dialled = value.trim_start_matches(|c: char| !c.is_ascii_digit() && c != '+');
    let dialled = dialled.split(|c: char| c.is_alphabetic() || c == '#').next().unwrap_or(dialled);
    if dialled.starts_with('0') && !dialled.starts_with("00") {
        return None;
    }
    // More than fifteen digits is no number of the world's.
    person::phone(dialled).filter(|digits| digits.len() <= 15).map(|digits| format!("+{digits}"))
}

/// The owner's id of the user, for vendors that take it as it is. One that is an e-mail address is hashed: it would be
/// plain beside its hash.
pub(super) fn external_id(event: &Event) -> Option<String> {
    let id = Ids::of(event).user?;
    let email = if id.contains('@') { person::email(id) } else { None };
    Some(email.map_or_else(|| id.to_owned(), |email| person::hashed(&email)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "ff8d9819fc0e12bf0d24892e45987e249a28dce836a85cad60e28eaaa8c6d976";

    #[test]
    fn addresses_are_those_of_the_vendors_examples() {
        // Reddit's own: "Direct Integration".
        for said in ["alice@example.com", "Al.ice+Apple@Example.Com"] {
            assert_eq!(person::hashed(&email_without_tag(said).unwrap()), HASH);
        }
        assert_eq!(email_without_tag(HASH).as_deref(), Some(HASH));
        for nobody in ["", "alice", "+tag@example.com", "...@example.com"] {
            assert_eq!(email_without_tag(nobody), None, "{nobody}");
        }
        // Google's own: "Format user data".
        for (said, sent) in [
            ("cloudy.sanfrancisco+shopping@gmail.com", "cloudysanfrancisco@gmail.com"),
            ("user.name+NYC@Example.com", "user.name+nyc@example.com"),
            (" a b@GoogleMail.com", "ab@googlemail.com"),
            (HASH, HASH),
        ] {
            assert_eq!(email_of_google(said).as_deref(), Some(sent));
        }
    }

    #[test]
    fn numbers_are_those_of_the_world() {
        // Reddit's own.
        let hash = "e5b124c58580eb16bd959b8d0cac12b12c952e2ceae0203d416cff94f10b994a";
        assert_eq!(person::hashed(&e164("+1 (555) 444-1234 ext. 9").unwrap()), hash);
        for (said, sent) in [
            ("0033 6 12 34 56 78", Some("+33612345678")),
            ("tel: +33 6 12 34 56 78#4", Some("+33612345678")),
            ("1 650 555 1212", Some("+16505551212")),
            (hash, Some(hash)),
            ("06 12 34 56 78", None),
            ("+12", None),
            ("+1234567890123456", None),
            ("", None),
        ] {
            assert_eq!(e164(said).as_deref(), sent, "{said}");
        }
    }
}
