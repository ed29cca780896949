//! Private keys as vendors hand them out: PEM (RFC 7468) around PKCS #8 (RFC 5958) or PKCS #1 (RFC 8017,
//! appendix A.1.2); and signatures with them, RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, section 8.2).
//!
//! A signature of 2048 bits takes some 9 ms, which is why tokens are kept. That there is no release of `rsa` free of
//! RUSTSEC-2023-0071 concerns who can time many of them; here one is made in a quarter of an hour.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rsa::pkcs1::DecodeRsaPrivateKey;
use rsa::pkcs1v15::SigningKey;
use rsa::pkcs8::{DecodePrivateKey, EncodePublicKey};
use rsa::signature::{SignatureEncoding, Signer};
use rsa::traits::PublicKeyParts;
use rsa::{RsaPrivateKey, RsaPublicKey};
use sha2::{Digest, Sha256};

/// Characters of the longest PEM that is looked at: a key of 4096 bits has some 3,300.
const LONGEST: usize = 16_384;

/// Bits of a modulus: what RFC 7518, section 3.3, asks for, and what Google's and Snowflake's keys have.
const BITS: std::ops::RangeInclusive<usize> = 2048..=4096;

/// A private key.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Key(RsaPrivateKey);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

impl Key {
    /// The key of a PEM text.
    ///
    /// # Errors
    /// What is wrong with it, without repeating any of it.
    pub(super) fn read(pem: &str) -> Result<Self, &'static str> {
        if pem.len() > LONGEST {
            return Err("is too long for a private key");
        }
        if pem.contains("ENCRYPTED") {
            return Err(
                "is encrypted: Selvedge needs it without a passphrase, in the platform's secret store",
            );
        }
        let missing = "is not a PEM private key, -----BEGIN PRIVATE KEY----- …";
        let (_, rest) = pem.split_once("-----BEGIN ").ok_or(missing)?;
        let (label, rest) = rest.split_once("-----").ok_or(missing)?;
        let (encoded, _) = rest.split_once("-----END").ok_or(missing)?;
        // Secret stores and shells turn line ends into spaces, or into a backslash and an n.
        let encoded = encoded.replace("\\n", "").replace("\\r", "");
        let encoded: String = encoded.chars().filter(|c| !c.is_whitespace()).collect();
        let der = STANDARD.decode(encoded).map_err(|_| "holds something that is not base64")?;
        let key = match label {
            "PRIVATE KEY" => RsaPrivateKey::from_pkcs8_der(&der).ok(),
            "RSA PRIVATE KEY" => RsaPrivateKey::from_pkcs1_der(&der).ok(),
            _ => return Err(missing),
        };
        let key = key.ok_or("is not the private key of an RSA key pair with two primes")?;
        if BITS.contains(&key.n().bits()) { Ok(Self(key)) } else { Err("is not a key of 2048 to 4096 bits") }
    }

    /// The base64 of the SHA-256 of the public key as DER (`SubjectPublicKeyInfo`, RFC 5280, section 4.1).
    pub(super) fn fingerprint(&self) -> Option<String> {
        let public = RsaPublicKey::from(&self.0).to_public_key_der().ok()?;
        Some(STANDARD.encode(Sha256::digest(public.as_bytes())))
    }

    /// The signature of a message. None where the numbers do not belong together.
    pub(super) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let signing = SigningKey::<Sha256>::new(self.0.clone());
        signing.try_sign(message).ok().map(|signature| signature.to_vec())
    }
}
