//! JSON Web Tokens (RFC 7519) that the owner's private key signs (RS256): for vendors who take them as they are, and for
//! those who give a token for them.

mod account;
mod key;
#[cfg(test)]
mod tests;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use selvedge_core::component::{Ask, Credentials, Moment, Token};
use selvedge_core::facts::Timestamp;
use serde_json::{Map, Value};

pub(crate) use account::Account;
use key::Key;

use crate::json::to_text;

/// Seconds for which a token is the same wherever it is made, so that who makes it at the same time does not matter.
const WINDOW: i64 = 15 * 60;
/// Seconds for which a token is good: the most that Google and Snowflake allow. At least 45 minutes of it are left when it
/// is made.
const LIFETIME: i64 = 60 * 60;

/// Signs tokens with a private key. A signature is dear: who signs keeps it.
#[derive(Debug)]
pub(crate) struct Signer {
    key: Key,
    header: String,
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
        let header = to_text(&header);
        Ok(Self { key: Key::read(pem)?, header })
    }

    /// The base64 of the SHA-256 of the public key, as Snowflake names a key.
    pub(crate) fn fingerprint(&self) -> String {
        self.key.fingerprint().unwrap_or_default()
    }

    /// The token with these claims and the times `iat` and `exp`. None where the key turns out to be none.
    pub(crate) fn token(&self, claims: &[(&str, &str)], now: Timestamp) -> Option<Token> {
        let issued = now.seconds().div_euclid(WINDOW) * WINDOW;
        let seconds = u32::try_from(issued + LIFETIME - now.seconds()).ok()?;
        Some(Token { value: self.signed(claims, issued)?, seconds })
    }

    fn signed(&self, claims: &[(&str, &str)], issued: i64) -> Option<String> {
        let texts = claims.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value)));
        let mut claims: Map<String, Value> = texts.collect();
        claims.insert("iat".into(), issued.into());
        claims.insert("exp".into(), (issued + LIFETIME).into());
        let encoded = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let message = format!("{}.{}", encoded(&self.header), encoded(&to_text(&claims)));
        let signature = self.key.sign(message.as_bytes())?;
        Some(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// Credentials that make their tokens themselves: a private key, and the claims.
#[derive(Debug)]
pub(crate) struct SelfSigned {
    pub(crate) key: String,
    pub(crate) signer: Signer,
    pub(crate) claims: Vec<(&'static str, String)>,
}

impl Credentials for SelfSigned {
    fn key(&self) -> &str {
        &self.key
    }

    fn ask(&self, moment: &Moment<'_>) -> Option<Ask> {
        let claims: Vec<_> = self.claims.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.signer.token(&claims, moment.now).map(Ask::Made)
    }

    fn read(&self, _: &[u8]) -> Option<Token> {
        // Nobody is asked.
        None
    }
}
