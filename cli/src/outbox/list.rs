//! `selvedge outbox list`: what waits, or was set aside.

use std::process::ExitCode;

use anyhow::{Result, bail};
use selvedge_core::account::DropReason;
use selvedge_core::facts::Timestamp;
use selvedge_core::outbox::Label;
use serde_json::{Value, json};

use super::parcels::Listing;
use super::{Which, cloudflare, many};
use crate::clock::{now, to_the_second};
use crate::service::Service;
use crate::table;

/// What `selvedge outbox list` takes.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
    /// What was set aside, instead of what waits
    #[arg(long)]
    dead: bool,
    /// With --json: the parcels themselves, as `replay` takes them
    #[arg(long, requires = "json")]
    full: bool,
    /// Cloudflare: the queue's name
    #[arg(long, value_name = "NAME", default_value = cloudflare::QUEUE)]
    queue: String,
}

/// What is shown of a parcel.
struct Row {
    component: String,
    events: usize,
    attempts: u64,
    since: Timestamp,
    due: Timestamp,
    reason: Option<&'static str>,
}

/// Runs the command.
///
/// # Errors
/// When the service cannot be asked, or cannot say.
pub(super) fn run(args: &Args) -> Result<ExitCode> {
    let service = args.which.service()?;
    match service.list(args.dead)? {
        Listing::Parcels(parcels) => {
            let parcels: Vec<_> =
                parcels.into_iter().filter(|(_, label)| args.which.means(&label.component)).collect();
            if args.full {
                let names: Vec<_> = parcels.into_iter().map(|(name, _)| name).collect();
                service.read(&names)?.iter().for_each(|parcel| anstream::println!("{parcel}"));
            } else {
                show(args, &parcels.into_iter().map(|(_, label)| Row::of(label)).collect::<Vec<_>>());
            }
        }
        Listing::Queue(counted) => queue(args, &service, &counted)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// What is known of a queue: all of it with credentials for the platform's own interface, else how much there is.
fn queue(args: &Args, service: &Service, counted: &Value) -> Result<()> {
    let access = cloudflare::Access::from_environment().filter(|_| !service.local);
    let Some(access) = access else {
        let instead = if service.local {
            "the emulator's queue cannot be looked into at all".to_owned()
        } else {
            format!(
                "with {} and {} in the environment, this command asks the platform",
                cloudflare::TOKEN,
                cloudflare::ACCOUNT
            )
        };
        if args.full {
            bail!("a Worker cannot look into its queue: {instead}");
        }
        let count = counted.get("backlogCount").and_then(Value::as_u64).unwrap_or_default();
        if args.which.json {
            anstream::println!("{}", json!({"queue": counted}));
        } else {
            let count = many(usize::try_from(count).unwrap_or(usize::MAX), "parcel");
            anstream::println!(
                "{count} in the queue, by the platform's count\n(a Worker cannot look into its queue: {instead})"
            );
        }
        return Ok(());
    };
    let (parcels, of) = access.peek(&args.queue)?;
    let mine = |parcel: &Value| {
        parcel.get("component").and_then(Value::as_str).is_some_and(|id| args.which.means(id))
    };
    let seen = parcels.len();
    let parcels: Vec<_> = parcels.into_iter().filter(mine).collect();
    if args.full {
        parcels.iter().for_each(|parcel| anstream::println!("{parcel}"));
    } else {
        show(args, &parcels.iter().map(Row::read).collect::<Vec<_>>());
    }
    if of.is_some_and(|of| of > seen as u64) {
        anstream::eprintln!("warning: {seen} of {} were shown by the platform", of.unwrap_or_default());
    }
    Ok(())
}

fn show(args: &Args, rows: &[Row]) {
    if args.which.json {
        rows.iter().for_each(|row| anstream::println!("{}", row.json()));
        return;
    }
    let (now, events) = (now(), rows.iter().map(|row| row.events).sum::<usize>());
    let verb = if args.dead { "set aside" } else { "waiting" };
    if rows.is_empty() {
        return anstream::println!("nothing {}", if args.dead { "was set aside" } else { "waits" });
    }
    let cells: Vec<_> = rows.iter().map(|row| row.cells(now)).collect();
    let due = rows.iter().filter(|row| row.due <= now).count();
    let due = if args.dead { String::new() } else { format!(", {due} of them due") };
    anstream::print!("{}", table::columns(&cells, ""));
    anstream::println!("{} {verb}, in {}{due}", many(events, "event"), many(rows.len(), "parcel"));
}

impl Row {
    fn of(label: Label) -> Self {
        let Label { due, since, attempts, events, reason, component, .. } = label;
        Self {
            component,
            events,
            attempts: attempts.into(),
            since,
            due,
            reason: reason.map(DropReason::word),
        }
    }

    /// From the parcel itself.
    fn read(parcel: &Value) -> Self {
        let number = |name: &str| parcel.get(name).and_then(Value::as_i64).unwrap_or_default();
        Self {
            component: parcel.get("component").and_then(Value::as_str).unwrap_or_default().to_owned(),
            events: parcel.get("events").and_then(Value::as_array).map_or(0, Vec::len),
            attempts: u64::try_from(number("attempts")).unwrap_or_default(),
            since: Timestamp(number("since")),
            due: Timestamp(number("due")),
            reason: None,
        }
    }

    fn json(&self) -> Value {
        let Self { component, events, attempts, since, due, reason } = self;
        let (since, due) = (since.rfc3339(), due.rfc3339());
        match reason {
            None => {
                json!({"component": component, "events": events, "attempts": attempts, "since": since, "due": due})
            }
            Some(reason) => {
                json!({"component": component, "events": events, "attempts": attempts, "since": since, "set_aside": due, "reason": reason})
            }
        }
    }

    fn cells(&self, now: Timestamp) -> [String; 5] {
        let Self { component, events, attempts, since, due, reason } = self;
        let tried = match attempts {
            0 => "not tried yet".to_owned(),
            1 => "tried once".to_owned(),
            times => format!("tried {times} times"),
        };
        let since = format!("since {}", to_the_second(*since));
        let when = match reason {
            Some(reason) => format!("{reason} {}", to_the_second(*due)),
            None if *due <= now => "due".to_owned(),
            None => format!("due in {}", span(due.0 - now.0)),
        };
        [component.clone(), many(*events, "event"), tried, since, when]
    }
}

/// A time to come, as somebody would say it.
fn span(ms: i64) -> String {
    match ms / 1000 {
        seconds @ ..=119 => format!("{seconds} s"),
        seconds @ ..=7199 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3600),
    }
}
