use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::budget::Platform;
use crate::config::Config;
use crate::config::compiled::{decode, encode};
use crate::config::pushed::{Source, choose};
use crate::facts::{Client, Facts, Random};
use crate::head::Request;
use crate::owner::authorization;
use crate::receive::Received;
use crate::visitor::KeyRing;

const NOW: Timestamp = Timestamp(1_730_000_000_000);
const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const PATH: &str = "/_selvedge/config";

fn configuration(more: &Value) -> Config {
    let mut keys = json!({"site": [{"origin": "https://origin.example"}]});
    keys.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(keys).unwrap()
}

fn secrets() -> Secrets {
    Secrets::from([("SELVEDGE_KEY".to_owned(), KEY.to_owned())])
}

fn edge() -> Arc<Edge> {
    Edge::new(configuration(&json!({})), &[], &secrets(), Platform::FASTLY)
}

fn base64(config: &Config) -> String {
    STANDARD.encode(encode(config, NOW))
}

fn said(reply: &Reply) -> (u16, Value) {
    (reply.status.as_u16(), serde_json::from_slice(&reply.body).unwrap())
}

fn refused<T: std::fmt::Debug>(result: Result<T, Box<Reply>>) -> (u16, String) {
    let (status, body) = said(&result.unwrap_err());
    assert!(body["expected"].is_string(), "{body}");
    (status, body["error"].as_str().unwrap().to_owned())
}

fn judged(more: &Value) -> Result<Kept, Box<Reply>> {
    Candidate::pushed(base64(&configuration(more)), "why".into(), NOW)?.judge(&edge(), &[], &secrets())
}

#[test]
fn orders_come_by_their_own_path_and_need_no_outbox() {
    let ring = KeyRing::new::<&[u8]>(KEY.as_bytes(), &[]).unwrap();
    let asked = |body: &[u8]| {
        let mut headers = http::HeaderMap::new();
        let signature = authorization(&ring, PATH, body, NOW);
        headers.insert(http::header::AUTHORIZATION, signature.parse().unwrap());
        let request =
            Request::new(http::Method::POST, &format!("https://shop.example{PATH}"), headers).unwrap();
        let facts = Facts { client: Client::default(), now: NOW, random: Random::from_seed([1; 32]) };
        let Received::Owner(owner) = edge().receive(request, facts) else { panic!("refused") };
        assert!(owner.limit() > MAX_BYTES * 4 / 3);
        owner.accept(Ok(body))
    };
    let key = Entry { at: NOW, id: "00000000".into(), bytes: 1, note: String::new() }.key();
    for (body, what) in [
        (json!({"do": "list"}), Order::List),
        (json!({"do": "stamped"}), Order::Stamped),
        (json!({"do": "rollback", "key": &key}), Order::Rollback { key: key.clone() }),
        (
            json!({"do": "push", "configuration": "x"}),
            Order::Push { configuration: "x".into(), note: String::new() },
        ),
    ] {
        assert_eq!(
            asked(body.to_string().as_bytes()).unwrap(),
            crate::owner::Order::Config { what },
            "{body}"
        );
    }
    for (body, problem) in [
        (json!({"do": "drain", "names": []}), "unknown variant `drain`"),
        (json!({"do": "push"}), "missing field `configuration`"),
        (json!({"do": "push", "configuration": "x", "note": "n".repeat(201)}), "the note is too long"),
        (json!({"do": "push", "configuration": "x", "note": "a\nb"}), "the note is too long"),
        (json!({"do": "rollback", "key": "current"}), "\"current\" as `key`"),
        (json!({"do": "rollback", "key": &key, "x": 1}), "unknown field `x`"),
    ] {
        let (status, told) = refused(asked(body.to_string().as_bytes()));
        assert!(status == 400 && told.contains(problem), "{told}");
    }
}

#[test]
fn what_is_good_is_kept_under_its_key_and_as_the_current_one() {
    let kept = judged(&json!({"consent": {"default": "granted"}})).unwrap();
    let key = kept.key.unwrap();
    let entry = Entry::read(&key).unwrap();
    assert_eq!((entry.at, entry.note.as_str()), (NOW, "why"));
    let (status, answer) = said(&kept.reply);
    assert_eq!(status, 200);
    assert_eq!(
        answer,
        json!({"id": entry.name(), "at": "2024-10-27T03:33:20.000Z", "warnings": [], "platform": "fastly"})
    );
    let choice = choose(Ok(None), Some(kept.text.as_bytes()));
    let (config, which) = choice.at_work.unwrap();
    assert_eq!(
        (config, which.from, which.id),
        (configuration(&json!({"consent": {"default": "granted"}})), Source::Pushed, entry.name())
    );

    // The same, brought back an hour later, is newer than what was stamped meanwhile.
    let later = Timestamp(NOW.0 + 3_600_000);
    let back =
        Candidate::back(Some(kept.text.as_bytes()), later).unwrap().judge(&edge(), &[], &secrets()).unwrap();
    assert_eq!((back.key, said(&back.reply).1["id"].as_str()), (None, Some(entry.name().as_str())));
    let stamped = decode(&encode(&configuration(&json!({})), Timestamp(later.0 - 1000))).unwrap();
    let (_, which) = choose(Ok(Some(stamped)), Some(back.text.as_bytes())).at_work.unwrap();
    assert_eq!((which.id, which.at), (entry.name(), later));
}

#[test]
fn what_is_not_good_is_refused_with_the_reason() {
    let pushed = |text: &str| refused(Candidate::pushed(text.into(), String::new(), NOW));
    assert_eq!(pushed("?"), (422, "this is not a compiled configuration".into()));
    assert_eq!(pushed(&STANDARD.encode("[[site]]")), (422, "this is not a compiled configuration".into()));
    let mut newer = encode(&configuration(&json!({})), NOW);
    newer[8] = 9;
    let (status, told) = pushed(&STANDARD.encode(&newer));
    assert!(status == 422 && told.contains("version 9"), "{told}");
    newer.truncate(60);
    newer[8] = 1;
    assert_eq!(pushed(&STANDARD.encode(&newer)), (422, "the compiled configuration is damaged".into()));
    let large = configuration(&json!({"consent": {"names": {"analytics": ["x".repeat(MAX_BYTES)]}}}));
    let (status, told) = pushed(&base64(&large));
    assert!(status == 422 && told.starts_with("the configuration takes 3"), "{told}");

    for (more, problem) in [
        (json!({"component": [{"kind": "absent", "id": "absent"}]}), "component[0].kind: "),
        (json!({"component": [{"kind": "wasm", "id": "acme", "file": "acme.wasm"}]}), "acme: "),
        (json!({"consent": {"cmp": "wasm", "file": "cmp.wasm", "cookie": "c"}}), "consent.file: "),
        (json!({"collect": {"path": "/elsewhere"}}), "collect.path: \"/elsewhere\""),
        (json!({"visitor": {"key": {"secret": "OTHER"}}}), "visitor.key: the secret is not in the store"),
        (json!({"visitor": {"session_minutes": 0}}), "visitor.session_minutes: 0 minutes is out of bounds"),
    ] {
        let (status, told) = refused(judged(&more));
        assert!(status == 422 && told.starts_with(problem), "{more}: {told}");
    }
    assert_eq!(refused(Candidate::back(None, NOW)), (404, "the store does not have it".into()));
    assert_eq!(refused(Candidate::back(Some(b"garbage"), NOW)).0, 422);
}

#[test]
fn a_list_tells_what_is_at_work_and_what_there_is() {
    let key = judged(&json!({})).unwrap().key.unwrap();
    let own = decode(&encode(&configuration(&json!({})), NOW)).unwrap();
    let choice = choose(Ok(Some(own)), Some(b"garbage"));
    let running = choice.stamped.clone().unwrap();
    let (_, answer) = said(&listed(&edge(), &running, &choice, &[key.clone(), "config/other".into()]));
    assert_eq!(answer["entries"], json!([key]));
    assert_eq!(answer["running"]["from"], "stamped");
    assert_eq!(answer["chosen"], answer["stamped"]);
    assert_eq!(answer["stamped"]["at"], "2024-10-27T03:33:20.000Z");
    assert!(answer["problems"][0].as_str().unwrap().contains("pushed"), "{answer}");
    assert_eq!(said(&stamped(&edge(), &choice).unwrap()).1["id"], answer["stamped"]["id"]);
    assert_eq!(refused(stamped(&edge(), &choose(Ok(None), None))).0, 422);
}
