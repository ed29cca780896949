//! A component as a destination: what it costs when it does not do what it should, and what a visit may cost in all.

// Tests may assert as tests do.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::cell::Cell;

use selvedge_core::account::DropReason;
use selvedge_core::component::{Destination, Encoded, Foreign, Moment, ResolvedSettings};
use selvedge_core::config::{self, Setting};
use selvedge_core::event::Event;
use selvedge_core::facts::{Random, Timestamp};
use selvedge_guests::pack::{Guests, pack};
use selvedge_guests::sample::{page, track};
use serde_json::json;
use support::component;

fn destination(does: &str, limits: config::GuestLimits) -> Box<dyn Destination> {
    let probe = component("probe");
    let packed = pack([("probe.wasm", probe.interface, probe.module.as_slice())]).leak();
    let guests = Guests::read(packed).unwrap();
    let mut configured: config::Component =
        serde_json::from_value(json!({ "kind": "wasm", "id": "probe", "file": "probe.wasm" })).unwrap();
    configured.limits = limits;
    let mut settings = ResolvedSettings::default();
    settings.values.insert("does".into(), Setting::Text(does.into()));
    guests.destination(&configured, &settings).unwrap()
}

fn encode(does: &str, batch: &[&Event], fuel: &Cell<u64>) -> Encoded {
    let random = Random::from_seed([7; 32]);
    let moment = Moment { now: Timestamp(1_795_343_700_123), random: &random, fuel, token: None };
    destination(does, config::GuestLimits::default()).encode(batch, &moment)
}

/// Of an encoding: which events are carried, and why which are not.
fn told(encoded: &Encoded) -> (Vec<usize>, Vec<(usize, DropReason, &str)>) {
    let carried = encoded.requests.iter().flat_map(|(_, events)| events.clone()).collect();
    let silent = encoded.dropped.iter().map(|(event, reason)| (*event, *reason, ""));
    let refused = encoded.refused.iter();
    let refused = refused.flat_map(|of| of.events.iter().map(|event| (*event, of.reason, of.said.as_str())));
    (carried, refused.chain(silent).collect())
}

#[test]
fn a_trap_costs_its_event_and_a_loop_all_that_follow() {
    let (page, track) = (page(), track());
    let plenty = Cell::new(12_000_000);
    let trapped = encode("trap-on-track", &[&page, &track, &page], &plenty);
    let why = "it trapped: wasm `unreachable` instruction executed";
    assert_eq!(told(&trapped), (vec![0, 2], vec![(1, DropReason::ComponentFailed, why)]));
    assert!(plenty.get() > 10_000_000, "{}", plenty.get());

    let looped = encode("loop", &[&page, &track, &page], &plenty);
    let why = "it was not done after 4000000 instructions";
    let failed = DropReason::ComponentFailed;
    assert_eq!(told(&looped), (vec![], vec![(0, failed, why), (1, failed, ""), (2, failed, "")]));
    assert!(plenty.get() > 6_000_000, "{}", plenty.get());
}

#[test]
fn what_a_visit_may_compute_is_counted_down() {
    let page = page();
    let one = Cell::new(12_000_000);
    assert_eq!(told(&encode("echo", &[&page], &one)).0, [0]);
    let cost = 12_000_000 - one.get();
    // Enough for two, and a little: the instance is started once.
    let left = Cell::new(cost * 2 + 20_000);
    let (carried, dropped) = {
        let encoded = encode("echo", &[&page, &page, &page, &page], &left);
        let (carried, dropped) = told(&encoded);
        (carried, dropped.iter().map(|(event, reason, _)| (*event, *reason)).collect::<Vec<_>>())
    };
    assert_eq!(carried, [0, 1]);
    assert_eq!(dropped, [(2, DropReason::OverBudget), (3, DropReason::OverBudget)]);
}

#[test]
fn every_event_is_accounted_for() {
    let (page, track) = (page(), track());
    for does in ["echo", "refuse", "panic", "loop", "allocate", "megabyte", "header", "get-with-body", "x"] {
        let encoded = encode(does, &[&page, &track, &page], &Cell::new(12_000_000));
        let (mut all, dropped) = told(&encoded);
        all.extend(dropped.iter().map(|(event, ..)| event));
        all.sort_unstable();
        assert_eq!(all, [0, 1, 2], "{does}");
    }
}
