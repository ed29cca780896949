//! Signatures as Standard Webhooks 1.0.0 specifies them
//! (github.com/standard-webhooks/standard-webhooks, `spec/standard-webhooks.md`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// What a secret is given away by.
const PREFIX: &str = "whsec_";

/// A key that signs.
#[derive(Clone)]
pub(super) struct Key(Hmac<Sha256>);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

impl Key {
    /// The key of a secret: what `whsec_` is followed by is base64, anything else is the key itself.
    pub(super) fn of(secret: &str) -> Result<Self, &'static str> {
        let key = match secret.trim().strip_prefix(PREFIX) {
            Some(encoded) => STANDARD.decode(encoded).map_err(|_| "what follows `whsec_` is not base64")?,
            None => secret.trim().as_bytes().to_vec(),
        };
        if key.is_empty() {
            return Err("is empty");
        }
        Hmac::new_from_slice(&key).map(Self).map_err(|_| "is not a key")
    }

    /// `v1,` and the base64 of the HMAC-SHA256 over `{id}.{timestamp}.{body}`.
    pub(super) fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let mut mac = self.0.clone();
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example that the libraries of Standard Webhooks test themselves with.
    #[test]
    fn the_signature_is_that_of_standard_webhooks() {
        let key = Key::of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = key.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_plain_secret_is_its_bytes() {
        let plain = Key::of("a secret that is plain text").unwrap().sign("m", 1, b"{}");
        let encoded = format!("whsec_{}", STANDARD.encode("a secret that is plain text"));
        assert_eq!(plain, Key::of(&encoded).unwrap().sign("m", 1, b"{}"));
    }

    #[test]
    fn a_key_shows_nothing() {
        assert_eq!(format!("{:?}", Key::of("open sesame").unwrap()), "Key");
    }
}
