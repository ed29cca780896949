//! Percent-encoding, as `encodeURIComponent` writes it and `decodeURIComponent` reads it.

use std::fmt::Write as _;

/// What a value stands for; none where it is no text. A `%` that begins no escape stands for itself, and `+` too.
pub(super) fn decoded(value: &str) -> Option<String> {
    if !value.contains('%') {
        return Some(value.to_owned());
    }
    let hex = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let bytes = value.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let pair = hex(bytes.get(at + 1)).zip(hex(bytes.get(at + 2)));
        match (byte, pair.and_then(|(high, low)| u8::try_from(high * 16 + low).ok())) {
            (b'%', Some(escaped)) => {
                out.push(escaped);
                at += 3;
            }
            (byte, _) => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8(out).ok()
}

/// A text as `encodeURIComponent` writes it.
pub(super) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a text does not fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded() {
        for (text, expected) in [
            ("{\"a\":\"é b+c\"}", "%7B%22a%22%3A%22%C3%A9%20b%2Bc%22%7D"),
            ("a-_.!~*'()Z9", "a-_.!~*'()Z9"),
            ("", ""),
        ] {
            assert_eq!(encoded(text), expected);
            assert_eq!(decoded(expected).as_deref(), Some(text));
        }
    }

    #[test]
    fn what_is_no_escape_stands_for_itself() {
        for (value, expected) in [
            ("100%", Some("100%")),
            ("%zz%4", Some("%zz%4")),
            ("%2", Some("%2")),
            ("%ff", None),
            ("%C3", None),
        ] {
            assert_eq!(decoded(value).as_deref(), expected, "{value}");
        }
    }
}
