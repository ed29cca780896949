//! What the platforms' own sinks take, and where they are.

// Tests may assert as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::collections::BTreeMap;

use selvedge_components::registry;
use selvedge_core::account::DropReason;
use selvedge_core::budget::Platform;
use selvedge_core::component::{Encoded, ResolvedSettings};
use selvedge_core::config::check::{check_platform, sink};
use selvedge_core::config::{Config, Setting};
use selvedge_core::event::Event;
use selvedge_core::sink::Sink;
use serde_json::{Value, json};

use support::track;

fn built(
    kind: &str,
    settings: &[(&str, Setting)],
) -> Result<Box<dyn selvedge_core::component::Destination>, String> {
    let values: BTreeMap<_, _> =
        settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let kind = registry().iter().find(|known| known.name == kind).unwrap();
    (kind.build)(&ResolvedSettings { values, endpoint: None }).map_err(|error| error.to_string())
}

fn text(text: &str) -> Setting {
    Setting::Text(text.into())
}

fn list(texts: &[&str]) -> Setting {
    Setting::List(texts.iter().map(|text| (*text).to_owned()).collect())
}

fn encode(kind: &str, name: &str, events: &[Event]) -> Encoded {
    let setting = if kind == "fastly-log" { "endpoint_name" } else { "binding" };
    let encoded = support::encode(&*built(kind, &[(setting, text(name))]).unwrap(), events);
    let mut ends: Vec<usize> = encoded.writes.iter().flat_map(|(_, events)| events.clone()).collect();
    ends.extend(encoded.dropped.iter().map(|(event, _)| *event));
    ends.sort_unstable();
    assert_eq!(ends, (0..events.len()).collect::<Vec<_>>());
    assert!(encoded.requests.is_empty() && encoded.writes.iter().all(|(write, _)| write.name == name));
    encoded
}

fn sized(bytes: usize) -> Event {
    track("Large", json!({ "text": "x".repeat(bytes) }))
}

#[test]
fn a_queue_takes_100_messages_and_256_kb_a_call() {
    let many: Vec<Event> = (0..230).map(|n| track("Clicked", json!({ "n": n }))).collect();
    let encoded = encode("cloudflare-queue", "EVENTS", &many);
    let counts = |encoded: &Encoded| -> Vec<usize> {
        encoded.writes.iter().map(|(write, _)| write.records.len()).collect()
    };
    assert!(counts(&encoded).iter().all(|count| *count <= 100));
    assert_eq!(counts(&encoded).iter().sum::<usize>(), 230);

    let large: Vec<Event> = (0..5).map(|_| sized(100_000)).collect();
    let encoded = encode("cloudflare-queue", "EVENTS", &large);
    assert_eq!(counts(&encoded), [2, 2, 1]);
    for (write, _) in &encoded.writes {
        assert!(write.records.iter().map(|record| record.len() + 100).sum::<usize>() <= 256_000);
    }
}

#[test]
fn what_is_too_large_is_dropped_and_takes_no_other_with_it() {
    for (kind, name, fits, large) in
        [("cloudflare-queue", "EVENTS", 120_000, 128_000), ("fastly-log", "events", 60_000, 64_000)]
    {
        let encoded = encode(kind, name, &[sized(1), sized(large), sized(fits)]);
        assert_eq!(encoded.dropped, [(1, DropReason::TooLarge)], "{kind}");
        let longest = encoded.writes.iter().flat_map(|(write, _)| &write.records).map(String::len).max();
        assert!(longest.unwrap() < large, "{kind}");
    }
}

#[test]
fn a_line_is_one_line() {
    let hostile = "x\n{\"uuid\":1}\r\n\u{0}\u{2028}";
    let encoded = encode("fastly-log", "events", &[track(hostile, json!({ hostile: hostile })), sized(1)]);
    assert_eq!(encoded.writes.len(), 2, "each in a call of its own");
    for (write, _) in &encoded.writes {
        assert_eq!((write.sink, write.records.len()), (Sink::LogEndpoint, 1));
        assert!(!write.records[0].contains(['\n', '\r']));
    }
}

#[test]
fn a_data_point_is_cut_to_what_analytics_engine_takes() {
    let mut event = sized(1);
    let long = "é".repeat(20_000);
    event.context.page.path = Some(long.clone());
    event.context.page.title = Some(long);
    event.context.page.referrer = Some("https://www.example.net/".into());
    let encoded = encode("analytics-engine", "SHOP", &[event]);
    let point: Value = serde_json::from_str(&encoded.writes[0].0.records[0]).unwrap();
    assert_eq!(point["indexes"], json!(["é".repeat(48)]), "96 bytes");
    let blobs: Vec<&str> =
        point["blobs"].as_array().unwrap().iter().map(|blob| blob.as_str().unwrap()).collect();
    let bytes = blobs.iter().map(|blob| blob.len()).sum::<usize>();
    assert!((15_990..=16_000).contains(&bytes), "{bytes}");
    assert!(blobs.contains(&"https://www.example.net/"), "the short ones are whole");
    assert!(blobs.len() <= 20 && point["doubles"].as_array().unwrap().len() <= 20);
}

#[test]
fn columns_are_places_that_events_have() {
    let built = |name: &'static str, setting: Setting| {
        built("analytics-engine", &[("binding", text("SHOP")), (name, setting)]).err()
    };
    assert_eq!(built("blobs", list(&["type", "context.ids.google"])), None);
    assert_eq!(built("doubles", list(&["data.properties.\"my value\""])), None);
    for (name, setting, said) in [
        ("blobs", list(&["context.page.titel"]), "events have no `titel`"),
        ("blobs", list(&["data.properties.products[].sku"]), "several values"),
        ("doubles", list(&["type"; 21]), "are 21; a data point has 20"),
        ("doubles", text("type"), "is a list of paths"),
        ("index", text("context..path"), "is not a path"),
    ] {
        let problem = built(name, setting).unwrap();
        assert!(problem.starts_with(&format!("setting `{name}`")) && problem.contains(said), "{problem}");
    }
}

#[test]
fn names_are_what_the_platforms_take() {
    for name in ["events", "My S3 endpoint", "a.b-c"] {
        assert!(built("fastly-log", &[("endpoint_name", text(name))]).is_ok(), "{name}");
    }
    for name in ["", "a:b", "a\nb", "stdout", "StdErr", "fst_managed_x", &"x".repeat(256)] {
        assert!(built("fastly-log", &[("endpoint_name", text(name))]).is_err(), "{name}");
    }
    for kind in ["cloudflare-queue", "analytics-engine"] {
        for name in ["EVENTS", "events_2", "$x"] {
            assert!(built(kind, &[("binding", text(name))]).is_ok(), "{name}");
        }
        for name in ["", "2X", "MY-QUEUE", "a b", "SELVEDGE_OUTBOX"] {
            assert!(built(kind, &[("binding", text(name))]).is_err(), "{name}");
        }
    }
}

#[test]
fn a_kind_of_another_platform_is_refused_before_it_is_deployed() {
    let config = |components: Value| -> Config {
        let config = json!({"site": [{"origin": "https://origin.example"}], "component": components});
        serde_json::from_value(config).unwrap()
    };
    let named = json!({"endpoint_name": "events"});
    let bound = json!({"binding": "EVENTS"});
    for (component, sinks, fastly, cloudflare) in [
        (json!({"kind": "fastly-log", "settings": named}), Some(Sink::LogEndpoint), true, false),
        (json!({"kind": "cloudflare-queue", "settings": bound}), Some(Sink::Queue), false, true),
        (json!({"kind": "analytics-engine", "settings": bound}), Some(Sink::Dataset), false, true),
        (json!({"kind": "fastly-log", "endpoint": "https://c.example", "settings": named}), None, true, true),
    ] {
        let config = config(json!([component]));
        assert_eq!(sink(&config.components[0], registry()), sinks);
        for (platform, fits) in [(Platform::FASTLY, fastly), (Platform::CLOUDFLARE, cloudflare)] {
            let found = check_platform(&config, registry(), &platform);
            assert_eq!(found.is_empty(), fits, "{component}: {found:?}");
            for finding in found {
                assert_eq!(finding.path.to_string(), "component[0].kind");
                assert!(finding.message.contains(platform.name), "{}", finding.message);
            }
        }
    }
    // Forty of them and the origin are one subrequest.
    let many = (0..40).map(|n| json!({"kind": "cloudflare-queue", "id": format!("q{n}"), "settings": bound}));
    let config = config(many.collect());
    let tight = Platform {
        budget: selvedge_core::budget::Budget { subrequests: 1, ..Platform::CLOUDFLARE.budget },
        ..Platform::CLOUDFLARE
    };
    assert_eq!(check_platform(&config, registry(), &tight), []);
}
