//! The one normalisation of paths. Every decision by path (own paths, redirects, routes) is made on its result, so that
//! two spellings of one path can never be decided differently. The origin still gets the path as it was sent.

use std::borrow::Cow;

/// The path that decisions are made on: RFC 3986 §6.2.2, and repeated slashes as one.
///
/// - An escape of an unreserved character (letters, digits, `-._~`) is that character. Every other escape stays, in
///   upper case: `%2F` is not a slash, and `%25` keeps what was escaped twice escaped once.
/// - A `%` that begins no escape is `%25`; otherwise decoding what follows it could make an escape that nobody wrote.
/// - `.` and `..` are resolved (written `%2e` too) and never climb above the root.
/// - It always starts with `/`.
///
/// Borrowed when nothing changes. Idempotent. Never longer than three times what it was given, plus one byte.
#[must_use]
pub fn normalise(path: &str) -> Cow<'_, str> {
    if path.starts_with('/') && !path.contains('%') && !path.contains("//") && !path.contains("/.") {
        return Cow::Borrowed(path);
    }
    let unescaped = unescape(path);
    let mut kept = Vec::new();
    let mut ends_in_slash = false;
    for segment in unescaped.split('/') {
        ends_in_slash = matches!(segment, "" | "." | "..");
        match segment {
            "" | "." => {}
            ".." => drop(kept.pop()),
            name => kept.push(name),
        }
    }
    let mut out = String::with_capacity(unescaped.len() + 1);
    for segment in kept {
        out.push('/');
        out.push_str(segment);
    }
    if ends_in_slash || out.is_empty() {
        out.push('/');
    }
    if out == path { Cow::Borrowed(path) } else { Cow::Owned(out) }
}

/// Undoes the escapes of unreserved characters, once.
fn unescape(path: &str) -> String {
    let mut parts = path.split('%');
    let mut out = String::with_capacity(path.len());
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        match part.split_at_checked(2).and_then(|(digits, rest)| Some((digits, hex(digits)?, rest))) {
            Some((_, byte, rest)) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
                out.push(char::from(byte));
                out.push_str(rest);
            }
            Some((digits, _, rest)) => {
                out.push('%');
                out.push_str(&digits.to_ascii_uppercase());
                out.push_str(rest);
            }
            None => {
                out.push_str("%25");
                out.push_str(part);
            }
        }
    }
    out
}

/// The byte that two hexadecimal digits write. `from_str_radix` alone would take a sign for a digit.
fn hex(digits: &str) -> Option<u8> {
    let all_hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
    all_hex.then(|| u8::from_str_radix(digits, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_path_become_one() {
        for (given, expected) in [
            ("", "/"),
            ("/", "/"),
            ("a/b", "/a/b"),
            ("//", "/"),
            ("///a//b/", "/a/b/"),
            ("/a/./b", "/a/b"),
            ("/a/.", "/a/"),
            ("/a/..", "/"),
            ("/a/b/..", "/a/"),
            ("/a/../../../b", "/b"),
            ("/a//../b", "/b"),
            ("/a/%2e%2e/b", "/b"),
            ("/a/%2E./b", "/b"),
            ("/a/.%2e", "/"),
            ("/a/...", "/a/..."),
            ("/a/..b", "/a/..b"),
            ("/%7Euser/%41%2d%5f", "/~user/A-_"),
            ("/caf%c3%a9", "/caf%C3%A9"),
            ("/café", "/café"),
        ] {
            assert_eq!(normalise(given), expected, "{given}");
        }
    }

    #[test]
    fn what_was_escaped_on_purpose_stays_escaped() {
        for (given, expected) in [
            ("/_selvedge%2Fevent", "/_selvedge%2Fevent"),
            ("/_selvedge%2fevent", "/_selvedge%2Fevent"),
            ("/%5fselvedge/event", "/_selvedge/event"),
            ("/a%5c..%5cb", "/a%5C..%5Cb"),
            ("/a%3Fb%23c%00", "/a%3Fb%23c%00"),
            ("/%252e%252e/a", "/%252e%252e/a"),
            ("/%25%32%65", "/%252e"),
        ] {
            assert_eq!(normalise(given), expected, "{given}");
        }
    }

    #[test]
    fn a_percent_sign_that_escapes_nothing_cannot_make_an_escape() {
        for (given, expected) in [
            ("/100%", "/100%25"),
            ("/%2", "/%252"),
            ("/%zz", "/%25zz"),
            ("/%+f", "/%25+f"),
            ("/%é", "/%25é"),
            ("/%%32e%%32e/a", "/%252e%252e/a"),
            ("/%2%65", "/%252e"),
        ] {
            assert_eq!(normalise(given), expected, "{given}");
        }
    }

    #[test]
    fn what_needs_no_change_is_borrowed() {
        for path in ["/", "/a/b/", "/.well-known/x", "/a%2Fb", "/a.b/c*"] {
            assert!(matches!(normalise(path), Cow::Borrowed(same) if same == path), "{path}");
        }
    }

    proptest! {
        #[test]
        fn the_result_is_normal(path in "[/.%25eEfF*a-c\\\\é]{0,24}") {
            let once = normalise(&path).into_owned();
            prop_assert!(once.starts_with('/'));
            prop_assert!(!once.contains("//"));
            prop_assert!(once.split('/').all(|segment| segment != "." && segment != ".."));
            prop_assert!(matches!(normalise(&once), Cow::Borrowed(_)), "not idempotent on {path}: {once}");
            prop_assert!(once.len() <= 3 * path.len() + 1);
        }
    }
}
