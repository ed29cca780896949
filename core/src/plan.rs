//! [`Plan`]: from the events of a visit to requests, one for each destination, under the platform's budget. Every event
//! is accounted for here or in [`crate::settle`]: delivered, or dropped for a reason that has a name.

mod variants;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::json;

use crate::account::DropReason;
use crate::budget::Budget;
use crate::component::{Moment, Outbound};
use crate::consent::State;
use crate::edge::{Component, Edge};
use crate::event::Event;
use crate::visit::Visit;
use variants::{Form, Variants, judge};

/// How long a destination may take to answer, in milliseconds.
pub const DEADLINE_MS: u32 = 5_000;

/// What is to be sent once the response is out.
#[derive(Debug, Default)]
pub struct Plan {
    /// In order of priority, all to be sent at once.
    pub deliveries: Vec<Delivery>,
    /// What is known already, as JSON lines for the log.
    pub lines: Vec<String>,
}

/// One request to a destination.
#[derive(Debug)]
pub struct Delivery {
    /// Whose.
    pub component: String,
    /// The request.
    pub request: Outbound,
    /// How long to wait for the answer, in milliseconds.
    pub deadline_ms: u32,
    /// The ids of the events that it carries.
    pub events: Vec<uuid::Uuid>,
}

impl Plan {
    /// Plans what a visit asks for. `budget` is what the visit has left: the origin's own request is the adapter's to
    /// subtract.
    #[must_use]
    pub fn new(edge: &Edge, visit: Visit, mut budget: Budget) -> Self {
        let mut plan = Self::default();
        if edge.components.is_empty() {
            return plan;
        }
        let now = visit.arrival.facts.now;
        let seed = visit.arrival.facts.random.bytes();
        let told = visit.tell();
        for reason in told.no_views {
            plan.lines.push(json!({"selvedge": "no-view", "reason": reason}).to_string());
        }
        if let Some(problem) = told.problem {
            plan.lines.push(json!({"selvedge": "problem", "data_layer": problem}).to_string());
        }
        if let Some(said) = told.script_error {
            plan.lines.push(json!({"selvedge": "problem", "script": said}).to_string());
        }
        if told.events.is_empty() {
            return plan;
        }
        let moment = Moment { now, random: &crate::facts::Random::from_seed(seed) };
        let variants = |event: Event| {
            // Who has refused is not even told apart for a day.
            let pseudonym = told.pseudonym.filter(|_| event.consent.state == State::Pending);
            Variants::of(event, pseudonym)
        };
        let visit =
            Happened { events: told.events.into_iter().map(variants).collect(), withheld: told.withheld };
        for component in &edge.components {
            plan.component(component, &visit, &moment, &mut budget);
        }
        plan
    }

    fn component(
        &mut self,
        component: &Component,
        visit: &Happened,
        moment: &Moment<'_>,
        budget: &mut Budget,
    ) {
        let events = &visit.events[..];
        let mut dropped: BTreeMap<DropReason, usize> = BTreeMap::new();
        let mut drop = |reason: DropReason, events: usize| *dropped.entry(reason).or_default() += events;
        let mut refusals = Vec::new();
        let (mut known, mut anonymous) = (Vec::new(), Vec::new());
        let mut before = None;
        for event in events {
            match (judge(component, event.whole(), visit.withheld), &component.destination) {
                (Err(DropReason::WithoutConsent), _) => refusals.push(&event.whole().consent),
                (Err(reason), _) => drop(reason, 1),
                (Ok(_), Err(reason)) => drop(*reason, 1),
                (Ok(Form::Anonymous), Ok(_)) => {
                    anonymous.push(Cow::Borrowed(event.get(Form::Anonymous, before)));
                }
                (Ok(form), Ok(_)) => known.push(Cow::Borrowed(event.get(form, before))),
            }
            before = Some(event);
        }
        // The event that opened the session may be one that this component does not get; then the next one tells.
        if events.iter().any(|event| starts_session(event.whole()))
            && let Some(first) = known.first_mut().filter(|first| !starts_session(first))
            && let Some(session) = first.to_mut().context.session.as_mut()
        {
            session.session_start = true;
        }
        // Never in one request: what stands beside an event that names somebody is theirs.
        for batch in [known, anonymous] {
            self.batch(component, &batch, moment, budget, &mut drop);
        }
        let id = &component.config.id;
        for same in refusals.chunk_by(|a, b| a == b) {
            let (events, reason) = (same.len(), DropReason::WithoutConsent);
            let mut line = json!({"selvedge": "drop", "component": id, "reason": reason, "events": events});
            if let (Some(line), Some(decision)) = (line.as_object_mut(), same.first()) {
                line.insert("consent".into(), json!(decision.state));
                line.insert("consent_source".into(), json!(decision.source));
                line.extend(decision.cmp.map(|cmp| ("cmp".to_owned(), json!(cmp))));
            }
            self.lines.push(line.to_string());
        }
        for (reason, events) in dropped.into_iter().filter(|(_, events)| *events > 0) {
            let line = json!({"selvedge": "drop", "component": id, "reason": reason, "events": events});
            self.lines.push(line.to_string());
        }
    }

    fn batch(
        &mut self,
        component: &Component,
        batch: &[Cow<'_, Event>],
        moment: &Moment<'_>,
        budget: &mut Budget,
        drop: &mut impl FnMut(DropReason, usize),
    ) {
        let Some(destination) = component.destination.as_ref().ok().filter(|_| !batch.is_empty()) else {
            return;
        };
        let batch: Vec<&Event> = batch.iter().map(Cow::as_ref).collect();
        let encoded = destination.encode(&batch, moment);
        encoded.dropped.iter().for_each(|(_, reason)| drop(*reason, 1));
        for (request, carried) in encoded.requests {
            if !budget.take_subrequest() {
                drop(DropReason::OverBudget, carried.len());
                continue;
            }
            let events = carried.iter().filter_map(|at| batch.get(*at)).map(|event| event.uuid).collect();
            self.deliveries.push(Delivery {
                component: component.config.id.clone(),
                request,
                deadline_ms: DEADLINE_MS,
                events,
            });
        }
    }
}

/// The events of a visit, in the forms in which destinations may have them.
struct Happened {
    events: Vec<Variants>,
    /// They happened before the visitor agreed.
    withheld: bool,
}

fn starts_session(event: &Event) -> bool {
    event.context.session.as_ref().is_some_and(|session| session.session_start)
}

#[cfg(test)]
#[path = "plan/tests.rs"]
mod tests;
