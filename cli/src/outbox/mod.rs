//! `selvedge outbox`: what waits to be delivered, or was set aside. It asks the service itself, which has the secrets, and
//! signs what it asks with the key that only the owner and the service have.

mod cloudflare;
mod drain;
mod list;
mod parcels;
mod replay;

use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;

use crate::service::{At, Service};

/// What `selvedge outbox` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show what waits, or was set aside
    List(list::Args),
    /// Try now what is due, without waiting for a visit; exits with 1 if not all of it was delivered
    Drain(drain::Args),
    /// Put what was set aside, or what a file has, back into the outbox: due now, as if never tried
    Replay(replay::Args),
}

/// Which service, and which of its components.
#[derive(Debug, clap::Args)]
struct Which {
    #[command(flatten)]
    at: At,
    /// Only what is meant for this component
    #[arg(long, value_name = "ID")]
    component: Option<String>,
    /// Print JSON lines
    #[arg(long)]
    json: bool,
}

impl Which {
    fn service(&self) -> Result<Service> {
        Service::new(&self.at, "outbox")
    }

    /// Whether a component is one of those that are meant.
    fn means(&self, component: &str) -> bool {
        self.component.as_deref().is_none_or(|only| only == component)
    }
}

/// Runs the command.
///
/// # Errors
/// When the service cannot be reached, refuses, or cannot do it.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    match &args.command {
        Command::List(args) => list::run(args),
        Command::Drain(args) => drain::run(args),
        Command::Replay(args) => replay::run(args),
    }
}

/// `1 event`, `2 events`.
fn many(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
