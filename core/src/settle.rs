//! What became of the deliveries: who is to blame, whether another try would help, and the lines for the log.

use std::sync::Arc;

use http::StatusCode;
use serde_json::json;

use crate::account::{DropReason, KeepReason};
use crate::edge::Edge;
use crate::event::Event;
use crate::facts::{Random, Timestamp};
use crate::outbox::Parcel;
use crate::plan::Delivery;

/// What the adapter saw of one delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The destination answered; and, where it said so, when to come back, in seconds.
    Answered(StatusCode, Option<u32>),
    /// It did not answer in time.
    TimedOut,
    /// It could not be reached; the platform's own words.
    Unreachable(String),
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
        }
    }
}

/// What became of one delivery.
#[derive(Debug)]
pub struct Settled {
    /// The line for the log: one for each delivery.
    pub line: String,
    /// What is to be kept in the outbox, to be tried again.
    pub parcel: Option<Parcel>,
}

impl Edge {
    /// Settles a delivery: who is to blame, and what is to be tried again.
    #[must_use]
    pub fn settle(&self, delivery: &Delivery, outcome: &Outcome, now: Timestamp, random: &Random) -> Settled {
        let verdict = outcome.verdict();
        let wait_ms = match outcome {
            Outcome::Answered(_, Some(seconds)) => Some(i64::from(*seconds) * 1000),
            _ => None,
        };
        match verdict {
            Verdict::Retryable => self.held.failed(&delivery.component, now, wait_ms),
            Verdict::Delivered | Verdict::Rejected => self.held.answered(&delivery.component),
        }
        let Delivery { component, attempts, since, events, .. } = delivery;
        let parcel = (verdict == Verdict::Retryable && self.config.delivery.outbox).then(|| {
            let parcel = Parcel {
                component: component.clone(),
                attempts: *attempts,
                since: *since,
                due: now,
                events: events.clone(),
            };
            parcel.after_attempt(&self.config.delivery, now, wait_ms, random)
        });
        let parcel = parcel.filter(|parcel| !parcel.expired(&self.config.delivery, parcel.due));
        let word = match (verdict, &parcel) {
            (Verdict::Delivered, _) => "delivered",
            (Verdict::Rejected, _) => DropReason::Rejected.word(),
            (Verdict::Retryable, Some(_)) => KeepReason::TryAgain.word(),
            (Verdict::Retryable, None) if *attempts > 0 => DropReason::Expired.word(),
            (Verdict::Retryable, None) => DropReason::Undelivered.word(),
        };
        let mut line = json!({
            "selvedge": "delivery",
            "component": component,
            "outcome": word,
            "events": events.len(),
        });
        if let Some(fields) = line.as_object_mut() {
            match outcome {
                Outcome::Answered(status, _) => drop(fields.insert("status".into(), status.as_u16().into())),
                Outcome::TimedOut => drop(fields.insert("problem".into(), "no answer in time".into())),
                Outcome::Unreachable(problem) => {
                    drop(fields.insert("problem".into(), problem.as_str().into()));
                }
            }
            if let Some(parcel) = &parcel {
                fields.insert("due".into(), parcel.due.rfc3339().into());
            }
            if *attempts > 0 {
                fields.insert("attempt".into(), (attempts + 1).into());
            }
            fields.insert("ids".into(), json!(events.iter().map(|event| event.uuid).collect::<Vec<_>>()));
        }
        Settled { line: line.to_string(), parcel }
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
