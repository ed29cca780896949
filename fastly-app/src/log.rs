//! The log: a JSON object a line, on the standard output, which is where `fastly log-tail` reads.

/// Writes a line of the core's.
pub(crate) fn line(line: &str) {
    println!("{line}");
}

/// Writes what went wrong here.
pub(crate) fn problem(what: &str, problem: impl std::fmt::Display) {
    line(&serde_json::json!({"selvedge": "problem", "problem": format!("{what}: {problem}")}).to_string());
}
