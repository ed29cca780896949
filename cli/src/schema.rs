//! `selvedge schema`: the JSON Schema of `selvedge.toml`, for editors.

use std::process::ExitCode;

use anyhow::Result;

/// Runs the command.
///
/// # Errors
/// Never.
pub(crate) fn run() -> Result<ExitCode> {
    anstream::print!("{}", text());
    Ok(ExitCode::SUCCESS)
}

/// The schema as a file has it.
pub(crate) fn text() -> String {
    let schema = selvedge_core::config::schema::schema(selvedge_components::registry());
    format!("{schema:#}\n")
}
