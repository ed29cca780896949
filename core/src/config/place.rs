//! Where something stands in a configuration, and which word was perhaps meant.

use std::fmt;

/// One step from a table or an array to what is inside.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// To a table's value, by its key.
    Key(String),
    /// To an array's value, counted from 0.
    Index(usize),
}

/// The way from the top of the file to a value, such as `component[1].settings.measurement_id`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyPath(Vec<Step>);

impl KeyPath {
    /// The way to a key at the top of the file.
    #[must_use]
    pub fn to(key: &str) -> Self {
        Self::default().key(key)
    }

    /// One step further, to a key.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.then(Step::Key(key.to_owned()))
    }

    /// One step further, to an array's value.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.then(Step::Index(index))
    }

    /// One step further.
    #[must_use]
    pub fn then(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// The steps, from the top.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// Whether one of the two is, or stands inside of, the other.
    #[must_use]
    pub fn touches(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0) || other.0.starts_with(&self.0)
    }

    /// The name of the table header that leads there: the keys alone, such as `site.route`.
    #[must_use]
    pub fn header(&self) -> String {
        let keys = self.0.iter().filter(|step| matches!(step, Step::Key(_)));
        Self(keys.cloned().collect()).to_string()
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) => {
                    let dot = if at == 0 { "" } else { "." };
                    let bare = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
                    if !key.is_empty() && key.bytes().all(bare) {
                        write!(f, "{dot}{key}")?;
                    } else {
                        write!(f, "{dot}{key:?}")?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// The word of a list that is close enough to have been meant: a letter or two away, fewer for short words.
fn meant<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let word = word.to_lowercase();
    let slips = match word.chars().count() {
        0..=2 => 0,
        3..=5 => 1,
        _ => 2,
    };
    let distance = |candidate: &str| strsim::osa_distance(&word, candidate);
    let nearest = known.into_iter().min_by_key(|candidate| distance(candidate))?;
    (distance(nearest) <= slips).then_some(nearest)
}

/// A message about a word that is not known, with the word that was perhaps meant.
#[must_use]
pub fn perhaps<'w>(message: String, word: &str, known: impl IntoIterator<Item = &'w str>) -> String {
    match meant(word, known) {
        Some(near) => format!("{message}; did you mean `{near}`?"),
        None => message,
    }
}

/// A list of words for people: `` `a`, `b` or `c` ``.
#[must_use]
pub fn either<'w>(words: impl IntoIterator<Item = &'w str>) -> String {
    let mut words: Vec<_> = words.into_iter().map(|word| format!("`{word}`")).collect();
    match (words.pop(), words.is_empty()) {
        (None, _) => "nothing".into(),
        (Some(only), true) => only,
        (Some(last), false) => format!("{} or {last}", words.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_read_like_toml() {
        let path = KeyPath::to("component").index(1).key("settings");
        assert_eq!(path.key("measurement_id").to_string(), "component[1].settings.measurement_id");
        assert_eq!(path.key("odd key").to_string(), r#"component[1].settings."odd key""#);
        assert_eq!(path.header(), "component.settings");
    }

    #[test]
    fn paths_touch_what_they_contain() {
        let site = KeyPath::to("site");
        assert!(site.touches(&site.index(0)) && site.index(0).touches(&site) && site.touches(&site));
        assert!(!site.index(0).touches(&site.index(1)));
    }

    #[test]
    fn slips_are_recognised_and_other_words_are_not() {
        for (word, expected) in [
            ("hots", Some("hosts")),
            ("Origin", Some("origin")),
            ("preserv_hst", Some("preserve_host")),
            ("redirects", Some("redirect")),
            ("xy", None),
            ("endpoint", None),
        ] {
            let known = ["hosts", "origin", "preserve_host", "route", "redirect"];
            assert_eq!(meant(word, known), expected, "{word}");
        }
        assert_eq!(meant("x", []), None);
    }

    #[test]
    fn lists_are_written_for_people() {
        assert_eq!(either(["a"]), "`a`");
        assert_eq!(either(["a", "b", "c"]), "`a`, `b` or `c`");
    }
}
