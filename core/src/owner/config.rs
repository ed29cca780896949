//! What the owner asks about the configuration, by `selvedge config`: another one at work without a deployment, an earlier
//! one back, and what there is. What is wrong with one is said, and nothing changes.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{done, unavailable};
use crate::account::DropReason;
use crate::component::Registry;
use crate::config::check::{Severity, check, check_platform, secrets};
use crate::config::compiled::{Compiled, CompiledError, MAX_BYTES};
use crate::config::pushed::{Choice, Entry, MAX_NOTE, Pushed, Which};
use crate::edge::{Edge, Secrets, build, keys, mapping};
use crate::facts::Timestamp;
use crate::head::Reply;
use crate::receive::refusal;

/// The longest body, in bytes: the configuration in base64, and what stands around it.
pub(super) const MAX_BODY: usize = MAX_BYTES.div_ceil(3) * 4 + 2_048;

/// What the owner wants of the configuration. As it is written, too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Order {
    /// To know which is at work, and which there are.
    List,
    /// To have this one at work.
    Push {
        /// The compiled form, in base64.
        configuration: String,
        /// A line to find it by.
        #[serde(default)]
        note: String,
    },
    /// To have one at work again that was pushed before.
    Rollback {
        /// Its key.
        key: String,
    },
    /// To have the artifact's own at work again.
    Stamped,
}

impl Order {
    /// Reads an order. The error is what is wrong, and what was expected.
    pub(super) fn read(body: &[u8]) -> Result<Self, (String, String)> {
        let order: Self = serde_json::from_slice(body).map_err(|error| {
            (error.to_string(), "a JSON object whose `do` is list, push, rollback or stamped".to_owned())
        })?;
        match &order {
            Self::Push { note, .. } if note.len() > MAX_NOTE || note.chars().any(char::is_control) => {
                Err(("the note is too long".to_owned(), format!("a line of at most {MAX_NOTE} bytes")))
            }
            Self::Rollback { key } if Entry::read(key).is_none() => {
                Err((format!("{key:?} as `key`"), "a key as the list has it".to_owned()))
            }
            _ => Ok(order),
        }
    }
}

/// A configuration that the owner wants at work, and that is still to be judged.
#[derive(Debug)]
pub struct Candidate {
    compiled: Compiled,
    pushed: Pushed,
    is_new: bool,
}

/// What is to be written to the store, and then said.
#[derive(Debug)]
pub struct Kept {
    /// The key of its own that it gets, unless it has it already.
    pub key: Option<String>,
    /// What is written there, and as [`crate::config::pushed::CURRENT`].
    pub text: String,
    /// The answer, once it is written.
    pub reply: Reply,
}

impl Candidate {
    /// One that the owner has sent: [`Order::Push`].
    ///
    /// # Errors
    /// The complete answer, where it cannot be read.
    pub fn pushed(configuration: String, note: String, now: Timestamp) -> Result<Self, Box<Reply>> {
        let bytes = STANDARD.decode(&configuration).map_or(0, |bytes| bytes.len());
        if bytes > MAX_BYTES {
            return Err(refuse(
                &format!("the configuration takes {bytes} bytes"),
                &format!("at most {MAX_BYTES} bytes"),
            ));
        }
        let mut pushed = Pushed { at: now, key: String::new(), configuration };
        let compiled = pushed.load().map_err(|problem| unreadable(&problem))?;
        pushed.key = Entry { at: now, id: compiled.id.clone(), bytes, note }.key();
        Ok(Self { compiled, pushed, is_new: true })
    }

    /// One that the store has under the key of an [`Order::Rollback`].
    ///
    /// # Errors
    /// The complete answer, where it is not there or cannot be read.
    pub fn back(stored: Option<&[u8]>, now: Timestamp) -> Result<Self, Box<Reply>> {
        let Some(stored) = stored else {
            let (problem, expected) = ("the store does not have it", "a key as the list has it");
            return Err(Box::new(refusal(StatusCode::NOT_FOUND, problem, expected)));
        };
        let pushed = Pushed::read(stored).map_err(|problem| unreadable(&problem))?;
        let compiled = pushed.load().map_err(|problem| unreadable(&problem))?;
        Ok(Self { compiled, pushed: Pushed { at: now, ..pushed }, is_new: false })
    }

    /// The names of the secrets that it asks the platform's store for.
    #[must_use]
    pub fn secrets(&self) -> BTreeSet<&str> {
        secrets(&self.compiled.config)
    }

    /// Judges it as it would be at work here: by all checks of the command, by the components that this artifact has, and by
    /// the secrets that are in the store.
    ///
    /// # Errors
    /// The complete answer, where something is wrong with it.
    pub fn judge<'r>(
        self,
        edge: &Edge,
        registry: impl Into<Registry<'r>>,
        secrets: &Secrets,
    ) -> Result<Kept, Box<Reply>> {
        let (registry, config) = (registry.into(), &self.compiled.config);
        let mut findings = check(config, registry.kinds);
        findings.extend(check_platform(config, registry.kinds, &edge.platform));
        if let Some(wrong) = findings.into_iter().find(|finding| finding.severity == Severity::Error) {
            let expected = wrong.help.unwrap_or_else(|| "what `selvedge check` finds good".to_owned());
            return Err(refuse(&format!("{}: {}", wrong.path, wrong.message), &expected));
        }
        let (path, own) = (&config.collect.path, &edge.config.collect.path);
        if path != own {
            let expected =
                format!("{own:?}: pages that are open post there, and only a deployment changes it");
            return Err(refuse(&format!("collect.path: {path:?}"), &expected));
        }
        if let Err(problem) = keys(&config.visitor, secrets) {
            let problem = format!("visitor.key: {problem}");
            return Err(refuse(&problem, "a key in the secret store, by which the owner is known as well"));
        }
        if let Err(problem) = mapping(&config.consent, registry) {
            return Err(refuse(
                &format!("consent.file: {problem}"),
                "a component that this artifact carries",
            ));
        }
        let mut warnings = Vec::new();
        for component in &config.components {
            match build(component, registry, secrets) {
                Ok(_) => {}
                Err((DropReason::MissingSecret, problem)) => {
                    warnings.push(format!("{}: {problem}", component.id));
                }
                Err((_, problem)) => {
                    let expected = "a component that this artifact carries; deploying builds another";
                    return Err(refuse(&format!("{}: {problem}", component.id), expected));
                }
            }
        }
        let Self { pushed, is_new, compiled } = self;
        let name = Entry::read(&pushed.key).map_or(compiled.id, |entry| entry.name());
        let reply = done(edge, json!({"id": name, "at": pushed.at.rfc3339(), "warnings": warnings}));
        Ok(Kept { text: pushed.text(), key: is_new.then_some(pushed.key), reply })
    }
}

/// The answer to an order to list: which is at work in the instance that answers, which one is in those that start from now
/// on, and the keys of those that were pushed.
#[must_use]
pub fn listed(edge: &Edge, running: &Which, choice: &Choice, keys: &[String]) -> Reply {
    let entries: Vec<_> = keys.iter().filter(|key| Entry::read(key).is_some()).collect();
    let chosen = choice.at_work.as_ref().map(|(_, which)| which);
    let Choice { stamped, problems, .. } = choice;
    done(
        edge,
        json!({"running": running, "chosen": chosen, "stamped": stamped, "entries": entries, "problems": problems}),
    )
}

/// The answer to an order for the artifact's own configuration, once the store is without a current one.
///
/// # Errors
/// The complete answer, where the artifact has none: then nothing is to be done.
pub fn stamped(edge: &Edge, choice: &Choice) -> Result<Reply, Box<Reply>> {
    match &choice.stamped {
        Some(Which { id, at, .. }) => Ok(done(edge, json!({"id": id, "at": at.rfc3339(), "warnings": []}))),
        None => Err(refuse("the artifact carries no configuration", "one that was pushed")),
    }
}

/// The answer where the platform has no store for configurations.
#[must_use]
pub fn no_store(expected: &str) -> Reply {
    unavailable("there is no store for configurations", expected)
}

fn unreadable(problem: &CompiledError) -> Box<Reply> {
    let expected = concat!("one that `selvedge` ", env!("CARGO_PKG_VERSION"), " has compiled");
    refuse(&problem.to_string(), expected)
}

fn refuse(problem: &str, expected: &str) -> Box<Reply> {
    Box::new(refusal(StatusCode::UNPROCESSABLE_ENTITY, problem, expected))
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
