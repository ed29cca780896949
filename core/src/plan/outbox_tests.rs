use http::StatusCode;
use serde_json::{Value, json};

use super::tests::{edge_of, plan};
use crate::account::DropReason;
use crate::budget::{Budget, Platform};
use crate::counts::{Counts, Tally};
use crate::edge::Edge;
use crate::facts::{Random, Timestamp};
use crate::outbox::Parcel;
use crate::plan::{Plan, Seek};
use crate::settle::Outcome;

const NOW: Timestamp = Timestamp(1_730_000_000_000);

fn later(ms: i64) -> Timestamp {
    Timestamp(NOW.0 + ms)
}

fn with_outbox(components: &Value) -> std::sync::Arc<Edge> {
    edge_of(&json!({"delivery": {"outbox": true, "keep_hours": 1}}), components)
}

fn events(count: usize) -> Value {
    (0..count)
        .map(|n| json!({"type": "track", "data": {"name": n.to_string()}, "consent": "granted"}))
        .collect()
}

fn settle(
    edge: &Edge,
    plan: &Plan,
    status: u16,
    retry_after: Option<u32>,
    now: Timestamp,
) -> Vec<(String, Option<Parcel>)> {
    let random = Random::from_seed([3; 32]);
    let outcome = Outcome::Answered(StatusCode::from_u16(status).unwrap(), retry_after);
    let settled = plan.deliveries.iter().map(|delivery| edge.settle(delivery, &outcome, b"", now, &random));
    settled.map(|mut settled| (settled.lines.remove(0), settled.parcel)).collect()
}

fn again(edge: &Edge, parcels: Vec<Parcel>, now: Timestamp) -> Plan {
    Plan::again(edge, parcels, now, [4; 32], Platform::FASTLY.budget)
}

#[test]
fn what_fails_is_kept_and_what_is_taken_or_refused_is_not() {
    for (status, kept) in [(204, false), (400, false), (500, true), (429, true)] {
        let edge = with_outbox(&json!([{"kind": "echo"}]));
        let plan = plan(&edge, &events(2));
        let [(line, parcel)] = &settle(&edge, &plan, status, None, NOW)[..] else { panic!("one delivery") };
        assert_eq!(parcel.is_some(), kept, "{status}: {line}");
        assert_eq!(parcel.as_ref().map_or(0, |parcel| parcel.events.len()), if kept { 2 } else { 0 });
    }
    let edge = edge_of(&json!({}), &json!([{"kind": "echo"}]));
    let plan = plan(&edge, &events(1));
    let [(line, None)] = &settle(&edge, &plan, 500, None, NOW)[..] else { panic!("no outbox") };
    assert!(line.contains("undelivered"), "{line}");
}

#[test]
fn a_parcel_is_sent_again_with_its_events_until_it_expires() {
    let edge = with_outbox(&json!([{"kind": "echo"}]));
    let first = plan(&edge, &events(2));
    let mut parcel = settle(&edge, &first, 503, Some(120), NOW).remove(0).1.unwrap();
    assert_eq!(parcel.due, later(120_000), "as the destination asked");
    let mut attempts = 1;
    loop {
        let now = parcel.due;
        // The way out and back, as a platform keeps it.
        let packed = parcel.pack().0.remove(0);
        let plan = again(&edge, vec![Parcel::read(packed.text.as_bytes()).unwrap()], now);
        if plan.deliveries.is_empty() {
            // It is left alone for a while.
            parcel = plan.parcels.into_iter().next().unwrap();
            continue;
        }
        let [delivery] = &plan.deliveries[..] else { panic!("one request") };
        assert_eq!(
            delivery.request.body, first.deliveries[0].request.body,
            "the same events, by the same ids"
        );
        attempts += 1;
        match settle(&edge, &plan, 503, None, now).remove(0) {
            (_, Some(next)) => parcel = next,
            (line, None) => {
                assert!(line.contains("expired"), "{line}");
                break;
            }
        }
    }
    assert!((5..20).contains(&attempts), "{attempts}");
    let late = again(&edge, vec![parcel.clone()], later(3_600_001));
    assert!(late.deliveries.is_empty() && late.lines[0].contains("expired"), "{:?}", late.lines);
    let gone = edge_of(&json!({}), &json!([{"kind": "echo", "id": "other"}]));
    assert!(again(&gone, vec![parcel], NOW).lines[0].contains("unknown-component"));
}

#[test]
fn what_was_kept_in_vain_is_set_aside_and_nothing_else_is() {
    let edge = with_outbox(&json!([{"kind": "echo"}]));
    let random = Random::from_seed([3; 32]);
    let status = |status| Outcome::Answered(StatusCode::from_u16(status).unwrap(), None);
    let at_once = plan(&edge, &events(2));
    let refused = edge.settle(&at_once.deliveries[0], &status(400), b"", NOW, &random);
    assert_eq!(refused.dead, [], "it never was in the outbox");
    let parcel = edge.settle(&at_once.deliveries[0], &status(500), b"", NOW, &random).parcel.unwrap();

    let retried = again(&edge, vec![parcel.clone()], parcel.due);
    let settled = edge.settle(&retried.deliveries[0], &status(400), b"", parcel.due, &random);
    let [dead] = &settled.dead[..] else { panic!("set aside") };
    assert_eq!((dead.reason, dead.parcel.attempts, dead.parcel.due), (DropReason::Rejected, 2, parcel.due));
    assert_eq!(dead.parcel.events, parcel.events);

    let end = later(3_600_000);
    let last = edge.settle(&retried.deliveries[0], &status(500), b"", end, &random);
    let reasons: Vec<_> = last.dead.iter().map(|dead| dead.reason).collect();
    assert_eq!((last.parcel, reasons), (None, vec![DropReason::Expired]));

    let late = again(&edge, vec![parcel.clone()], later(3_600_001));
    assert_eq!(late.dead.iter().map(|dead| dead.reason).collect::<Vec<_>>(), [DropReason::Expired]);
    let gone = with_outbox(&json!([{"kind": "echo", "id": "other"}]));
    let gone = again(&gone, vec![parcel], NOW);
    assert_eq!(gone.dead.iter().map(|dead| dead.reason).collect::<Vec<_>>(), [DropReason::UnknownComponent]);
}

#[test]
fn a_destination_that_keeps_failing_is_left_alone_and_the_others_are_not() {
    let edge = with_outbox(&json!([{"kind": "echo", "id": "bad"}, {"kind": "echo", "id": "good"}]));
    let random = Random::from_seed([3; 32]);
    for _ in 0..3 {
        let plan = plan(&edge, &events(1));
        assert_eq!(plan.deliveries.len(), 2);
        for delivery in &plan.deliveries {
            let status = if delivery.component == "bad" { 500 } else { 200 };
            let outcome = Outcome::Answered(StatusCode::from_u16(status).unwrap(), None);
            let _ = edge.settle(delivery, &outcome, b"", NOW, &random);
        }
    }
    let held = plan(&edge, &events(1));
    assert_eq!(
        held.deliveries.iter().map(|delivery| delivery.component.as_str()).collect::<Vec<_>>(),
        ["good"]
    );
    assert_eq!((held.parcels.len(), held.parcels[0].due), (1, later(10_000)));
    assert!(held.lines.iter().any(|line| line.contains("held-back")), "{:?}", held.lines);
    edge.call_back("bad");
    assert_eq!(plan(&edge, &events(1)).deliveries.len(), 2, "the owner says that it is back");
}

#[test]
fn queues_and_spent_budgets_keep_events_for_later() {
    let edge = with_outbox(&json!([{"kind": "echo", "delivery": "queue"}]));
    let queued = plan(&edge, &events(3));
    assert!(queued.deliveries.is_empty());
    let mut parcels = queued.parcels;
    parcels.extend(plan(&edge, &events(2)).parcels);
    // This destination tells visits apart by their events, so two visits are one request.
    let sent = again(&edge, parcels, NOW);
    assert_eq!(sent.deliveries.iter().map(|delivery| delivery.events.len()).collect::<Vec<_>>(), [5]);

    let many: Vec<_> = (0..4).map(|n| json!({"kind": "echo", "id": format!("c{n}")})).collect();
    let edge = with_outbox(&json!(many));
    let parcels: Vec<_> = plan(&edge, &events(1))
        .deliveries
        .iter()
        .map(|delivery| Parcel {
            component: delivery.component.clone(),
            attempts: 1,
            since: NOW,
            due: NOW,
            events: delivery.events.clone(),
        })
        .collect();
    let budget = Budget { subrequests: 3, ..Platform::FASTLY.budget };
    let sent = Plan::again(&edge, parcels, NOW, [4; 32], budget);
    assert_eq!((sent.deliveries.len(), sent.parcels.len()), (3, 1));
    assert!(sent.lines.iter().any(|line| line.contains("next-time")), "{:?}", sent.lines);
}

/// Whatever happens on the way, each event is accounted for once: what was accepted is what was delivered, dropped or is
/// kept, after every step, for every component.
#[test]
fn every_event_is_accounted_for() {
    for seed in 0..40_u8 {
        let edge = with_outbox(&json!([
            {"kind": "echo"},
            {"kind": "echo", "id": "q", "delivery": "queue"},
            {"kind": "echo", "id": "none", "events": ["page"]},
            {"kind": "spells"},
            {"kind": "guarded"},
        ]));
        let random = Random::from_seed([seed; 32]);
        let (mut waiting, mut counts): (Vec<Parcel>, _) = (Vec::new(), Counts::default());
        let mut aside = 0;
        for minute in 0..120_i64 {
            let now = later(minute * 60_000);
            let mut plans = Vec::new();
            if minute < 10 {
                plans.push(plan(&edge, &events(3)));
            }
            let (due, rest) =
                std::mem::take(&mut waiting).into_iter().partition(|parcel: &Parcel| parcel.due <= now);
            waiting = rest;
            plans.push(again(&edge, due, now));
            for mut plan in plans {
                for waiting in &plan.waiting {
                    if let Seek::Ask(_) = edge.seek_token(waiting, None, now, &random) {
                        let status = [200, 200, 400, 503][usize::from(random.bytes()[0]) % 4];
                        let outcome = Outcome::Answered(StatusCode::from_u16(status).unwrap(), None);
                        edge.token_answered(waiting, &outcome, b"t", now, &random);
                    }
                }
                let resumed = Plan::resume(&edge, std::mem::take(&mut plan.waiting), now, [4; 32]);
                plan.deliveries.extend(resumed.deliveries);
                plan.parcels.extend(resumed.parcels);
                plan.dead.extend(resumed.dead);
                plan.counts.merge(resumed.counts);
                waiting.extend(plan.parcels.clone());
                aside += plan.dead.iter().map(|dead| dead.parcel.events.len()).sum::<usize>();
                counts.merge(plan.counts);
                for delivery in &plan.deliveries {
                    let status = [200, 200, 200, 500, 429, 400, 401][usize::from(random.bytes()[0]) % 7];
                    let outcome = Outcome::Answered(StatusCode::from_u16(status).unwrap(), None);
                    let body: Vec<u8> = delivery
                        .events
                        .iter()
                        .map(|_| b"ddrjx"[usize::from(random.bytes()[0]) % 5])
                        .collect();
                    let settled = edge.settle(delivery, &outcome, &body, now, &random);
                    let told = settled.lines.iter().map(|line| {
                        let line: Value = serde_json::from_str(line).unwrap();
                        let events = line["ids"].as_array().unwrap().len();
                        assert_eq!(line["events"], events);
                        events
                    });
                    assert_eq!(told.sum::<usize>(), delivery.events.len(), "{:?}", settled.lines);
                    waiting.extend(settled.parcel);
                    aside += settled.dead.iter().map(|dead| dead.parcel.events.len()).sum::<usize>();
                    counts.merge(settled.counts);
                }
            }
            for id in ["echo", "q", "none", "spells", "guarded"] {
                let kept = waiting.iter().filter(|parcel| parcel.component == id);
                let kept: usize = kept.map(|parcel| parcel.events.len()).sum();
                let sum = Sum::of(&counts, id);
                assert_eq!(
                    sum.accepted,
                    sum.delivered + sum.dropped + kept,
                    "seed {seed}, {minute} min, {id}"
                );
                assert_eq!(sum.kept, sum.retaken + kept, "seed {seed}, {minute} min, {id}");
            }
        }
        assert_eq!(waiting, [], "seed {seed}");
        let accepted: usize =
            ["echo", "q", "none", "spells", "guarded"].map(|id| Sum::of(&counts, id).accepted).iter().sum();
        assert_eq!(accepted, 5 * 10 * 3);
        let refused_later: u64 = counts
            .iter()
            .filter(|(id, tally, _)| *id == "q" && matches!(tally, Tally::Dropped(_)))
            .map(|(_, _, events)| events)
            .sum();
        assert!(aside >= usize::try_from(refused_later).unwrap(), "all of a queue's was in the outbox");
    }
}

#[derive(Default)]
struct Sum {
    accepted: usize,
    retaken: usize,
    delivered: usize,
    kept: usize,
    dropped: usize,
}

impl Sum {
    fn of(counts: &Counts, component: &str) -> Self {
        let mut sum = Self::default();
        for (_, tally, events) in counts.iter().filter(|(id, ..)| *id == component) {
            *match tally {
                Tally::Accepted => &mut sum.accepted,
                Tally::Retaken => &mut sum.retaken,
                Tally::Delivered => &mut sum.delivered,
                Tally::Kept(_) => &mut sum.kept,
                Tally::Dropped(_) => &mut sum.dropped,
            } += usize::try_from(events).unwrap();
        }
        sum
    }
}

#[test]
fn what_was_not_taken_of_a_request_is_sent_again_alone() {
    let edge = with_outbox(&json!([{"kind": "spells"}]));
    let random = Random::from_seed([3; 32]);
    let first = plan(&edge, &events(4));
    let [delivery] = &first.deliveries[..] else { panic!("one request") };
    assert!(delivery.answer_bytes() > 1000);
    let settled = edge.settle(delivery, &Outcome::Answered(StatusCode::OK, None), b"drjr", NOW, &random);
    let lines: Vec<Value> = settled.lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told = |line: &Value| {
        ["outcome", "events", "said"]
            .map(|name| line[name].to_string().trim_matches('"').to_owned())
            .join(" ")
    };
    assert_eq!(
        lines.iter().map(told).collect::<Vec<_>>(),
        ["delivered 1 null", "try-again 2 slow down", "rejected 1 no column [redacted]"]
    );
    let due: Vec<_> = lines.iter().map(|line| line["due"].is_string()).collect();
    assert_eq!(due, [false, true, false]);
    let parcel = settled.parcel.unwrap();
    assert_eq!(
        parcel.events,
        [&first.deliveries[0].events[1], &first.deliveries[0].events[3]].map(Clone::clone)
    );

    let second = again(&edge, vec![parcel], later(60_000));
    let settled =
        edge.settle(&second.deliveries[0], &Outcome::Answered(StatusCode::OK, None), b"dd", NOW, &random);
    assert_eq!((settled.lines.len(), settled.parcel.is_none()), (1, true));
    assert!(settled.lines[0].contains(r#""attempt":2"#), "{}", settled.lines[0]);
}

#[test]
fn an_answer_that_says_nothing_leaves_it_to_the_status() {
    let random = Random::from_seed([3; 32]);
    let edge = edge_of(&json!({}), &json!([{"kind": "spells"}]));
    let plan = plan(&edge, &events(2));
    for (status, body, outcome, said) in [
        (200, "dd", "delivered", None),
        (200, "", "delivered", None),
        (200, "d", "delivered", Some("the answer could not be read")),
        (200, "??", "delivered", Some("the answer could not be read")),
        (400, "??", "rejected", None),
        (503, "??", "undelivered", None),
        (400, "rr", "undelivered", Some("slow down")),
        (503, "dd", "delivered", None),
    ] {
        let answered = Outcome::Answered(StatusCode::from_u16(status).unwrap(), None);
        let settled = edge.settle(&plan.deliveries[0], &answered, body.as_bytes(), NOW, &random);
        let [line] = &settled.lines[..] else { panic!("one line") };
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(
            (line["outcome"].as_str(), line["said"].as_str()),
            (Some(outcome), said),
            "{status} {body}"
        );
    }
}
