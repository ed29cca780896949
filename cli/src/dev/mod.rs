//! `selvedge dev`: the website through Selvedge on this machine. Serves the demo shop, catches what leaves for the
//! destinations, builds, starts the platform's emulator, shows what happens, and ends all of it together.

mod addresses;
mod cloudflare;
mod fastly;
mod health;
mod process;
mod run;
pub(crate) mod secrets;
mod watch;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use selvedge_core::config::check::check_platform;

use crate::config;
use crate::platform::Platform;
use crate::ports;
use process::Signals;
use run::{End, Run};

/// What `selvedge dev` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Whose emulator to run
    #[arg(long, value_enum, default_value = "cloudflare")]
    platform: Platform,
    /// Where to listen on 127.0.0.1
    #[arg(long, default_value_t = 7676, value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
    /// The website [default: the demo shop]
    #[arg(long, value_name = "URL")]
    origin: Option<String>,
    /// The configuration [default: the repository's selvedge.toml]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Deliver to the destinations for real, instead of catching what would go there
    #[arg(long)]
    live: bool,
    /// Show what is caught in the terminal alone
    #[arg(long)]
    no_inspector: bool,
    /// Open the inspector in the browser once all is ready
    #[arg(long, conflicts_with = "no_inspector")]
    open: bool,
    /// Print JSON lines: the addresses once all is ready, then each event
    #[arg(long)]
    json: bool,
}

/// Where an emulator runs.
#[derive(Debug)]
struct Setting<'a> {
    /// The repository.
    root: &'a Path,
    /// What is kept between runs.
    kept: &'a Path,
    port: u16,
}

/// Runs the command until it is ended, or its emulator ends.
///
/// # Errors
/// When something is missing, wrong or in use.
pub(crate) fn run(args: Args) -> Result<ExitCode> {
    tokio::runtime::Runtime::new()?.block_on(dev(args))
}

async fn dev(args: Args) -> Result<ExitCode> {
    // Before anything is started that would have to be ended.
    let mut signals = Signals::new()?;
    let here = std::env::current_dir()?;
    let root = repository(&here)?;
    let file = args.config.as_ref().map_or_else(|| root.join(config::DEFAULT), |file| here.join(file));
    let mut since = watch::changed_at(&file);
    let mut loaded = config::load(&file)?;
    loaded.refuse(check_platform(&loaded.config, selvedge_components::registry(), args.platform.limits()))?;
    // Free until the emulator takes it: better known now than after the build.
    drop(ports::exactly(args.port, "--port")?);

    let run = Run::begin(&args, root, file)?;
    run.overrides.apply(&mut loaded.config.clone())?;
    if !run.build(&loaded, &mut signals).await? {
        return Ok(ExitCode::SUCCESS);
    }
    let mut emulator = run.start(&loaded)?;
    let mut ready = false;
    loop {
        let ended = run.supervise(&mut emulator, &loaded, &mut since, &mut ready, &mut signals).await;
        let changed = match ended {
            Ok(End::Changed(changed)) => *changed,
            ended => {
                emulator.end().await;
                return run.exit(&ended?);
            }
        };
        if run.rebuilds_itself(&loaded, &changed) {
            loaded = changed;
            run.inspect(&loaded)?;
            continue;
        }
        match run.build(&changed, &mut signals).await {
            Ok(true) => {}
            Ok(false) => {
                emulator.end().await;
                return Ok(ExitCode::SUCCESS);
            }
            // The one from before stays at work.
            Err(error) => {
                anstream::eprintln!("{}", config::shown(&error));
                continue;
            }
        }
        emulator.end().await;
        loaded = changed;
        emulator = run.start(&loaded)?;
    }
}

/// Finds the repository from a directory inside it.
pub(crate) fn repository(from: &Path) -> Result<PathBuf> {
    let is_one = |directory: &&Path| {
        ["scripts/build.sh", "wrangler.toml", "fastly.toml"].iter().all(|file| directory.join(file).is_file())
    };
    let root = from.ancestors().find(is_one);
    root.map(Path::to_owned)
        .context("this is not inside Selvedge's repository, whose scripts/build.sh is needed")
}
