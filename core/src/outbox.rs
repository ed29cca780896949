//! What could not be delivered, and is to be tried again: kept outside, in the platform's own queue or store, as the events
//! themselves and not as the request that failed. So no secret rests there, and what is sent later is signed then.

mod label;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;
use thiserror::Error;

use crate::account::{DropReason, KeepReason};
use crate::config::Delivery;
use crate::event::Event;
use crate::facts::{Random, Timestamp};

pub use label::{Label, Place};

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

/// How long what was set aside stays there, in days.
pub const DEAD_DAYS: u32 = 30;

/// A parcel that was set aside, because it could not be delivered after all.
#[derive(Debug, Clone, PartialEq)]
pub struct DeadLetter {
    /// As it was.
    pub parcel: Parcel,
    /// Why.
    pub reason: DropReason,
}

/// A parcel as a store keeps it: one of several, where it is too large for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// JSON, which [`Parcel::read`] reads.
    pub text: String,
    /// What can be said of it without a look into it.
    pub label: Label,
}

/// Why bytes are not a parcel. Trying again does not help.
#[derive(Debug, Error)]
#[error("not a parcel of the outbox: {0}")]
pub struct NotAParcel(#[from] serde_json::Error);

/// How a parcel is written. Events are written as the `webhook` sends them.
#[derive(Serialize)]
struct Written<'a> {
    component: &'a str,
    attempts: u16,
    since: Timestamp,
    due: Timestamp,
    /// Why it was set aside.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<DropReason>,
    events: Vec<Box<RawValue>>,
}

/// How it is read: what is said beside it is of no interest here.
#[derive(Deserialize)]
struct Read {
    component: String,
    attempts: u16,
    since: Timestamp,
    due: Timestamp,
    events: Vec<Event>,
}

impl Parcel {
    /// Reads what [`Parcel::write`] wrote.
    ///
    /// # Errors
    /// When it is something else.
    pub fn read(bytes: &[u8]) -> Result<Self, NotAParcel> {
        let Read { component, attempts, since, due, events } = serde_json::from_slice(bytes)?;
        Ok(Self { component, attempts, since, due, events: events.into_iter().map(Arc::new).collect() })
    }

    /// The parcel as JSON texts of at most [`MAX_PARCEL`] bytes; and the events that do not fit in one alone.
    #[must_use]
    pub fn pack(&self) -> (Vec<Packed>, Vec<Arc<Event>>) {
        self.packed(None)
    }

    fn packed(&self, reason: Option<DropReason>) -> (Vec<Packed>, Vec<Arc<Event>>) {
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
                texts.extend(self.written(std::mem::take(&mut batch), reason));
                size = 0;
            }
            size += length;
            batch.push(text);
        }
        texts.extend(self.written(batch, reason));
        (texts, large)
    }

    fn written(&self, events: Vec<Box<RawValue>>, reason: Option<DropReason>) -> Option<Packed> {
        if events.is_empty() {
            return None;
        }
        let Self { component, attempts, since, due, .. } = self;
        let (attempts, since, due) = (*attempts, *since, *due);
        let label = Label {
            place: if reason.is_some() { Place::Dead } else { Place::Waiting },
            due,
            since,
            attempts,
            events: events.len(),
            reason,
            component: component.clone(),
        };
        let written = Written { component, attempts, since, due, reason, events };
        Some(Packed { text: serde_json::to_string(&written).ok()?, label })
    }

    /// The parcel as if it had just been kept: due at once, and never tried.
    #[must_use]
    pub fn afresh(self, now: Timestamp) -> Self {
        Self { attempts: 0, since: now, due: now, ..self }
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

impl DeadLetter {
    /// Sets a parcel aside, if the owner wants that.
    pub(crate) fn of(parcel: Parcel, reason: DropReason, rules: &Delivery, now: Timestamp) -> Option<Self> {
        let wanted = rules.outbox && rules.dead_letters;
        wanted.then(|| Self { parcel: Parcel { due: now, ..parcel }, reason })
    }

    /// As a store keeps it. What was in the outbox fits.
    #[must_use]
    pub fn pack(&self) -> Vec<Packed> {
        self.parcel.packed(Some(self.reason)).0
    }
}

impl Packed {
    /// The line for the log once it was set aside.
    #[must_use]
    pub fn set_aside(&self) -> String {
        let Label { component, reason, events, .. } = &self.label;
        let kept = KeepReason::DeadLetter;
        json!({"selvedge": "kept", "component": component, "reason": kept, "because": reason, "events": events})
            .to_string()
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
        let (texts, large) = small.pack();
        assert_eq!((texts.len(), large.len(), texts[0].label.events), (1, 0, 2));
        assert_eq!(Parcel::read(texts[0].text.as_bytes()).unwrap(), small);

        let many = parcel(
            (0..40)
                .map(|n| event(&format!("{n}{}", "x".repeat(8000))))
                .chain([event(&"y".repeat(130_000))])
                .collect(),
        );
        let (texts, large) = many.pack();
        assert!(texts.len() > 2 && texts.iter().all(|packed| packed.text.len() <= MAX_PARCEL));
        assert_eq!(texts.iter().map(|packed| packed.label.events).sum::<usize>(), 40);
        assert_eq!(large.len(), 1);
        let read: Vec<_> =
            texts.iter().flat_map(|packed| Parcel::read(packed.text.as_bytes()).unwrap().events).collect();
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

    #[test]
    fn what_is_set_aside_says_why_and_can_be_put_back() {
        let (rules, now) = (Delivery { outbox: true, ..Delivery::default() }, Timestamp(1_730_000_009_000));
        let tried = Parcel { attempts: 2, ..parcel(vec![event("a")]) };
        let dead = DeadLetter::of(tried.clone(), DropReason::Rejected, &rules, now).unwrap();
        let [packed] = &dead.pack()[..] else { panic!("one text") };
        assert!(
            packed.text.contains(r#""due":1730000009000,"reason":"rejected","events":["#),
            "{}",
            packed.text
        );
        assert_eq!((packed.label.place, packed.label.reason), (Place::Dead, Some(DropReason::Rejected)));
        assert_eq!(
            packed.set_aside(),
            r#"{"selvedge":"kept","component":"events","reason":"dead-letter","because":"rejected","events":1}"#
        );
        let back = Parcel::read(packed.text.as_bytes()).unwrap().afresh(now);
        assert_eq!(back, Parcel { attempts: 0, since: now, due: now, ..tried.clone() });
        let unwanted = Delivery { dead_letters: false, ..rules };
        assert_eq!(DeadLetter::of(tried, DropReason::Rejected, &unwanted, now), None);
    }
}
