//! `selvedge outbox drain`: what is due, tried now.

use std::process::ExitCode;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Result, bail};
use selvedge_core::owner::MOST;
use serde_json::{Value, json};

use super::parcels::Listing;
use super::{Which, many};
use crate::clock::now;
use crate::service::Service;
use crate::table;

/// How often it is asked again while another request drains. Its right to do so falls off after 30 seconds.
const PATIENCE: u32 = 35;

/// What `selvedge outbox drain` takes.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
    /// Also what is not due yet, and for destinations that are left alone
    #[arg(long)]
    all: bool,
}

/// Runs the command.
///
/// # Errors
/// When the service cannot be asked, or cannot do it.
pub(super) fn run(args: &Args) -> Result<ExitCode> {
    let service = args.which.service()?;
    let Listing::Parcels(parcels) = service.list(false)? else {
        bail!(
            "a queue cannot be drained: its platform brings what is due within seconds by itself, and nothing sooner; what was \
             set aside comes back with `selvedge outbox replay --dead`"
        );
    };
    let now = now();
    let wanted = parcels
        .into_iter()
        .filter(|(_, label)| (args.all || label.due <= now) && args.which.means(&label.component));
    let names: Vec<_> = wanted.map(|(name, _)| name).collect();
    let mut lines = Vec::new();
    for names in names.chunks(MOST) {
        lines.extend(drained(&service, &json!({"do": "drain", "names": names, "all": args.all}))?);
    }
    if args.which.json {
        lines.iter().for_each(|line| anstream::println!("{line}"));
    } else {
        show(&lines);
    }
    let failed = lines.iter().any(|line| word(line, "outcome") != "delivered");
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Tries some. While another request drains, it waits for its turn.
fn drained(service: &Service, order: &Value) -> Result<Vec<Value>> {
    for _ in 0..PATIENCE {
        let (status, said) = service.send(order)?;
        match (status, said) {
            (200, Some(mut said)) => {
                let lines = said.get_mut("lines").and_then(Value::as_array_mut);
                return Ok(lines.map(std::mem::take).unwrap_or_default());
            }
            (503, Some(said)) if word(&said, "error").contains("drains") => sleep(Duration::from_secs(1)),
            (status, said) => bail!("{}", service.refused(status, said.as_ref())),
        }
    }
    bail!("the service drains its outbox all the time: see its log")
}

fn show(lines: &[Value]) {
    if lines.is_empty() {
        return anstream::println!("nothing to try");
    }
    let events = |line: &Value| {
        line.get("events")
            .and_then(Value::as_u64)
            .and_then(|count| usize::try_from(count).ok())
            .unwrap_or_default()
    };
    let rows = lines.iter().map(|line| {
        let outcome = [word(line, "outcome"), word(line, "reason")].concat();
        let status = line.get("status").map(|status| format!("answered {status}")).unwrap_or_default();
        let due = Some(word(line, "due")).filter(|due| !due.is_empty()).map(|due| format!("again at {due}"));
        let more = [status, word(line, "problem").to_owned(), due.unwrap_or_default()];
        let more: Vec<_> = more.into_iter().filter(|part| !part.is_empty()).collect();
        [word(line, "component").to_owned(), many(events(line), "event"), outcome, more.join(", ")]
    });
    anstream::print!("{}", table::columns(&rows.collect::<Vec<_>>(), ""));
    let delivered =
        lines.iter().filter(|line| word(line, "outcome") == "delivered").map(events).sum::<usize>();
    let all = lines.iter().map(events).sum::<usize>();
    anstream::println!("{delivered} of {} delivered", many(all, "event"));
}

fn word<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}
