//! `selvedge send`: an event, a post or a recorded visit through the core in this process: what each destination would
//! get, and why others would not. Nothing is sent.

pub(crate) mod consent;
pub(crate) mod input;
mod outcome;
pub(crate) mod run;
mod secret;
mod show;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use selvedge_core::budget::Platform;
use selvedge_core::config::place::{either, perhaps};
use selvedge_core::config::{Config, DeliveryMode};
use selvedge_core::facts::Timestamp;
use serde_json::json;

use crate::config::{self, load};
use consent::Consent;
use secret::Vault;

/// What `selvedge send` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A payload, an event as the webhook sends it, a recorded visit, or a page; -: stdin
    file: PathBuf,
    /// The configuration
    #[arg(long, value_name = "FILE", default_value = config::DEFAULT)]
    config: PathBuf,
    /// For this destination alone: its id, or a kind
    #[arg(long, value_name = "ID")]
    destination: Option<String>,
    /// What the visitor has agreed to: granted, denied, pending, or purposes such as analytics,advertising
    #[arg(long, value_name = "CHOICE")]
    consent: Option<Consent>,
    /// Print commands that send it, with secrets as shell variables
    #[arg(long, conflicts_with = "json")]
    curl: bool,
    /// Show the secrets that the environment has
    #[arg(long)]
    reveal: bool,
    /// Print all of it as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
/// When the configuration or the file cannot be used.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let mut config = load(&args.config)?.config;
    known(&config, args.destination.as_deref())?;
    let text = text(&args.file)?;
    let now = Timestamp(chrono::Utc::now().timestamp_millis());
    let named = || format!("{}", args.file.display());
    let mut input = input::read(&text, &config, args.consent.as_ref(), now).with_context(named)?;
    if let (Some(consent), input::Meets::Answer { .. }) = (&args.consent, &input.meets) {
        input.headers.extend(consent.store(&mut config, now).map(|cookie| ("cookie".to_owned(), cookie)));
    }
    // What would be sent later is shown as it would be sent.
    config.delivery.outbox = false;
    for component in &mut config.components {
        component.delivery = DeliveryMode::Direct;
    }
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).context("no randomness")?;
    let ran = |salt| -> Result<_> {
        let vault = Vault::new(&config, salt, args.reveal)?;
        // The platform with the least of everything.
        let platform = Platform::FASTLY;
        let ran = run::run(&config, &vault.values, &input, now, seed, platform).with_context(named)?;
        Ok((ran, vault))
    };
    // Twice, with other values for secrets that are absent: what differs was signed with one.
    let (first, vault) = ran("A")?;
    let (second, other_vault) = ran("B")?;
    let outcomes =
        outcome::outcomes(&config, args.destination.as_deref(), (&first, &vault), (&second, &other_vault));
    let no_views = first.plan.lines.iter().filter_map(|line| serde_json::from_str(line).ok());
    let no_views = no_views.filter(|line: &serde_json::Value| line["selvedge"] != "drop");
    let notes: Vec<_> = no_views.collect();
    if args.json {
        anstream::println!("{:#}", json!({"destinations": show::json(&outcomes), "notes": notes}));
        return Ok(ExitCode::SUCCESS);
    }
    for note in &notes {
        anstream::eprintln!("{}", show::note(note));
    }
    let shown = if args.curl {
        let mut variables = vault.variables();
        variables.retain(|variable| {
            outcomes.iter().flat_map(|outcome| &outcome.requests).any(|sent| sent.needs(variable))
        });
        show::curl(&outcomes, &variables)?
    } else {
        show::text(&outcomes)?
    };
    anstream::print!("{shown}");
    Ok(ExitCode::SUCCESS)
}

/// Refuses a destination that the configuration does not have.
fn known(config: &Config, id: Option<&str>) -> Result<()> {
    let Some(id) = id else { return Ok(()) };
    if !config.components.iter().any(|component| component.id == id || component.kind == id) {
        let ids = || config.components.iter().map(|component| component.id.as_str());
        let message = perhaps(format!("no component is called {id:?}"), id, ids());
        bail!("{message}; there is {}", either(ids()));
    }
    Ok(())
}

fn text(file: &Path) -> Result<String> {
    if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("cannot read stdin")?;
        return Ok(text);
    }
    std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}
