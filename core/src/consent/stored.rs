//! The visitor's choice, kept in their own browser: the cookie `<visitor.cookie>_consent`, with a value such as
//! `granted.1730000000`, or of the purposes that were granted, `analytics+functional.1730000000`.
//!
//! It is not sealed: it names nobody, and a visitor who writes it by hand has made a choice too. It says when, so that
//! an old choice is asked for again however long a browser keeps the cookie.

use super::{Choice, Purpose, Purposes, State};
use crate::config;
use crate::facts::Timestamp;
use crate::visitor::{clear_cookie, set_cookie};

/// How long a choice is good for.
pub const DAYS: u16 = 180;

/// How far ahead of ours the clock may have been that wrote a choice, in seconds.
const SKEW: i64 = 300;

/// The cookie's name.
#[must_use]
pub fn cookie_name(visitor: &config::Visitor) -> String {
    format!("{}_consent", visitor.cookie)
}

/// The choice that a cookie's value stands for; none when it is too old. One that cannot be read is not granted, and a
/// yes from the future neither: a refusal may hide behind it.
#[must_use]
pub fn parse(value: &str, now: Timestamp) -> Option<Choice> {
    let (word, at) = value.split_once('.').unwrap_or((value, ""));
    let seconds = at.len() <= 12 && at.bytes().all(|byte| byte.is_ascii_digit());
    let at: Option<i64> = if seconds { at.parse().ok() } else { None };
    let age = at.map(|at| now.seconds().saturating_sub(at));
    Some(match (word, age) {
        (_, Some(age)) if age > i64::from(DAYS) * 86_400 => return None,
        ("denied", _) => State::Denied.into(),
        ("granted", Some(age)) if age >= -SKEW => State::Granted.into(),
        (words, Some(age)) if age >= -SKEW => purposes(words).map_or(State::Pending.into(), Choice::of),
        _ => State::Pending.into(),
    })
}

/// The purposes of a list such as `analytics+functional`; none when it names something else.
fn purposes(words: &str) -> Option<Purposes> {
    let named = |word: &str| Purpose::ALL.into_iter().find(|purpose| purpose.word() == word);
    words.split('+').try_fold(Purposes::NONE, |given, word| Some(given.with(named(word)?)))
}

/// The text of the `Set-Cookie` field that keeps a choice; `pending` takes it back.
#[must_use]
pub fn set(visitor: &config::Visitor, choice: Choice, now: Timestamp, secure: bool) -> String {
    let (name, domain) = (cookie_name(visitor), visitor.domain.as_deref());
    let granted = || Purpose::ALL.into_iter().filter(|purpose| choice.purposes.has(*purpose));
    let word = match choice.state {
        State::Granted => "granted".to_owned(),
        State::Denied if choice.purposes == Purposes::NONE => "denied".to_owned(),
        State::Denied => granted().map(Purpose::word).collect::<Vec<_>>().join("+"),
        State::Pending => return clear_cookie(&name, domain, secure),
    };
    set_cookie(&name, &format!("{word}.{}", now.seconds()), DAYS, domain, secure)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_730_000_000_000);

    #[test]
    fn a_choice_is_good_for_180_days() {
        let day = 86_400;
        let now = NOW.seconds();
        for (value, expected) in [
            (format!("granted.{now}"), Some(State::Granted)),
            (format!("denied.{now}"), Some(State::Denied)),
            (format!("granted.{}", now - 180 * day), Some(State::Granted)),
            (format!("granted.{}", now - 180 * day - 1), None),
            (format!("denied.{}", now + 300), Some(State::Denied)),
            (format!("denied.{}", now + 301), Some(State::Denied)),
            (format!("granted.{}", now + 301), Some(State::Pending)),
            (format!("pending.{now}"), Some(State::Pending)),
            (format!("GRANTED.{now}"), Some(State::Pending)),
            (format!("granted.{now}.x"), Some(State::Pending)),
            (format!("granted.+{now}"), Some(State::Pending)),
            (format!("granted.-{now}"), Some(State::Pending)),
            (format!("granted. {now}"), Some(State::Pending)),
            ("granted.".into(), Some(State::Pending)),
            ("granted".into(), Some(State::Pending)),
            ("denied".into(), Some(State::Denied)),
            ("granted.99999999999999999999".into(), Some(State::Pending)),
            (".".into(), Some(State::Pending)),
            (String::new(), Some(State::Pending)),
        ] {
            assert_eq!(parse(&value, NOW), expected.map(Choice::from), "{value}");
        }
    }

    #[test]
    fn what_is_set_is_what_is_read() {
        let visitor = config::Visitor { domain: Some("example.com".into()), ..config::Visitor::default() };
        assert_eq!(
            set(&visitor, State::Denied.into(), NOW, true),
            "selvedge_consent=denied.1730000000; Path=/; Domain=example.com; Max-Age=15552000; HttpOnly; \
             SameSite=Lax; Secure"
        );
        assert_eq!(
            set(&visitor, State::Pending.into(), NOW, false),
            "selvedge_consent=; Path=/; Domain=example.com; Max-Age=0; HttpOnly; SameSite=Lax"
        );
        assert_eq!(parse("denied.1730000000", NOW), Some(State::Denied.into()));
        let some = Choice::of(Purposes::NONE.with(Purpose::Analytics).with(Purpose::Functional));
        assert!(
            set(&visitor, some, NOW, true).starts_with("selvedge_consent=analytics+functional.1730000000;")
        );
        assert_eq!(parse("analytics+functional.1730000000", NOW), Some(some));
        assert_eq!(
            some.state,
            State::Denied,
            "what is not everything reads as a refusal to whoever knows no purposes"
        );
        for odd in ["analytics+.1730000000", "analytics+all.1730000000", "+.1730000000", "analytics"] {
            assert_eq!(parse(odd, NOW), Some(State::Pending.into()), "{odd}");
        }
    }
}
