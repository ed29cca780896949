use std::sync::Arc;

use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde_json::{Value, json};

use super::*;
use crate::answer::Body;
use crate::budget::Platform;
use crate::component::{Destination, Encoded, Kind, Moment, Outbound, ResolvedSettings, SettingError};
use crate::config::Config;
use crate::consent::Purpose;
use crate::event::Event;
use crate::facts::{Client, Facts, Random};
use crate::plan::Plan;
use crate::receive::Received;
use crate::settle::Outcome;
use crate::visit::Visit;

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const OTHER: &str = "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const ID: &str = "0123456789abcdef0123456789abcdef";
const NOW: Timestamp = Timestamp(1_795_343_700_000);

/// What is somebody's, in the forms in which it comes and leaves.
const MARKS: &[&str] = &[
    "jane.doe@example.com",
    "jane.doe%40example.com",
    "Janette",
    "janette",
    "Marquardt",
    "+33 6 12 34 56 78",
    "33612345678",
    "customer-8812345",
    "cookie-value-1",
    "basic-credentials",
    "203.0.113.77",
    "s3cr3t-token",
    "4111111111111111",
];

/// Sends what it gets, as JSON and as a form.
#[derive(Debug)]
struct Echo(String);

impl Destination for Echo {
    fn encode(&self, batch: &[&Event], _: &Moment<'_>) -> Encoded {
        let form: String = batch
            .iter()
            .filter_map(|event| serde_json::to_value(event).ok())
            .map(|event| format!("em={}&fn={}", percent(&event, "email"), percent(&event, "first_name")))
            .collect();
        let body = json!({"user_data": batch, "plain": form}).to_string().into_bytes();
        let headers = vec![("authorization", format!("Bearer {}", self.0))];
        let url = format!("https://vendor.example/in?token={}&{form}", self.0);
        let request = Outbound { method: Method::POST, url, headers, body };
        Encoded { requests: vec![(request, (0..batch.len()).collect())], ..Encoded::default() }
    }
}

fn percent(event: &Value, name: &str) -> String {
    let text = event["data"]["properties"][name].as_str().unwrap_or_default();
    text.to_lowercase().replace('@', "%40").replace(' ', "+")
}

fn edge(key: &str) -> Arc<Edge> {
    let build: fn(&ResolvedSettings) -> Result<Box<dyn Destination>, SettingError> =
        |settings| Ok(Box::new(Echo(settings.text("token").unwrap_or_default())));
    let kind = Kind {
        name: "echo",
        purposes: &[Purpose::Analytics],
        conversions: true,
        tcf_vendor: None,
        settings: &[],
        build,
    };
    let config: Config = serde_json::from_value(json!({
        "site": [{"origin": "https://origin.example"}],
        "consent": {"default": "granted"},
        "component": [
            {"kind": "echo", "id": "a", "settings": {"token": {"secret": "TOKEN"}}},
            {"kind": "echo", "id": "users", "events": ["user"], "settings": {"token": "t"}},
        ],
    }))
    .unwrap();
    let secrets = [("TOKEN", "s3cr3t-token"), ("SELVEDGE_KEY", key)];
    let secrets = secrets.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let edge = Edge::new(config, &[kind], &secrets, Platform::FASTLY);
    edge.keep_visits(true);
    edge
}

fn good(key: &str) -> String {
    let keys = KeyRing::new::<&[u8]>(key.as_bytes(), &[]).unwrap();
    token(&keys, ID, Timestamp(NOW.0 + 600_000))
}

fn request(method: Method, path: &str, fields: &[(&'static str, &str)]) -> Request {
    let headers: HeaderMap = fields
        .iter()
        .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap()))
        .collect();
    Request::new(method, &format!("https://shop.example{path}"), headers).unwrap()
}

fn facts(now: Timestamp) -> Facts {
    let client = Client { ip: "203.0.113.77".parse().ok(), ..Client::default() };
    Facts { client, now, random: Random::from_seed([5; 32]) }
}

fn page(edge: &Arc<Edge>, cookie: &str) -> Visit {
    let fields = [
        ("accept", "text/html"),
        ("sec-fetch-dest", "document"),
        ("user-agent", "Mozilla/5.0 Firefox/132.0"),
        ("referer", "https://shop.example/?email=jane.doe%40example.com"),
        ("authorization", "Basic basic-credentials"),
        ("x-forwarded-for", "203.0.113.77"),
        ("cookie", cookie),
    ];
    let request = request(Method::GET, "/linen?email=jane.doe%40example.com&size=2", &fields);
    let Received::Forward(forward) = edge.receive(request, facts(NOW)) else { panic!("a page") };
    let headers = [(http::header::CONTENT_TYPE, HeaderValue::from_static("text/html"))].into_iter().collect();
    let Body::Rewrite(mut rewriter) = forward.answer(StatusCode::OK, &headers).body else {
        panic!("rewritten")
    };
    let layer = json!({"data_collection": {
        "consent": "granted",
        "context": {"user": {
            "user_id": "customer-8812345",
            "properties": {"first_name": "Janette", "last_name": "Marquardt", "phone": "+33 6 12 34 56 78"},
        }},
        "events": [
            {"type": "page"},
            {"type": "track", "data": {"name": "signed up", "properties": {
                "email": "Jane.Doe@example.com", "first_name": "Janette", "mobile": 33_612_345_678_u64,
                "note": "call Janette on 203.0.113.77", "card": "4111111111111111", "sku": "L-1",
            }}},
        ],
    }});
    let html = format!(
        "<html><head><title>Linen</title><script type=application/json id=__SELVEDGE_DATA_LAYER__>{layer}</script></head>"
    );
    let _ = rewriter.write(html.as_bytes(), &mut Vec::new());
    rewriter.finish(&mut Vec::new())
}

fn plan(edge: &Arc<Edge>, cookie: &str) -> Plan {
    Plan::new(edge, page(edge, cookie), Platform::FASTLY.budget)
}

#[test]
fn a_token_is_good_until_it_expires_for_its_own_session_and_key() {
    let [keys, others] = [KEY, OTHER].map(|key| KeyRing::new::<&[u8]>(key.as_bytes(), &[]).unwrap());
    let token = good(KEY);
    let of = |keys: &KeyRing, token: &str, seconds: i64| {
        session(keys, token, Timestamp(NOW.0 + seconds * 1000)).map(|session| (session.id, session.left))
    };
    assert_eq!(of(&keys, &token, 0), Some((ID.to_owned(), 600)));
    assert_eq!(of(&keys, &token, 599), Some((ID.to_owned(), 1)));
    assert_eq!(of(&keys, &token, 600), None, "expired");
    assert_eq!(of(&others, &token, 0), None, "another key");
    let mut forged: Vec<_> = token.split('.').collect();
    let later = format!("{}", NOW.seconds() + 601);
    forged[1] = &later;
    assert_eq!(of(&keys, &forged.join("."), 0), None, "another time");
    let other = token.replacen("0123", "1123", 1);
    assert_eq!(of(&keys, &other, 0), None, "another session");
    let long = super::token(&keys, ID, Timestamp(NOW.0 + i64::from(LONGEST_MINUTES) * 60_000 + 1_000));
    assert_eq!(of(&keys, &long, 0), None, "longer than any");
    for wrong in
        ["", ".", "..", "a.b.c", &format!("{token}."), &format!("{token}.x"), token.trim_start_matches(ID)]
    {
        assert_eq!(of(&keys, wrong, 0), None, "{wrong}");
    }
    assert!(is_session(ID) && !is_session("0123") && !is_session(&ID.to_uppercase()));
}

#[test]
fn a_link_becomes_a_cookie_and_is_taken_back() {
    let edge = edge(KEY);
    let ask = |edge: &Arc<Edge>, method: Method, path: &str| match edge
        .receive(request(method, path, &[]), facts(NOW))
    {
        Received::Reply(reply) => reply,
        other => panic!("{other:?}"),
    };
    let token = good(KEY);
    let reply = ask(&edge, Method::GET, &format!("/_selvedge/debug?token={token}"));
    assert_eq!(
        (reply.status, &reply.headers["location"]),
        (StatusCode::SEE_OTHER, &HeaderValue::from_static("/"))
    );
    let cookie = format!("selvedge_debug={token}; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure");
    assert_eq!(reply.headers["set-cookie"], cookie.as_str());
    assert_eq!(reply.headers["cache-control"], "no-store");
    assert_eq!(reply.headers["referrer-policy"], "no-referrer");
    let off = ask(&edge, Method::GET, "/_selvedge/debug?off");
    assert!(off.headers["set-cookie"].to_str().unwrap().starts_with("selvedge_debug=; Path=/; Max-Age=0;"));
    for query in ["", "?token=", "?token=x", &format!("?token={}", good(OTHER))] {
        let reply = ask(&edge, Method::GET, &format!("/_selvedge/debug{query}"));
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{query}");
        assert!(!reply.headers.contains_key("set-cookie"));
    }
    assert_eq!(ask(&edge, Method::PUT, "/_selvedge/debug").status, StatusCode::METHOD_NOT_ALLOWED);
    edge.keep_visits(false);
    let reply = ask(&edge, Method::GET, &format!("/_selvedge/debug?token={token}"));
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(String::from_utf8(reply.body).unwrap().contains("selvedge-debug"));
}

#[test]
fn nobody_else_is_told() {
    let with = edge(KEY);
    let cookie = format!("selvedge_debug={}", good(KEY));
    assert!(plan(&with, &cookie).record.is_some());
    let forged = format!("selvedge_debug={}", good(OTHER));
    for cookie in ["", "selvedge_debug=x", &forged] {
        let plan = plan(&with, cookie);
        assert!(plan.record.is_none() && plan.visit().is_none(), "{cookie}");
        assert!(plan.lines.iter().all(|line| !line.contains(r#""selvedge":"visit""#)));
    }
    with.keep_visits(false);
    assert!(plan(&with, &cookie).record.is_none(), "without a store");
}

/// The log says what it always says; the visit is kept beside it, for one look-up; and nothing in it is somebody's.
#[test]
fn what_is_kept_of_a_visit_names_nobody() {
    let edge = edge(KEY);
    let cookie = format!("shop=cookie-value-1; selvedge_debug={}", good(KEY));
    let mut plan = plan(&edge, &cookie);
    assert!(plan.lines.iter().all(|line| !line.contains(r#""selvedge":"visit""#)), "{:?}", plan.lines);
    assert_eq!(plan.budget.lookups, Platform::FASTLY.budget.lookups - 1);
    let mut record = plan.record.take().unwrap();
    assert!(record.key().starts_with(&format!("{ID}/1795343700000-")), "{}", record.key());
    let raw = record.lines.iter().map(Value::to_string).collect::<String>();
    let outcome = Outcome::Unreachable("no way for jane.doe@example.com".into());
    for delivery in &plan.deliveries {
        record.add(&edge.settle(delivery, &outcome, b"", NOW, &Random::from_seed([2; 32])).lines);
    }
    let text = record.text();
    for mark in MARKS.iter().chain(&[&*good(KEY)]) {
        assert!(!text.contains(mark), "{mark} is in {text}");
    }
    let told = MARKS.iter().filter(|mark| raw.contains(**mark)).count();
    assert!(told >= 8, "{told} of the marks were there to be taken out: {raw}");
    // What is left is what one wants to see.
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<_> = lines.iter().map(|line| line["selvedge"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["visit", "drop", "delivery"]);
    let [visit, drop, delivery] = &lines[..] else { panic!("three lines") };
    assert_eq!((&drop["visit"], &delivery["visit"]), (&visit["visit"], &visit["visit"]));
    assert_eq!(visit["request"]["ip"], "203.0.113.0");
    assert_eq!(visit["time"], "2026-11-22T10:35:00.000Z");
    assert_eq!(visit["events"][1]["data"]["properties"]["sku"], "L-1");
    assert_eq!(visit["events"][1]["data"]["properties"]["note"], "call [redacted] on 203.0.113.0");
    assert_eq!(visit["events"][1]["uuid"], delivery["ids"][1]);
    let requests = &visit["components"][0]["requests"];
    assert_eq!(requests[0]["headers"][0], json!(["authorization", "Bearer $TOKEN"]));
    let page: Value = serde_json::from_str(visit["data_layer"].as_str().unwrap()).unwrap();
    assert_eq!(page["data_collection"]["context"]["user"]["user_id"], "custom…");
    let cookies: Vec<_> =
        visit["request"]["headers"].as_array().unwrap().iter().filter(|field| field[0] == "cookie").collect();
    assert_eq!(cookies, [&json!(["cookie", "shop=[redacted]; selvedge_debug=[redacted]"])]);
}
