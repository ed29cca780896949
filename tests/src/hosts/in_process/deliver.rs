//! After the visitor was served: what was planned is sent, and what became of it is settled.

use std::io::{self, Read};
use std::sync::Mutex;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, StatusCode};
use selvedge_core::budget::Budget;
use selvedge_core::component::Outbound;
use selvedge_core::config::Origin;
use selvedge_core::facts::Random;
use selvedge_core::head::Request;
use selvedge_core::outbox::{DeadLetter, Parcel};
use selvedge_core::plan::{Plan, Seek, Waiting};
use selvedge_core::settle::Outcome;
use selvedge_core::sink::Write;
use selvedge_core::visit::Visit;

use super::sockets::{fetch, request_head};
use super::{Shared, now};
use crate::hosts::Written;
use crate::hosts::sinks::{Named, UNBOUND};
use crate::wire::{BodyReader, Framing};

impl Shared {
    /// Plans, sends everything at once, and tells what became of it.
    pub(super) fn deliver(&self, visit: Visit, budget: Budget) {
        let kept = self.send_all(Plan::new(&self.edge, visit, budget));
        let nothing = kept.is_empty();
        self.keep(kept);
        if nothing && self.edge.has_outbox() {
            let mut outbox = self.outbox.lock().expect("no thread panics with the lock");
            let (due, rest) =
                std::mem::take(&mut *outbox).into_iter().partition(|parcel| parcel.due <= now());
            *outbox = rest;
            drop(outbox);
            self.keep(self.send_all(Plan::again(&self.edge, due, now(), [1; 32], budget)));
        }
    }

    fn keep(&self, parcels: Vec<Parcel>) {
        // The way that a store takes it.
        let texts = parcels.iter().flat_map(|parcel| parcel.pack().0);
        let kept = texts.map(|packed| Parcel::read(packed.text.as_bytes()).expect("what was written"));
        self.outbox.lock().expect("no thread panics with the lock").extend(kept);
    }

    fn set_aside(&self, dead: &[DeadLetter]) {
        dead.iter().flat_map(DeadLetter::pack).for_each(|packed| self.say(packed.set_aside()));
    }

    fn send_all(&self, plan: Plan) -> Vec<Parcel> {
        let resumed = self.fetch_tokens(plan.waiting);
        let kept = Mutex::new([plan.parcels, resumed.parcels].concat());
        plan.lines.into_iter().chain(resumed.lines).for_each(|line| self.say(line));
        self.set_aside(&[plan.dead, resumed.dead].concat());
        for delivery in &plan.writes {
            let outcome = self.write(&delivery.request);
            let settled = self.edge.settle(delivery, &outcome, b"", now(), &Random::from_seed([2; 32]));
            settled.lines.into_iter().for_each(|line| self.say(line));
            self.set_aside(&settled.dead);
            kept.lock().expect("no thread panics with the lock").extend(settled.parcel);
        }
        std::thread::scope(|threads| {
            for delivery in plan.deliveries.iter().chain(&resumed.deliveries) {
                let kept = &kept;
                threads.spawn(move || {
                    let (outcome, body) =
                        send(&delivery.request, delivery.deadline_ms, delivery.answer_bytes());
                    let settled =
                        self.edge.settle(delivery, &outcome, &body, now(), &Random::from_seed([2; 32]));
                    settled.lines.into_iter().for_each(|line| self.say(line));
                    self.set_aside(&settled.dead);
                    kept.lock().expect("no thread panics with the lock").extend(settled.parcel);
                    let mut tokens = self.tokens.lock().expect("no thread panics with the lock");
                    settled.forget.iter().for_each(|name| drop(tokens.remove(name)));
                });
            }
        });
        kept.into_inner().expect("no thread panics with the lock")
    }

    /// Gives a sink what it is to get.
    fn write(&self, Write { sink, name, records }: &Write) -> Outcome {
        if name == UNBOUND {
            return Outcome::Unreachable(format!("there is no {} bound to {name}", sink.word()));
        }
        let named = Named { sink: *sink, name: name.clone() };
        let written =
            records.iter().map(|record| Written { sink: named.title(), record: named.stored(record) });
        self.written.lock().expect("no thread panics with the lock").extend(written);
        Outcome::Written
    }

    /// Looks for tokens in the store, else asks for them.
    fn fetch_tokens(&self, waiting: Vec<Waiting>) -> Plan {
        let random = Random::from_seed([6; 32]);
        for waiting in &waiting {
            let name = waiting.stored_as().unwrap_or_default();
            let stored = self.tokens.lock().expect("no thread panics with the lock").get(&name).cloned();
            let stored =
                match self.edge.seek_token(waiting, stored.as_deref().map(str::as_bytes), now(), &random) {
                    Seek::Done(stored) => stored,
                    Seek::Ask(ask) => {
                        let (outcome, body) = send(&ask.request, ask.deadline_ms, ask.answer_bytes);
                        self.edge.token_answered(waiting, &outcome, &body, now(), &random)
                    }
                    Seek::Wait => None,
                };
            let mut tokens = self.tokens.lock().expect("no thread panics with the lock");
            tokens.extend(stored.map(|stored| (stored.name, stored.text)));
        }
        Plan::resume(&self.edge, waiting, now(), [8; 32])
    }
}

/// Sends a request; what came of it, and what was read of the answer.
fn send(outbound: &Outbound, deadline_ms: u32, answer_bytes: usize) -> (Outcome, Vec<u8>) {
    let unreachable = |error: &dyn std::fmt::Display| (Outcome::Unreachable(error.to_string()), Vec::new());
    let mut headers = HeaderMap::new();
    for (name, value) in &outbound.headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.append(*name, value);
        }
    }
    let url = match Request::new(outbound.method.clone(), &outbound.url, HeaderMap::new()) {
        Ok(url) => url,
        Err(error) => return unreachable(&error),
    };
    let Ok(origin) = Origin::try_from(format!("{}://{}", url.scheme(), url.authority)) else {
        return unreachable(&"not a server");
    };
    headers.insert("host", HeaderValue::from_str(&url.authority).expect("it is part of a URL"));
    let query = url.query.map(|query| format!("?{query}")).unwrap_or_default();
    let start = format!("{} {}{query} HTTP/1.1", outbound.method, url.path);
    let head = request_head(start, &headers, Framing::Length(outbound.body.len() as u64));
    match fetch(&origin, Duration::from_millis(deadline_ms.into()), &head, outbound.body.as_slice()) {
        Ok((mut from, head)) => {
            let status = StatusCode::from_u16(head.status()).unwrap_or(StatusCode::BAD_GATEWAY);
            let mut body = Vec::new();
            let framing = head.response_body(outbound.method.as_str());
            let reader = BodyReader { from: &mut from, framing };
            let _ = reader.take(answer_bytes as u64).read_to_end(&mut body);
            (Outcome::answered(status, head.get("retry-after").as_deref(), now()), body)
        }
        Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
            (Outcome::TimedOut, Vec::new())
        }
        Err(error) => unreachable(&error),
    }
}
