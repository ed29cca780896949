//! What the owner asks: of the outbox, done with its store; of the configuration, in `config.rs`.

use fastly::kv_store::KVStore;
use selvedge_core::Edge;
use selvedge_core::budget::Budget;
use selvedge_core::counts::Counts;
use selvedge_core::head::Reply;
use selvedge_core::outbox::{Label, Parcel, Place};
use selvedge_core::owner::{self, Order};

use crate::deliver::now;
use crate::start::Started;
use crate::{config, debug, outbox};

/// How many keys a page of a list has.
const PAGE: u32 = 500;

/// Does what the owner wants.
pub(crate) fn obey(started: &Started, order: Order, budget: Budget) -> Reply {
    let edge = &started.edge;
    match (order, outbox::store()) {
        (Order::Config { what }, _) => config::obey(started, what),
        (Order::Debug { session, after }, _) => debug::visits(edge, &session, after.as_deref()),
        (_, None) => owner::unavailable("there is no KV store for the outbox", "one, linked to the service"),
        (Order::List { dead, after }, Some(store)) => list(edge, &store, dead, after.as_deref()),
        (Order::Read { names }, Some(store)) => {
            owner::read(edge, &names.iter().filter_map(|name| outbox::read(&store, name)).collect::<Vec<_>>())
        }
        (Order::Drain { names, all }, Some(store)) => drain(edge, &store, names, all, budget),
        (Order::Replay { names, texts }, Some(store)) => replay(edge, &store, &names, texts),
    }
}

fn list(edge: &Edge, store: &KVStore, dead: bool, after: Option<&str>) -> Reply {
    let place = if dead { Place::Dead } else { Place::Waiting };
    let mut page = store.build_list().prefix(place.prefix()).limit(PAGE);
    if let Some(after) = after {
        page = page.cursor(after);
    }
    match page.execute() {
        Ok(page) => owner::listed(edge, page.keys(), page.next_cursor().as_deref()),
        Err(problem) => owner::unavailable(&problem.to_string(), "a page that the store can list"),
    }
}

fn drain(edge: &Edge, store: &KVStore, names: Vec<String>, all: bool, budget: Budget) -> Reply {
    if outbox::lease(store).is_err() {
        return owner::unavailable("another request drains the outbox", "the same order in a second");
    }
    for label in names.iter().filter(|_| all).filter_map(|name| Label::read(name)) {
        edge.call_back(&label.component);
    }
    owner::drained(edge, &outbox::again(edge, store, names, budget))
}

fn replay(edge: &Edge, store: &KVStore, names: &[String], texts: Vec<String>) -> Reply {
    let texts = names.iter().filter_map(|name| outbox::read(store, name)).chain(texts);
    let parcels = texts.filter_map(|text| Parcel::read(text.as_bytes()).ok());
    let parcels: Vec<_> = parcels.map(|parcel| parcel.afresh(now())).collect();
    let kept = outbox::keep(edge, &parcels, &[], &mut Counts::default());
    if kept < parcels.len() {
        return owner::unavailable("the store did not take all of it", "a store that can be written to");
    }
    for name in names {
        let _ = store.delete(name);
    }
    owner::replayed(edge, kept)
}
