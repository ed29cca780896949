use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::config::Cmp;
use crate::consent::Purposes;
use crate::privacy::well_known;
use crate::rules::path::Step;
use crate::rules::walk;

/// An event of each type in which nothing is absent.
pub(crate) fn full() -> Vec<Event> {
    let said = |text: &str| Some(text.to_owned());
    let properties =
        || json!({"text": "a", "number": 1.5, "list": ["a", {"b": null}]}).as_object().unwrap().clone();
    let page = || Page {
        name: said("n"),
        category: said("c"),
        keywords: vec!["k".into(), "l".into()],
        title: said("t"),
        url: said("https://a.example/p?q"),
        path: said("/p"),
        search: said("?q"),
        referrer: said("https://b.example/"),
        properties: properties(),
    };
    let user = || User {
        user_id: said("u"),
        anonymous_id: said("a"),
        edgee_id: said("e"),
        properties: properties(),
    };
    let track = Track { name: "purchase".into(), properties: properties() };
    let data = [Data::Page(page()), Data::Track(track), Data::User(user())];
    let event = |data| {
        let mut event = well_known(data);
        event.context.page = page();
        event.context.user = user();
        event.context.client.bot = said("Googlebot");
        event.context.client.screen_density = Some(1.1);
        event.context.campaign = Campaign {
            name: said("a"),
            source: said("b"),
            medium: said("c"),
            term: said("d"),
            content: said("e"),
            creative_format: said("f"),
            marketing_tactic: said("g"),
        };
        if let Some(session) = &mut event.context.session {
            session.previous_session_id = said("1");
        }
        event.components.0.insert("ga4".into(), true);
        event.consent.purposes = Purposes::ALL;
        event.consent.cmp = Some(Cmp::Didomi);
        event.consent.gpc = true;
        event.anonymous = true;
        event
    };
    data.into_iter().map(event).collect()
}

/// Every value of a JSON with the way to it.
fn leaves<'j>(json: &'j Value, way: &mut Vec<&'j str>, found: &mut Vec<(Vec<String>, Value)>) {
    match json {
        Value::Object(values) => {
            for (name, value) in values {
                way.push(name);
                leaves(value, way, found);
                way.pop();
            }
        }
        value => found.push((way.iter().map(|name| (*name).to_owned()).collect(), value.clone())),
    }
}

fn steps(way: &[String]) -> Vec<Step<'_>> {
    way.iter().map(|name| Step::Key(name)).collect()
}

fn written(event: &Event) -> Value {
    serde_json::from_str(&serde_json::to_string(event).unwrap()).unwrap()
}

#[test]
fn every_field_of_the_json_is_reached() {
    for event in full() {
        let json = written(&event);
        let mut found = Vec::new();
        leaves(&json, &mut Vec::new(), &mut found);
        assert!(found.len() > 75, "{}", found.len());
        for (way, value) in found {
            assert_eq!(walk::get(&event, &steps(&way)), Some(value), "{way:?}");
        }
    }
}

/// The schema names what no event at hand has.
#[test]
fn every_field_of_the_schema_is_known() {
    let schema: Value = serde_json::from_str(include_str!("../../../docs/event.schema.json")).unwrap();
    let names = |of: &str| -> Vec<String> {
        let table = &schema["$defs"][of]["properties"];
        table.as_object().unwrap_or_else(|| panic!("{of}")).keys().cloned().collect()
    };
    for event in full() {
        let context = &event.context;
        let tables: [(&dyn Node, &str); 5] = [
            (&event, "event"),
            (&context.page, "page"),
            (&context.user, "user"),
            (&context.client, "client"),
            (&context.campaign, "campaign"),
        ];
        for (table, name) in tables {
            for field in names(name) {
                assert!(table.names().contains(&field.as_str()), "{name} has no {field}");
                assert!(table.child(&field).is_some(), "{name} has no {field}");
            }
        }
    }
}

/// What may be changed can be taken away and put back, and nothing else changes.
#[test]
fn what_is_taken_away_can_be_put_back() {
    for whole in full() {
        let json = written(&whole);
        let mut found = Vec::new();
        leaves(&json, &mut Vec::new(), &mut found);
        for (way, value) in found {
            let steps = steps(&way);
            let (mut event, words) = (whole.clone(), way.join("."));
            if !walk::changeable(&mut event, &steps) {
                walk::clear(&mut event, &steps);
                assert!(!walk::put(&mut event, &steps, &value) && event == whole, "{words}");
                continue;
            }
            walk::clear(&mut event, &steps);
            assert_eq!(
                event == whole,
                words == "data.name" && whole.data.event_type() == EventType::Track,
                "{words}"
            );
            let word = words == "context.client.device";
            assert_eq!(walk::put(&mut event, &steps, &value), !word, "{words}");
            // As JSON, because order is no difference.
            assert_eq!(event == whole, !word, "{words}");
        }
    }
}

#[test]
fn what_an_event_is_cannot_be_changed() {
    let fixed = [
        "uuid",
        "timestamp",
        "type",
        "components",
        "from",
        "consent",
        "purposes",
        "consent_source",
        "cmp",
        "gpc",
        "anonymous",
    ];
    for event in &mut full() {
        for name in event.names() {
            assert_eq!(event.child_mut(name).is_none(), fixed.contains(name), "{name}");
        }
    }
}

/// Steps that may or may not lead somewhere.
fn any_steps() -> impl Strategy<Value = Vec<String>> {
    let names =
        "data|context|page|properties|list|text|keywords|ids|_ga|session|client|ip|b|\\[\\]|consent|purposes";
    prop::collection::vec(names, 0..6)
}

pub(crate) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        ".{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("text|list|b", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_way_and_no_value_does_harm(way in any_steps(), value in any_json(), nth in 0_usize..3) {
        let steps: Vec<_> =
            way.iter().map(|name| if name == "[]" { Step::Each } else { Step::Key(name) }).collect();
        let mut event = full().swap_remove(nth);
        let before = event.clone();
        walk::any(&event, &steps, &mut |_| false);
        walk::put(&mut event, &steps, &value);
        walk::update(&mut event, &steps, &mut |found| found);
        walk::clear(&mut event, &steps);
        prop_assert_eq!(&event.consent, &before.consent);
        prop_assert_eq!(event.uuid, before.uuid);
        prop_assert_eq!(event.anonymous, before.anonymous);
        prop_assert_eq!(event.data.event_type(), before.data.event_type());
        serde_json::to_string(&event).unwrap();
    }
}
