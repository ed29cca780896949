//! Destinations that keep failing are left alone for a while, so that nobody waits for them and they can recover. What is
//! known is one instance's own, and forgotten with it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::facts::Timestamp;

/// How many attempts in a row must have failed.
const FAILURES: u32 = 3;

/// For how long a destination is left alone after that, and at the most, in milliseconds.
const FIRST_MS: i64 = 10_000;
const LONGEST_MS: i64 = 300_000;

/// Who is left alone, by the component's id.
#[derive(Debug, Default)]
pub(crate) struct Held(Mutex<BTreeMap<String, State>>);

#[derive(Debug, Default, Clone, Copy)]
struct State {
    failures: u32,
    until: i64,
}

impl Held {
    /// Until when this one is left alone, if it is.
    pub(crate) fn until(&self, component: &str, now: Timestamp) -> Option<Timestamp> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.get(component).filter(|state| state.until > now.0).map(|state| Timestamp(state.until))
    }

    /// An attempt has failed. `wait_ms` is what the destination has asked for.
    pub(crate) fn failed(&self, component: &str, now: Timestamp, wait_ms: Option<i64>) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let state = held.entry(component.to_owned()).or_default();
        state.failures = state.failures.saturating_add(1);
        let pause = match state.failures.checked_sub(FAILURES) {
            Some(more) => FIRST_MS.saturating_mul(1 << more.min(8)).min(LONGEST_MS),
            None => 0,
        };
        state.until = now.0.saturating_add(pause.max(wait_ms.unwrap_or(0).min(LONGEST_MS)));
    }

    /// An attempt has succeeded, or was refused for reasons of its own: somebody is at home.
    pub(crate) fn answered(&self, component: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(component);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_keeps_failing_is_left_alone_and_comes_back() {
        let held = Held::default();
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
        (0..40).for_each(|_| held.failed("a", at(30_000), None));
        assert_eq!(held.until("a", at(30_000)), Some(at(330_000)), "never for longer than five minutes");
        held.answered("a");
        assert_eq!(held.until("a", at(30_000)), None);
        held.failed("b", at(0), Some(60_000));
        assert_eq!(held.until("b", at(0)), Some(at(60_000)), "as it has asked");
    }
}
