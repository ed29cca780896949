//! `selvedge outbox replay`: what was set aside, or what a file has, back into the outbox.

use std::io::Read;
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail};
use clap::ArgGroup;
use selvedge_core::outbox::Parcel;
use selvedge_core::owner::MOST;
use serde_json::{Value, json};

use super::parcels::Listing;
use super::{Which, many};
use crate::service::Service;

/// What `selvedge outbox replay` takes.
#[derive(Debug, clap::Args)]
#[command(group(ArgGroup::new("what").required(true)))]
pub(super) struct Args {
    /// Parcels, one a line, as `selvedge outbox list --full --json` prints them; -: from the standard input
    #[arg(group = "what", value_name = "FILE|-")]
    file: Option<String>,
    /// What was set aside
    #[arg(long, group = "what")]
    dead: bool,
    #[command(flatten)]
    which: Which,
}

/// Runs the command.
///
/// # Errors
/// When there is something else in the file, or the service cannot be asked, or does not take it.
pub(super) fn run(args: &Args) -> Result<ExitCode> {
    // What is wrong with the file is known before anything is sent.
    let parcels = args.file.as_deref().map(read).transpose()?.unwrap_or_default();
    let service = args.which.service()?;
    let mut done = Done::default();
    if args.dead {
        let Listing::Parcels(dead) = service.list(true)? else {
            bail!("the service does not list what was set aside")
        };
        let dead: Vec<_> = dead.into_iter().filter(|(_, label)| args.which.means(&label.component)).collect();
        for dead in dead.chunks(MOST) {
            let names: Vec<_> = dead.iter().map(|(name, _)| name).collect();
            let events = dead.iter().map(|(_, label)| label.events).sum();
            done.put(&service, &json!({"do": "replay", "names": names}), dead.len(), events)?;
        }
    } else {
        let parcels: Vec<_> =
            parcels.into_iter().filter(|parcel| args.which.means(&parcel.component)).collect();
        for parcels in parcels.chunks(MOST) {
            let texts: Vec<_> = parcels.iter().map(|parcel| &parcel.json).collect();
            let events = parcels.iter().map(|parcel| parcel.events).sum();
            done.put(&service, &json!({"do": "replay", "parcels": texts}), parcels.len(), events)?;
        }
    }
    if args.which.json {
        anstream::println!("{}", json!({"parcels": done.parcels, "events": done.events}));
    } else if done.parcels == 0 {
        anstream::println!("nothing to put back");
    } else {
        let are = if done.events == 1 { "is" } else { "are" };
        let (events, parcels) = (many(done.events, "event"), many(done.parcels, "parcel"));
        anstream::println!("{events} in {parcels} {are} in the outbox again, due now");
    }
    Ok(ExitCode::SUCCESS)
}

/// A parcel of a file.
struct Line {
    json: Value,
    component: String,
    events: usize,
}

fn read(file: &str) -> Result<Vec<Line>> {
    let (name, text) = if file == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("cannot read the standard input")?;
        ("the standard input", text)
    } else {
        (file, std::fs::read_to_string(file).with_context(|| format!("cannot read {file}"))?)
    };
    let mut parcels = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let at = at + 1;
        let wanted = "what `selvedge outbox list --full --json` prints; nothing was put back";
        let parcel = Parcel::read(line.as_bytes())
            .map_err(|error| anyhow!("line {at} of {name} is {error}; expected {wanted}"))?;
        let json = serde_json::from_str(line).with_context(|| format!("line {at} of {name}"))?;
        parcels.push(Line { json, events: parcel.events.len(), component: parcel.component });
    }
    Ok(parcels)
}

/// What has been put back so far.
#[derive(Default)]
struct Done {
    parcels: usize,
    events: usize,
}

impl Done {
    fn put(&mut self, service: &Service, order: &Value, parcels: usize, events: usize) -> Result<()> {
        service.order(order).with_context(|| match self.parcels {
            0 => "nothing was put back".to_owned(),
            before => format!("after {} had been put back", many(before, "parcel")),
        })?;
        self.parcels += parcels;
        self.events += events;
        Ok(())
    }
}
