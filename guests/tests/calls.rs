//! What components are given and what they return; and what it comes to when they do what they should not.

// Tests may assert as tests do.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use selvedge_core::consent::State;
use selvedge_guests::sample::{page, track, user};
use selvedge_guests::{Failure, Interface, Limits};
use serde_json::{Value, json};
use support::{at, component, probe, settings};

fn echoed(event: &selvedge_core::event::Event) -> Value {
    let called = probe(event, &[("key", "k"), ("empty", "")]);
    serde_json::from_str(&called.result.unwrap().body).unwrap()
}

#[test]
fn a_component_gets_all_of_an_event() {
    let told = echoed(&page());
    assert_eq!(told["settings"], json!([["key", "k"], ["empty", ""]]));
    let event = &told["event"];
    assert_eq!(event["uuid"], "0d9c1f3e-2b6a-4c58-9b7d-5a1e8f3c2b10");
    let millis = 1_795_343_700_123_i64;
    let times = json!([millis / 1000, millis, millis * 1000]);
    assert_eq!(json!([event["timestamp"], event["timestamp_millis"], event["timestamp_micros"]]), times);
    assert_eq!(event["event_type"], "Page");
    assert_eq!(event["consent"], "Granted");
    assert_eq!(event["data"]["Page"]["title"], "Toile de lin");
    let context = &event["context"];
    assert_eq!(context["page"]["title"], "Toile de lin – écrue");
    assert_eq!(context["page"]["keywords"], json!(["linen", "écru"]));
    let properties = json!([["size", "2"], ["sold_out", "false"], ["tags", "[\"a\",1]"]]);
    assert_eq!(context["page"]["properties"], properties);
    assert_eq!(context["user"]["properties"], json!([["plan", "gold"]]));
    assert_eq!(context["client"]["ip"], "203.0.113.9");
    assert_eq!(context["client"]["screen_width"], 1440);
    assert_eq!(context["client"]["screen_density"], 1.5);
    assert_eq!(context["client"]["user_agent_architecture"], "");
    assert_eq!(context["client"]["city"], "Lyon");
    assert_eq!(context["campaign"]["source"], "newsletter");
    assert_eq!(context["session"]["session_count"], 3);
    assert_eq!(context["session"]["session_start"], true);
    assert_eq!(context["session"]["first_seen"], 1_791_887_700);
    assert_eq!(context["session"]["last_seen"], 1_795_343_640);
}

#[test]
fn each_type_has_its_data() {
    let track = echoed(&track());
    assert_eq!(track["event"]["data"]["Track"]["name"], "Order Completed");
    let properties =
        json!([["order_id", "A-1042"], ["total", "12.5"], ["currency", "EUR"], ["coupon", "SPRING"]]);
    assert_eq!(track["event"]["data"]["Track"]["properties"], properties);
    let products = json!([[["sku", "1"], ["name", "Toile de lin"], ["price", "6.25"], ["quantity", "2"]]]);
    assert_eq!(track["event"]["data"]["Track"]["products"], products);
    let user = echoed(&user());
    assert_eq!(user["event"]["data"]["User"]["user_id"], "u-2");
    assert_eq!(user["event"]["context"]["session"]["session_id"], "1795343640");
}

#[test]
fn what_a_component_should_not_do_is_named() {
    for (does, expected) in [
        ("refuse", Failure::Refused("no thanks, Lyon".into())),
        ("panic", Failure::Trapped("wasm `unreachable` instruction executed".into())),
        ("loop", Failure::OutOfFuel(4_000_000)),
        ("allocate", Failure::OutOfMemory(16 << 20)),
        ("megabyte", Failure::Output("more than it may".into())),
    ] {
        let called = probe(&page(), &[("does", does)]);
        assert_eq!(called.result, Err(expected), "{does}");
        assert!(called.fuel <= Limits::default().fuel && called.memory <= Limits::default().memory, "{does}");
    }
}

#[test]
fn the_same_call_takes_the_same_fuel() {
    let guest = component("probe").guest();
    let call = || at(|moment| guest.run(moment, Limits::default()).event(&page(), &[]));
    let first = call();
    assert!(first.fuel > 10_000 && first.fuel < 1_000_000, "{}", first.fuel);
    assert_eq!(call(), first);
}

#[test]
fn an_instance_ends_with_its_visit_or_its_first_trap() {
    let guest = component("probe").guest();
    at(|moment| {
        let counts = settings(&[("does", "count")]);
        for _ in 0..2 {
            let mut run = guest.run(moment, Limits::default());
            assert_eq!(run.event(&page(), &counts).result.unwrap().body, "1");
            assert_eq!(run.event(&page(), &counts).result.unwrap().body, "2");
        }
        let traps = settings(&[("does", "trap-on-track")]);
        let mut run = guest.run(moment, Limits::default());
        assert_eq!(run.event(&page(), &traps).result.unwrap().body, "{}");
        let failed = run.event(&track(), &traps);
        assert!(failed.result.is_err());
        let after = run.event(&page(), &traps);
        assert_eq!((after.result, after.fuel), (Err(failed.result.unwrap_err()), 0));
    });
}

#[test]
fn a_component_says_how_a_token_is_had() {
    let bearer = component("bearer");
    assert_eq!(bearer.interface, Interface::DataCollection { authenticates: true });
    let guest = bearer.guest();
    at(|moment| {
        let mut run = guest.run(moment, Limits::default());
        let asked = run.authenticate(&settings(&[("key", "k&1")])).result.unwrap().unwrap();
        assert_eq!(asked.url, "https://login.example.com/token");
        assert_eq!((asked.method, asked.token_duration), (http::Method::POST, 3600));
        assert_eq!(asked.response_property.as_deref(), Some("access_token"));
        assert_eq!(asked.setting, "access_token");
        assert_eq!(asked.body, "grant_type=client_credentials&key=k&1");
        let refused = run.authenticate(&[]);
        assert_eq!(refused.result, Err(Failure::Refused("the setting key is missing".into())));
        let request = run.event(&page(), &settings(&[("access_token", "t")])).result.unwrap();
        assert_eq!(request.headers, settings(&[("authorization", "Bearer t")]));
    });
}

#[test]
fn cookies_are_mapped_to_consent() {
    let cookies = component("cookies");
    assert_eq!(cookies.interface, Interface::ConsentMapping);
    let guest = cookies.guest();
    for (value, expected) in [
        ("yes", Ok(Some(State::Granted))),
        ("no", Ok(Some(State::Denied))),
        ("?", Ok(Some(State::Pending))),
        ("none", Ok(None)),
        ("loop", Err(Failure::OutOfFuel(4_000_000))),
    ] {
        let jar = settings(&[("other", "1"), ("cmp", value)]);
        let said = at(|moment| {
            guest.run(moment, Limits::default()).map(&jar, &settings(&[("cookie_name", "cmp")])).result
        });
        assert_eq!(said, expected, "{value}");
    }
}
