use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::event::{Page, Track, User};
use crate::privacy::well_known;
use crate::rules::fields::tests::any_json;

fn transforms(json: &Value) -> Vec<Transform> {
    serde_json::from_value(json.clone()).unwrap()
}

fn track(properties: &Value) -> Event {
    let properties = properties.as_object().unwrap().clone();
    well_known(Data::Track(Track { name: "purchase".into(), properties }))
}

/// What one change makes of these properties.
fn changed(properties: &Value, change: &Value) -> Value {
    let mut event = track(properties);
    apply(&transforms(&json!([change])), &mut event);
    let Data::Track(track) = event.data else { panic!("a track") };
    Value::Object(track.properties)
}

#[test]
fn properties_are_changed() {
    let p = |name: &str| format!("data.properties.{name}");
    let sha = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"; // of "a"
    for (before, change, after) in [
        (json!({"a": 1, "c": 2}), json!({"rename": {"from": p("a"), "to": p("b")}}), json!({"c": 2, "b": 1})),
        (json!({"a": 1}), json!({"rename": {"from": p("x"), "to": p("b")}}), json!({"a": 1})),
        (json!({"a": null}), json!({"rename": {"from": p("a"), "to": p("b")}}), json!({"a": null})),
        (json!({"a": 1}), json!({"rename": {"from": p("a"), "to": p("b.c")}}), json!({"b": {"c": 1}})),
        (
            json!({"a": 1, "b": 2}),
            json!({"rename": {"from": p("a"), "to": p("b.c")}}),
            json!({"a": 1, "b": 2}),
        ),
        (json!({"a": [1]}), json!({"copy": {"from": p("a"), "to": p("b")}}), json!({"a": [1], "b": [1]})),
        (
            json!({}),
            json!({"copy": {"from": "uuid", "to": p("id")}}),
            json!({"id": "00000000-0000-0000-0000-000000000007"}),
        ),
        (
            json!({"l": [{"a": 1}, {"a": 2, "b": 3}, {}, 4]}),
            json!({"rename": {"from": p("l[].a"), "to": p("l[].b")}}),
            json!({"l": [{"b": 1}, {"b": 2}, {}, 4]}),
        ),
        (json!({"a": 1}), json!({"set": {"path": p("a"), "value": "x"}}), json!({"a": "x"})),
        (json!({}), json!({"set": {"path": p("a.b"), "value": 1.5}}), json!({"a": {"b": 1.5}})),
        (json!({"a": "t"}), json!({"set": {"path": p("a.b"), "value": true}}), json!({"a": "t"})),
        (json!({}), json!({"set": {"path": p("l[].a"), "value": 1}}), json!({})),
        (
            json!({"l": [{}, {"a": 2}]}),
            json!({"set": {"path": p("l[].a"), "value": 1}}),
            json!({"l": [{"a": 1}, {"a": 1}]}),
        ),
        (json!({"a": null, "b": 1}), json!({"drop": p("a")}), json!({"b": 1})),
        (json!({"l": [{"a": 1, "b": 2}, 3]}), json!({"drop": p("l[].a")}), json!({"l": [{"b": 2}, 3]})),
        (json!({"a": 1}), json!({"drop": "data.properties"}), json!({})),
        (json!({"a": "a"}), json!({"hash": p("a")}), json!({"a": sha})),
        (json!({"a": ["a", {"b": "a"}]}), json!({"hash": p("a")}), json!({"a": [sha, {"b": sha}]})),
        (json!({"a": ["a", "a"]}), json!({"hash": p("a[]")}), json!({"a": [sha, sha]})),
        (json!({"a": "[redacted]"}), json!({"hash": p("a")}), json!({"a": "[redacted]"})),
        (json!({"a": 7}), json!({"hash": p("a")}), json!({"a": sha256("7")})),
        (json!({"a": 7}), json!({"cast": {"path": p("a"), "to": "text"}}), json!({"a": "7"})),
        (json!({"a": 49.9}), json!({"cast": {"path": p("a"), "to": "text"}}), json!({"a": "49.9"})),
        (json!({"a": " 49.90 "}), json!({"cast": {"path": p("a"), "to": "number"}}), json!({"a": 49.9})),
        (json!({"a": "7"}), json!({"cast": {"path": p("a"), "to": "number"}}), json!({"a": 7})),
        (json!({"a": "NaN"}), json!({"cast": {"path": p("a"), "to": "number"}}), json!({})),
        (json!({"a": "inf"}), json!({"cast": {"path": p("a"), "to": "number"}}), json!({})),
        (json!({"a": true}), json!({"cast": {"path": p("a"), "to": "number"}}), json!({"a": 1})),
        (json!({"a": -1.9}), json!({"cast": {"path": p("a"), "to": "integer"}}), json!({"a": -1})),
        (json!({"a": "1e3"}), json!({"cast": {"path": p("a"), "to": "integer"}}), json!({"a": 1000})),
        (json!({"a": 1e300}), json!({"cast": {"path": p("a"), "to": "integer"}}), json!({})),
        (json!({"a": "TRUE"}), json!({"cast": {"path": p("a"), "to": "boolean"}}), json!({"a": true})),
        (json!({"a": 0}), json!({"cast": {"path": p("a"), "to": "boolean"}}), json!({"a": false})),
        (json!({"a": "yes"}), json!({"cast": {"path": p("a"), "to": "boolean"}}), json!({})),
        (json!({"a": {"b": 1}}), json!({"cast": {"path": p("a"), "to": "text"}}), json!({})),
        (json!({"a": ["1", "x"]}), json!({"cast": {"path": p("a[]"), "to": "number"}}), json!({"a": [1]})),
        (json!({"a": ["1", "x"]}), json!({"cast": {"path": p("a"), "to": "number"}}), json!({"a": [1]})),
    ] {
        let found = changed(&before, &change);
        assert_eq!(found, after, "{before} {change}");
        // Maps are equal in any order, and destinations show theirs.
        assert_eq!(found.to_string(), after.to_string(), "{change}");
    }
}

#[test]
fn fields_are_changed() {
    let mut event = track(&json!({"customer": 42, "list": ["a"], "plan": {"name": "pro"}}));
    apply(
        &transforms(&json!([
            {"name": {"from": "purchase", "to": "Order Completed"}},
            {"name": {"from": "purchase", "to": "never"}},
            {"drop": "context.client.ip"},
            {"drop": "context.session"},
            {"drop": "context.campaign"},
            {"hash": "context.user.user_id"},
            {"rename": {"from": "data.properties.customer", "to": "context.user.anonymous_id"}},
            {"rename": {"from": "data.properties.list", "to": "context.page.title"}},
            {"rename": {"from": "data.properties.plan", "to": "context.user.properties"}},
            {"copy": {"from": "context.ids._ga", "to": "context.ids.other"}},
            {"drop": "context.ids._ga"},
            {"set": {"path": "context.client.screen_width", "value": 100}},
            {"set": {"path": "context.client.screen_height", "value": "tall"}},
            {"drop": "data.name"},
            // None of this is for a rule to change.
            {"set": {"path": "consent", "value": "granted"}},
            {"set": {"path": "purposes.advertising", "value": true}},
            {"set": {"path": "anonymous", "value": true}},
            {"drop": "uuid"},
            {"rename": {"from": "type", "to": "data.properties.type"}},
        ])),
        &mut event,
    );
    let before = track(&json!({}));
    assert_eq!((event.uuid, &event.consent, event.anonymous), (before.uuid, &before.consent, false));
    let Data::Track(Track { name, properties }) = &event.data else { panic!("a track") };
    assert_eq!(name, "Order Completed");
    assert_eq!(Value::Object(properties.clone()), json!({"list": ["a"], "type": "track"}));
    let context = &event.context;
    assert_eq!(context.client.ip, None);
    assert_eq!(context.session, None);
    assert_eq!(context.campaign, crate::event::Campaign::default());
    assert_eq!(context.user.user_id.as_deref(), Some(sha256("u-42").as_str()));
    assert_eq!(context.user.anonymous_id.as_deref(), Some("42"));
    assert_eq!(Value::Object(context.user.properties.clone()), json!({"name": "pro"}));
    assert_eq!((context.ids.get("_ga"), context.ids.get("other")), (None, Some("944266522.1681654733")));
    assert_eq!((context.client.screen_width, context.client.screen_height), (Some(100), Some(982)));
}

#[test]
fn a_change_meets_events_of_other_types() {
    let change = transforms(&json!([
        {"name": {"from": "home", "to": "x"}},
        {"set": {"path": "data.title", "value": "T"}},
        {"drop": "data.name"},
    ]));
    let mut page = well_known(Data::Page(Page { name: Some("home".into()), ..Page::default() }));
    apply(&change, &mut page);
    assert_eq!(page.data, Data::Page(Page { title: Some("T".into()), ..Page::default() }));
    let mut user = well_known(Data::User(User::default()));
    apply(&change, &mut user);
    assert_eq!(user, well_known(Data::User(User::default())));
}

fn scalars(value: &Value, found: &mut Vec<Value>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| scalars(value, found)),
        Value::Object(values) => values.values().for_each(|value| scalars(value, found)),
        scalar => found.push(scalar.clone()),
    }
}

proptest! {
    #[test]
    fn nothing_stays_in_clear_and_every_type_is_certain(value in any_json()) {
        let mut found = Vec::new();
        let hashed = changed(&json!({"a": value}), &json!({"hash": "data.properties.a"}));
        scalars(&hashed, &mut found);
        prop_assert!(found.iter().all(|one| one.is_null() || one.as_str().is_some_and(|hash| hash.len() == 64)));
        for (to, is) in [
            ("text", Value::is_string as fn(&Value) -> bool),
            ("number", Value::is_number),
            ("integer", |value| value.is_i64() || value.is_u64()),
            ("boolean", Value::is_boolean),
        ] {
            let cast = json!({"cast": {"path": "data.properties.a", "to": to}});
            let mut found = Vec::new();
            scalars(&changed(&json!({"a": value}), &cast), &mut found);
            prop_assert!(found.iter().all(is), "{value} {to} {found:?}");
        }
    }
}
