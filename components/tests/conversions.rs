//! Conversion APIs: what holds for each of them, and their limits.

// Tests may assert as tests do.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::collections::BTreeMap;

use selvedge_components::registry;
use selvedge_core::component::{Encoded, ResolvedSettings};
use selvedge_core::config::Setting;
use selvedge_core::event::{Event, Ids};
use serde_json::{Value, json};

use support::track;

/// Each kind with settings that it takes.
const KINDS: &[(&str, &[(&str, &str)])] = &[
    (
        "google-ads",
        &[
            ("access_token", "t"),
            ("customer_id", "123-456-7890"),
            ("conversion_actions", "purchase=1, page_view=2, user=3, hostile=4"),
        ],
    ),
    (
        "linkedin-capi",
        &[("access_token", "t"), ("conversions", "purchase=1, page_view=2, user=3, hostile=4")],
    ),
    ("microsoft-capi", &[("access_token", "t"), ("tag_id", "35")]),
    ("reddit-capi", &[("access_token", "t"), ("pixel_id", "a2_x")]),
];

fn refused(kind: &str, settings: &[(&str, &str)]) -> Option<String> {
    build(kind, settings).err()
}

fn build(
    kind: &str,
    settings: &[(&str, &str)],
) -> Result<Box<dyn selvedge_core::component::Destination>, String> {
    let values: BTreeMap<_, _> = settings
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Setting::Text((*value).to_owned())))
        .collect();
    let kind = registry().iter().find(|known| known.name == kind).unwrap();
    (kind.build)(&ResolvedSettings { values, endpoint: None }).map_err(|error| error.to_string())
}

fn encode(kind: &str, events: &[Event]) -> Encoded {
    let (_, settings) = KINDS.iter().find(|(known, _)| *known == kind).unwrap();
    let encoded = support::encode(build(kind, settings).unwrap().as_ref(), events);
    let mut ends: Vec<usize> = encoded.requests.iter().flat_map(|(_, events)| events.clone()).collect();
    ends.extend(encoded.dropped.iter().map(|(event, _)| *event));
    ends.sort_unstable();
    assert_eq!(ends, (0..events.len()).collect::<Vec<_>>(), "every event ends once");
    encoded
}

/// A purchase by somebody of whom everything is known.
fn purchase() -> Event {
    let mut event = track(
        "purchase",
        json!({ "order_id": "o1", "value": 5, "currency": "EUR", "email": "Own@Example.com", "note": "gift" }),
    );
    event.context.ids = Ids::default();
    for (name, id) in [
        ("_gcl_aw", "GCL.1790219680.click1234"),
        ("li_fat_id", "2f6ad9d5-51f4-4cbb-9f6c-fc2a66ab1e0f"),
        ("_rdt_cid", "3184742045291813272"),
        ("_uetmsclkid", "b1240587f865192a03586c5b000314f5"),
    ] {
        event.context.ids.put(name, id);
    }
    event.context.user.user_id = Some("Own@Example.com".into());
    let traits =
        json!({ "email": "ada@example.com", "phone": "+33612345678", "zip": "75001", "first_name": "Ada" });
    event.context.user.properties = serde_json::from_value(traits).unwrap();
    event
}

#[test]
fn nothing_is_sent_of_somebody_who_is_nobody() {
    let mut event = purchase();
    event.anonymous = true;
    event.context.user = selvedge_core::event::User::default();
    event.context.session = None;
    event.context.ids = Ids::default();
    event.context.client.ip = Some("203.0.113.0".into());
    for (kind, _) in KINDS {
        assert!(encode(kind, std::slice::from_ref(&event)).requests.is_empty(), "{kind}");
    }
}

#[test]
fn what_is_hashed_is_nowhere_plain() {
    for (kind, _) in KINDS {
        let encoded = encode(kind, &[purchase()]);
        let body = String::from_utf8(encoded.requests[0].0.body.clone()).unwrap().to_lowercase();
        for plain in ["example.com\"", "own@", "ada@", "612345678"] {
            assert!(!body.contains(plain), "{kind} sends {plain}: {body}");
        }
    }
}

#[test]
fn tokens_are_in_no_url_and_no_log() {
    for (kind, settings) in KINDS {
        let logged = format!("{:?}", build(kind, settings).unwrap());
        assert!(!logged.contains(r#""t""#) && logged.contains("Secret"), "{logged}");
        let (request, _) = encode(kind, &[purchase()]).requests.remove(0);
        assert!(!request.url.contains('?'), "{kind}: {}", request.url);
        assert!(request.headers.contains(&("authorization", "Bearer t".to_owned())), "{kind}");
    }
}

#[test]
fn batches_are_no_larger_than_the_vendors_take() {
    for (kind, most, list) in [
        ("google-ads", 2000, "/events"),
        ("linkedin-capi", 5000, "/elements"),
        ("microsoft-capi", 1000, "/data"),
        ("reddit-capi", 1000, "/data/events"),
    ] {
        let events: Vec<Event> = (0..most + 1).map(|_| purchase()).collect();
        for (request, events) in encode(kind, &events).requests {
            assert!(request.body.len() <= 1_000_000, "{kind}");
            let json: Value = serde_json::from_slice(&request.body).unwrap();
            let sent = json.pointer(list).map_or(1, |list| list.as_array().unwrap().len());
            assert!(sent == events.len() && sent <= most, "{kind}");
        }
    }
    let counts = |kind| {
        let events: Vec<Event> = (0..1001).map(|_| track("hostile", json!({ "email": "a@b.c" }))).collect();
        encode(kind, &events).requests.iter().map(|(_, events)| events.len()).collect::<Vec<_>>()
    };
    assert_eq!((counts("reddit-capi"), counts("microsoft-capi")), (vec![1000, 1], vec![1000, 1]));
}

#[test]
fn whatever_an_event_says_is_json_and_a_url() {
    let hostile = "hostile\n\"}],{\u{0}é";
    let mut event = track(
        "hostile",
        json!({ hostile: hostile, "email": hostile, "currency": hostile, "value": 1e300, "quantity": -1e300,
                "products": [{ "sku": hostile, "price": "1e400", "quantity": 1e19 }, {}] }),
    );
    event.context.page.url = Some(hostile.into());
    event.context.client.user_agent = Some(hostile.into());
    event.context.user.edgee_id = Some(hostile.into());
    event.context.user.user_id = Some(hostile.into());
    event.context.ids.put("gclid", hostile);
    for (kind, _) in KINDS {
        let encoded = encode(kind, std::slice::from_ref(&event));
        let (request, _) = &encoded.requests[0];
        assert!(serde_json::from_slice::<Value>(&request.body).is_ok(), "{kind}");
        assert!(request.url.parse::<http::Uri>().is_ok(), "{kind}: {}", request.url);
        for (name, value) in &request.headers {
            assert!(http::HeaderValue::from_str(value).is_ok(), "{kind}: {name}");
        }
    }
}

#[test]
fn an_address_goes_to_google_only_from_where_google_may_have_it() {
    for (country, sent) in [(Some("FR"), false), (Some("CH"), false), (None, false), (Some("US"), true)] {
        let mut event = purchase();
        event.context.client.country_code = country.map(str::to_owned);
        let body = encode("google-ads", &[event]).requests.remove(0).0.body;
        assert_eq!(String::from_utf8(body).unwrap().contains("203.0.113.7"), sent, "{country:?}");
    }
}

#[test]
fn settings_that_cannot_be_are_refused() {
    for (kind, settings) in KINDS {
        assert_eq!(refused(kind, settings), None);
        for (missing, _) in *settings {
            let others: Vec<_> = settings.iter().filter(|(name, _)| name != missing).copied().collect();
            assert!(refused(kind, &others).unwrap().contains(missing), "{kind} without {missing}");
        }
    }
    let with = |kind: &str, name: &'static str, value: &'static str| {
        let (_, settings) = KINDS.iter().find(|(known, _)| *known == kind).unwrap();
        let mut settings: Vec<_> = settings.iter().filter(|(known, _)| *known != name).copied().collect();
        settings.push((name, value));
        refused(kind, &settings)
    };
    for (kind, name, value, fine) in [
        ("google-ads", "customer_id", "1234567890", true),
        ("google-ads", "customer_id", "12345", false),
        ("google-ads", "login_customer_id", "123-456-7890", true),
        ("google-ads", "login_customer_id", "x", false),
        ("google-ads", "conversion_actions", "purchase", false),
        ("linkedin-capi", "conversions", "purchase=urn:lla:1", false),
        ("linkedin-capi", "version", "202610", true),
        ("linkedin-capi", "version", "2026-10", false),
        ("microsoft-capi", "tag_id", "GTM-1", false),
        ("reddit-capi", "test_id", "anything", true),
    ] {
        let said = with(kind, name, value);
        assert_eq!(said.is_none(), fine, "{kind} {name} {value}: {said:?}");
    }
}
