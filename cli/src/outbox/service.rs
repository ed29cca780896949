//! The running service, asked at its owner's path.

use std::cell::Cell;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Result, anyhow, bail};
use selvedge_core::config::{Collect, Origin, Visitor};
use selvedge_core::facts::Timestamp;
use selvedge_core::outbox::Label;
use selvedge_core::owner::{MOST, authorization};
use serde_json::{Value, json};
use ureq::Agent;

use super::http::ask;
use super::key::{Found, candidates};
use crate::config;
use crate::https::agent;

/// A service that answers its owner.
#[derive(Debug)]
pub(super) struct Service {
    agent: Agent,
    /// `https://shop.example.com`.
    origin: String,
    /// `/_selvedge/outbox`.
    path: String,
    keys: Vec<Found>,
    /// Which of them it knows.
    known: Cell<usize>,
    /// On this machine, where other than real events are.
    pub(super) local: bool,
}

/// What there is.
#[derive(Debug)]
pub(super) enum Listing {
    /// The keys of a store, and what they say.
    Parcels(Vec<(String, Label)>),
    /// A queue, which nobody can look into from inside; what its platform counts.
    Queue(Value),
}

impl Service {
    /// Finds out how to ask it.
    ///
    /// # Errors
    /// When the address, the configuration or the key is not good.
    pub(super) fn new(url: &str, file: Option<&Path>) -> Result<Self> {
        let origin = Origin::try_from(url.trim_end_matches('/').to_owned())
            .map_err(|error| anyhow!("--url {url}: {error}"))?;
        let local = origin.host == "localhost" || origin.host == "[::1]" || origin.host.starts_with("127.");
        if !local && !origin.https {
            bail!("--url {url}: events must not travel in the clear; name an https URL");
        }
        let here = std::env::current_dir()?;
        let (path, name) = names(&here, file)?;
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
        let path = format!("{path}/outbox");
        Ok(Self { agent: agent(0), origin, path, keys, known: Cell::new(0), local })
    }

    /// Gives an order.
    ///
    /// # Errors
    /// When the service cannot be reached, does not know the key, or cannot do it.
    pub(super) fn order(&self, order: &Value) -> Result<Value> {
        let (status, said) = self.send(order)?;
        if status == 200 {
            return said.ok_or_else(|| anyhow!("{} answers with something other than JSON", self.url()));
        }
        bail!("{}", self.refused(status, said.as_ref()))
    }

    /// Gives an order; the answer may be a refusal.
    pub(super) fn send(&self, order: &Value) -> Result<(u16, Option<Value>)> {
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

    /// Why an order was refused, for people.
    pub(super) fn refused(&self, status: u16, said: Option<&Value>) -> String {
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

    /// What waits, or was set aside.
    ///
    /// # Errors
    /// As [`Service::order`].
    pub(super) fn list(&self, dead: bool) -> Result<Listing> {
        let (mut parcels, mut after) = (Vec::new(), Value::Null);
        loop {
            let page = self.order(&json!({"do": "list", "dead": dead, "after": after}))?;
            let Some(names) = page.get("names").and_then(Value::as_array) else {
                return Ok(Listing::Queue(page.get("queue").cloned().unwrap_or_default()));
            };
            // Whatever else is in the store is not ours.
            let ours = names
                .iter()
                .filter_map(Value::as_str)
                .filter_map(|name| Some((name.to_owned(), Label::read(name)?)));
            parcels.extend(ours);
            match page.get("next") {
                Some(next @ Value::String(_)) => after = next.clone(),
                _ => return Ok(Listing::Parcels(parcels)),
            }
        }
    }

    /// The parcels themselves.
    ///
    /// # Errors
    /// As [`Service::order`].
    pub(super) fn read(&self, names: &[String]) -> Result<Vec<Value>> {
        let mut parcels = Vec::new();
        for names in names.chunks(MOST) {
            let mut said = self.order(&json!({"do": "read", "names": names}))?;
            let read = said.get_mut("parcels").and_then(Value::as_array_mut);
            parcels.extend(read.map(std::mem::take).unwrap_or_default());
        }
        Ok(parcels)
    }

    fn url(&self) -> String {
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
    let (collect, visitor) = match file.map(config::load).transpose()? {
        Some(loaded) => (loaded.config.collect, loaded.config.visitor),
        None => (Collect::default(), Visitor::default()),
    };
    Ok((collect.path, visitor.key.secret))
}

/// The time.
pub(super) fn now() -> Timestamp {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    Timestamp(i64::try_from(now).unwrap_or_default())
}
