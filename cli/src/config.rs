//! A configuration from a file, and its problems as they are shown.

use std::fmt;
use std::path::{Path, PathBuf};

use anstyle::{AnsiColor, Style};
use anyhow::{Context, Result, anyhow};
use selvedge_core::config::Config;
use selvedge_core::config::check::{Finding, Severity};
use selvedge_core::config::read::{Ink, Problem, Problems, locate, read};
use serde_json::{Value, json};

/// What is read unless another file is named.
pub(crate) const DEFAULT: &str = "selvedge.toml";

/// A configuration that can be used, and the text that it was read from.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) config: Config,
    pub(crate) file: PathBuf,
    source: String,
}

/// What is wrong with a file: each problem with its line.
#[derive(Debug)]
pub(crate) struct Wrong {
    file: PathBuf,
    problems: Problems,
}

impl std::error::Error for Wrong {}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors =
            self.problems.list().iter().filter(|problem| problem.severity == Severity::Error).count();
        let many = if errors == 1 { "error" } else { "errors" };
        write!(f, "{}\n{}: {errors} {many}", render(&self.problems, &self.file), self.file.display())
    }
}

impl Wrong {
    /// The problems, for programs.
    pub(crate) fn json(&self) -> Value {
        self.problems.list().iter().map(problem_json).collect()
    }
}

/// An error of what is wrong with a file.
pub(crate) fn wrong(file: impl Into<PathBuf>, problems: Problems) -> anyhow::Error {
    anyhow!(Wrong { file: file.into(), problems })
}

/// A problem, for programs.
pub(crate) fn problem_json(problem: &Problem) -> Value {
    let Problem { severity, line, column, width, key, message, help } = problem;
    let severity = match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    json!({
        "severity": severity, "message": message, "help": help,
        "key": key, "line": line, "column": column, "width": width,
    })
}

/// Reads a configuration. What is probably not meant goes to stderr.
///
/// # Errors
/// When there is no such file, or anything is wrong with it.
pub(crate) fn load(file: &Path) -> Result<Loaded> {
    let (loaded, warnings) = load_quietly(file)?;
    loaded.tell(warnings);
    Ok(loaded)
}

/// Reads a configuration, and gives what is probably not meant to the caller.
///
/// # Errors
/// When there is no such file, or anything is wrong with it.
pub(crate) fn load_quietly(file: &Path) -> Result<(Loaded, Vec<Problem>)> {
    let source = std::fs::read_to_string(file).with_context(|| {
        format!("cannot read the configuration {}; name another with --config FILE", file.display())
    })?;
    match read(&source, selvedge_components::registry()) {
        Ok(reading) => {
            Ok((Loaded { config: reading.config, file: file.to_owned(), source }, reading.warnings))
        }
        Err(problems) => Err(wrong(file, problems)),
    }
}

impl Loaded {
    /// Fails with what was found in the configuration, shown on the lines of its file.
    ///
    /// # Errors
    /// When there is an error among the findings. Warnings go to stderr.
    pub(crate) fn refuse(&self, findings: Vec<Finding>) -> Result<()> {
        self.tell(self.judge(findings)?);
        Ok(())
    }

    /// Finds the lines of what was found in the configuration: warnings, if that is all.
    ///
    /// # Errors
    /// When there is an error among the findings.
    pub(crate) fn judge(&self, findings: Vec<Finding>) -> Result<Vec<Problem>> {
        let problems = locate(&self.source, findings);
        if problems.has_errors() {
            return Err(wrong(&self.file, problems));
        }
        Ok(problems.into_list())
    }

    /// Shows warnings on stderr.
    pub(crate) fn tell(&self, warnings: Vec<Problem>) {
        if !warnings.is_empty() {
            anstream::eprintln!("{}", render(&Problems::new(warnings, &self.source), &self.file));
        }
    }
}

/// Problems with the lines that they are about, in colours; whoever prints them takes these away where there is no
/// terminal.
fn render(problems: &Problems, file: &Path) -> String {
    problems.render(&file.display().to_string(), &|ink, text| {
        let style = match ink {
            Ink::Severity(Severity::Error) => AnsiColor::Red.on_default().bold(),
            Ink::Severity(Severity::Warning) => AnsiColor::Yellow.on_default().bold(),
            Ink::Message => Style::new().bold(),
            Ink::Margin => AnsiColor::Blue.on_default(),
        };
        format!("{style}{text}{style:#}")
    })
}

/// An error as it is shown: `error:` and its causes on one line, but a configuration's problems as they are rendered.
pub(crate) fn shown(error: &anyhow::Error) -> String {
    let style = AnsiColor::Red.on_default().bold();
    match error.downcast_ref::<Wrong>() {
        Some(wrong) => wrong.to_string(),
        None => format!("{style}error{style:#}: {error:#}"),
    }
}
