//! What became of the deliveries: who is to blame, whether another try would help, and the lines for the log.

use http::StatusCode;
use serde_json::json;

use crate::account::DropReason;
use crate::plan::Delivery;

/// What the adapter saw of one delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The destination answered.
    Answered(StatusCode),
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
    /// Judges an outcome by RFC 9110 §15: a 4xx is the sender's fault, save those that say "later".
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Answered(status) if status.is_success() => Verdict::Delivered,
            Self::Answered(status) => match *status {
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

/// The line for the log: one for each delivery.
#[must_use]
pub fn line(delivery: &Delivery, outcome: &Outcome) -> String {
    let verdict = outcome.verdict();
    let reason = match verdict {
        Verdict::Delivered => None,
        Verdict::Rejected => Some(DropReason::Rejected),
        Verdict::Retryable => Some(DropReason::Undelivered),
    };
    let mut line = json!({
        "selvedge": "delivery",
        "component": delivery.component,
        "outcome": reason.map_or("delivered", DropReason::word),
        "events": delivery.events.len(),
    });
    if let Some(fields) = line.as_object_mut() {
        match outcome {
            Outcome::Answered(status) => drop(fields.insert("status".into(), status.as_u16().into())),
            Outcome::TimedOut => drop(fields.insert("problem".into(), "no answer in time".into())),
            Outcome::Unreachable(problem) => drop(fields.insert("problem".into(), problem.as_str().into())),
        }
        fields.insert("ids".into(), json!(delivery.events));
    }
    line.to_string()
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
                Outcome::Answered(StatusCode::from_u16(status).unwrap()).verdict(),
                expected,
                "{status}"
            );
        }
        assert_eq!(Outcome::TimedOut.verdict(), Verdict::Retryable);
    }
}
