//! `selvedge component add`: a component from a registry, checked, and locked.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use selvedge_guests::link;

use super::lock::{Lock, Locked, NAME};
use super::registry::Registry;
use crate::file;

/// What `selvedge component add` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The component and its version
    #[arg(value_name = "NAME@VERSION")]
    component: String,
    /// The registry: a directory or a URL with an index.toml; if it is omitted, the one where the component is from
    #[arg(long, value_name = "DIR|URL")]
    from: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// When there is no such component, it cannot be linked, or it is not what it was.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let here = Path::new(".");
    let (name, version) = match args.component.split_once('@') {
        Some((name, version)) => (name, Some(version)),
        None => (args.component.as_str(), None),
    };
    let mut lock = Lock::read(here)?;
    let known = lock.find(name).cloned();
    let from = args.from.clone().or_else(|| known.as_ref().map(|known| known.registry.clone()));
    let Some(from) = from else { bail!("{name} from where? Name a directory or a URL: --from") };
    let registry = Registry::parse(&from)?;
    let (entry, source, bytes) = registry.fetch(name, version)?;
    if let Some(known) = &known
        && known.version == entry.version
        && known.sha256 != entry.sha256.to_ascii_lowercase()
    {
        bail!(
            "{registry} has another {name} {} than the one that was added: its SHA-256 is {}, and {NAME} says {}",
            entry.version,
            entry.sha256,
            known.sha256
        );
    }
    let component = link::open(&bytes).with_context(|| format!("{source} cannot be linked"))?;
    let path = format!("components/{}.wasm", name.replace('/', "-"));
    file::write(&here.join(&path), &bytes)?;
    lock.components.retain(|locked| locked.name != name);
    lock.components.push(Locked {
        name: name.to_owned(),
        version: entry.version.clone(),
        registry: from,
        source,
        sha256: entry.sha256.to_ascii_lowercase(),
        file: path.clone(),
    });
    lock.write(here)?;
    let before = known.filter(|known| known.version != entry.version);
    let before = before.map(|known| format!(" (it was {})", known.version)).unwrap_or_default();
    anstream::println!("{path}: {name} {}{before}, {}", entry.version, component.export);
    Ok(ExitCode::SUCCESS)
}
