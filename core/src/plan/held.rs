//! Destinations that keep failing are left alone for a while, so that nobody waits for them and they can recover. What is
//! known is one instance's own, and forgotten with it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::config::Delivery;
use crate::facts::Timestamp;

/// How many attempts in a row must have failed.
const FAILURES: u32 = 3;

/// For how long a destination is left alone after that, and at the most, in milliseconds, where `retry_seconds` is as it
/// is by itself or longer. Where it is shorter, so are these.
const FIRST_MS: i64 = 10_000;
const LONGEST_MS: i64 = 300_000;

/// Who is left alone, by the component's id.
#[derive(Debug)]
pub(crate) struct Held {
    states: Mutex<BTreeMap<String, State>>,
    first_ms: i64,
    longest_ms: i64,
}

#[derive(Debug, Default, Clone, Copy)]
struct State {
    failures: u32,
    until: i64,
}

impl Held {
    /// Nobody yet.
    pub(crate) fn new(rules: &Delivery) -> Self {
        let retry_ms = i64::from(rules.retry_seconds) * 1000;
        let (first_ms, longest_ms) = (FIRST_MS.min(retry_ms / 3), LONGEST_MS.min(retry_ms * 10));
        Self { states: Mutex::default(), first_ms, longest_ms }
    }

    /// Until when this one is left alone, if it is.
    pub(crate) fn until(&self, component: &str, now: Timestamp) -> Option<Timestamp> {
        let held = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        held.get(component).filter(|state| state.until > now.0).map(|state| Timestamp(state.until))
    }

    /// An attempt has failed. `wait_ms` is what the destination has asked for. What fails while the destination is left
    /// alone already was on its way before: it says nothing new, however much there is of it.
    pub(crate) fn failed(&self, component: &str, now: Timestamp, wait_ms: Option<i64>) {
        let mut held = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        let state = held.entry(component.to_owned()).or_default();
        let asked = now.0.saturating_add(wait_ms.unwrap_or(0).min(LONGEST_MS));
        if state.until > now.0 {
            state.until = state.until.max(asked);
            return;
        }
        state.failures = state.failures.saturating_add(1);
        let pause = match state.failures.checked_sub(FAILURES) {
            Some(more) => self.first_ms.saturating_mul(1 << more.min(8)).min(self.longest_ms),
            None => 0,
        };
        state.until = now.0.saturating_add(pause).max(asked);
    }

    /// An attempt has succeeded, or was refused for reasons of its own: somebody is at home.
    pub(crate) fn answered(&self, component: &str) {
        self.states.lock().unwrap_or_else(PoisonError::into_inner).remove(component);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_keeps_failing_is_left_alone_and_comes_back() {
        let held = Held::new(&Delivery::default());
        let at = |ms: i64| Timestamp(1_730_000_000_000 + ms);
        for _ in 0..2 {
            held.failed("a", at(0), None);
            assert_eq!(held.until("a", at(0)), None);
        }
        held.failed("a", at(0), None);
        assert_eq!(held.until("a", at(0)), Some(at(10_000)));
        assert_eq!((held.until("a", at(10_000)), held.until("b", at(0))), (None, None));
        held.failed("a", at(10_000), None);
        assert_eq!(held.until("a", at(10_000)), Some(at(30_000)));
        (0..40).for_each(|_| held.failed("a", at(29_000), None));
        assert_eq!(held.until("a", at(29_000)), Some(at(30_000)), "these had been sent before");
        held.failed("a", at(29_000), Some(60_000));
        assert_eq!(held.until("a", at(29_000)), Some(at(89_000)), "but what it asks for counts");
        (1..=40).for_each(|n| held.failed("a", at(n * 1_000_000), None));
        let end = 40_000_000;
        assert_eq!(held.until("a", at(end)), Some(at(end + 300_000)), "never for longer than five minutes");
        held.answered("a");
        assert_eq!(held.until("a", at(end)), None);
        held.failed("b", at(0), Some(60_000));
        assert_eq!(held.until("b", at(0)), Some(at(60_000)), "as it has asked");
    }
    #[test]
    fn who_tries_again_sooner_is_back_sooner() {
        let at = |ms: i64| Timestamp(1_730_000_000_000 + ms);
        for (retry_seconds, first, longest) in [(3, 1_000, 30_000), (3600, 10_000, 300_000)] {
            let held = Held::new(&Delivery { retry_seconds, ..Delivery::default() });
            (0..3).for_each(|_| held.failed("a", at(0), None));
            assert_eq!(held.until("a", at(0)), Some(at(first)));
            (1..=40).for_each(|n| held.failed("a", at(n * 1_000_000), None));
            assert_eq!(held.until("a", at(40_000_000)), Some(at(40_000_000 + longest)));
        }
    }
}
