//! The visitor in their own browser: a cookie that only its owner's service can read or write.
//!
//! The value is the visitor as [postcard](https://postcard.jamesmunns.com), sealed ([`KeyRing`]).

use std::net::Ipv4Addr;

use http::HeaderMap;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::landing::Landing;
use super::{KeyRing, RememberedUser, Visitor};
use crate::event::Properties;
use crate::facts::{Random, Timestamp};
use crate::head::Request;

/// Sealed with every value, so that nothing sealed with the same key for another purpose opens as a visitor.
const PURPOSE: &[u8] = b"selvedge visitor cookie v1";

/// The versions of the plaintext's fields, its first byte: the visitor alone, and with what came later.
const BARE: u8 = 1;
const WHOLE: u8 = 2;

impl KeyRing {
    /// The cookie's value for a visitor.
    #[must_use]
    pub fn seal(&self, visitor: &Visitor, random: &Random) -> String {
        self.seal_bytes(PURPOSE, &encode(visitor), random)
    }

    /// The visitor of a request: of its cookies of that name, the first that opens.
    #[must_use]
    pub fn find(&self, headers: &HeaderMap, name: &str) -> Option<Visitor> {
        super::all(headers, name).find_map(|value| self.open(value))
    }

    /// The visitor of a cookie's value; none when it is not one of ours, whatever is wrong with it.
    #[must_use]
    pub fn open(&self, value: &str) -> Option<Visitor> {
        decode(&self.open_bytes(PURPOSE, value)?)
    }
}

/// The visitor as bytes.
pub(super) fn encode(visitor: &Visitor) -> Vec<u8> {
    let more = More::of(visitor);
    // Writing numbers and texts to memory does not fail; were it to, the cookie would open as nobody's.
    let mut plain = vec![if more.is_empty() { BARE } else { WHOLE }];
    plain.extend(postcard::to_allocvec(&Fields::of(visitor)).unwrap_or_default());
    if !more.is_empty() {
        plain.extend(postcard::to_allocvec(&more).unwrap_or_default());
    }
    plain
}

/// The visitor that bytes stand for.
pub(super) fn decode(plain: &[u8]) -> Option<Visitor> {
    let (version, fields) = plain.split_first()?;
    let (fields, rest) = postcard::take_from_bytes::<Fields>(fields).ok()?;
    let (more, rest) = match *version {
        BARE => (More::default(), rest),
        WHOLE => postcard::take_from_bytes::<More>(rest).ok()?,
        _ => return None,
    };
    rest.is_empty().then(|| fields.visitor(more))
}

/// What is sealed. Its layout is that of version 1 for ever; another layout is another version.
#[derive(Serialize, Deserialize)]
struct Fields {
    id: [u8; 16],
    first_seen: i64,
    last_seen: i64,
    session_start: i64,
    previous_session: Option<i64>,
    session_count: u32,
    user_id: Option<String>,
    anonymous_id: Option<String>,
}

impl Fields {
    fn of(visitor: &Visitor) -> Self {
        let user = visitor.user.clone();
        let (user_id, anonymous_id) = user.map_or((None, None), |user| (user.user_id, user.anonymous_id));
        Self {
            id: visitor.id.into_bytes(),
            first_seen: visitor.first_seen.0,
            last_seen: visitor.last_seen.0,
            session_start: visitor.session_start.0,
            previous_session: visitor.previous_session.map(|at| at.0),
            session_count: visitor.session_count,
            user_id,
            anonymous_id,
        }
    }

    fn visitor(self, more: More) -> Visitor {
        Visitor {
            id: Uuid::from_bytes(self.id),
            first_seen: Timestamp(self.first_seen),
            last_seen: Timestamp(self.last_seen),
            session_start: Timestamp(self.session_start),
            previous_session: self.previous_session.map(Timestamp),
            session_count: self.session_count,
            user: RememberedUser::of(self.user_id, self.anonymous_id, more.traits()),
            landing: more.landing,
        }
    }
}

/// What version 2 adds: who they said they are beyond their ids, and what led to the session.
#[derive(Default, Serialize, Deserialize)]
struct More {
    /// JSON, because properties have no layout of their own.
    traits: String,
    landing: Landing,
}

impl More {
    fn of(visitor: &Visitor) -> Self {
        let traits = visitor.user.as_ref().map(RememberedUser::traits).filter(|traits| !traits.is_empty());
        let traits = traits.and_then(|traits| serde_json::to_string(traits).ok()).unwrap_or_default();
        Self { traits, landing: visitor.landing.clone() }
    }

    fn is_empty(&self) -> bool {
        self.traits.is_empty() && self.landing.is_empty()
    }

    fn traits(&self) -> Properties {
        serde_json::from_str(&self.traits).unwrap_or_default()
    }
}

/// Whether cookies set in answer to this request are for TLS alone: always, except on the developer's own machine,
/// where a browser would not send them back.
#[must_use]
pub fn secure_cookies(request: &Request) -> bool {
    let host = request.host();
    let loopback = host == "localhost"
        || host.ends_with(".localhost")
        || host == "[::1]"
        || host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback());
    request.https || !loopback
}

/// The text of a `Set-Cookie` field for one of our cookies. `name` and `domain` are the configuration's, which has
/// checked them; `value` has no character that a cookie may not have.
#[must_use]
pub fn set_cookie(name: &str, value: &str, max_age_days: u16, domain: Option<&str>, secure: bool) -> String {
    let max_age = u64::from(max_age_days) * 86_400;
    let domain = domain.map(|domain| format!("; Domain={domain}")).unwrap_or_default();
    let secure = if secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/{domain}; Max-Age={max_age}; HttpOnly; SameSite=Lax{secure}")
}

/// The text of a `Set-Cookie` field that takes one of our cookies away. `domain` as it was set.
#[must_use]
pub fn clear_cookie(name: &str, domain: Option<&str>, secure: bool) -> String {
    set_cookie(name, "", 0, domain, secure)
}

#[cfg(test)]
#[path = "cookie_tests.rs"]
mod tests;
