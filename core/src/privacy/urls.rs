//! URLs and what looks like them, wherever they stand in a text.

use std::borrow::Cow;

use super::REDACTED;
use super::names::{Meaning, meaning};
use super::patterns::{self, Numbers};
use super::scrub::Scrub;

/// What a URL's parts begin with, as it is and percent-encoded, once and twice.
const ENDS_OF_PATHS: [&str; 6] = ["?", "#", "%3f", "%23", "%253f", "%2523"];
const SCHEMES_END: [&str; 3] = ["://", "%3a%2f%2f", "%253a%252f%252f"];

/// Whether a text may hold something that only URLs do.
pub(super) fn has_any(text: &str) -> bool {
    text.bytes().any(|byte| matches!(byte, b'?' | b'=' | b'%' | b'#' | b'/'))
}

/// Whether a text is one URL as a whole, white space in its query notwithstanding.
pub(super) fn is_one(text: &str) -> bool {
    let scheme = text.split_once("://").is_some_and(|(scheme, _)| {
        (1..=20).contains(&scheme.len())
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    });
    let path = text.split('?').next().unwrap_or_default();
    scheme || text.starts_with(['/', '?']) && !path.contains(char::is_whitespace)
}

impl Scrub<'_> {
    /// A URL, or a word that may be one.
    pub(super) fn url(&self, url: &str) -> Option<String> {
        let stripped = self.strip.then(|| stripped(url)).flatten();
        let url = stripped.as_deref().unwrap_or(url);
        let (head, tail) = url.split_at(url.find(['?', '#']).unwrap_or(url.len()));
        // A word without a path may be parameters alone.
        let (head, tail) = if head.contains('=') && !head.contains('/') { ("", url) } else { (head, tail) };
        match (self.head(head), self.parameters(tail)) {
            (None, None) => stripped,
            (new_head, new_tail) => Some(format!(
                "{}{}",
                new_head.as_deref().unwrap_or(head),
                new_tail.as_deref().unwrap_or(tail)
            )),
        }
    }

    /// What stands before the query: scheme, authority and path. Names and passwords before the host go.
    fn head(&self, head: &str) -> Option<String> {
        let Some((scheme, rest)) = head.split_once("://") else { return self.path(head) };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let (new_host, new_path) = (self.plain(host, Numbers::Codes), self.path(path));
        (host != authority || new_host.is_some() || new_path.is_some()).then(|| {
            let (host, path) = (new_host.as_deref().unwrap_or(host), new_path.as_deref().unwrap_or(path));
            format!("{scheme}://{host}{path}")
        })
    }

    /// A path, segment by segment. A segment after `orders` is an order's number.
    fn path(&self, path: &str) -> Option<String> {
        let mut before = "";
        let mut changed = false;
        let mut segments = Vec::new();
        for segment in path.split('/') {
            let code = meaning(before, false) == Meaning::Code;
            let new = self.encoded(segment, if code { Numbers::Codes } else { Numbers::Cards });
            changed |= new.is_some();
            segments.push(new.map_or(Cow::Borrowed(segment), Cow::Owned));
            before = segment;
        }
        changed.then(|| segments.join("/"))
    }

    /// Parameters with what delimits them, each by its name and its value.
    fn parameters(&self, text: &str) -> Option<String> {
        let mut out = String::new();
        let mut changed = false;
        for parameter in text.split_inclusive(['?', '#', '&', ';']) {
            let body = parameter.trim_end_matches(['?', '#', '&', ';']);
            let delimiter = parameter.get(body.len()..).unwrap_or_default();
            let (name, value) =
                body.split_once('=').map_or((None, body), |(name, value)| (Some(name), value));
            let meaning = name.map_or(Meaning::Other, |name| meaning(&decoded(name), false));
            let numbers = if meaning == Meaning::Code { Numbers::Codes } else { Numbers::All };
            let new = match meaning {
                _ if value.is_empty() => None,
                Meaning::Personal if value != REDACTED => Some(REDACTED.to_owned()),
                Meaning::Identifying if self.strip => Some(REDACTED.to_owned()),
                _ => self.encoded(value, numbers),
            };
            let new_name = name.and_then(|name| self.encoded(name, Numbers::Codes));
            changed |= new.is_some() || new_name.is_some();
            if let Some(name) = name {
                out.push_str(new_name.as_deref().unwrap_or(name));
                out.push('=');
            }
            out.push_str(new.as_deref().unwrap_or(value));
            out.push_str(delimiter);
        }
        changed.then_some(out)
    }

    /// A value of a URL. Where only its decoded form shows what it is, all of it goes.
    fn encoded(&self, value: &str, numbers: Numbers) -> Option<String> {
        if value.bytes().any(|byte| matches!(byte, b'%' | b'+')) {
            // A plus may begin a telephone number, or be a form's space.
            let readings = [decoded(value), decoded(&value.replace('+', " "))];
            if readings.iter().any(|plain| plain != value && self.is_personal(plain, numbers)) {
                return Some(REDACTED.to_owned());
            }
        }
        self.plain(value, numbers)
    }

    /// Whether a decoded value holds something personal, in itself or in a query of its own.
    fn is_personal(&self, plain: &str, numbers: Numbers) -> bool {
        let named = || {
            let parameters = plain.split(['?', '#', '&', ';', ' ', '"', ',']);
            let mut named =
                parameters.filter_map(|p| p.split_once(['=', ':']).filter(|(_, v)| !v.is_empty()));
            named.any(|(name, _)| meaning(name, false) == Meaning::Personal)
        };
        let words = || plain.split_whitespace().any(|word| patterns::redacted(word, numbers).is_some());
        self.plain(plain, numbers).is_some() || words() || named()
    }
}

/// A URL without its query, its fragment, its user and what follows `;` in its path. None where there is none of them.
fn stripped(url: &str) -> Option<String> {
    let lower = url.to_ascii_lowercase();
    let absolute = SCHEMES_END.iter().any(|end| lower.contains(end));
    let end = ENDS_OF_PATHS.iter().filter_map(|end| lower.find(end)).min();
    let rest = end.and_then(|end| lower.get(end..)).unwrap_or_default();
    let names = rest.contains('=') || rest.contains("%3d") || rest.contains("%253d");
    let parameters = lower.contains('&') && lower.contains('=') && end.is_none() && !absolute;
    if parameters && !lower.contains('/') {
        return Some(REDACTED.to_owned());
    }
    // A question mark alone ends sentences.
    let cut = end.filter(|_| absolute || names || lower.starts_with(['/', '?']));
    let kept = url.get(..cut.unwrap_or(url.len())).unwrap_or_default();
    let matrix = kept.contains('/') && kept.split('/').any(|segment| segment.contains(';'));
    let kept = if matrix {
        let segments = kept.split('/').map(|segment| segment.split(';').next().unwrap_or_default());
        Cow::Owned(segments.collect::<Vec<_>>().join("/"))
    } else {
        Cow::Borrowed(kept)
    };
    (kept != url).then(|| kept.into_owned())
}

/// What percent-encoding stands for, undone until nothing changes, thrice at the most: URLs carry URLs.
pub(super) fn decoded(text: &str) -> String {
    let mut text = Cow::Borrowed(text);
    for _ in 0..3 {
        match decoded_once(&text) {
            Some(plain) => text = Cow::Owned(plain),
            None => break,
        }
    }
    text.into_owned()
}

fn decoded_once(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let hex = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let mut out = Vec::with_capacity(bytes.len());
    let mut changed = false;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let pair = (*byte == b'%').then(|| hex(bytes.get(at + 1)).zip(hex(bytes.get(at + 2)))).flatten();
        match pair.and_then(|(high, low)| u8::try_from(high * 16 + low).ok()) {
            Some(decoded) => {
                out.push(decoded);
                changed = true;
                at += 3;
            }
            None => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    changed.then(|| String::from_utf8_lossy(&out).into_owned())
}

#[cfg(test)]
#[path = "urls_tests.rs"]
mod tests;
