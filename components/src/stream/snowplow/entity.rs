//! Self-describing JSON: data and the schema that it follows.

use selvedge_core::event::Client;
use serde_json::{Map, Value, json};

use crate::browser::brands;
use crate::cut::characters;
use crate::json::{add, to_text};

/// Data with its schema.
pub(super) fn described(schema: &str, data: Value) -> Value {
    Value::Object(Map::from_iter([("schema".to_owned(), schema.into()), ("data".to_owned(), data)]))
}

/// Data with its schema of Iglu Central, version 1-0-0.
pub(super) fn central(vendor: &str, name: &str, data: Value) -> Value {
    described(&format!("iglu:{vendor}/{name}/jsonschema/1-0-0"), data)
}

/// A self-describing event, as `ue_pr` takes it.
pub(super) fn event(described: &Value) -> String {
    to_text(&central("com.snowplowanalytics.snowplow", "unstruct_event", described.clone()))
}

/// Entities, as `co` takes them.
pub(super) fn contexts(entities: Vec<Value>) -> Option<String> {
    if entities.is_empty() {
        return None;
    }
    Some(to_text(&central("com.snowplowanalytics.snowplow", "contexts", Value::Array(entities))))
}

/// The page view that events belong to.
pub(super) fn web_page(id: &str) -> Value {
    central("com.snowplowanalytics.snowplow", "web_page", json!({ "id": id }))
}

/// What the browser's client hints say; none where it has none.
pub(super) fn client_hints(client: &Client) -> Option<Value> {
    // These two the schema demands.
    let mobile = client.user_agent_mobile.as_deref()?;
    let list =
        client.user_agent_full_version_list.as_deref().or(client.user_agent_version_list.as_deref())?;
    let brands: Vec<Value> = brands(list)
        .map(|(brand, version)| {
            json!({ "brand": characters(brand, 256), "version": characters(version, 128) })
        })
        .collect();
    let mut hints = Map::new();
    hints.insert("isMobile".into(), (mobile == "1").into());
    hints.insert("brands".into(), brands.into());
    for (name, text) in [
        ("architecture", &client.user_agent_architecture),
        ("model", &client.user_agent_model),
        ("platform", &client.os_name),
        ("platformVersion", &client.os_version),
    ] {
        add(&mut hints, name, text.as_deref().map(|text| characters(text, 256)));
    }
    Some(central("org.ietf", "http_client_hints", Value::Object(hints)))
}
