//! The log: a JSON object a line, on the standard output, which is where `fastly log-tail` reads; and on the logging endpoint
//! that the configuration names, with the time before it.

use std::io::Write as _;
use std::sync::OnceLock;

use fastly::log::Endpoint;
use selvedge_core::budget::Platform;
use selvedge_core::config::Log;
use selvedge_core::counts::Counts;

use crate::deliver::now;

/// What the configuration says, once there is one.
static CONFIGURED: OnceLock<Log> = OnceLock::new();

/// From here on the log goes where the configuration says.
pub(crate) fn configure(log: Log) {
    let _ = CONFIGURED.set(log);
}

/// Writes a line of the core's.
pub(crate) fn line(line: &str) {
    println!("{line}");
    if let Some(name) = CONFIGURED.get().and_then(|log| log.endpoint.as_ref()) {
        let rest = line.strip_prefix('{').unwrap_or(line);
        write(name, [format!("{{\"time\":\"{}\",{rest}", now().rfc3339())]);
    }
}

/// Writes what went wrong here.
pub(crate) fn problem(what: &str, problem: impl std::fmt::Display) {
    line(&serde_json::json!({"selvedge": "problem", "problem": format!("{what}: {problem}")}).to_string());
}

/// Writes the counts, where the configuration names an endpoint for them.
pub(crate) fn counts(counts: &Counts) {
    if let Some(name) = CONFIGURED.get().and_then(|log| log.counts.as_ref()) {
        write(name, counts.lines(&Platform::FASTLY, now()));
    }
}

/// Each write is a line. What an endpoint does not take is lost to it, and nobody could be told where.
fn write(name: &str, lines: impl IntoIterator<Item = String>) {
    let Ok(mut endpoint) = Endpoint::try_from_name(name) else { return };
    for line in lines {
        let _ = endpoint.write_all(line.as_bytes());
    }
}
