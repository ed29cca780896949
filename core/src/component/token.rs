//! Tokens: what a destination's requests carry to be let in, where that is good for an hour and must be had anew.
//!
//! A destination says how one is come by; the host keeps it, in the instance's memory and in the platform's store, and asks
//! for the next before it runs out.

use std::fmt::Debug;

use sha2::{Digest, Sha256};

use super::{Moment, Outbound};

/// A token, as it was given out.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// What requests carry.
    pub value: String,
    /// For how long it is good, in seconds.
    pub seconds: u32,
}

impl Debug for Token {
    /// Not the token.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token").field("seconds", &self.seconds).finish_non_exhaustive()
    }
}

/// How a token is come by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// Somebody is asked, and answers with it.
    Request(Outbound),
    /// The credentials make it themselves.
    Made(Token),
}

/// What a destination has tokens for. Pure, as the destination is.
pub trait Credentials: Debug + Send + Sync {
    /// Tells these credentials from all others, and nothing of them: see [`token_key`]. Destinations with the same share
    /// their token.
    fn key(&self) -> &str;

    /// Asks for a token. None where the credentials turn out to be none.
    fn ask(&self, moment: &Moment<'_>) -> Option<Ask>;

    /// The token of an answer whose status is 2xx. None where there is none in it.
    fn read(&self, body: &[u8]) -> Option<Token>;
}

/// A key for credentials with these parts: a hash, as hexadecimal digits.
#[must_use]
pub fn token_key(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        // The parts cannot run into each other.
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_tell_credentials_apart_and_nothing_of_them() {
        let key = token_key(&["client", "secret"]);
        assert_eq!(key.len(), 64);
        assert_ne!(key, token_key(&["client", "secret2"]));
        assert_ne!(key, token_key(&["clients", "ecret"]));
        let token = Token { value: "hidden".into(), seconds: 60 };
        assert_eq!(format!("{token:?}"), "Token { seconds: 60, .. }");
    }
}
