//! The visitor: who they are to this website ([`Visitor`]), when a session begins (`session`), how that is kept in
//! the visitor's own browser (`cookie`), and how our cookies are told from the website's (`jar`).
//!
//! Nothing here decides whether identity may be kept: that is consent's.

mod cookie;
mod jar;
pub mod native;
mod session;

use uuid::Uuid;

use crate::event::User;
use crate::facts::Timestamp;

pub use cookie::{KeyError, KeyRing, MAX_SEALED, clear_cookie, secure_cookies, set_cookie};
pub use jar::{all, get, without};

/// The longest id of a user that is remembered, in bytes. Two of them and the rest fit a sealed cookie.
pub const MAX_USER_ID: usize = 256;

/// A visitor, as their sealed cookie says.
#[derive(Debug, Clone, PartialEq, Eq)]
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
}

/// Who a visitor said they are: the ids of the last user event, and nothing else of it. Traits are not kept, so that
/// the cookie stays small and no personal data beyond the owner's own ids rests in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RememberedUser {
    user_id: Option<String>,
    anonymous_id: Option<String>,
}

impl RememberedUser {
    /// The ids that are there and short enough. An id that is too long is left out, not cut: half an id is another's.
    fn of(user_id: Option<String>, anonymous_id: Option<String>) -> Option<Self> {
        let fits = |id: &String| !id.is_empty() && id.len() <= MAX_USER_ID;
        let (user_id, anonymous_id) = (user_id.filter(fits), anonymous_id.filter(fits));
        (user_id.is_some() || anonymous_id.is_some()).then_some(Self { user_id, anonymous_id })
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
    /// Remembers who they say they are. What a user event leaves out is kept, unless it names another user than the
    /// one who is remembered: then nothing of the other is.
    #[must_use]
    pub fn remember(mut self, user: &User) -> Self {
        let mut said = user.clone();
        said.take_missing_ids(&self.to_user());
        self.user = RememberedUser::of(said.user_id, said.anonymous_id);
        self
    }

    /// The user of their events: the visitor's id, and who they said they are.
    #[must_use]
    pub fn to_user(&self) -> User {
        User {
            user_id: self.user.as_ref().and_then(|user| user.user_id.clone()),
            anonymous_id: self.user.as_ref().and_then(|user| user.anonymous_id.clone()),
            edgee_id: Some(self.id.to_string()),
            properties: crate::event::Properties::new(),
        }
    }
}

#[cfg(test)]
mod tests {
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
}
