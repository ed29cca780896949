//! `selvedge config list`: which configuration is at work, and which there are.

use std::process::ExitCode;

use anyhow::Result;
use serde_json::{Value, json};

use super::state::{Row, State};
use crate::clock::to_the_second;
use crate::service::{At, Service};
use crate::table;

/// What `selvedge config list` takes.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    at: At,
    /// Print JSON lines
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
/// When the service cannot be asked, or has no store.
pub(super) fn run(args: &Args) -> Result<ExitCode> {
    let state = State::of(&Service::new(&args.at, "config")?)?;
    state.problems.iter().for_each(|problem| anstream::eprintln!("warning: {problem}"));
    if args.json {
        state.all.iter().for_each(|row| anstream::println!("{}", json(&state, row)));
        return Ok(ExitCode::SUCCESS);
    }
    let rows: Vec<_> = state.all.iter().map(|row| cells(&state, row)).collect();
    anstream::print!("{}", table::columns(&rows, ""));
    if let Some(chosen) = state.chosen.as_ref().filter(|chosen| chosen.id != state.running.id) {
        let (soon, running) = (state.soon(), &state.running.id);
        anstream::println!(
            "the instance that answered still has {running}; {} is at work everywhere {soon}",
            chosen.id
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn cells(state: &State, row: &Row) -> [String; 4] {
    let mark = if state.is_chosen(row) { "at work" } else { "" };
    let (what, note) = match row {
        Row::Pushed(_, entry) => (format!("{} bytes", entry.bytes), entry.note.clone()),
        Row::Stamped(which) => {
            let at = selvedge_core::config::pushed::moment(&which.at).map(to_the_second);
            ("in the artifact".to_owned(), format!("compiled {}", at.unwrap_or_default()))
        }
    };
    [mark.to_owned(), row.id(), what, note]
}

fn json(state: &State, row: &Row) -> Value {
    let (id, at, at_work) = (row.id(), row.at(), state.is_chosen(row));
    match row {
        Row::Pushed(_, entry) => {
            json!({"id": id, "from": "pushed", "at": at, "at_work": at_work, "bytes": entry.bytes, "note": entry.note})
        }
        Row::Stamped(_) => json!({"id": id, "from": "stamped", "at": at, "at_work": at_work}),
    }
}
