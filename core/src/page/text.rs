//! From the page's words to ours.

/// A title as the browser shows it: entities decoded, white space trimmed and collapsed.
pub(super) fn title(raw: &str) -> Option<String> {
    let words = htmlize::unescape(raw);
    let words: Vec<_> = words.split_ascii_whitespace().collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// A URL in an attribute.
pub(super) fn link(raw: &str) -> Option<String> {
    let url = htmlize::unescape_attribute(raw);
    let url = url.trim_ascii();
    (!url.is_empty()).then(|| url.to_owned())
}

/// A list in an attribute, separated by commas.
pub(super) fn list(raw: &str) -> Vec<String> {
    let items = htmlize::unescape_attribute(raw);
    items.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_and_white_space() {
        for (raw, expected) in [
            ("  Caf&eacute;\n &amp; Bar&#x21; ", Some("Café & Bar!")),
            ("&#128169; &notit; &#150;", Some("💩 ¬it; –")),
            ("A&nbsp;B", Some("A\u{a0}B")),
            (" \n ", None),
        ] {
            assert_eq!(title(raw).as_deref(), expected, "{raw}");
        }
        assert_eq!(link(" /a?b=1&amp;copy=2&copy=3 ").as_deref(), Some("/a?b=1&copy=2&copy=3"));
        assert_eq!(list("a, b &amp; c,, d ,"), ["a", "b & c", "d"]);
    }
}
