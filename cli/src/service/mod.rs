//! The running service, asked at its owner's paths, signed with the key that only the owner and the service have.

pub(crate) mod http;
mod key;

use std::cell::Cell;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};
use selvedge_core::config::{Collect, Origin, Visitor};
use selvedge_core::owner::authorization;
use selvedge_core::visitor::KeyRing;
use serde_json::Value;
use ureq::Agent;

use self::http::ask;
use self::key::{Found, candidates};
use crate::clock::now;
use crate::config;
use crate::https::agent;

/// Where `selvedge dev` has the service answer.
pub(crate) const LOCAL: &str = "http://127.0.0.1:7676";

/// Which service.
#[derive(Debug, clap::Args)]
pub(crate) struct At {
    /// Where the service answers
    #[arg(long, value_name = "URL", default_value = LOCAL)]
    pub(crate) url: String,
    /// The configuration, for the service's paths and its key's name [default: selvedge.toml, where there is one]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// A service that answers its owner.
#[derive(Debug)]
pub(crate) struct Service {
    agent: Agent,
    /// `https://shop.example.com`.
    origin: String,
    /// `/_selvedge/outbox`, or another of the owner's.
    path: String,
    keys: Vec<Found>,
    /// Which of them it knows.
    known: Cell<usize>,
    /// On this machine, where other than real events are.
    pub(crate) local: bool,
}

impl Service {
    /// Finds out how to ask it about a subject, as the last part of its path names that.
    ///
    /// # Errors
    /// When the address, the configuration or the key is not good.
    pub(crate) fn new(At { url, config }: &At, subject: &str) -> Result<Self> {
        let origin = Origin::try_from(url.trim_end_matches('/').to_owned())
            .map_err(|error| anyhow!("--url {url}: {error}"))?;
        let local = origin.host == "localhost" || origin.host == "[::1]" || origin.host.starts_with("127.");
        if !local && !origin.https {
            bail!("--url {url}: what is sent must not travel in the clear; name an https URL");
        }
        let here = std::env::current_dir()?;
        let (path, name) = names(&here, config.as_deref())?;
        let keys = candidates(&name, &here, local);
        if keys.is_empty() {
            let more = if local {
                ", nor is it in .dev.vars, fastly.toml or .selvedge/dev/secrets.json here"
            } else {
                ""
            };
            bail!(
                "the service's key is not known: {name} is not in the environment{more}; give it the value that the \
                   service's secret store has"
            );
        }
        if let [Found { from, keys: Err(problem) }] = &keys[..] {
            bail!("{from}: {problem}");
        }
        let origin = String::from(origin);
        let path = format!("{path}/{subject}");
        Ok(Self { agent: agent(0), origin, path, keys, known: Cell::new(0), local })
    }

    /// Gives an order.
    ///
    /// # Errors
    /// When the service cannot be reached, does not know the key, or cannot do it.
    pub(crate) fn order(&self, order: &Value) -> Result<Value> {
        match self.send(order)? {
            (200, Some(said)) => Ok(said),
            (status, said) => bail!("{}", self.refused(status, said.as_ref())),
        }
    }

    /// Gives an order; the answer may be a refusal.
    pub(crate) fn send(&self, order: &Value) -> Result<(u16, Option<Value>)> {
        let (url, body) = (self.url(), order.to_string());
        loop {
            let at = self.known.get();
            let Some(found) = self.keys.get(at) else { bail!("no key is good") };
            let is_last = at + 1 == self.keys.len();
            let keys = match &found.keys {
                Ok(keys) => keys,
                Err(problem) if is_last => bail!("{}: {problem}", found.from),
                Err(_) => {
                    self.known.set(at + 1);
                    continue;
                }
            };
            let signature = authorization(keys, &self.path, body.as_bytes(), now());
            let (status, said) =
                ask(&self.agent, &url, &signature, Some(&body)).map_err(|error| self.unreachable(&error))?;
            // Each emulator has a key of its own, and which one runs here is not known.
            if status != 403 || is_last {
                return Ok((status, said));
            }
            self.known.set(at + 1);
        }
    }

    /// The key that it knows, once it has been asked.
    pub(crate) fn key(&self) -> Option<&KeyRing> {
        self.keys.get(self.known.get())?.keys.as_ref().ok()
    }

    /// Why an order was refused, for people.
    pub(crate) fn refused(&self, status: u16, said: Option<&Value>) -> String {
        let url = self.url();
        let word = |name: &str| said.and_then(|said| said.get(name)).and_then(Value::as_str);
        match (word("error"), word("expected")) {
            (Some(error), Some(expected)) => {
                let from = self.keys.get(self.known.get()).filter(|_| status == 403);
                let key = from.map(|found| format!(" (the key is {})", found.from)).unwrap_or_default();
                format!("{url} answers {status}: {error}{key}; expected {expected}")
            }
            _ => format!(
                "{url} answers {status}, and not as Selvedge does: is this the service, and `collect.path` its own?"
            ),
        }
    }

    /// Where it is asked.
    pub(crate) fn url(&self) -> String {
        format!("{}{}", self.origin, self.path)
    }

    fn unreachable(&self, error: &anyhow::Error) -> anyhow::Error {
        let hint =
            if self.local { "; does `selvedge dev` run, and there? --url names another address" } else { "" };
        anyhow!("{error:#}{hint}")
    }
}

/// The prefix of the service's own paths, and the name of its key.
fn names(here: &Path, file: Option<&Path>) -> Result<(String, String)> {
    let usual = here.join(config::DEFAULT);
    let file = file.or(Some(usual.as_path()).filter(|usual| usual.is_file()));
    let (collect, visitor) = match file.map(config::load_quietly).transpose()? {
        Some((loaded, _)) => (loaded.config.collect, loaded.config.visitor),
        None => (Collect::default(), Visitor::default()),
    };
    Ok((collect.path, visitor.key.secret))
}
