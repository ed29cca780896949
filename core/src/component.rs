//! What a destination is: a pure function from a batch of events and its settings to HTTP requests, or to records for
//! the platform's own sinks.

mod answer;
mod token;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt::Debug;

use thiserror::Error;

use crate::account::DropReason;
use crate::config::{self, Setting};
use crate::consent::{Purpose, State};
use crate::event::Event;
use crate::facts::{Random, Timestamp};
use crate::sink::{Sink, Write};

pub use answer::{ANSWER_BYTES, Fate, Reader, Response};
pub use token::{Ask, Credentials, Token, token_key};

/// A kind of destination, as the registry lists it.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// The `kind` of the configuration.
    pub name: &'static str,
    /// The purposes it needs unless the configuration says otherwise.
    pub purposes: &'static [Purpose],
    /// Whether it is a conversion API: made of personal data that the visitor agreed to be known by.
    pub conversions: bool,
    /// The vendor's number on the IAB's Global Vendor List, where it is there.
    pub tcf_vendor: Option<u16>,
    /// The settings it takes.
    pub settings: &'static [SettingSpec],
    /// Makes a destination of resolved settings.
    pub build: fn(&ResolvedSettings) -> Result<Box<dyn Destination>, SettingError>,
}

/// What components can be made of: the kinds that are built in, and what third parties wrote.
#[derive(Debug, Clone, Copy)]
pub struct Registry<'r> {
    /// The kinds that are built in.
    pub kinds: &'r [Kind],
    /// What third parties wrote, where the artifact carries any of it.
    pub foreign: Option<&'r dyn Foreign>,
}

impl<'r> From<&'r [Kind]> for Registry<'r> {
    fn from(kinds: &'r [Kind]) -> Self {
        Self { kinds, foreign: None }
    }
}

impl<'r, const N: usize> From<&'r [Kind; N]> for Registry<'r> {
    fn from(kinds: &'r [Kind; N]) -> Self {
        Self { kinds, foreign: None }
    }
}

/// What third parties wrote, as the artifact carries it.
pub trait Foreign: Debug {
    /// Makes a destination of a component of the kind [`config::WASM`].
    ///
    /// # Errors
    /// When the artifact does not carry it, or it is no destination.
    fn destination(
        &self,
        component: &config::Component,
        settings: &ResolvedSettings,
    ) -> Result<Box<dyn Destination>, String>;

    /// Makes a mapping for [`config::Cmp::Wasm`].
    ///
    /// # Errors
    /// When the artifact does not carry it, or it is no mapping.
    fn mapping(&self, consent: &config::Consent) -> Result<Box<dyn Mapping>, String>;
}

/// What a component that reads a cookie may compute while the visitor waits, in instructions: 2.5 ms.
pub const MAPPING_FUEL: u64 = 1_000_000;

/// Reads a consent management platform's cookie, as a third party's component does.
pub trait Mapping: Debug + Send + Sync {
    /// What the cookie says; none where it says nothing.
    ///
    /// # Errors
    /// When the component fails, with what there is to say of it.
    fn map(&self, cookie: (&str, &str), moment: &Moment<'_>) -> Result<Option<State>, String>;
}

/// One setting that a kind takes.
#[derive(Debug, Clone, Copy)]
pub struct SettingSpec {
    /// Its name, as the vendor's without the vendor's prefix, in snake case.
    pub name: &'static str,
    /// Whether the kind works without.
    pub required: bool,
    /// Whether it should be a secret: checking warns where it is written out.
    pub secret: bool,
    /// What it is and where the vendor shows it, in one sentence.
    pub help: &'static str,
}

/// What is wrong with a setting.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("setting `{name}`: {problem}")]
pub struct SettingError {
    /// Its name.
    pub name: &'static str,
    /// What is wrong, and what was meant.
    pub problem: String,
}

/// Settings with their secrets put in, and the `endpoint` that replaces the vendor's base URL.
#[derive(Clone, Default)]
pub struct ResolvedSettings {
    /// By name; never [`Setting::Secret`].
    pub values: BTreeMap<String, Setting>,
    /// `scheme://host[:port][/path]` without a slash at the end.
    pub endpoint: Option<String>,
}

impl Debug for ResolvedSettings {
    /// Names only: values may be secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ResolvedSettings").field("names", &self.values.keys()).finish_non_exhaustive()
    }
}

impl ResolvedSettings {
    /// A setting's text; a number is written out. Empty text counts as absent.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        match self.values.get(name)? {
            Setting::Text(text) if text.is_empty() => None,
            Setting::Text(text) => Some(text.clone()),
            Setting::Integer(number) => Some(number.to_string()),
            Setting::Bool(_) | Setting::List(_) | Setting::Secret(_) => None,
        }
    }

    /// A setting's text, which must be there.
    ///
    /// # Errors
    /// When it is absent, empty, or not text.
    pub fn required(&self, name: &'static str) -> Result<String, SettingError> {
        self.text(name).ok_or_else(|| SettingError { name, problem: "is required".into() })
    }
}

/// What a destination is told beside the events.
#[derive(Debug)]
pub struct Moment<'a> {
    /// When the request is made.
    pub now: Timestamp,
    /// Randomness for vendors that ask for it.
    pub random: &'a Random,
    /// What third parties' components may still compute for this visit, in instructions: [`crate::budget::Budget::fuel`].
    pub fuel: &'a Cell<u64>,
    /// The token that its requests carry, where the destination has credentials for one and it is at hand.
    pub token: Option<&'a str>,
}

/// A request that a destination wants sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Outbound {
    /// `GET`, `POST` or `PUT`.
    pub method: http::Method,
    /// Absolute.
    pub url: String,
    /// Fields, by lower-case name.
    pub headers: Vec<(&'static str, String)>,
    /// The body, perhaps empty.
    pub body: Vec<u8>,
}

impl Debug for Outbound {
    /// Where it goes and no more: some vendors take their tokens in the query, the others in a field, and the body is
    /// somebody's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let url = self.url.split(['?', '#']).next().unwrap_or_default();
        f.debug_struct("Outbound").field("method", &self.method).field("url", &url).finish_non_exhaustive()
    }
}

/// What a destination makes of a batch: requests or writes, and the events that it has no use for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Encoded {
    /// As few as the vendor's format allows; each with the indices of the batch's events that it carries.
    pub requests: Vec<(Outbound, Vec<usize>)>,
    /// Calls to the platform's own sinks, of the kind that [`Destination::sink`] says; each with the same indices.
    pub writes: Vec<(Write, Vec<usize>)>,
    /// Indices of the batch's events that it does not carry, and why.
    pub dropped: Vec<(usize, DropReason)>,
    /// Indices of more that it does not carry, with why, and its own words for the log.
    pub refused: Vec<Refused>,
}

/// Events that a destination does not carry, and its own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Why, in one of our words.
    pub reason: DropReason,
    /// Why, in its words: a line of bounded length.
    pub said: String,
    /// Indices of the batch's events.
    pub events: Vec<usize>,
}

/// A destination, built once from its settings. Pure: the same batch at the same moment gives the same requests.
pub trait Destination: Debug + Send + Sync {
    /// Turns the events of one visit into requests. Where a token is needed that is not at hand, these are not sent:
    /// they show whether there is anything to have a token for.
    fn encode(&self, batch: &[&Event], moment: &Moment<'_>) -> Encoded;

    /// Whether a batch may hold the events of several visits: where each event says whose it is, and nothing is drawn or
    /// concluded for the batch as a whole.
    fn merges(&self) -> bool {
        false
    }

    /// By which of the platform's sinks its events leave, if not by requests. Where the platform has none of the kind,
    /// the destination is refused.
    fn sink(&self) -> Option<Sink> {
        None
    }

    /// What its requests' token is had for, where they carry one.
    fn credentials(&self) -> Option<&dyn Credentials> {
        None
    }

    /// What reads the vendor's answers. Without it their bodies stay unread, and the status says it all.
    fn reader(&self) -> Option<Reader> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_shows_nobody_its_secrets() {
        let request = Outbound {
            method: http::Method::POST,
            url: "https://a.example/v3/events?access_token=hidden".into(),
            headers: vec![("authorization", "Bearer hidden".into())],
            body: b"hidden".to_vec(),
        };
        assert_eq!(
            format!("{request:?}"),
            r#"Outbound { method: POST, url: "https://a.example/v3/events", .. }"#
        );
    }
}
