//! What was kept in the outbox, tried again.

use std::cell::Cell;
use std::collections::BTreeMap;

use uuid::Uuid;

use super::Plan;
use crate::account::{DropReason, KeepReason};
use crate::budget::Budget;
use crate::component::Moment;
use crate::counts::Tally;
use crate::edge::Edge;
use crate::event::Event;
use crate::facts::{Random, Timestamp};
use crate::outbox::{DeadLetter, Parcel};
use crate::trace;

impl Plan {
    /// Plans what the outbox held. Parcels of one destination become one batch where its format does not tell visits
    /// apart. What cannot be sent now is in [`Plan::parcels`] again.
    #[must_use]
    pub fn again(
        edge: &Edge,
        parcels: Vec<Parcel>,
        now: Timestamp,
        seed: [u8; 32],
        mut budget: Budget,
    ) -> Self {
        let mut plan = Self { whole: edge.tells_all(), ..Self::default() };
        let random = Random::from_seed(seed);
        let fuel = Cell::new(budget.fuel);
        let moment = Moment { now, random: &random, fuel: &fuel, token: None };
        let mut dropped: BTreeMap<(String, DropReason), Vec<Uuid>> = BTreeMap::new();
        let rules = &edge.config.delivery;
        for parcel in merged(edge, parcels) {
            let id = parcel.component.clone();
            plan.counts.add(&id, Tally::Retaken, parcel.events.len());
            let mut drop = |reason, event: &Event| {
                dropped.entry((id.clone(), reason)).or_default().push(event.uuid);
            };
            let component = edge.components.iter().find(|component| component.config.id == parcel.component);
            match component.map(|component| (component, &component.destination)) {
                None => {
                    parcel.events.iter().for_each(|event| drop(DropReason::UnknownComponent, event));
                    plan.dead.extend(DeadLetter::of(parcel, DropReason::UnknownComponent, rules, now));
                }
                Some(_) if parcel.expired(rules, now) => {
                    parcel.events.iter().for_each(|event| drop(DropReason::Expired, event));
                    plan.dead.extend(DeadLetter::of(parcel, DropReason::Expired, rules, now));
                }
                Some((component, Ok(destination))) => {
                    let parcel = Parcel { attempts: parcel.attempts.max(1), ..parcel };
                    plan.batch(edge, (component, &**destination), parcel, &moment, &mut budget, &mut drop);
                }
                // A secret may come back.
                Some((_, Err(_))) => {
                    plan.keep(parcel.after_attempt(rules, now, None, &random), KeepReason::TryAgain);
                }
            }
        }
        plan.tell(dropped);
        plan.lines.extend(trace::again(edge, now, &plan));
        plan.budget = budget;
        plan
    }
}

impl Edge {
    /// The owner says that a component's destination is back: it is not left alone any more.
    pub fn call_back(&self, component: &str) {
        self.held.answered(component);
    }
}

/// Parcels of the same destination as one, where it can tell whose events are whose.
fn merged(edge: &Edge, parcels: Vec<Parcel>) -> Vec<Parcel> {
    let mut merged: Vec<Parcel> = Vec::with_capacity(parcels.len());
    for parcel in parcels {
        let destination = edge.components.iter().find(|component| component.config.id == parcel.component);
        let merges =
            destination.and_then(|component| component.destination.as_ref().ok()).is_some_and(|d| d.merges());
        let anonymous = |parcel: &Parcel| parcel.events.iter().any(|event| event.anonymous);
        let same = |other: &&mut Parcel| {
            merges && other.component == parcel.component && anonymous(other) == anonymous(&parcel)
        };
        match merged.iter_mut().find(same) {
            Some(other) => {
                other.attempts = other.attempts.max(parcel.attempts);
                other.since = other.since.min(parcel.since);
                other.events.extend(parcel.events);
            }
            None => merged.push(parcel),
        }
    }
    merged
}
