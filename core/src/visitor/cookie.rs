//! The visitor in their own browser: a cookie that only its owner's service can read or write.
//!
//! The value is `v1.<key id>.<sealed>`: the visitor as [postcard](https://postcard.jamesmunns.com), sealed with
//! XChaCha20-Poly1305, in base64url. The id of the key lets a service change its key while cookies sealed with the one
//! before are still read.

use std::net::Ipv4Addr;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;
use uuid::Uuid;

use super::{RememberedUser, Visitor};
use crate::facts::{Random, Timestamp};
use crate::head::Request;

/// The longest value that is looked at, in bytes. Ours are shorter.
pub const MAX_SEALED: usize = 1024;

/// Sealed with every value, so that nothing sealed with the same key for another purpose opens as a visitor.
const PURPOSE: &[u8] = b"selvedge visitor cookie v1";

/// The version of the plaintext's fields, its first byte.
const FIELDS: u8 = 1;

const NONCE: usize = 24;

/// What is wrong with a key. It never shows the key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{which} is not a key: expected 32 bytes as 64 hexadecimal digits or as base64, found {found}")]
pub struct KeyError {
    which: String,
    found: String,
}

/// The key that seals, and the keys that still open.
#[derive(Clone)]
pub struct KeyRing {
    current: Key,
    previous: Vec<Key>,
}

#[derive(Clone)]
struct Key {
    id: String,
    cipher: XChaCha20Poly1305,
}

impl std::fmt::Debug for KeyRing {
    /// The ids alone.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let previous: Vec<_> = self.previous.iter().map(|key| &key.id).collect();
        f.debug_struct("KeyRing")
            .field("current", &self.current.id)
            .field("previous", &previous)
            .finish_non_exhaustive()
    }
}

impl KeyRing {
    /// Reads keys as a secret store holds them: text, with whitespace around it forgiven.
    ///
    /// # Errors
    /// When one is not 32 bytes as 64 hexadecimal digits or as base64 of either alphabet.
    pub fn new<K: AsRef<[u8]>>(current: &[u8], previous: &[K]) -> Result<Self, KeyError> {
        let named = |which: String| move |found| KeyError { which, found };
        Ok(Self {
            current: Key::read(current).map_err(named("the visitor's key".into()))?,
            previous: previous
                .iter()
                .enumerate()
                .map(|(n, text)| {
                    Key::read(text.as_ref()).map_err(named(format!("the visitor's previous key {}", n + 1)))
                })
                .collect::<Result<_, _>>()?,
        })
    }

    /// The cookie's value for a visitor.
    #[must_use]
    pub fn seal(&self, visitor: &Visitor, random: &Random) -> String {
        let plain = Fields::of(visitor).encode();
        let [nonce @ .., _, _, _, _, _, _, _, _] = random.bytes();
        let nonce: [u8; NONCE] = nonce;
        let mut sealed = nonce.to_vec();
        // The cipher fails only on messages of more than 256 GiB.
        if let Ok(text) =
            self.current.cipher.encrypt(&XNonce::from(nonce), Payload { msg: &plain, aad: PURPOSE })
        {
            sealed.extend(text);
        }
        format!("v1.{}.{}", self.current.id, URL_SAFE_NO_PAD.encode(sealed))
    }

    /// The visitor of a request: of its cookies of that name, the first that opens.
    #[must_use]
    pub fn find(&self, headers: &HeaderMap, name: &str) -> Option<Visitor> {
        super::all(headers, name).find_map(|value| self.open(value))
    }

    /// The visitor of a cookie's value; none when it is not one of ours, whatever is wrong with it.
    #[must_use]
    pub fn open(&self, value: &str) -> Option<Visitor> {
        if value.len() > MAX_SEALED {
            return None;
        }
        let (id, sealed) = value.strip_prefix("v1.")?.split_once('.')?;
        let mut keys =
            std::iter::once(&self.current).chain(&self.previous).filter(|key| key.id == id).peekable();
        keys.peek()?;
        let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (nonce, msg) = sealed.split_first_chunk::<NONCE>()?;
        let plain = keys
            .find_map(|key| key.cipher.decrypt(&XNonce::from(*nonce), Payload { msg, aad: PURPOSE }).ok())?;
        Fields::decode(&plain).map(Fields::visitor)
    }
}

impl Key {
    fn read(text: &[u8]) -> Result<Self, String> {
        let bytes = key_bytes(text.trim_ascii())?;
        let digest: [u8; 32] = Sha256::digest(bytes).into();
        let id = digest.first_chunk::<6>().map(|id| URL_SAFE_NO_PAD.encode(id)).unwrap_or_default();
        Ok(Self { id, cipher: XChaCha20Poly1305::new(&bytes.into()) })
    }
}

/// The 32 bytes that a text stands for, else what it is instead.
fn key_bytes(text: &[u8]) -> Result<[u8; 32], String> {
    if text.is_empty() {
        return Err("nothing".into());
    }
    if text.iter().all(u8::is_ascii_hexdigit) {
        let bytes = hexadecimal(text).and_then(|bytes| bytes.try_into().ok());
        return bytes.ok_or_else(|| format!("{} hexadecimal digits", text.len()));
    }
    const LENIENT: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    [&alphabet::STANDARD, &alphabet::URL_SAFE]
        .into_iter()
        .find_map(|alphabet| GeneralPurpose::new(alphabet, LENIENT).decode(text).ok())
        .ok_or_else(|| format!("{} characters that are neither", text.len()))
        .and_then(|bytes| {
            <[u8; 32]>::try_from(bytes).map_err(|bytes| format!("base64 of {} bytes", bytes.len()))
        })
}

fn hexadecimal(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    text.chunks(2)
        .map(|pair| match pair {
            [high, low] => Some(digit(high)? << 4 | digit(low)?),
            _ => None,
        })
        .collect()
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

    fn visitor(self) -> Visitor {
        Visitor {
            id: Uuid::from_bytes(self.id),
            first_seen: Timestamp(self.first_seen),
            last_seen: Timestamp(self.last_seen),
            session_start: Timestamp(self.session_start),
            previous_session: self.previous_session.map(Timestamp),
            session_count: self.session_count,
            user: RememberedUser::of(self.user_id, self.anonymous_id),
        }
    }

    fn encode(&self) -> Vec<u8> {
        // Writing numbers and texts to memory does not fail; were it to, the cookie would open as nobody's.
        let mut plain = vec![FIELDS];
        plain.extend(postcard::to_allocvec(self).unwrap_or_default());
        plain
    }

    fn decode(plain: &[u8]) -> Option<Self> {
        let (&FIELDS, fields) = plain.split_first()? else { return None };
        match postcard::take_from_bytes(fields) {
            Ok((fields, [])) => Some(fields),
            _ => None,
        }
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
