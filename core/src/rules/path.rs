//! Where something stands in an event: `data.properties.products[].price`.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The longest path, in bytes. Names in properties have at most 256.
const LONGEST: usize = 512;
/// The most steps of a path. Properties are at most 16 deep.
const DEEPEST: usize = 24;

/// The way from an event to one of its fields, or to several through a list: names with dots between them, `[]` after
/// the name of a list for each of its elements. A name with a dot or a bracket in it stands in double quotes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct Path(String);

/// Text that is no path.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{text:?} is not a path such as \"data.properties.value\": {problem}")]
pub struct BadPath {
    text: String,
    problem: &'static str,
}

/// One step of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step<'p> {
    /// To what has this name.
    Key(&'p str),
    /// To each element of a list.
    Each,
}

impl TryFrom<String> for Path {
    type Error = BadPath;

    fn try_from(text: String) -> Result<Self, BadPath> {
        match problem(&text) {
            Some(problem) => Err(BadPath { text, problem }),
            None => Ok(Self(text)),
        }
    }
}

impl From<Path> for String {
    fn from(path: Path) -> Self {
        path.0
    }
}

impl std::fmt::Display for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Path {
    /// The path as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The steps, of which there is at least one.
    pub(crate) fn steps(&self) -> Vec<Step<'_>> {
        let mut steps = Vec::with_capacity(4);
        let mut rest = self.0.as_str();
        while let Some((step, after)) = next(rest) {
            steps.push(step);
            rest = after;
        }
        steps
    }
}

/// A step and what follows it; none at the end.
fn next(rest: &str) -> Option<(Step<'_>, &str)> {
    if let Some(rest) = rest.strip_prefix("[]") {
        return Some((Step::Each, rest));
    }
    let rest = rest.strip_prefix('.').unwrap_or(rest);
    let (key, rest) = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"')?,
        None => rest.split_at_checked(rest.find(['.', '[']).unwrap_or(rest.len()))?,
    };
    (!key.is_empty()).then_some((Step::Key(key), rest))
}

fn problem(text: &str) -> Option<&'static str> {
    if text.len() > LONGEST {
        return Some("it is longer than 512 bytes");
    }
    let (mut rest, mut count) = (text, 0);
    while !rest.is_empty() {
        let first = count == 0;
        if first && rest.starts_with(['.', '[']) || !first && !rest.starts_with(['.', '[']) {
            return Some("names stand between single dots");
        }
        if rest.starts_with('[') && !rest.starts_with("[]") {
            return Some("brackets are empty, for each element of a list");
        }
        let quoted = rest.strip_prefix('.').unwrap_or(rest).starts_with('"');
        let Some((step, after)) = next(rest) else { return Some("a name is missing") };
        match step {
            Step::Key(key) if !quoted && key.contains(['"', ']']) => {
                return Some("a name with such a sign in it stands in quotes");
            }
            Step::Key(key) if !quoted && key.trim() != key => return Some("there is a space around a name"),
            _ => {}
        }
        (rest, count) = (after, count + 1);
    }
    match count {
        0 => Some("it is empty"),
        _ if count > DEEPEST => Some("it has more than 24 steps"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn path(text: &str) -> Result<Path, BadPath> {
        Path::try_from(text.to_owned())
    }

    #[test]
    fn paths_are_steps() {
        use Step::{Each, Key};
        for (text, expected) in [
            ("type", &[Key("type")][..]),
            ("data.properties.value", &[Key("data"), Key("properties"), Key("value")]),
            ("products[].price", &[Key("products"), Each, Key("price")]),
            ("a[][].b", &[Key("a"), Each, Each, Key("b")]),
            ("a.\"order.id\".\"x[]\"[]", &[Key("a"), Key("order.id"), Key("x[]"), Each]),
            ("a.Größe in cm", &[Key("a"), Key("Größe in cm")]),
        ] {
            assert_eq!(path(text).unwrap().steps(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for text in [
            "", ".", "a.", ".a", "a..b", "[]", "[].a", "a[0]", "a[", "a]", "a[]b", "\"a", "\"\"", "a.\"b\"c",
            "a\"b", " a", "a. b", "a .b",
        ] {
            assert!(path(text).is_err(), "{text:?}");
        }
        assert!(path(&"a".repeat(512)).is_ok() && path(&"a".repeat(513)).is_err());
        assert!(path(&["a"; 24].join(".")).is_ok() && path(&["a"; 25].join(".")).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_a_path_or_not(text in "[a-c.\\[\\]\" é]{0,12}") {
            if let Ok(path) = path(&text) {
                let written: Vec<_> = path.steps().into_iter().map(|step| match step {
                    Step::Key(key) => format!(".\"{key}\""),
                    Step::Each => "[]".to_owned(),
                }).collect();
                let written = written.concat();
                let again = self::path(written.trim_start_matches('.')).unwrap();
                prop_assert_eq!(path.steps(), again.steps());
            }
        }
    }
}
