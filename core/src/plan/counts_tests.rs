use std::collections::BTreeMap;
use std::path::Path;

use http::StatusCode;
use serde_json::{Value, json};

use super::tests::{edge_of, plan};
use crate::budget::Platform;
use crate::counts::Counts;
use crate::facts::{Random, Timestamp};
use crate::outbox::Parcel;
use crate::plan::Plan;
use crate::settle::Outcome;

const NOW: Timestamp = Timestamp(1_795_343_700_000);

fn rows(texts: &[String]) -> Vec<Value> {
    texts.iter().map(|text| serde_json::from_str(text).unwrap()).collect()
}

/// The sums of a list of lines or points, by what comes before the number.
fn sums(rows: &[Value], of: impl Fn(&Value) -> (String, u64)) -> BTreeMap<String, u64> {
    let mut sums = BTreeMap::new();
    for (word, events) in rows.iter().map(of) {
        *sums.entry(word).or_default() += events;
    }
    sums
}

fn outcome(row: &Value) -> (String, u64) {
    let (word, events) = match row["outcome"].as_str() {
        Some(word) => (word, &row["events"]),
        None => (row["blobs"][1].as_str().unwrap(), &row["doubles"][0]),
    };
    (word.to_owned(), events.as_u64().unwrap())
}

/// Two hours of a shop whose destinations fail at times, as its counts are written: a list for each visit.
fn hours() -> Vec<(Timestamp, Counts)> {
    let edge = edge_of(
        &json!({"delivery": {"outbox": true, "keep_hours": 1}}),
        &json!([
            {"kind": "echo"},
            {"kind": "echo", "id": "q", "delivery": "queue"},
            {"kind": "echo", "id": "none", "events": ["page"]},
            {"kind": "spells"},
        ]),
    );
    let random = Random::from_seed([9; 32]);
    let events: Value = (0..3)
        .map(|n| json!({"type": "track", "data": {"name": n.to_string()}, "consent": "granted"}))
        .collect();
    let (mut waiting, mut all) = (Vec::<Parcel>::new(), Vec::new());
    for minute in 0..120_i64 {
        let now = Timestamp(NOW.0 + minute * 60_000);
        let (due, rest) = std::mem::take(&mut waiting).into_iter().partition(|parcel| parcel.due <= now);
        waiting = rest;
        let visit = (minute < 100 && minute % 5 == 0).then(|| plan(&edge, &events));
        for mut plan in
            visit.into_iter().chain([Plan::again(&edge, due, now, [4; 32], Platform::FASTLY.budget)])
        {
            let mut counts = std::mem::take(&mut plan.counts);
            waiting.append(&mut plan.parcels);
            for (n, delivery) in (0_i64..).zip(&plan.deliveries) {
                let at = usize::try_from(minute + n).unwrap();
                let status = StatusCode::from_u16([200, 500, 200, 400, 429][at % 5]).unwrap();
                let body: Vec<u8> =
                    (0..delivery.events.len()).map(|event| b"ddrj"[(at + event) % 4]).collect();
                let settled = edge.settle(delivery, &Outcome::Answered(status, None), &body, now, &random);
                waiting.extend(settled.parcel);
                counts.merge(settled.counts);
            }
            // The store is full for a while.
            if minute == 10 {
                for parcel in waiting.drain(..) {
                    counts.lost(&parcel.component, parcel.events.len());
                }
            }
            all.push((now, counts));
        }
    }
    assert_eq!(waiting, []);
    all
}

#[test]
fn what_is_written_adds_up_to_what_happened() {
    let (mut lines, mut points) = (Vec::new(), Vec::new());
    for (now, counts) in hours() {
        lines.extend(counts.lines(&Platform::FASTLY, now));
        points.extend(counts.points(&Platform::CLOUDFLARE, 250));
    }
    let (as_lines, as_points) = (sums(&rows(&lines), outcome), sums(&rows(&points), outcome));
    assert_eq!(as_lines, as_points);
    let [accepted, retaken, delivered, kept, dropped] =
        ["accepted", "retaken", "delivered", "kept", "dropped"].map(|word| as_lines[word]);
    assert_eq!(accepted, 20 * 3 * 4);
    assert_eq!(accepted, delivered + dropped);
    assert_eq!(kept, retaken);
    assert!([retaken, delivered, dropped].iter().all(|events| *events > 0));
    // What the queries of the documentation are asked in tests/receivers/metrics_test.py.
    for (name, rows) in [("lines", lines), ("points", points)] {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../tests/receivers/counts/{name}.jsonl"));
        let text = rows.join("\n") + "\n";
        if std::env::var_os("UPDATE").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "UPDATE=1 writes it anew");
    }
}

#[test]
fn many_are_told_together_and_add_up_all_the_same() {
    let mut counts = Counts::default();
    for n in 1..=30 {
        for reason in 0..2 {
            let id = format!("c{n}");
            counts.add(&id, crate::counts::Tally::Accepted, n);
            counts.add(&id, crate::counts::Tally::Dropped(crate::account::DropReason::ALL[reason]), n);
        }
    }
    let all = sums(&rows(&counts.points(&Platform::CLOUDFLARE, 250)), outcome);
    for (most, expected) in [(250, 90), (90, 90), (89, 60), (60, 60), (59, 2), (2, 2), (1, 1), (0, 0)] {
        let points = rows(&counts.points(&Platform::CLOUDFLARE, most));
        assert_eq!(points.len(), expected, "{most}");
        if most > 1 {
            assert_eq!(sums(&points, outcome), all, "{most}");
        }
        assert!(points.iter().all(|point| point["indexes"][0] == point["blobs"][0]));
    }
}

#[test]
fn what_the_outbox_did_not_take_is_undelivered() {
    let edge =
        edge_of(&json!({"delivery": {"outbox": true}}), &json!([{"kind": "echo", "delivery": "queue"}]));
    let mut counts =
        plan(&edge, &json!([{"type": "track", "data": {"name": "a"}, "consent": "granted"}])).counts;
    counts.lost("echo", 1);
    let told = rows(&counts.lines(&Platform::FASTLY, NOW));
    let told: Vec<_> = told
        .iter()
        .map(|row| {
            (row["outcome"].as_str().unwrap(), row["reason"].as_str().unwrap(), row["events"].as_u64())
        })
        .collect();
    assert_eq!(
        told,
        [
            ("accepted", "", Some(1)),
            ("retaken", "", Some(1)),
            ("kept", "queue", Some(1)),
            ("dropped", "undelivered", Some(1))
        ]
    );
}
