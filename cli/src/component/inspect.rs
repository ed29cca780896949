//! `selvedge component inspect`: what a file is, whether it can be linked or not.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use selvedge_guests::link;
use wasmparser::{KnownCustom, Parser, Payload};

use super::show;
use super::subject::Subject;

/// What `selvedge component inspect` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The component: its file, or the directory that it is built in
    #[arg(default_value = ".")]
    component: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// When it is no WebAssembly.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let subject = Subject::read(&args.component)?;
    let seen = link::inspect(&subject.bytes).with_context(|| subject.file.display().to_string())?;
    let row = |name: &str, value: &str| anstream::println!("  {name:<12}{value}");
    anstream::println!("{}", subject.file.display());
    if let Some(manifest) = &subject.manifest {
        row("called", &format!("{} {}", manifest.name, manifest.version));
    }
    row("interface", &seen.export.unwrap_or_else(|refusal| format!("refused: {refusal}")));
    row("size", &format!("{} bytes", show::thousands(subject.bytes.len() as u64)));
    match link::open(&subject.bytes) {
        Ok(component) => row("linked", &format!("{} bytes", show::thousands(component.module.len() as u64))),
        Err(refusal) => row("linked", &format!("refused: {refusal}")),
    }
    for (at, tool) in producers(&subject.bytes)?.iter().enumerate() {
        row(if at == 0 { "made by" } else { "" }, tool);
    }
    if seen.imports.is_empty() {
        row("imports", "nothing");
    }
    for (at, import) in seen.imports.iter().enumerate() {
        let verdict = import.why.map_or_else(|| "allowed".to_owned(), |why| format!("refused: {why}"));
        row(if at == 0 { "imports" } else { "" }, &format!("{} {} ({verdict})", import.module, import.name));
    }
    Ok(ExitCode::SUCCESS)
}

/// The tools that a file says it was made with, each once.
fn producers(bytes: &[u8]) -> Result<Vec<String>> {
    let mut tools = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        let Payload::CustomSection(section) = payload? else { continue };
        let KnownCustom::Producers(fields) = section.as_known() else { continue };
        for field in fields {
            for value in field?.values {
                let value = value?;
                let tool = format!("{} {}", value.name, value.version).trim().to_owned();
                if !tools.contains(&tool) {
                    tools.push(tool);
                }
            }
        }
    }
    Ok(tools)
}
