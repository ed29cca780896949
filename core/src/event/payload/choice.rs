//! Consent, as a page or a script says it: one word for everything, or yes and no for each purpose.

use serde_json::Value;

use super::Read;
use super::read::{Place, kind, unexpected, word};
use crate::consent::{Choice, Purpose, Purposes, State};

const WORDS: &str = r#""granted", "denied", "pending" or an object of purposes"#;
const PURPOSES: &str = "analytics, advertising, personalization or functional";

/// A purpose that is not named is not granted. One that is misspelled is an error: it may have been a refusal.
pub(super) fn choice(value: Value, place: Place<'_>) -> Read<Choice> {
    let map = match value {
        Value::Object(map) => map,
        other => {
            let state = match other.as_str() {
                Some("granted") => State::Granted,
                Some("denied") => State::Denied,
                Some("pending") => State::Pending,
                _ => return Err(unexpected(place, WORDS, word(Some(&other)))),
            };
            return Ok(state.into());
        }
    };
    let mut given = Purposes::NONE;
    for (name, value) in &map {
        let purpose = Purpose::ALL.into_iter().find(|purpose| purpose.word() == name);
        let purpose =
            purpose.ok_or_else(|| unexpected(place, PURPOSES, word(Some(&name.as_str().into()))))?;
        let place = Place::Field(&place, name);
        if value.as_bool().ok_or_else(|| unexpected(place, "true or false", kind(Some(value))))? {
            given = given.with(purpose);
        }
    }
    if map.is_empty() {
        return Err(unexpected(place, WORDS, "an empty object"));
    }
    Ok(Choice::of(given))
}
