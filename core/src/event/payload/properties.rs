//! Properties keep whatever JSON was said, within bounds: what is not bounded here is copied, sent and paid for.

use serde_json::Value;

use super::PayloadError;
use super::read::{Place, kind, unexpected};
use crate::event::Properties;

/// How deep values may be nested in each other, `properties` itself included.
pub(super) const DEPTH: usize = 16;

/// How many values there may be, at any depth.
pub(super) const VALUES: usize = 5000;

/// How long a name may be, in bytes.
pub(super) const NAME: usize = 256;

/// How long a text may be, in bytes.
pub(super) const TEXT: usize = 8192;

pub(super) fn properties(value: Value, place: Place<'_>) -> Result<Properties, PayloadError> {
    let mut values = 0;
    within_bounds(&value, place, 1, &mut values)?;
    if values > VALUES {
        return Err(unexpected(place, format!("at most {VALUES} values"), values.to_string()));
    }
    match value {
        Value::Object(map) => Ok(map),
        other => Err(unexpected(place, "an object", kind(Some(&other)))),
    }
}

fn within_bounds(
    value: &Value,
    place: Place<'_>,
    depth: usize,
    values: &mut usize,
) -> Result<(), PayloadError> {
    if depth > DEPTH && (value.is_array() || value.is_object()) {
        return Err(unexpected(place, format!("values nested at most {DEPTH} deep"), "deeper nesting"));
    }
    match value {
        Value::String(text) if text.len() > TEXT => {
            Err(unexpected(place, format!("text of at most {TEXT} bytes"), format!("{} bytes", text.len())))
        }
        Value::Array(items) => {
            *values += items.len();
            items
                .iter()
                .enumerate()
                .try_for_each(|(n, item)| within_bounds(item, Place::Item(&place, n), depth + 1, values))
        }
        Value::Object(map) => {
            *values += map.len();
            map.iter().try_for_each(|(name, value)| {
                let place = Place::Field(&place, name);
                if name.len() > NAME {
                    let found = format!("{} bytes", name.len());
                    return Err(unexpected(place, format!("a name of at most {NAME} bytes"), found));
                }
                within_bounds(value, place, depth + 1, values)
            })
        }
        _ => Ok(()),
    }
}

/// What a value weighs where it is copied: its texts, and [`VALUE_WEIGHT`] for each value. `serde_json` has bounded the
/// depth.
pub(super) fn weight(value: &Value) -> usize {
    VALUE_WEIGHT
        + match value {
            Value::String(text) => text.len(),
            Value::Array(items) => items.iter().map(weight).sum(),
            Value::Object(map) => map.iter().map(|(name, value)| name.len() + weight(value)).sum(),
            _ => 0,
        }
}

/// About what a value takes in memory beside its text.
pub(super) const VALUE_WEIGHT: usize = 32;
