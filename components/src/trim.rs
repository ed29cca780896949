//! JSON within vendors' limits: what exceeds them is cut, or left out, the largest first.

use selvedge_core::event::Properties;
use serde_json::Value;

use crate::cut;
use crate::json::to_text;

/// Bounds of JSON.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Characters of a text; longer ones are cut.
    pub(crate) text: usize,
    /// Names of an object and values of a list; the last are left out.
    pub(crate) values: usize,
    /// Objects and lists within one another; what is deeper is left out.
    pub(crate) depth: usize,
}

impl Bounds {
    /// The properties within these bounds.
    pub(crate) fn properties(self, properties: Properties) -> Properties {
        properties
            .into_iter()
            .filter_map(|(name, value)| Some((name, self.value(value, 1)?)))
            .take(self.values)
            .collect()
    }

    fn value(self, value: Value, depth: usize) -> Option<Value> {
        Some(match value {
            Value::String(text) if text.len() > self.text => Value::from(cut::characters(&text, self.text)),
            Value::Array(_) | Value::Object(_) if depth > self.depth => return None,
            Value::Array(values) => values
                .into_iter()
                .filter_map(|value| self.value(value, depth + 1))
                .take(self.values)
                .collect(),
            Value::Object(values) => {
                let values = values.into_iter();
                let values = values.filter_map(|(name, value)| Some((name, self.value(value, depth + 1)?)));
                Value::Object(values.take(self.values).collect())
            }
            other => other,
        })
    }
}

/// Leaves out the largest properties until at least `excess` bytes are gone.
fn shrink(properties: &mut Properties, excess: usize) {
    let mut sizes: Vec<(usize, String)> = properties
        .iter()
        .map(|(name, value)| (name.len() + to_text(value).len() + 4, name.clone()))
        .collect();
    sizes.sort_by_key(|(size, _)| std::cmp::Reverse(*size));
    let mut gone = 0;
    for (size, name) in sizes {
        if gone >= excess {
            return;
        }
        properties.shift_remove(&name);
        gone += size;
    }
}

/// An object as JSON of at most so many bytes: of a larger one the largest members of these are left out, the
/// first named first. None where that is not enough.
pub(crate) fn fitting(mut object: Properties, members: &[&str], bytes: usize) -> Option<String> {
    let mut fitting = to_text(&object);
    for member in members {
        if fitting.len() <= bytes {
            break;
        }
        if let Some(Value::Object(properties)) = object.get_mut(*member) {
            shrink(properties, fitting.len() - bytes);
            fitting = to_text(&object);
        }
    }
    (fitting.len() <= bytes).then_some(fitting)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn properties(value: &Value) -> Properties {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn bounds_are_kept() {
        let bounds = Bounds { text: 3, values: 2, depth: 2 };
        let given = json!({"a": "ééééé", "b": [1, 2, 3, {"x": "wxyz"}], "c": 1});
        assert_eq!(Value::Object(bounds.properties(properties(&given))), json!({"a": "ééé", "b": [1, 2]}));
        let given = json!({"b": [{"x": "wxyz", "y": [1]}, [[2]]]});
        assert_eq!(Value::Object(bounds.properties(properties(&given))), json!({"b": [{"x": "wxy"}, []]}));
    }

    #[test]
    fn the_largest_goes_first() {
        let mut given = properties(&json!({"small": 1, "large": "x".repeat(100), "middle": "y".repeat(50)}));
        shrink(&mut given, 0);
        assert_eq!(given.len(), 3);
        shrink(&mut given, 20);
        assert_eq!(given.keys().collect::<Vec<_>>(), ["small", "middle"]);
        shrink(&mut given, 1000);
        assert!(given.is_empty());
    }

    #[test]
    fn what_is_too_large_fits_or_is_not() {
        let given =
            properties(&json!({"id": 1, "a": {"x": "x".repeat(50), "y": 1}, "b": {"z": "z".repeat(50)}}));
        assert_eq!(fitting(given.clone(), &["a", "b"], 1000), Some(to_text(&given)));
        assert_eq!(
            fitting(given.clone(), &["a", "b"], 90).unwrap(),
            format!(r#"{{"id":1,"a":{{"y":1}},"b":{{"z":"{}"}}}}"#, "z".repeat(50))
        );
        assert_eq!(
            fitting(given.clone(), &["none", "b", "a"], 30).unwrap(),
            r#"{"id":1,"a":{"y":1},"b":{}}"#
        );
        assert_eq!(fitting(given, &["a", "b"], 5), None);
    }
}
