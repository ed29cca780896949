//! Texts from outside are as long as others like them.

/// At most `limit` bytes of a text, in whole characters.
pub(super) fn bounded(text: &str, limit: usize) -> &str {
    let end = (0..=limit.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    end.and_then(|end| text.get(..end)).unwrap_or_default()
}
