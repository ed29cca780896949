//! The tokens that an instance knows, and what it knows of those that it could not have. Forgotten with it; the platform's
//! store lasts longer.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::DEADLINE_MS;
use crate::facts::Timestamp;
use crate::settle::Verdict;

/// How long before its end a token is had anew, in milliseconds; of one that lives for less than eight minutes, a quarter of
/// its life.
const MARGIN_MS: i64 = 120_000;

/// What every token is good for, in milliseconds: who says less has not meant it.
const LEAST_MS: i64 = 20_000;

/// For how long nobody is asked again who has refused, and who was not there, in milliseconds.
const REFUSED_MS: i64 = 60_000;
const ABSENT_MS: i64 = 5_000;

/// A token's text, which nobody is shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Value(pub(super) Arc<str>);

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Value")
    }
}

/// The token that a delivery carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Carried {
    pub(crate) key: String,
    pub(super) value: Value,
}

impl Carried {
    pub(super) fn new(key: &str, value: &str) -> Self {
        Self { key: key.to_owned(), value: Value(value.into()) }
    }
}

/// What a 401 means for the token that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blamed {
    /// It is forgotten; another may help.
    Now,
    /// There is another already, or will be.
    Before,
    /// Another would not help.
    Not,
}

/// Why there is no token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) verdict: Verdict,
    /// In words, for the log.
    pub(super) problem: String,
}

/// By the credentials' keys.
#[derive(Debug, Default)]
pub(crate) struct Tokens(Mutex<BTreeMap<String, Slot>>);

#[derive(Debug, Default)]
struct Slot {
    /// The token, and when the next is due.
    held: Option<(Value, i64)>,
    /// Until when somebody here is asking.
    asking: i64,
    /// Why there was none, and until when nobody asks again.
    refusal: Option<(Refusal, i64)>,
    /// The token that the destination refused last, until it takes another.
    blamed: Option<Value>,
}

impl Tokens {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Slot>> {
        // Where another thread failed while it held the lock, what is kept is whole all the same.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The token, if it is good for a while.
    pub(super) fn find(&self, key: &str, now: Timestamp) -> Option<Value> {
        let slots = self.lock();
        let (value, until) = slots.get(key)?.held.as_ref()?;
        (*until > now.0).then(|| value.clone())
    }

    /// Keeps a token that was just given out for so many seconds. Returns when the next is due.
    pub(super) fn keep(&self, key: &str, value: &str, seconds: u32, now: Timestamp) -> Timestamp {
        let life = (i64::from(seconds) * 1000).max(LEAST_MS);
        let until = now.0.saturating_add(life - MARGIN_MS.min(life / 4));
        let mut slots = self.lock();
        let slot = slots.entry(key.to_owned()).or_default();
        (slot.held, slot.asking, slot.refusal) = (Some((Value(value.into()), until)), 0, None);
        Timestamp(until)
    }

    /// Takes over a token from the platform's store, unless its time has come or the destination has refused it.
    pub(super) fn adopt(&self, key: &str, value: &str, until: Timestamp, now: Timestamp) -> bool {
        let mut slots = self.lock();
        let slot = slots.entry(key.to_owned()).or_default();
        let good = until > now && slot.blamed.as_ref().is_none_or(|blamed| *blamed.0 != *value);
        if good {
            (slot.held, slot.asking, slot.refusal) = (Some((Value(value.into()), until.0)), 0, None);
        }
        good
    }

    /// Whether to ask for a token now: one at a time does, for as long as an answer may take.
    pub(super) fn may_ask(&self, key: &str, now: Timestamp) -> bool {
        let mut slots = self.lock();
        let slot = slots.entry(key.to_owned()).or_default();
        let free = slot.asking <= now.0;
        if free {
            slot.asking = now.0.saturating_add(i64::from(DEADLINE_MS) + 1_000);
        }
        free
    }

    /// There was none to be had. `wait_ms` is what the one who was asked has said.
    pub(super) fn refuse(&self, key: &str, refusal: Refusal, wait_ms: Option<i64>, now: Timestamp) {
        let usual = if refusal.verdict == Verdict::Rejected { REFUSED_MS } else { ABSENT_MS };
        let until = now.0.saturating_add(wait_ms.unwrap_or(usual).clamp(usual, 5 * REFUSED_MS));
        let mut slots = self.lock();
        let slot = slots.entry(key.to_owned()).or_default();
        (slot.asking, slot.refusal) = (0, Some((refusal, until)));
    }

    /// Why there is none, where that is known, and for how many milliseconds nobody asks again.
    pub(super) fn refusal(&self, key: &str, now: Timestamp) -> Option<(Refusal, i64)> {
        let slots = self.lock();
        let (refusal, until) = slots.get(key)?.refusal.as_ref()?;
        (*until > now.0).then(|| (refusal.clone(), until.saturating_sub(now.0)))
    }

    /// The destination has refused a token (401), which is forgotten, but not where the one before was refused as well:
    /// then it is not the token.
    pub(crate) fn blame(&self, carried: &Carried) -> Blamed {
        let mut slots = self.lock();
        let slot = slots.entry(carried.key.clone()).or_default();
        if slot.held.as_ref().is_none_or(|(value, _)| *value != carried.value) {
            return Blamed::Before;
        }
        if slot.blamed.is_some() {
            return Blamed::Not;
        }
        (slot.held, slot.blamed) = (None, Some(carried.value.clone()));
        Blamed::Now
    }

    /// The destination has let somebody in.
    pub(crate) fn praise(&self, carried: &Carried) {
        if let Some(slot) = self.lock().get_mut(&carried.key) {
            slot.blamed = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp(1_730_000_000_000 + seconds * 1000)
    }

    fn carried(value: &str) -> Carried {
        Carried { key: "k".into(), value: Value(value.into()) }
    }

    #[test]
    fn a_token_is_had_anew_before_it_runs_out() {
        for (seconds, due) in [(3600, 3480), (600, 480), (480, 360), (60, 45), (20, 15), (0, 15)] {
            let tokens = Tokens::default();
            assert_eq!(tokens.keep("k", "t", seconds, at(0)), at(due));
            assert!(tokens.find("k", at(due - 1)).is_some(), "{seconds}");
            assert_eq!(tokens.find("k", at(due)), None, "{seconds}");
        }
        assert_eq!(Tokens::default().find("k", at(0)), None);
    }

    #[test]
    fn one_asks_at_a_time() {
        let tokens = Tokens::default();
        assert!(tokens.may_ask("k", at(0)));
        assert!(!tokens.may_ask("k", at(5)));
        assert!(tokens.may_ask("other", at(5)));
        assert!(tokens.may_ask("k", at(7)), "whoever it was has not come back");
        tokens.keep("k", "t", 60, at(8));
        assert!(tokens.may_ask("k", at(8)));
    }

    #[test]
    fn who_has_refused_is_left_alone_for_a_while() {
        let tokens = Tokens::default();
        for (verdict, wait_ms, seconds) in [
            (Verdict::Rejected, None, 60),
            (Verdict::Retryable, None, 5),
            (Verdict::Retryable, Some(30_000), 30),
            (Verdict::Retryable, Some(9_000_000), 300),
        ] {
            let refusal = Refusal { verdict, problem: "x".into() };
            tokens.refuse("k", refusal.clone(), wait_ms, at(0));
            assert_eq!(tokens.refusal("k", at(seconds - 1)), Some((refusal, 1_000)));
            assert_eq!(tokens.refusal("k", at(seconds)), None);
        }
        tokens.refuse("k", Refusal { verdict: Verdict::Rejected, problem: "x".into() }, None, at(0));
        tokens.keep("k", "t", 60, at(1));
        assert_eq!(tokens.refusal("k", at(1)), None);
    }

    #[test]
    fn a_token_that_was_refused_is_forgotten_once() {
        let tokens = Tokens::default();
        tokens.keep("k", "one", 3600, at(0));
        assert_eq!(tokens.blame(&carried("one")), Blamed::Now);
        assert_eq!(tokens.find("k", at(1)), None);
        assert_eq!(tokens.blame(&carried("one")), Blamed::Before, "by the next delivery that carried it");
        assert!(!tokens.adopt("k", "one", at(3000), at(1)), "the store may still have it");
        assert!(tokens.adopt("k", "two", at(3000), at(1)));
        assert_eq!(tokens.blame(&carried("two")), Blamed::Not);
        assert!(tokens.find("k", at(1)).is_some());
        tokens.praise(&carried("two"));
        assert_eq!(tokens.blame(&carried("two")), Blamed::Now);
        assert!(!tokens.adopt("k", "three", at(1), at(1)), "its time has come");
    }
}
