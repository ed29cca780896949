//! [`Plan`]: from the events of a visit to requests, one for each destination, under the platform's budget. Every event
//! is accounted for here or in [`crate::settle`]: delivered, or dropped for a reason that has a name.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::json;

use crate::account::DropReason;
use crate::budget::Budget;
use crate::component::{Moment, Outbound};
use crate::edge::{Component, Edge};
use crate::event::Event;
use crate::visit::Visit;

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
        for component in &edge.components {
            plan.component(component, &told.events, &moment, &mut budget);
        }
        plan
    }

    fn component(
        &mut self,
        component: &Component,
        events: &[Event],
        moment: &Moment<'_>,
        budget: &mut Budget,
    ) {
        let id = &component.config.id;
        let mut dropped: BTreeMap<DropReason, usize> = BTreeMap::new();
        let mut drop = |reason: DropReason, events: usize| *dropped.entry(reason).or_default() += events;
        let mut batch = Vec::with_capacity(events.len());
        for event in events {
            match refuse(component, event) {
                Some(reason) => drop(reason, 1),
                None => batch.push(Cow::Borrowed(event)),
            }
        }
        // The event that opened the session may be one that this component does not get; then the next one tells.
        if events.iter().any(starts_session)
            && let Some(first) = batch.first_mut().filter(|first| !starts_session(first))
            && let Some(session) = first.to_mut().context.session.as_mut()
        {
            session.session_start = true;
        }
        let batch: Vec<&Event> = batch.iter().map(Cow::as_ref).collect();
        match &component.destination {
            Err(reason) => drop(*reason, batch.len()),
            Ok(_) if batch.is_empty() => {}
            Ok(destination) => {
                let encoded = destination.encode(&batch, moment);
                encoded.dropped.iter().for_each(|(_, reason)| drop(*reason, 1));
                for (request, carried) in encoded.requests {
                    if !budget.take_subrequest() {
                        drop(DropReason::OverBudget, carried.len());
                        continue;
                    }
                    let events =
                        carried.iter().filter_map(|at| batch.get(*at)).map(|event| event.uuid).collect();
                    self.deliveries.push(Delivery {
                        component: id.clone(),
                        request,
                        deadline_ms: DEADLINE_MS,
                        events,
                    });
                }
            }
        }
        for (reason, events) in dropped.into_iter().filter(|(_, events)| *events > 0) {
            let line = json!({"selvedge": "drop", "component": id, "reason": reason, "events": events});
            self.lines.push(line.to_string());
        }
    }
}

fn starts_session(event: &Event) -> bool {
    event.context.session.as_ref().is_some_and(|session| session.session_start)
}

/// Why a component may not have an event, before it is asked what it makes of it. Consent comes before everything else
/// that could be said.
fn refuse(component: &Component, event: &Event) -> Option<DropReason> {
    if !event.consent.allows(&component.purposes) {
        Some(DropReason::WithoutConsent)
    } else if !component.config.events.contains(&event.data.event_type()) {
        Some(DropReason::EventType)
    } else if !event.components.allows_any(&component.names) {
        Some(DropReason::NotSelected)
    } else {
        None
    }
}
