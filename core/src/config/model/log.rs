//! `[log]`: where the log goes.

use serde::{Deserialize, Serialize};

/// Where the log goes besides the standard output, and the counts: names of logging endpoints of the Fastly service. On
/// Cloudflare the log is in Workers Logs, and counts go where a dataset is bound.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// The logging endpoint of the Fastly service that gets every line of the log; omitted: none, and the log is what
    /// `fastly log-tail` shows.
    pub endpoint: Option<String>,
    /// The logging endpoint of the Fastly service that gets the counts, a line each; omitted: none are written.
    pub counts: Option<String>,
}
