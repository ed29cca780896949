//! What third parties' components take: each is called with a sample event of each type, or a sample of the cookie that it reads,
//! as it would be at the edge, where the same call takes the same number of instructions.

use std::cell::Cell;

use selvedge_core::component::{MAPPING_FUEL, Moment};
use selvedge_core::config::{Cmp, Component, Consent};
use selvedge_core::event::EventType;
use selvedge_core::facts::{Random, Timestamp};
use selvedge_guests::pack::texts;
use selvedge_guests::{Called, Failure, Limits, Run, sample};

use super::Linked;

/// How many instructions are interpreted in a millisecond, on either platform's kind of machine.
pub(crate) const PER_MS: u64 = 400_000;

/// What a call was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Given {
    /// The sample event of a type.
    Event(EventType),
    /// The cookie of a consent platform.
    Cookie,
}

impl Given {
    /// `page`, `track`, `user` or `cookie`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Event(event) => event.word(),
            Self::Cookie => "cookie",
        }
    }
}

/// One call.
#[derive(Debug)]
pub(crate) struct Measured {
    /// The sample that it was given.
    pub(crate) given: Given,
    /// Instructions, those of the instance's start included.
    pub(crate) fuel: u64,
    /// Bytes.
    pub(crate) memory: usize,
    /// How it failed, if it did.
    pub(crate) failure: Option<Failure>,
}

/// What a configured component takes for each type of event that it gets. Secrets are not known here: their names stand in.
pub(crate) fn measure(component: &Component, linked: &Linked) -> Vec<Measured> {
    let limits = Limits {
        fuel: component.limits.fuel.into(),
        memory: usize::from(component.limits.memory_mib) << 20,
        ..Limits::default()
    };
    let settings = texts(&component.settings);
    let called = component.events.iter().map(|event| {
        let call = |run: &mut Run| run.event(&sample::event(*event), &settings);
        called(linked, limits, Given::Event(*event), call)
    });
    called.collect()
}

/// What reading a consent platform's cookie takes, if this component does that. What is in the cookie only the platform knows: one
/// that is not understood shows what that takes. Without the cookie nobody asks.
pub(crate) fn measure_mapping(consent: &Consent, linked: &Linked) -> Option<Measured> {
    if consent.cmp != Cmp::Wasm || consent.file.as_ref() != Some(&linked.file) {
        return None;
    }
    let limits = Limits { fuel: MAPPING_FUEL, ..Limits::default() };
    let cookies = [(consent.cookie.clone()?, sample::COOKIE.to_owned())];
    let settings = texts(&consent.settings);
    Some(called(linked, limits, Given::Cookie, |run| run.map(&cookies, &settings)))
}

/// A call of a fresh instance.
fn called<T>(
    linked: &Linked,
    limits: Limits,
    given: Given,
    call: impl FnOnce(&mut Run) -> Called<T>,
) -> Measured {
    let (random, fuel) = (Random::from_seed([0; 32]), Cell::new(limits.fuel));
    let moment = Moment { now: Timestamp(1_795_343_700_123), random: &random, fuel: &fuel, token: None };
    let Called { result, fuel, memory, .. } = call(&mut linked.component.guest().run(&moment, limits));
    Measured { given, fuel, memory, failure: result.err() }
}

/// So many instructions as milliseconds.
pub(crate) fn ms(fuel: u64) -> String {
    let hundredths = (fuel * 100).div_ceil(PER_MS);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}
