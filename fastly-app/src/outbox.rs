//! The outbox on Fastly: a KV store, from which later requests take what is due, a little each.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use fastly::kv_store::{InsertMode, KVStore};
use selvedge_core::Edge;
use selvedge_core::budget::Budget;
use selvedge_core::facts::Timestamp;
use selvedge_core::outbox::Parcel;
use selvedge_core::plan::Plan;
use selvedge_core::settle::lost;

use crate::deliver::{now, send_all};
use crate::log;
use crate::request::seed;

/// The store's name, as `fastly.toml` sets it up.
const STORE: &str = "selvedge-outbox";

/// What parcels' keys begin with; then comes when they are due, so that a list has the oldest first.
const PREFIX: &str = "parcel/";

/// Who holds this drains. It falls off by itself, should they not come back.
const LEASE: &str = "draining";
const LEASE_FOR: Duration = Duration::from_secs(30);

/// How many parcels one request drains: each takes a look-up and a deletion, and perhaps an insertion.
const PARCELS: usize = 3;

/// How long an instance leaves the outbox alone after it has looked, in milliseconds.
const REST_MS: i64 = 2_000;

/// Keeps parcels. What the store does not take is lost, and the log says so.
pub(crate) fn keep(edge: &Edge, parcels: &[Parcel]) {
    if parcels.is_empty() {
        return;
    }
    let store = KVStore::open(STORE).ok().flatten();
    let keep_for = Duration::from_secs((u64::from(edge.keep_hours()) + 24) * 3600);
    for parcel in parcels {
        let (texts, large) = parcel.write();
        if !large.is_empty() {
            log::line(&lost(&parcel.component, &large, "too large for the outbox"));
        }
        for text in texts {
            let key = format!("{PREFIX}{:013}-{}", parcel.due.0, hex(&seed()));
            let kept = match &store {
                Some(store) => {
                    let insert = store.build_insert().time_to_live(keep_for);
                    insert.execute(&key, text).map_err(|error| error.to_string())
                }
                None => Err(format!("there is no KV store {STORE:?}")),
            };
            if let Err(problem) = kept {
                log::line(&lost(&parcel.component, &parcel.events, &problem));
            }
        }
    }
}

/// Tries again what is due. One at a time drains, here and elsewhere; `budget` is what the request has left.
pub(crate) fn drain(edge: &Edge, budget: Budget) {
    static LOOKED: AtomicI64 = AtomicI64::new(0);
    let now = now();
    if !edge.has_outbox()
        || budget.subrequests == 0
        || now.0 - LOOKED.swap(now.0, Ordering::Relaxed) < REST_MS
    {
        return;
    }
    let Some(store) = KVStore::open(STORE).ok().flatten() else { return };
    let due = due(&store, now);
    // Two that drain at once would send the same events twice: with the same ids, but still.
    let lease = || store.build_insert().mode(InsertMode::Add).time_to_live(LEASE_FOR).execute(LEASE, "");
    if due.is_empty() || lease().is_err() {
        return;
    }
    let mut parcels = Vec::new();
    let mut taken = Vec::new();
    for key in due {
        let Ok(mut found) = store.lookup(&key) else { continue };
        match Parcel::read(&found.take_body_bytes()) {
            Ok(parcel) => parcels.push(parcel),
            Err(problem) => log::problem(&key, problem),
        }
        taken.push(key);
    }
    let plan = Plan::again(edge, parcels, now, seed(), budget);
    let kept = send_all(edge, plan);
    // Kept first, then forgotten: should this end in between, events come twice with the same ids, and none is lost.
    keep(edge, &kept);
    for key in taken {
        let _ = store.delete(&key);
    }
    let _ = store.delete(LEASE);
}

/// The keys of the oldest parcels that are due.
fn due(store: &KVStore, now: Timestamp) -> Vec<String> {
    let page = store.build_list().prefix(PREFIX).limit(u32::try_from(PARCELS).unwrap_or(1)).execute();
    let is_due = |key: &String| {
        let at = key.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next()?.parse::<i64>().ok());
        at.is_none_or(|at| at <= now.0)
    };
    page.map(|page| page.into_keys()).unwrap_or_default().into_iter().filter(is_due).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
