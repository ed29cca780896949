//! What consent management platforms keep in their own cookies.

use http::HeaderMap;

use super::Statement;
use crate::config;
use crate::facts::Timestamp;

/// What the configured platform's cookie says; none where it is not there, or where nothing was chosen yet.
#[must_use]
pub fn read(config: &config::Consent, headers: &HeaderMap, now: Timestamp) -> Option<Statement> {
    let _ = (config, headers, now);
    None
}
