//! What each destination gets of each type of event under each state of consent: `tests/golden/<kind>/consent.snap`.
//!
//! One shopper views a page, buys something and says who they are; all of it goes the whole way from the post. With
//! everything granted the requests stand in full; under every other state, what is different about them.
//! `INSTA_UPDATE=always cargo test -p selvedge-components` writes the snapshots; read what it wrote.

// Tests may assert as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;
#[path = "support/visitor.rs"]
#[allow(dead_code)]
mod visitor;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use selvedge_components::registry;
use selvedge_core::Edge;
use selvedge_core::budget::Platform;
use selvedge_core::component::{Encoded, Kind};
use selvedge_core::facts::{Client, Facts, Geo, Random, Timestamp};
use selvedge_core::head::Request;
use selvedge_core::plan::Plan;
use selvedge_core::receive::Received;
use selvedge_core::visit::Visit;
use serde_json::{Value, json};
use similar::{ChangeTag, TextDiff};

/// What the visitor has agreed to, in words; what the post says of it; and whether the browser says `Sec-GPC: 1`.
fn states() -> [(&'static str, Value, bool); 7] {
    [
        ("analytics alone", json!({"analytics": true}), false),
        ("advertising alone", json!({"advertising": true}), false),
        ("analytics and advertising", json!({"analytics": true, "advertising": true}), false),
        (
            "everything but personalization",
            json!({"analytics": true, "advertising": true, "functional": true}),
            false,
        ),
        ("everything, with Global Privacy Control", json!("granted"), true),
        ("nothing yet", json!("pending"), false),
        ("refused", json!("denied"), false),
    ]
}

/// What happens, by the event's type.
fn events() -> [(&'static str, Value); 3] {
    [
        ("page", json!({"name": "Tees", "category": "Apparel"})),
        (
            "track",
            json!({"name": "Order Completed", "properties": {
                "order_id": "00123", "value": 59.97, "currency": "EUR", "tax": 10, "email": "ada@example.com",
                "products": [{"sku": "T1", "name": "Tee", "price": 19.99, "quantity": 3}],
            }}),
        ),
        ("user", json!({"user_id": "u-1", "properties": {"email": "ada@example.com", "plan": "gold"}})),
    ]
}

#[test]
fn what_is_sent_depends_on_what_was_agreed_to() {
    for kind in registry() {
        let [dropping, anonymous] = edges(kind);
        let mut text = String::new();
        for (name, data) in events() {
            let event = json!({"type": name, "data": data});
            let all = sent(&dropping, &event, &json!("granted"), false);
            writeln!(text, "## {name}, everything granted\n\n{}\n", all.trim_end()).unwrap();
            for (state, consent, gpc) in states() {
                let some = sent(&dropping, &event, &consent, gpc);
                writeln!(text, "## {name}, {state}\n\n{}\n", difference(&all, &some)).unwrap();
                let unnamed = sent(&anonymous, &event, &consent, gpc);
                if unnamed != some {
                    let mode = r#"without_consent = "anonymous""#;
                    let difference = difference(&all, &unnamed);
                    writeln!(text, "## {name}, {state}, {mode}\n\n{difference}\n").unwrap();
                }
            }
        }
        let mut snapshots = insta::Settings::clone_current();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(kind.name);
        snapshots.set_snapshot_path(root);
        snapshots.set_prepend_module_to_snapshot(false);
        snapshots.set_omit_expression(true);
        snapshots.bind(|| insta::assert_snapshot!("consent", text));
    }
}

/// Whoever wrote the snapshots: who has refused is not told of by any destination that asks for a purpose.
#[test]
fn a_refusal_is_obeyed() {
    for kind in registry().iter().filter(|kind| !kind.purposes.is_empty()) {
        let [dropping, _] = edges(kind);
        for (name, data) in events() {
            let event = json!({"type": name, "data": data});
            let refused = sent(&dropping, &event, &json!("denied"), false);
            assert_eq!(refused, "nothing: without-consent\n", "{} {name}", kind.name);
        }
    }
}

/// A component of a kind that drops what it may not have, and one that gets it without names.
fn edges(kind: &Kind) -> [Arc<Edge>; 2] {
    ["drop", "anonymous"].map(|mode| visitor::edge(kind, &json!({"without_consent": mode})))
}

/// What is sent of a post, and why the rest is not.
fn sent(edge: &Arc<Edge>, event: &Value, consent: &Value, gpc: bool) -> String {
    let visit = post(edge, event, consent, gpc);
    let plan = Plan::new(edge, visit, Platform::FASTLY.budget);
    let requests = plan.deliveries.into_iter().map(|delivery| {
        let carried = (0..delivery.events.len()).collect();
        (delivery.request, carried)
    });
    let mut text = support::rendered(&Encoded { requests: requests.collect(), ..Encoded::default() });
    for line in plan.lines {
        let line: Value = serde_json::from_str(&line).unwrap();
        writeln!(text, "nothing: {}", line["reason"].as_str().unwrap_or_else(|| panic!("{line}"))).unwrap();
    }
    text
}

fn post(edge: &Arc<Edge>, event: &Value, consent: &Value, gpc: bool) -> Visit {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("host", "shop.example.com"),
        ("origin", "https://shop.example.com"),
        ("referer", "https://shop.example.com/tees?color=red&gclid=Cj0KEQ"),
        ("content-type", "application/json"),
        ("accept-language", "fr-FR,fr;q=0.9"),
        (
            "user-agent",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 \
             Safari/537.36",
        ),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if gpc {
        headers.insert("sec-gpc", HeaderValue::from_static("1"));
    }
    let said = |text: &str| Some(text.to_owned());
    let geo = Geo { country_code: said("FR"), city: said("Paris"), ..Geo::default() };
    let client = Client { ip: Some("203.0.113.7".parse().unwrap()), geo, bot: None };
    let facts = Facts { client, now: Timestamp(support::NOW.0), random: Random::from_seed([7; 32]) };
    let url = "https://shop.example.com/_selvedge/event";
    let request = Request::new(Method::POST, url, headers).unwrap();
    let Received::Collect(collect) = edge.receive(request, facts) else { panic!("a post") };
    let body = json!({"data_collection": {"consent": consent, "events": [event]}}).to_string();
    let (reply, visit) = collect.accept(Ok(body.as_bytes()));
    visit.unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&reply.body)))
}

/// The lines that are not as they are with everything granted.
fn difference(all: &str, some: &str) -> String {
    if !some.contains("# events") {
        return some.trim_end().to_owned();
    }
    let diff = TextDiff::from_lines(all, some);
    let mut text = String::new();
    for change in diff.iter_all_changes() {
        let sign = match change.tag() {
            ChangeTag::Equal => continue,
            ChangeTag::Delete => '-',
            ChangeTag::Insert => '+',
        };
        writeln!(text, "{sign}{}", change.value().trim_end_matches('\n')).unwrap();
    }
    if text.is_empty() { "the same".to_owned() } else { text.trim_end().to_owned() }
}
