//! `selvedge build`: puts a configuration into a compiled artifact.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail};
use selvedge_core::config::check::{Severity, check, check_platform};
use selvedge_core::config::compiled::stamp;
use selvedge_core::config::{Config, Origin};
use selvedge_core::facts::Timestamp;
use serde_json::json;

use crate::clock::now;
use crate::config::{self, load};
use crate::platform::Platform;
use crate::{file, guests};

/// What `selvedge build` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where the artifact will run
    #[arg(long, value_enum)]
    platform: Platform,
    /// The compiled artifact
    #[arg(long, value_name = "FILE")]
    wasm: Option<PathBuf>,
    /// Where to write it with the configuration in it
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Only say with which features the artifact is to be compiled
    #[arg(long, hide = true)]
    features: bool,
    /// The configuration
    #[arg(long, value_name = "FILE", default_value = config::DEFAULT)]
    config: PathBuf,
    /// Have each visit told whole in the log, personal data and all: for the inspector, on a machine of your own
    #[arg(long)]
    trace: bool,
    #[command(flatten)]
    overrides: Overrides,
    /// Print what was made as JSON
    #[arg(long)]
    json: bool,
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

/// When a configuration counts as compiled: now, or when `SOURCE_DATE_EPOCH` says, so that who builds the same again gets
/// the same (reproducible-builds.org/specs/source-date-epoch).
///
/// # Errors
/// When that is no number of seconds.
pub(crate) fn made() -> Result<Timestamp> {
    let Some(epoch) = std::env::var("SOURCE_DATE_EPOCH").ok().filter(|epoch| !epoch.is_empty()) else {
        return Ok(now());
    };
    let seconds: i64 = epoch.parse().with_context(|| format!("SOURCE_DATE_EPOCH={epoch}"))?;
    Ok(Timestamp(seconds.saturating_mul(1000)))
}

/// Runs the command.
///
/// # Errors
/// When the configuration, the artifact or a file is not good.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let Args { platform, wasm, out, overrides, .. } = args;
    let mut loaded = load(&args.config)?;
    if args.features {
        anstream::println!("{}", if guests::has_any(&loaded.config) { "guests" } else { "" });
        return Ok(ExitCode::SUCCESS);
    }
    let (Some(wasm), Some(out)) = (wasm, out) else { bail!("name the artifact: --wasm FILE --out FILE") };
    loaded.refuse(check_platform(&loaded.config, selvedge_components::registry(), platform.limits()))?;
    overrides.apply(&mut loaded.config)?;
    loaded.config.trace = args.trace;
    let guests = guests::open(&loaded)?;
    let mut artifact = std::fs::read(wasm).with_context(|| format!("cannot read {}", wasm.display()))?;
    let bytes = stamp(&mut artifact, &loaded.config, made()?)
        .with_context(|| format!("cannot put {} into {}", loaded.file.display(), wasm.display()))?;
    let mut linked = String::new();
    if !guests.is_empty() {
        let (with, added) = guests::put(&artifact, &guests).with_context(|| format!("{}", wasm.display()))?;
        artifact = with;
        let many = if guests.len() == 1 { "component" } else { "components" };
        linked = format!(", {} {many} linked ({added} bytes)", guests.len());
    }
    file::write(out, &artifact)?;
    if args.json {
        let (out, config) = (out.display().to_string(), loaded.file.display().to_string());
        let Overrides { origin, catch } = overrides;
        let made = json!({"artifact": out, "configuration": config, "bytes": bytes, "origin": origin, "catch": catch});
        anstream::println!("{made}");
        return Ok(ExitCode::SUCCESS);
    }
    let changed = match (&overrides.origin, &overrides.catch) {
        (None, None) => String::new(),
        (Some(origin), None) => format!(", origin {origin}"),
        (None, Some(catch)) => format!(", events to {catch}"),
        (Some(origin), Some(catch)) => format!(", origin {origin}, events to {catch}"),
    };
    anstream::println!("{}: {} in it ({bytes} bytes{changed}){linked}", out.display(), loaded.file.display());
    Ok(ExitCode::SUCCESS)
}
