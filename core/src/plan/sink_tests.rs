use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::tests::plan_under;
use crate::account::DropReason;
use crate::budget::{Budget, Platform};
use crate::component::{Destination, Encoded, Kind, Moment};
use crate::consent::Purpose;
use crate::edge::Edge;
use crate::event::Event;
use crate::facts::{Random, Timestamp};
use crate::plan::Plan;
use crate::settle::Outcome;
use crate::sink::{Sink, Write};

/// Writes each event by its sink.
#[derive(Debug)]
struct Written(Sink);

impl Destination for Written {
    fn encode(&self, batch: &[&Event], _: &Moment<'_>) -> Encoded {
        let write = |event: &&Event| Write {
            sink: self.0,
            name: "EVENTS".into(),
            records: vec![serde_json::to_string(event).unwrap()],
        };
        let writes = batch.iter().enumerate().map(|(at, event)| (write(event), vec![at])).collect();
        Encoded { writes, ..Encoded::default() }
    }

    fn sink(&self) -> Option<Sink> {
        Some(self.0)
    }
}

fn kinds() -> [Kind; 3] {
    let kind = Kind {
        name: "line",
        purposes: &[Purpose::Analytics],
        conversions: false,
        tcf_vendor: None,
        settings: &[],
        build: |_| Ok(Box::new(Written(Sink::LogEndpoint))),
    };
    [
        kind,
        Kind { name: "message", build: |_| Ok(Box::new(Written(Sink::Queue))), ..kind },
        Kind { name: "point", build: |_| Ok(Box::new(Written(Sink::Dataset))), ..kind },
    ]
}

fn edge(platform: Platform, outbox: bool) -> Arc<Edge> {
    let components: Vec<_> = kinds().iter().map(|kind| json!({"kind": kind.name, "id": kind.name})).collect();
    let config = json!({
        "site": [{"origin": "https://origin.example"}],
        "delivery": {"outbox": outbox},
        "component": components,
    });
    Edge::new(serde_json::from_value(config).unwrap(), &kinds(), &BTreeMap::new(), platform)
}

fn plan(edge: &Arc<Edge>, count: usize, budget: Budget) -> Plan {
    let events: Value = (0..count)
        .map(|n| json!({"type": "track", "data": {"name": n.to_string()}, "consent": "granted"}))
        .collect();
    plan_under(edge, &events, budget)
}

fn written(plan: &Plan) -> BTreeMap<&str, usize> {
    let mut written = BTreeMap::new();
    plan.writes.iter().for_each(|write| *written.entry(&*write.component).or_default() += 1);
    written
}

fn says(plan: &Plan, component: &str, reason: &str, events: usize) -> bool {
    plan.lines
        .iter()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .any(|line| line["component"] == component && line["reason"] == reason && line["events"] == events)
}

#[test]
fn a_platform_writes_to_what_it_has_and_the_rest_is_dropped_by_name() {
    for (platform, has, lacks) in [
        (Platform::FASTLY, &["line"][..], &["message", "point"][..]),
        (Platform::CLOUDFLARE, &["message", "point"], &["line"]),
    ] {
        let edge = edge(platform, false);
        let plan = plan(&edge, 2, Budget { subrequests: 0, ..platform.budget });
        assert_eq!(written(&plan), has.iter().map(|kind| (*kind, 2)).collect(), "and no subrequest is taken");
        for kind in lacks {
            assert!(says(&plan, kind, DropReason::NotOnPlatform.word(), 2), "{:?}", plan.lines);
            assert!(edge.problems().iter().any(|line| line.contains(kind) && line.contains(platform.name)));
        }
    }
}

#[test]
fn what_a_platform_counts_is_kept_to() {
    let budget = Budget { queue_calls: 1, data_points: 2, ..Platform::CLOUDFLARE.budget };
    let without = plan(&edge(Platform::CLOUDFLARE, false), 3, budget);
    assert_eq!(written(&without), BTreeMap::from([("message", 1), ("point", 2)]));
    assert!(says(&without, "message", "over-budget", 2) && says(&without, "point", "over-budget", 1));
    let with = plan(&edge(Platform::CLOUDFLARE, true), 3, budget);
    assert_eq!(with.parcels.iter().map(|parcel| parcel.events.len()).sum::<usize>(), 3);
    assert!(says(&with, "point", "next-time", 1), "{:?}", with.lines);
}

#[test]
fn a_write_is_accounted_for_as_a_request_is() {
    let (now, random) = (Timestamp(1_730_000_000_000), Random::from_seed([3; 32]));
    let failed = Outcome::Unreachable("there is no queue bound to EVENTS".into());
    let refused = Outcome::Refused("log line too long".into());
    for (outbox, outcome, word, kept) in [
        (false, &Outcome::Written, "delivered", 0),
        (false, &failed, "undelivered", 0),
        (true, &failed, "try-again", 1),
        (true, &Outcome::TimedOut, "try-again", 1),
        (true, &refused, "rejected", 0),
    ] {
        let edge = edge(Platform::FASTLY, outbox);
        let plan = plan(&edge, 1, Platform::FASTLY.budget);
        let settled = edge.settle(&plan.writes[0], outcome, b"", now, &random);
        let line: Value = serde_json::from_str(&settled.lines[0]).unwrap();
        assert_eq!((&line["outcome"], &line["ids"].as_array().unwrap().len()), (&json!(word), &1));
        assert_eq!(line.get("status"), None);
        assert_eq!(settled.parcel.iter().map(|parcel| parcel.events.len()).sum::<usize>(), kept);
        // It comes back as what it was.
        let again =
            Plan::again(&edge, settled.parcel.into_iter().collect(), now, [4; 32], Platform::FASTLY.budget);
        assert_eq!(again.writes.len() + again.parcels.len(), kept);
    }
}
