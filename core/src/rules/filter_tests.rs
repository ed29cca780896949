use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::event::{Data, Page, Track};
use crate::privacy::well_known;

fn track(properties: Value) -> Event {
    let Value::Object(properties) = properties else { panic!("an object") };
    well_known(Data::Track(Track { name: "purchase".into(), properties }))
}

fn condition(json: &Value) -> Condition {
    serde_json::from_value(json.clone()).unwrap()
}

/// What a condition says of `data.properties.x`, where that is this value.
fn of(value: &Value, operator: &Value) -> bool {
    let mut json = operator.clone();
    json["path"] = "data.properties.x".into();
    passes(&condition(&json), &track(json!({ "x": value })))
}

#[test]
fn operators_ask_for_a_type_and_a_value() {
    let large = i64::MAX;
    for (value, operator, expected) in [
        (json!("a"), json!({"equals": "a"}), true),
        (json!("a"), json!({"equals": "A"}), false),
        (json!(42), json!({"equals": 42}), true),
        (json!(42.0), json!({"equals": 42}), true),
        (json!(42), json!({"equals": 42.0}), true),
        (json!("42"), json!({"equals": 42}), false),
        (json!(42), json!({"equals": "42"}), false),
        (json!(1), json!({"equals": true}), false),
        (json!(true), json!({"equals": true}), true),
        (json!(large), json!({"equals": large}), true),
        (json!(large - 1), json!({"equals": large}), false),
        (json!(u64::MAX), json!({"equals": -1}), false),
        (json!("b"), json!({"in": ["a", "b"]}), true),
        (json!("c"), json!({"in": ["a", "b"]}), false),
        (json!(2), json!({"in": ["2", 2]}), true),
        (json!("/internal/x"), json!({"prefix": "/internal"}), true),
        (json!("/x/internal"), json!({"prefix": "/internal"}), false),
        (json!("a.pdf"), json!({"suffix": ".pdf"}), true),
        (json!("a.pdf?"), json!({"suffix": ".pdf"}), false),
        (json!("abc"), json!({"contains": "b"}), true),
        (json!("abc"), json!({"matches": "^a.c$"}), true),
        (json!("abcd"), json!({"matches": "^a.c$"}), false),
        (json!(100), json!({"above": 100}), false),
        (json!(100.5), json!({"above": 100}), true),
        (json!(100), json!({"at_least": 100}), true),
        (json!(99), json!({"below": 100}), true),
        (json!(100), json!({"below": 100}), false),
        (json!(100), json!({"at_most": 100}), true),
        (json!(50), json!({"at_least": 40, "below": 50}), false),
        (json!(49), json!({"at_least": 40, "below": 50}), true),
        (json!("101"), json!({"above": 100}), false),
        (json!("a"), json!({"present": true}), true),
        (json!(""), json!({"present": true}), true),
        (json!(false), json!({"present": true}), true),
        (json!(null), json!({"present": true}), false),
        (json!([]), json!({"present": true}), false),
        (json!({}), json!({"present": false}), true),
        (json!([null]), json!({"present": true}), true),
        (json!(["a"]), json!({"equals": "a"}), false),
        (json!({"a": 1}), json!({"contains": "a"}), false),
    ] {
        assert_eq!(of(&value, &operator), expected, "{value} {operator}");
    }
}

#[test]
fn fields_are_those_of_the_json() {
    let event = track(json!({"products": [{"price": 1}, {"price": 30, "tags": ["a", "b"]}], "order.id": 7}));
    for (path, operator, expected) in [
        ("type", json!({"equals": "track"}), true),
        ("data.name", json!({"equals": "purchase"}), true),
        ("data.title", json!({"present": true}), false),
        ("uuid", json!({"prefix": "00000000-"}), true),
        ("timestamp", json!({"prefix": "2024-10-27"}), true),
        ("context.client.country_code", json!({"matches": "^(FR|CA)$"}), true),
        ("context.client.screen_width", json!({"at_least": 1024}), true),
        ("context.client.latitude", json!({"above": 45}), true),
        ("context.client.bot", json!({"present": false}), true),
        ("context.ids._ga", json!({"present": true}), true),
        ("context.ids.gclid", json!({"present": true}), false),
        ("context.traffic.channel", json!({"equals": "email"}), true),
        ("context.session", json!({"present": true}), true),
        ("context.page", json!({"present": true}), false),
        ("context.campaign", json!({"present": true}), true),
        ("from", json!({"in": ["edge", "client"]}), true),
        ("anonymous", json!({"equals": false}), true),
        ("gpc", json!({"equals": false}), true),
        ("data.properties.products[].price", json!({"above": 29}), true),
        ("data.properties.products[].price", json!({"above": 1, "below": 30}), false),
        ("data.properties.products.price", json!({"present": true}), false),
        ("data.properties.products[].tags[]", json!({"equals": "b"}), true),
        ("data.properties.products[].coupon", json!({"present": false}), true),
        ("data.properties.\"order.id\"", json!({"equals": 7}), true),
        ("data.properties.order.id", json!({"present": true}), false),
    ] {
        let mut json = operator.clone();
        json["path"] = path.into();
        assert_eq!(passes(&condition(&json), &event), expected, "{json}");
    }
}

#[test]
fn conditions_are_put_together() {
    let event = track(json!({"x": 1, "long": "a".repeat(3_000)}));
    let yes = json!({"path": "data.properties.x", "equals": 1});
    let no = json!({"path": "data.properties.x", "equals": 2});
    let unsaid = json!({"path": "data.properties.long", "matches": "a"});
    for (filter, expected) in [
        (json!({"all": [yes, yes]}), Some(true)),
        (json!({"all": [yes, no]}), Some(false)),
        (json!({"any": [no, yes]}), Some(true)),
        (json!({"any": [no, no]}), Some(false)),
        (json!({"not": no}), Some(true)),
        (json!({"not": {"all": [yes, {"not": no}]}}), Some(false)),
        // What cannot be said decides only where nothing else does, and then nothing passes.
        (unsaid.clone(), None),
        (json!({"not": unsaid}), None),
        (json!({"all": [yes, unsaid]}), None),
        (json!({"all": [unsaid, yes]}), None),
        (json!({"all": [unsaid, no]}), Some(false)),
        (json!({"any": [unsaid, yes]}), Some(true)),
        (json!({"any": [unsaid, no]}), None),
        (json!({}), None),
        (json!({"all": []}), None),
        (json!({"path": "type"}), None),
        (json!({"path": "type", "matches": "("}), None),
    ] {
        let condition = condition(&filter);
        assert_eq!(holds(&condition, &event), expected, "{filter}");
        assert_eq!(passes(&condition, &event), expected == Some(true), "{filter}");
    }
    let page = well_known(Data::Page(Page { name: Some("home".into()), ..Page::default() }));
    assert!(passes(&condition(&json!({"path": "data.name", "equals": "home"})), &page));
}

proptest! {
    #[test]
    fn a_condition_and_its_opposite_disagree(x in any::<i32>(), bound in any::<i32>()) {
        let event = track(json!({ "x": x }));
        let above = json!({"path": "data.properties.x", "above": bound});
        let at_most = json!({"path": "data.properties.x", "at_most": bound});
        prop_assert_eq!(passes(&condition(&above), &event), x > bound);
        prop_assert_eq!(passes(&condition(&json!({"not": above})), &event), passes(&condition(&at_most), &event));
    }
}
