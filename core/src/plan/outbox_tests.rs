use http::StatusCode;
use serde_json::{Value, json};

use super::tests::{edge_of, plan};
use crate::budget::{Budget, Platform};
use crate::edge::Edge;
use crate::facts::{Random, Timestamp};
use crate::outbox::Parcel;
use crate::plan::Plan;
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
    let settled = plan.deliveries.iter().map(|delivery| edge.settle(delivery, &outcome, now, &random));
    settled.map(|settled| (settled.line, settled.parcel)).collect()
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
        let text = parcel.write().0.remove(0);
        let plan = again(&edge, vec![Parcel::read(text.as_bytes()).unwrap()], now);
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
fn a_destination_that_keeps_failing_is_left_alone_and_the_others_are_not() {
    let edge = with_outbox(&json!([{"kind": "echo", "id": "bad"}, {"kind": "echo", "id": "good"}]));
    let random = Random::from_seed([3; 32]);
    for _ in 0..3 {
        let plan = plan(&edge, &events(1));
        assert_eq!(plan.deliveries.len(), 2);
        for delivery in &plan.deliveries {
            let status = if delivery.component == "bad" { 500 } else { 200 };
            let outcome = Outcome::Answered(StatusCode::from_u16(status).unwrap(), None);
            let _ = edge.settle(delivery, &outcome, NOW, &random);
        }
    }
    let plan = plan(&edge, &events(1));
    assert_eq!(
        plan.deliveries.iter().map(|delivery| delivery.component.as_str()).collect::<Vec<_>>(),
        ["good"]
    );
    assert_eq!((plan.parcels.len(), plan.parcels[0].due), (1, later(10_000)));
    assert!(plan.lines.iter().any(|line| line.contains("held-back")), "{:?}", plan.lines);
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

/// Whatever happens on the way, each event is accounted for once: delivered, kept, or dropped.
#[test]
fn every_event_is_accounted_for() {
    for seed in 0..40_u8 {
        let edge = with_outbox(&json!([{"kind": "echo"}, {"kind": "echo", "id": "q", "delivery": "queue"}]));
        let random = Random::from_seed([seed; 32]);
        let (mut waiting, mut delivered, mut dropped): (Vec<Parcel>, usize, usize) = (Vec::new(), 0, 0);
        let mut entered = 0;
        for minute in 0..120_i64 {
            let now = later(minute * 60_000);
            let mut plans = Vec::new();
            if minute < 10 {
                entered += 2 * 3;
                plans.push(plan(&edge, &events(3)));
            }
            let (due, rest) =
                std::mem::take(&mut waiting).into_iter().partition(|parcel: &Parcel| parcel.due <= now);
            waiting = rest;
            plans.push(again(&edge, due, now));
            for plan in plans {
                waiting.extend(plan.parcels.clone());
                dropped += plan
                    .lines
                    .iter()
                    .filter(|line| line.contains("\"drop\""))
                    .map(|line| {
                        serde_json::from_str::<Value>(line).unwrap()["events"]
                            .as_u64()
                            .map_or(0, |n| usize::try_from(n).unwrap())
                    })
                    .sum::<usize>();
                for delivery in &plan.deliveries {
                    let status = [200, 200, 500, 429, 400][usize::from(random.bytes()[0]) % 5];
                    let outcome = Outcome::Answered(StatusCode::from_u16(status).unwrap(), None);
                    match (status, edge.settle(delivery, &outcome, now, &random).parcel) {
                        (_, Some(parcel)) => waiting.push(parcel),
                        (200, None) => delivered += delivery.events.len(),
                        (_, None) => dropped += delivery.events.len(),
                    }
                }
            }
        }
        let kept: usize = waiting.iter().map(|parcel| parcel.events.len()).sum();
        assert_eq!((delivered + dropped, kept), (entered, 0), "seed {seed}");
    }
}
