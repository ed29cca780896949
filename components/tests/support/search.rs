//! Looking for something in a request, however it was written.

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use md5::Md5;
use selvedge_core::component::Outbound;
use sha2::{Digest, Sha256, Sha512};

/// What is looked for: texts, in every form in which they might be written.
#[derive(Debug)]
pub(crate) struct Needles {
    texts: Vec<String>,
    forms: AhoCorasick,
}

impl Needles {
    pub(crate) fn of(texts: &[&str]) -> Self {
        let forms =
            texts.iter().flat_map(|text| needles(text).into_iter().map(|form| ((*text).to_owned(), form)));
        let (texts, forms): (Vec<_>, Vec<_>) = forms.unzip();
        Self { texts, forms: AhoCorasick::new(forms).unwrap() }
    }

    /// Which text occurs in a request, and where: as it is, in another case, percent-encoded, in base64, or hashed.
    pub(crate) fn find(&self, request: &Outbound) -> Option<String> {
        let parts = std::iter::once(("url", request.url.as_bytes()))
            .chain(request.headers.iter().map(|(name, value)| (*name, value.as_bytes())))
            .chain([("body", request.body.as_slice())]);
        for (part, bytes) in parts {
            assert!(!bytes.starts_with(&[0x1f, 0x8b]), "{part} is compressed: undo that here");
            if let Some(found) = readings(bytes).iter().find_map(|reading| self.forms.find(reading)) {
                let text = &self.texts[found.pattern().as_usize()];
                return Some(format!("{text} is in {part}: {}", String::from_utf8_lossy(bytes)));
            }
        }
        None
    }
}

/// A text, and the hashes that vendors ask for of it: of it as it is and lower case, in hexadecimal and raw.
fn needles(text: &str) -> Vec<Vec<u8>> {
    let lower = text.to_lowercase();
    let mut needles = vec![lower.clone().into_bytes()];
    for text in [text, &lower, text.trim()] {
        let hashes: [Vec<u8>; 4] = [
            Sha256::digest(text).to_vec(),
            Sha512::digest(text).to_vec(),
            Md5::digest(text).to_vec(),
            Sha256::digest(Sha256::digest(text)).to_vec(),
        ];
        for hash in hashes {
            let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
            needles.extend([hex.into_bytes(), hash]);
        }
    }
    needles
}

/// Bytes as they are and lower case; percent-decoded until nothing changes; and what is in base64 in each, twice.
fn readings(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut readings = Vec::new();
    let mut text = bytes.to_vec();
    loop {
        let inner = base64(&text);
        readings.extend([base64(&inner), inner]);
        let decoded: Vec<u8> = percent_encoding::percent_decode(&text).collect();
        let done = decoded == text;
        readings.push(std::mem::replace(&mut text, decoded));
        if done {
            break;
        }
    }
    let lower: Vec<_> = readings.iter().map(|reading| reading.to_ascii_lowercase()).collect();
    readings.extend(lower);
    readings
}

/// Everything that is long enough to be base64, decoded, wherever it may begin; a zero byte after each.
fn base64(bytes: &[u8]) -> Vec<u8> {
    let digit = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte);
    let runs = bytes.split(|byte| !digit(byte)).filter(|run| run.len() >= 8);
    let mut out = Vec::new();
    for run in runs.flat_map(|run| (0..4).filter_map(move |from| run.get(from..))) {
        for length in [run.len(), run.len() / 4 * 4] {
            let run = &run[..length];
            if let Ok(decoded) = STANDARD_NO_PAD.decode(run).or_else(|_| URL_SAFE_NO_PAD.decode(run)) {
                out.extend(decoded);
                out.push(0);
                break;
            }
        }
    }
    out
}
