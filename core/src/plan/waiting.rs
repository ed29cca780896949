//! What waits for a token. The adapter looks for it in the platform's store, else asks for it as it is told, and the plan
//! goes on: all of it after the response.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::tokens::Refusal;
use super::{DEADLINE_MS, Plan};
use crate::account::{DropReason, KeepReason};
use crate::budget::Budget;
use crate::component::{ANSWER_BYTES, Ask, Credentials, Encoded, Moment, Outbound, Token};
use crate::counts::Tally;
use crate::edge::Edge;
use crate::event::Event;
use crate::facts::{Random, Timestamp};
use crate::outbox::{DeadLetter, Parcel};
use crate::privacy;
use crate::settle::{Outcome, Verdict};
use crate::trace;

/// The longest sealed token that is read from a store, in bytes.
const LONGEST: usize = 16_384;

/// Batches that wait for the same token.
#[derive(Debug)]
pub struct Waiting {
    key: String,
    /// The platform's store is to be looked into, and may be written to.
    stored: bool,
    parcels: Vec<Parcel>,
    /// Subrequests that are set aside for them.
    budget: Budget,
    /// The visit that they are of, where visits are told whole.
    visit: Option<Arc<str>>,
}

/// A request for a token.
#[derive(Debug)]
pub struct TokenRequest {
    /// The request.
    pub request: Outbound,
    /// How long to wait for the answer, in milliseconds.
    pub deadline_ms: u32,
    /// How much of the answer's body is to be read, in bytes.
    pub answer_bytes: usize,
}

/// A token as the platform's store keeps it, for other instances.
#[derive(Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its name in the store.
    pub name: String,
    /// Sealed with the owner's key.
    pub text: String,
    /// After so many seconds the store may forget it.
    pub seconds: u32,
}

/// What is to be done about a token.
#[derive(Debug)]
pub enum Seek {
    /// No more: it is there, or there is none to be had. What was made is to be stored.
    Done(Option<Stored>),
    /// This is to be sent.
    Ask(TokenRequest),
    /// Somebody in this instance is asking: come back in a moment, without looking into the store again.
    Wait,
}

#[derive(Serialize, Deserialize)]
struct Written {
    value: String,
    until: Timestamp,
}

impl Waiting {
    /// The name under which the platform's store may have the token; none where the store is not to be asked.
    #[must_use]
    pub fn stored_as(&self) -> Option<String> {
        self.stored.then(|| name(&self.key))
    }

    fn credentials<'e>(&self, edge: &'e Edge) -> Option<&'e dyn Credentials> {
        let id = &self.parcels.first()?.component;
        let component = edge.components.iter().find(|component| component.config.id == *id)?;
        component.destination.as_ref().ok()?.credentials()
    }
}

/// The name of a token in the platform's store.
pub(crate) fn name(key: &str) -> String {
    format!("token/{key}")
}

impl Edge {
    /// What is to be done about the token that is waited for. `stored` is what the platform's store has of it.
    #[must_use]
    pub fn seek_token(
        &self,
        waiting: &Waiting,
        stored: Option<&[u8]>,
        now: Timestamp,
        random: &Random,
    ) -> Seek {
        let (tokens, key) = (&self.tokens, &waiting.key);
        if tokens.find(key, now).is_some() {
            return Seek::Done(None);
        }
        if let Some(Written { value, until }) = stored.and_then(|stored| self.open_token(key, stored))
            && tokens.adopt(key, &value, until, now)
        {
            return Seek::Done(None);
        }
        if tokens.refusal(key, now).is_some() {
            return Seek::Done(None);
        }
        if !tokens.may_ask(key, now) {
            return Seek::Wait;
        }
        let fuel = Cell::new(self.platform.budget.fuel);
        let moment = Moment { now, random, fuel: &fuel, token: None };
        match waiting.credentials(self).and_then(|credentials| credentials.ask(&moment)) {
            Some(Ask::Made(token)) => Seek::Done(self.keep_token(waiting, &token, now, random)),
            Some(Ask::Request(request)) => {
                let (deadline_ms, answer_bytes) = (DEADLINE_MS, ANSWER_BYTES);
                Seek::Ask(TokenRequest { request, deadline_ms, answer_bytes })
            }
            None => {
                let problem = "the credentials cannot be used".to_owned();
                tokens.refuse(key, Refusal { verdict: Verdict::Rejected, problem }, None, now);
                Seek::Done(None)
            }
        }
    }

    /// The request for a token has come to an end. Returns what is to be stored.
    pub fn token_answered(
        &self,
        waiting: &Waiting,
        outcome: &Outcome,
        body: &[u8],
        now: Timestamp,
        random: &Random,
    ) -> Option<Stored> {
        let verdict = outcome.verdict();
        let token = waiting.credentials(self).filter(|_| verdict == Verdict::Delivered);
        if let Some(token) = token.and_then(|credentials| credentials.read(body)) {
            return self.keep_token(waiting, &token, now, random);
        }
        let (wait_ms, problem) = match outcome {
            Outcome::Answered(status, after) => {
                let said =
                    if verdict == Verdict::Delivered { "no token in the answer".into() } else { said(body) };
                let wait = after.map(|seconds| i64::from(seconds) * 1000);
                (wait, format!("{} {said}", status.as_u16()).trim_end().to_owned())
            }
            Outcome::TimedOut => (None, "no answer in time".to_owned()),
            Outcome::Unreachable(problem) | Outcome::Refused(problem) => {
                (None, format!("unreachable: {problem}"))
            }
            Outcome::Written => (None, "no token in the answer".to_owned()),
        };
        // Who says 200 and gives no token may be something that stands in the way.
        let verdict = if verdict == Verdict::Rejected { verdict } else { Verdict::Retryable };
        self.tokens.refuse(&waiting.key, Refusal { verdict, problem }, wait_ms, now);
        None
    }

    fn keep_token(
        &self,
        waiting: &Waiting,
        token: &Token,
        now: Timestamp,
        random: &Random,
    ) -> Option<Stored> {
        let until = self.tokens.keep(&waiting.key, &token.value, token.seconds, now);
        let keys = self.keys.as_ref().filter(|_| waiting.stored)?;
        let name = name(&waiting.key);
        let written = serde_json::to_vec(&Written { value: token.value.clone(), until }).ok()?;
        let text = keys.seal_bytes(name.as_bytes(), &written, random);
        (text.len() <= LONGEST).then_some(Stored { name, text, seconds: token.seconds })
    }

    fn open_token(&self, key: &str, stored: &[u8]) -> Option<Written> {
        let text = std::str::from_utf8(stored).ok()?;
        let written = self.keys.as_ref()?.open_within(name(key).as_bytes(), text, LONGEST)?;
        serde_json::from_slice(&written).ok()
    }
}

impl Plan {
    /// Sets what there is to send of a batch aside until there is a token, with the subrequests that it will need. False
    /// where these are spent.
    pub(super) fn wait(
        &mut self,
        edge: &Edge,
        credentials: &dyn Credentials,
        batch: &Parcel,
        encoded: &Encoded,
        budget: &mut Budget,
    ) -> bool {
        let carried: BTreeSet<usize> =
            encoded.requests.iter().flat_map(|(_, events)| events).copied().collect();
        if carried.is_empty() {
            return true;
        }
        let at = self.waiting.iter().position(|waiting| waiting.key == credentials.key());
        // One for the token, where nobody waits for it yet, and one at least for what it is for.
        if budget.subrequests < if at.is_some() { 1 } else { 2 } {
            return false;
        }
        let at = at.unwrap_or_else(|| {
            let _ = budget.take_subrequest();
            // One to look, and one to keep what was asked for. What is stored is sealed, so there must be a key.
            let stored = edge.keys.is_some() && budget.take_lookups(2);
            let (key, parcels, budget) = (credentials.key().to_owned(), Vec::new(), Budget::default());
            let visit = self.visit.clone();
            self.waiting.push(Waiting { key, stored, parcels, budget, visit });
            self.waiting.len() - 1
        });
        let Some(waiting) = self.waiting.get_mut(at) else { return false };
        for _ in &encoded.requests {
            waiting.budget.subrequests += u32::from(budget.take_subrequest());
        }
        let events = carried.into_iter().filter_map(|at| batch.events.get(at)).cloned().collect();
        waiting.parcels.push(Parcel { events, ..batch.clone() });
        true
    }

    /// Plans what has waited, now that the tokens are there, or that it is known why not.
    #[must_use]
    pub fn resume(edge: &Edge, waiting: Vec<Waiting>, now: Timestamp, seed: [u8; 32]) -> Self {
        let mut plan = Self { whole: edge.tells_all(), ..Self::default() };
        // All of them wait for one visit's sake.
        plan.visit = waiting.first().and_then(|waiting| waiting.visit.clone());
        let random = Random::from_seed(seed);
        let fuel = Cell::new(edge.platform.budget.fuel);
        for Waiting { key, parcels, mut budget, .. } in waiting {
            let token = edge.tokens.find(&key, now);
            let value = token.as_ref().map(|token| &*token.0);
            let moment = Moment { now, random: &random, fuel: &fuel, token: value };
            for parcel in parcels {
                let id = parcel.component.clone();
                let component = edge.components.iter().find(|component| component.config.id == id);
                let destination = component.and_then(|component| component.destination.as_deref().ok());
                match destination.filter(|_| token.is_some()) {
                    Some(destination) => {
                        let mut dropped: BTreeMap<_, Vec<_>> = BTreeMap::new();
                        let mut drop = |reason, event: &Event| {
                            dropped.entry((id.clone(), reason)).or_default().push(event.uuid);
                        };
                        plan.send(edge, destination, &parcel, &moment, &mut budget, &mut drop);
                        plan.tell(dropped);
                    }
                    None => plan.without_token(edge, &parcel, edge.tokens.refusal(&key, now), &moment),
                }
            }
        }
        plan.lines.extend(trace::again(edge, now, &plan));
        plan
    }

    fn without_token(
        &mut self,
        edge: &Edge,
        parcel: &Parcel,
        refusal: Option<(Refusal, i64)>,
        moment: &Moment<'_>,
    ) {
        let absent = || (Refusal { verdict: Verdict::Retryable, problem: "nobody answered".into() }, 0);
        let (Refusal { verdict, problem }, wait_ms) = refusal.unwrap_or_else(absent);
        let rules = &edge.config.delivery;
        let (id, events) = (&parcel.component, parcel.events.len());
        let ids: Vec<_> = parcel.events.iter().map(|event| event.uuid).collect();
        let problem = format!("no token: {problem}");
        let again = parcel.clone().after_attempt(rules, moment.now, Some(wait_ms), moment.random);
        let reason = match verdict {
            Verdict::Rejected => DropReason::Rejected,
            _ if rules.outbox && !again.expired(rules, again.due) => {
                let (reason, due) = (KeepReason::TryAgain, again.due.rfc3339());
                let line = json!({"selvedge": "kept", "component": id, "reason": reason, "events": events,
                    "due": due, "problem": problem, "ids": ids});
                self.say(line, &[]);
                self.counts.add(id, Tally::Kept(reason), events);
                self.parcels.push(again);
                return;
            }
            _ if parcel.attempts > 0 => DropReason::Expired,
            _ => DropReason::Undelivered,
        };
        let line = json!({"selvedge": "drop", "component": id, "reason": reason, "events": events,
            "problem": problem, "ids": ids});
        self.say(line, &[]);
        self.counts.add(id, Tally::Dropped(reason), events);
        if parcel.attempts > 0 {
            self.dead.extend(DeadLetter::of(parcel.clone(), reason, rules, moment.now));
        }
    }
}

/// What the one who was asked says: the error and its description (RFC 6749, section 5.2).
fn said(body: &[u8]) -> String {
    let answer: Json = serde_json::from_slice(body).unwrap_or_default();
    let words = ["error", "error_description"].map(|name| answer.get(name).and_then(Json::as_str));
    privacy::words(&words.into_iter().flatten().collect::<Vec<_>>().join(": "))
}
