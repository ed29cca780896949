//! The Measurement Protocol's limits, kept by construction.

// Tests may assert as tests do.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use selvedge_components::registry;
use selvedge_core::component::{Encoded, ResolvedSettings};
use selvedge_core::config::Setting;
use selvedge_core::event::Event;
use serde_json::{Value, json};

use support::track;

fn encode(events: &[Event]) -> Encoded {
    let text = |text: &str| Setting::Text(text.to_owned());
    let values =
        [("measurement_id".to_owned(), text("G-ABC123DEF4")), ("api_secret".to_owned(), text("very-secret"))];
    let settings = ResolvedSettings { values: values.into(), endpoint: None };
    let kind = registry().iter().find(|known| known.name == "ga4").unwrap();
    let destination = (kind.build)(&settings).unwrap();
    assert!(!format!("{destination:?}").contains("very-secret"));
    support::encode(destination.as_ref(), events)
}

fn bodies(encoded: &Encoded) -> Vec<Value> {
    encoded.requests.iter().map(|(request, _)| serde_json::from_slice(&request.body).unwrap()).collect()
}

#[test]
fn a_request_has_25_events() {
    let events: Vec<Event> = (0..60).map(|n| track("Clicked", json!({ "n": n }))).collect();
    let counts: Vec<usize> =
        bodies(&encode(&events)).iter().map(|body| body["events"].as_array().unwrap().len()).collect();
    assert_eq!(counts, [25, 25, 10]);
}

#[test]
fn a_request_has_130_kilobytes_and_an_event_200_items() {
    let products: Vec<_> =
        (0..250).map(|n| json!({ "sku": n, "name": "語".repeat(150), "brand": "語".repeat(150) })).collect();
    let mut events: Vec<Event> =
        (0..3).map(|_| track("Cart Viewed", json!({ "products": products }))).collect();
    for event in &mut events {
        let traits: serde_json::Map<_, _> =
            (0..40).map(|n| (format!("{n} {}", "語".repeat(60)), json!("語".repeat(60)))).collect();
        event.context.user.properties = traits;
        event.context.user.user_id = Some("語".repeat(300));
    }
    let encoded = encode(&events);
    assert_eq!(encoded.requests.len(), 3);
    for ((request, _), body) in encoded.requests.iter().zip(bodies(&encoded)) {
        assert!(request.body.len() <= 130_000 && request.body.len() > 100_000, "{}", request.body.len());
        assert_eq!(body["user_properties"].as_object().unwrap().len(), 25);
        assert_eq!(body["user_id"].as_str().unwrap().chars().count(), 256);
    }
    let small: Vec<_> = (0..250).map(|n| json!({ "sku": n })).collect();
    let body = bodies(&encode(&[track("Cart Viewed", json!({ "products": small }))])).remove(0);
    assert_eq!(body["events"][0]["params"]["items"].as_array().unwrap().len(), 200);
}

#[test]
fn an_event_has_25_parameters_whoever_named_them() {
    let properties: serde_json::Map<String, Value> =
        (0..40).map(|n| (format!("k{n:02} {}", "k".repeat(60)), json!("é".repeat(300)))).collect();
    let body = bodies(&encode(&[track(&"Name ".repeat(20), json!(properties))])).remove(0);
    let event = &body["events"][0];
    assert_eq!(event["name"].as_str().unwrap().len(), 40);
    let params = event["params"].as_object().unwrap();
    assert_eq!(params.len(), 25, "{params:?}");
    for (name, value) in params.iter().filter(|(name, _)| name.starts_with('k')) {
        assert!(name.len() <= 40 && value.as_str().unwrap().chars().count() == 100);
    }
}

#[test]
fn names_that_are_googles_are_not_taken() {
    let body =
        bodies(&encode(&[track("session_start", json!({ "session_id": 7 })), track("errors", json!({}))]))
            .remove(0);
    assert_eq!(
        (&body["events"][0]["name"], &body["events"][1]["name"]),
        (&json!("x_session_start"), &json!("errors"))
    );
    assert_eq!(body["events"][0]["params"]["session_id"], json!("1795343000"), "not the owner's to say");
}
