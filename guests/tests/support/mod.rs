//! The components of `tests/guests`, and a visit for them.

// Each test uses a part of this.
#![allow(dead_code, unreachable_pub)]

use selvedge_core::component::Moment;
use selvedge_core::event::Event;
use selvedge_core::facts::{Random, Timestamp};
use selvedge_guests::link::{self, Component};
use selvedge_guests::{Called, Limits, Request};

/// A component of `tests/guests`.
pub fn component(name: &str) -> Component {
    link::open(&file(name)).unwrap_or_else(|refusal| panic!("{name}: {refusal}"))
}

/// Its file.
pub fn file(name: &str) -> Vec<u8> {
    let path = format!("{}/../target/guests/{name}.wasm", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}; build it with: scripts/guests.sh"))
}

/// Calls something with a moment.
pub fn at<T>(call: impl FnOnce(&Moment<'_>) -> T) -> T {
    let fuel = std::cell::Cell::new(12_000_000);
    call(&Moment {
        now: Timestamp(1_795_343_700_123),
        random: &Random::from_seed([7; 32]),
        fuel: &fuel,
        token: None,
    })
}

/// Settings.
pub fn settings(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Calls the probe.
pub fn probe(event: &Event, pairs: &[(&str, &str)]) -> Called<Request> {
    at(|moment| component("probe").guest().run(moment, Limits::default()).event(event, &settings(pairs)))
}
