//! The owner's key: what it seals, only it opens.
//!
//! A sealed text is `v1.<key id>.<sealed>`: bytes under XChaCha20-Poly1305, in base64url. The id of the key lets a
//! service change its key while what was sealed with the one before is still read.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::facts::Random;

/// The longest sealed text that is looked at, in bytes: what browsers take as a cookie, its name aside. Ours are
/// shorter.
pub const MAX_SEALED: usize = 4000;

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
    /// What it hashes with: not the key itself, which seals.
    hashing: [u8; 32],
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

    /// Bytes, sealed. `purpose` is sealed with them: what was sealed for another does not open.
    pub(crate) fn seal_bytes(&self, purpose: &[u8], plain: &[u8], random: &Random) -> String {
        let [nonce @ .., _, _, _, _, _, _, _, _] = random.bytes();
        let nonce: [u8; NONCE] = nonce;
        let mut sealed = nonce.to_vec();
        // The cipher fails only on messages of more than 256 GiB.
        if let Ok(text) =
            self.current.cipher.encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: purpose })
        {
            sealed.extend(text);
        }
        format!("v1.{}.{}", self.current.id, URL_SAFE_NO_PAD.encode(sealed))
    }

    /// The bytes of a sealed text; none when it is not one of ours, whatever is wrong with it.
    pub(super) fn open_bytes(&self, purpose: &[u8], text: &str) -> Option<Vec<u8>> {
        self.open_within(purpose, text, MAX_SEALED)
    }

    /// The same, of a text of at most `longest` bytes.
    pub(crate) fn open_within(&self, purpose: &[u8], text: &str, longest: usize) -> Option<Vec<u8>> {
        if text.len() > longest {
            return None;
        }
        let (id, sealed) = text.strip_prefix("v1.")?.split_once('.')?;
        let mut keys =
            std::iter::once(&self.current).chain(&self.previous).filter(|key| key.id == id).peekable();
        keys.peek()?;
        let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (nonce, msg) = sealed.split_first_chunk::<NONCE>()?;
        keys.find_map(|key| key.cipher.decrypt(&XNonce::from(*nonce), Payload { msg, aad: purpose }).ok())
    }

    /// A keyed hash (HMAC-SHA-256): the same for the same parts, and telling nothing of them without the key. The parts
    /// cannot run into each other.
    pub(crate) fn hash(&self, purpose: &[u8], parts: &[&[u8]]) -> [u8; 32] {
        self.mac(purpose, parts).map_or([0; 32], |mac| mac.finalize().into_bytes().into())
    }

    /// Whether [`KeyRing::hash`] of the same says this. It takes as long wherever the two differ.
    pub(crate) fn verifies(&self, purpose: &[u8], parts: &[&[u8]], hash: &[u8]) -> bool {
        self.mac(purpose, parts).is_some_and(|mac| mac.verify_slice(hash).is_ok())
    }

    fn mac(&self, purpose: &[u8], parts: &[&[u8]]) -> Option<Hmac<Sha256>> {
        // It takes keys of any length.
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(&self.current.hashing).ok()?;
        for part in std::iter::once(&purpose).chain(parts) {
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
            mac.update(part);
        }
        Some(mac)
    }
}

impl Key {
    fn read(text: &[u8]) -> Result<Self, String> {
        let bytes = key_bytes(text.trim_ascii())?;
        let digest: [u8; 32] = Sha256::digest(bytes).into();
        let id = digest.first_chunk::<6>().map(|id| URL_SAFE_NO_PAD.encode(id)).unwrap_or_default();
        let hashing =
            Sha256::new().chain_update(b"selvedge hashing v1").chain_update(bytes).finalize().into();
        Ok(Self { id, cipher: XChaCha20Poly1305::new(&bytes.into()), hashing })
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

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;
