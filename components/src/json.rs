//! JSON in the making.

use selvedge_core::event::Properties;
use serde::Serialize;
use serde_json::Value;

/// Adds what is known.
pub(crate) fn add<V: Into<Value>>(object: &mut Properties, name: &str, value: Option<V>) {
    if let Some(value) = value {
        object.insert(name.to_owned(), value.into());
    }
}

/// Adds what is known and not empty.
pub(crate) fn put<V: Into<Value>>(object: &mut Properties, name: &str, value: Option<V>) {
    let value = value.map_or(Value::Null, Into::into);
    let empty = match &value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Object(values) => values.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    };
    if !empty {
        object.insert(name.to_owned(), value);
    }
}

/// JSON as text. Of a `Value`, `to_string` says the same at twice the cost: formatting checks each piece for UTF-8 again.
pub(crate) fn to_text(json: &impl Serialize) -> String {
    // Cannot fail: all names are text, and memory takes what is written.
    serde_json::to_string(json).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_unknown_or_empty_is_not_put() {
        let mut object = Properties::new();
        put(&mut object, "a", None::<&str>);
        put(&mut object, "b", Some(""));
        put(&mut object, "c", Some(false));
        put(&mut object, "d", Some(Properties::new()));
        assert_eq!(Value::Object(object), json!({"c": false}));
    }
}
