use std::collections::BTreeMap;
use std::sync::Arc;

use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde_json::{Value, json};

use super::print;
use crate::answer::Body;
use crate::budget::Platform;
use crate::component::{Destination, Encoded, Kind, Moment, Outbound, ResolvedSettings, SettingError};
use crate::config::Config;
use crate::consent::Purpose;
use crate::edge::{Edge, Secrets};
use crate::event::Event;
use crate::facts::{Client, Facts, Random, Timestamp};
use crate::head::Request;
use crate::outbox::Parcel;
use crate::plan::Plan;
use crate::receive::Received;
use crate::settle::Outcome;
use crate::visit::Visit;

/// Sends what it gets, with its token everywhere.
#[derive(Debug)]
struct Echo(String);

impl Destination for Echo {
    fn encode(&self, batch: &[&Event], _: &Moment<'_>) -> Encoded {
        let token = &self.0;
        let body = json!({"token": token, "events": batch}).to_string().into_bytes();
        let headers = vec![("authorization", format!("Bearer {token}"))];
        let url = format!("https://vendor.example/in?token={token}");
        let request = Outbound { method: Method::POST, url, headers, body };
        Encoded { requests: vec![(request, (0..batch.len()).collect())], ..Encoded::default() }
    }
}

fn edge(trace: bool) -> Arc<Edge> {
    let build: fn(&ResolvedSettings) -> Result<Box<dyn Destination>, SettingError> =
        |settings| Ok(Box::new(Echo(settings.text("token").unwrap_or_default())));
    let kind = Kind {
        name: "echo",
        purposes: &[Purpose::Analytics],
        conversions: false,
        tcf_vendor: None,
        settings: &[],
        build,
    };
    let component = |id: &str, more: Value| {
        let mut component = json!({"kind": "echo", "id": id, "settings": {"token": {"secret": "TOKEN"}}});
        component.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        component
    };
    let mut config: Config = serde_json::from_value(json!({
        "site": [{"origin": "https://origin.example"}],
        "consent": {"default": "granted"},
        "delivery": {"outbox": true},
        "component": [
            component("a", json!({})),
            component("users", json!({"events": ["user"]})),
            component("later", json!({"delivery": "queue"})),
        ],
    }))
    .unwrap();
    config.trace = trace;
    let secrets = [("TOKEN", "s3cr3t-token"), ("SELVEDGE_KEY", KEY)];
    let secrets: Secrets = secrets.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    Edge::new(config, &[kind], &secrets, Platform::FASTLY)
}

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const BROWSER: &[(&str, &str)] =
    &[("accept", "text/html"), ("sec-fetch-dest", "document"), ("user-agent", "Mozilla/5.0 Firefox/132.0")];

fn facts() -> Facts {
    let random = Random::from_seed([5; 32]);
    Facts { client: Client::default(), now: Timestamp(1_730_000_000_000), random }
}

fn head(method: Method, path: &str, fields: &[(&'static str, &'static str)]) -> Request {
    let headers: HeaderMap = fields
        .iter()
        .map(|(name, value)| (name.parse::<http::HeaderName>().unwrap(), HeaderValue::from_static(value)))
        .collect();
    Request::new(method, &format!("https://a.example{path}"), headers).unwrap()
}

fn page(edge: &Arc<Edge>, html: &str) -> Visit {
    let request = head(Method::GET, "/linen?size=2", BROWSER);
    let Received::Forward(forward) = edge.receive(request, facts()) else { panic!("a page") };
    let headers = [(http::header::CONTENT_TYPE, HeaderValue::from_static("text/html"))].into_iter().collect();
    let Body::Rewrite(mut rewriter) = forward.answer(StatusCode::NOT_FOUND, &headers).body else {
        panic!("rewritten")
    };
    let _ = rewriter.write(html.as_bytes(), &mut Vec::new());
    rewriter.finish(&mut Vec::new())
}

fn post(edge: &Arc<Edge>, body: &str) -> Visit {
    let request = head(Method::POST, "/_selvedge/event", &[("content-type", "application/json")]);
    let Received::Collect(collect) = edge.receive(request, facts()) else { panic!("a post") };
    collect.accept(Ok(body.as_bytes())).1.unwrap()
}

fn parsed(lines: &[String]) -> Vec<Value> {
    lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_request_is_known_again_where_it_arrives() {
    assert_eq!(print("/g?dt=l'or", b"x"), print("/g?dt=l%27or", b"x"));
    assert_ne!(print("/g?a", b"x"), print("/g?ax", b""));
}

const LAYER: &str = r#"{"data_collection":{"consent":{"analytics":true}}}"#;

#[test]
fn a_page_is_told_whole_and_its_lines_are_known_by_it() {
    let edge = edge(true);
    let html = format!(
        "<html><head><title>Linen</title><script type=\"application/json\" id=\"__SELVEDGE_DATA_LAYER__\">{LAYER}</script></head><body>"
    );
    let plan = Plan::new(&edge, page(&edge, &html), Platform::FASTLY.budget);
    let lines = parsed(&plan.lines);
    let visit = &lines[0];
    assert_eq!((&visit["selvedge"], &visit["occasion"]), (&json!("visit"), &json!("page")));
    assert_eq!(visit["request"]["url"], "https://a.example/linen?size=2");
    assert_eq!(visit["request"]["headers"][0], json!(["accept", "text/html"]));
    assert_eq!((&visit["answer"]["status"], &visit["answer"]["diagnosis"]), (&json!(404), &json!("edge")));
    assert_eq!((&visit["answer"]["released"], &visit["answer"]["sdk"]), (&json!("head"), &json!("injected")));
    assert_eq!(visit["answer"]["entered"], html.len());
    assert_eq!((&visit["page"]["title"], &visit["data_layer"]), (&json!("Linen"), &json!(LAYER)));
    let consent = &visit["consent"];
    assert_eq!((&consent["consent"], &consent["consent_source"]), (&json!("denied"), &json!("payload")));
    let said: Vec<_> = consent["said"].as_array().unwrap().iter().map(|each| &each["source"]).collect();
    assert_eq!(said, ["payload", "default"]);
    let event = &visit["events"][0];
    assert_eq!((&event["type"], &event["context"]["page"]["title"]), (&json!("page"), &json!("Linen")));
    assert_eq!(visit["visitor"]["kept"], true);

    let request = &visit["components"][0]["requests"][0];
    assert_eq!(request["ids"][0], event["uuid"]);
    let sent = &plan.deliveries[0].request;
    assert_eq!(request["print"], print("/in?token=s3cr3t-token", &sent.body));
    assert_eq!(visit["budget"]["subrequests"], json!({"used": 1, "of": 32}));

    // Each of the others says which visit and which events it is about.
    let rest: BTreeMap<_, _> =
        lines[1..].iter().map(|line| (line["component"].as_str().unwrap(), line)).collect();
    assert_eq!(rest["users"]["reason"], "event-type");
    assert_eq!(rest["later"]["reason"], "queue");
    let settled = edge.settle(&plan.deliveries[0], &Outcome::TimedOut, b"", Timestamp(0), &facts().random);
    let settled: Value = serde_json::from_str(&settled.lines[0]).unwrap();
    for line in [rest["users"], rest["later"], &settled] {
        assert_eq!((&line["visit"], &line["ids"][0]), (&visit["visit"], &event["uuid"]), "{line}");
    }
}

#[test]
fn a_post_is_told_with_what_it_said() {
    let edge = edge(true);
    let body = r#"{"data_collection":{"events":[{"type":"track","data":{"name":"x"},"consent":"denied"}]}}"#;
    let plan = Plan::new(&edge, post(&edge, body), Platform::FASTLY.budget);
    let lines = parsed(&plan.lines);
    let visit = &lines[0];
    assert_eq!((&visit["occasion"], &visit["request"]["body"]), (&json!("post"), &json!(body)));
    assert_eq!((&visit["answer"]["status"], &visit["answer"]["entered"]), (&json!(202), &Value::Null));
    assert_eq!(visit["events"][0]["consent_source"], "event");
    let refused = lines.iter().find(|line| line["reason"] == "without-consent").unwrap();
    assert_eq!(refused["ids"][0], visit["events"][0]["uuid"]);
}

#[test]
fn what_the_outbox_held_is_told_when_it_is_sent() {
    let edge = edge(true);
    let plan = Plan::new(&edge, page(&edge, "<html><head></head>"), Platform::FASTLY.budget);
    let parcels: Vec<Parcel> = plan.parcels;
    let ids = json!([parcels[0].events[0].uuid]);
    let again = Plan::again(&edge, parcels, Timestamp(1_730_000_100_000), [1; 32], Platform::FASTLY.budget);
    let lines = parsed(&again.lines);
    let told = lines.iter().find(|line| line["selvedge"] == "again").unwrap();
    assert_eq!((&told["requests"][0]["component"], &told["requests"][0]["ids"]), (&json!("later"), &ids));
    assert!(!told.to_string().contains("s3cr3t"), "{told}");
}

#[test]
fn no_secret_is_told() {
    let edge = edge(true);
    let plan = Plan::new(&edge, page(&edge, "<html><head></head>"), Platform::FASTLY.budget);
    assert!(plan.deliveries[0].request.url.contains("s3cr3t"), "the request itself has it");
    let text = plan.lines.join("\n");
    assert!(!text.contains("s3cr3t") && !text.contains(KEY), "{text}");
    let request = &parsed(&plan.lines)[0]["components"][0]["requests"][0];
    assert_eq!(request["url"], "https://vendor.example/in?token=$TOKEN");
    assert_eq!(request["headers"][0], json!(["authorization", "Bearer $TOKEN"]));
    assert!(request["body"].as_str().unwrap().starts_with(r#"{"token":"$TOKEN""#));
}

#[test]
fn nothing_is_told_whole_unless_it_is_asked_for() {
    let traced = Plan::new(&edge(true), page(&edge(true), "<html><head></head>"), Platform::FASTLY.budget);
    let edge = edge(false);
    let visit = page(&edge, "<html><head></head>");
    assert!(visit.seen.is_none());
    let plan = Plan::new(&edge, visit, Platform::FASTLY.budget);
    for line in parsed(&plan.lines) {
        assert!(line.get("visit").is_none() && line.get("ids").is_none(), "{line}");
    }
    // And telling it changes nothing of what happens.
    let sent = |plan: &Plan| plan.deliveries.iter().map(|each| each.request.clone()).collect::<Vec<_>>();
    assert_eq!(sent(&plan), sent(&traced));
}

#[test]
fn no_configuration_that_is_written_can_ask_for_it() {
    let written = json!({"site": [{"origin": "https://origin.example"}], "trace": true});
    let error = serde_json::from_value::<Config>(written).unwrap_err().to_string();
    assert!(error.contains("unknown field `trace`"), "{error}");
    let mut config = edge(false).config.clone();
    config.trace = true;
    let loaded = crate::config::compiled::decode(&crate::config::compiled::encode(&config, Timestamp(0)))
        .unwrap()
        .config;
    assert!(loaded.trace);
}
