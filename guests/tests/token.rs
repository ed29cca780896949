//! A component that needs a token: it says how it is had, waits for it, and gets it as a setting.

// Tests may assert as tests do.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::cell::Cell;

use selvedge_core::account::DropReason;
use selvedge_core::component::{Ask, Destination, Foreign, Moment, ResolvedSettings};
use selvedge_core::config::{self, Setting};
use selvedge_core::facts::{Random, Timestamp};
use selvedge_guests::pack::{Guests, pack};
use selvedge_guests::sample::page;
use serde_json::json;
use support::component;

fn destination(file: &str, pairs: &[(&str, &str)], endpoint: Option<&str>) -> Box<dyn Destination> {
    let found = component(file);
    let packed = pack([(file, found.interface, found.module.as_slice())]).leak();
    let configured: config::Component =
        serde_json::from_value(json!({ "kind": "wasm", "id": file, "file": file })).unwrap();
    let mut settings =
        ResolvedSettings { endpoint: endpoint.map(str::to_owned), ..ResolvedSettings::default() };
    for (name, value) in pairs {
        settings.values.insert((*name).to_owned(), Setting::Text((*value).to_owned()));
    }
    Guests::read(packed).unwrap().destination(&configured, &settings).unwrap()
}

fn at<T>(token: Option<&str>, call: impl FnOnce(&Moment<'_>) -> T) -> T {
    let (random, fuel) = (Random::from_seed([7; 32]), Cell::new(12_000_000));
    call(&Moment { now: Timestamp(1_795_343_700_123), random: &random, fuel: &fuel, token })
}

#[test]
fn a_token_is_asked_for_and_becomes_a_setting() {
    let bearer = destination("bearer", &[("key", "k")], Some("http://localhost:1/bearer"));
    let credentials = bearer.credentials().unwrap();
    let Some(Ask::Request(asked)) = at(None, |moment| credentials.ask(moment)) else { panic!() };
    assert_eq!(asked.url, "http://localhost:1/bearer/token");
    assert_eq!(asked.body, b"grant_type=client_credentials&key=k");
    let token = credentials.read(br#"{"access_token":"t-1","expires_in":600}"#).unwrap();
    assert_eq!((token.value.as_str(), token.seconds), ("t-1", 600));

    let (one, two) = (page(), page());
    let waiting = at(None, |moment| bearer.encode(&[&one, &two], moment));
    let events: Vec<_> = waiting.requests.iter().map(|(_, events)| events.clone()).collect();
    assert_eq!((events, waiting.refused.len()), (vec![vec![0], vec![1]], 0));
    let sent = at(Some("t-1"), |moment| bearer.encode(&[&one, &two], moment));
    assert_eq!(sent.requests.len(), 2);
    assert!(sent.requests[0].0.headers.contains(&("authorization", "Bearer t-1".to_owned())));
}

#[test]
fn tokens_are_shared_by_those_with_the_same_settings() {
    let key = |key: &str, endpoint: Option<&str>| {
        destination("bearer", &[("key", key)], endpoint).credentials().unwrap().key().to_owned()
    };
    assert_eq!(key("k", None), key("k", None));
    assert_ne!(key("k", None), key("l", None));
    assert_ne!(key("k", None), key("k", Some("http://localhost:1")));
    assert!(!key("k-secret", None).contains("secret"));
}

#[test]
fn whoever_has_a_token_or_needs_none_is_not_asked() {
    let given = destination("bearer", &[("key", "k"), ("access_token", "mine")], None);
    assert!(given.credentials().is_none());
    let sent = at(None, |moment| given.encode(&[&page()], moment));
    assert!(sent.requests[0].0.headers.contains(&("authorization", "Bearer mine".to_owned())));
    assert!(destination("probe", &[], None).credentials().is_none());
}

#[test]
fn a_token_that_the_owner_gives_is_enough() {
    let given = destination("bearer", &[("access_token", "mine")], None);
    assert!(given.credentials().is_none());
    let sent = at(None, |moment| given.encode(&[&page()], moment));
    assert_eq!(sent.refused.len(), 0);
    assert!(sent.requests[0].0.headers.contains(&("authorization", "Bearer mine".to_owned())));
}

#[test]
fn who_cannot_say_how_its_token_is_had_is_named() {
    let keyless = destination("bearer", &[], None);
    assert!(keyless.credentials().is_none());
    let refused = at(None, |moment| keyless.encode(&[&page(), &page()], moment)).refused;
    assert_eq!(refused[0].reason, DropReason::ComponentRefused);
    assert_eq!(refused[0].events, [0, 1]);
    let said = "the setting access_token is missing; asked how its token is had: the setting key is missing";
    assert_eq!(refused[0].said, said);
}
