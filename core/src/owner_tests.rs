use http::{HeaderMap, header};

use super::*;
use crate::account::DropReason;
use crate::budget::Platform;
use crate::edge::Secrets;
use crate::facts::{Client, Facts, Random};
use crate::receive::Received;

const NOW: Timestamp = Timestamp(1_730_000_000_000);
const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const PATH: &str = "/_selvedge/outbox";

fn ring(key: &str) -> KeyRing {
    KeyRing::new::<&[u8]>(key.as_bytes(), &[]).unwrap()
}

fn edge(config: Value, key: Option<&str>) -> Arc<Edge> {
    let secrets: Secrets = key.map(|key| ("SELVEDGE_KEY".to_owned(), key.to_owned())).into_iter().collect();
    Edge::new(serde_json::from_value(config).unwrap(), &[], &secrets, Platform::FASTLY)
}

fn with_outbox() -> Arc<Edge> {
    edge(json!({"site": [{"origin": "https://origin.example"}], "delivery": {"outbox": true}}), Some(KEY))
}

fn asked(edge: &Arc<Edge>, method: Method, path: &str, signature: Option<&str>) -> Received {
    let mut headers = HeaderMap::new();
    headers.extend(signature.map(|said| (header::AUTHORIZATION, HeaderValue::from_str(said).unwrap())));
    let request = Request::new(method, &format!("https://shop.example{path}"), headers).unwrap();
    let facts = Facts { client: Client::default(), now: NOW, random: Random::from_seed([1; 32]) };
    edge.receive(request, facts)
}

fn refused(received: Received) -> (u16, String) {
    let Received::Reply(reply) = received else { panic!("not refused: {received:?}") };
    assert_eq!(reply.headers[header::CACHE_CONTROL], "no-store");
    let body: Value = serde_json::from_slice(&reply.body).unwrap();
    assert!(body["expected"].is_string(), "{body}");
    (reply.status.as_u16(), body["error"].as_str().unwrap().to_owned())
}

fn ordered(body: &[u8]) -> Result<Order, (u16, String)> {
    let signature = authorization(&ring(KEY), PATH, body, NOW);
    let Received::Owner(owner) = asked(&with_outbox(), Method::POST, PATH, Some(&signature)) else {
        panic!("refused")
    };
    owner.accept(Ok(body)).map_err(|reply| refused(Received::Reply(*reply)))
}

#[test]
fn only_the_owner_is_answered() {
    let edge = with_outbox();
    let sign =
        |key: &str, path: &str, after: i64| authorization(&ring(key), path, b"{}", Timestamp(NOW.0 + after));
    let good = sign(KEY, PATH, 0);
    assert!(matches!(asked(&edge, Method::POST, PATH, Some(&good)), Received::Owner(_)));
    for after in [-300_000, 300_000] {
        let signed = sign(KEY, PATH, after);
        assert!(matches!(asked(&edge, Method::POST, PATH, Some(&signed)), Received::Owner(_)), "{after}");
    }
    let cut = good.get(..good.len() - 1).unwrap();
    let forged = good.replacen("1730000000000", "1730000000001", 1);
    let other_key = sign(&"f".repeat(64), PATH, 0);
    let elsewhere = sign(KEY, "/_selvedge/event", 0);
    let (early, late) = (sign(KEY, PATH, -300_001), sign(KEY, PATH, 300_001));
    for (signature, status, problem) in [
        (None, 401, "not signed"),
        (Some("Bearer abc"), 401, "a signature of another form"),
        (Some("Selvedge v1.x.y.z"), 401, "a signature of another form"),
        (Some("Selvedge v1.1730000000000.."), 403, "signed with another key"),
        (Some(cut), 401, "a signature of another form"),
        (Some(forged.as_str()), 403, "signed with another key"),
        (Some(&other_key), 403, "signed with another key"),
        (Some(&elsewhere), 403, "signed with another key"),
        (Some(&early), 401, "signed at 2024-10-27T03:28:19.999Z, and here it is 2024-10-27T03:33:20.000Z"),
        (Some(&late), 401, "signed at 2024-10-27T03:38:20.001Z, and here it is 2024-10-27T03:33:20.000Z"),
    ] {
        let told = refused(asked(&edge, Method::POST, PATH, signature));
        assert_eq!(told, (status, problem.to_owned()), "{signature:?}");
    }
    assert_eq!(refused(asked(&edge, Method::GET, PATH, Some(&good))).0, 405);
}

#[test]
fn a_service_without_key_or_outbox_says_so() {
    let site = json!({"site": [{"origin": "https://origin.example"}], "delivery": {"outbox": true}});
    let good = authorization(&ring(KEY), PATH, b"{}", NOW);
    let told = refused(asked(&edge(site, None), Method::POST, PATH, Some(&good)));
    assert!(told.0 == 403 && told.1.contains("no key"), "{told:?}");
    let none = edge(json!({"site": [{"origin": "https://origin.example"}]}), Some(KEY));
    let told = refused(asked(&none, Method::POST, PATH, Some(&good)));
    assert_eq!(told, (404, "there is no outbox".to_owned()));
    assert_eq!(refused(asked(&none, Method::POST, PATH, None)).0, 401, "strangers are not even told that");
}

#[test]
fn a_debug_session_needs_no_outbox() {
    let none = edge(json!({"site": [{"origin": "https://origin.example"}]}), Some(KEY));
    let (path, session) = ("/_selvedge/debug", "0123456789abcdef0123456789abcdef");
    let good = format!(r#"{{"session":"{session}"}}"#);
    for (body, expected) in [
        (good.as_str(), Ok(Order::Debug { session: session.to_owned(), after: None })),
        (r#"{"session":"0123"}"#, Err((400, "\"0123\" in `session`".to_owned()))),
    ] {
        let signed = authorization(&ring(KEY), path, body.as_bytes(), NOW);
        let Received::Owner(owner) = asked(&none, Method::POST, path, Some(&signed)) else {
            panic!("refused")
        };
        let order = owner.accept(Ok(body.as_bytes()));
        assert_eq!(order.map_err(|reply| refused(Received::Reply(*reply))), expected, "{body}");
    }
    assert_eq!(refused(asked(&none, Method::POST, path, None)).0, 401);
}

#[test]
fn the_body_is_the_one_that_was_signed() {
    let signature = authorization(&ring(KEY), PATH, br#"{"do":"list"}"#, NOW);
    for (body, status) in [
        (Ok(&br#"{"do":"list","dead":true}"#[..]), 403),
        (Err(BodyFault::TooLarge), 413),
        (Err(BodyFault::Broken), 400),
    ] {
        let Received::Owner(owner) = asked(&with_outbox(), Method::POST, PATH, Some(&signature)) else {
            panic!("refused")
        };
        assert_eq!(refused(Received::Reply(*owner.accept(body).unwrap_err())).0, status);
    }
}

#[test]
fn orders_are_read_and_what_is_none_is_refused() {
    let key = |place: Place| {
        let (at, reason) = (NOW, (place == Place::Dead).then_some(DropReason::Expired));
        let label =
            Label { place, due: at, since: at, attempts: 1, events: 1, reason, component: "a".into() };
        label.key(&[7; 32])
    };
    let (waiting, dead) = (key(Place::Waiting), key(Place::Dead));
    let parcel =
        json!({"component": "a", "attempts": 1, "since": 1, "due": 2, "reason": "expired", "events": []});
    for (body, expected) in [
        (json!({"do": "list"}), Order::List { dead: false, after: None }),
        (
            json!({"do": "list", "dead": true, "after": "x"}),
            Order::List { dead: true, after: Some("x".into()) },
        ),
        (
            json!({"do": "read", "names": [&waiting, &dead]}),
            Order::Read { names: vec![waiting.clone(), dead.clone()] },
        ),
        (
            json!({"do": "drain", "names": [&waiting], "all": true}),
            Order::Drain { names: vec![waiting.clone()], all: true },
        ),
        (
            json!({"do": "replay", "names": [&dead], "parcels": [&parcel]}),
            Order::Replay { names: vec![dead.clone()], texts: vec![parcel.to_string()] },
        ),
    ] {
        assert_eq!(ordered(body.to_string().as_bytes()), Ok(expected), "{body}");
    }
    for (body, problem) in [
        (json!({}), "missing field `do`"),
        (json!({"do": "burn"}), "unknown variant `burn`"),
        (json!({"do": "drain", "names": [], "al": true}), "unknown field `al`"),
        (json!({"do": "drain", "names": [&dead]}), "in `names`"),
        (json!({"do": "replay", "names": [&waiting]}), "in `names`"),
        (json!({"do": "read", "names": ["draining"]}), "\"draining\" in `names`"),
        (json!({"do": "read", "names": vec![&waiting; 5]}), "5 parcels"),
        (json!({"do": "replay", "names": [&dead], "parcels": vec![&parcel; 4]}), "5 parcels"),
        (json!({"do": "replay", "parcels": [&parcel, {"component": "a"}]}), "`parcels[1]`: not a parcel"),
    ] {
        let (status, told) = ordered(body.to_string().as_bytes()).unwrap_err();
        assert_eq!(status, 400);
        assert!(told.contains(problem), "{told}");
    }
    assert_eq!(ordered(b"not JSON").unwrap_err().0, 400);
}

#[test]
fn answers_carry_what_was_found_as_it_was() {
    let edge = with_outbox();
    let text = |reply: Reply| String::from_utf8(reply.body).unwrap();
    assert_eq!(
        text(listed(&edge, &["a".into()], Some("more"))),
        "{\"names\":[\"a\"],\"next\":\"more\",\"platform\":\"fastly\"}\n"
    );
    assert_eq!(
        text(read(&edge, &[r#"{"z":1.50,"a":2}"#.into()])),
        "{\"parcels\":[{\"z\":1.5,\"a\":2}],\"platform\":\"fastly\"}\n"
    );
    assert_eq!(text(drained(&edge, &[])), "{\"lines\":[],\"platform\":\"fastly\"}\n");
    assert_eq!(text(replayed(&edge, 3)), "{\"replayed\":3,\"platform\":\"fastly\"}\n");
    assert_eq!(unavailable("busy", "later").status, StatusCode::SERVICE_UNAVAILABLE);
}
