//! `[[component]]`: the destinations.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Condition, Transform};
use crate::consent::Purpose;
use crate::event::EventType;

/// What a destination gets of a visitor who has not agreed to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum WithoutConsent {
    /// Nothing.
    #[default]
    Drop,
    /// The event without anything that could tell who it was.
    Anonymous,
}

/// What becomes of e-mail addresses, telephone numbers and the like in properties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PersonalData {
    /// It is taken out.
    Redact,
    /// The destination gets it, where the visitor has consented to it.
    Keep,
}

/// When a destination gets its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeliveryMode {
    /// As soon as the response is out.
    #[default]
    Direct,
    /// By way of the outbox: many visits become one request, a little later.
    Queue,
}

/// What becomes of what could not be delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Delivery {
    /// Keep what could not be delivered outside, in a queue on Cloudflare and in a KV store on Fastly, and try again.
    pub outbox: bool,
    /// How long to wait before the second attempt, 1 to 3600 seconds; then twice as long each time, up to 6 hours.
    pub retry_seconds: u16,
    /// For how long it is tried again: 1 to 96 hours. Then it is dropped as `expired`.
    pub keep_hours: u16,
    /// Set aside what was in the outbox and could not be delivered after all.
    pub dead_letters: bool,
}

impl Default for Delivery {
    fn default() -> Self {
        Self { outbox: false, retry_seconds: 30, keep_hours: 72, dead_letters: true }
    }
}

/// One destination.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// Which destination. An unknown one is answered with the list. `wasm` is a third party's.
    pub kind: String,
    /// Its name in logs and in the `components` of an event. Letters, digits, `-`, `_`, `.`; unique; not `all`. Omitted: the
    /// kind.
    #[serde(default)]
    pub id: String,
    /// The purposes it needs. With an empty list it may always have everything. Omitted: the kind's own.
    #[serde(default)]
    pub purposes: Option<Vec<Purpose>>,
    /// What it gets without them.
    #[serde(default)]
    pub without_consent: WithoutConsent,
    /// What becomes of properties that look like personal data. Omitted: conversion APIs keep it, all others do not.
    #[serde(default)]
    pub personal_data: Option<PersonalData>,
    /// When it gets its events.
    #[serde(default)]
    pub delivery: DeliveryMode,
    /// The vendor's number on the IAB's Global Vendor List, whose consent it then needs where a TCF string names vendors.
    /// Omitted: the kind's own.
    #[serde(default)]
    pub tcf_vendor: Option<u16>,
    /// Which events.
    #[serde(default = "EventType::all")]
    pub events: Vec<EventType>,
    /// Of which part of the visitors it gets events, from 0 to 1: 0.1 is every tenth, and always the same ones.
    #[serde(default = "everyone")]
    pub sample: f64,
    /// `[component.filter]`: which events it wants. Omitted: all that it may have.
    #[serde(default)]
    pub filter: Option<Condition>,
    /// `[[component.transform]]`: what is changed in its copy of an event, in this order.
    #[serde(default, rename = "transform")]
    pub transforms: Vec<Transform>,
    /// Replaces scheme, host and port of the vendor's every URL; a path is put before the vendor's. `https` except on
    /// loopback; no query. Kinds that write to the platform itself post their records there instead, a line each. Omitted: the
    /// vendor's.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// For `wasm`: the component's file, from where the configuration is.
    #[serde(default)]
    pub file: Option<String>,
    /// For `wasm`: `[component.limits]`, what the component may use.
    #[serde(default)]
    pub limits: GuestLimits,
    /// `[component.settings]`: what the kind asks for.
    #[serde(default)]
    pub settings: Settings,
}

/// The kind of components that third parties wrote.
pub const WASM: &str = "wasm";

/// What is said of third parties' components where there is nothing to run them.
pub const WITHOUT_GUESTS: &str =
    "this artifact was built without third parties' components: build it with this configuration";

/// What a third party's component may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct GuestLimits {
    /// Instructions for one event, 10,000 to 40,000,000. 400 million take about a second.
    pub fuel: u32,
    /// Memory in MiB, 1 to 64.
    pub memory_mib: u8,
}

impl Default for GuestLimits {
    fn default() -> Self {
        Self { fuel: 4_000_000, memory_mib: 16 }
    }
}

fn everyone() -> f64 {
    1.0
}

/// A component's settings, by name.
pub type Settings = BTreeMap<String, Setting>;

/// One setting.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(untagged))]
pub enum Setting {
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// Yes or no.
    Bool(bool),
    /// Several texts.
    List(Vec<String>),
    /// A secret, by its name in the platform's store.
    Secret(#[cfg_attr(feature = "schema", schemars(with = "super::SecretRef"))] String),
}

/// How a [`Setting`] is carried: a format that names its variants, such as postcard, needs them spelled out; TOML and
/// JSON tell them apart by what they look like.
mod setting_serde {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Setting;
    use crate::config::SecretRef;

    #[derive(Serialize, Deserialize)]
    enum Tagged {
        Text(String),
        Integer(i64),
        Bool(bool),
        List(Vec<String>),
        Secret(String),
    }

    #[derive(Serialize, Deserialize)]
    #[serde(
        untagged,
        expecting = "expected text, a whole number, true or false, a list of texts, or { secret = \"NAME\" }"
    )]
    enum Plain {
        Text(String),
        Integer(i64),
        Bool(bool),
        List(Vec<String>),
        Secret(SecretRef),
    }

    impl Serialize for Setting {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let this = self.clone();
            if serializer.is_human_readable() {
                match this {
                    Self::Text(v) => Plain::Text(v),
                    Self::Integer(v) => Plain::Integer(v),
                    Self::Bool(v) => Plain::Bool(v),
                    Self::List(v) => Plain::List(v),
                    Self::Secret(secret) => Plain::Secret(SecretRef { secret }),
                }
                .serialize(serializer)
            } else {
                match this {
                    Self::Text(v) => Tagged::Text(v),
                    Self::Integer(v) => Tagged::Integer(v),
                    Self::Bool(v) => Tagged::Bool(v),
                    Self::List(v) => Tagged::List(v),
                    Self::Secret(v) => Tagged::Secret(v),
                }
                .serialize(serializer)
            }
        }
    }

    impl<'de> Deserialize<'de> for Setting {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            Ok(if deserializer.is_human_readable() {
                match Plain::deserialize(deserializer)? {
                    Plain::Text(v) => Self::Text(v),
                    Plain::Integer(v) => Self::Integer(v),
                    Plain::Bool(v) => Self::Bool(v),
                    Plain::List(v) => Self::List(v),
                    Plain::Secret(v) => Self::Secret(v.secret),
                }
            } else {
                match Tagged::deserialize(deserializer)? {
                    Tagged::Text(v) => Self::Text(v),
                    Tagged::Integer(v) => Self::Integer(v),
                    Tagged::Bool(v) => Self::Bool(v),
                    Tagged::List(v) => Self::List(v),
                    Tagged::Secret(v) => Self::Secret(v),
                }
            })
        }
    }
}
