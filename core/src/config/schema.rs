//! The JSON Schema of `selvedge.toml`, for editors: made of the types that the configuration is read into, and of the
//! kinds' own lists of settings. What types cannot say (that ids are unique, that a cookie fits its hosts) is
//! [`super::check`]'s to find.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::{Config, WASM};
use crate::component::{Kind, SettingSpec};

/// The schema, in the draft that editors' extensions for TOML know (7).
#[must_use]
pub fn schema(registry: &[Kind]) -> Value {
    let mut schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<Config>().to_value();
    plain(&mut schema);
    set(&mut schema, &["title"], "selvedge.toml".into());
    let component = ["definitions", "Component"];
    let names: Vec<_> = registry.iter().map(|kind| kind.name).chain([WASM]).collect();
    set(&mut schema, &[&component[..], &["properties", "kind", "enum"]].concat(), names.into());
    set(
        &mut schema,
        &[&component[..], &["allOf"]].concat(),
        registry.iter().map(settings).chain([wasm()]).collect(),
    );
    schema
}

/// What holds for the settings of a component of this kind.
fn settings(kind: &Kind) -> Value {
    let required: Vec<_> = kind.settings.iter().filter(|spec| spec.required).map(|spec| spec.name).collect();
    let properties = kind.settings.iter().map(|spec| (spec.name.to_owned(), setting(spec)));
    let mut then = json!({
        "properties": {
            "settings": {
                "properties": properties.collect::<Map<_, _>>(),
                "additionalProperties": false,
            },
        },
    });
    if !required.is_empty() {
        set(&mut then, &["required"], json!(["settings"]));
        set(&mut then, &["properties", "settings", "required"], required.into());
    }
    json!({ "if": { "properties": { "kind": { "const": kind.name } }, "required": ["kind"] }, "then": then })
}

/// What holds for a third party's component: its settings are its own.
fn wasm() -> Value {
    json!({ "if": { "properties": { "kind": { "const": WASM } }, "required": ["kind"] }, "then": { "required": ["file"] } })
}

fn setting(spec: &SettingSpec) -> Value {
    let secret = if spec.secret { " A secret: write { secret = \"NAME\" }." } else { "" };
    json!({ "description": format!("{}{secret}", spec.help), "allOf": [{ "$ref": "#/definitions/Setting" }] })
}

/// Takes away what is no help to who writes TOML: null, which it does not have; the widths of numbers, whose bounds are
/// there; and defaults of whole tables, whose keys have theirs.
fn plain(schema: &mut Value) {
    let Value::Object(map) = schema else { return };
    let null = json!({ "type": "null" });
    map.remove("format");
    if map.get("default").is_some_and(|value| value.is_null() || value.is_object() || *value == "") {
        map.remove("default");
    }
    if let Some(Value::Array(types)) = map.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = &types[..] {
            let only = only.clone();
            map.insert("type".into(), only);
        }
    }
    if let Some(Value::Array(any)) = map.get_mut("anyOf") {
        any.retain(|one| *one != null);
        if let [only] = &any[..] {
            // Not by itself: beside a bare `$ref` this draft sees no description.
            let only = json!([only]);
            map.remove("anyOf");
            map.insert("allOf".into(), only);
        }
    }
    for (keyword, value) in map {
        match (keyword.as_str(), value) {
            ("properties" | "definitions", Value::Object(schemas)) => schemas.values_mut().for_each(plain),
            ("anyOf" | "oneOf" | "allOf", Value::Array(schemas)) => schemas.iter_mut().for_each(plain),
            ("items" | "additionalProperties", schema) => plain(schema),
            _ => {}
        }
    }
}

/// Puts a value where the names lead, making objects on the way.
fn set(at: &mut Value, names: &[&str], value: Value) {
    let mut at = at;
    for name in names {
        if !at.is_object() {
            *at = json!({});
        }
        let Value::Object(map) = at else { return };
        at = map.entry(*name).or_insert(Value::Null);
    }
    *at = value;
}
