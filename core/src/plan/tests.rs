use std::sync::Arc;

use http::{HeaderMap, HeaderValue, Method};
use serde_json::Value;

use super::*;
use crate::budget::Platform;
use crate::component::{
    Ask, Credentials, Destination, Encoded, Fate, Kind, Reader, ResolvedSettings, SettingError, Token,
};
use crate::consent::{Purpose, Purposes, Vendors};
use crate::event::{Data, Page, Track, User};
use crate::facts::{Client, Facts, Random, Timestamp};
use crate::head::Request;
use crate::privacy::well_known as event;
use crate::receive::Received;

/// Sends what it gets, as it is.
#[derive(Debug)]
struct Echo;

impl Destination for Echo {
    fn encode(&self, batch: &[&Event], _: &Moment<'_>) -> Encoded {
        let body = serde_json::to_vec(batch).unwrap();
        let request = Outbound { method: Method::POST, url: String::new(), headers: Vec::new(), body };
        Encoded { requests: vec![(request, (0..batch.len()).collect())], ..Encoded::default() }
    }

    fn merges(&self) -> bool {
        true
    }
}

/// The same, and its answers have a letter for each event: `d`elivered, `r`etryable or re`j`ected.
#[derive(Debug)]
struct Spells;

impl Destination for Spells {
    fn encode(&self, batch: &[&Event], moment: &Moment<'_>) -> Encoded {
        Echo.encode(batch, moment)
    }

    fn reader(&self) -> Option<Reader> {
        fn fate(letter: &u8) -> Option<Fate> {
            match letter {
                b'd' => Some(Fate::Delivered),
                b'r' => Some(Fate::Retryable("slow down".into())),
                b'j' => Some(Fate::Rejected("no column jane@example.com\n".into())),
                _ => None,
            }
        }
        Some(|response| response.body.iter().map(fate).collect())
    }
}

/// Sends what it gets, with a token of its credentials: a request whose answer is the token; of its setting `self`, one
/// that it makes itself.
#[derive(Debug)]
struct Guarded {
    key: String,
    makes: bool,
}

impl Destination for Guarded {
    fn encode(&self, batch: &[&Event], moment: &Moment<'_>) -> Encoded {
        let wanted = |event: &Event| !matches!(&event.data, Data::Track(track) if track.name == "unwanted");
        let (sent, dropped): (Vec<usize>, Vec<usize>) = (0..batch.len()).partition(|at| wanted(batch[*at]));
        let events: Vec<_> = sent.iter().map(|at| batch[*at]).collect();
        let mut requests = Vec::new();
        if !events.is_empty() {
            let headers = vec![("authorization", moment.token.unwrap_or("none").to_owned())];
            let body = serde_json::to_vec(&events).unwrap();
            requests.push((Outbound { method: Method::POST, url: String::new(), headers, body }, sent));
        }
        let dropped = dropped.into_iter().map(|at| (at, DropReason::NotSupported)).collect();
        Encoded { requests, dropped, ..Encoded::default() }
    }

    fn credentials(&self) -> Option<&dyn Credentials> {
        Some(self)
    }
}

impl Credentials for Guarded {
    fn key(&self) -> &str {
        &self.key
    }

    fn ask(&self, moment: &Moment<'_>) -> Option<Ask> {
        if self.makes {
            return Some(Ask::Made(Token { value: format!("made-{}", moment.now.seconds()), seconds: 3600 }));
        }
        let (url, body) = ("https://token.example".to_owned(), self.key.clone().into_bytes());
        Some(Ask::Request(Outbound { method: Method::POST, url, headers: Vec::new(), body }))
    }

    fn read(&self, body: &[u8]) -> Option<Token> {
        let value = std::str::from_utf8(body).ok().filter(|value| !value.is_empty())?.to_owned();
        Some(Token { value, seconds: 3600 })
    }
}

type Build = fn(&ResolvedSettings) -> Result<Box<dyn Destination>, SettingError>;

pub(super) fn kinds() -> [Kind; 4] {
    let build: Build = |_| Ok(Box::new(Echo));
    let spells: Build = |_| Ok(Box::new(Spells));
    let guarded: Build = |settings| {
        let (key, makes) = (settings.text("key").unwrap_or_default(), settings.text("self").is_some());
        Ok(Box::new(Guarded { key, makes }))
    };
    let echo = Kind {
        name: "echo",
        purposes: &[Purpose::Analytics],
        conversions: false,
        tcf_vendor: None,
        settings: &[],
        build,
    };
    [
        echo,
        Kind { name: "conversions", conversions: true, tcf_vendor: Some(755), ..echo },
        Kind { name: "spells", build: spells, ..echo },
        Kind { name: "guarded", build: guarded, ..echo },
    ]
}

fn edge(components: &Value) -> Arc<Edge> {
    edge_of(&json!({}), components)
}

/// With these keys of the configuration beside its components.
pub(super) fn edge_of(more: &Value, components: &Value) -> Arc<Edge> {
    edge_with(more, components, &std::collections::BTreeMap::new())
}

/// And with these secrets.
pub(super) fn edge_with(more: &Value, components: &Value, secrets: &crate::edge::Secrets) -> Arc<Edge> {
    let mut config = json!({"site": [{"origin": "https://origin.example"}], "component": components});
    config.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
    let mut config: crate::config::Config = serde_json::from_value(config).unwrap();
    for component in &mut config.components {
        if component.id.is_empty() {
            component.id.clone_from(&component.kind);
        }
    }
    Edge::new(config, &kinds(), secrets, Platform::FASTLY)
}

/// The plan for a post of these events.
pub(super) fn plan(edge: &Arc<Edge>, events: &Value) -> Plan {
    plan_at(edge, events, 1_730_000_000_000, Platform::FASTLY.budget)
}

/// The same under another budget.
pub(super) fn plan_under(edge: &Arc<Edge>, events: &Value, budget: Budget) -> Plan {
    plan_at(edge, events, 1_730_000_000_000, budget)
}

/// At that time, in milliseconds, with that budget.
pub(super) fn plan_at(edge: &Arc<Edge>, events: &Value, now: i64, budget: Budget) -> Plan {
    let headers: HeaderMap = [("content-type", "application/json"), ("host", "a.example")]
        .map(|(name, value)| (name.parse::<http::HeaderName>().unwrap(), HeaderValue::from_static(value)))
        .into_iter()
        .collect();
    let request = Request::new(Method::POST, "https://a.example/_selvedge/event", headers).unwrap();
    let facts = Facts { client: Client::default(), now: Timestamp(now), random: Random::from_seed([5; 32]) };
    let Received::Collect(collect) = edge.receive(request, facts) else { panic!("a post") };
    let body = json!({"data_collection": {"events": events}}).to_string();
    let (_, visit) = collect.accept(Ok(body.as_bytes()));
    Plan::new(edge, visit.unwrap(), budget)
}

fn bodies(plan: &Plan) -> Vec<Value> {
    plan.deliveries.iter().map(|delivery| serde_json::from_slice(&delivery.request.body).unwrap()).collect()
}

fn purchase(consent: &str) -> Value {
    json!({"type": "track", "data": {"name": "purchase", "properties": {"email": "jane@example.com"}}, "consent": consent})
}

#[test]
fn personal_data_reaches_who_is_made_of_it() {
    for (component, email) in [
        (json!({"kind": "echo"}), "[redacted]"),
        (json!({"kind": "echo", "personal_data": "keep"}), "jane@example.com"),
        (json!({"kind": "conversions"}), "jane@example.com"),
        (json!({"kind": "conversions", "personal_data": "redact"}), "[redacted]"),
    ] {
        let plan = plan(&edge(&json!([component])), &json!([purchase("granted")]));
        let [body] = &bodies(&plan)[..] else { panic!("one request") };
        assert_eq!(body[0]["data"]["properties"]["email"], email, "{component}");
    }
}

#[test]
fn without_consent_nothing_leaves_or_nobody() {
    for consent in ["denied", "pending"] {
        let kept = plan(&edge(&json!([{"kind": "echo"}])), &json!([purchase(consent)]));
        assert!(kept.deliveries.is_empty());
        assert!(kept.lines.iter().any(|line| line.contains("without-consent")), "{:?}", kept.lines);

        // Whoever keeps personal data keeps it of those who agreed.
        let component =
            json!([{"kind": "conversions", "without_consent": "anonymous", "personal_data": "keep"}]);
        let user = json!({"type": "user", "data": {"user_id": "u-42"}, "consent": consent});
        let plan = plan(&edge(&component), &json!([user, purchase(consent)]));
        let [body] = &bodies(&plan)[..] else { panic!("one request") };
        assert_eq!(body.as_array().unwrap().len(), 1, "a user event says nothing");
        assert_eq!(body[0]["anonymous"], true);
        assert_eq!(body[0]["data"]["properties"]["email"], "[redacted]");
        assert_eq!(body[0]["context"]["user"], json!({}));
        assert!(plan.lines.iter().any(|line| line.contains("without-consent")), "{:?}", plan.lines);
    }
}

#[test]
fn the_anonymous_do_not_travel_with_the_known() {
    let edge = edge(&json!([{"kind": "echo", "without_consent": "anonymous"}]));
    let plan = plan(&edge, &json!([purchase("denied"), purchase("granted"), purchase("pending")]));
    let bodies = bodies(&plan);
    let anonymous = |body: &Value| -> Vec<bool> {
        body.as_array().unwrap().iter().map(|event| event["anonymous"] == true).collect()
    };
    assert_eq!(bodies.iter().map(anonymous).collect::<Vec<_>>(), [vec![false], vec![true, true]]);
    assert_eq!(plan.deliveries.iter().map(|delivery| delivery.events.len()).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn consent_comes_first() {
    let track = || event(Data::Track(Track::default()));
    let mut component = json!([{"kind": "conversions", "without_consent": "anonymous", "events": ["page"]}]);
    assert_eq!(judge(&edge(&component).components[0], &track(), false), Err(DropReason::EventType));
    component[0]["without_consent"] = "drop".into();
    assert_eq!(judge(&edge(&component).components[0], &track(), false), Err(DropReason::WithoutConsent));
    component[0]["events"] = json!(["page", "track", "user"]);
    component[0]["without_consent"] = "anonymous".into();
    component[0]["id"] = "x".into();
    assert_eq!(judge(&edge(&component).components[0], &track(), false), Err(DropReason::NotSelected));
    component[0]["id"] = "y".into();
    assert_eq!(judge(&edge(&component).components[0], &track(), false), Ok(Form::Anonymous));
    let user = event(Data::User(User::default()));
    assert_eq!(judge(&edge(&component).components[0], &user, false), Err(DropReason::WithoutConsent));
}

#[test]
fn vendors_that_were_asked_for_must_have_been_agreed_to() {
    for (component, vendors, expected) in [
        (json!({"kind": "conversions"}), None, Ok(Form::Whole)),
        (json!({"kind": "conversions"}), Some(755), Ok(Form::Whole)),
        (json!({"kind": "conversions"}), Some(756), Err(DropReason::WithoutConsent)),
        (json!({"kind": "conversions", "tcf_vendor": 756}), Some(756), Ok(Form::Whole)),
        (json!({"kind": "conversions", "tcf_vendor": 756}), Some(755), Err(DropReason::WithoutConsent)),
        (json!({"kind": "echo"}), Some(755), Ok(Form::Redacted)),
        (json!({"kind": "echo", "tcf_vendor": 756}), Some(755), Err(DropReason::WithoutConsent)),
        (json!({"kind": "conversions", "purposes": []}), Some(756), Ok(Form::Whole)),
    ] {
        let mut event = event(Data::Track(Track::default()));
        event.consent.purposes = Purposes::ALL;
        event.consent.vendors = vendors.map(|vendor| Vendors::of([vendor]));
        let edge = edge(&json!([component]));
        assert_eq!(judge(&edge.components[0], &event, false), expected, "{component} {vendors:?}");
    }
}

#[test]
fn each_form_is_made_once() {
    let mut event = event(Data::Track(Track { name: "jane@example.com".into(), ..Track::default() }));
    event.consent.purposes = Purposes::ALL;
    let variants = Variants::of(event, None);
    for form in [Form::Whole, Form::Redacted, Form::Anonymous] {
        assert!(std::ptr::eq(variants.get(form, None), variants.get(form, None)));
    }
    assert_ne!(**variants.get(Form::Redacted, None), *variants.whole());
    let variants = Variants::of(super::super::privacy::anonymous(variants.whole(), None), None);
    assert!(
        std::ptr::eq(&**variants.get(Form::Redacted, None), variants.whole()),
        "there is nothing to take out"
    );
}

#[test]
fn what_events_share_is_the_same_for_each() {
    let page = |title: &str| Page { title: Some(format!("{title} jane@example.com")), ..Page::default() };
    let mut visit = Vec::new();
    for (nth, title) in ["a", "a", "b", "b"].into_iter().enumerate() {
        let mut event = event(Data::Page(page(if nth == 1 { "c" } else { title })));
        event.context.page = page(title);
        event.context.user.user_id = Some(if nth == 3 { "b" } else { "jane@example.com" }.to_owned());
        visit.push(event);
    }
    let variants: Vec<_> = visit.iter().cloned().map(|event| Variants::of(event, None)).collect();
    let mut before = None;
    for (variants, event) in variants.iter().zip(&visit) {
        let redacted = crate::privacy::redacted(event).unwrap();
        assert_eq!(**variants.get(Form::Redacted, before), redacted);
        assert_eq!(**variants.get(Form::Anonymous, before), crate::privacy::anonymous(event, None));
        before = Some(variants);
    }
}

fn track(name: &str, properties: &Value) -> Value {
    json!({"type": "track", "data": {"name": name, "properties": properties}, "consent": "granted"})
}

#[test]
fn rules_are_a_components_own() {
    let edge = edge(&json!([
        {"kind": "echo", "id": "some", "filter": {"path": "data.name", "equals": "b"},
            "transform": [{"set": {"path": "data.properties.source", "value": "web"}}]},
        {"kind": "echo", "id": "all"},
        {"kind": "echo", "id": "none", "sample": 0.0},
    ]));
    let plan = plan(&edge, &json!([track("a", &json!({})), track("b", &json!({})), track("c", &json!({}))]));
    let [some, all] = &bodies(&plan)[..] else { panic!("two requests") };
    assert_eq!(some.as_array().unwrap().len(), 1);
    assert_eq!(some[0]["data"], json!({"name": "b", "properties": {"source": "web"}}));
    assert_eq!(all[1]["data"], json!({"name": "b"}));
    assert_eq!(
        plan.lines,
        [
            r#"{"selvedge":"drop","component":"some","reason":"filtered","events":2}"#,
            r#"{"selvedge":"drop","component":"none","reason":"sampled","events":3}"#,
        ]
    );
}

/// The same rule for a component that has the event whole, redacted and anonymous.
#[test]
fn rules_see_what_the_destination_sees() {
    let seen = json!({"path": "data.properties.email", "contains": "jane"});
    let hash = json!([{"copy": {"from": "data.properties.email", "to": "context.user.user_id"}},
        {"hash": "context.user.user_id"}]);
    for (kind, consent, passes) in
        [("conversions", "granted", true), ("echo", "granted", false), ("conversions", "denied", false)]
    {
        let component = json!([{"kind": kind, "without_consent": "anonymous", "filter": seen}]);
        let filtered = plan(&edge(&component), &json!([purchase(consent)]));
        assert_eq!(!filtered.deliveries.is_empty(), passes, "{kind} {consent} {:?}", filtered.lines);
        let component = json!([{"kind": kind, "without_consent": "anonymous", "transform": hash}]);
        let body = &bodies(&plan(&edge(&component), &json!([purchase(consent)])))[0];
        let user = body[0]["context"]["user"]["user_id"].as_str().unwrap();
        assert_eq!(user != "[redacted]", passes, "{kind} {consent} {user}");
        assert_eq!(body[0]["consent"], consent);
    }
}

#[test]
fn a_visitor_is_sampled_as_a_whole() {
    let mut event = event(Data::Track(Track::default()));
    event.consent.purposes = Purposes::ALL;
    let component = |sample: f64| json!([{"kind": "conversions", "sample": sample}]);
    let kept = |event: &Event, sample: f64| {
        let edge = edge(&component(sample));
        let variants = Variants::of(event.clone(), None);
        wanted(&edge.components[0], &variants, Form::Whole, None).is_ok()
    };
    for visitor in 0..50_u128 {
        event.context.user.edgee_id = Some(uuid::Uuid::from_u128(visitor).to_string());
        let first = kept(&event, 0.5);
        event.uuid = uuid::Uuid::from_u128(visitor + 1_000);
        assert_eq!(kept(&event, 0.5), first, "whatever the event");
        assert!(!first || kept(&event, 0.8), "who is in a smaller sample is in a larger one");
    }
    event.context.user.edgee_id = None;
    let mut by_event = |n: u128| {
        event.uuid = uuid::Uuid::from_u128(n);
        kept(&event, 0.5)
    };
    let kept = (0..200).filter(|n| by_event(*n)).count();
    assert!((60..140).contains(&kept), "{kept}");
    let anonymous = Variants::of(super::super::privacy::well_known(Data::Track(Track::default())), None);
    assert_eq!(anonymous.visitor(Form::Anonymous), anonymous.whole().uuid.to_string(), "nobody is known");
}

#[test]
fn the_next_event_opens_the_session_where_the_first_is_filtered() {
    let edge =
        edge(&json!([{"kind": "conversions", "filter": {"path": "data.name", "equals": "b"}, "transform": [
        {"set": {"path": "data.properties.x", "value": 1}}]}]));
    let named = |name: &str, start: bool| {
        let mut event = event(Data::Track(Track { name: name.into(), ..Track::default() }));
        event.consent.purposes = Purposes::ALL;
        event.context.session.as_mut().unwrap().session_start = start;
        Variants::of(event, None)
    };
    let visit = Happened { events: vec![named("a", true), named("b", false)], withheld: false };
    let mut plan = Plan::default();
    let random = Random::from_seed([1; 32]);
    let moment = Moment { now: Timestamp(0), random: &random, fuel: &Cell::new(0), token: None };
    plan.component(&edge, &edge.components[0], &visit, &moment, &mut Platform::FASTLY.budget.clone());
    let body = &bodies(&plan)[0];
    assert_eq!(body[0]["data"], json!({"name": "b", "properties": {"x": 1}}));
    assert_eq!(body[0]["context"]["session"]["session_start"], true);
}
