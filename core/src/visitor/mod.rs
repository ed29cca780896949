//! The visitor: who they are to this website ([`Visitor`]), when a session begins (`session`) and what led to it
//! ([`Landing`]), how that is kept in the visitor's own browser (`cookie`, sealed with the owner's key: `keys`) or carried
//! to another of the owner's sites (`link`), what stands in for it where nothing is kept (`cookieless`), how our cookies
//! are told from the website's (`jar`), and those of the vendors' own scripts ([`native`]).
//!
//! Nothing here decides whether identity may be kept: that is consent's.

mod cookie;
mod cookieless;
mod jar;
mod keys;
mod landing;
mod link;
pub mod native;
mod session;

use uuid::Uuid;

use crate::event::{Properties, User};
use crate::facts::Timestamp;

pub use cookie::{clear_cookie, secure_cookies, set_cookie};
pub use jar::{all, get, without};
pub use keys::{KeyError, KeyRing, MAX_SEALED};
pub use landing::Landing;
pub(crate) use link::LINK;

/// How much of a user's traits is remembered, in bytes of JSON. What does not fit is left out, the last first.
pub const MAX_TRAITS: usize = 1024;

/// The longest id of a user that is remembered, in bytes. Two of them and the rest fit a sealed cookie.
pub const MAX_USER_ID: usize = 256;

/// A visitor, as their sealed cookie says.
#[derive(Debug, Clone, PartialEq)]
pub struct Visitor {
    /// Theirs for as long as the cookie lives.
    pub id: Uuid,
    /// When they first came.
    pub first_seen: Timestamp,
    /// When they last did something.
    pub last_seen: Timestamp,
    /// When the session began that `last_seen` belongs to.
    pub session_start: Timestamp,
    /// When the session before began.
    pub previous_session: Option<Timestamp>,
    /// How many sessions there were, this one included.
    pub session_count: u32,
    /// Who they said they are.
    pub user: Option<RememberedUser>,
    /// What led to the session.
    pub landing: Landing,
}

/// Who a visitor said they are: the ids of the last user event, and the traits of all that were about the same user. It
/// rests sealed in the visitor's own browser, and nowhere else.
#[derive(Debug, Clone, PartialEq)]
pub struct RememberedUser {
    user_id: Option<String>,
    anonymous_id: Option<String>,
    traits: Properties,
}

impl RememberedUser {
    /// What is there and short enough. An id that is too long is left out, not cut: half an id is another's.
    fn of(user_id: Option<String>, anonymous_id: Option<String>, traits: Properties) -> Option<Self> {
        let fits = |id: &String| !id.is_empty() && id.len() <= MAX_USER_ID;
        let (user_id, anonymous_id) = (user_id.filter(fits), anonymous_id.filter(fits));
        let traits = bounded(traits);
        let known = user_id.is_some() || anonymous_id.is_some() || !traits.is_empty();
        known.then_some(Self { user_id, anonymous_id, traits })
    }

    /// What else they said of themselves.
    #[must_use]
    pub fn traits(&self) -> &Properties {
        &self.traits
    }

    /// The owner's id for them.
    #[must_use]
    pub fn user_id(&self) -> Option<&str> {
        self.user_id.as_deref()
    }

    /// The owner's id for them while they are not signed in.
    #[must_use]
    pub fn anonymous_id(&self) -> Option<&str> {
        self.anonymous_id.as_deref()
    }
}

impl Visitor {
    /// Remembers who they say they are. What a user event leaves out is kept, trait by trait, unless it names another
    /// user than the one who is remembered: then nothing of the other is. A trait that is `null` is forgotten.
    #[must_use]
    pub fn remember(mut self, user: &User) -> Self {
        let mut said = user.clone();
        said.complete(&self.to_user());
        said.properties.retain(|_, value| !value.is_null());
        self.user = RememberedUser::of(said.user_id, said.anonymous_id, said.properties);
        self
    }

    /// The user of their events: the visitor's id, and who they said they are.
    #[must_use]
    pub fn to_user(&self) -> User {
        User {
            user_id: self.user.as_ref().and_then(|user| user.user_id.clone()),
            anonymous_id: self.user.as_ref().and_then(|user| user.anonymous_id.clone()),
            edgee_id: Some(self.id.to_string()),
            properties: self.user.as_ref().map(|user| user.traits.clone()).unwrap_or_default(),
        }
    }
}

/// The first traits, as many as fit.
fn bounded(traits: Properties) -> Properties {
    let mut left = MAX_TRAITS;
    let mut fits = |name: &str, value: &serde_json::Value| {
        // Quotes, colon and comma; and braces once, which the limit leaves room for.
        let length =
            serde_json::to_string(value).map_or(usize::MAX, |text| text.len()).saturating_add(name.len() + 4);
        let rest = left.checked_sub(length);
        left = rest.unwrap_or(left);
        rest.is_some()
    };
    traits.into_iter().filter(|(name, value)| fits(name, value)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::facts::Random;

    fn said(user_id: Option<&str>, anonymous_id: Option<&str>) -> User {
        let text = |id: Option<&str>| id.map(str::to_owned);
        User { user_id: text(user_id), anonymous_id: text(anonymous_id), ..User::default() }
    }

    fn ids(visitor: &Visitor) -> (Option<&str>, Option<&str>) {
        match &visitor.user {
            Some(user) => (user.user_id(), user.anonymous_id()),
            None => (None, None),
        }
    }

    #[test]
    fn a_user_event_completes_what_is_remembered_and_another_user_replaces_it() {
        let visitor = Visitor::new(Timestamp(0), &Random::from_seed([1; 32]));
        assert_eq!(ids(&visitor), (None, None));
        let visitor = visitor.remember(&said(None, Some("guest")));
        assert_eq!(ids(&visitor), (None, Some("guest")));
        let visitor = visitor.remember(&said(Some("ada"), None));
        assert_eq!(ids(&visitor), (Some("ada"), Some("guest")));
        let visitor = visitor.remember(&said(Some("ada"), Some("guest-2")));
        assert_eq!(ids(&visitor), (Some("ada"), Some("guest-2")));
        let visitor = visitor.remember(&said(Some("bob"), None));
        assert_eq!(ids(&visitor), (Some("bob"), None));
    }

    #[test]
    fn an_id_that_is_too_long_is_not_remembered() {
        let visitor = Visitor::new(Timestamp(0), &Random::from_seed([1; 32]));
        let visitor = visitor.remember(&said(Some(&"x".repeat(MAX_USER_ID + 1)), Some("guest")));
        assert_eq!(ids(&visitor), (None, Some("guest")));
    }

    #[test]
    fn traits_merge_are_bounded_and_go_with_their_user() {
        let traits = |user_id: Option<&str>, traits: serde_json::Value| User {
            properties: traits.as_object().cloned().unwrap(),
            ..said(user_id, None)
        };
        let of = |visitor: &Visitor| serde_json::Value::Object(visitor.to_user().properties);
        let visitor = Visitor::new(Timestamp(0), &Random::from_seed([1; 32]));
        let visitor = visitor.remember(&traits(Some("ada"), json!({"plan": "free", "seats": 1})));
        let visitor = visitor.remember(&traits(None, json!({"plan": "pro", "team": {"name": "a"}})));
        assert_eq!(of(&visitor), json!({"plan": "pro", "team": {"name": "a"}, "seats": 1}));
        let visitor = visitor.remember(&traits(None, json!({"seats": null})));
        assert_eq!(of(&visitor), json!({"plan": "pro", "team": {"name": "a"}}));
        let long = "x".repeat(MAX_TRAITS);
        let visitor = visitor.remember(&traits(None, json!({"long": long, "short": 1})));
        assert_eq!(of(&visitor), json!({"short": 1, "plan": "pro", "team": {"name": "a"}}));
        let visitor = visitor.remember(&traits(Some("bob"), json!({"seats": 2})));
        assert_eq!(of(&visitor), json!({"seats": 2}), "not another's");
    }
}
