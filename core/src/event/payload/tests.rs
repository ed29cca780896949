use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::consent::State;

fn post(value: &Value) -> Read<Payload> {
    Payload::from_post(value.to_string().as_bytes())
}

/// The error of a payload whose `data_collection` is this.
fn error(collection: &Value) -> String {
    post(&json!({ "data_collection": collection })).unwrap_err().to_string()
}

fn full() -> Value {
    json!({"data_collection": {
        "events": [
            {"type": "page", "data": {"title": "P", "search": "a=b", "keywords": ["k"]}},
            {
                "type": "track",
                "uuid": "6f1b4a52-8f0e-4c2d-9b7a-3f5d2a1c0e4b",
                "timestamp": "2026-11-22T10:35:00.123Z",
                "data": {"name": "purchase", "properties": {
                    "value": 12.5, "gift": false, "note": null, "z": "", "products": [{"sku": "s", "price": 12.50}]
                }},
                "context": {"page": {"name": "checkout"}, "campaign": {"source": "x"}},
                "components": {"all": false, "edgee/ga": true},
                "consent": "denied",
                "from_a_later_sdk": {},
            },
            {"type": "user", "timestamp": 1_795_343_700_123_i64, "data": {"user_id": "ada", "edgee_id": "forged"}},
        ],
        "context": {
            "page": {"url": "https://shop.example/p", "search": "", "title": null},
            "user": {"anonymous_id": "guest", "edgee_id": "forged", "properties": {"plan": {"name": "pro"}}},
            "client": {
                "timezone": "Europe/Paris", "screen_width": 1920, "screen_height": 1080, "screen_density": 1.5,
                "user_agent_architecture": "arm", "user_agent_bitness": "64", "user_agent_model": "Pixel",
                "os_version": "15", "user_agent_full_version_list": "Chromium;130.0.6723.58",
                "ip": "198.51.100.1", "city": "Paris", "country_code": "FR", "user_agent": "forged",
                "locale": "xx", "os_name": "forged",
            },
            "session": {"session_id": "1", "session_count": 99},
            "campaign": {"name": "spring"},
        },
        "components": {"all": true},
        "consent": "granted",
    }})
}

#[test]
fn everything_that_a_client_may_say_is_read_and_nothing_else() {
    let payload = post(&full()).unwrap();
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(payload.consent, Some(State::Granted.into()));
    assert!(payload.components.allows("x"));
    assert_eq!(
        payload.context,
        PayloadContext {
            page: Page { url: text("https://shop.example/p"), ..Page::default() },
            user: User {
                anonymous_id: text("guest"),
                properties: json!({"plan": {"name": "pro"}}).as_object().cloned().unwrap(),
                ..User::default()
            },
            client: Client {
                timezone: text("Europe/Paris"),
                screen_width: Some(1920),
                screen_height: Some(1080),
                screen_density: Some(1.5),
                user_agent_architecture: text("arm"),
                user_agent_bitness: text("64"),
                user_agent_model: text("Pixel"),
                os_version: text("15"),
                user_agent_full_version_list: text("Chromium;130.0.6723.58"),
                ..Client::default()
            },
            campaign: Campaign { name: text("spring"), ..Campaign::default() },
        }
    );
    let [page, track, user] = &payload.events.unwrap()[..] else { panic!("three events") };
    let Data::Page(data) = &page.data else { panic!("a page") };
    assert_eq!((data.search.as_deref(), &data.keywords[..]), (Some("?a=b"), &["k".to_owned()][..]));
    assert_eq!((page.uuid, page.timestamp, page.consent, &page.context), (None, None, None, &None));

    let Data::Track(data) = &track.data else { panic!("a track") };
    assert_eq!(
        Value::Object(data.properties.clone()).to_string(),
        r#"{"value":12.5,"gift":false,"note":null,"z":"","products":[{"sku":"s","price":12.5}]}"#,
        "types, nesting and order are kept"
    );
    assert_eq!(track.uuid.unwrap().to_string(), "6f1b4a52-8f0e-4c2d-9b7a-3f5d2a1c0e4b");
    assert_eq!(track.timestamp, Some(Timestamp(1_795_343_700_123)));
    assert_eq!(track.consent, Some(State::Denied.into()));
    let components = track.components.clone().unwrap();
    assert!(components.allows("edgee/ga") && !components.allows("x"));
    assert_eq!(track.context.clone().unwrap().page.name, text("checkout"));

    assert_eq!(user.timestamp, Some(Timestamp(1_795_343_700_123)));
    assert_eq!(user.data, Data::User(User { user_id: text("ada"), ..User::default() }));
}

#[test]
fn consent_alone_is_a_payload() {
    let payload = post(&json!({"data_collection": {"consent": "denied"}})).unwrap();
    assert_eq!(payload, Payload { consent: Some(State::Denied.into()), ..Payload::default() });
}

#[test]
fn consent_may_be_said_by_purpose() {
    use crate::consent::{Choice, Purpose, Purposes};
    let some = Choice::of(Purposes::NONE.with(Purpose::Analytics));
    let all = json!({"analytics": true, "advertising": true, "personalization": true, "functional": true});
    for (said, expected) in [
        (json!({"analytics": true}), some),
        (json!({"analytics": true, "advertising": false}), some),
        (json!({"advertising": false}), State::Denied.into()),
        (all, State::Granted.into()),
    ] {
        let payload = post(&json!({"data_collection": {"consent": said, "reset": true}})).unwrap();
        assert_eq!((payload.consent, payload.reset), (Some(expected), true));
    }
    for (said, expected) in [
        (
            json!({}),
            "expected \"granted\", \"denied\", \"pending\" or an object of purposes, found an empty object",
        ),
        (json!({"analytics": "yes"}), ".analytics: expected true or false, found text"),
        (
            json!({"marketing": true}),
            "expected analytics, advertising, personalization or functional, found \"marketing\"",
        ),
    ] {
        let error = error(&json!({ "consent": said }));
        assert!(error.starts_with("data_collection.consent") && error.ends_with(expected), "{error}");
    }
}

#[test]
fn a_missing_list_of_events_is_not_an_empty_one() {
    for (collection, events) in
        [(json!({}), None), (json!({"events": null}), None), (json!({"events": []}), Some(vec![]))]
    {
        assert_eq!(post(&json!({ "data_collection": collection })).unwrap().events, events);
    }
}

#[test]
fn errors_say_where_and_what() {
    let event = |event: Value| json!({ "events": [{"type": "page"}, event] });
    let track =
        |properties: Value| event(json!({"type": "track", "data": {"name": "x", "properties": properties}}));
    let page = |page: Value| json!({"context": {"page": page}});
    let client = |client: Value| json!({"context": {"client": client}});
    let many: Vec<_> = std::iter::repeat_n(json!({"type": "page"}), 101).collect();
    let names: serde_json::Map<_, _> = (0..65).map(|n| (n.to_string(), Value::Bool(true))).collect();
    let long = "x".repeat(8193);
    for (collection, expected) in [
        (json!(1), "data_collection: expected an object, found a number"),
        (json!({"events": {}}), "data_collection.events: expected a list of events, found an object"),
        (json!({ "events": many }), "data_collection.events: expected at most 100 events, found 101"),
        (json!({"events": ["page"]}), "data_collection.events[0]: expected an object, found text"),
        (
            json!({"events": [{"type": "page"}, {"type": "page"}, {"type": "page"}, {"type": "click"}]}),
            r#"data_collection.events[3].type: expected "page", "track" or "user", found "click""#,
        ),
        (
            event(json!({})),
            r#"data_collection.events[1].type: expected "page", "track" or "user", found nothing"#,
        ),
        (
            event(json!({"type": 7})),
            r#"data_collection.events[1].type: expected "page", "track" or "user", found a number"#,
        ),
        (
            event(json!({"type": "track"})),
            "data_collection.events[1].data: expected an object, found nothing",
        ),
        (
            event(json!({"type": "track", "data": {}})),
            "data_collection.events[1].data.name: expected what happened, found nothing",
        ),
        (
            event(json!({"type": "track", "data": {"name": ""}})),
            "data_collection.events[1].data.name: expected what happened, found nothing",
        ),
        (
            event(json!({"type": "track", "data": {"name": ["x"]}})),
            "data_collection.events[1].data.name: expected text, found a list",
        ),
        (
            event(json!({"type": "user", "data": {"user_id": 7}})),
            "data_collection.events[1].data.user_id: expected text, found a number",
        ),
        (
            event(json!({"type": "user", "data": {"user_id": "x".repeat(257)}})),
            "data_collection.events[1].data.user_id: expected text of at most 256 bytes, found 257 bytes",
        ),
        (
            event(json!({"type": "page", "uuid": "7"})),
            r#"data_collection.events[1].uuid: expected a UUID, found "7""#,
        ),
        (
            event(json!({"type": "page", "uuid": "00000000-0000-0000-0000-000000000000"})),
            r#"data_collection.events[1].uuid: expected a UUID, found "00000000-0000-0000-0000-000000000000""#,
        ),
        (
            event(json!({"type": "page", "timestamp": "yesterday"})),
            "data_collection.events[1].timestamp: expected a time as RFC 3339 or as milliseconds since 1970, found \
             \"yesterday\"",
        ),
        (
            event(json!({"type": "page", "consent": "yes"})),
            r#"data_collection.events[1].consent: expected "granted", "denied", "pending" or an object of purposes, found "yes""#,
        ),
        (
            json!({"consent": true}),
            r#"data_collection.consent: expected "granted", "denied", "pending" or an object of purposes, found true or false"#,
        ),
        (
            json!({"components": {"edgee/ga": "yes"}}),
            r#"data_collection.components["edgee/ga"]: expected true or false, found text"#,
        ),
        (json!({"components": ["ga"]}), "data_collection.components: expected an object, found a list"),
        (
            json!({ "components": names }),
            "data_collection.components: expected at most 64 components, found 65",
        ),
        (
            json!({"destinations": {"a": 1}}),
            "data_collection.destinations.a: expected true or false, found a number",
        ),
        (json!({"context": []}), "data_collection.context: expected an object, found a list"),
        (page(json!("p")), "data_collection.context.page: expected an object, found text"),
        (
            page(json!({"keywords": "a,b"})),
            "data_collection.context.page.keywords: expected a list of keywords, found text",
        ),
        (
            page(json!({"keywords": ["a", 1]})),
            "data_collection.context.page.keywords[1]: expected text, found a number",
        ),
        (
            page(json!({ "url": long })),
            "data_collection.context.page.url: expected text of at most 8192 bytes, found 8193 bytes",
        ),
        (
            page(json!({"properties": []})),
            "data_collection.context.page.properties: expected an object, found a list",
        ),
        (
            client(json!({"screen_width": -1})),
            "data_collection.context.client.screen_width: expected a whole number of pixels, found a number",
        ),
        (
            client(json!({"screen_density": "2"})),
            "data_collection.context.client.screen_density: expected a number of device pixels to a pixel, found text",
        ),
        (
            track(json!({"a": [{"b c": long}]})),
            "data_collection.events[1].data.properties.a[0][\"b c\"]: expected text of at most 8192 bytes, found 8193 \
             bytes",
        ),
        (
            track(json!({"x".repeat(257): 1})),
            "data_collection.events[1].data.properties[\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…\"]: expected a \
             name of at most 256 bytes, found 257 bytes",
        ),
        (
            track(json!({ "a": vec![0; 5000] })),
            "data_collection.events[1].data.properties: expected at most 5000 values, found 5001",
        ),
        (
            page(json!({"properties": {"a": vec![""; 1100]}})),
            "data_collection.context: expected at most 32768 bytes, counting 32 for each value and its text, found \
             35343",
        ),
    ] {
        assert_eq!(error(&collection), expected);
    }
}

#[test]
fn errors_of_the_whole_have_no_path() {
    for (body, expected) in [
        (&b""[..], "expected JSON, found EOF while parsing a value at line 1 column 0"),
        (b"{", "expected JSON, found EOF while parsing an object at line 1 column 1"),
        (b"[]", "expected an object, found a list"),
        (b"{}", "data_collection: expected an object, found nothing"),
        (b"null", "expected an object, found null"),
        (b"{} // x", "expected JSON, found trailing characters at line 1 column 4"),
    ] {
        let error = Payload::from_post(body).unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert_eq!(error.path(), expected.strip_suffix(": expected an object, found nothing").unwrap_or(""));
    }
    assert!(matches!(Payload::from_post(b"\"\xFF\""), Err(PayloadError::NotJson(_))));
}

#[test]
fn properties_may_be_16_deep() {
    let nested = |depth: usize| {
        let inner = (1..depth).fold(json!({}), |inner, _| json!({ "a": inner }));
        json!({"data_collection": {"events": [{"type": "track", "data": {"name": "x", "properties": inner}}]}})
    };
    assert!(post(&nested(16)).is_ok());
    let error = post(&nested(17)).unwrap_err();
    let deep = ".a".repeat(16);
    assert_eq!(
        error.to_string(),
        format!(
            "data_collection.events[0].data.properties{deep}: expected values nested at most 16 deep, found deeper nesting"
        )
    );
    // Far deeper than any of our own recursion goes.
    let bomb = [vec![b'['; 100_000], vec![b']'; 100_000]].concat();
    assert!(matches!(Payload::from_post(&bomb), Err(PayloadError::NotJson(_))));
}

#[test]
fn a_data_layer_may_be_commented_and_may_be_old() {
    let text = "\u{feff}\n  {
        // the page
        \"data_collection\": { /* https://docs.example */
            \"context\": {\"page\": {\"url\": \"https://shop.example/p\"}},
            \"destinations\": {\"ga\": false}
        }
    }";
    let payload = Payload::from_data_layer(text).unwrap().unwrap();
    assert_eq!(payload.context.page.url.as_deref(), Some("https://shop.example/p"));
    assert!(!payload.components.allows("ga") && payload.components.allows("x"));
    assert_eq!(payload.events, None);

    for empty in ["", " \n", "\u{feff}", "/* none */", "// none", "{}", " { /* none */ } "] {
        assert_eq!(Payload::from_data_layer(empty).unwrap(), None, "{empty}");
    }
    for (text, expected) in [
        (r#"{"dataCollection": {}}"#, "data_collection: expected an object, found nothing"),
        ("// x\n{a}", "expected JSON, found key must be a string at line 2 column 2"),
    ] {
        assert_eq!(Payload::from_data_layer(text).unwrap_err().to_string(), expected);
    }
}

#[test]
fn both_names_of_components_are_heard_and_the_newer_wins() {
    let payload = post(&json!({"data_collection": {
        "components": {"a": false},
        "destinations": {"b": false},
        "events": [{"type": "page", "destinations": {"c": false}}],
    }}))
    .unwrap();
    assert!(!payload.components.allows("a") && payload.components.allows("b"));
    assert!(!payload.events.unwrap()[0].components.clone().unwrap().allows("c"));
}

/// Replaces the `n`th value of a tree.
fn replace(tree: &mut Value, n: &mut usize, with: &Value) {
    if *n == 0 {
        *tree = with.clone();
    }
    *n = n.wrapping_sub(1);
    match tree {
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, n, with)),
        Value::Object(map) => map.values_mut().for_each(|value| replace(value, n, with)),
        _ => {}
    }
}

proptest! {
    #[test]
    fn reading_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Payload::from_post(&bytes);
        let _ = Payload::from_data_layer(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn reading_a_damaged_payload_never_panics(at: prop::sample::Index, byte: u8, cut: prop::sample::Index) {
        let mut bytes = full().to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = Payload::from_post(&bytes);
        bytes.truncate(cut.index(bytes.len()));
        let _ = Payload::from_post(&bytes);
    }

    #[test]
    fn a_wrong_type_anywhere_is_read_or_refused_with_its_place(n in 0_usize..90, with in prop_oneof![
        Just(json!(null)), Just(json!(-1.5e300)), Just(json!(true)), Just(json!("ü")), Just(json!([[]])), Just(json!({"a": {}})),
    ]) {
        let mut value = full();
        let mut n = n;
        replace(&mut value, &mut n, &with);
        if let Err(error) = post(&value) {
            prop_assert!(error.to_string().contains("expected"));
        }
    }
}
