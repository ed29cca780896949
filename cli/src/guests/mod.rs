//! Third parties' components, as a configuration names them: opened, and put into an artifact.

mod measure;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use selvedge_core::config::check::{Finding, Part, Severity};
use selvedge_core::config::place::KeyPath;
use selvedge_core::config::{Cmp, Config, WASM};
use selvedge_guests::link::{self, Component, attach};
use selvedge_guests::{Interface, pack};

use crate::component::lock::Lock;
use crate::config::Loaded;

pub(crate) use measure::{Given, Measured, PER_MS, measure, measure_mapping, ms};

/// A file that is linked, by the name that the configuration has for it.
#[derive(Debug)]
pub(crate) struct Linked {
    pub(crate) file: String,
    pub(crate) component: Component,
}

/// Whether a configuration names any.
pub(crate) fn has_any(config: &Config) -> bool {
    config.consent.cmp == Cmp::Wasm || config.components.iter().any(|component| component.kind == WASM)
}

/// Opens all files that a configuration names, each once.
///
/// # Errors
/// When one is not there, or cannot be linked: shown where the configuration names it.
pub(crate) fn open(loaded: &Loaded) -> Result<Vec<Linked>> {
    let mut linked: Vec<Linked> = Vec::new();
    let mut findings = Vec::new();
    for (at, file) in named(&loaded.config) {
        if linked.iter().any(|linked| linked.file == file) {
            continue;
        }
        match read(&loaded.file, &file) {
            Ok(component) => linked.push(Linked { file, component }),
            Err(problem) => findings.push(error(at, format!("{file:?}: {problem:#}"))),
        }
    }
    for (i, component) in loaded.config.components.iter().enumerate() {
        let of = |linked: &&Linked| Some(&linked.file) == component.file.as_ref();
        let found = linked.iter().find(of).filter(|_| component.kind == WASM);
        if found.is_some_and(|linked| linked.component.interface == Interface::ConsentMapping) {
            let at = KeyPath::to("component").index(i).key("file");
            findings.push(error(at, "this component maps consent, and is no destination".into()));
        }
    }
    let consent = &loaded.config.consent;
    let of = |linked: &&Linked| consent.cmp == Cmp::Wasm && Some(&linked.file) == consent.file.as_ref();
    if linked.iter().find(of).is_some_and(|found| found.component.interface != Interface::ConsentMapping) {
        let at = KeyPath::to("consent").key("file");
        findings.push(error(at, "this component is a destination, and maps no consent".into()));
    }
    loaded.refuse(findings)?;
    Ok(linked)
}

/// The files that a configuration names, and where it does so.
fn named(config: &Config) -> Vec<(KeyPath, String)> {
    let components = config.components.iter().enumerate().filter(|(_, component)| component.kind == WASM);
    let files = components.filter_map(|(i, component)| {
        Some((KeyPath::to("component").index(i).key("file"), component.file.clone()?))
    });
    let consent = Some(&config.consent).filter(|consent| consent.cmp == Cmp::Wasm);
    let consent =
        consent.and_then(|consent| Some((KeyPath::to("consent").key("file"), consent.file.clone()?)));
    consent.into_iter().chain(files).collect()
}

fn error(path: KeyPath, message: String) -> Finding {
    Finding { severity: Severity::Error, path, part: Part::Value, message, help: None }
}

/// A file that a configuration names lies where the configuration does.
pub(crate) fn beside(configuration: &Path, file: &str) -> PathBuf {
    configuration.parent().unwrap_or(Path::new("")).join(file)
}

/// Reads a component; one that was added from a registry must be what it was then.
fn read(configuration: &Path, file: &str) -> Result<Component> {
    let path = beside(configuration, file);
    let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Lock::refuse_other(&beside(configuration, ""), &path, &bytes)?;
    Ok(link::open(&bytes)?)
}

/// An artifact with components in it, and how many bytes they add.
///
/// # Errors
/// When it was not built for components.
pub(crate) fn put(artifact: &[u8], linked: &[Linked]) -> Result<(Vec<u8>, usize)> {
    let pack = pack::pack(linked.iter().map(|linked| {
        (linked.file.as_str(), linked.component.interface, linked.component.module.as_slice())
    }));
    Ok((attach(artifact, &pack)?, pack.len()))
}
