//! What became of the deliveries: who is to blame, whether another try would help, and the lines for the log.

mod part;

use std::sync::Arc;

use http::StatusCode;
use serde_json::json;

use crate::account::DropReason;
use crate::component::Outbound;
use crate::counts::{Counts, Tally};
use crate::edge::Edge;
use crate::event::Event;
use crate::facts::{Random, Timestamp};
use crate::outbox::{DeadLetter, Parcel};
use crate::plan::Delivery;
use crate::plan::tokens::Blamed;
use crate::plan::waiting::name;
use crate::sink::Write;
use part::Part;

/// What the adapter saw of one delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The destination answered; and, where it said so, when to come back, in seconds.
    Answered(StatusCode, Option<u32>),
    /// It did not answer in time.
    TimedOut,
    /// It could not be reached; the platform's own words.
    Unreachable(String),
    /// The platform's sink has taken it. What it does with it is the platform's to answer for.
    Written,
    /// The platform's sink will never take it; its own words.
    Refused(String),
}

/// What that means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Taken.
    Delivered,
    /// Not taken, and another try would not help: the request itself is at fault.
    Rejected,
    /// Not taken, and another try might help: the destination or the way there is at fault.
    Retryable,
}

impl Outcome {
    /// An answer, with its `Retry-After` (RFC 9110 §10.2.3) where it has one: seconds, or a date.
    #[must_use]
    pub fn answered(status: StatusCode, retry_after: Option<&str>, now: Timestamp) -> Self {
        let seconds = retry_after.map(str::trim).and_then(|said| match said.parse::<u32>() {
            Ok(seconds) => Some(seconds),
            Err(_) => {
                let at = httpdate::parse_http_date(said).ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
                let wait = i64::try_from(at.as_secs()).ok()?.saturating_sub(now.seconds());
                u32::try_from(wait.max(0)).ok()
            }
        });
        Self::Answered(status, seconds)
    }

    /// Judges an outcome by RFC 9110 §15: a 4xx is the sender's fault, save those that say "later".
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Answered(status, _) if status.is_success() => Verdict::Delivered,
            Self::Answered(status, _) => match *status {
                StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
                    Verdict::Retryable
                }
                status if status.is_server_error() => Verdict::Retryable,
                _ => Verdict::Rejected,
            },
            Self::TimedOut | Self::Unreachable(_) => Verdict::Retryable,
            Self::Written => Verdict::Delivered,
            Self::Refused(_) => Verdict::Rejected,
        }
    }
}

/// What became of one delivery.
#[derive(Debug, Default)]
pub struct Settled {
    /// The lines for the log: one for each delivery, or one for each part of it that ended in its own way.
    pub lines: Vec<String>,
    /// What is to be kept in the outbox, to be tried again.
    pub parcel: Option<Parcel>,
    /// What is to be set aside.
    pub dead: Vec<DeadLetter>,
    /// How many events came to what end.
    pub counts: Counts,
    /// The name of a token that the platform's store is to forget, because the destination has refused it.
    pub forget: Option<String>,
}

/// What a delivery may be.
pub trait Carries {
    /// The request, where it is one.
    fn request(&self) -> Option<&Outbound>;
}

impl Carries for Outbound {
    fn request(&self) -> Option<&Outbound> {
        Some(self)
    }
}

impl Carries for Write {
    fn request(&self) -> Option<&Outbound> {
        None
    }
}

impl Edge {
    /// Settles a delivery: who is to blame, and what is to be tried again. `body` is what was read of the answer, of at
    /// most [`Delivery::answer_bytes`].
    #[must_use]
    pub fn settle<T: Carries>(
        &self,
        delivery: &Delivery<T>,
        outcome: &Outcome,
        body: &[u8],
        now: Timestamp,
        random: &Random,
    ) -> Settled {
        let wait_ms = match outcome {
            Outcome::Answered(_, Some(seconds)) => Some(i64::from(*seconds) * 1000),
            _ => None,
        };
        let mut parts = part::parts(delivery, outcome, body);
        // Who takes a part is at home.
        match parts.iter().all(|part| part.verdict == Verdict::Retryable) {
            true => self.held.failed(&delivery.component, now, wait_ms),
            false => self.held.answered(&delivery.component),
        }
        let forget = self.judge_token(delivery, outcome, &mut parts);
        let Delivery { component, attempts, since, .. } = delivery;
        let rules = &self.config.delivery;
        let parcel = |attempts, events| {
            let (component, since) = (component.clone(), *since);
            Parcel { component, attempts, since, due: now, events }
        };
        let again = parts.iter().filter(|part| part.verdict == Verdict::Retryable);
        let again: Vec<_> = again.flat_map(|part| part.events.iter().cloned()).collect();
        let kept = (!again.is_empty() && rules.outbox)
            .then(|| parcel(*attempts, again).after_attempt(rules, now, wait_ms, random))
            .filter(|kept| !kept.expired(rules, kept.due));
        let due = kept.as_ref().map(|kept| kept.due);
        let mut settled = Settled { parcel: kept, forget, ..Settled::default() };
        for part in parts {
            let tally = part.tally(*attempts, due);
            settled.counts.add(component, tally, part.events.len());
            settled.lines.push(part.line(delivery, outcome, tally, due));
            // Only what has been in the outbox: what is refused at once is refused by the thousand.
            if let (Tally::Dropped(reason), 1..) = (tally, *attempts) {
                let dead = parcel(attempts.saturating_add(1), part.events);
                settled.dead.extend(DeadLetter::of(dead, reason, rules, now));
            }
        }
        settled
    }
}

impl Edge {
    /// A destination that says 401 means the token: it is forgotten, and the events are tried again with another.
    /// Returns the name of what the platform's store is to forget.
    fn judge_token<T>(
        &self,
        delivery: &Delivery<T>,
        outcome: &Outcome,
        parts: &mut [Part],
    ) -> Option<String> {
        let carried = delivery.token.as_ref()?;
        if parts.iter().any(|part| part.verdict == Verdict::Delivered) {
            self.tokens.praise(carried);
        }
        if !matches!(outcome, Outcome::Answered(StatusCode::UNAUTHORIZED, _)) {
            return None;
        }
        let blamed = self.tokens.blame(carried);
        if blamed != Blamed::Not && self.config.delivery.outbox {
            parts.iter_mut().for_each(|part| part.verdict = Verdict::Retryable);
        }
        (blamed == Blamed::Now && self.keys.is_some()).then(|| name(&carried.key))
    }
}

/// The line for the log where the platform's outbox did not take a parcel, or one event is too large for it.
#[must_use]
pub fn lost(component: &str, events: &[Arc<Event>], problem: &str) -> String {
    let ids: Vec<_> = events.iter().map(|event| event.uuid).collect();
    let reason = DropReason::Undelivered;
    json!({"selvedge": "drop", "component": component, "reason": reason, "events": ids.len(), "problem": problem, "ids": ids})
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_says_whether_another_try_would_help() {
        for (status, expected) in [
            (200, Verdict::Delivered),
            (204, Verdict::Delivered),
            (301, Verdict::Rejected),
            (400, Verdict::Rejected),
            (404, Verdict::Rejected),
            (408, Verdict::Retryable),
            (429, Verdict::Retryable),
            (503, Verdict::Retryable),
        ] {
            assert_eq!(
                Outcome::Answered(StatusCode::from_u16(status).unwrap(), None).verdict(),
                expected,
                "{status}"
            );
        }
        assert_eq!(Outcome::TimedOut.verdict(), Verdict::Retryable);
        assert_eq!(Outcome::Written.verdict(), Verdict::Delivered);
        assert_eq!(Outcome::Refused("too long".into()).verdict(), Verdict::Rejected);
    }

    #[test]
    fn destinations_say_when_to_come_back() {
        let now = Timestamp(784_111_777_000 - 60_000);
        for (said, expected) in [
            (None, None),
            (Some("120"), Some(120)),
            (Some(" 0 "), Some(0)),
            (Some("Sun, 06 Nov 1994 08:49:37 GMT"), Some(60)),
            (Some("Sun, 06 Nov 1994 08:40:00 GMT"), Some(0)),
            (Some("soon"), None),
            (Some("-1"), None),
        ] {
            let outcome = Outcome::answered(StatusCode::SERVICE_UNAVAILABLE, said, now);
            assert_eq!(outcome, Outcome::Answered(StatusCode::SERVICE_UNAVAILABLE, expected), "{said:?}");
        }
    }
}
