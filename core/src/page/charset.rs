//! The charset of a page: which ones can be read at all, and what the page's own words are decoded with.
//!
//! Only the facts are ever decoded. The page itself passes as the bytes that it is.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED};
use thiserror::Error;

/// A charset whose ASCII looks like ASCII, so that markup can be found in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charset(&'static Encoding);

/// The page is in a charset whose ASCII does not look like ASCII (UTF-16, ISO-2022-JP), and can only pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("in a charset whose ASCII does not look like ASCII")]
pub struct Unreadable;

impl Charset {
    /// What a page without any declaration is most likely in.
    pub(super) const UTF_8: Self = Self(UTF_8);

    /// The charset that a `content-type` field declares. `None`: it declares none, or one that nobody knows, which
    /// browsers treat alike.
    ///
    /// # Errors
    /// When it declares one in which markup cannot be found.
    pub fn from_content_type(value: &str) -> Result<Option<Self>, Unreadable> {
        match parameter(value).and_then(|label| Encoding::for_label(label.as_bytes())) {
            Some(encoding) if !encoding.is_ascii_compatible() => Err(Unreadable),
            encoding => Ok(encoding.map(Self)),
        }
    }

    /// What `<meta http-equiv=content-type>` declares.
    pub(super) fn from_content(value: &str) -> Result<Option<Self>, Unreadable> {
        parameter(value).map_or(Ok(None), Self::from_label)
    }

    /// What `<meta charset>` declares, by the HTML standard's rules: where it could be read is no UTF-16.
    pub(super) fn from_label(label: &str) -> Result<Option<Self>, Unreadable> {
        match Encoding::for_label(label.as_bytes()) {
            None => Ok(None),
            Some(encoding) if encoding == UTF_16LE || encoding == UTF_16BE => Ok(Some(Self(UTF_8))),
            Some(encoding) if encoding == X_USER_DEFINED => Ok(Some(Self(WINDOWS_1252))),
            Some(encoding) if !encoding.is_ascii_compatible() => Err(Unreadable),
            Some(encoding) => Ok(Some(Self(encoding))),
        }
    }
}

/// The value of the parameter `charset` of a content type.
fn parameter(content_type: &str) -> Option<&str> {
    content_type.split(';').find_map(|part| {
        let (name, value) = part.split_once('=')?;
        let quotes = ['"', '\''];
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches(quotes))
    })
}

/// Decodes what a page says. Where it does not say in which charset, browsers guess; UTF-8 that is none is then most
/// often windows-1252.
pub(super) fn decode(charset: Option<Charset>, bytes: &[u8]) -> String {
    let text = match (charset, std::str::from_utf8(bytes)) {
        (Some(Charset(encoding)), _) => encoding.decode_without_bom_handling(bytes).0,
        (None, Ok(text)) => text.into(),
        (None, Err(_)) => WINDOWS_1252.decode_without_bom_handling(bytes).0,
    };
    text.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_types() {
        let named = |label: &str| Ok(Encoding::for_label(label.as_bytes()).map(Charset));
        for (value, expected) in [
            ("text/html", Ok(None)),
            ("text/html; charset=utf-8", named("utf-8")),
            ("text/html;CHARSET=\"Windows-1251\"", named("windows-1251")),
            ("text/html; charset='shift_jis' ; x=y", named("shift_jis")),
            ("text/html; charset=ISO-8859-1", named("windows-1252")),
            ("text/html; charset=klingon", Ok(None)),
            ("text/html; charset=", Ok(None)),
            ("text/html; charset=utf-16", Err(Unreadable)),
            ("text/html; charset=UTF-16BE", Err(Unreadable)),
            ("text/html; charset=iso-2022-jp", Err(Unreadable)),
            ("text/html; charset=hz-gb-2312", Err(Unreadable)),
        ] {
            assert_eq!(Charset::from_content_type(value), expected, "{value}");
        }
    }

    #[test]
    fn what_is_not_declared_is_guessed() {
        assert_eq!(decode(None, "Café".as_bytes()), "Café");
        assert_eq!(decode(None, b"Caf\xe9"), "Café");
        assert_eq!(decode(Some(Charset::UTF_8), b"Caf\xe9"), "Caf\u{fffd}");
    }
}
