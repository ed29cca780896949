//! Product analytics: settings that are refused, vendors' limits, and events that mean harm.

// Tests may assert as tests do.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::collections::BTreeMap;

use selvedge_components::registry;
use selvedge_core::component::{Destination, Encoded, ResolvedSettings};
use selvedge_core::config::Setting;
use selvedge_core::event::{Data, Event, Page, User};
use serde_json::{Value, json};

use support::track;

type Settings = &'static [(&'static str, &'static str)];

const KINDS: [(&str, Settings); 4] = [
    ("amplitude", &[("api_key", "0123456789abcdef")]),
    ("mixpanel", &[("project_token", "tok")]),
    ("posthog", &[("api_key", "phc_key")]),
    ("segment", &[("write_key", "wk")]),
];

fn built(kind: &str, settings: &[(&str, &str)]) -> Result<Box<dyn Destination>, String> {
    let values: BTreeMap<_, _> = settings
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Setting::Text((*value).to_owned())))
        .collect();
    let kind = registry().iter().find(|known| known.name == kind).unwrap();
    (kind.build)(&ResolvedSettings { values, endpoint: None }).map_err(|error| error.to_string())
}

fn encode(kind: &str, settings: &[(&str, &str)], events: &[Event]) -> Encoded {
    let encoded = support::encode(built(kind, settings).unwrap().as_ref(), events);
    let mut ends: Vec<usize> = encoded.requests.iter().flat_map(|(_, events)| events.clone()).collect();
    ends.extend(encoded.dropped.iter().map(|(event, _)| *event));
    ends.sort_unstable();
    assert_eq!(ends, (0..events.len()).collect::<Vec<_>>(), "{kind}: every event ends once");
    encoded
}

fn bodies(encoded: &Encoded) -> Vec<Value> {
    encoded.requests.iter().map(|(request, _)| serde_json::from_slice(&request.body).unwrap()).collect()
}

/// The events within a request's body.
fn listed(body: &Value) -> &Vec<Value> {
    let list = body.as_array().or_else(|| body["events"].as_array()).or_else(|| body["batch"].as_array());
    list.unwrap()
}

#[test]
fn settings_that_cannot_be_are_refused() {
    for (kind, settings, said) in [
        ("amplitude", vec![], "setting `api_key`: is required"),
        (
            "amplitude",
            vec![("api_key", "k"), ("region", "de")],
            "setting `region`: `de` is neither `us` nor `eu`",
        ),
        ("segment", vec![("write_key", "")], "setting `write_key`: is required"),
        (
            "segment",
            vec![("write_key", "k"), ("region", "EU")],
            "setting `region`: `EU` is neither `us` nor `eu`",
        ),
        (
            "posthog",
            vec![("api_key", "phx_1")],
            "setting `api_key`: is a personal API key; the project's begins with `phc_`",
        ),
        (
            "posthog",
            vec![("api_key", "phc_1"), ("person_profiles", "some")],
            "setting `person_profiles`: `some` is none of `identified_only`, `always` and `never`",
        ),
        ("mixpanel", vec![("region", "eu")], "setting `project_token`: is required"),
        (
            "mixpanel",
            vec![("project_token", "t"), ("service_account_username", "u")],
            "setting `service_account_secret`: is required beside the user name",
        ),
        (
            "mixpanel",
            vec![("project_token", "t"), ("service_account_username", "u"), ("service_account_secret", "s")],
            "setting `project_id`: is required with a service account",
        ),
        (
            "mixpanel",
            vec![("project_token", "t"), ("project_id", "x&y")],
            "setting `project_id`: is a number",
        ),
    ] {
        assert_eq!(built(kind, &settings).unwrap_err(), said);
    }
}

#[test]
fn secrets_are_not_in_urls() {
    let account = [
        ("project_token", "tok-in-hiding"),
        ("project_id", "42"),
        ("service_account_username", "name-in-hiding"),
        ("service_account_secret", "secret-in-hiding"),
    ];
    for (kind, settings) in [
        ("mixpanel", &account[..]),
        ("segment", &[("write_key", "key-in-hiding")]),
        ("amplitude", &[("api_key", "key-in-hiding")]),
        ("posthog", &[("api_key", "key-in-hiding")]),
    ] {
        for (request, _) in encode(kind, settings, &[track("Clicked", json!({}))]).requests {
            assert!(!request.url.contains("in-hiding"), "{}", request.url);
        }
    }
}

#[test]
fn a_request_holds_as_many_events_as_the_vendor_takes() {
    for ((kind, settings), counts) in KINDS.iter().zip([
        &[1000, 1000, 600][..],
        &[2000, 600],
        &[1000, 1000, 600],
        // A message is more than 700 bytes with what is known of the browser: 500 KB come first.
        &[],
    ]) {
        let events: Vec<Event> = (0..2600).map(|n| track("Clicked", json!({ "n": n }))).collect();
        let encoded = encode(kind, settings, &events);
        let found: Vec<usize> = encoded.requests.iter().map(|(_, events)| events.len()).collect();
        if !counts.is_empty() {
            assert_eq!(found, counts, "{kind}");
        }
        let limit = if *kind == "segment" { 500_000 } else { 2_000_000 };
        for ((request, events), body) in encoded.requests.iter().zip(bodies(&encoded)) {
            assert!(request.body.len() <= limit, "{kind}");
            assert_eq!(listed(&body).len(), events.len(), "{kind}");
        }
    }
}

#[test]
fn bytes_are_bounded() {
    for (kind, settings) in KINDS {
        let limit = match kind {
            "segment" => 500_000,
            "amplitude" => 1_000_000,
            _ => 2_000_000,
        };
        let events: Vec<Event> =
            (0..100).map(|n| track("Big", json!({ "n": n, "a": vec!["x".repeat(900); 30] }))).collect();
        let encoded = encode(kind, settings, &events);
        assert!(encoded.requests.len() > 1, "{kind}");
        for (request, _) in &encoded.requests {
            assert!(request.body.len() <= limit, "{kind}");
        }
    }
}

#[test]
fn an_event_that_is_too_large_loses_its_largest_properties() {
    for (kind, settings) in KINDS {
        let huge: Vec<String> = (0..150).map(|_| "x".repeat(10_000)).collect();
        let mut small = track("Huge", json!({ "huge": huge, "plan": "pro" }));
        small.context.page.title = Some("Tee".into());
        let encoded = encode(kind, settings, &[small, track("Clicked", json!({}))]);
        assert!(encoded.dropped.is_empty(), "{kind}");
        let bodies = bodies(&encoded);
        let event = &listed(&bodies[0])[0];
        let properties = event.get("properties").or_else(|| event.get("event_properties")).unwrap();
        assert_eq!(properties["plan"], "pro", "{kind}");
        if kind == "amplitude" {
            // Texts are cut, so that this one fits.
            assert_eq!(properties["huge"][0].as_str().unwrap().len(), 1024);
        } else {
            assert!(properties.get("huge").is_none(), "{kind}");
        }
    }
}

/// An event with the same in every place that a browser can write to.
fn everywhere(text: &str, data: Data) -> Event {
    let mut event = track("x", json!({}));
    event.data = data;
    let some = || Some(text.to_owned());
    let page = &mut event.context.page;
    (page.url, page.path, page.search, page.referrer, page.title) = (some(), some(), some(), some(), some());
    let client = &mut event.context.client;
    (client.ip, client.locale, client.user_agent, client.os_name) = (some(), some(), some(), some());
    (client.user_agent_version_list, client.user_agent_full_version_list) = (some(), some());
    (client.user_agent_mobile, client.timezone, client.user_agent_model) = (some(), some(), some());
    client.screen_density = Some(f32::NAN);
    client.latitude = Some(f64::INFINITY);
    let user = &mut event.context.user;
    (user.user_id, user.anonymous_id, user.edgee_id) = (some(), some(), some());
    event.context.campaign.source = some();
    if let Some(session) = &mut event.context.session {
        session.session_id = text.to_owned();
        session.session_start = true;
    }
    for name in ["gclid", "ajs_anonymous_id", "AMP_0123456789", "mp_tok_mixpanel", "ph_phc_key_posthog"] {
        event.context.ids.put(name, text);
    }
    event
}

#[test]
fn nothing_an_event_says_breaks_a_request() {
    let long = "é".repeat(10_000);
    for text in [
        "",
        " ",
        "\u{0}\r\n\"\\{}[],:",
        "://",
        "https://",
        "9223372036854775807",
        "-1",
        "{}",
        "null",
        "|;|",
        &long,
    ] {
        let properties =
            json!({ text: text, "products": [{ text: text }, 1, null], "items": text, "value": text });
        let properties = properties.as_object().unwrap().clone();
        let named = |name: &str| {
            let mut event = everywhere(text, track(name, json!(properties.clone())).data);
            event.timestamp.0 = i64::MIN;
            event
        };
        let page = Page { url: Some(text.into()), properties: properties.clone(), ..Page::default() };
        let user = User { user_id: Some(text.into()), properties: properties.clone(), ..User::default() };
        let mut anonymous = named("Clicked");
        anonymous.anonymous = true;
        let events = [
            named(text),
            named("purchase"),
            named("Order Refunded"),
            named("view_item"),
            everywhere(text, Data::Page(page)),
            everywhere(text, Data::User(user)),
            anonymous,
        ];
        for (kind, settings) in KINDS {
            let encoded = encode(kind, settings, &events);
            for body in bodies(&encoded) {
                assert!(!listed(&body).is_empty(), "{kind}");
            }
            for (request, _) in &encoded.requests {
                assert!(request.url.parse::<http::Uri>().is_ok(), "{}", request.url);
                for (name, value) in &request.headers {
                    assert!(http::HeaderValue::from_str(value).is_ok(), "{kind}: {name}");
                }
            }
        }
    }
}

#[test]
fn an_anonymous_event_is_nobodys_whatever_it_says() {
    let mut event = everywhere("someone", track("Clicked", json!({})).data);
    event.context.user.properties.clear();
    event.anonymous = true;
    event.context.page.url = None;
    for (kind, settings) in KINDS {
        let body = bodies(&encode(kind, settings, std::slice::from_ref(&event))).remove(0);
        let sent = &listed(&body)[0];
        for name in ["user_id", "userId", "device_id", "anonymousId", "distinct_id"] {
            for at in [sent, &sent["properties"]] {
                assert_ne!(at[name], "someone", "{kind}: {name}");
            }
        }
        assert!(!sent.to_string().contains("gclid"), "{kind}");
    }
}

#[test]
fn an_unknown_address_is_not_that_of_the_server() {
    let mut event = track("Clicked", json!({}));
    event.context.client.ip = None;
    event.context.client.user_agent = None;
    let sent = |kind: usize| {
        let (kind, settings) = KINDS[kind];
        let body = bodies(&encode(kind, settings, std::slice::from_ref(&event))).remove(0);
        listed(&body)[0].clone()
    };
    let amplitude = sent(0);
    assert_eq!(
        (&amplitude["ip"], &amplitude["country"], &amplitude["os_name"]),
        (&Value::Null, &json!("France"), &json!("macOS"))
    );
    let mixpanel = &sent(1)["properties"];
    assert_eq!((&mixpanel["ip"], &mixpanel["mp_country_code"]), (&json!(0), &json!("FR")));
    let posthog = &sent(2)["properties"];
    assert!(posthog.get("$ip").is_some_and(Value::is_null));
    assert_eq!((&posthog["$geoip_disable"], &posthog["$geoip_country_code"]), (&json!(true), &json!("FR")));
    let segment = &sent(3)["context"];
    assert!(segment.get("ip").is_none() && segment["location"]["country"] == "France");
}

#[test]
fn a_browser_does_not_say_that_two_people_are_one() {
    for (kind, names) in [
        ("mixpanel", ["$merge", " $identify", "$create_alias"]),
        ("posthog", ["$merge_dangerously", "$identify ", "$create_alias"]),
    ] {
        let settings = KINDS.iter().find(|(known, _)| *known == kind).unwrap().1;
        let said =
            json!({ "$distinct_ids": ["a", "b"], "$user_id": "a", "$anon_distinct_id": "b", "alias": "c" });
        let events = names.map(|name| track(name, said.clone()));
        assert_eq!(encode(kind, settings, &events).dropped.len(), 3, "{kind}");
    }
    let said = json!({ "$user_id": "a", "$device_id": "b", "distinct_id": "c", "$distinct_id": "d", "time": 1, "$time": 2 });
    let body = bodies(&encode("mixpanel", KINDS[1].1, &[track("Clicked", said)])).remove(0);
    let properties = &listed(&body)[0]["properties"];
    assert!(properties.get("$user_id").is_none() && properties.get("$distinct_id").is_none(), "{properties}");
    assert_eq!(properties["$device_id"], "be9f76b3-2c50-4d12-b14c-85c343745691");
    assert_eq!(properties["time"], 1_795_343_700_123_i64);
}

#[test]
fn only_other_sites_refer() {
    let mut event = track("x", json!({}));
    event.data =
        Data::Page(Page { referrer: Some("https://shop.example.com/before".into()), ..Page::default() });
    let body = bodies(&encode("amplitude", KINDS[0].1, &[event])).remove(0);
    let sent = &listed(&body)[0];
    assert!(sent.get("user_properties").is_none(), "{sent}");
    assert!(sent["event_properties"].get("referrer").is_none(), "{sent}");
}
