//! A configuration from a file, and its problems as they are shown.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use selvedge_core::config::Config;
use selvedge_core::config::check::{Finding, Severity};
use selvedge_core::config::read::{Problems, locate, read};

/// What is read unless another file is named.
pub(crate) const DEFAULT: &str = "selvedge.toml";

/// A configuration that can be used, and the text that it was read from.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) config: Config,
    pub(crate) file: PathBuf,
    source: String,
}

/// What is wrong with a file: each problem with its line, as the reader renders it.
#[derive(Debug)]
struct Wrong {
    file: PathBuf,
    problems: Problems,
}

impl std::error::Error for Wrong {}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors =
            self.problems.list().iter().filter(|problem| problem.severity == Severity::Error).count();
        let many = if errors == 1 { "error" } else { "errors" };
        write!(f, "{}\n{}: {errors} {many}", self.problems, self.file.display())
    }
}

/// Reads a configuration. What is probably not meant goes to stderr.
///
/// # Errors
/// When there is no such file, or anything is wrong with it.
pub(crate) fn load(file: &Path) -> Result<Loaded> {
    let source = std::fs::read_to_string(file).with_context(|| {
        format!("cannot read the configuration {}; name another with --config FILE", file.display())
    })?;
    match read(&source, selvedge_components::registry()) {
        Ok(reading) => {
            if !reading.warnings.is_empty() {
                anstream::eprintln!("{}", Problems::new(reading.warnings, &source));
            }
            Ok(Loaded { config: reading.config, file: file.to_owned(), source })
        }
        Err(problems) => Err(anyhow!(Wrong { file: file.to_owned(), problems })),
    }
}

impl Loaded {
    /// Fails with what was found in the configuration, shown on the lines of its file.
    ///
    /// # Errors
    /// When there is an error among the findings. Warnings go to stderr.
    pub(crate) fn refuse(&self, findings: Vec<Finding>) -> Result<()> {
        if findings.is_empty() {
            return Ok(());
        }
        let problems = locate(&self.source, findings);
        if problems.has_errors() {
            return Err(anyhow!(Wrong { file: self.file.clone(), problems }));
        }
        anstream::eprintln!("{problems}");
        Ok(())
    }
}

/// An error as it is shown: `error:` and its causes on one line, but a configuration's problems as they are rendered.
pub(crate) fn shown(error: &anyhow::Error) -> String {
    match error.downcast_ref::<Wrong>() {
        Some(wrong) => wrong.to_string(),
        None => format!("error: {error:#}"),
    }
}
