//! The vendors' limits, kept by construction.

// Tests may assert as tests do.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::collections::BTreeMap;

use selvedge_components::registry;
use selvedge_core::component::{Encoded, ResolvedSettings};
use selvedge_core::config::Setting;
use selvedge_core::event::Event;
use serde_json::json;

use support::track;

fn encode(kind: &str, settings: &[(&str, &str)], events: &[Event]) -> Encoded {
    let values: BTreeMap<_, _> = settings
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Setting::Text((*value).to_owned())))
        .collect();
    let kind = registry().iter().find(|known| known.name == kind).unwrap();
    let destination = (kind.build)(&ResolvedSettings { values, endpoint: None }).unwrap();
    let encoded = support::encode(destination.as_ref(), events);
    let mut ends: Vec<usize> = encoded.requests.iter().flat_map(|(_, events)| events.clone()).collect();
    ends.extend(encoded.dropped.iter().map(|(event, _)| *event));
    ends.sort_unstable();
    assert_eq!(ends, (0..events.len()).collect::<Vec<_>>(), "every event ends once");
    encoded
}

fn ga4(events: &[Event]) -> Encoded {
    encode("ga4", &[("measurement_id", "G-ABC123DEF4")], events)
}

fn lines(encoded: &Encoded) -> Vec<String> {
    encoded
        .requests
        .iter()
        .flat_map(|(request, _)| std::str::from_utf8(&request.body).unwrap().split('\n'))
        .map(str::to_owned)
        .collect()
}

#[test]
fn ga4_takes_25_events_a_request() {
    let events: Vec<Event> = (0..60).map(|n| track("Clicked", json!({ "n": n }))).collect();
    let encoded = ga4(&events);
    let counts: Vec<usize> = encoded.requests.iter().map(|(_, events)| events.len()).collect();
    assert_eq!(counts, [25, 25, 10]);
    for (nth, (request, _)) in encoded.requests.iter().enumerate() {
        assert!(request.url.ends_with(&format!("&_s={}", nth + 1)), "{}", request.url);
    }
}

#[test]
fn ga4_takes_130_kilobytes_a_request_and_200_items_an_event() {
    let products: Vec<_> = (0..250).map(|n| json!({ "sku": n, "name": "語".repeat(150) })).collect();
    let events: Vec<Event> = (0..3).map(|_| track("Cart Viewed", json!({ "products": products }))).collect();
    let encoded = ga4(&events);
    assert_eq!(encoded.requests.len(), 3);
    for (request, _) in &encoded.requests {
        assert!(request.body.len() <= 130_000 && request.body.len() > 100_000, "{}", request.body.len());
    }
    let small: Vec<_> = (0..250).map(|n| json!({ "sku": n })).collect();
    let line = lines(&ga4(&[track("Cart Viewed", json!({ "products": small }))])).remove(0);
    assert!(line.contains("&pr200=") && !line.contains("&pr201="));
}

#[test]
fn ga4_takes_25_parameters_of_40_and_100_characters() {
    let properties: serde_json::Map<String, serde_json::Value> =
        (0..40).map(|n| (format!("{n:02} {}", "k".repeat(60)), json!("é".repeat(300)))).collect();
    let line = lines(&ga4(&[track(&"Name ".repeat(20), json!(properties))])).remove(0);
    let parameters: Vec<(String, String)> = line
        .split('&')
        .filter_map(|parameter| parameter.strip_prefix("ep.")?.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    assert_eq!(parameters.len(), 25, "{line}");
    assert!(parameters.iter().all(|(name, _)| name.len() <= 40));
    assert!(parameters.iter().all(|(_, value)| value.len() <= 100 * "%C3%A9".len()));
    let name = line.split('&').next().unwrap();
    assert_eq!(name.len(), "en=".len() + 40, "{name}");
}

#[test]
fn ga4_has_no_use_for_an_event_without_a_name() {
    let encoded = ga4(&[track("  ", json!({})), track("Clicked", json!({}))]);
    assert_eq!(support::rendered(&encoded).lines().last().unwrap(), "event 0 is dropped: not-supported");
    assert_eq!(encoded.requests.len(), 1);
}

#[test]
fn nothing_an_event_says_is_another_parameter_or_another_line() {
    let hostile = "x\n&en=purchase&tid=G-OTHER~pr0\r\u{0}#";
    let mut event =
        track(hostile, json!({ hostile: hostile, "products": [{ "sku": hostile, hostile: hostile }] }));
    event.context.page.url = Some(hostile.into());
    event.context.client.user_agent = Some(hostile.into());
    event.context.user.edgee_id = Some(hostile.into());
    let encoded = ga4(&[event]);
    let (request, _) = &encoded.requests[0];
    let body = std::str::from_utf8(&request.body).unwrap();
    assert_eq!(body.lines().count(), 1);
    for query in [request.url.split_once('?').unwrap().1, body] {
        for name in ["en", "tid"] {
            let named =
                query.split('&').filter(|parameter| parameter.split('=').next() == Some(name)).count();
            assert!(named <= 1, "{query}");
        }
    }
    assert!(request.url.parse::<http::Uri>().is_ok(), "{}", request.url);
    for (name, value) in &request.headers {
        assert!(http::HeaderValue::from_str(value).is_ok(), "{name}");
    }
}

#[test]
fn a_webhook_is_cut_at_a_megabyte() {
    let events: Vec<Event> = (0..5).map(|_| track("Big", json!({ "text": "x".repeat(300_000) }))).collect();
    let encoded = encode("webhook", &[("url", "https://c.example.com/events")], &events);
    let counts: Vec<usize> = encoded.requests.iter().map(|(_, events)| events.len()).collect();
    assert_eq!(counts, [3, 2]);
    for (request, events) in &encoded.requests {
        assert!(request.body.len() <= 1_000_000);
        let json: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
        assert_eq!(json["events"].as_array().unwrap().len(), events.len());
    }
    let huge = [track("Huge", json!({ "text": "x".repeat(1_200_000) })), track("Small", json!({}))];
    assert_eq!(encode("webhook", &[("url", "https://c.example.com/")], &huge).requests.len(), 2);
}

const AWS: [(&str, &str); 3] =
    [("access_key_id", "AKIDEXAMPLE"), ("secret_access_key", "secret"), ("region", "eu-west-3")];

fn aws(kind: &str, setting: (&'static str, &'static str), events: &[Event]) -> Encoded {
    encode(kind, &[&AWS[..], &[setting]].concat(), events)
}

fn counts(encoded: &Encoded) -> Vec<usize> {
    encoded.requests.iter().map(|(_, events)| events.len()).collect()
}

fn sized(bytes: usize) -> Event {
    track("Big", json!({ "text": "x".repeat(bytes) }))
}

#[test]
fn amazons_streams_take_500_records_a_request() {
    let events: Vec<Event> = (0..1201).map(|n| track("Clicked", json!({ "n": n }))).collect();
    for (kind, setting) in [("kinesis", "stream_name"), ("firehose", "delivery_stream_name")] {
        let encoded = aws(kind, (setting, "events"), &events);
        assert_eq!(counts(&encoded), [500, 500, 201], "{kind}");
        for (request, events) in &encoded.requests {
            let json: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
            assert_eq!(json["Records"].as_array().unwrap().len(), events.len());
        }
    }
    assert_eq!(
        counts(&aws("s3", ("bucket", "events"), &events)),
        [1201],
        "an object has no limit that is near"
    );
}

#[test]
fn amazons_streams_take_so_many_megabytes_a_request() {
    let events: Vec<Event> = (0..9).map(|_| sized(900_000)).collect();
    for (kind, setting, most, expected) in [
        ("kinesis", "stream_name", 5 * 1024 * 1024, vec![4, 4, 1]),
        ("firehose", "delivery_stream_name", 4_000_000, vec![3, 3, 3]),
    ] {
        let encoded = aws(kind, (setting, "events"), &events);
        assert_eq!(counts(&encoded), expected, "{kind}");
        assert!(encoded.requests.iter().all(|(request, _)| request.body.len() <= most), "{kind}");
    }
}

#[test]
fn a_record_that_may_be_refused_takes_no_other_with_it() {
    let events = [sized(10), sized(1_100_000), sized(10), sized(10_500_000), sized(10)];
    let kinesis = aws("kinesis", ("stream_name", "events"), &events);
    let ends: Vec<_> = kinesis.requests.iter().map(|(_, events)| events.clone()).collect();
    assert_eq!(ends, [vec![0], vec![1], vec![2, 4]]);
    assert_eq!(kinesis.dropped.len(), 1, "no stream takes ten megabytes");
    let firehose = aws("firehose", ("delivery_stream_name", "events"), &events);
    assert_eq!((counts(&firehose), firehose.dropped.len()), (vec![3], 2), "nor Firehose one");
}

#[test]
fn a_partition_key_has_1_to_256_characters() {
    let mut events = [sized(1), sized(1), sized(1)];
    for (event, id) in events.iter_mut().zip([Some("é".repeat(300)), Some(String::new()), None]) {
        event.context.user.edgee_id = id;
    }
    let encoded = aws("kinesis", ("stream_name", "events"), &events);
    let json: serde_json::Value = serde_json::from_slice(&encoded.requests[0].0.body).unwrap();
    let keys: Vec<&str> = json["Records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| record["PartitionKey"].as_str().unwrap())
        .collect();
    assert_eq!(keys[0], "é".repeat(256));
    assert_eq!(keys[1].len(), 36, "nobody in particular");
    assert_eq!(keys[1], keys[2], "of one visit");
}

#[test]
fn rows_end_where_they_end() {
    let hostile = "x\n{\"uuid\":1}\r\n\u{0}\u{2028}";
    let events = [track(hostile, json!({ hostile: hostile })), sized(1)];
    for encoded in [
        encode("clickhouse", &[("url", "https://db.example.com"), ("table", "events")], &events),
        aws("s3", ("bucket", "events"), &events),
    ] {
        let body = std::str::from_utf8(&encoded.requests[0].0.body).unwrap();
        assert_eq!(body.matches('\n').count(), 2, "{body}");
        assert!(body.ends_with("}\n"));
    }
}
