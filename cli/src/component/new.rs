//! `selvedge component new`: a project with a manifest, the WIT, a component that does something, and its tests.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail};
use wit_bindgen_core::Files;
use wit_bindgen_core::wit_parser::Resolve;

use super::language::{Kind, Language};
use crate::file;

/// What `selvedge component new` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What it is written in
    #[arg(long, short, value_enum)]
    language: Language,
    /// What it does
    #[arg(long, short, value_enum, default_value = "data-collection")]
    kind: Kind,
    /// The component's name, and the directory that is made for it
    name: String,
}

/// Runs the command.
///
/// # Errors
/// When the name is none, or something by that name is there.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let Args { language, kind, name } = args;
    if !is_name(name) {
        bail!(
            "{name:?} is no name: it begins with a letter, and has letters a to z, digits and - (at most 64)"
        );
    }
    let root = PathBuf::from(name);
    if root.exists() {
        bail!("{name} is already there");
    }
    write(&root, *language, *kind, name)?;
    let tools = language.tools();
    anstream::println!("{name}: a {} component in {}", kind.word(), tools.title);
    anstream::println!("  it needs {}", tools.needs);
    anstream::println!();
    anstream::println!("  cd {name}");
    if let Some(first) = tools.first {
        anstream::println!("  {first}");
    }
    anstream::println!("  selvedge component build");
    anstream::println!("  selvedge component test");
    Ok(ExitCode::SUCCESS)
}

/// What cargo, npm and Go all take for a name.
fn is_name(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

fn write(root: &Path, language: Language, kind: Kind, name: &str) -> Result<()> {
    let tools = language.tools();
    let first = tools.first.map(|first| format!("{first}\n")).unwrap_or_default();
    // serde_json is what the Rust component for events makes JSON with; the other has none to make.
    let dependencies = if kind == Kind::DataCollection { "serde_json = \"1\"\n" } else { "" };
    for (path, content) in language.files(kind) {
        let content = content
            .replace("{{name}}", name)
            .replace("{{kind}}", kind.word())
            .replace("{{Language}}", tools.title)
            .replace("{{needs}}", tools.needs)
            .replace("{{first}}", &first)
            .replace("{{command}}", tools.build)
            .replace("{{test}}", tools.test)
            .replace("{{dependencies}}\n", dependencies);
        file::write(&root.join(path), content.as_bytes())?;
    }
    let interface = format!("wit/deps/edgee/{}.wit", kind.word());
    file::write(&root.join(interface), kind.wit().as_bytes())?;
    if language == Language::C {
        bindings(root, kind)?;
    }
    Ok(())
}

/// C's view of the interface, as `wit-bindgen c` writes it. The interface is called `edgee` in it, because the whole name would
/// not leave a line any room.
fn bindings(root: &Path, kind: Kind) -> Result<()> {
    let mut resolve = Resolve::default();
    let mut files = Files::default();
    let mut generate = || -> Result<()> {
        let (package, _) = resolve.push_path(root.join("wit"))?;
        let world = resolve.select_world(&[package], None)?;
        let mut options = wit_bindgen_c::Opts::default();
        options.rename.push((format!("edgee:components/{}@1.0.0", kind.word()), "edgee".into()));
        options.build().generate(&mut resolve, world, &mut files).map_err(|error| anyhow!("{error:#}"))?;
        Ok(())
    };
    generate().context("cannot write the bindings for C")?;
    for (name, content) in files.iter() {
        file::write(&root.join("bindings").join(name), content)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::is_name;

    #[test]
    fn names_are_what_every_package_manager_takes() {
        for name in ["a", "acme", "acme-2", "a-b-c"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "-a", "2a", "Acme", "a_b", "../a", "a/b", "ä", &"a".repeat(65)] {
            assert!(!is_name(name), "{name}");
        }
    }
}
