//! [`Plan`]: from the events of a visit to requests, one for each destination, under the platform's budget. Every event
//! is accounted for here or in [`crate::settle`]: delivered, or dropped for a reason that has a name.

mod again;
pub(crate) mod held;
pub(crate) mod tokens;
mod told;
mod variants;
pub(crate) mod waiting;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;
use uuid::Uuid;

use crate::account::{DropReason, KeepReason};
use crate::budget::Budget;
use crate::component::{ANSWER_BYTES, Destination, Moment, Outbound, Reader, Refused};
use crate::config::DeliveryMode;
use crate::consent::State;
use crate::counts::{Counts, Tally};
use crate::debug::Record;
use crate::edge::{Component, Edge};
use crate::event::Event;
use crate::facts::Timestamp;
use crate::outbox::{DeadLetter, Parcel};
use crate::rules;
use crate::sink::Write;
use crate::trace::Trace;
use crate::visit::Visit;
use tokens::Carried;
use variants::{Form, Variants, judge};

pub use waiting::{Seek, Stored, TokenRequest, Waiting};

/// How long a destination may take to answer, in milliseconds.
pub const DEADLINE_MS: u32 = 5_000;

/// What is to be sent once the response is out.
#[derive(Debug, Default)]
pub struct Plan {
    /// In order of priority, all to be sent at once.
    pub deliveries: Vec<Delivery>,
    /// What the platform's own sinks are to get at the same time.
    pub writes: Vec<Delivery<Write>>,
    /// What is to be kept in the outbox at once.
    pub parcels: Vec<Parcel>,
    /// What is to be set aside.
    pub dead: Vec<DeadLetter>,
    /// What is to be sent once there is a token for it: see [`Edge::seek_token`] and [`Plan::resume`].
    pub waiting: Vec<Waiting>,
    /// What is known already, as JSON lines for the log.
    pub lines: Vec<String>,
    /// What has been decided already. What becomes of the deliveries is counted as they are settled.
    pub counts: Counts,
    /// What the visit has left.
    pub budget: Budget,
    /// What is to be kept of it for its owner, once it is known what became of it.
    pub record: Option<Record>,
    /// The visit that it is for, where visits are told whole.
    visit: Option<Arc<str>>,
    /// Whether they are: then lines say which events they are about.
    whole: bool,
}

/// One request to a destination, or one call to a sink of the platform's.
#[derive(Debug)]
pub struct Delivery<T = Outbound> {
    /// Whose.
    pub component: String,
    /// The request, or the write.
    pub request: T,
    /// How long to wait for the answer, in milliseconds.
    pub deadline_ms: u32,
    /// The events that it carries.
    pub events: Vec<Arc<Event>>,
    /// What reads the answer, where its body says more than its status.
    pub(crate) reader: Option<Reader>,
    /// The token that it carries.
    pub(crate) token: Option<Carried>,
    /// How often they were tried before.
    pub(crate) attempts: u16,
    /// When they were first to be sent.
    pub(crate) since: Timestamp,
    /// The visit that they are of, where visits are told whole.
    pub(crate) visit: Option<Arc<str>>,
}

impl<T> Delivery<T> {
    fn of(batch: &Parcel, request: T, events: Vec<Arc<Event>>) -> Self {
        let Parcel { component, attempts, since, .. } = batch;
        let (component, attempts, since) = (component.clone(), *attempts, *since);
        let (deadline_ms, reader, token) = (DEADLINE_MS, None, None);
        Self { component, request, deadline_ms, events, reader, token, attempts, since, visit: None }
    }

    /// How much of the answer's body is to be read, in bytes: nothing, mostly.
    #[must_use]
    pub fn answer_bytes(&self) -> usize {
        self.reader.map_or(0, |_| ANSWER_BYTES)
    }

    /// 32 bytes that differ from delivery to delivery and from moment to moment: for what need not be secret.
    #[must_use]
    pub fn seed(&self, now: Timestamp) -> [u8; 32] {
        let mut seed = [0; 32];
        let event = self.events.first().map(|event| event.uuid.into_bytes()).unwrap_or_default();
        let parts = event.into_iter().chain(now.0.to_le_bytes()).chain(self.component.bytes());
        seed.iter_mut().zip(parts).for_each(|(to, from)| *to = from);
        seed
    }
}

impl Plan {
    /// Plans what a visit asks for. `budget` is what the visit has left: the origin's own request is the adapter's to
    /// subtract.
    #[must_use]
    pub fn new(edge: &Edge, visit: Visit, budget: Budget) -> Self {
        let seed = visit.arrival.facts.random.bytes();
        let mut trace = Trace::begin(edge, &visit, &seed);
        let (id, whole) = (trace.as_ref().map(Trace::id), trace.is_some());
        let mut plan = Self { budget, visit: id, whole, ..Self::default() };
        plan.fill(edge, visit, seed, trace.as_mut());
        if let Some(trace) = trace {
            // What is kept of it costs a look-up; where there is none left, it goes untold.
            let room = plan.budget.take_lookups(1);
            let (line, record) = trace.end(edge, &plan, budget);
            plan.record = record.filter(|_| room);
            if let Some(record) = &mut plan.record {
                record.add(&plan.lines);
            }
            plan.lines.splice(0..0, line);
        }
        plan
    }

    fn fill(&mut self, edge: &Edge, visit: Visit, seed: [u8; 32], trace: Option<&mut Trace>) {
        if edge.components.is_empty() {
            return;
        }
        let now = visit.arrival.facts.now;
        if let Some(problem) = &visit.identity.problem {
            self.say(
                json!({"selvedge": "problem", "consent": edge.config.consent.file, "problem": problem}),
                &[],
            );
        }
        let told = visit.tell();
        for reason in told.no_views {
            self.say(json!({"selvedge": "no-view", "reason": reason}), &[]);
        }
        if let Some(problem) = told.problem {
            self.say(json!({"selvedge": "problem", "data_layer": problem}), &[]);
        }
        if let Some(said) = told.script_error {
            self.say(json!({"selvedge": "problem", "script": said}), &[]);
        }
        if let Some(trace) = trace {
            trace.events(&told.events);
        }
        if told.events.is_empty() {
            return;
        }
        let mut budget = self.budget;
        let fuel = Cell::new(budget.fuel);
        let moment = Moment { now, random: &crate::facts::Random::from_seed(seed), fuel: &fuel, token: None };
        let variants = |event: Event| {
            // Who has refused is not even told apart for a day.
            let pseudonym = told.pseudonym.filter(|_| event.consent.state == State::Pending);
            Variants::of(event, pseudonym)
        };
        let visit =
            Happened { events: told.events.into_iter().map(variants).collect(), withheld: told.withheld };
        for component in &edge.components {
            self.component(edge, component, &visit, &moment, &mut budget);
        }
        self.budget = budget;
    }

    fn component(
        &mut self,
        edge: &Edge,
        component: &Component,
        visit: &Happened,
        moment: &Moment<'_>,
        budget: &mut Budget,
    ) {
        let events = &visit.events[..];
        self.counts.add(&component.config.id, Tally::Accepted, events.len());
        let mut dropped: BTreeMap<DropReason, Vec<Uuid>> = BTreeMap::new();
        let mut drop =
            |reason: DropReason, event: &Event| dropped.entry(reason).or_default().push(event.uuid);
        let mut refusals = Vec::new();
        let (mut known, mut anonymous) = (Vec::new(), Vec::new());
        let mut before = None;
        for event in events {
            match (judge(component, event.whole(), visit.withheld), &component.destination) {
                (Err(DropReason::WithoutConsent), _) => refusals.push(event.whole()),
                (Err(reason), _) => drop(reason, event.whole()),
                (Ok(_), Err(reason)) => drop(*reason, event.whole()),
                (Ok(form), Ok(_)) => match wanted(component, event, form, before) {
                    Err(reason) => drop(reason, event.whole()),
                    Ok(event) if form == Form::Anonymous => anonymous.push(event),
                    Ok(event) => known.push(event),
                },
            }
            before = Some(event);
        }
        // The event that opened the session may be one that this component does not get; then the next one tells.
        if events.iter().any(|event| starts_session(event.whole()))
            && let Some(first) = known.first_mut().filter(|first| !starts_session(first))
            && let Some(session) = Arc::make_mut(first).context.session.as_mut()
        {
            session.session_start = true;
        }
        // Never in one request: what stands beside an event that names somebody is theirs.
        for batch in [known, anonymous] {
            if let Ok(destination) = &component.destination
                && !batch.is_empty()
            {
                let (attempts, since) = (0, moment.now);
                let batch = Parcel {
                    component: component.config.id.clone(),
                    attempts,
                    since,
                    due: since,
                    events: batch,
                };
                self.batch(edge, (component, &**destination), batch, moment, budget, &mut drop);
            }
        }
        let id = &component.config.id;
        for same in refusals.chunk_by(|a, b| a.consent == b.consent) {
            let (events, reason) = (same.len(), DropReason::WithoutConsent);
            self.counts.add(id, Tally::Dropped(reason), events);
            let mut line = json!({"selvedge": "drop", "component": id, "reason": reason, "events": events});
            if let (Some(line), Some(Event { consent: decision, .. })) = (line.as_object_mut(), same.first())
            {
                line.insert("consent".into(), json!(decision.state));
                line.insert("consent_source".into(), json!(decision.source));
                line.extend(decision.cmp.map(|cmp| ("cmp".to_owned(), json!(cmp))));
            }
            self.say(line, &same.iter().map(|event| event.uuid).collect::<Vec<_>>());
        }
        self.tell(dropped.into_iter().map(|(reason, ids)| ((id.clone(), reason), ids)));
    }

    /// Sends a batch, or keeps it: where the component gets its events by way of the outbox, where its destination is left
    /// alone, and what does not fit into the budget.
    fn batch(
        &mut self,
        edge: &Edge,
        (component, destination): (&Component, &dyn Destination),
        batch: Parcel,
        moment: &Moment<'_>,
        budget: &mut Budget,
        drop: &mut impl FnMut(DropReason, &Event),
    ) {
        let outbox = edge.config.delivery.outbox;
        if outbox
            && component.config.delivery == DeliveryMode::Queue
            && batch.attempts == 0
            && batch.due == moment.now
        {
            return self.keep(batch, KeepReason::Queue);
        }
        if let Some(due) = edge.held.until(&component.config.id, moment.now).filter(|_| outbox) {
            return self.keep(Parcel { due, ..batch }, KeepReason::HeldBack);
        }
        let token = destination.credentials().and_then(|had| edge.tokens.find(had.key(), moment.now));
        let moment = Moment { token: token.as_ref().map(|value| &*value.0), ..*moment };
        self.send(edge, destination, &batch, &moment, budget, drop);
    }

    /// Sends a batch, or sets it aside until there is a token for it.
    fn send(
        &mut self,
        edge: &Edge,
        destination: &dyn Destination,
        batch: &Parcel,
        moment: &Moment<'_>,
        budget: &mut Budget,
        drop: &mut impl FnMut(DropReason, &Event),
    ) {
        let events: Vec<&Event> = batch.events.iter().map(|event| &**event).collect();
        let encoded = destination.encode(&events, moment);
        for (at, reason) in &encoded.dropped {
            batch.events.get(*at).into_iter().for_each(|event| drop(*reason, event));
        }
        for Refused { reason, said, events } in &encoded.refused {
            let id = &batch.component;
            let ids: Vec<_> = events.iter().filter_map(|at| Some(batch.events.get(*at)?.uuid)).collect();
            let events = events.len();
            let line = json!({"selvedge": "drop", "component": id, "reason": reason, "events": events, "said": said});
            self.say(line, &ids);
            self.counts.add(id, Tally::Dropped(*reason), events);
        }
        let credentials = destination.credentials();
        let absent = credentials.filter(|_| moment.token.is_none());
        if absent.is_some_and(|credentials| self.wait(edge, credentials, batch, &encoded, budget)) {
            return;
        }
        let token = credentials.zip(moment.token).map(|(had, value)| Carried::new(had.key(), value));
        let carried = |at: Vec<usize>| -> Vec<_> {
            at.iter().filter_map(|at| batch.events.get(*at)).cloned().collect()
        };
        let mut over = Vec::new();
        for (request, at) in encoded.requests {
            match absent.is_none() && budget.take_subrequest() {
                true => {
                    let delivery = Delivery::of(batch, request, carried(at));
                    let (reader, token) = (destination.reader(), token.clone());
                    let visit = self.visit.clone();
                    self.deliveries.push(Delivery { reader, token, visit, ..delivery });
                }
                false => over.push(carried(at)),
            }
        }
        for (write, at) in encoded.writes {
            match budget.take_write(write.sink) {
                true => {
                    let delivery = Delivery::of(batch, write, carried(at));
                    self.writes.push(Delivery { visit: self.visit.clone(), ..delivery });
                }
                false => over.push(carried(at)),
            }
        }
        for events in over {
            match edge.config.delivery.outbox {
                true => self.keep(Parcel { events, ..batch.clone() }, KeepReason::NextTime),
                false => events.iter().for_each(|event| drop(DropReason::OverBudget, event)),
            }
        }
    }
}

/// What a component's own rules make of an event that it may have in this form. The cheapest is asked first, and an
/// event is copied only to be changed.
fn wanted(
    component: &Component,
    event: &Variants,
    form: Form,
    before: Option<&Variants>,
) -> Result<Arc<Event>, DropReason> {
    let config = &component.config;
    if config.sample < 1.0 && !rules::keeps(config.sample, &event.visitor(form)) {
        return Err(DropReason::Sampled);
    }
    let mut event = Arc::clone(event.get(form, before));
    if config.filter.as_ref().is_some_and(|filter| !rules::passes(filter, &event)) {
        return Err(DropReason::Filtered);
    }
    if !config.transforms.is_empty() {
        rules::apply(&config.transforms, Arc::make_mut(&mut event));
    }
    Ok(event)
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

#[cfg(test)]
#[path = "plan/sink_tests.rs"]
mod sink_tests;

#[cfg(test)]
#[path = "plan/outbox_tests.rs"]
mod outbox_tests;

#[cfg(test)]
#[path = "plan/counts_tests.rs"]
mod counts_tests;

#[cfg(test)]
#[path = "plan/token_tests.rs"]
mod token_tests;
