//! How many events came to what end, for each component. Every event of a visit counts as accepted once for each, and
//! then once as one of the others: delivered, dropped for a reason, or kept. What is taken out of the outbox again counts as
//! that, and ends in the same ways.

use std::collections::BTreeMap;

use serde_json::json;

use crate::account::{DropReason, KeepReason};
use crate::budget::Platform;
use crate::facts::Timestamp;

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
    /// To what end an event came, whatever the reason.
    #[must_use]
    pub fn outcome(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Retaken => "retaken",
            Self::Delivered => "delivered",
            Self::Kept(_) => "kept",
            Self::Dropped(_) => "dropped",
        }
    }

    /// Why, where there is a choice of reasons; else nothing.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Kept(reason) => reason.word(),
            Self::Dropped(reason) => reason.word(),
            Self::Accepted | Self::Retaken | Self::Delivered => "",
        }
    }

    /// The one word: the log's, the metric's.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Kept(_) | Self::Dropped(_) => self.reason(),
            Self::Accepted | Self::Retaken | Self::Delivered => self.outcome(),
        }
    }
}

/// What stands for several.
const MERGED: &str = "*";

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

    /// Counts events that were to be kept in the outbox, which did not take them: as if they had been taken out of it
    /// again, and dropped.
    pub fn lost(&mut self, component: &str, events: usize) {
        self.add(component, Tally::Retaken, events);
        self.add(component, Tally::Dropped(DropReason::Undelivered), events);
    }

    /// A line for the log for each number: when, where, whose, to what end, why, and how many events.
    #[must_use]
    pub fn lines(&self, platform: &Platform, now: Timestamp) -> Vec<String> {
        let (time, platform) = (now.rfc3339(), platform.name);
        let line = |(component, tally, events): (&str, Tally, u64)| {
            let (outcome, reason) = (tally.outcome(), tally.reason());
            json!({
                "selvedge": "count",
                "time": time,
                "component": component,
                "outcome": outcome,
                "reason": reason,
                "platform": platform,
                "events": events,
            })
            .to_string()
        };
        self.iter().map(line).collect()
    }

    /// The same as data points of Analytics Engine, as `writeDataPoint` takes them: `blob1` whose, `blob2` to what end,
    /// `blob3` why, `blob4` where; `double1` how many events. Where there are more than `most`, reasons are told no more,
    /// `*` standing for them, and then neither are components.
    #[must_use]
    pub fn points(&self, platform: &Platform, most: usize) -> Vec<String> {
        let mut rows = BTreeMap::new();
        for level in 0..3 {
            rows.clear();
            for (component, tally, events) in self.iter() {
                let reason = if level > 0 && !tally.reason().is_empty() { MERGED } else { tally.reason() };
                let component = if level > 1 { MERGED } else { component };
                let sum: &mut u64 = rows.entry((component, tally.outcome(), reason)).or_default();
                *sum = sum.saturating_add(events);
            }
            if rows.len() <= most {
                break;
            }
        }
        let point = |((component, outcome, reason), events)| {
            json!({"indexes": [component], "blobs": [component, outcome, reason, platform.name], "doubles": [events]})
                .to_string()
        };
        rows.into_iter().take(most).map(point).collect()
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
