//! What a command is about: a component's file, with the manifest beside it if there is one.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use selvedge_core::component::Moment;
use selvedge_core::facts::{Random, Timestamp};
use selvedge_guests::link::{self, Component};
use selvedge_guests::{Guest, Limits, Run};

use super::lock::Lock;
use super::manifest::{self, Manifest};

/// A component's file.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) file: PathBuf,
    pub(crate) bytes: Vec<u8>,
    pub(crate) manifest: Option<Manifest>,
}

impl Subject {
    /// Reads what a path means: a file, or the one that is built in a directory.
    ///
    /// # Errors
    /// When there is none, or it is not what `selvedge.lock` says.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let (file, manifest) = if path.is_dir() {
            let manifest = Manifest::read(path)?;
            (manifest.output(), Some(manifest))
        } else {
            let beside = path
                .parent()
                .map(|parent| if parent.as_os_str().is_empty() { Path::new(".") } else { parent });
            let manifest = beside.filter(|parent| parent.join(manifest::NAME).is_file()).map(Manifest::read);
            (path.to_owned(), manifest.transpose()?)
        };
        let hint = if path.is_dir() { "; build it with: selvedge component build" } else { "" };
        let bytes = std::fs::read(&file).with_context(|| format!("cannot read {}{hint}", file.display()))?;
        Lock::refuse_other(Path::new(""), &file, &bytes)?;
        Ok(Self { file, bytes, manifest })
    }

    /// The component, if it can be linked.
    ///
    /// # Errors
    /// When it cannot, with why.
    pub(crate) fn open(&self) -> Result<Component> {
        link::open(&self.bytes).with_context(|| self.file.display().to_string())
    }

    /// The settings that were given, and something for those that must be there and were not.
    ///
    /// # Errors
    /// When one is not `name=value`.
    pub(crate) fn settings(&self, given: &[String]) -> Result<Vec<(String, String)>> {
        let mut settings = pairs("--setting", given)?;
        for (name, value) in self.manifest.iter().flat_map(Manifest::samples) {
            if !settings.iter().any(|(given, _)| *given == name) {
                settings.push((name, value));
            }
        }
        Ok(settings)
    }
}

/// Options of the form `name=value`.
///
/// # Errors
/// When one is not.
pub(crate) fn pairs(option: &str, given: &[String]) -> Result<Vec<(String, String)>> {
    let pairs = given.iter().map(|text| match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => bail!("{option} {text}: it is written name=value"),
    });
    pairs.collect()
}

/// What a call may use: what `[component.limits]` says in `selvedge.toml`.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct Allowed {
    /// Instructions that a call may take, as limits.fuel in selvedge.toml
    #[arg(long, value_name = "N", default_value_t = Limits::default().fuel)]
    fuel: u64,
    /// Memory that it may have, as limits.memory_mib
    #[arg(long, value_name = "N", default_value_t = Limits::default().memory >> 20)]
    memory_mib: usize,
}

/// A fresh instance, at a moment that is the same in every run, so that what comes out is too.
pub(crate) fn start(guest: &Guest, allowed: Allowed) -> Run {
    let limits = Limits {
        fuel: allowed.fuel.min(Limits::MOST.fuel),
        memory: allowed.memory_mib.min(Limits::MOST.memory >> 20) << 20,
        ..Limits::default()
    };
    let fuel = Cell::new(limits.fuel);
    // A second after the sample event.
    let moment = Moment {
        now: Timestamp(1_795_343_701_123),
        random: &Random::from_seed([7; 32]),
        fuel: &fuel,
        token: None,
    };
    guest.run(&moment, limits)
}
