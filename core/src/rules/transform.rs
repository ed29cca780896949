//! What a component's `transform` makes of its copy of an event.
//!
//! It comes last, on the event as the component may have it: what was taken out is not there to be brought back, and what
//! the visitor agreed to has no place that can be changed.

use std::fmt::Write;

use serde_json::{Number, Value};
use sha2::{Digest, Sha256};

use super::path::{Path, Step};
use super::{node::Node, walk};
use crate::config::{CastTo, FromTo, Transform};
use crate::event::{Data, Event};
use crate::privacy::REDACTED;

/// Changes an event, one rule after the other. What does not fit where it is to go stays where it is.
pub(crate) fn apply(transforms: &[Transform], event: &mut Event) {
    for Transform { rename, copy, set, drop, hash, cast, name } in transforms {
        if let Some(FromTo { from, to }) = rename {
            carry(event, from, to, true);
        }
        if let Some(FromTo { from, to }) = copy {
            carry(event, from, to, false);
        }
        if let Some(set) = set {
            walk::put(event, &set.path.steps(), &set.value.to_json());
        }
        if let Some(path) = drop {
            walk::clear(event, &path.steps());
        }
        if let Some(path) = hash {
            walk::update(event, &path.steps(), &mut |value| value.map(hashed));
        }
        if let Some(cast) = cast {
            walk::update(event, &cast.path.steps(), &mut |value| self::cast(value?, cast.to));
        }
        if let (Some(name), Data::Track(track)) = (name, &mut event.data)
            && track.name == name.from
        {
            track.name.clone_from(&name.to);
        }
    }
}

/// Carries a value to another place: of each element of a list, where both places are within the same.
fn carry(event: &mut Event, from: &Path, to: &Path, away: bool) {
    let (from, to) = (from.steps(), to.steps());
    let within = within(&from);
    let (Some((list, from)), Some((_, to))) = (from.split_at_checked(within), to.split_at_checked(within))
    else {
        return;
    };
    if list.is_empty() {
        // Not every place that can be read can be changed, and `each` leads to those that can.
        return carry_one(event, from, to, away);
    }
    walk::each(event, list, &mut |element| carry_one(element, from, to, away));
}

fn carry_one(node: &mut dyn Node, from: &[Step<'_>], to: &[Step<'_>], away: bool) {
    if let Some(value) = walk::get(node, from)
        && walk::put(node, to, &value)
        && away
    {
        walk::clear(node, from);
    }
}

/// How many steps lead to the elements of the innermost list.
pub(crate) fn within(steps: &[Step<'_>]) -> usize {
    steps.iter().rposition(|step| *step == Step::Each).map_or(0, |last| last + 1)
}

/// The SHA-256 in lower-case hexadecimal of a text, or of a number as JSON writes it; lists and tables keep their shape.
/// What was redacted is the same for everybody, and its hash would make one of them all.
fn hashed(value: Value) -> Value {
    match value {
        Value::String(text) if text == REDACTED => Value::String(text),
        Value::String(text) => Value::String(sha256(&text)),
        Value::Number(_) | Value::Bool(_) => Value::String(sha256(&value.to_string())),
        Value::Array(values) => values.into_iter().map(hashed).collect(),
        Value::Object(values) => values.into_iter().map(|(name, value)| (name, hashed(value))).collect(),
        Value::Null => Value::Null,
    }
}

fn sha256(text: &str) -> String {
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(text) {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// A value as another type; none where it cannot be one. A list is cast by its elements.
fn cast(value: Value, to: CastTo) -> Option<Value> {
    if let Value::Array(values) = value {
        return Some(values.into_iter().filter_map(|value| cast(value, to)).collect());
    }
    match to {
        CastTo::Text => super::node::text_of(&value).map(Value::String),
        CastTo::Number => number(&value).map(Value::Number),
        CastTo::Integer => number(&value).and_then(|number| whole(&number)).map(Value::Number),
        CastTo::Boolean => match value {
            Value::Bool(_) => Some(value),
            Value::Number(number) => match number.as_f64() {
                Some(1.0) => Some(true.into()),
                Some(0.0) => Some(false.into()),
                _ => None,
            },
            Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
                "true" | "1" => Some(true.into()),
                "false" | "0" => Some(false.into()),
                _ => None,
            },
            _ => None,
        },
    }
}

fn number(value: &Value) -> Option<Number> {
    match value {
        Value::Number(number) => Some(number.clone()),
        Value::Bool(flag) => Some(u8::from(*flag).into()),
        Value::String(text) => {
            let text = text.trim();
            let whole = text.parse::<i64>().ok().map(Number::from);
            whole.or_else(|| Number::from_f64(text.parse().ok()?))
        }
        _ => None,
    }
}

/// A number without its fraction, as far as a float is exact.
fn whole(number: &Number) -> Option<Number> {
    if number.is_i64() || number.is_u64() {
        return Some(number.clone());
    }
    let number = number.as_f64()?.trunc();
    (number.abs() < 2_f64.powi(53)).then(|| format!("{number:.0}").parse::<i64>().ok().map(Number::from))?
}

#[cfg(test)]
#[path = "transform_tests.rs"]
mod tests;
