//! The cookies of an Edgee proxy that served the site before, read once, so that visitors stay who they were.
//!
//! They are JSON, encrypted with AES-128-CBC under a key and an IV that never change, and written in hexadecimal.
//! Nothing in them tells that they were not changed on the way, and by default the key is public. So what comes out is
//! treated as anybody's word: it is taken only if it is what Edgee would have written.

use aes::Aes128;
use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockDecryptMut, KeyIvInit};
use http::HeaderMap;
use serde::Deserialize;
use thiserror::Error;
use uuid::{Uuid, Variant};

use crate::consent::State;
use crate::event::{User, time::parse_rfc3339};
use crate::facts::Timestamp;
use crate::visitor::{Visitor, all, clear_cookie};

/// Edgee's own default key (`compute.aes_key`).
pub const DEFAULT_KEY: &str = "_key.edgee.cloud";
/// Edgee's own default IV (`compute.aes_iv`).
pub const DEFAULT_IV: &str = "__iv.edgee.cloud";

/// The longest value that is looked at, in bytes: what a browser keeps of a cookie.
pub const MAX_COOKIE: usize = 4096;

/// Before this, 2023-01-01, there was no Edgee.
const EARLIEST: Timestamp = Timestamp(1_672_531_200_000);

/// How far ahead of ours the clock may have been that wrote a time, in milliseconds.
const SKEW_MS: i64 = 5 * 60_000;

/// More sessions than anybody has had since then.
const MAX_SESSIONS: u32 = 100_000;

/// How many domains a cookie is taken away from: which one Edgee chose is in a list that we do not have.
const MAX_DOMAINS: usize = 4;

/// What is wrong with a key or an IV. It never shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("Edgee's {what} is not 16 bytes but {found}")]
pub struct KeyError {
    what: &'static str,
    found: usize,
}

/// Reads Edgee's cookies.
#[derive(Clone)]
pub struct Import {
    cookie: String,
    key: [u8; 16],
    iv: [u8; 16],
}

impl std::fmt::Debug for Import {
    /// The name alone.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Import").field("cookie", &self.cookie).finish_non_exhaustive()
    }
}

/// What is in the cookie `edgee`. It also has what is known of the browser (screen, time zone), which the SDK tells
/// anew.
#[derive(Deserialize)]
struct Identity<'a> {
    id: Uuid,
    #[serde(borrow)]
    fs: &'a str,
    #[serde(borrow)]
    ls: &'a str,
    #[serde(borrow)]
    ss: &'a str,
    sc: u32,
    #[serde(default)]
    c: Option<String>,
}

/// What is in the cookie `edgee_u`. Its `properties` are not kept: traits do not rest in our cookie.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Named {
    user_id: Option<String>,
    anonymous_id: Option<String>,
}

impl Import {
    /// Reads the cookie `cookie`, and `<cookie>_u`, with `compute.aes_key` and `compute.aes_iv`.
    ///
    /// # Errors
    /// When key or IV is not 16 bytes.
    pub fn new(cookie: &str, key: &[u8], iv: &[u8]) -> Result<Self, KeyError> {
        let sized = |what, bytes: &[u8]| bytes.try_into().map_err(|_| KeyError { what, found: bytes.len() });
        Ok(Self { cookie: cookie.to_owned(), key: sized("key", key)?, iv: sized("IV", iv)? })
    }

    /// The visitor of a request's cookies, and what they had agreed to: of several of that name, the first that can be
    /// read. None when it is not what Edgee would have written.
    #[must_use]
    pub fn find(&self, headers: &HeaderMap, now: Timestamp) -> Option<(Visitor, Option<State>)> {
        let (visitor, state) =
            all(headers, &self.cookie).find_map(|value| self.identity(&self.open(value)?, now))?;
        let named = all(headers, &self.user_cookie()).find_map(|value| {
            let plain = self.open(value)?;
            serde_json::from_slice::<Named>(&plain).ok()
        });
        let Some(Named { user_id, anonymous_id }) = named else { return Some((visitor, state)) };
        Some((visitor.remember(&User { user_id, anonymous_id, ..User::default() }), state))
    }

    fn identity(&self, plain: &[u8], now: Timestamp) -> Option<(Visitor, Option<State>)> {
        let said: Identity<'_> = serde_json::from_slice(plain).ok()?;
        if said.id.get_version_num() != 4 || said.id.get_variant() != Variant::RFC4122 {
            return None;
        }
        let latest = Timestamp(now.0.saturating_add(SKEW_MS));
        let time = |text| parse_rfc3339(text).filter(|at| (EARLIEST..=latest).contains(at));
        let (first_seen, last_seen, session_start) = (time(said.fs)?, time(said.ls)?, time(said.ss)?);
        let ordered = first_seen <= session_start && session_start <= last_seen;
        if !ordered || !(1..=MAX_SESSIONS).contains(&said.sc) {
            return None;
        }
        let state = match said.c.as_deref() {
            Some("granted") => Some(State::Granted),
            Some("denied") => Some(State::Denied),
            Some("pending") | None => None,
            // A word that is not Edgee's: neither is the cookie.
            Some(_) => return None,
        };
        let visitor = Visitor {
            landing: crate::visitor::Landing::default(),
            id: said.id,
            first_seen,
            last_seen: last_seen.min(now),
            session_start: session_start.min(now),
            previous_session: None,
            session_count: said.sc,
            user: None,
        };
        Some((visitor, state))
    }

    /// The plaintext; none when the value is not hexadecimal, or not padded as it should be.
    fn open(&self, value: &str) -> Option<Vec<u8>> {
        if !is_old(value) {
            return None;
        }
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let (pairs, _) = value.as_bytes().as_chunks::<2>();
        let mut bytes: Vec<u8> =
            pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect::<Option<_>>()?;
        let cipher = cbc::Decryptor::<Aes128>::new(&self.key.into(), &self.iv.into());
        let length = cipher.decrypt_padded_mut::<Pkcs7>(&mut bytes).ok()?.len();
        bytes.truncate(length);
        Some(bytes)
    }

    /// The `Set-Cookie` texts that take Edgee's cookies away, where the request brought them. Edgee set them for the
    /// registrable domain, or whatever its owner wrote; without a list of those, for every domain that it can be.
    #[must_use]
    pub fn clear(&self, headers: &HeaderMap, host: &str, secure: bool) -> Vec<String> {
        let user = self.user_cookie();
        let brought = [self.cookie.as_str(), &user].into_iter();
        // Our own values may be kept under that name by Edgee's script, on pages of other sites.
        let brought = brought.filter(|name| all(headers, name).any(is_old));
        brought.flat_map(|name| domains(host).map(move |domain| clear_cookie(name, domain, secure))).collect()
    }

    fn user_cookie(&self) -> String {
        format!("{}_u", self.cookie)
    }
}

/// Whether a value can be one of Edgee's: whole blocks of 16 bytes in hexadecimal.
fn is_old(value: &str) -> bool {
    !value.is_empty()
        && value.len() <= MAX_COOKIE
        && value.len().is_multiple_of(32)
        && value.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What a cookie's domain can be on a host: none, the host, and what is above it with at least two labels. Browsers
/// refuse what is too high.
fn domains(host: &str) -> impl Iterator<Item = Option<&str>> {
    let name = host.bytes().any(|byte| byte.is_ascii_alphabetic()) && !host.starts_with('[');
    let above =
        std::iter::successors(name.then_some(host), |host| host.split_once('.').map(|(_, rest)| rest));
    std::iter::once(None).chain(above.filter(|domain| domain.contains('.')).take(MAX_DOMAINS).map(Some))
}

#[cfg(test)]
#[path = "cookies_tests.rs"]
mod tests;
