//! Untrusted JSON, read field by field, so that an error says where it is, what was expected there and what was found.

use std::borrow::Cow;
use std::fmt::{Display, Formatter};

use serde_json::{Map, Value};

use super::PayloadError;

/// A place in the payload. It lives on the stack: nothing is written out unless there is an error.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place<'p> {
    Root,
    Field(&'p Place<'p>, &'p str),
    Item(&'p Place<'p>, usize),
}

impl Display for Place<'_> {
    /// As JavaScript writes it: `data_collection.events[3].components["edgee/ga"]`.
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Item(list, n) => write!(f, "{list}[{n}]"),
            Self::Field(object, name) => {
                let plain =
                    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                match object {
                    Self::Root if plain => f.write_str(name),
                    _ if plain && name.len() <= SHOWN => write!(f, "{object}.{name}"),
                    _ => write!(f, "{object}[{}]", quoted(name)),
                }
            }
        }
    }
}

/// How much of the client's own text an error shows, in characters.
const SHOWN: usize = 40;

/// A text as JSON writes it, cut to what an error shows.
fn quoted(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    Value::String(shown).to_string()
}

/// What an error calls a value. It does not show it: the value may be somebody's.
pub(super) fn kind(value: Option<&Value>) -> &'static str {
    match value {
        None => "nothing",
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "true or false",
        Some(Value::Number(_)) => "a number",
        Some(Value::String(_)) => "text",
        Some(Value::Array(_)) => "a list",
        Some(Value::Object(_)) => "an object",
    }
}

/// What an error calls a value where a word of a closed list was expected: there the word itself helps.
pub(super) fn word(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => quoted(text),
        other => kind(other).to_owned(),
    }
}

pub(super) fn unexpected(
    place: Place<'_>,
    expected: impl Into<Cow<'static, str>>,
    found: impl Into<String>,
) -> PayloadError {
    PayloadError::Unexpected { path: place.to_string(), expected: expected.into(), found: found.into() }
}

/// An object whose fields are taken one after the other. Those that nobody takes are ignored, so that an older edge
/// serves a newer SDK.
#[derive(Debug)]
pub(super) struct Fields<'p> {
    place: Place<'p>,
    map: Map<String, Value>,
}

impl<'p> Fields<'p> {
    pub(super) fn of(value: Value, place: Place<'p>) -> Result<Self, PayloadError> {
        match value {
            Value::Object(map) => Ok(Self { place, map }),
            other => Err(unexpected(place, "an object", kind(Some(&other)))),
        }
    }

    /// Reads a field if it is there; `null` is not.
    pub(super) fn read<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(Value, Place<'_>) -> Result<T, PayloadError>,
    ) -> Result<Option<T>, PayloadError> {
        match self.map.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => read(value, Place::Field(&self.place, name)).map(Some),
        }
    }

    /// Reads a text if it is there; the empty text is not.
    pub(super) fn text(&mut self, name: &str, limit: usize) -> Result<Option<String>, PayloadError> {
        Ok(self.read(name, |value, place| text(value, place, limit))?.filter(|text| !text.is_empty()))
    }

    /// The error that a field which must be there is not.
    pub(super) fn missing(&self, name: &str, expected: &'static str) -> PayloadError {
        unexpected(Place::Field(&self.place, name), expected, kind(None))
    }
}

/// A text of at most `limit` bytes.
pub(super) fn text(value: Value, place: Place<'_>, limit: usize) -> Result<String, PayloadError> {
    match value {
        Value::String(text) if text.len() <= limit => Ok(text),
        Value::String(text) => {
            Err(unexpected(place, format!("text of at most {limit} bytes"), format!("{} bytes", text.len())))
        }
        other => Err(unexpected(place, "text", kind(Some(&other)))),
    }
}

/// A list of at most `limit` items, each read.
pub(super) fn list<T>(
    value: Value,
    place: Place<'_>,
    limit: usize,
    what: &str,
    read: impl Fn(Value, Place<'_>) -> Result<T, PayloadError>,
) -> Result<Vec<T>, PayloadError> {
    match value {
        Value::Array(items) if items.len() <= limit => {
            items.into_iter().enumerate().map(|(n, item)| read(item, Place::Item(&place, n))).collect()
        }
        Value::Array(items) => {
            Err(unexpected(place, format!("at most {limit} {what}"), items.len().to_string()))
        }
        other => Err(unexpected(place, format!("a list of {what}"), kind(Some(&other)))),
    }
}
