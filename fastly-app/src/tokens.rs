//! Tokens on Fastly: looked for in a KV store, which is optional, else asked for; all at once, after the response.

use std::time::{Duration, Instant};

use fastly::kv_store::KVStore;
use selvedge_core::Edge;
use selvedge_core::facts::Random;
use selvedge_core::plan::{Plan, Seek, Stored, Waiting};

use crate::deliver::{deadline, now, outcome, send};
use crate::log;
use crate::request::seed;

/// The store's name, as `fastly.toml` sets it up.
const STORE: &str = "selvedge-tokens";

/// Comes by the tokens that are waited for, as far as they can be had. Returns how the plan goes on.
pub(crate) fn fetch(edge: &Edge, waiting: Vec<Waiting>) -> Plan {
    let random = Random::from_seed(seed());
    let store = if waiting.iter().any(|waiting| waiting.stored_as().is_some()) { open() } else { None };
    let started = Instant::now();
    let mut asked = Vec::new();
    for waiting in &waiting {
        let stored = waiting.stored_as().and_then(|name| store.as_ref()?.lookup(&name).ok());
        let stored = stored.map(|mut found| found.take_body_bytes());
        match edge.seek_token(waiting, stored.as_deref(), now(), &random) {
            Seek::Done(made) => keep(store.as_ref(), made),
            Seek::Ask(ask) => asked.push((waiting, send(&ask.request, deadline(ask.deadline_ms)), ask)),
            // A sandbox serves one request at a time: whoever was asking here has come to grief.
            Seek::Wait => {}
        }
    }
    for (waiting, pending, ask) in asked {
        let late = (started, deadline(ask.deadline_ms));
        let (outcome, body) = outcome(pending, late, ask.answer_bytes);
        keep(store.as_ref(), edge.token_answered(waiting, &outcome, &body, now(), &random));
    }
    Plan::resume(edge, waiting, now(), seed())
}

fn open() -> Option<KVStore> {
    KVStore::open(STORE).ok().flatten()
}

/// Keeps a token for other instances. Where that fails, each asks for its own.
fn keep(store: Option<&KVStore>, token: Option<Stored>) {
    let (Some(store), Some(Stored { name, text, seconds })) = (store, token) else { return };
    let insert = store.build_insert().time_to_live(Duration::from_secs(seconds.into()));
    if let Err(error) = insert.execute(&name, text) {
        log::problem("the store of tokens", error);
    }
}

/// Forgets a token that its destination has refused.
pub(crate) fn forget(name: &str) {
    if let Some(store) = open() {
        let _ = store.delete(name);
    }
}
