//! What the conversion APIs of Meta, Pinterest, Snapchat and TikTok keep: limits, and what is personal.

// Tests may assert as tests do.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::collections::BTreeMap;

use selvedge_components::registry;
use selvedge_core::component::{Destination, Encoded, ResolvedSettings};
use selvedge_core::config::Setting;
use selvedge_core::event::{Event, Ids};
use serde_json::{Value, json};

use support::track;

type Settings<'s> = &'s [(&'s str, &'s str)];

/// Each with its settings and how many events a request of it takes.
const KINDS: &[(&str, Settings<'_>, usize)] = &[
    ("meta-capi", &[("pixel_id", "123"), ("access_token", "t")], 1000),
    ("pinterest-capi", &[("ad_account_id", "123"), ("access_token", "t")], 1000),
    ("snapchat-capi", &[("pixel_id", "a-1"), ("access_token", "t")], 2000),
    ("tiktok-events", &[("pixel_code", "C1"), ("access_token", "t")], 1000),
];

fn build(kind: &str, settings: Settings<'_>) -> Result<Box<dyn Destination>, String> {
    let values: BTreeMap<_, _> = settings
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Setting::Text((*value).to_owned())))
        .collect();
    let kind = registry().iter().find(|known| known.name == kind).unwrap();
    (kind.build)(&ResolvedSettings { values, endpoint: None }).map_err(|error| error.to_string())
}

fn encode(kind: &str, settings: Settings<'_>, events: &[Event]) -> Encoded {
    let encoded = support::encode(build(kind, settings).unwrap().as_ref(), events);
    let mut ends: Vec<usize> = encoded.requests.iter().flat_map(|(_, events)| events.clone()).collect();
    ends.extend(encoded.dropped.iter().map(|(event, _)| *event));
    ends.sort_unstable();
    assert_eq!(ends, (0..events.len()).collect::<Vec<_>>(), "every event ends once");
    encoded
}

fn body(encoded: &Encoded) -> Value {
    serde_json::from_slice(&encoded.requests[0].0.body).unwrap()
}

#[test]
fn requests_keep_the_vendors_limits() {
    for (kind, settings, most) in KINDS {
        let events: Vec<Event> = (0..=*most).map(|_| track("login", json!({}))).collect();
        let sent = encode(kind, settings, &events);
        for (request, events) in &sent.requests {
            assert!(request.body.len() <= 1_000_100 && events.len() <= *most, "{kind}");
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            let told = body["data"].as_array().map(Vec::len);
            assert_eq!(told, Some(events.len()), "{kind}");
        }
        assert_eq!(sent.requests.len(), 2, "{kind}");
        let big = json!({"email": "a@b.example", "search_term": "x".repeat(400_000)});
        let big: Vec<Event> = (0..5).map(|_| track("search", big.clone())).collect();
        let counts: Vec<usize> =
            encode(kind, settings, &big).requests.iter().map(|(_, events)| events.len()).collect();
        assert_eq!(counts, [2, 2, 1], "{kind}");
    }
}

#[test]
fn whoever_is_anonymous_is_not_told() {
    for (kind, settings, _) in KINDS {
        let mut event = track("Order Completed", json!({"total": 5, "currency": "EUR"}));
        event.anonymous = true;
        event.context.user.edgee_id = None;
        event.context.session = None;
        event.context.ids = Ids::default();
        event.context.client.ip = Some("203.0.113.0".into());
        let encoded = encode(kind, settings, &[event.clone()]);
        assert_eq!((encoded.requests.len(), encoded.dropped.len()), (0, 1), "{kind}");
        // Nothing at all is known.
        event.context.client.ip = None;
        event.context.client.user_agent = None;
        event.context.page.url = None;
        event.anonymous = false;
        assert_eq!(encode(kind, settings, &[event]).dropped.len(), 1, "{kind}");
    }
}

#[test]
fn nothing_personal_travels_beside_its_hash() {
    for (kind, settings, _) in KINDS {
        let mut event = track(
            "Order Completed",
            json!({"email": "ada@example.com", "phone": "+33612345678", "firstName": "Ada", "lastName": "Lovelace",
                   "dob": "1815-12-10", "street": "Rue Royale", "total": 5, "currency": "EUR", "plan": "pro"}),
        );
        event.context.user.user_id = Some("user-42".into());
        event.context.user.properties =
            serde_json::from_value(json!({"mail": "countess@example.com", "zip": "75001"})).unwrap();
        let encoded = encode(kind, settings, &[event]);
        let text = body(&encoded).to_string();
        for personal in [
            "ada@",
            "countess",
            "612345678",
            "\"Ada\"",
            "Lovelace",
            "lovelace",
            "1815",
            "Royale",
            "75001",
            "user-42",
            "be9f76b3",
        ] {
            assert!(!text.contains(personal), "{kind}: {personal} in {text}");
        }
    }
}

#[test]
fn nothing_happens_in_the_future() {
    for (kind, settings, _) in KINDS {
        let mut event = track("Product Viewed", json!({"sku": "T1"}));
        event.timestamp.0 = support::NOW.0 + 240_000;
        let body = body(&encode(kind, settings, &[event]));
        assert_eq!(body["data"][0]["event_time"], json!(support::NOW.seconds()), "{kind}");
    }
}

#[test]
fn what_cannot_be_a_setting_is_refused_and_no_token_repeated() {
    for (kind, settings, _) in KINDS {
        let (id, token) = (settings[0], settings[1]);
        assert!(build(kind, &[id, token]).is_ok(), "{kind}");
        assert!(build(kind, &[id]).unwrap_err().contains("is required"), "{kind}");
        assert!(build(kind, &[token]).unwrap_err().contains("is required"), "{kind}");
        for wrong in ["1/2", "1?a=b", "1 2", "é", "../1"] {
            let said = build(kind, &[(id.0, wrong), token]).unwrap_err();
            assert!(said.contains(wrong), "{kind}: {said}");
        }
        let secret = "se\r\ncret";
        match build(kind, &[id, (token.0, secret)]) {
            Err(said) => assert!(!said.contains("cret"), "{kind}: {said}"),
            Ok(destination) => {
                let sent = support::encode(destination.as_ref(), &[track("Product Viewed", json!({}))]);
                assert!(sent.requests[0].0.url.parse::<http::Uri>().is_ok(), "{kind}");
            }
        }
    }
    for wrong in ["26.0", "v26", "v.", "vX.0"] {
        let said = build("meta-capi", &[("pixel_id", "1"), ("access_token", "t"), ("api_version", wrong)]);
        assert!(said.unwrap_err().contains(wrong));
    }
    let settings = [("pixel_id", "a-1"), ("access_token", "t"), ("user_event", "Lead")];
    assert!(build("snapchat-capi", &settings).unwrap_err().contains("`Lead`"));
    assert!(build("snapchat-capi", &[&settings[..], &[("custom_event_1", "lead")]].concat()).is_ok());
}
