//! What could not be delivered, and is to be tried again: kept outside, in the platform's own queue or store, as the events
//! themselves and not as the request that failed. So no secret rests there, and what is sent later is signed then.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use thiserror::Error;

use crate::config::Delivery;
use crate::event::Event;
use crate::facts::{Random, Timestamp};

/// The most that a parcel may take, in bytes of JSON: a message of Cloudflare Queues holds 128 kB
/// (developers.cloudflare.com/queues/platform/limits).
pub const MAX_PARCEL: usize = 120_000;

/// The longest delay before another attempt, in milliseconds. Cloudflare Queues delay for 12 hours at the most.
const LONGEST_DELAY_MS: i64 = 6 * 3_600_000;

/// Events that one destination is still to get.
#[derive(Debug, Clone, PartialEq)]
pub struct Parcel {
    /// Whose.
    pub component: String,
    /// How often it was tried.
    pub attempts: u16,
    /// When it was first kept.
    pub since: Timestamp,
    /// When it may be tried again.
    pub due: Timestamp,
    /// In the form in which the destination may have them.
    pub events: Vec<Arc<Event>>,
}

/// Why bytes are not a parcel. Trying again does not help.
#[derive(Debug, Error)]
#[error("not a parcel of the outbox: {0}")]
pub struct NotAParcel(#[from] serde_json::Error);

/// How a parcel is written. Events are written as the `webhook` sends them.
#[derive(Serialize, Deserialize)]
struct Written<E> {
    component: String,
    attempts: u16,
    since: Timestamp,
    due: Timestamp,
    events: Vec<E>,
}

impl Parcel {
    /// Reads what [`Parcel::write`] wrote.
    ///
    /// # Errors
    /// When it is something else.
    pub fn read(bytes: &[u8]) -> Result<Self, NotAParcel> {
        let Written::<Event> { component, attempts, since, due, events } = serde_json::from_slice(bytes)?;
        Ok(Self { component, attempts, since, due, events: events.into_iter().map(Arc::new).collect() })
    }

    /// The parcel as JSON texts of at most [`MAX_PARCEL`] bytes; and the events that do not fit in one alone.
    #[must_use]
    pub fn write(&self) -> (Vec<String>, Vec<Arc<Event>>) {
        let (mut texts, mut large, mut batch) = (Vec::new(), Vec::new(), Vec::new());
        let mut size = 0;
        // What stands around the events: names, numbers and the component's id.
        let room = MAX_PARCEL.saturating_sub(256 + self.component.len());
        for event in &self.events {
            let text = serde_json::to_string(&**event).ok().filter(|text| text.len() < room);
            let Some(text) = text.and_then(|text| RawValue::from_string(text).ok()) else {
                large.push(Arc::clone(event));
                continue;
            };
            let length = text.get().len() + 1;
            if size + length > room {
                texts.extend(self.written(std::mem::take(&mut batch)));
                size = 0;
            }
            size += length;
            batch.push(text);
        }
        texts.extend(self.written(batch));
        (texts, large)
    }

    fn written(&self, events: Vec<Box<RawValue>>) -> Option<String> {
        if events.is_empty() {
            return None;
        }
        let Self { component, attempts, since, due, .. } = self.clone();
        serde_json::to_string(&Written { component, attempts, since, due, events }).ok()
    }

    /// The parcel after another attempt that failed. `wait_ms` is what the destination itself has asked for.
    #[must_use]
    pub fn after_attempt(
        self,
        rules: &Delivery,
        now: Timestamp,
        wait_ms: Option<i64>,
        random: &Random,
    ) -> Self {
        let first_ms = i64::from(rules.retry_seconds) * 1000;
        let delay =
            delay_ms(first_ms, self.attempts, random).max(wait_ms.unwrap_or(0)).min(2 * LONGEST_DELAY_MS);
        Self {
            attempts: self.attempts.saturating_add(1),
            due: Timestamp(now.0.saturating_add(delay)),
            ..self
        }
    }

    /// Whether it was kept for longer than the owner has said.
    #[must_use]
    pub fn expired(&self, rules: &Delivery, now: Timestamp) -> bool {
        now.0.saturating_sub(self.since.0) > i64::from(rules.keep_hours) * 3_600_000
    }

    /// In how many seconds it may be tried again, rounded up.
    #[must_use]
    pub fn delay_seconds(&self, now: Timestamp) -> i64 {
        (self.due.0.saturating_sub(now.0).max(0) + 999) / 1000
    }
}

/// Twice as long each time, give or take a quarter, so that what failed together does not come back together.
fn delay_ms(first_ms: i64, attempts: u16, random: &Random) -> i64 {
    let delay = first_ms.saturating_mul(1 << attempts.min(16)).min(LONGEST_DELAY_MS);
    let jitter = random.bytes().first().map_or(128, |byte| i64::from(*byte));
    delay * 3 / 4 + delay / 2 * jitter / 255
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::{Choice, Decision, Source, State};
    use crate::event::{Context, Data, From, Selection, Track};

    fn event(name: &str) -> Arc<Event> {
        let Choice { state, purposes } = Choice::from(State::Granted);
        Arc::new(Event {
            uuid: Random::from_seed([1; 32]).uuid(),
            timestamp: Timestamp(1_730_000_000_123),
            data: Data::Track(Track { name: name.into(), ..Track::default() }),
            context: Context::default(),
            components: Selection::default(),
            from: From::Client,
            consent: Decision {
                state,
                purposes,
                source: Source::Stored,
                cmp: None,
                vendors: None,
                gpc: false,
            },
            anonymous: false,
        })
    }

    fn parcel(events: Vec<Arc<Event>>) -> Parcel {
        let at = Timestamp(1_730_000_000_000);
        Parcel { component: "events".into(), attempts: 0, since: at, due: at, events }
    }

    #[test]
    fn what_is_written_is_read_and_fits() {
        let small = parcel(vec![event("a"), event("b")]);
        let (texts, large) = small.write();
        assert_eq!((texts.len(), large.len()), (1, 0));
        assert_eq!(Parcel::read(texts[0].as_bytes()).unwrap(), small);

        let many = parcel(
            (0..40)
                .map(|n| event(&format!("{n}{}", "x".repeat(8000))))
                .chain([event(&"y".repeat(130_000))])
                .collect(),
        );
        let (texts, large) = many.write();
        assert!(texts.len() > 2 && texts.iter().all(|text| text.len() <= MAX_PARCEL));
        assert_eq!(large.len(), 1);
        let read: Vec<_> =
            texts.iter().flat_map(|text| Parcel::read(text.as_bytes()).unwrap().events).collect();
        assert_eq!(read, many.events[..40]);
        for bad in ["", "{}", "[]", r#"{"component":"x","attempts":0,"since":0,"due":0,"events":[{}]}"#] {
            assert!(Parcel::read(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn attempts_become_rarer_and_end() {
        let (rules, random) = (Delivery::default(), Random::from_seed([2; 32]));
        let now = Timestamp(1_730_000_000_000);
        let mut parcel = parcel(vec![event("a")]);
        let mut before = 0;
        for attempt in 0..12_u32 {
            parcel = parcel.after_attempt(&rules, now, None, &random);
            let delay = parcel.due.0 - now.0;
            let middle = (30_000 << attempt).min(LONGEST_DELAY_MS);
            assert!((middle * 3 / 4..=middle * 5 / 4).contains(&delay), "{attempt}: {delay}");
            assert!(delay > before || middle == LONGEST_DELAY_MS);
            before = delay;
        }
        assert_eq!(parcel.attempts, 12);
        let asked = parcel.clone().after_attempt(&rules, now, Some(8 * 3_600_000), &random);
        assert_eq!(asked.due.0 - now.0, 8 * 3_600_000, "as the destination asked");
        let hour = 3_600_000;
        assert!(!parcel.expired(&rules, Timestamp(parcel.since.0 + 72 * hour)));
        assert!(parcel.expired(&rules, Timestamp(parcel.since.0 + 72 * hour + 1)));
    }
}
