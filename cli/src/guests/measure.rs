//! What third parties' components take: each is called with a sample event of each type, as it would be at the edge, where the
//! same call takes the same number of instructions.

use std::cell::Cell;

use selvedge_core::component::Moment;
use selvedge_core::config::Component;
use selvedge_core::event::EventType;
use selvedge_core::facts::{Random, Timestamp};
use selvedge_guests::pack::texts;
use selvedge_guests::{Failure, Interface, Limits, sample};

use super::Linked;

/// How many instructions are interpreted in a millisecond, on either platform's kind of machine.
pub(crate) const PER_MS: u64 = 400_000;

/// One call.
#[derive(Debug)]
pub(crate) struct Measured {
    /// The sample's type.
    pub(crate) event: EventType,
    /// Instructions, those of the instance's start included.
    pub(crate) fuel: u64,
    /// Bytes.
    pub(crate) memory: usize,
    /// How it failed, if it did.
    pub(crate) failure: Option<Failure>,
}

/// What a configured component takes for each type of event that it gets. Secrets are not known here: their names stand in.
pub(crate) fn measure(component: &Component, linked: &Linked) -> Vec<Measured> {
    if linked.component.interface == Interface::ConsentMapping {
        return Vec::new();
    }
    let guest = linked.component.guest();
    let limits = Limits {
        fuel: component.limits.fuel.into(),
        memory: usize::from(component.limits.memory_mib) << 20,
        ..Limits::default()
    };
    let settings = texts(&component.settings);
    let called = component.events.iter().map(|event| {
        let (random, fuel) = (Random::from_seed([0; 32]), Cell::new(limits.fuel));
        let moment = Moment { now: Timestamp(1_795_343_700_123), random: &random, fuel: &fuel, token: None };
        let called = guest.run(&moment, limits).event(&sample::event(*event), &settings);
        Measured { event: *event, fuel: called.fuel, memory: called.memory, failure: called.result.err() }
    });
    called.collect()
}

/// So many instructions as milliseconds.
pub(crate) fn ms(fuel: u64) -> String {
    let hundredths = (fuel * 100).div_ceil(PER_MS);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}
