//! The parts of a delivery: vendors may take some of a request's events and refuse others.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Carries, Outcome, Verdict};
use crate::account::{DropReason, KeepReason};
use crate::component::{Fate, Response};
use crate::counts::Tally;
use crate::event::Event;
use crate::facts::Timestamp;
use crate::plan::Delivery;
use crate::privacy;
use crate::trace;

/// Events of one delivery that ended in the same way, and the vendor's words for it.
pub(super) struct Part {
    pub(super) verdict: Verdict,
    pub(super) said: Option<String>,
    pub(super) events: Vec<Arc<Event>>,
}

/// The parts of a delivery: one, unless the answer says otherwise.
pub(super) fn parts<T: Carries>(delivery: &Delivery<T>, outcome: &Outcome, body: &[u8]) -> Vec<Part> {
    let verdict = outcome.verdict();
    let whole = |said| vec![Part { verdict, said, events: delivery.events.clone() }];
    let (Some(read), Some(request), Outcome::Answered(status, _)) =
        (delivery.reader, delivery.request.request(), outcome)
    else {
        return whole(None);
    };
    let events = delivery.events.len();
    let fates = read(&Response { request, status: *status, body, events });
    let Some(fates) = fates.filter(|fates| fates.len() == events) else {
        // Who reads answers is somebody whose status alone is not to be believed.
        let unread = verdict == Verdict::Delivered && !body.is_empty();
        return whole(unread.then(|| "the answer could not be read".to_owned()));
    };
    let mut parts: Vec<Part> = Vec::new();
    for (fate, event) in fates.into_iter().zip(&delivery.events) {
        let (verdict, said) = match fate {
            Fate::Delivered => (Verdict::Delivered, None),
            Fate::Retryable(said) => (Verdict::Retryable, Some(privacy::words(&said))),
            Fate::Rejected(said) => (Verdict::Rejected, Some(privacy::words(&said))),
        };
        let said = said.filter(|said| !said.is_empty());
        match parts.iter_mut().find(|part| part.verdict == verdict && part.said == said) {
            Some(part) => part.events.push(Arc::clone(event)),
            None => parts.push(Part { verdict, said, events: vec![Arc::clone(event)] }),
        }
    }
    parts
}

impl Part {
    /// To what end it came, after so many attempts before; `due` is there if the outbox has what may be tried again.
    pub(super) fn tally(&self, attempts: u16, due: Option<Timestamp>) -> Tally {
        match (self.verdict, due) {
            (Verdict::Delivered, _) => Tally::Delivered,
            (Verdict::Rejected, _) => Tally::Dropped(DropReason::Rejected),
            (Verdict::Retryable, Some(_)) => Tally::Kept(KeepReason::TryAgain),
            (Verdict::Retryable, None) if attempts > 0 => Tally::Dropped(DropReason::Expired),
            (Verdict::Retryable, None) => Tally::Dropped(DropReason::Undelivered),
        }
    }

    /// The line for the log.
    pub(super) fn line<T>(
        &self,
        delivery: &Delivery<T>,
        outcome: &Outcome,
        tally: Tally,
        due: Option<Timestamp>,
    ) -> String {
        let mut line = json!({
            "selvedge": "delivery",
            "component": delivery.component,
            "outcome": tally.word(),
            "events": self.events.len(),
        });
        if let Some(fields) = line.as_object_mut() {
            let mut put = |name: &str, value: Value| drop(fields.insert(name.into(), value));
            match outcome {
                Outcome::Answered(status, _) => put("status", status.as_u16().into()),
                Outcome::TimedOut => put("problem", "no answer in time".into()),
                Outcome::Written => {}
                Outcome::Unreachable(problem) | Outcome::Refused(problem) => {
                    put("problem", problem.as_str().into());
                }
            }
            if let Some(said) = &self.said {
                put("said", said.as_str().into());
            }
            if let Some(due) = due.filter(|_| self.verdict == Verdict::Retryable) {
                put("due", due.rfc3339().into());
            }
            if delivery.attempts > 0 {
                put("attempt", (delivery.attempts + 1).into());
            }
            put("ids", self.events.iter().map(|event| event.uuid.to_string()).collect());
        }
        trace::about(line.to_string(), delivery.visit.as_deref())
    }
}
