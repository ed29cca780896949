//! `selvedge dev`: the website through Selvedge on this machine. Serves the demo shop, catches what leaves for the
//! destinations, builds, starts the platform's emulator, and ends all of it together.

mod cloudflare;
mod fastly;
mod health;
mod process;
pub(crate) mod secrets;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, ExitStatus};
use std::time::Duration;

use anstyle::Style;
use anyhow::{Context, Result, bail};
use selvedge_core::config::check::check_platform;
use selvedge_core::config::{Config, Site};
use serde_json::json;
use tokio::process::Command;
use tokio::time::timeout;

use crate::build::{Overrides, origin};
use crate::catcher::{self, Format};
use crate::config::{self, Loaded};
use crate::platform::Platform;
use crate::{demo, ports};
use process::{Group, Signals};

/// How long the edge may take to answer after it was built.
const START: Duration = Duration::from_secs(120);
/// What this command keeps between its runs, inside the repository.
const KEPT: &str = ".selvedge/dev";

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
    let file = args.config.map_or_else(|| root.join(config::DEFAULT), |file| here.join(file));
    let loaded = config::load(&file)?;
    loaded.refuse(check_platform(&loaded.config, selvedge_components::registry(), args.platform.limits()))?;
    // Free until the emulator takes it: better known now than after the build.
    drop(ports::exactly(args.port, "--port")?);

    let (origin, shop) = match args.origin {
        Some(url) => (String::from(origin(&url)?), false),
        None => {
            let (shop, listener) = (demo::shop(&root)?, ports::preferring(demo::PORT)?);
            let url = ports::url(&listener)?;
            tokio::spawn(demo::serve(listener, demo::origin::router(&shop)));
            (url, true)
        }
    };
    let listener = ports::preferring(demo::CATCH_PORT)?;
    let catcher = ports::url(&listener)?;
    let format = if args.json { Format::Json } else { Format::Lines };
    tokio::spawn(demo::serve(listener, catcher::router(format)));
    let overrides = Overrides { origin: Some(origin.clone()), catch: Some(catcher.clone()) };
    overrides.apply(&mut loaded.config.clone())?;

    // What scripts/build.sh goes by. wrangler runs it again, and shall get the same artifact.
    let environment = [
        ("CONFIG", loaded.file.clone().into_os_string()),
        ("ORIGIN", origin.clone().into()),
        ("CATCH", catcher.clone().into()),
    ];
    if !build(args.platform, &root, &environment, &mut signals).await? {
        return Ok(ExitCode::SUCCESS);
    }

    let kept = root.join(KEPT);
    let secrets = secrets::local(&loaded.config, &kept.join("secrets.json"))?;
    let setting = Setting { root: &root, kept: &kept, port: args.port };
    let mut command = match args.platform {
        Platform::Cloudflare => cloudflare::command(&setting, &secrets)?,
        Platform::Fastly => fastly::command(&setting, &secrets)?,
    };
    command.envs(environment);
    let edge = format!("http://127.0.0.1:{}", args.port);
    let health = format!("{}/health", loaded.config.collect.path);
    let config = file.strip_prefix(&root).unwrap_or(&file).display().to_string();
    let addresses = Addresses { edge, origin, shop, health, catcher, config, format };
    supervise(Group::start(command)?, args.platform, args.port, &addresses, &loaded, &mut signals).await
}

/// Builds the artifact; false if it was told to end instead.
async fn build(
    platform: Platform,
    root: &Path,
    environment: &[(&str, OsString)],
    signals: &mut Signals,
) -> Result<bool> {
    let mut command = Command::new(root.join("scripts/build.sh"));
    command
        .current_dir(root)
        .arg(platform.word())
        .envs(environment.iter().map(|(name, value)| (name, value)));
    let mut building = Group::start(command)?;
    tokio::select! {
        status = building.ended() => {
            let status = status?;
            building.end().await;
            if !status.success() {
                bail!("scripts/build.sh {}: {status}", platform.word());
            }
            Ok(true)
        }
        () = signals.received() => {
            building.end().await;
            Ok(false)
        }
    }
}

/// Why an emulator is no longer wanted.
enum End {
    /// It ended by itself.
    Itself(ExitStatus),
    /// Somebody asked for it.
    Asked,
    /// It never answered.
    Silence,
}

/// Lets an emulator run for as long as it is wanted.
async fn supervise(
    mut emulator: Group,
    platform: Platform,
    port: u16,
    addresses: &Addresses,
    loaded: &Loaded,
    signals: &mut Signals,
) -> Result<ExitCode> {
    let announced = async {
        if timeout(START, health::healthy(port, &addresses.health)).await.is_ok() {
            catcher::say(&addresses.block(platform, loaded));
            std::future::pending::<()>().await;
        }
    };
    let end = tokio::select! {
        status = emulator.ended() => End::Itself(status?),
        () = signals.received() => End::Asked,
        () = announced => End::Silence,
    };
    emulator.end().await;
    let title = platform.title();
    match end {
        End::Asked => Ok(ExitCode::SUCCESS),
        End::Silence => bail!(
            "the emulator of {title} did not answer GET {} with 200 within {} s; what it said is above",
            addresses.health,
            START.as_secs()
        ),
        End::Itself(status) => {
            anstream::eprintln!(
                "error: the emulator of {title} ended by itself: {status}; what it said is above"
            );
            // As a shell does: a signal is its number and 128.
            let code = status.code().or_else(|| status.signal().map(|signal| signal + 128));
            // The Fastly CLI calls it a success when Viceroy dies. It is none: nobody asked for it.
            let code = code.and_then(|code| u8::try_from(code).ok()).filter(|code| *code != 0);
            Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
        }
    }
}

/// What can be opened.
#[derive(Debug)]
struct Addresses {
    edge: String,
    origin: String,
    /// Whether the origin is the demo shop.
    shop: bool,
    /// A path of the edge.
    health: String,
    catcher: String,
    /// The configuration's file, as it is shown.
    config: String,
    format: Format,
}

impl Addresses {
    /// What to open, once there is something to see.
    fn block(&self, platform: Platform, loaded: &Loaded) -> String {
        let Self { edge, origin, shop, health, catcher, .. } = self;
        if matches!(self.format, Format::Json) {
            return json!({"ready": {"edge": edge, "origin": origin, "catcher": catcher}}).to_string();
        }
        let bold = Style::new().bold();
        let dim = Style::new().dimmed();
        let website = if *shop { "the demo shop" } else { "the website" };
        let mut lines = vec![
            String::new(),
            format!("  {bold}Selvedge{bold:#} on the emulator of {}, with {}", platform.title(), self.config),
            String::new(),
        ];
        let rows = [
            (format!("{edge}/"), format!("{website}, through Selvedge")),
            (format!("{origin}/"), format!("{website} itself")),
            (format!("{edge}{health}"), "whether Selvedge is well".to_owned()),
            (
                format!("{catcher}/"),
                "takes the events instead of the destinations; they are shown below".to_owned(),
            ),
        ];
        let width = rows.iter().map(|(url, _)| url.len()).max().unwrap_or_default();
        lines.extend(rows.iter().map(|(url, what)| format!("  {bold}{url:width$}{bold:#}  {what}")));
        lines.push(String::new());
        lines.extend(notes(&loaded.config, *shop).into_iter().map(|note| format!("  Note: {note}")));
        let watched = match platform {
            Platform::Cloudflare => "A change to the sources or to selvedge.toml is built at once.",
            Platform::Fastly => "Start it again after a change.",
        };
        lines.push(format!("  {dim}{watched} Ctrl-C ends everything.{dim:#}"));
        lines.push(String::new());
        lines.join("\n")
    }
}

/// What would surprise whoever opens these addresses with this configuration.
fn notes(config: &Config, shop: bool) -> Vec<String> {
    let mut notes = Vec::new();
    let origins: BTreeSet<_> =
        config.sites.iter().map(|site| &site.origin).filter(|origin| origin.https).collect();
    if let (true, Some(origin)) = (shop, origins.into_iter().next()) {
        let url = String::from(origin.clone());
        notes.push(format!(
            "the demo shop stands in for {url}; --origin {url} (make: ORIGIN={url}) serves that"
        ));
    }
    let here = |site: &Site| site.hosts.is_empty() || site.hosts.iter().any(|host| host.matches("127.0.0.1"));
    if !config.sites.iter().any(here) {
        notes.push(
            "no site has the host 127.0.0.1: add it to `hosts` in a copy of the file, and give that copy"
                .into(),
        );
    }
    notes
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
