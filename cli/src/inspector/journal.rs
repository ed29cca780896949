//! What has happened, as far back as there is room for.

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::Value;

/// How much is kept: visits are some kilobytes each, and a browser has to read all of it.
const MOST_BYTES: usize = 24 << 20;
const MOST: usize = 8_000;

/// The last of what has happened, numbered from 1.
#[derive(Debug, Default)]
pub(super) struct Journal {
    entries: VecDeque<Arc<str>>,
    bytes: usize,
    /// The number of the first entry, less one: how many have gone.
    gone: u64,
    /// The number of the last entry that was cleared away.
    pub(super) cleared: u64,
}

impl Journal {
    /// Notes something, with the time unless it has one.
    pub(super) fn push(&mut self, entry: &Value) {
        let mut entry = entry.clone();
        if let Some(fields) = entry.as_object_mut() {
            fields.entry("at").or_insert_with(|| chrono::Utc::now().timestamp_millis().into());
        }
        let entry: Arc<str> = entry.to_string().into();
        self.bytes += entry.len();
        self.entries.push_back(entry);
        while self.bytes > MOST_BYTES || self.entries.len() > MOST {
            let Some(first) = self.entries.pop_front() else { return };
            self.bytes -= first.len();
            self.gone += 1;
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.gone += self.entries.len() as u64;
        self.cleared = self.gone;
        self.entries.clear();
        self.bytes = 0;
    }

    /// The first entry after a number, with its own.
    pub(super) fn after(&self, number: u64) -> Option<(u64, Arc<str>)> {
        let skip = number.saturating_sub(self.gone);
        let entry = self.entries.get(usize::try_from(skip).ok()?)?;
        Some((self.gone + skip + 1, Arc::clone(entry)))
    }

    /// All of it, an entry a line.
    pub(super) fn text(&self) -> String {
        self.entries.iter().flat_map(|entry| [&**entry, "\n"]).collect()
    }

    /// The last entry for which a test holds.
    pub(super) fn last(&self, test: impl Fn(&Value) -> bool) -> Option<Value> {
        self.entries.iter().rev().filter_map(|entry| serde_json::from_str(entry).ok()).find(test)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn numbers(journal: &Journal, mut after: u64) -> Vec<u64> {
        let next = || {
            let (number, _) = journal.after(after)?;
            after = number;
            Some(number)
        };
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn entries_keep_their_numbers() {
        let mut journal = Journal::default();
        (0..3).for_each(|n| journal.push(&json!({"n": n})));
        assert_eq!(numbers(&journal, 0), [1, 2, 3]);
        assert_eq!(numbers(&journal, 2), [3]);
        assert!(journal.after(3).is_none());
        journal.clear();
        assert_eq!((numbers(&journal, 0), journal.cleared), (vec![], 3));
        journal.push(&json!({"n": 4}));
        assert_eq!(numbers(&journal, 0), [4]);
        assert_eq!(journal.last(|entry| entry["n"] == 4).unwrap()["n"], 4);
        assert_eq!(journal.last(|entry| entry["n"] == 1), None);
    }

    #[test]
    fn what_does_not_fit_goes_the_oldest_first() {
        let mut journal = Journal::default();
        let large = json!({"text": "x".repeat(1 << 20)});
        (0..30).for_each(|_| journal.push(&large));
        let kept = numbers(&journal, 0);
        assert!((20..24).contains(&kept.len()), "{kept:?}");
        assert_eq!(kept.last(), Some(&30));
        assert!(journal.bytes <= MOST_BYTES);
        (0..MOST + 5).for_each(|n| journal.push(&json!({"n": n})));
        assert_eq!(numbers(&journal, 0).len(), MOST);
    }
}
