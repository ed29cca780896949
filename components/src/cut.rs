//! Texts no longer than vendors take them.

/// The text's first characters, at most that many.
pub(crate) fn characters(text: &str, most: usize) -> &str {
    text.char_indices().nth(most).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// The text's first bytes, at most that many, whole characters only.
pub(crate) fn bytes(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    end.and_then(|end| text.get(..end)).unwrap_or_default()
}

/// A URL's first characters, at most that many, never ending within a `%XX`.
pub(crate) fn url_characters(url: &str, most: usize) -> &str {
    whole_escapes(url, characters(url, most))
}

/// A URL's first bytes, at most that many, never ending within a `%XX`.
pub(crate) fn url_bytes(url: &str, most: usize) -> &str {
    whole_escapes(url, bytes(url, most))
}

fn whole_escapes<'u>(url: &str, short: &'u str) -> &'u str {
    match short.rfind('%') {
        Some(at) if short.len() < url.len() && at + 3 > short.len() => short.get(..at).unwrap_or(short),
        _ => short,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!((characters("größe", 3), characters("größe", 9), characters("", 3)), ("grö", "größe", ""));
        assert_eq!((bytes("größe", 3), bytes("größe", 4), bytes("hi", 9)), ("gr", "grö", "hi"));
    }

    #[test]
    fn urls_are_cut_between_escapes() {
        assert_eq!(url_bytes("https://a/%C3%A9", 15), "https://a/%C3");
        assert_eq!(url_bytes("https://a/%C3%A9", 16), "https://a/%C3%A9");
        assert_eq!(url_characters("https://é/%C3%A9", 12), "https://é/");
        assert_eq!(url_characters("https://é/%C3%A9", 13), "https://é/%C3");
        assert_eq!(url_characters("https://é/100%", 99), "https://é/100%");
    }
}
