//! `selvedge component build`: the language's own tools do it; what they leave as a core module becomes a component.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use super::encode;
use super::manifest::{self, Manifest};
use crate::file;

/// What `selvedge component build` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The component's directory
    #[arg(default_value = ".")]
    directory: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// When the command of the manifest fails, or what it leaves is no component and none can be made of it.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let manifest = Manifest::read(&args.directory)?;
    let command = &manifest.build.command;
    anstream::eprintln!("{command}");
    let status = Command::new("sh")
        .args(["-c", command])
        .current_dir(&manifest.directory)
        .status()
        .context("cannot start a shell (sh)")?;
    if !status.success() {
        let code = status.code().map_or_else(|| "a signal".to_owned(), |code| code.to_string());
        let hint =
            if status.code() == Some(127) { "; is what it needs installed? See README.md" } else { "" };
        bail!("the build command of {} ended with {code}{hint}", manifest::NAME);
    }
    let output = manifest.output();
    let built = std::fs::read(&output).with_context(|| {
        format!("the build command left no {}, which is what output_path says", output.display())
    })?;
    let wit = ["wit", ".edgee/wit"].map(|wit| manifest.directory.join(wit));
    let made = encode::component(&built, &wit).with_context(|| output.display().to_string())?;
    if let Some(component) = &made {
        file::write(&output, component)?;
    }
    let size = made.as_ref().unwrap_or(&built).len();
    let how = if made.is_some() { ", made a component" } else { "" };
    anstream::println!("{}: {} {} ({size} bytes{how})", output.display(), manifest.name, manifest.version);
    Ok(ExitCode::SUCCESS)
}
