//! The example of the documentation, from a request to the event that the `webhook` sends, and the schema that both
//! keep to.

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Value, json};

use super::assemble::{Base, assemble};
use super::context::{self, PageFacts};
use super::payload::Payload;
use super::{Channel, Context, From, Ids};
use crate::config;
use crate::consent::{Sources, State};
use crate::facts::{self, Random, Timestamp};
use crate::head::Request;
use crate::visitor::Visitor;

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0";

/// A visit to `/p?utm_source=x` in somebody's third session, nine minutes after it began.
fn visit(payload: Payload, stored: Option<State>) -> Value {
    let headers: HeaderMap = [("user-agent", FIREFOX), ("accept-language", "en-US,en;q=0.9")]
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
        .into_iter()
        .collect();
    let request = Request::new(Method::GET, "https://shop.example/p?utm_source=x", headers).unwrap();
    let client = facts::Client { ip: Some("203.0.113.7".parse().unwrap()), ..facts::Client::default() };
    let random = Random::from_seed([9; 32]);
    let start = 1_730_000_000_000;
    let mut visitor = Visitor::new(Timestamp(start - 86_400_000), &random);
    let mut started = false;
    for at in [start - 43_200_000, start, start + 540_000] {
        (visitor, started) = visitor.advance(Timestamp(at), 30);
    }
    let consent = config::Consent::default();
    let page = context::page(&request, &PageFacts { title: Some("P"), ..PageFacts::default() });
    let campaign = context::campaign(request.query.as_deref().unwrap_or_default());
    let ids = Ids::default();
    let base = Base {
        context: Context {
            traffic: Some(super::classify(&page, &campaign, &ids, |_| false)),
            page,
            user: visitor.to_user(),
            client: context::client(&request, &client),
            campaign,
            session: Some(visitor.to_session(started)),
            ids,
        },
        from: From::Edge,
        now: Timestamp(start + 540_123),
        random: &random,
        consent: &consent,
        before_consent: config::BeforeConsent::Cookie,
        sources: Sources { stored: stored.map(Into::into), gpc: true, ..Sources::default() },
        no_view: None,
        pseudonym: None,
        came: crate::visitor::Landing {
            campaign: context::campaign(request.query.as_deref().unwrap_or_default()),
            ..Default::default()
        },
        hosts: [&[], &[]],
    };
    let assembled = assemble(payload, &base);
    let [event] = &assembled.events[..] else { panic!("one event") };
    serde_json::to_value(event).unwrap()
}

/// The JSON block of `docs/events.md` that follows this heading.
fn documented(heading: &str) -> Value {
    let docs = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/events.md"));
    let (_, section) = docs.split_once(&format!("\n## {heading}\n")).expect("the heading");
    let (_, block) = section.split_once("```json\n").expect("a block");
    let (block, _) = block.split_once("```").expect("its end");
    serde_json::from_str(block).expect("JSON")
}

#[test]
fn the_event_is_the_one_that_is_documented() {
    let event = visit(Payload::default(), Some(State::Granted));
    assert_eq!(event, documented("The event"));
    let page = json!({
        "keywords": [], "title": "P", "url": "https://shop.example/p?utm_source=x", "path": "/p",
        "search": "?utm_source=x",
    });
    assert_eq!((&event["data"], &event["context"]["page"]), (&page, &page));
}

#[test]
fn the_payload_is_the_one_that_is_documented() {
    let payload = documented("The payload");
    check(&payload, "#/$defs/payload").unwrap();
    let payload = Payload::from_post(payload.to_string().as_bytes()).unwrap();
    let [_, purchase] = &payload.events.clone().unwrap()[..] else { panic!("two events") };
    assert!(purchase.uuid.is_some() && purchase.timestamp.is_some());
    let alone = Payload { events: Some(vec![purchase.clone()]), ..payload };
    check(&visit(alone, None), "#/$defs/event").unwrap();
}

#[test]
fn events_keep_to_the_schema() {
    check(&visit(Payload::default(), None), "#/$defs/event").unwrap();
    check(&visit(Payload::default(), Some(State::Granted)), "#/$defs/event").unwrap();
    let full = r#"{"data_collection": {"context": {
        "page": {"name": "n", "category": "c", "keywords": ["k"], "referrer": "https://r.example/", "properties": {"a": 1}},
        "user": {"user_id": "u", "anonymous_id": "a", "properties": {"a": [1]}},
        "client": {"timezone": "UTC", "screen_width": 1, "screen_height": 1, "screen_density": 1.5, "os_version": "1",
            "user_agent_architecture": "arm", "user_agent_bitness": "64", "user_agent_model": "m",
            "user_agent_full_version_list": "A;1.0.0.0"},
        "campaign": {"name": "n", "source": "s", "medium": "m", "term": "t", "content": "c", "creative_format": "f",
            "marketing_tactic": "m"}},
        "events": [{"type": "user"}], "components": {"all": false}, "consent": "granted"}}"#;
    let payload = Payload::from_post(full.as_bytes()).unwrap();
    check(&visit(payload, None), "#/$defs/event").unwrap();
    check(&serde_json::from_str(full).unwrap(), "#/$defs/payload").unwrap();
}

#[test]
fn what_the_edge_adds_keeps_to_the_schema() {
    use Channel::{
        Affiliates, AiAssistant, Direct, Display, Email, Internal, OrganicSearch, OrganicShopping,
        OrganicSocial, OrganicVideo, PaidOther, PaidSearch, PaidShopping, PaidSocial, PaidVideo,
        PushNotifications, Referral, Sms,
    };
    let channels = [
        Direct,
        Internal,
        OrganicSearch,
        PaidSearch,
        OrganicSocial,
        PaidSocial,
        OrganicVideo,
        PaidVideo,
        OrganicShopping,
        PaidShopping,
        AiAssistant,
        Display,
        PaidOther,
        Email,
        Affiliates,
        Sms,
        PushNotifications,
        Referral,
    ];
    let mut ids = Ids::default();
    ids.put("gclid", "x");
    for channel in channels {
        let traffic = super::Traffic { channel, source: None };
        check(&serde_json::to_value(traffic).unwrap(), "#/$defs/traffic").unwrap();
    }
    check(&serde_json::to_value(ids).unwrap(), "#/$defs/ids").unwrap();
    for device in ["desktop", "mobile", "tablet", "tv", "console", "other"] {
        let client = super::Client {
            device: Some(device.into()),
            bot: Some("Googlebot".into()),
            postal_code: Some("69001".into()),
            latitude: Some(45.75),
            longitude: Some(4.85),
            ..super::Client::default()
        };
        check(&serde_json::to_value(client).unwrap(), "#/$defs/client").unwrap();
    }
}

#[test]
fn the_check_finds_what_is_wrong() {
    let event = visit(Payload::default(), None);
    for (pointer, value, problem) in [
        ("/context/client", json!({"ipp": "x"}), "/context/client/ipp is not in the schema"),
        ("/from", json!("server"), r#"/from is "server""#),
        ("/context/session/session_count", json!("3"), "/context/session/session_count is not integer"),
        ("/context", json!({}), "/context lacks page"),
        ("/data", json!({"name": 1}), "/data fits none"),
    ] {
        let mut event = event.clone();
        *event.pointer_mut(pointer).unwrap() = value;
        assert_eq!(check(&event, "#/$defs/event"), Err(problem.into()));
    }
}

/// Checks a value against a part of `docs/event.schema.json`, as far as that uses JSON Schema: `$ref`, `type`,
/// `properties`, `required`, `additionalProperties`, `items`, `enum`, `anyOf`. A field that is not in the schema is an
/// error here even where the schema tolerates it, so that none is forgotten there.
fn check(value: &Value, reference: &str) -> Result<(), String> {
    let schema = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/event.schema.json"));
    let root: Value = serde_json::from_str(schema).unwrap();
    fits(value, &json!({ "$ref": reference }), &root, "")
}

fn fits(value: &Value, schema: &Value, root: &Value, at: &str) -> Result<(), String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.trim_start_matches('#'));
        return fits(value, target.expect("a definition"), root, at);
    }
    if let Some(any) = schema["anyOf"].as_array() {
        let fit = any.iter().any(|schema| fits(value, schema, root, at).is_ok());
        return if fit { Ok(()) } else { Err(format!("{at} fits none")) };
    }
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        return Err(format!("{at} is {value}"));
    }
    if let Some(expected) = schema["type"].as_str() {
        let fit = match expected {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "integer" => value.is_u64(),
            "number" => value.is_number(),
            "boolean" => value.is_boolean(),
            other => panic!("the check does not know {other}"),
        };
        if !fit {
            return Err(format!("{at} is not {expected}"));
        }
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if value.get(name).is_none() {
            return Err(format!("{at} lacks {name}"));
        }
    }
    for (name, value) in value.as_object().into_iter().flatten() {
        let at = format!("{at}/{name}");
        match (schema["properties"].get(name), &schema["additionalProperties"]) {
            (Some(schema), _) | (None, schema @ Value::Object(_)) => fits(value, schema, root, &at)?,
            (None, Value::Bool(true)) => {}
            (None, _) => return Err(format!("{at} is not in the schema")),
        }
    }
    for (n, item) in value.as_array().into_iter().flatten().enumerate() {
        fits(item, &schema["items"], root, &format!("{at}/{n}"))?;
    }
    Ok(())
}

/// What is kept of an event outside, until its destination takes it, is the event.
#[test]
fn an_event_is_read_back_as_it_was_written() {
    for said in [None, Some(State::Granted), Some(State::Denied)] {
        let mut value = visit(Payload::default(), said);
        value["cmp"] = json!("didomi");
        value["consent_source"] = json!("cmp");
        value["context"]["ids"] = json!({"_ga": "1.2"});
        value["components"] = json!({"all": false, "x": true});
        let event: crate::event::Event = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(serde_json::to_value(&event).unwrap(), value);
    }
    for kind in [
        json!({"type": "user", "data": {"user_id": "u", "properties": {"a": [1]}}}),
        json!({"type": "track", "data": {"name": "x"}}),
    ] {
        let mut value = visit(Payload::default(), None);
        value.as_object_mut().unwrap().extend(kind.as_object().cloned().unwrap());
        let event: crate::event::Event = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(serde_json::to_value(&event).unwrap(), value);
    }
}
