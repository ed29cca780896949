//! Limits and settings of the analytics destinations that share pages, visitors and flat properties.

// Tests may assert as tests do.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::collections::BTreeMap;

use selvedge_components::registry;
use selvedge_core::component::{Destination, Encoded, ResolvedSettings, SettingError};
use selvedge_core::config::Setting;
use selvedge_core::event::Event;
use serde_json::{Value, json};

use support::track;

const KINDS: &[(&str, &[(&str, &str)])] = &[
    ("gosquared", &[("api_key", "demo"), ("site_token", "GSN-106863-S")]),
    ("matomo", &[("url", "https://example.matomo.cloud"), ("site_id", "3"), ("token_auth", "t0k3n")]),
    ("piano", &[("collect_domain", "abcdefg.pa-cd.com"), ("site", "123456789")]),
    ("plausible", &[("domain", "shop.example.com")]),
    ("snowplow", &[("collector", "c.example.com"), ("app_id", "shop"), ("schema_vendor", "com.example")]),
    ("woopra", &[("project", "shop.example.com")]),
];

fn build(kind: &str, settings: &[(&str, &str)]) -> Result<Box<dyn Destination>, SettingError> {
    let values: BTreeMap<_, _> = settings
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Setting::Text((*value).to_owned())))
        .collect();
    let kind = registry().iter().find(|known| known.name == kind).unwrap();
    (kind.build)(&ResolvedSettings { values, endpoint: None })
}

fn encode(kind: &str, events: &[Event]) -> Encoded {
    let (_, settings) = KINDS.iter().find(|(name, _)| *name == kind).unwrap();
    let encoded = support::encode(build(kind, settings).unwrap().as_ref(), events);
    let mut ends: Vec<usize> = encoded.requests.iter().flat_map(|(_, events)| events.clone()).collect();
    ends.extend(encoded.dropped.iter().map(|(event, _)| *event));
    ends.sort_unstable();
    assert_eq!(ends, (0..events.len()).collect::<Vec<_>>(), "{kind}: every event ends once");
    encoded
}

fn counts(encoded: &Encoded) -> Vec<usize> {
    encoded.requests.iter().map(|(_, events)| events.len()).collect()
}

fn body(encoded: &Encoded, nth: usize) -> Value {
    serde_json::from_slice(&encoded.requests[nth].0.body).unwrap()
}

#[test]
fn matomo_is_sent_200_hits_a_request() {
    let events: Vec<Event> = (0..450).map(|n| track("Clicked", json!({ "value": n }))).collect();
    let encoded = encode("matomo", &events);
    assert_eq!(counts(&encoded), [200, 200, 50]);
    assert_eq!(body(&encoded, 2)["requests"].as_array().unwrap().len(), 50);
    let big: Vec<Event> =
        (0..100).map(|_| track(&"n".repeat(9_000), json!({ "label": "l".repeat(9_000) }))).collect();
    for (request, _) in &encode("matomo", &big).requests {
        assert!(request.body.len() <= 1_001_000, "{}", request.body.len());
    }
}

#[test]
fn snowplow_is_sent_40_kilobytes_a_request() {
    let events: Vec<Event> = (0..60).map(|n| track("Clicked", json!({ "n": n }))).collect();
    let encoded = encode("snowplow", &events);
    assert!(encoded.requests.len() > 1);
    for (request, _) in &encoded.requests {
        assert!(request.body.len() <= 40_000, "{}", request.body.len());
    }
    let huge = [track("Big", json!({ "text": "x".repeat(60_000) })), track("Small", json!({}))];
    assert_eq!(counts(&encode("snowplow", &huge)), [1, 1]);
}

#[test]
fn piano_is_sent_50_events_a_request_and_no_event_is_torn_apart() {
    let events: Vec<Event> = (0..120).map(|n| track("clicked", json!({ "n": n }))).collect();
    assert_eq!(counts(&encode("piano", &events)), [50, 50, 20]);
    let products: Vec<_> = (0..30).map(|n| json!({ "sku": n })).collect();
    let orders: Vec<Event> = (0..3)
        .map(|n| track("Order Completed", json!({ "order_id": n, "products": products.clone() })))
        .collect();
    let encoded = encode("piano", &orders);
    assert_eq!(counts(&encoded), [1, 1, 1]);
    assert_eq!(body(&encoded, 0)["events"].as_array().unwrap().len(), 31);
}

#[test]
fn plausible_takes_30_properties_of_300_and_2000_bytes() {
    let properties: serde_json::Map<String, Value> =
        (0..40).map(|n| (format!("{n:02}{}", "é".repeat(200)), json!("é".repeat(1_500)))).collect();
    let mut event = track(&"Name ".repeat(50), json!(properties));
    event.context.page.url = Some(format!("https://shop.example.com/{}", "%C3%A9".repeat(500)));
    event.context.page.search = None;
    let body = body(&encode("plausible", &[event]), 0);
    let properties = body["props"].as_object().unwrap();
    assert_eq!(properties.len(), 30);
    for (name, value) in properties {
        assert!(name.len() <= 300 && value.as_str().unwrap().len() <= 2_000);
    }
    assert_eq!(body["name"].as_str().unwrap().chars().count(), 120);
    let url = body["url"].as_str().unwrap();
    assert!(url.len() <= 2_000 && url.len() > 1_990 && !url.ends_with('%'), "{url}");
}

#[test]
fn woopra_has_a_url_of_at_most_8000_bytes() {
    let properties: serde_json::Map<String, Value> =
        (0..100).map(|n| (format!("p{n:02}"), json!("語".repeat(500)))).collect();
    let encoded = encode("woopra", &[track("Clicked", json!(properties))]);
    assert!(encoded.requests[0].0.url.len() <= 8_000);
    assert!(encoded.requests[0].0.url.contains("&ce_p00="));
}

/// What an event says is nothing but values: no other field, parameter or header comes of it.
#[test]
fn nothing_an_event_says_becomes_something_else() {
    let hostile = "x\n&idsite=9&project=other\"}],\r\u{0}#?%zz";
    for (kind, _) in KINDS {
        let mut event =
            track(hostile, json!({ hostile: hostile, "products": [{ "sku": hostile, hostile: [hostile] }] }));
        event.context.page.url = Some(hostile.into());
        event.context.page.referrer = Some(hostile.into());
        event.context.page.title = Some(hostile.into());
        event.context.page.search = Some(hostile.into());
        event.context.client.user_agent = Some(hostile.into());
        event.context.client.locale = Some(hostile.into());
        event.context.client.user_agent_full_version_list = Some(hostile.into());
        event.context.campaign.source = Some(hostile.into());
        event.context.user.edgee_id = Some(hostile.into());
        event.context.user.user_id = Some(hostile.into());
        let encoded = encode(kind, &[event]);
        let (request, _) = &encoded.requests[0];
        assert!(request.url.parse::<http::Uri>().is_ok(), "{kind}: {}", request.url);
        for (name, value) in &request.headers {
            assert!(http::HeaderValue::from_str(value).is_ok(), "{kind}: {name}");
        }
        let body = String::from_utf8(request.body.clone()).unwrap();
        if !body.is_empty() {
            let json: Value = serde_json::from_str(&body).unwrap();
            for hit in json["requests"].as_array().into_iter().flatten() {
                let hit = hit.as_str().unwrap();
                assert_eq!(hit.matches("idsite=").count(), 1, "{hit}");
            }
        }
        assert_eq!(
            request.url.matches("project=").count(),
            usize::from(*kind == "woopra"),
            "{}",
            request.url
        );
    }
}

/// Without anything that tells who it was, nobody panics and nobody makes up something that lasts.
#[test]
fn an_anonymous_event_is_nobody_that_lasts() {
    for (kind, _) in KINDS {
        let mut event = track("Clicked", json!({}));
        event.anonymous = true;
        event.context.user = selvedge_core::event::User::default();
        event.context.session = None;
        event.context.ids = selvedge_core::event::Ids::default();
        event.context.client = selvedge_core::event::Client::default();
        let rendered = support::rendered(&encode(kind, &[event]));
        for id in ["be9f76b3", "1795343000", "203.0.113"] {
            assert!(!rendered.contains(id), "{kind}: {rendered}");
        }
    }
}

#[test]
fn settings_are_what_the_vendors_give_out() {
    for (kind, settings) in KINDS {
        assert!(build(kind, settings).is_ok(), "{kind}");
        let missing = build(kind, &[]).unwrap_err();
        assert_eq!(missing.problem, "is required", "{kind}");
        let secret = registry().iter().find(|known| known.name == *kind).unwrap();
        let debug = format!("{:?}", build(kind, settings).unwrap());
        for setting in secret.settings.iter().filter(|setting| setting.secret) {
            let (_, value) = settings.iter().find(|(name, _)| *name == setting.name).unwrap();
            assert!(!debug.contains(value), "{kind}: {debug}");
        }
    }
    for (kind, settings, name) in [
        ("gosquared", &[("api_key", "k"), ("site_token", "106863")][..], "site_token"),
        ("matomo", &[("url", "matomo.example.com"), ("site_id", "1")], "url"),
        ("matomo", &[("url", "https://m.example.com"), ("site_id", "one")], "site_id"),
        ("piano", &[("collect_domain", "x.pa-cd.com"), ("site", "12a")], "site"),
        ("piano", &[("collect_domain", "x"), ("site", "1"), ("consent_mode", "exempt")], "consent_mode"),
        ("plausible", &[("domain", "https://shop.example.com")], "domain"),
        ("snowplow", &[("collector", "ftp://c.example.com"), ("app_id", "a")], "collector"),
        ("snowplow", &[("collector", "c"), ("app_id", "a"), ("namespace", "a:b")], "namespace"),
        ("snowplow", &[("collector", "c"), ("app_id", "a"), ("schema_vendor", "a/b")], "schema_vendor"),
    ] {
        assert_eq!(build(kind, settings).unwrap_err().name, name, "{kind} {settings:?}");
    }
}
