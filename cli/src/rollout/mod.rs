//! `selvedge config`: another configuration at work without a deployment, which ones there are, and back. It asks the
//! service itself, which judges what it is to work with.

mod list;
mod push;
mod rollback;
mod state;

use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;
use serde_json::Value;

/// What `selvedge config` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Have a configuration at work without a deployment
    Push(push::Args),
    /// Show which configuration is at work, and which there are to go back to
    List(list::Args),
    /// Go back to the configuration before, or to another
    Rollback(rollback::Args),
}

/// What is said where a service has not taken an order.
const NOT_TAKEN: &str = "nothing has changed";

/// Runs the command.
///
/// # Errors
/// When the configuration is not good, or the service cannot be asked, or refuses.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    match &args.command {
        Command::Push(args) => push::run(args),
        Command::List(args) => list::run(args),
        Command::Rollback(args) => rollback::run(args),
    }
}

/// Shows what the service has to say of a configuration that it has taken.
fn warn(said: &Value) {
    let warnings = said.get("warnings").and_then(Value::as_array).into_iter().flatten();
    warnings.filter_map(Value::as_str).for_each(|warning| anstream::eprintln!("warning: {warning}"));
}

fn id(said: &Value) -> &str {
    said.get("id").and_then(Value::as_str).unwrap_or_default()
}
