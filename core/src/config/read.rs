//! Reading `selvedge.toml`, with errors for people: all of them at once, each with its line and what to do about it.
//!
//! serde stops at the first value that it cannot take. So the document is read again without that value, as if its
//! key were not there, until the rest can be taken; what was found on the way is the list of problems.

mod document;
mod problem;

use std::collections::BTreeSet;
use std::ops::Range;

use serde::Deserialize;
use toml::de::{DeTable, DeValue};

use super::Config;
use super::check::{Finding, Part, Severity, check};
use super::place::{KeyPath, Step, either, perhaps};
use crate::component::Kind;
use document::{Cause, Value};
pub use problem::{Ink, Inks, Problem, Problems};

/// A configuration that can be used.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The configuration; every component has its id.
    pub config: Config,
    /// What is probably not meant, by line and column.
    pub warnings: Vec<Problem>,
}

/// Reads a configuration and checks it as a whole, for any platform.
///
/// # Errors
/// Everything that is wrong with it. Where the file is not TOML, that alone.
pub fn read(source: &str, registry: &[Kind]) -> Result<Reading, Problems> {
    let file = File::parse(source)?;
    let mut passed = BTreeSet::new();
    let mut findings = Vec::new();
    let config = file.typed(&mut passed, &mut findings);
    let mut problems: Vec<_> = findings.into_iter().map(|finding| file.place(finding)).collect();
    let Some(config) = config else { return Err(Problems::new(problems, source)) };
    // What the whole lacks for want of a value that was passed over is no news, and what it only seems to do, such as
    // serving every host for want of a good one, no warning.
    let news = check(&config, registry).into_iter().map(|finding| file.as_written(finding, &passed));
    let news = news.filter(|finding| {
        let counts = passed.is_empty() || finding.severity == Severity::Error;
        counts && !passed.iter().any(|path| path.touches(&finding.path))
    });
    problems.extend(news.map(|finding| file.place(finding)));
    let problems = Problems::new(problems, source);
    if problems.has_errors() { Err(problems) } else { Ok(Reading { config, warnings: problems.into_list() }) }
}

/// Finds the lines of what [`super::check::check_platform`] found in a configuration that was [`read`] from `source`.
#[must_use]
pub fn locate(source: &str, findings: Vec<Finding>) -> Problems {
    match File::parse(source) {
        Ok(file) => Problems::new(findings.into_iter().map(|finding| file.place(finding)).collect(), source),
        Err(problems) => problems,
    }
}

/// A file that is TOML.
struct File<'s> {
    source: &'s str,
    root: DeValue<'s>,
}

impl<'s> File<'s> {
    fn parse(source: &'s str) -> Result<Self, Problems> {
        let (table, errors) = DeTable::parse_recoverable(source);
        if errors.is_empty() {
            return Ok(Self { source, root: DeValue::Table(table.into_inner()) });
        }
        let problem = |error: toml::de::Error| {
            let span = error.span().unwrap_or_default();
            Problem { message: error.message().to_owned(), ..Problem::at(source, &span) }
        };
        Err(Problems::new(errors.into_iter().map(problem).collect(), source))
    }

    /// The configuration without what could not be taken, which is noted. Always there unless the model comes to
    /// demand something of the file itself.
    fn typed(&self, passed: &mut BTreeSet<KeyPath>, findings: &mut Vec<Finding>) -> Option<Config> {
        loop {
            let document = Value { value: &self.root, path: &KeyPath::default(), passed };
            let fault = match Config::deserialize(document) {
                Ok(mut config) => {
                    for component in &mut config.components {
                        if component.id.is_empty() {
                            component.id.clone_from(&component.kind);
                        }
                    }
                    return Some(config);
                }
                Err(fault) => fault,
            };
            let path = fault.path.clone().unwrap_or_default();
            // A key that was passed over is missing, but that was said already.
            let said = matches!(fault.cause, Cause::Missing(key) if passed.contains(&path.key(key)));
            if !said {
                findings.push(explain(fault.cause, &path));
            }
            if !passed.insert(path) || passed.contains(&KeyPath::default()) {
                return None;
            }
        }
    }

    /// Turns a path into the typed configuration into one into the file, where what was passed over still counts.
    fn as_written(&self, finding: Finding, passed: &BTreeSet<KeyPath>) -> Finding {
        let mut path = KeyPath::default();
        for step in finding.path.steps() {
            let step = match step {
                Step::Index(index) => {
                    let kept = (0..).filter(|index| !passed.contains(&path.index(*index))).nth(*index);
                    Step::Index(kept.unwrap_or(*index))
                }
                key @ Step::Key(_) => key.clone(),
            };
            path = path.then(step);
        }
        Finding { path, ..finding }
    }

    /// Finds the line of a finding: of the value or its key, or of the nearest table where the key is absent.
    fn place(&self, finding: Finding) -> Problem {
        let span = self.span(&finding.path, finding.part);
        let Finding { severity, path, message, help, .. } = finding;
        Problem { severity, key: path.to_string(), message, help, ..Problem::at(self.source, &span) }
    }

    fn span(&self, path: &KeyPath, part: Part) -> Range<usize> {
        let mut span = 0..0;
        let mut value = &self.root;
        for step in path.steps() {
            let next = match (step, value) {
                (Step::Key(key), DeValue::Table(table)) => {
                    table.get_key_value(key.as_str()).map(|(key, value)| (key.span(), value))
                }
                (Step::Index(index), DeValue::Array(array)) => {
                    array.get(*index).map(|value| (value.span(), value))
                }
                _ => None,
            };
            let Some((key, next)) = next else { return span };
            span = if part == Part::Key { key } else { next.span() };
            value = next.get_ref();
        }
        span
    }
}

fn explain(cause: Cause, path: &KeyPath) -> Finding {
    let value = |message: String, help| Finding {
        severity: Severity::Error,
        path: path.clone(),
        part: Part::Value,
        message,
        help,
    };
    match cause {
        Cause::UnknownKey { key, known } => {
            let message = perhaps(format!("unknown key `{key}`"), &key, known.iter().copied());
            let help = (!message.ends_with('?')).then(|| format!("known here: {}", known.join(", ")));
            Finding { part: Part::Key, ..value(message, help) }
        }
        Cause::UnknownWord { word, known } => {
            let message = perhaps(format!("unknown word {word:?}"), &word, known.iter().copied());
            value(message, Some(format!("it is {}", either(known.iter().copied()))))
        }
        Cause::Missing(key) => {
            Finding { path: path.key(key), ..value(format!("the key `{key}` is missing"), None) }
        }
        Cause::Other { message, help } => value(message, help),
    }
}

#[cfg(test)]
#[path = "read/tests.rs"]
mod tests;
