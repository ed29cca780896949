//! Regular expressions: `regex-lite`, which never takes longer than the length of the expression times that of the text,
//! and is a quarter of the size of `regex`.

use std::sync::OnceLock;

use regex_lite::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

/// The longest expression, in bytes.
pub const LONGEST_PATTERN: usize = 500;
/// The longest text that is searched, in bytes: the longest URL that browsers and search engines agree on.
const LONGEST_TEXT: usize = 2_048;
/// The most memory that a compiled expression takes, in bytes: `\d{1000}` is larger.
const LARGEST: usize = 16 * 1024;

/// A regular expression, compiled when it is first asked.
#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Pattern {
    text: String,
    compiled: OnceLock<Option<Regex>>,
}

impl From<String> for Pattern {
    fn from(text: String) -> Self {
        Self { text, compiled: OnceLock::new() }
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.text
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl std::fmt::Debug for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.text.fmt(f)
    }
}

impl Pattern {
    /// The expression as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether part of the text matches; none where that cannot be said, because the text is too long or the
    /// expression is none.
    #[must_use]
    pub fn matches(&self, text: &str) -> Option<bool> {
        let compiled = self.compiled.get_or_init(|| self.compile().ok()).as_ref()?;
        (text.len() <= LONGEST_TEXT).then(|| compiled.is_match(text))
    }

    /// What is wrong with the expression.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        self.compile().err()
    }

    fn compile(&self) -> Result<Regex, String> {
        if self.text.len() > LONGEST_PATTERN {
            return Err(format!("it is longer than {LONGEST_PATTERN} bytes"));
        }
        RegexBuilder::new(&self.text).size_limit(LARGEST).build().map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::from(text.to_owned())
    }

    #[test]
    fn expressions_match_parts() {
        for (expression, text, expected) in [
            ("^(FR|DE)$", "FR", Some(true)),
            ("^(FR|DE)$", "FRA", Some(false)),
            ("b+", "abc", Some(true)),
            ("(?i)^shop", "SHOP.example", Some(true)),
            ("^$", "", Some(true)),
            (".", "é", Some(true)),
            ("(", "(", None),
        ] {
            assert_eq!(pattern(expression).matches(text), expected, "{expression} on {text}");
        }
    }

    #[test]
    fn what_would_take_long_is_refused() {
        assert!(pattern(&"a".repeat(LONGEST_PATTERN + 1)).problem().is_some());
        for expression in [r"(\d{100}){100}", "a{1000}{1000}", &"(".repeat(200)] {
            assert!(pattern(expression).problem().is_some(), "{expression}");
        }
        assert_eq!(pattern("^/(fr|de)/[a-z0-9-]{1,40}/?$").problem(), None);
        assert_eq!(pattern("a").matches(&"a".repeat(LONGEST_TEXT + 1)), None);
        // What takes engines that go back forever.
        assert_eq!(pattern("^(a+)+$").matches(&("a".repeat(2_000) + "b")), Some(false));
    }

    proptest! {
        #[test]
        fn nothing_panics(expression in "[a-c*+?()|\\[\\]{}0-9^$.\\\\-]{0,30}", text in ".{0,30}") {
            let _ = pattern(&expression).matches(&text);
        }
    }
}
