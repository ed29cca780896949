//! One run of `selvedge dev`: the servers beside the edge, its build, its emulator.

use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitCode, ExitStatus};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::{Result, bail};
use selvedge_core::config::check;
use serde_json::json;
use tokio::process::Command;
use tokio::time::timeout;

use super::addresses::Addresses;
use super::process::{Group, Signals};
use super::{Args, Setting, cloudflare, fastly, health, secrets, watch};
use crate::build::{Overrides, origin};
use crate::catcher::{self, Format};
use crate::config::{self, Loaded};
use crate::inspector::{self, Inspector, Runner};
use crate::platform::Platform;
use crate::{demo, ports};

/// How long the edge may take to answer after it was built.
const START: Duration = Duration::from_secs(120);
/// What this command keeps between its runs, inside the repository.
const KEPT: &str = ".selvedge/dev";

/// Why an emulator is no longer wanted, or not as it is.
pub(super) enum End {
    /// It ended by itself.
    Itself(ExitStatus),
    /// Somebody asked for it.
    Asked,
    /// It never answered.
    Silence,
    /// There is another configuration.
    Changed(Box<Loaded>),
}

/// What stays the same however often the configuration changes.
#[derive(Debug)]
pub(super) struct Run {
    root: PathBuf,
    /// The configuration's file.
    file: PathBuf,
    platform: Platform,
    port: u16,
    live: bool,
    open: bool,
    pub(super) overrides: Overrides,
    addresses: Addresses,
    inspector: Option<Arc<Inspector>>,
}

impl Run {
    /// Starts what is served beside the edge.
    ///
    /// # Errors
    /// When there is no shop, no port, or no such origin.
    pub(super) fn begin(args: &Args, root: PathBuf, file: PathBuf) -> Result<Self> {
        let (website, shop) = match &args.origin {
            Some(url) => (String::from(origin(url)?), false),
            None => {
                let (shop, listener) = (demo::shop(&root)?, ports::preferring(demo::PORT)?);
                let url = ports::url(&listener)?;
                tokio::spawn(demo::serve(listener, demo::origin::router(&shop)));
                (url, true)
            }
        };
        let inspector = (!args.no_inspector).then(Inspector::new);
        let format = if args.json { Format::Json } else { Format::Lines };
        let mut catcher = None;
        if !args.live {
            let listener = ports::preferring(demo::CATCH_PORT)?;
            catcher = Some(ports::url(&listener)?);
            tokio::spawn(demo::serve(listener, catcher::router(format, inspector.clone())));
        }
        let mut page = None;
        if let Some(inspector) = &inspector {
            let listener = ports::preferring(inspector::PORT)?;
            page = Some(ports::url(&listener)?);
            tokio::spawn(demo::serve(listener, inspector::router(inspector)));
        }
        let addresses = Addresses {
            edge: format!("http://127.0.0.1:{}", args.port),
            origin: website.clone(),
            shop,
            catcher: catcher.clone(),
            inspector: page,
            config: file.strip_prefix(&root).unwrap_or(&file).display().to_string(),
            format,
        };
        let overrides = Overrides { origin: Some(website), catch: catcher };
        let Args { platform, port, live, open, .. } = *args;
        Ok(Self { root, file, platform, port, live, open, overrides, addresses, inspector })
    }

    /// What scripts/build.sh goes by. wrangler runs it again, and shall get the same artifact.
    fn environment(&self) -> Vec<(&'static str, OsString)> {
        let Overrides { origin, catch } = &self.overrides;
        let given = [("ORIGIN", origin), ("CATCH", catch)];
        let given = given.into_iter().map(|(name, value)| (name, value.clone().unwrap_or_default().into()));
        let trace = if self.inspector.is_some() { "1" } else { "" };
        let file = self.file.clone().into_os_string();
        given.chain([("CONFIG", file), ("TRACE", trace.into())]).collect()
    }

    /// Builds the artifact; false if it was told to end instead.
    pub(super) async fn build(&self, loaded: &Loaded, signals: &mut Signals) -> Result<bool> {
        let mut command = Command::new(self.root.join("scripts/build.sh"));
        command.current_dir(&self.root).arg(self.platform.word()).envs(self.environment());
        self.inspect(loaded)?;
        let mut building = Group::start(command)?;
        tokio::select! {
            status = building.ended() => {
                let status = status?;
                building.end().await;
                if !status.success() {
                    bail!("scripts/build.sh {}: {status}", self.platform.word());
                }
                Ok(true)
            }
            () = signals.received() => {
                building.end().await;
                Ok(false)
            }
        }
    }

    /// Starts the emulator with what was built.
    pub(super) fn start(&self, loaded: &Loaded) -> Result<Group> {
        let kept = self.root.join(KEPT);
        let secrets = secrets::local(&loaded.config, &kept.join("secrets.json"))?;
        let setting = Setting { root: &self.root, kept: &kept, port: self.port };
        let mut command = match self.platform {
            Platform::Cloudflare => cloudflare::command(&setting, &secrets)?,
            Platform::Fastly => fastly::command(&setting, &secrets)?,
        };
        command.envs(self.environment());
        match &self.inspector {
            None => Group::start(command),
            Some(inspector) => {
                let inspector = Arc::clone(inspector);
                Group::heard(command, move |line| inspector.printed(line))
            }
        }
    }

    /// Tells the inspector what is inspected.
    pub(super) fn inspect(&self, loaded: &Loaded) -> Result<()> {
        let Some(inspector) = &self.inspector else { return Ok(()) };
        let mut config = loaded.config.clone();
        self.overrides.apply(&mut config)?;
        let kept = self.root.join(KEPT);
        let mut secrets = secrets::local(&config, &kept.join("secrets.json"))?;
        secrets::override_with(&mut secrets, self.platform, &self.root);
        let components: Vec<_> =
            config.components.iter().map(|each| json!({"id": each.id, "kind": each.kind})).collect();
        let Addresses { edge, origin, config: file, .. } = &self.addresses;
        inspector.about(json!({
            "title": self.platform.title(),
            "platform": self.platform.word(),
            "config": file,
            "edge": edge,
            "origin": origin,
            "live": self.live,
            "components": components,
            "secrets": secrets.keys().collect::<Vec<_>>(),
            "can": {"replay": !self.live, "rerun": true, "answer": !self.live},
        }));
        let edge = (!self.live).then(|| format!("127.0.0.1:{}", self.port));
        inspector.can(edge, Runner::new(&config, &secrets, *self.platform.limits()));
        Ok(())
    }

    /// Whether the emulator takes another configuration by itself: wrangler watches the repository's own, and runs the build
    /// again; it reads the secrets only once.
    pub(super) fn rebuilds_itself(&self, before: &Loaded, after: &Loaded) -> bool {
        self.platform == Platform::Cloudflare
            && self.file == self.root.join(config::DEFAULT)
            && check::secrets(&before.config) == check::secrets(&after.config)
    }

    /// Lets an emulator run for as long as it is wanted as it is.
    pub(super) async fn supervise(
        &self,
        emulator: &mut Group,
        loaded: &Loaded,
        since: &mut Option<SystemTime>,
        ready: &mut bool,
        signals: &mut Signals,
    ) -> Result<End> {
        let health = format!("{}/health", loaded.config.collect.path);
        let announced = async {
            if timeout(START, health::healthy(self.port, &health)).await.is_ok() {
                self.announce(loaded, &health, std::mem::replace(ready, true));
                std::future::pending::<()>().await;
            }
        };
        let changed = watch::changed(&self.file, since, self.platform, &self.overrides);
        Ok(tokio::select! {
            status = emulator.ended() => End::Itself(status?),
            () = signals.received() => End::Asked,
            () = announced => End::Silence,
            loaded = changed => End::Changed(Box::new(loaded)),
        })
    }

    /// Says that all is ready: at length the first time.
    fn announce(&self, loaded: &Loaded, health: &str, again: bool) {
        match (again, self.addresses.format) {
            (true, Format::Json) => catcher::say(&json!({"rebuilt": self.addresses.config}).to_string()),
            (true, Format::Lines) => {
                catcher::say(&format!("{} has changed, and is at work.", self.addresses.config));
            }
            (false, _) => {
                catcher::say(&self.addresses.block(self.platform, &loaded.config, health));
                if let (true, Some(page)) = (self.open, &self.addresses.inspector) {
                    open(page);
                }
            }
        }
    }

    /// What the command ends with, once the emulator has.
    pub(super) fn exit(&self, end: &End) -> Result<ExitCode> {
        let title = self.platform.title();
        match end {
            End::Asked | End::Changed(_) => Ok(ExitCode::SUCCESS),
            End::Silence => bail!(
                "the emulator of {title} did not answer GET …/health with 200 within {} s; what it said is above",
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
}

/// Opens an address in the user's browser; where there is none, the address is in the terminal.
fn open(url: &str) {
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let quiet = || std::process::Stdio::null();
    let opened = Command::new(opener).arg(url).stdin(quiet()).stdout(quiet()).stderr(quiet()).spawn();
    if opened.is_err() {
        anstream::eprintln!("there is no {opener} to open {url} with");
    }
}
