//! `selvedge deploy`: from a configuration to a service that answers. Checks, builds, creates what the platform does not have
//! yet, publishes with the platform's own command, and asks the deployed service whether it is well.

mod address;
mod health;
mod manifest;
mod pages;
mod plan;
mod run;
mod secret;
mod tool;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow};
use selvedge_core::config::Origin;

use crate::check::{Target, all_in_reach, good_for};
use crate::config;
use crate::needs::Extra;
use plan::Plan;
use run::Runner;

/// What `selvedge deploy` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where selvedge.toml and the platform's manifest are
    #[arg(default_value = ".")]
    directory: PathBuf,
    /// The platform, and on Cloudflare the plan
    #[arg(long, value_enum)]
    platform: Target,
    /// What to set up beyond what the configuration needs; several with commas
    #[arg(
        long = "with",
        value_enum,
        value_name = "WHAT",
        value_delimiter = ',',
        default_value = "push,debug"
    )]
    extras: Vec<Extra>,
    /// Where the service is asked whether it is well [default: the address that the platform gives it]
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// How long it may take until it is
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    wait: u64,
    /// Ask nothing: what is secret comes from the environment
    #[arg(long, short)]
    yes: bool,
    /// Print every step, and take none; works offline
    #[arg(long)]
    dry_run: bool,
    /// Print JSON: the plan, or a line for each step
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
/// When a step fails. What the steps before it did stays, and is found there when it runs again.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let url = args.url.as_deref().map(|url| {
        Origin::try_from(url.trim_end_matches('/').to_owned())
            .map_err(|error| anyhow!("--url {url}: {error}"))
    });
    let url = url.transpose()?.map(String::from);
    let directory = args.directory.canonicalize().with_context(|| {
        format!(
            "cannot find {}; `selvedge init` writes a configuration and manifests",
            args.directory.display()
        )
    })?;
    let loaded = good_for(&directory.join(config::DEFAULT), args.platform)?;
    all_in_reach(&loaded)?;
    let plan = Plan::new(&loaded.config, args.platform, &args.extras, &directory)?;
    if args.dry_run {
        if args.json {
            anstream::println!("{:#}", plan.json());
        } else {
            anstream::print!("{}", plan.text());
        }
        return Ok(ExitCode::SUCCESS);
    }
    Runner::new(args, &directory, &loaded.config, url)?.run(&plan)?;
    Ok(ExitCode::SUCCESS)
}
