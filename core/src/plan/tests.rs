use std::sync::Arc;

use http::{HeaderMap, HeaderValue, Method};
use serde_json::Value;

use super::*;
use crate::budget::Platform;
use crate::component::{Destination, Encoded, Kind, ResolvedSettings, SettingError};
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
        Encoded { requests: vec![(request, (0..batch.len()).collect())], dropped: Vec::new() }
    }
}

fn kinds() -> [Kind; 2] {
    let build: fn(&ResolvedSettings) -> Result<Box<dyn Destination>, SettingError> = |_| Ok(Box::new(Echo));
    let echo = Kind {
        name: "echo",
        purposes: &[Purpose::Analytics],
        conversions: false,
        tcf_vendor: None,
        settings: &[],
        build,
    };
    [echo, Kind { name: "conversions", conversions: true, tcf_vendor: Some(755), ..echo }]
}

fn edge(components: &Value) -> Arc<Edge> {
    let config = json!({"site": [{"origin": "https://origin.example"}], "component": components});
    let mut config: crate::config::Config = serde_json::from_value(config).unwrap();
    for component in &mut config.components {
        if component.id.is_empty() {
            component.id.clone_from(&component.kind);
        }
    }
    Edge::new(config, &kinds(), &std::collections::BTreeMap::new(), Platform::FASTLY)
}

/// The plan for a post of these events.
fn plan(edge: &Arc<Edge>, events: &Value) -> Plan {
    let headers: HeaderMap = [("content-type", "application/json"), ("host", "a.example")]
        .map(|(name, value)| (name.parse::<http::HeaderName>().unwrap(), HeaderValue::from_static(value)))
        .into_iter()
        .collect();
    let request = Request::new(Method::POST, "https://a.example/_selvedge/event", headers).unwrap();
    let facts = Facts {
        client: Client::default(),
        now: Timestamp(1_730_000_000_000),
        random: Random::from_seed([5; 32]),
    };
    let Received::Collect(collect) = edge.receive(request, facts) else { panic!("a post") };
    let body = json!({"data_collection": {"events": events}}).to_string();
    let (_, visit) = collect.accept(Ok(body.as_bytes()));
    Plan::new(edge, visit.unwrap(), Platform::FASTLY.budget)
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
    assert_ne!(variants.get(Form::Redacted, None), variants.whole());
    let variants = Variants::of(super::super::privacy::anonymous(variants.whole(), None), None);
    assert!(
        std::ptr::eq(variants.get(Form::Redacted, None), variants.whole()),
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
        assert_eq!(*variants.get(Form::Redacted, before), redacted);
        assert_eq!(*variants.get(Form::Anonymous, before), crate::privacy::anonymous(event, None));
        before = Some(variants);
    }
}
