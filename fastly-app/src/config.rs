//! Configurations that were pushed, on Fastly: a KV store, which is optional; and what the owner asks of it.

use fastly::kv_store::{KVStore, KVStoreError};
use fastly::secret_store::SecretStore;
use selvedge_core::budget::Platform;
use selvedge_core::config::pushed::{CURRENT, PREFIX, choose, forgotten};
use selvedge_core::edge::Secrets;
use selvedge_core::head::Reply;
use selvedge_core::owner::config::{Candidate, Kept, Order, listed, no_store, stamped};
use selvedge_core::owner::unavailable;

use crate::deliver::now;
use crate::start::{SLOT, Started, secret};
use crate::{log, registry};

/// The store's name, as `fastly.toml` sets it up.
const STORE: &str = "selvedge-config";

/// How many keys a list has: more than are kept.
const PAGE: u32 = 100;

fn store() -> Option<KVStore> {
    KVStore::open(STORE).ok().flatten()
}

/// What the store has as the current one. Where there is no store, nothing is looked up.
pub(crate) fn current() -> Option<Vec<u8>> {
    read(&store()?, CURRENT)
}

fn read(store: &KVStore, key: &str) -> Option<Vec<u8>> {
    match store.lookup(key) {
        Ok(mut found) => Some(found.take_body_bytes()),
        Err(KVStoreError::ItemNotFound) => None,
        Err(problem) => {
            log::problem("the store of configurations", problem);
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
    Box::new(unavailable(&format!("the store of configurations: {problem}"), "a store that answers"))
}
