//! `selvedge build`: puts a configuration into a compiled artifact.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail};
use selvedge_core::config::check::{Severity, check, check_budget};
use selvedge_core::config::compiled::stamp;
use selvedge_core::config::{Config, Origin};

use crate::config::{self, load};
use crate::file;
use crate::platform::Platform;

/// What `selvedge build` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where the artifact will run
    #[arg(long, value_enum)]
    platform: Platform,
    /// The compiled artifact
    #[arg(long, value_name = "FILE")]
    wasm: PathBuf,
    /// Where to write it with the configuration in it
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The configuration
    #[arg(long, value_name = "FILE", default_value = config::DEFAULT)]
    config: PathBuf,
    #[command(flatten)]
    overrides: Overrides,
}

/// What a local run changes about a configuration.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Overrides {
    /// Take this for every site's origin
    #[arg(long, value_name = "URL")]
    pub(crate) origin: Option<String>,
    /// Send every component's events to URL/ID instead of to its vendor
    #[arg(long, value_name = "URL")]
    pub(crate) catch: Option<String>,
}

impl Overrides {
    /// Changes a configuration, which must still make sense afterwards.
    ///
    /// # Errors
    /// When it does not.
    pub(crate) fn apply(&self, config: &mut Config) -> Result<()> {
        if let Some(url) = &self.origin {
            let origin = origin(url)?;
            for site in &mut config.sites {
                site.origin = origin.clone();
            }
        }
        if let Some(url) = &self.catch {
            for component in &mut config.components {
                component.endpoint = Some(format!("{}/{}", url.trim_end_matches('/'), component.id));
            }
        }
        if self.origin.is_some() || self.catch.is_some() {
            let findings = check(config, selvedge_components::registry());
            if let Some(finding) = findings.into_iter().find(|finding| finding.severity == Severity::Error) {
                let help = finding.help.map(|help| format!(": {help}")).unwrap_or_default();
                bail!("with --origin and --catch as given: {}{help}", finding.message);
            }
        }
        Ok(())
    }
}

/// An origin as it is written on the command line, where a slash at the end does no harm.
///
/// # Errors
/// When it is not one.
pub(crate) fn origin(url: &str) -> Result<Origin> {
    let origin = url.trim_end_matches('/').to_owned();
    Origin::try_from(origin).map_err(|error| anyhow!("--origin {url}: {error}"))
}

/// Runs the command.
///
/// # Errors
/// When the configuration, the artifact or a file is not good.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let Args { platform, wasm, out, overrides, .. } = args;
    let mut loaded = load(&args.config)?;
    loaded.refuse(check_budget(&loaded.config, platform.limits()))?;
    overrides.apply(&mut loaded.config)?;
    let mut artifact = std::fs::read(wasm).with_context(|| format!("cannot read {}", wasm.display()))?;
    let bytes = stamp(&mut artifact, &loaded.config)
        .with_context(|| format!("cannot put {} into {}", loaded.file.display(), wasm.display()))?;
    file::write(out, &artifact)?;
    let changed = match (&overrides.origin, &overrides.catch) {
        (None, None) => String::new(),
        (Some(origin), None) => format!(", origin {origin}"),
        (None, Some(catch)) => format!(", events to {catch}"),
        (Some(origin), Some(catch)) => format!(", origin {origin}, events to {catch}"),
    };
    anstream::println!("{}: {} in it ({bytes} bytes{changed})", out.display(), loaded.file.display());
    Ok(ExitCode::SUCCESS)
}
