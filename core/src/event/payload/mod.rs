//! What a data layer and the SDK's post say: the schema of `docs/events.md`, which is Edgee's made sound.
//!
//! A client may say what happened, on which page, who the user is, what only a browser knows of itself, and how the
//! visitor came. What the edge knows better (address, place, session, the visitor's id) is not read from it at all.
//!
//! Types are strict and unknown fields are ignored: a mistake is answered with where it is, and an older edge serves a
//! newer SDK. `null` and empty text mean absent, outside `properties`, where every value is kept.

mod choice;
mod data_layer;
mod properties;
mod read;

use std::borrow::Cow;

pub use self::data_layer::without_comments;

use serde_json::Value;
use thiserror::Error;
use uuid::Uuid;

use self::choice::choice;
use self::properties::{VALUE_WEIGHT, properties, weight};
use self::read::{Fields, Place, kind, list, text, unexpected, word};
use super::time::parse_rfc3339;
use super::{Campaign, Client, Data, Page, Selection, Track, User};
use crate::consent::Choice;
use crate::facts::Timestamp;
use crate::visitor::MAX_USER_ID;

/// How many events one payload may carry.
pub const MAX_EVENTS: usize = 100;

/// What the shared context may weigh, because every event gets a copy: 32 for each value, and the length of its texts.
pub const MAX_CONTEXT: usize = 32_768;

/// How many components a `components` map may name.
const MAX_COMPONENTS: usize = 64;
const MAX_COMPONENT: usize = 128;
const MAX_KEYWORDS: usize = 100;
const MAX_TEXT: usize = 2048;
const MAX_URL: usize = 8192;

/// What a data layer or a post says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Payload {
    /// What happened. Absent, a data layer means a page view, and a post means nothing.
    pub events: Option<Vec<EventDraft>>,
    /// What all of its events share.
    pub context: PayloadContext,
    /// Which components may have them.
    pub components: Selection,
    /// What the visitor has consented to.
    pub consent: Option<Choice>,
    /// Whether the visitor is to be forgotten: another person sits down, or this one has signed out.
    pub reset: bool,
    /// Whether these events happened before the visitor agreed. They are for those who got nothing of them then.
    pub withheld: bool,
}

/// The part of an event's context that a client may say.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PayloadContext {
    /// The page.
    pub page: Page,
    /// The user.
    pub user: User,
    /// What only the browser knows of itself.
    pub client: Client,
    /// How the visitor came.
    pub campaign: Campaign,
}

/// An event as it was said, before it is completed.
#[derive(Debug, Clone, PartialEq)]
pub struct EventDraft {
    /// The client's own id for it.
    pub uuid: Option<Uuid>,
    /// When it happened by the client's clock.
    pub timestamp: Option<Timestamp>,
    /// What happened.
    pub data: Data,
    /// Its own context.
    pub context: Option<PayloadContext>,
    /// Which components may have it, where it says so itself.
    pub components: Option<Selection>,
    /// What the visitor has consented to, where it says so itself.
    pub consent: Option<Choice>,
}

impl EventDraft {
    /// An event that says nothing but what happened.
    #[must_use]
    pub fn new(data: Data) -> Self {
        Self { uuid: None, timestamp: None, data, context: None, components: None, consent: None }
    }
}

/// What is wrong with a payload. Its text is for the person who wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PayloadError {
    /// It is not JSON.
    #[error("expected JSON, found {0}")]
    NotJson(String),
    /// It is not what it should be.
    #[error("{path}{}expected {expected}, found {found}", if .path.is_empty() { "" } else { ": " })]
    Unexpected {
        /// Where, as in `data_collection.events[3].type`.
        path: String,
        /// What should be there.
        expected: Cow<'static, str>,
        /// What is there.
        found: String,
    },
}

impl PayloadError {
    /// Where it is, as in `data_collection.events[3].type`; empty for the whole.
    #[must_use]
    pub fn path(&self) -> &str {
        match self {
            Self::NotJson(_) => "",
            Self::Unexpected { path, .. } => path,
        }
    }
}

type Read<T> = Result<T, PayloadError>;

impl Payload {
    /// Reads the body of a post.
    ///
    /// # Errors
    /// When it is not a payload; see [`PayloadError`].
    pub fn from_post(body: &[u8]) -> Read<Self> {
        let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
        Self::from_value(serde_json::from_slice(body).map_err(not_json)?)
    }

    /// Reads the text of a data layer, in which comments are allowed. Empty text, or an empty object, is no data layer.
    ///
    /// # Errors
    /// When it is not a payload; see [`PayloadError`].
    pub fn from_data_layer(text: &str) -> Read<Option<Self>> {
        let json = without_comments(text.trim_start_matches('\u{feff}'));
        if json.trim().is_empty() {
            return Ok(None);
        }
        match serde_json::from_str(&json).map_err(not_json)? {
            Value::Object(map) if map.is_empty() => Ok(None),
            value => Self::from_value(value).map(Some),
        }
    }

    fn from_value(value: Value) -> Read<Self> {
        let mut fields = Fields::of(value, Place::Root)?;
        fields.read("data_collection", payload)?.ok_or_else(|| fields.missing("data_collection", "an object"))
    }
}

// By value, as `map_err` hands it over.
#[allow(clippy::needless_pass_by_value)]
fn not_json(error: serde_json::Error) -> PayloadError {
    PayloadError::NotJson(error.to_string())
}

fn payload(value: Value, place: Place<'_>) -> Read<Payload> {
    let mut fields = Fields::of(value, place)?;
    Ok(Payload {
        events: fields.read("events", |value, place| list(value, place, MAX_EVENTS, "events", event))?,
        context: fields.read("context", shared_context)?.unwrap_or_default(),
        components: components(&mut fields)?.unwrap_or_default(),
        consent: fields.read("consent", choice)?,
        reset: fields.read("reset", boolean)?.unwrap_or_default(),
        withheld: fields.read("withheld", boolean)?.unwrap_or_default(),
    })
}

fn shared_context(value: Value, place: Place<'_>) -> Read<PayloadContext> {
    let weight = weight(&value);
    if weight > MAX_CONTEXT {
        let expected =
            format!("at most {MAX_CONTEXT} bytes, counting {VALUE_WEIGHT} for each value and its text");
        return Err(unexpected(place, expected, weight.to_string()));
    }
    context(value, place)
}

fn context(value: Value, place: Place<'_>) -> Read<PayloadContext> {
    let mut fields = Fields::of(value, place)?;
    Ok(PayloadContext {
        page: fields.read("page", page)?.unwrap_or_default(),
        user: fields.read("user", user)?.unwrap_or_default(),
        client: fields.read("client", client)?.unwrap_or_default(),
        campaign: fields.read("campaign", campaign)?.unwrap_or_default(),
    })
}

fn event(value: Value, place: Place<'_>) -> Read<EventDraft> {
    let mut fields = Fields::of(value, place)?;
    let read = fields.read("type", |value, place| match value.as_str() {
        Some("page") => Ok(data_of_page as fn(&mut Fields<'_>) -> Read<Data>),
        Some("track") => Ok(data_of_track),
        Some("user") => Ok(data_of_user),
        _ => Err(unexpected(place, TYPES, word(Some(&value)))),
    })?;
    let read = read.ok_or_else(|| fields.missing("type", TYPES))?;
    Ok(EventDraft {
        data: read(&mut fields)?,
        uuid: fields.read("uuid", uuid)?,
        timestamp: fields.read("timestamp", timestamp)?,
        context: fields.read("context", context)?,
        components: components(&mut fields)?,
        consent: fields.read("consent", choice)?,
    })
}

const TYPES: &str = r#""page", "track" or "user""#;

fn data_of_page(event: &mut Fields<'_>) -> Read<Data> {
    Ok(Data::Page(event.read("data", page)?.unwrap_or_default()))
}

fn data_of_user(event: &mut Fields<'_>) -> Read<Data> {
    Ok(Data::User(event.read("data", user)?.unwrap_or_default()))
}

fn data_of_track(event: &mut Fields<'_>) -> Read<Data> {
    let track = event.read("data", |value, place| {
        let mut fields = Fields::of(value, place)?;
        let name = fields.text("name", MAX_TEXT)?.ok_or_else(|| fields.missing("name", "what happened"))?;
        Ok(Track { name, properties: fields.read("properties", properties)?.unwrap_or_default() })
    })?;
    track.map(Data::Track).ok_or_else(|| event.missing("data", "an object"))
}

fn page(value: Value, place: Place<'_>) -> Read<Page> {
    let mut fields = Fields::of(value, place)?;
    Ok(Page {
        name: fields.text("name", MAX_TEXT)?,
        category: fields.text("category", MAX_TEXT)?,
        keywords: fields.read("keywords", keywords)?.unwrap_or_default(),
        title: fields.text("title", MAX_TEXT)?,
        url: fields.text("url", MAX_URL)?,
        path: fields.text("path", MAX_URL)?,
        search: fields.text("search", MAX_URL)?.and_then(|query| super::url::search(&query)),
        referrer: fields.text("referrer", MAX_URL)?,
        properties: fields.read("properties", properties)?.unwrap_or_default(),
    })
}

fn keywords(value: Value, place: Place<'_>) -> Read<Vec<String>> {
    list(value, place, MAX_KEYWORDS, "keywords", |value, place| text(value, place, MAX_TEXT))
}

fn user(value: Value, place: Place<'_>) -> Read<User> {
    let mut fields = Fields::of(value, place)?;
    Ok(User {
        user_id: fields.text("user_id", MAX_USER_ID)?,
        anonymous_id: fields.text("anonymous_id", MAX_USER_ID)?,
        edgee_id: None,
        properties: fields.read("properties", properties)?.unwrap_or_default(),
    })
}

fn client(value: Value, place: Place<'_>) -> Read<Client> {
    let mut fields = Fields::of(value, place)?;
    Ok(Client {
        timezone: fields.text("timezone", MAX_TEXT)?,
        user_agent_architecture: fields.text("user_agent_architecture", MAX_TEXT)?,
        user_agent_bitness: fields.text("user_agent_bitness", MAX_TEXT)?,
        user_agent_model: fields.text("user_agent_model", MAX_TEXT)?,
        user_agent_full_version_list: fields.text("user_agent_full_version_list", MAX_TEXT)?,
        os_version: fields.text("os_version", MAX_TEXT)?,
        screen_width: fields.read("screen_width", pixels)?,
        screen_height: fields.read("screen_height", pixels)?,
        screen_density: fields.read("screen_density", density)?,
        ..Client::default()
    })
}

fn campaign(value: Value, place: Place<'_>) -> Read<Campaign> {
    let mut fields = Fields::of(value, place)?;
    Ok(Campaign {
        name: fields.text("name", MAX_TEXT)?,
        source: fields.text("source", MAX_TEXT)?,
        medium: fields.text("medium", MAX_TEXT)?,
        term: fields.text("term", MAX_TEXT)?,
        content: fields.text("content", MAX_TEXT)?,
        creative_format: fields.text("creative_format", MAX_TEXT)?,
        marketing_tactic: fields.text("marketing_tactic", MAX_TEXT)?,
    })
}

/// `components`, or as it was once called, `destinations`: who writes that means to restrict, and must be heard.
fn components(fields: &mut Fields<'_>) -> Read<Option<Selection>> {
    match fields.read("components", selection)? {
        Some(selection) => Ok(Some(selection)),
        None => fields.read("destinations", selection),
    }
}

fn selection(value: Value, place: Place<'_>) -> Read<Selection> {
    let Value::Object(map) = value else {
        return Err(unexpected(place, "an object", kind(Some(&value))));
    };
    if map.len() > MAX_COMPONENTS {
        return Err(unexpected(place, format!("at most {MAX_COMPONENTS} components"), map.len().to_string()));
    }
    let entry = |(name, value): (String, Value)| {
        let place = Place::Field(&place, &name);
        match value {
            _ if name.len() > MAX_COMPONENT => {
                let found = format!("{} bytes", name.len());
                Err(unexpected(place, format!("a name of at most {MAX_COMPONENT} bytes"), found))
            }
            Value::Bool(may) => Ok((name, may)),
            other => Err(unexpected(place, "true or false", kind(Some(&other)))),
        }
    };
    map.into_iter().map(entry).collect::<Read<_>>().map(Selection)
}

// The readers take their value, as those of texts and lists must.
#[allow(clippy::needless_pass_by_value)]
fn boolean(value: Value, place: Place<'_>) -> Read<bool> {
    value.as_bool().ok_or_else(|| unexpected(place, "true or false", kind(Some(&value))))
}

#[allow(clippy::needless_pass_by_value)]
fn uuid(value: Value, place: Place<'_>) -> Read<Uuid> {
    let id = value.as_str().and_then(|text| Uuid::try_parse(text).ok()).filter(|id| !id.is_nil());
    id.ok_or_else(|| unexpected(place, "a UUID", word(Some(&value))))
}

#[allow(clippy::needless_pass_by_value)]
fn timestamp(value: Value, place: Place<'_>) -> Read<Timestamp> {
    let at = match &value {
        Value::String(text) => parse_rfc3339(text),
        // A browser's clock may give fractions of a millisecond.
        #[allow(clippy::cast_possible_truncation)]
        Value::Number(ms) => ms.as_i64().or_else(|| ms.as_f64().map(|ms| ms as i64)).map(Timestamp),
        _ => None,
    };
    at.ok_or_else(|| {
        unexpected(place, "a time as RFC 3339 or as milliseconds since 1970", word(Some(&value)))
    })
}

#[allow(clippy::needless_pass_by_value)]
fn pixels(value: Value, place: Place<'_>) -> Read<u32> {
    let pixels =
        value.as_u64().and_then(|pixels| u32::try_from(pixels).ok()).filter(|pixels| *pixels <= 100_000);
    pixels.ok_or_else(|| unexpected(place, "a whole number of pixels", kind(Some(&value))))
}

#[allow(clippy::needless_pass_by_value)]
fn density(value: Value, place: Place<'_>) -> Read<f32> {
    #[allow(clippy::cast_possible_truncation)]
    let density =
        value.as_f64().filter(|density| (0.0..=100.0).contains(density)).map(|density| density as f32);
    density.ok_or_else(|| unexpected(place, "a number of device pixels to a pixel", kind(Some(&value))))
}

#[cfg(test)]
mod tests;
