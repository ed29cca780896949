//! The platform's own sinks that a configuration names, and what they were given.

use selvedge_components::registry;
use selvedge_core::config::check;
use selvedge_core::config::{Config, Setting};
use selvedge_core::sink::Sink;
use serde_json::{Map, Value, json};

/// A sink that no host has, whatever the configuration says.
pub(super) const UNBOUND: &str = "UNBOUND";

/// A record that a sink was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Which: `queue EVENTS`.
    pub sink: String,
    /// The record as it rests there, as JSON.
    pub record: String,
}

/// A sink by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) sink: Sink,
    pub(super) name: String,
}

impl Named {
    /// Those of a configuration that are there.
    pub(super) fn of(config: &Config) -> Vec<Self> {
        let mut all = Vec::new();
        for component in &config.components {
            let name = component.settings.get("binding").or(component.settings.get("endpoint_name"));
            let (Some(sink), Some(Setting::Text(name))) = (check::sink(component, registry()), name) else {
                continue;
            };
            let named = Self { sink, name: name.clone() };
            if *name != UNBOUND && !all.contains(&named) {
                all.push(named);
            }
        }
        all
    }

    /// A record as it rests in the sink: of a data point the columns that are not empty, as Analytics Engine names them.
    pub(super) fn stored(&self, record: &str) -> String {
        if self.sink != Sink::Dataset {
            return record.to_owned();
        }
        let point: Value = serde_json::from_str(record).unwrap_or_default();
        let mut columns = Map::new();
        for (list, name) in [("indexes", "index"), ("blobs", "blob"), ("doubles", "double")] {
            for (value, n) in point[list].as_array().into_iter().flatten().zip(1..) {
                if *value != json!("") && value.as_f64() != Some(0.0) {
                    columns.insert(format!("{name}{n}"), value.clone());
                }
            }
        }
        Value::Object(columns).to_string()
    }

    /// As a transcript calls it.
    pub(super) fn title(&self) -> String {
        format!("{} {}", self.sink.word(), self.name)
    }

    /// What an emulator writes before a record of it: Viceroy by itself, workerd by `sink.js`.
    fn mark(&self) -> String {
        match self.sink {
            Sink::LogEndpoint => format!("{} :: ", self.name),
            Sink::Queue | Sink::Dataset => format!("{} :: ", self.title()),
        }
    }
}

/// What a line of an emulator's log says was written.
pub(super) fn read(line: &str, sinks: &[Named]) -> Option<Written> {
    sinks.iter().find_map(|named| {
        let record = line.strip_prefix(&named.mark())?;
        Some(Written { sink: named.title(), record: record.to_owned() })
    })
}
