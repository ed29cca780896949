//! Properties for vendors that take no nested ones.

use selvedge_core::event::Properties;
use serde_json::Value;

use crate::commerce::{Commerce, json_number};

/// Objects deeper than this are left out: nobody means them.
const DEEPEST: usize = 8;

/// Properties without objects in them: `{"a": {"b": 1}}` is `a_b`. Texts, numbers, `true` and `false` stay what they are;
/// a list of them is their text, joined by commas. Nothing is left of null, of empty text, and of a list with an object
/// in it.
pub(crate) fn flat(properties: &Properties) -> Vec<(String, Value)> {
    let mut values = Vec::new();
    flatten("", properties, 0, &mut values);
    values
}

fn flatten(prefix: &str, properties: &Properties, depth: usize, values: &mut Vec<(String, Value)>) {
    for (key, value) in properties {
        let key = if prefix.is_empty() { key.clone() } else { format!("{prefix}_{key}") };
        match value {
            Value::Object(properties) if depth < DEEPEST => flatten(&key, properties, depth + 1, values),
            Value::Bool(_) | Value::Number(_) => values.push((key, value.clone())),
            Value::String(text) if !text.is_empty() => values.push((key, value.clone())),
            Value::Array(list) => values.extend(joined(list).map(|text| (key, Value::String(text)))),
            Value::String(_) | Value::Null | Value::Object(_) => {}
        }
    }
}

/// What happened in a shop, for vendors without a place for it: by Google's names, products as lists of their ids and names,
/// and everything else as it was said.
pub(crate) fn shop(shop: Commerce) -> Properties {
    let mut properties = Properties::new();
    let list = |texts: Vec<&str>| (!texts.is_empty()).then(|| Value::from(texts.join(",")));
    let ids = list(shop.product_ids().collect());
    let names = list(shop.products.iter().filter_map(|product| product.name.as_deref()).collect());
    let pieces = shop.pieces();
    let number = |number: Option<f64>| number.map(json_number);
    for (name, value) in [
        ("transaction_id", shop.transaction_id.map(Value::from)),
        ("value", number(shop.value)),
        ("currency", shop.currency.map(Value::from)),
        ("coupon", shop.coupon.map(Value::from)),
        ("tax", number(shop.tax)),
        ("shipping", number(shop.shipping)),
        ("search_term", shop.search_term.map(Value::from)),
        ("product_ids", ids),
        ("product_names", names),
        ("quantity", number(pieces)),
    ] {
        properties.extend(value.map(|value| (name.to_owned(), value)));
    }
    properties.extend(shop.rest);
    properties
}

/// A list of scalars as their text, joined by commas; none where there is none, or something else in it.
pub(crate) fn joined(list: &[Value]) -> Option<String> {
    let texts: Option<Vec<String>> = list.iter().map(scalar).collect();
    texts.map(|texts| texts.join(",")).filter(|text| !text.is_empty())
}

/// A scalar as text.
pub(crate) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_nested_is_flattened_and_types_stay() {
        let properties = json!({
            "order": "00123", "n": 1.5, "yes": true, "nil": null, "empty": "", "deep": {"er": {"est": "x"}},
            "list": [1, "a", false], "objects": [{"a": 1}], "none": [],
        });
        let flat = flat(properties.as_object().unwrap());
        let flat: Properties = flat.into_iter().collect();
        assert_eq!(
            Value::Object(flat),
            json!({"order": "00123", "n": 1.5, "yes": true, "deep_er_est": "x", "list": "1,a,false"})
        );
    }

    #[test]
    fn depth_is_bounded() {
        let mut value = json!(1);
        for _ in 0..50 {
            value = json!({ "a": value });
        }
        assert!(flat(value.as_object().unwrap()).is_empty());
    }
}
