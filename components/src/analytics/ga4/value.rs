//! What Google can take of a property: text, or a number.

use serde_json::{Map, Number, Value};

use crate::flat::{joined, scalar};

/// A value that goes as text (`ep.`, `up.`) or as a number (`epn.`, `upn.`). What was said as a number is one; text
/// that looks like one may be an order's id.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scalar {
    /// Text; `true` and `false` too.
    Text(String),
    /// A number.
    Number(Number),
}

/// A value as text, if it has one: a list of scalars is joined by commas. Nothing is left of null, of an object, and
/// of a list with an object in it.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::Array(list) => joined(list),
        other => scalar(other),
    }
}

/// A value as a number, where Google documents one: text that is exactly a JSON number is one too.
pub(super) fn number(value: &Value) -> Option<Number> {
    match value {
        Value::Number(number) => Some(number.clone()),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Properties as scalars, objects within flattened: `{"a": {"b": 1}}` is `a_b`.
pub(super) fn scalars(properties: &Map<String, Value>) -> Vec<(String, Scalar)> {
    let mut scalars = Vec::new();
    flatten("", properties, &mut scalars);
    scalars
}

fn flatten(prefix: &str, properties: &Map<String, Value>, scalars: &mut Vec<(String, Scalar)>) {
    for (key, value) in properties {
        let key = if prefix.is_empty() { key.clone() } else { format!("{prefix}_{key}") };
        match value {
            Value::Object(properties) => flatten(&key, properties, scalars),
            Value::Number(number) => scalars.push((key, Scalar::Number(number.clone()))),
            other => {
                if let Some(text) = text(other).filter(|text| !text.is_empty()) {
                    scalars.push((key, Scalar::Text(text)));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn types_are_what_json_says_and_not_what_text_looks_like() {
        let properties = serde_json::from_value(json!({
            "order": "00123", "phone": "+33612345678", "n": 1.5, "big": 1e21, "yes": true, "nil": null, "empty": "",
            "deep": { "er": { "est": "x" } }, "list": [1, "a", false], "objects": [{ "a": 1 }], "lists": [[1]],
        }))
        .unwrap();
        let scalars: Vec<_> = scalars(&properties)
            .into_iter()
            .map(|(key, value)| match value {
                Scalar::Text(text) => format!("{key}={text:?}"),
                Scalar::Number(number) => format!("{key}={number}"),
            })
            .collect();
        assert_eq!(
            scalars,
            [
                "order=\"00123\"",
                "phone=\"+33612345678\"",
                "n=1.5",
                "big=1e+21",
                "yes=\"true\"",
                "deep_er_est=\"x\"",
                "list=\"1,a,false\"",
            ]
        );
    }

    #[test]
    fn text_is_a_number_only_where_it_is_exactly_one() {
        for (text, is) in
            [("29.90", true), (" 7 ", true), ("1e3", true), ("+1", false), ("inf", false), ("7 €", false)]
        {
            assert_eq!(number(&json!(text)).is_some(), is, "{text}");
        }
    }
}
