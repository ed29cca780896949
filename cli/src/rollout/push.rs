//! `selvedge config push`: a configuration at work without a deployment.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use selvedge_core::config::compiled::encode;
use serde_json::json;

use super::state::State;
use super::{NOT_TAKEN, id, warn};
use crate::check::{Target, all_in_reach, good_for};
use crate::config::load_quietly;
use crate::platform::Platform;
use crate::service::{At, LOCAL, Service};
use crate::{build, config};

/// What `selvedge config push` takes.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The configuration
    #[arg(default_value = config::DEFAULT)]
    file: PathBuf,
    /// Where the service answers
    #[arg(long, value_name = "URL", default_value = LOCAL)]
    url: String,
    /// What `list` shows beside it, such as why it was pushed
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    note: String,
    /// Check it against this platform's budgets [default: the service's own; on Cloudflare, the paid plan's]
    #[arg(long, value_enum)]
    platform: Option<Target>,
    /// Print what was done as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
/// When the configuration is not good, or the service cannot be asked, or refuses it.
pub(super) fn run(args: &Args) -> Result<ExitCode> {
    let at = At { url: args.url.clone(), config: Some(args.file.clone()) };
    let service = Service::new(&at, "config")?;
    if !service.local {
        all_in_reach(&load_quietly(&args.file)?.0)?;
    }
    let state = State::of(&service)?;
    let target = args.platform.unwrap_or(match state.platform {
        Platform::Fastly => Target::Fastly,
        Platform::Cloudflare => Target::CloudflarePaid,
    });
    let loaded = good_for(&args.file, target)?;
    let compiled = encode(&loaded.config, build::made()?);
    let order = json!({"do": "push", "configuration": STANDARD.encode(&compiled), "note": args.note});
    let said = service.order(&order).context(NOT_TAKEN)?;
    warn(&said);
    let (id, bytes) = (id(&said), compiled.len());
    if args.json {
        anstream::println!("{}", json!({"id": id, "bytes": bytes, "note": args.note}));
    } else {
        let file = loaded.file.display();
        anstream::println!("{file} is pushed as {id} ({bytes} bytes): at work everywhere {}", state.soon());
    }
    Ok(ExitCode::SUCCESS)
}
