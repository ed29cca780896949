//! `selvedge migrate`: from an Edgee proxy's configuration to ours. What has an equivalent is written; what has none, or
//! another meaning, is named. Nothing is dropped in silence.

mod component;
mod fields;
mod global;
mod route;
mod settings;
mod site;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use selvedge_core::config::check::Severity;
use selvedge_core::config::read::read;
use serde_json::{Value, json};

use self::fields::Fields;
use crate::config::problem_json;

/// What `selvedge migrate` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Edgee's configuration
    #[arg(default_value = "edgee.toml")]
    file: PathBuf,
    /// Print ours and what there is to know about it as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command: ours to stdout, what there is to know about it to stderr.
///
/// # Errors
/// When the file cannot be read.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let file = &args.file;
    let yaml = file.extension().is_some_and(|ext| ext == "yaml" || ext == "yml");
    if yaml {
        bail!(
            "{} is YAML, which is not read here; make it TOML first, as `yq -o toml {} > edgee.toml` does",
            file.display(),
            file.display()
        );
    }
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read Edgee's configuration {}", file.display()))?;
    let table: toml::Table = text.parse().with_context(|| format!("{} is not TOML", file.display()))?;
    let migrated = Migration::of(table);
    if args.json {
        anstream::println!("{:#}", migrated.json());
        return Ok(ExitCode::SUCCESS);
    }
    anstream::print!("{}", migrated.out);
    anstream::eprint!("{}", migrated.told(file));
    Ok(ExitCode::SUCCESS)
}

/// A configuration of ours in the making.
#[derive(Debug, Default)]
pub(crate) struct Migration {
    /// What is written.
    out: String,
    /// Keys of Edgee's, and what has become of them.
    notes: Vec<(String, String)>,
    /// Secrets: their names, and where their values are in Edgee's file.
    secrets: Vec<(String, String)>,
    /// What default of consent the components had.
    defaults: Vec<String>,
}

const HEADER: &str = "# Made from Edgee's configuration by `selvedge migrate`. Read it, then see what is missing with\n\
    # `selvedge check`. docs/edgee.md says how to go on, and docs/configuration.md what else there is.\n";

impl Migration {
    fn of(table: toml::Table) -> Self {
        let mut fields = Fields::new("", table);
        let mut migration = Self::default();
        migration.out.push_str(HEADER);
        migration.sites(&mut fields);
        let mut components = fields.table("components", &mut migration.notes);
        // Consent's default was the components' to say; here it comes before them.
        let mut later = Self::default();
        later.components(&mut components);
        migration.global(&mut fields, &later.defaults);
        migration.out.push_str(&later.out);
        migration.notes.append(&mut later.notes);
        migration.secrets.append(&mut later.secrets);
        components.rest(&mut migration.notes);
        fields.rest(&mut migration.notes);
        migration
    }

    fn note(&mut self, key: impl Into<String>, what: impl Into<String>) {
        self.notes.push((key.into(), what.into()));
    }

    /// One line of the configuration.
    fn line(&mut self, line: impl AsRef<str>) {
        self.out.push_str(line.as_ref());
        self.out.push('\n');
    }

    /// A blank line, and the head of a table.
    fn head(&mut self, head: &str) {
        self.line("");
        self.line(head);
    }

    /// A secret of that name, whose value is at `key`; a number makes it unique.
    fn secret(&mut self, name: &str, key: &str) -> String {
        let taken = |name: &str| self.secrets.iter().any(|(taken, _)| taken == name);
        let numbered = (2..).map(|n| format!("{name}_{n}"));
        let name = std::iter::once(name.to_owned()).chain(numbered).find(|name| !taken(name));
        let name = name.unwrap_or_default();
        self.secrets.push((name.clone(), key.to_owned()));
        format!("{{ secret = {} }}", text(&name))
    }

    /// What is written and what there is to know, for programs.
    fn json(&self) -> Value {
        let pairs = |list: &[(String, String)], names: [&str; 2]| -> Value {
            let [first, second] = names;
            list.iter().map(|(one, other)| json!({(first): one, (second): other})).collect()
        };
        let problems = read(&self.out, selvedge_components::registry()).err();
        let problems = problems.iter().flat_map(|problems| problems.list()).map(problem_json);
        json!({
            "configuration": self.out,
            "notes": pairs(&self.notes, ["key", "what"]),
            "secrets": pairs(&self.secrets, ["name", "value_at"]),
            "problems": problems.collect::<Value>(),
        })
    }

    /// What there is to know, for people.
    fn told(&self, file: &Path) -> String {
        let mut out = String::new();
        // Text takes whatever is written to it.
        let _ = self.write(&mut out, file);
        out
    }

    fn write(&self, out: &mut String, file: &Path) -> std::fmt::Result {
        if !self.notes.is_empty() {
            writeln!(out, "{}: what is different, or has no equivalent", file.display())?;
            for (key, what) in &self.notes {
                writeln!(out, "  {key}\n      {what}")?;
            }
        }
        if !self.secrets.is_empty() {
            writeln!(out, "\nSecrets: they stay out of the file; create each with the value that is at")?;
            for (name, key) in &self.secrets {
                writeln!(out, "  {name}: {key}")?;
                writeln!(out, "      fastly secret-store-entry create --store-id STORE --name {name}")?;
                writeln!(out, "      wrangler secret put {name}")?;
            }
        }
        if let Err(problems) = read(&self.out, selvedge_components::registry()) {
            let errors = problems.list().iter().filter(|problem| problem.severity == Severity::Error).count();
            writeln!(out, "\nStill to be done in what was written ({errors}):\n{problems}")?;
        }
        Ok(())
    }
}

/// A text as TOML writes it.
fn text(value: &str) -> String {
    toml::Value::String(value.to_owned()).to_string()
}

/// Lines that are not in force.
fn commented(lines: &str) -> String {
    lines.lines().map(|line| if line.is_empty() { "\n".into() } else { format!("# {line}\n") }).collect()
}
