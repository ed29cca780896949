//! Configurations that were pushed, on Fastly: a KV store, which is optional; and what the owner asks of it.

use std::time::Duration;

use fastly::kv_store::{KVStore, KVStoreError, LookupResponse};
use fastly::secret_store::SecretStore;
use selvedge_core::budget::Platform;
use selvedge_core::config::pushed::{CURRENT, PREFIX, choose, forgotten};
use selvedge_core::edge::Secrets;
use selvedge_core::head::Reply;
use selvedge_core::owner::config::{Candidate, Kept, Order, listed, no_store, stamped};
use selvedge_core::owner::unavailable;

use crate::deliver::now;
use crate::start::{SLOT, Started, secret};
use crate::wait::ready_within;
use crate::{log, registry};

/// The store's name, as `fastly.toml` sets it up.
const STORE: &str = "selvedge-config";

/// What it is called where it makes trouble.
const WHAT: &str = "the store of configurations";

/// How many keys a list has: more than are kept.
const PAGE: u32 = 100;

fn store() -> Option<KVStore> {
    KVStore::open(STORE).ok().flatten()
}

/// How long a visitor may wait for the store, once per sandbox. A read takes under a millisecond, and up to this of what has
/// changed or was not read nearby of late:
/// [data stores](https://www.fastly.com/documentation/guides/concepts/edge-state/data-stores).
const PATIENCE: Duration = Duration::from_millis(300);

/// What the store has as the current one. Where there is no store, nothing is looked up; where it takes too long, this
/// sandbox does without.
pub(crate) fn current() -> Option<Vec<u8>> {
    let store = store()?;
    let pending = match store.build_lookup().execute_async(CURRENT) {
        Ok(pending) => pending,
        Err(problem) => return found(Err(problem)),
    };
    // What the SDK says against it holds for components of WASI 0.2, which this is none of.
    #[allow(deprecated)]
    if !ready_within(pending.as_u32(), PATIENCE) {
        log::problem(WHAT, format_args!("no answer in {} ms", PATIENCE.as_millis()));
        return None;
    }
    found(store.pending_lookup_wait(pending))
}

fn read(store: &KVStore, key: &str) -> Option<Vec<u8>> {
    found(store.lookup(key))
}

fn found(looked_up: Result<LookupResponse, KVStoreError>) -> Option<Vec<u8>> {
    match looked_up {
        Ok(mut found) => Some(found.take_body_bytes()),
        Err(KVStoreError::ItemNotFound) => None,
        Err(problem) => {
            log::problem(WHAT, problem);
            None
        }
    }
}

/// Does what the owner wants.
pub(crate) fn obey(started: &Started, order: Order) -> Reply {
    let Some(store) = store() else {
        return no_store(&format!("a KV store {STORE:?}, linked to the service"));
    };
    // Should the clock of whoever built the artifact be ahead, what is wanted now is still the newer.
    let now = now().max(started.which.at);
    let done = match order {
        Order::List => list(started, &store),
        Order::Push { configuration, note } => {
            Candidate::pushed(configuration, note, now).and_then(|candidate| keep(started, &store, candidate))
        }
        Order::Rollback { key } => Candidate::back(read(&store, &key).as_deref(), now)
            .and_then(|candidate| keep(started, &store, candidate)),
        Order::Stamped => stamped(&started.edge, &choose(SLOT.configuration(), None))
            .and_then(|reply| written(store.delete(CURRENT), reply)),
    };
    done.unwrap_or_else(|refusal| *refusal)
}

fn list(started: &Started, store: &KVStore) -> Result<Reply, Box<Reply>> {
    let choice = choose(SLOT.configuration(), read(store, CURRENT).as_deref());
    Ok(listed(&started.edge, &started.which, &choice, &keys(store).map_err(busy)?))
}

/// Judges a configuration, and where it is good makes it the current one.
fn keep(started: &Started, store: &KVStore, candidate: Candidate) -> Result<Reply, Box<Reply>> {
    let mut secrets: Secrets = started.secrets.clone();
    let secret_store = SecretStore::open(crate::start::STORE).ok();
    for name in candidate.secrets().into_iter().take(Platform::FASTLY.budget.lookups as usize) {
        if !secrets.contains_key(name) {
            secrets.extend(secret(secret_store.as_ref(), name));
        }
    }
    let judged = registry::with(|registry| candidate.judge(&started.edge, registry, &secrets));
    let Kept { key, text, reply } = judged?;
    // By its own key first: what is at work can then always be found again.
    if let Some(key) = &key {
        store.insert(key, text.as_str()).map_err(busy)?;
    }
    let done = written(store.insert(CURRENT, text), reply);
    for old in forgotten(&keys(store).unwrap_or_default()) {
        let _ = store.delete(old);
    }
    done
}

fn keys(store: &KVStore) -> Result<Vec<String>, KVStoreError> {
    Ok(store.build_list().prefix(PREFIX).limit(PAGE).execute()?.into_keys())
}

fn written(result: Result<(), KVStoreError>, reply: Reply) -> Result<Reply, Box<Reply>> {
    match result {
        // What is not there need not be taken away.
        Ok(()) | Err(KVStoreError::ItemNotFound) => Ok(reply),
        Err(problem) => Err(busy(problem)),
    }
}

#[allow(clippy::needless_pass_by_value)] // as `map_err` gives it
fn busy(problem: KVStoreError) -> Box<Reply> {
    Box::new(unavailable(&format!("{WHAT}: {problem}"), "a store that answers"))
}
