//! Visits of debug sessions on Fastly: in a KV store, which is optional, for the owner to fetch.

use std::time::Duration;

use fastly::kv_store::KVStore;
use selvedge_core::Edge;
use selvedge_core::debug::{KEEP_SECONDS, MOST, Record};
use selvedge_core::head::Reply;
use selvedge_core::owner;

use crate::{log, outbox};

/// The store's name, as `fastly.toml` sets it up.
const STORE: &str = "selvedge-debug";

/// How many keys are listed: more visits than a person makes in the hour for which they are kept.
const PAGE: u32 = 1_000;

/// The store, where there is one.
pub(crate) fn store() -> Option<KVStore> {
    KVStore::open(STORE).ok().flatten()
}

/// Keeps a visit for its owner.
pub(crate) fn keep(record: &Record) {
    let Some(store) = store() else { return };
    let insert = store.build_insert().time_to_live(Duration::from_secs(KEEP_SECONDS.into()));
    if let Err(problem) = insert.execute(record.key(), record.text()) {
        log::problem("the store of visits", problem);
    }
}

/// The next visits of a session after one.
pub(crate) fn visits(edge: &Edge, session: &str, after: Option<&str>) -> Reply {
    let Some(store) = store() else {
        return owner::unavailable(
            "there is no KV store for visits",
            "one called selvedge-debug, linked to the service",
        );
    };
    let keys = match store.build_list().prefix(&format!("{session}/")).limit(PAGE).execute() {
        Ok(page) => page.into_keys(),
        Err(problem) => return owner::unavailable(&problem.to_string(), "a page that the store can list"),
    };
    let next = keys.into_iter().filter(|key| after.is_none_or(|after| key.as_str() > after)).take(MOST);
    let visits: Vec<_> = next.filter_map(|key| outbox::read(&store, &key).map(|text| (key, text))).collect();
    owner::visits(edge, &visits)
}
