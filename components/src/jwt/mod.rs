//! JSON Web Tokens (RFC 7519) that the owner's private key signs (RS256), for vendors who take them as they
//! are: no token need be fetched.

mod key;
#[cfg(test)]
mod tests;

use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use selvedge_core::facts::Timestamp;
use serde_json::{Map, Value};

use key::Key;

/// Seconds for which a token is the same, so that it is signed once in that time, and is the same wherever it
/// is made: a function of the time, as all that a destination does.
const WINDOW: i64 = 15 * 60;
/// Seconds for which a token is good: the most that Google and Snowflake allow. At least 45 minutes of it are
/// left when it is sent, in which a request may be sent again.
const LIFETIME: i64 = 60 * 60;

/// Signs tokens with a private key, and keeps the last one.
#[derive(Debug)]
pub(crate) struct Signer {
    key: Key,
    header: String,
    kept: Mutex<Option<Token>>,
}

struct Token {
    issued: i64,
    text: String,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
}

impl Signer {
    /// A signer with the private key of a PEM text, and the key's id where the vendor gave it one.
    ///
    /// # Errors
    /// What is wrong with the key, without repeating any of it.
    pub(crate) fn new(pem: &str, key_id: Option<&str>) -> Result<Self, &'static str> {
        let mut header = Map::new();
        header.insert("alg".into(), "RS256".into());
        header.insert("typ".into(), "JWT".into());
        header.extend(key_id.map(|id| ("kid".to_owned(), Value::from(id))));
        let header = Value::Object(header).to_string();
        Ok(Self { key: Key::read(pem)?, header, kept: Mutex::new(None) })
    }

    /// The base64 of the SHA-256 of the public key, as Snowflake names a key.
    pub(crate) fn fingerprint(&self) -> String {
        self.key.fingerprint().unwrap_or_default()
    }

    /// The token with these claims and the times `iat` and `exp`. The claims must be the same each time. None
    /// where the key turns out to be none.
    pub(crate) fn token(&self, claims: &[(&str, &str)], now: Timestamp) -> Option<String> {
        let issued = now.seconds().div_euclid(WINDOW) * WINDOW;
        // Where another thread failed while it held the lock, what is kept is whole all the same.
        let mut kept = self.kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(token) = kept.as_ref().filter(|token| token.issued == issued) {
            return Some(token.text.clone());
        }
        let text = self.signed(claims, issued)?;
        *kept = Some(Token { issued, text: text.clone() });
        Some(text)
    }

    fn signed(&self, claims: &[(&str, &str)], issued: i64) -> Option<String> {
        let texts = claims.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value)));
        let mut claims: Map<String, Value> = texts.collect();
        claims.insert("iat".into(), issued.into());
        claims.insert("exp".into(), (issued + LIFETIME).into());
        let encoded = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let message = format!("{}.{}", encoded(&self.header), encoded(&Value::Object(claims).to_string()));
        let signature = self.key.sign(message.as_bytes())?;
        Some(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}
