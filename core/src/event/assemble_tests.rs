use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::consent::{Purpose, Source, State};
use crate::event::{Campaign, Client, Session};
use crate::visitor::Visitor;

const NOW: Timestamp = Timestamp(1_730_000_000_000);

fn payload(collection: &Value) -> Payload {
    Payload::from_post(json!({ "data_collection": collection }).to_string().as_bytes()).unwrap()
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// What the edge knows of a visit to `/p`, as a visitor whose session has just begun.
struct Known {
    random: Random,
    consent: config::Consent,
    context: Context,
}

impl Known {
    fn new() -> Self {
        let random = Random::from_seed([5; 32]);
        let visitor = Visitor::new(NOW, &random);
        let context = Context {
            page: Page {
                title: text("P"),
                url: text("https://shop.example/p?utm_source=x"),
                path: text("/p"),
                search: text("?utm_source=x"),
                ..Page::default()
            },
            user: visitor.to_user(),
            client: Client {
                ip: text("203.0.113.7"),
                user_agent_version_list: text("Chromium;130"),
                os_version: text("15"),
                ..Client::default()
            },
            campaign: Campaign { source: text("x"), ..Campaign::default() },
            session: Some(visitor.to_session(true)),
            traffic: None,
            ids: crate::event::Ids::default(),
        };
        Self { random, consent: config::Consent::default(), context }
    }

    fn base(&self, from: From) -> Base<'_> {
        Base {
            context: self.context.clone(),
            from,
            now: NOW,
            random: &self.random,
            before_consent: config::BeforeConsent::Cookie,
            consent: &self.consent,
            sources: Sources::default(),
            no_view: None,
            pseudonym: None,
            came: crate::visitor::Landing::default(),
            hosts: [&[], &[]],
        }
    }

    /// The events of a post.
    fn post(&self, collection: &Value) -> Vec<Event> {
        let assembled = assemble(payload(collection), &self.base(From::Client));
        assert_eq!(assembled.refused, []);
        assembled.events
    }
}

fn json_of(value: impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap()
}

fn session(event: &Event) -> &Session {
    event.context.session.as_ref().unwrap()
}

#[test]
fn silence_is_a_page_view_at_the_edge_and_nothing_in_a_post() {
    let known = Known::new();
    let [event] = &assemble(Payload::default(), &known.base(From::Edge)).events[..] else {
        panic!("one event")
    };
    assert_eq!(event.data, Data::Page(known.context.page.clone()));
    assert_eq!((event.from, event.timestamp), (From::Edge, NOW));
    assert_eq!(assemble(Payload::default(), &known.base(From::Client)), Assembled::default());
    for from in [From::Edge, From::Client] {
        assert_eq!(assemble(payload(&json!({"events": []})), &known.base(from)), Assembled::default());
    }
}

#[test]
fn a_page_that_nobody_viewed_keeps_its_other_events() {
    let known = Known::new();
    let base = || Base { no_view: Some(NoViewReason::Prefetch), ..known.base(From::Edge) };
    let assembled = assemble(Payload::default(), &base());
    assert_eq!((assembled.events.len(), assembled.refused.len()), (0, 1));

    let said = json!({"events": [
        {"type": "page"}, {"type": "track", "data": {"name": "shown"}}, {"type": "user"}, {"type": "page"},
    ]});
    let assembled = assemble(payload(&said), &base());
    let types: Vec<_> = assembled.events.iter().map(|event| event.data.event_type().word()).collect();
    assert_eq!(types, ["track", "user"]);
    // What is refused does not take the session's start with it.
    let starts: Vec<_> = assembled.events.iter().map(|event| session(event).session_start).collect();
    assert_eq!(starts, [true, false]);
    assert_eq!(assembled.refused.len(), 2);
    for (event, reason) in &assembled.refused {
        assert_eq!((*reason, session(event).session_start), (NoViewReason::Prefetch, false));
    }
}

#[test]
fn what_is_said_closer_to_an_event_wins() {
    let known = Known::new();
    let events = known.post(&json!({
        "context": {
            "page": {"title": "Shared", "category": "c", "properties": {"a": 1, "b": {"deep": 1}}},
            "campaign": {"medium": "mail"},
            "client": {"timezone": "Europe/Paris", "os_version": "0"},
        },
        "events": [
            {"type": "page", "data": {"title": "Own", "properties": {"b": {"other": 2}, "c": 3}}},
            {"type": "page", "context": {
                "page": {"title": "Context", "category": ""}, "client": {"timezone": "UTC"}, "campaign": {"term": "t"},
            }},
            {"type": "track", "data": {"name": "x", "properties": {"z": 1}}},
        ],
    }));
    let [own, context, track] = &events[..] else { panic!("three events") };

    let shared = json!({
        "keywords": [], "category": "c", "title": "Shared", "path": "/p", "search": "?utm_source=x",
        "url": "https://shop.example/p?utm_source=x", "properties": {"a": 1, "b": {"deep": 1}},
    });
    assert_eq!(json_of(&own.context.page), shared);
    let mut expected = shared.clone();
    expected["title"] = json!("Own");
    expected["properties"] = json!({"b": {"other": 2}, "c": 3, "a": 1});
    assert_eq!(json_of(&own.data)["data"], expected);
    assert_eq!(json_of(&own.context.campaign), json!({"medium": "mail"}), "not half of each");
    assert_eq!(
        json_of(&own.context.client),
        json!({
            "ip": "203.0.113.7", "os_version": "15", "timezone": "Europe/Paris",
            "user_agent_version_list": "Chromium;130", "user_agent_full_version_list": "Chromium;130.0.0.0",
        })
    );

    // An event with its own context made Edgee lose the whole batch.
    let mut expected = shared.clone();
    expected["title"] = json!("Context");
    assert_eq!(json_of(&context.context.page), expected);
    assert_eq!(json_of(&context.data)["data"], expected);
    assert_eq!(json_of(&context.context.campaign), json!({"term": "t"}));
    assert_eq!(json_of(&context.context.client)["timezone"], "UTC");
    assert_eq!(json_of(&context.context.client)["ip"], "203.0.113.7");
    assert!(context.context.session.is_some());
    assert_eq!(context.context.user, own.context.user);

    assert_eq!(json_of(&track.data)["data"], json!({"name": "x", "properties": {"z": 1}}));
    assert_eq!(json_of(&track.context.page), shared);
}

#[test]
fn a_page_that_says_its_url_has_the_path_of_that_url() {
    let known = Known::new();
    for (page, path, search) in [
        (json!({"url": "https://shop.example/q"}), "/q", "?utm_source=x"),
        (json!({"url": "https://shop.example/q?r=s"}), "/q", "?r=s"),
        (json!({"url": "https://shop.example/q?r=s", "path": "/virtual", "search": "v"}), "/virtual", "?v"),
        (json!({"path": "/virtual"}), "/virtual", "?utm_source=x"),
    ] {
        let events = known.post(&json!({"context": {"page": page}, "events": [{"type": "page"}]}));
        let Data::Page(data) = &events[0].data else { panic!("a page") };
        assert_eq!((data.path.as_deref(), data.search.as_deref()), (Some(path), Some(search)), "{page}");
        assert_eq!(*data, events[0].context.page);
    }
}

#[test]
fn the_full_versions_are_made_up_only_when_nobody_gave_them() {
    let known = Known::new();
    let said = json!({
        "context": {"client": {"user_agent_full_version_list": "Chromium;130.0.6723.58"}}, "events": [{"type": "page"}],
    });
    let events = known.post(&said);
    assert_eq!(events[0].context.client.user_agent_full_version_list, text("Chromium;130.0.6723.58"));
    // The SDK of a later event's own context is heard too.
    let said =
        json!({"events": [{"type": "page"}, {"type": "page", "context": {"client": {"os_version": "1"}}}]});
    let events = known.post(&said);
    assert_eq!(events[1].context.client.user_agent_full_version_list, text("Chromium;130.0.0.0"));
}

#[test]
fn a_user_event_names_the_user_from_then_on() {
    let known = Known::new();
    let id = known.context.user.edgee_id.clone().unwrap();
    let events = known.post(&json!({
        "context": {"user": {"anonymous_id": "guest", "properties": {"plan": "pro"}}},
        "events": [
            {"type": "page"},
            {"type": "user", "data": {"user_id": "ada", "properties": {"name": "Ada"}}},
            {"type": "track", "data": {"name": "x"}},
            {"type": "user", "data": {"user_id": "bob"}},
            {"type": "page"},
        ],
    }));
    let users: Vec<_> = events.iter().map(|event| json_of(&event.context.user)).collect();
    let guest = json!({"anonymous_id": "guest", "edgee_id": id, "properties": {"plan": "pro"}});
    let ada =
        json!({"user_id": "ada", "anonymous_id": "guest", "edgee_id": id, "properties": {"plan": "pro"}});
    let bob = json!({"user_id": "bob", "edgee_id": id});
    assert_eq!(users, [guest, ada.clone(), ada, bob.clone(), bob.clone()]);
    assert_eq!(
        json_of(&events[1].data)["data"],
        json!({"user_id": "ada", "anonymous_id": "guest", "edgee_id": id, "properties": {"name": "Ada", "plan": "pro"}})
    );
    assert_eq!(json_of(&events[3].data)["data"], bob, "what is known of ada is not said of bob");
}

#[test]
fn without_identity_there_is_none() {
    let mut known = Known::new();
    known.context.user = User::default();
    known.context.session = None;
    let event = json_of(&known.post(&json!({"events": [{"type": "user"}]}))[0]);
    assert_eq!((&event["data"], &event["context"]["user"]), (&json!({}), &json!({})));
    assert_eq!(event["context"].get("session"), None);
}

#[test]
fn an_event_says_who_may_have_it_or_its_payload_does() {
    let known = Known::new();
    let events = known.post(&json!({
        "components": {"ga4": false},
        "events": [{"type": "page"}, {"type": "page", "components": {"all": false, "ga4": true}}, {"type": "page", "components": {}}],
    }));
    let allowed: Vec<_> =
        events.iter().map(|event| (event.components.allows("ga4"), event.components.allows("x"))).collect();
    assert_eq!(allowed, [(false, true), (true, false), (false, true)]);
}

#[test]
fn consent_is_decided_for_each_event() {
    let known = Known::new();
    let said =
        json!({"consent": "granted", "events": [{"type": "page"}, {"type": "page", "consent": "denied"}]});
    let sources = Sources { stored: Some(State::Denied.into()), gpc: true, ..Sources::default() };
    let assembled = assemble(payload(&said), &Base { sources: sources.clone(), ..known.base(From::Client) });
    let decided: Vec<_> = assembled.events.iter().map(|event| event.consent.clone()).collect();
    assert_eq!(
        (decided[0].state, decided[0].source, decided[0].gpc),
        (State::Granted, Source::Payload, true)
    );
    assert!(decided[0].allows(&[Purpose::Analytics]) && !decided[0].allows(&[Purpose::Advertising]));
    assert_eq!((decided[1].state, decided[1].source, decided[1].gpc), (State::Denied, Source::Event, false));

    let said = json!({"events": [{"type": "page"}]});
    let assembled = assemble(payload(&said), &Base { sources, ..known.base(From::Client) });
    assert_eq!(assembled.events[0].consent.source, Source::Stored);
}

#[test]
fn ids_are_the_clients_or_random() {
    let known = Known::new();
    let id = "6f1b4a52-8f0e-4c2d-9b7a-3f5d2a1c0e4b";
    let events =
        known.post(&json!({"events": [{"type": "page", "uuid": id}, {"type": "page"}, {"type": "page"}]}));
    assert_eq!(events[0].uuid, Uuid::try_parse(id).unwrap());
    assert_ne!(events[1].uuid, events[2].uuid);
}

#[test]
fn times_are_bounded_and_keep_the_order_of_the_list() {
    let known = Known::new();
    let ms = |ms: i64| json!(NOW.0 + ms);
    let none = || Value::Null;
    for (said, expected) in [
        (vec![none(), none(), none()], vec![0, 1, 2]),
        (vec![ms(-5000), ms(-5000), ms(-1000)], vec![-5000, -4999, -1000]),
        (vec![ms(0), ms(-1000), none()], vec![0, 1, 2]),
        (vec![ms(-1000), none()], vec![-1000, 0]),
        (vec![ms(-MAX_AGE_MS)], vec![-MAX_AGE_MS]),
        (vec![ms(-MAX_AGE_MS - 1)], vec![0]),
        (vec![ms(MAX_AHEAD_MS), none()], vec![MAX_AHEAD_MS, MAX_AHEAD_MS + 1]),
        (vec![ms(MAX_AHEAD_MS + 1)], vec![0]),
        (vec![json!(NOW.rfc3339()), json!(1_730_000_000), json!(1e300), json!(i64::MIN)], vec![0, 1, 2, 3]),
    ] {
        let events: Vec<_> = said.iter().map(|at| json!({"type": "page", "timestamp": at})).collect();
        let events = known.post(&json!({ "events": events }));
        let times: Vec<_> = events.iter().map(|event| event.timestamp.0 - NOW.0).collect();
        assert_eq!(times, expected, "{said:?}");
    }
}

#[test]
fn a_session_is_begun_once() {
    let mut known = Known::new();
    let said = json!({"events": [{"type": "page"}, {"type": "page"}, {"type": "page"}]});
    let starts = |known: &Known| {
        known.post(&said).iter().map(|event| session(event).session_start).collect::<Vec<_>>()
    };
    assert_eq!(starts(&known), [true, false, false]);
    if let Some(session) = &mut known.context.session {
        session.session_start = false;
    }
    assert_eq!(starts(&known), [false, false, false]);
}

#[test]
fn an_event_that_is_denied_does_not_know_the_visitor() {
    let known = Known::new();
    let events = known.post(&json!({"events": [
        {"type": "user", "data": {"user_id": "ada"}, "consent": "denied"},
        {"type": "track", "data": {"name": "a"}, "consent": "granted"},
    ]}));
    let [denied, granted] = events.as_slice() else { panic!("{events:?}") };
    let Data::User(said) = &denied.data else { panic!("{denied:?}") };
    assert_eq!(said.user_id.as_deref(), Some("ada"), "what the owner says is the owner's");
    assert_eq!((said.edgee_id.as_deref(), denied.context.user.edgee_id.as_deref()), (None, None));
    assert!(denied.context.session.is_none());
    assert!(granted.context.session.is_some() && granted.context.user.edgee_id.is_some());
}
