//! Who the visitor is to vendors that want an id.

use std::cell::OnceCell;

use selvedge_core::consent::Purpose;
use selvedge_core::event::{Data, Event, User};
use selvedge_core::facts::Random;

use crate::hash::sha256;

/// The ids that a visitor is known by. An empty one is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Ids<'e> {
    /// The owner's, of a user who is signed in.
    pub(crate) user: Option<&'e str>,
    /// The owner's, of a user before that.
    pub(crate) anonymous: Option<&'e str>,
    /// Our own.
    pub(crate) visitor: Option<&'e str>,
}

impl<'e> Ids<'e> {
    /// Those that are known. What a user event says of its user wins over what the visit knows.
    pub(crate) fn of(event: &'e Event) -> Self {
        let context = &event.context.user;
        let own = if let Data::User(user) = &event.data { user } else { context };
        let either = |field: fn(&User) -> Option<&str>| {
            field(own).or_else(|| field(context)).filter(|id| !id.is_empty())
        };
        Self {
            user: either(|user| user.user_id.as_deref()),
            anonymous: either(|user| user.anonymous_id.as_deref()),
            visitor: context.edgee_id.as_deref().filter(|id| !id.is_empty()),
        }
    }

    /// Those of a visitor who agreed to analytics. An event of another, which is sent all the same (`purposes = []`),
    /// carries nothing that lasts: an id beside a refusal would contradict it.
    pub(crate) fn granted(event: &'e Event) -> Self {
        if granted(event) { Self::of(event) } else { Self::default() }
    }

    /// Those that are no placeholders. Whatever an anonymous event still says, it is nobody.
    pub(crate) fn real(event: &'e Event) -> Self {
        if event.anonymous {
            return Self::default();
        }
        let context = &event.context.user;
        let own = if let Data::User(user) = &event.data { user } else { context };
        let either = |field: fn(&User) -> Option<&str>| {
            field(own).and_then(real).or_else(|| field(context).and_then(real))
        };
        Self {
            user: either(|user| user.user_id.as_deref()),
            anonymous: either(|user| user.anonymous_id.as_deref()),
            visitor: context.edgee_id.as_deref().and_then(real),
        }
    }
}

/// Whether the visitor agreed to analytics.
pub(crate) fn granted(event: &Event) -> bool {
    event.consent.purposes.has(Purpose::Analytics)
}

/// What programs write where there is no id. To Amplitude and Mixpanel these are no ids, and an event is refused for
/// them: amplitude.com/docs/apis/analytics/http-v2 and docs.mixpanel.com/reference/import-events.
const PLACEHOLDERS: &[&str] = &[
    "00000000-0000-0000-0000-000000000000",
    "anon",
    "anonymous",
    "nil",
    "none",
    "null",
    "n/a",
    "na",
    "undefined",
    "unknown",
    "<nil>",
    "0",
    "-1",
    "true",
    "false",
    "[]",
    "{}",
];

/// An id that is one.
fn real(id: &str) -> Option<&str> {
    let id = id.trim();
    (!id.is_empty() && !PLACEHOLDERS.contains(&id.to_ascii_lowercase().as_str())).then_some(id)
}

/// The id of a visitor of whom no identity is kept, for vendors that demand one: drawn once for the visit, and only
/// where it is asked for.
#[derive(Debug)]
pub(crate) struct Nobody<'a> {
    random: &'a Random,
    id: OnceCell<String>,
}

impl<'a> Nobody<'a> {
    pub(crate) fn new(random: &'a Random) -> Self {
        Self { random, id: OnceCell::new() }
    }

    pub(crate) fn id(&self) -> &str {
        self.id.get_or_init(|| self.random.uuid().to_string())
    }

    /// Whether it is this one.
    pub(crate) fn is(&self, id: &str) -> bool {
        self.id.get().is_some_and(|drawn| drawn == id)
    }
}

/// An id in hexadecimal digits, as many as the vendor takes: the first of a UUID, else of the id's SHA-256.
pub(crate) fn digits(id: &str, most: usize) -> String {
    let mut digits: String = id.chars().filter(|c| *c != '-').collect();
    if digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        digits.make_ascii_lowercase();
    } else {
        digits = sha256(id);
    }
    digits.truncate(most);
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_drawn_once() {
        let random = Random::from_seed([1; 32]);
        let nobody = Nobody::new(&random);
        assert_eq!(nobody.id().to_owned(), nobody.id());
        assert_ne!(nobody.id(), Nobody::new(&random).id());
    }

    #[test]
    fn placeholders_are_no_ids() {
        for (id, is) in [
            ("u-1", Some("u-1")),
            (" u ", Some("u")),
            ("", None),
            ("NULL", None),
            ("0", None),
            ("00", Some("00")),
        ] {
            assert_eq!(real(id), is, "{id}");
        }
    }

    #[test]
    fn an_id_has_as_many_digits_as_are_asked_for() {
        assert_eq!(digits("be9f76b3-2c50-4d12-b14c-85c343745691", 16), "be9f76b32c504d12");
        assert_eq!(digits("BE9F76B3-2C50-4D12-B14C-85C343745691", 24), "be9f76b32c504d12b14c85c3");
        assert_eq!(digits("944266522.1681654733", 16).len(), 16);
        assert_ne!(digits("a", 16), digits("b", 16));
    }
}
