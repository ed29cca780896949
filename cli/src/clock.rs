//! The time.

use selvedge_core::facts::Timestamp;

/// Now.
pub(crate) fn now() -> Timestamp {
    Timestamp(chrono::Utc::now().timestamp_millis())
}

/// `2026-11-22 17:05:00 UTC`
pub(crate) fn to_the_second(at: Timestamp) -> String {
    let text = at.rfc3339();
    format!("{} UTC", text.split('.').next().unwrap_or_default().replace('T', " "))
}
