//! `selvedge config rollback`: the configuration before at work again, or another.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use serde_json::json;

use super::state::{Row, State};
use super::{NOT_TAKEN, id, warn};
use crate::service::{At, Service};

/// What `selvedge config rollback` takes.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which, by its id or what that begins or ends with [default: the one before the one at work]
    id: Option<String>,
    /// The artifact's own
    #[arg(long, conflicts_with = "id")]
    stamped: bool,
    #[command(flatten)]
    at: At,
    /// Print what was done as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
/// When there is no such configuration, or the service cannot be asked, or refuses it.
pub(super) fn run(args: &Args) -> Result<ExitCode> {
    let service = Service::new(&args.at, "config")?;
    let state = State::of(&service)?;
    let row = match &args.id {
        Some(id) => named(&state, id)?,
        None if args.stamped => match state.all.iter().find(|row| matches!(row, Row::Stamped(_))) {
            Some(row) => row,
            None => bail!("the artifact carries no configuration; {NOT_TAKEN}"),
        },
        None => before(&state)?,
    };
    let said = service.order(&row.order()).context(NOT_TAKEN)?;
    warn(&said);
    if args.json {
        let from = if matches!(row, Row::Stamped(_)) { "stamped" } else { "pushed" };
        anstream::println!("{}", json!({"id": id(&said), "from": from}));
        return Ok(ExitCode::SUCCESS);
    }
    let what = if matches!(row, Row::Stamped(_)) { "the artifact's own, " } else { "" };
    anstream::println!("back to {what}{}: at work everywhere {}", id(&said), state.soon());
    Ok(ExitCode::SUCCESS)
}

fn named<'s>(state: &'s State, id: &str) -> Result<&'s Row> {
    let is_it = |row: &&Row| row.id().starts_with(id) || row.id().ends_with(id);
    let found: Vec<_> = state.all.iter().filter(is_it).collect();
    match found[..] {
        [row] => Ok(row),
        [] => bail!(
            "there is no configuration {id:?}: `selvedge config list` shows which there are; {NOT_TAKEN}"
        ),
        _ => bail!("{id:?} may be any of {} configurations: write more of it; {NOT_TAKEN}", found.len()),
    }
}

/// The one that is next older than the one at work.
fn before(state: &State) -> Result<&Row> {
    let older = state.all.iter().skip_while(|row| !state.is_chosen(row)).nth(1);
    older.with_context(|| {
        format!("there is none before the one at work: name one of `selvedge config list`; {NOT_TAKEN}")
    })
}
