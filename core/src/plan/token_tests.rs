use std::collections::BTreeMap;
use std::sync::Arc;

use http::StatusCode;
use serde_json::{Value, json};

use super::tests::{edge_with, plan_at};
use super::{Delivery, Plan, Seek, Stored};
use crate::budget::{Budget, Platform};
use crate::edge::Edge;
use crate::facts::{Random, Timestamp};
use crate::settle::{Outcome, Settled};

const NOW: i64 = 1_730_000_000_000;

fn guarded(id: &str, key: &str) -> Value {
    json!({"kind": "guarded", "id": id, "settings": {"key": key}})
}

fn edge(outbox: bool, components: &Value) -> Arc<Edge> {
    let secrets = BTreeMap::from([("SELVEDGE_KEY".to_owned(), "00".repeat(32))]);
    edge_with(&json!({"delivery": {"outbox": outbox}}), components, &secrets)
}

fn at(seconds: i64) -> Timestamp {
    Timestamp(NOW + seconds * 1000)
}

fn visit(edge: &Arc<Edge>, names: &[&str], seconds: i64) -> Plan {
    let events: Value = names
        .iter()
        .map(|name| json!({"type": "track", "data": {"name": name}, "consent": "granted"}))
        .collect();
    plan_at(edge, &events, at(seconds).0, Platform::FASTLY.budget)
}

fn random() -> Random {
    Random::from_seed([3; 32])
}

/// Does what an adapter does: looks into the store, else asks, who answers with that; returns what is stored.
fn fetch(
    edge: &Edge,
    plan: &mut Plan,
    store: Option<&Stored>,
    answer: (u16, &str),
    now: Timestamp,
) -> (usize, Vec<Stored>) {
    let (mut asked, mut kept) = (0, Vec::new());
    for waiting in &plan.waiting {
        let stored = store.filter(|stored| waiting.stored_as().as_ref() == Some(&stored.name));
        let text = stored.map(|stored| stored.text.as_bytes());
        match edge.seek_token(waiting, text, now, &random()) {
            Seek::Done(stored) => kept.extend(stored),
            Seek::Wait => panic!("nobody else is here"),
            Seek::Ask(ask) => {
                assert_eq!(ask.request.url, "https://token.example");
                asked += 1;
                let outcome = Outcome::Answered(StatusCode::from_u16(answer.0).unwrap(), None);
                kept.extend(edge.token_answered(waiting, &outcome, answer.1.as_bytes(), now, &random()));
            }
        }
    }
    let resumed = Plan::resume(edge, std::mem::take(&mut plan.waiting), now, [5; 32]);
    assert!(resumed.waiting.is_empty());
    plan.deliveries.extend(resumed.deliveries);
    plan.parcels.extend(resumed.parcels);
    plan.lines.extend(resumed.lines);
    (asked, kept)
}

fn token(delivery: &Delivery) -> &str {
    &delivery.request.headers[0].1
}

fn settle(edge: &Edge, delivery: &Delivery, status: u16, now: Timestamp) -> Settled {
    edge.settle(
        delivery,
        &Outcome::Answered(StatusCode::from_u16(status).unwrap(), None),
        b"",
        now,
        &random(),
    )
}

#[test]
fn a_token_is_asked_for_once_and_kept_here_and_in_the_store() {
    let components = json!([guarded("a", "k"), guarded("b", "k")]);
    let one = edge(false, &components);
    let mut first = visit(&one, &["x", "unwanted"], 0);
    assert!(first.deliveries.is_empty());
    assert_eq!(first.waiting.len(), 1, "the two have the same credentials");
    let (asked, kept) = fetch(&one, &mut first, None, (200, "t-1"), at(0));
    assert_eq!((asked, first.deliveries.iter().map(token).collect::<Vec<_>>()), (1, vec!["t-1", "t-1"]));
    let dropped = first.lines.iter().filter(|line| line.contains("not-supported")).count();
    assert_eq!((dropped, first.lines.len()), (2, 2), "each is told once: {:?}", first.lines);

    // The next visit has it at hand.
    let second = visit(&one, &["x"], 3_000);
    assert!(second.waiting.is_empty());
    assert_eq!(second.deliveries.iter().map(token).collect::<Vec<_>>(), ["t-1", "t-1"]);

    // Another instance finds it in the store, where nobody can read it, and under its name alone.
    let [stored] = &kept[..] else { panic!("one token") };
    assert!(!stored.text.contains("t-1") && stored.name.starts_with("token/") && stored.seconds == 3600);
    for (name, text, seconds, found) in [
        (stored.name.as_str(), stored.text.as_str(), 60, true),
        (&stored.name, "", 60, false),
        (&stored.name, "v1.abc.def", 60, false),
        (&stored.name, &stored.text, 3_500, false),
    ] {
        let other = edge(false, &components);
        let mut plan = visit(&other, &["x"], seconds);
        let stored = Stored { name: name.into(), text: text.into(), seconds: 0 };
        let (asked, _) = fetch(&other, &mut plan, Some(&stored), (200, "t-2"), at(seconds));
        assert_eq!(
            (asked, token(&plan.deliveries[0])),
            if found { (0, "t-1") } else { (1, "t-2") },
            "{seconds}"
        );
    }
    let other = edge(false, &json!([guarded("a", "other")]));
    let mut plan = visit(&other, &["x"], 0);
    let stored = Stored { name: plan.waiting[0].stored_as().unwrap(), text: stored.text.clone(), seconds: 0 };
    let (asked, _) = fetch(&other, &mut plan, Some(&stored), (200, "t-2"), at(0));
    assert_eq!((asked, token(&plan.deliveries[0])), (1, "t-2"), "what is another's does not open");

    // It is asked for anew before it runs out.
    assert_eq!(visit(&one, &["x"], 3_479).waiting.len(), 0);
    assert_eq!(visit(&one, &["x"], 3_480).waiting.len(), 1);
}

#[test]
fn nothing_is_asked_where_nothing_is_sent() {
    let edge = edge(false, &json!([guarded("a", "k")]));
    let plan = visit(&edge, &["unwanted", "unwanted"], 0);
    assert!(plan.waiting.is_empty() && plan.deliveries.is_empty());
    assert_eq!(plan.budget, Platform::FASTLY.budget);
    assert_eq!(plan.lines, [r#"{"selvedge":"drop","component":"a","reason":"not-supported","events":2}"#]);
}

#[test]
fn what_is_made_is_kept_as_well() {
    let component = json!([{"kind": "guarded", "id": "a", "settings": {"key": "k", "self": "yes"}}]);
    let one = edge(false, &component);
    let mut plan = visit(&one, &["x"], 0);
    let (asked, kept) = fetch(&one, &mut plan, None, (500, ""), at(0));
    assert_eq!((asked, kept.len(), token(&plan.deliveries[0])), (0, 1, "made-1730000000"));
    let two = edge(false, &component);
    let mut plan = visit(&two, &["x"], 60);
    fetch(&two, &mut plan, kept.first(), (500, ""), at(60));
    assert_eq!(token(&plan.deliveries[0]), "made-1730000000", "it is not made twice");
}

#[test]
fn without_a_token_events_are_kept_or_told() {
    let refused =
        r#"{"error":"invalid_grant","error_description":"Token of jane@example.com has been revoked."}"#;
    for (outbox, status, body, reason, problem) in [
        (
            false,
            400,
            refused,
            "rejected",
            "no token: 400 invalid_grant: Token of [redacted] has been revoked.",
        ),
        (
            true,
            400,
            refused,
            "rejected",
            "no token: 400 invalid_grant: Token of [redacted] has been revoked.",
        ),
        (true, 401, r#"{"error":"invalid_client"}"#, "rejected", "no token: 401 invalid_client"),
        (false, 503, "<html>", "undelivered", "no token: 503"),
        (true, 503, "<html>", "try-again", "no token: 503"),
        (true, 429, "", "try-again", "no token: 429"),
        (true, 200, "", "try-again", "no token: 200 no token in the answer"),
    ] {
        let edge = edge(outbox, &json!([guarded("a", "k")]));
        let mut plan = visit(&edge, &["x", "y"], 0);
        let (asked, kept) = fetch(&edge, &mut plan, None, (status, body), at(0));
        assert_eq!((asked, kept.len(), plan.deliveries.len()), (1, 0, 0));
        let line: Value = serde_json::from_str(&plan.lines[0]).unwrap();
        assert_eq!((&line["reason"], &line["problem"]), (&json!(reason), &json!(problem)));
        assert_eq!((&line["events"], line["ids"].as_array().unwrap().len()), (&json!(2), 2));
        assert_eq!(
            plan.parcels.iter().map(|parcel| parcel.events.len()).sum::<usize>(),
            if reason == "try-again" { 2 } else { 0 }
        );

        // Nobody asks again at once; later somebody does.
        let mut soon = visit(&edge, &["x"], 4);
        assert_eq!(fetch(&edge, &mut soon, None, (200, "t-1"), at(4)).0, 0);
        assert!(soon.lines[0].contains(problem), "{:?}", soon.lines);
        let mut late = visit(&edge, &["x"], 61);
        assert_eq!(fetch(&edge, &mut late, None, (200, "t-1"), at(61)).0, 1);
        assert_eq!(late.deliveries.len(), 1);
        for parcel in plan.parcels {
            let again = Plan::again(&edge, vec![parcel], at(62), [4; 32], Platform::FASTLY.budget);
            assert_eq!(token(&again.deliveries[0]), "t-1");
        }
    }
}

#[test]
fn a_refused_token_is_forgotten_and_the_events_tried_again_once() {
    for outbox in [true, false] {
        let edge = edge(outbox, &json!([guarded("a", "k")]));
        let mut plan = visit(&edge, &["x"], 0);
        let (_, kept) = fetch(&edge, &mut plan, None, (200, "old"), at(0));
        let settled = settle(&edge, &plan.deliveries[0], 401, at(1));
        assert_eq!(settled.parcel.is_some(), outbox, "{:?}", settled.lines);
        assert_eq!(settled.forget.as_ref(), Some(&kept[0].name), "nor shall the store keep it");
        assert!(
            settled.lines[0].contains(if outbox { "try-again" } else { "rejected" }),
            "{:?}",
            settled.lines
        );

        // Where the store has it for a while longer, it is not taken from there.
        let mut next = visit(&edge, &["y"], 2);
        assert_eq!(fetch(&edge, &mut next, kept.first(), (200, "new"), at(2)).0, 1);
        assert_eq!(token(&next.deliveries[0]), "new");
        let Some(parcel) = settled.parcel else { continue };
        let again = Plan::again(&edge, vec![parcel.clone()], parcel.due, [4; 32], Platform::FASTLY.budget);
        assert_eq!(token(&again.deliveries[0]), "new");
        let settled = settle(&edge, &again.deliveries[0], 401, parcel.due);
        assert!(settled.parcel.is_none() && settled.lines[0].contains("rejected"), "{:?}", settled.lines);
        assert_eq!(settled.forget, None);
        // It was not the token; the next is as good, and is kept.
        assert!(visit(&edge, &["z"], 60).waiting.is_empty());
        assert!(settle(&edge, &next.deliveries[0], 200, at(61)).parcel.is_none());
        assert!(settle(&edge, &next.deliveries[0], 401, at(62)).parcel.is_some(), "it was good once");
    }
    let plain = edge(true, &json!([{"kind": "echo"}]));
    let plan = visit(&plain, &["x"], 0);
    assert!(settle(&plain, &plan.deliveries[0], 401, at(0)).parcel.is_none(), "who has no token is refused");
}

#[test]
fn two_visits_at_once_ask_once() {
    let edge = edge(false, &json!([guarded("a", "k")]));
    let (one, mut two) = (visit(&edge, &["x"], 0), visit(&edge, &["y"], 0));
    let seek = |plan: &Plan, seconds| edge.seek_token(&plan.waiting[0], None, at(seconds), &random());
    assert!(matches!(seek(&one, 0), Seek::Ask(_)));
    assert!(matches!(seek(&two, 1), Seek::Wait));
    let outcome = Outcome::Answered(StatusCode::OK, None);
    assert!(edge.token_answered(&one.waiting[0], &outcome, b"t-1", at(2), &random()).is_some());
    assert!(matches!(seek(&two, 2), Seek::Done(None)));
    fetch(&edge, &mut two, None, (500, ""), at(2));
    assert_eq!(token(&two.deliveries[0]), "t-1");
}

#[test]
fn tokens_are_paid_for_out_of_the_budget() {
    let components = json!([guarded("a", "k"), guarded("b", "l"), {"kind": "echo"}]);
    for (subrequests, lookups, waiting, deliveries, after) in [
        (32, 16, 2, 1, (27, 12)),
        (5, 3, 2, 1, (0, 1)),
        (4, 0, 2, 0, (0, 0)),
        (3, 16, 1, 1, (0, 14)),
        (1, 16, 0, 1, (0, 16)),
    ] {
        let edge = edge(true, &components);
        let events = json!([{"type": "track", "data": {"name": "x"}, "consent": "granted"}]);
        let budget = Budget { subrequests, lookups, ..Platform::FASTLY.budget };
        let mut plan = plan_at(&edge, &events, NOW, budget);
        assert_eq!((plan.waiting.len(), plan.deliveries.len()), (waiting, deliveries), "{subrequests}");
        assert_eq!((plan.budget.subrequests, plan.budget.lookups), after, "{subrequests}");
        let looked = plan.waiting.iter().filter(|waiting| waiting.stored_as().is_some()).count();
        assert_eq!(u32::try_from(looked).unwrap() * 2, lookups - after.1);
        fetch(&edge, &mut plan, None, (200, "t"), at(0));
        assert_eq!(
            (plan.deliveries.len(), plan.parcels.len()),
            (waiting + deliveries, 3 - waiting - deliveries)
        );
    }
}

/// Without the owner's key nothing can be sealed, so nothing is stored.
#[test]
fn nothing_is_stored_in_the_open() {
    let edge = edge_with(&json!({}), &json!([guarded("a", "k")]), &BTreeMap::new());
    let mut plan = visit(&edge, &["x"], 0);
    assert_eq!(plan.waiting[0].stored_as(), None);
    let (asked, kept) = fetch(&edge, &mut plan, None, (200, "t-1"), at(0));
    assert_eq!((asked, kept, plan.deliveries.len()), (1, Vec::new(), 1));
    assert!(!format!("{plan:?}{edge:?}").contains("t-1"));
}
