//! The configuration: which is to be at work, starting with it, and what the owner asks about it.

use selvedge_core::Edge;
use selvedge_core::budget::Platform;
use selvedge_core::config::Site;
use selvedge_core::config::check::secrets;
use selvedge_core::config::compiled::Slot;
use selvedge_core::config::pushed::{choose, forgotten};
use selvedge_core::edge::Secrets;
use selvedge_core::facts::Timestamp;
use selvedge_core::head::Reply;
use selvedge_core::owner::config::{Candidate, Kept, Order, listed, stamped};
use serde::Deserialize;
use serde_json::json;

use super::State;
use crate::{registry, wire};

/// The slot into which the configuration is stamped.
static SLOT: Slot = Slot::empty();

/// An order, and what the adapter has from the platform for it.
#[derive(Deserialize)]
struct Given {
    order: Order,
    /// What the store has: as the current one for a list, under the order's key for a rollback.
    stored: Option<String>,
    /// The store's keys.
    #[serde(default)]
    keys: Vec<String>,
    /// Every binding that is text.
    #[serde(default)]
    secrets: Secrets,
}

impl State {
    /// Chooses the configuration, given what the store has as the current one, empty where it has none. Returns JSON: which
    /// one, the names of the secrets that it asks for, and what was amiss; without the first, nothing can be served.
    pub(crate) fn configure(&mut self, len: usize) -> usize {
        let stored = Some(self.given(len)).filter(|stored| !stored.is_empty());
        let choice = choose(SLOT.configuration(), stored);
        let (config, which) = choice.at_work.unzip();
        let names = config.as_ref().map(secrets);
        let said = json!({"which": which, "secrets": names, "problems": choice.problems}).to_string();
        (self.chosen, self.which) = (config, which);
        self.say(&said, &[])
    }

    /// Makes the edge of the configuration that was chosen, with the secrets in a JSON object. Returns JSON.
    pub(crate) fn start(&mut self, len: usize) -> usize {
        let secrets = serde_json::from_slice(self.given(len)).unwrap_or_default();
        let Some(config) = self.chosen.take() else { return 0 };
        let hosts = |site: &Site| site.hosts.iter().cloned().map(String::from).collect::<Vec<_>>();
        let fallbacks: Vec<_> = config
            .sites
            .iter()
            .map(|site| json!({"hosts": hosts(site), "origin": site.origin.to_string()}))
            .collect();
        let edge = registry::with(|registry| Edge::new(config, registry, &secrets, Platform::CLOUDFLARE));
        let said = json!({
            "problems": edge.problems(),
            "fallbacks": fallbacks,
            "concurrent": Platform::CLOUDFLARE.budget.concurrent,
            "outbox": edge.has_outbox(),
        });
        self.edge = Some(edge);
        self.say(&said.to_string(), &[])
    }

    /// Does what the owner wants of the configuration, as far as it can be done without the store. Returns a reply, or for
    /// one that is to be at work `keep`, the key of its own that it gets (or nothing), and a line with what is written; then
    /// the keys of those that are forgotten, a line each; the body of the reply follows.
    pub(crate) fn configuration(&mut self, len: usize, now: Timestamp) -> usize {
        let Some((head, body)) = self.obeyed(len, now) else { return 0 };
        self.say(&head, &body)
    }

    fn obeyed(&self, len: usize, now: Timestamp) -> Option<(String, Vec<u8>)> {
        let Given { order, stored, mut keys, secrets } = serde_json::from_slice(self.given(len)).ok()?;
        let (edge, which) = (self.edge.as_ref()?, self.which.as_ref()?);
        // Should the clock of whoever built the artifact be ahead, what is wanted now is still the newer.
        let now = now.max(which.at);
        let stored = stored.as_deref().map(str::as_bytes);
        let replied = |reply: Reply| (wire::reply(&reply), reply.body);
        let candidate = match order {
            Order::List => {
                let choice = choose(SLOT.configuration(), stored);
                return Some(replied(listed(edge, which, &choice, &keys)));
            }
            Order::Stamped => {
                let choice = choose(SLOT.configuration(), None);
                return Some(replied(stamped(edge, &choice).unwrap_or_else(|refusal| *refusal)));
            }
            Order::Push { configuration, note } => Candidate::pushed(configuration, note, now),
            Order::Rollback { .. } => Candidate::back(stored, now),
        };
        let judged = candidate
            .and_then(|candidate| registry::with(|registry| candidate.judge(edge, registry, &secrets)));
        Some(match judged {
            Ok(Kept { key, text, reply }) => {
                keys.extend(key.clone());
                let old: String = forgotten(&keys).map(|key| format!("{key}\n")).collect();
                (format!("keep\n{}\n{text}\n{old}", key.unwrap_or_default()), reply.body)
            }
            Err(refusal) => replied(*refusal),
        })
    }
}
