//! `selvedge component list`: the third parties' components of a configuration.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use selvedge_core::config::WASM;

use super::lock::Lock;
use super::show;
use crate::config::{self, load};
use crate::guests::{self, Measured, beside, measure, measure_mapping, ms};

/// What `selvedge component list` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The configuration
    #[arg(long, value_name = "FILE", default_value = config::DEFAULT)]
    config: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// When the configuration cannot be used, or one of its components cannot be linked.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let loaded = load(&args.config)?;
    let linked = guests::open(&loaded)?;
    if linked.is_empty() {
        anstream::println!("{} names no third party's component", args.config.display());
        return Ok(ExitCode::SUCCESS);
    }
    let directory = beside(&args.config, "");
    let lock = Lock::read(&directory)?;
    for one in &linked {
        let locked = lock.of_file(&directory, &directory.join(&one.file));
        let version = locked.map_or_else(
            || "not from a registry".to_owned(),
            |locked| format!("{} {} from {}", locked.name, locked.version, locked.registry),
        );
        anstream::println!("{}: {version}", one.file);
        anstream::println!("  {:<12}{}", "interface", one.component.export);
        let size = show::thousands(one.component.module.len() as u64);
        anstream::println!("  {:<12}{size} bytes in the artifact", "size");
        if let Some(call) = measure_mapping(&loaded.config.consent, one) {
            tell("consent", call);
        }
        let users = loaded.config.components.iter().filter(|component| component.kind == WASM);
        for component in users.filter(|component| component.file.as_ref() == Some(&one.file)) {
            for call in measure(component, one) {
                tell(&component.id, call);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What a call takes, in a line.
fn tell(id: &str, call: Measured) {
    let Measured { given, fuel, failure, .. } = call;
    let failure = failure.map(|failure| format!(": {failure}")).unwrap_or_default();
    let (given, count) = (given.word(), show::thousands(fuel));
    anstream::println!("  {id:<12}{given:<7}{count} instructions, {} ms{failure}", ms(fuel));
}
