//! The outbox on Fastly: a KV store, from which later requests take what is due, a little each; and where what could not
//! be delivered after all is set aside.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use fastly::kv_store::{InsertMode, KVStore, KVStoreError};
use selvedge_core::Edge;
use selvedge_core::budget::Budget;
use selvedge_core::counts::Counts;
use selvedge_core::facts::Timestamp;
use selvedge_core::outbox::{DEAD_DAYS, DeadLetter, Label, Packed, Parcel, Place};
use selvedge_core::plan::Plan;
use selvedge_core::settle::lost;

use crate::deliver::{Sent, now, send_all};
use crate::log;
use crate::request::seed;

/// The store's name, as `fastly.toml` sets it up.
const STORE: &str = "selvedge-outbox";

/// Who holds this drains. It falls off by itself, should they not come back.
const LEASE: &str = "draining";
const LEASE_FOR: Duration = Duration::from_secs(30);

/// How many parcels one request drains: each takes a look-up and a deletion, and perhaps an insertion.
const PARCELS: u32 = 3;

/// How long an instance leaves the outbox alone after it has looked, in milliseconds.
const REST_MS: i64 = 2_000;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// The store, where there is one.
pub(crate) fn store() -> Option<KVStore> {
    KVStore::open(STORE).ok().flatten()
}

/// Keeps what is to be tried again, and sets aside what is not. What the store does not take is lost, and the log and the
/// counts say so. Returns how many parcels it took.
pub(crate) fn keep(edge: &Edge, parcels: &[Parcel], dead: &[DeadLetter], counts: &mut Counts) -> usize {
    if parcels.is_empty() && dead.is_empty() {
        return 0;
    }
    let store = store();
    let mut kept = 0;
    let keep_for = Duration::from_secs(u64::from(edge.keep_hours()) * 3600) + DAY;
    for parcel in parcels {
        let (texts, large) = parcel.pack();
        if !large.is_empty() {
            counts.lost(&parcel.component, large.len());
            log::line(&lost(&parcel.component, &large, "too large for the outbox"));
        }
        for packed in texts {
            match put(store.as_ref(), &packed, keep_for) {
                Ok(()) => kept += 1,
                Err(problem) => {
                    counts.lost(&parcel.component, packed.label.events);
                    log::line(&lost(&parcel.component, &parcel.events, &problem));
                }
            }
        }
    }
    for packed in dead.iter().flat_map(DeadLetter::pack) {
        match put(store.as_ref(), &packed, DAY * DEAD_DAYS) {
            Ok(()) => log::line(&packed.set_aside()),
            Err(problem) => log::problem("a dead letter", problem),
        }
    }
    kept
}

fn put(store: Option<&KVStore>, packed: &Packed, keep_for: Duration) -> Result<(), String> {
    let store = store.ok_or_else(|| format!("there is no KV store {STORE:?}"))?;
    let insert = store.build_insert().time_to_live(keep_for);
    insert.execute(&packed.label.key(&seed()), packed.text.as_str()).map_err(|error| error.to_string())
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
    let Some(store) = store() else { return };
    let due = due(&store, now);
    if !due.is_empty() && lease(&store).is_ok() {
        let _ = again(edge, &store, due, budget);
    }
}

/// Takes the right to drain: two that do so at once would send the same events twice, with the same ids, but still.
/// [`again`] gives it back.
pub(crate) fn lease(store: &KVStore) -> Result<(), KVStoreError> {
    store.build_insert().mode(InsertMode::Add).time_to_live(LEASE_FOR).execute(LEASE, "")
}

/// Tries these again. Returns the log's lines of what became of them.
pub(crate) fn again(edge: &Edge, store: &KVStore, keys: Vec<String>, budget: Budget) -> Vec<String> {
    let mut parcels = Vec::new();
    let mut taken = Vec::new();
    for key in keys {
        let Some(text) = read(store, &key) else { continue };
        match Parcel::read(text.as_bytes()) {
            Ok(parcel) => parcels.push(parcel),
            Err(problem) => log::problem(&key, problem),
        }
        taken.push(key);
    }
    let Sent { kept, dead, lines, mut counts } =
        send_all(edge, Plan::again(edge, parcels, now(), seed(), budget));
    // Kept first, then forgotten: should this end in between, events come twice with the same ids, and none is lost.
    keep(edge, &kept, &dead, &mut counts);
    log::counts(&counts);
    for key in taken {
        let _ = store.delete(&key);
    }
    let _ = store.delete(LEASE);
    lines
}

/// What a key stands for, if it is still there.
pub(crate) fn read(store: &KVStore, key: &str) -> Option<String> {
    String::from_utf8(store.lookup(key).ok()?.take_body_bytes()).ok()
}

/// The keys of the oldest parcels that are due.
fn due(store: &KVStore, now: Timestamp) -> Vec<String> {
    let page = store.build_list().prefix(Place::Waiting.prefix()).limit(PARCELS).execute();
    let is_due = |key: &String| Label::read(key).is_none_or(|label| label.due <= now);
    page.map(|page| page.into_keys()).unwrap_or_default().into_iter().filter(is_due).collect()
}
