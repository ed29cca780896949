//! How many events came to what end, for each component. Every event of a visit counts as accepted once for each, and
//! then once as one of the others: delivered, dropped for a reason, or kept. What is taken out of the outbox again counts as
//! that, and ends in the same ways.

use std::collections::BTreeMap;

use crate::account::{DropReason, KeepReason};

/// What happened to an event on its way to a destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tally {
    /// It was there to be sent.
    Accepted,
    /// It was taken out of the outbox.
    Retaken,
    /// The destination took it.
    Delivered,
    /// It is in the outbox.
    Kept(KeepReason),
    /// It did not reach the destination, and will not.
    Dropped(DropReason),
}

impl Tally {
    /// The one word: the log's, the metric's.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Retaken => "retaken",
            Self::Delivered => "delivered",
            Self::Kept(reason) => reason.word(),
            Self::Dropped(reason) => reason.word(),
        }
    }
}

/// Numbers of events, by component and what happened to them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<(String, Tally), u64>);

impl Counts {
    /// Counts so many more.
    pub(crate) fn add(&mut self, component: &str, tally: Tally, events: usize) {
        if events > 0 {
            let count = self.0.entry((component.to_owned(), tally)).or_default();
            *count = count.saturating_add(u64::try_from(events).unwrap_or(u64::MAX));
        }
    }

    /// Counts what another has counted.
    pub fn merge(&mut self, other: Self) {
        for (key, events) in other.0 {
            let count = self.0.entry(key).or_default();
            *count = count.saturating_add(events);
        }
    }

    /// Each number that is not zero, in order of the components' ids.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Tally, u64)> {
        self.0.iter().map(|((component, tally), events)| (component.as_str(), *tally, *events))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_add_up_and_keep_components_apart() {
        let expired = Tally::Dropped(DropReason::Expired);
        let mut counts = Counts::default();
        counts.add("a", Tally::Accepted, 3);
        counts.add("a", expired, 0);
        let mut more = Counts::default();
        more.add("a", Tally::Accepted, 2);
        more.add("b", expired, 1);
        counts.merge(more);
        assert_eq!(counts.iter().collect::<Vec<_>>(), [("a", Tally::Accepted, 5), ("b", expired, 1)]);
        assert_eq!(expired.word(), "expired");
    }
}
