//! What the service says of its configurations.

use anyhow::{Context, Result, bail};
use selvedge_core::config::pushed::Entry;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::platform::Platform;
use crate::service::Service;

/// Which configuration is, or is to be, at work.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Which {
    /// `stamped` or `pushed`.
    from: String,
    pub(super) id: String,
    /// RFC 3339.
    pub(super) at: String,
}

impl Which {
    pub(super) fn is_stamped(&self) -> bool {
        self.from == "stamped"
    }
}

#[derive(Debug, Deserialize)]
struct Said {
    platform: String,
    running: Which,
    chosen: Option<Which>,
    stamped: Option<Which>,
    entries: Vec<String>,
    problems: Vec<String>,
}

/// What there is.
#[derive(Debug)]
pub(super) struct State {
    pub(super) platform: Platform,
    /// What the instance has that answered.
    pub(super) running: Which,
    /// What is to be at work, and is in instances that start now.
    pub(super) chosen: Option<Which>,
    pub(super) problems: Vec<String>,
    /// All of them, the newest first.
    pub(super) all: Vec<Row>,
}

/// A configuration that can be at work.
#[derive(Debug, Clone)]
pub(super) enum Row {
    /// One that was pushed, and its key.
    Pushed(String, Entry),
    /// The artifact's own.
    Stamped(Which),
}

impl Row {
    pub(super) fn id(&self) -> String {
        match self {
            Self::Pushed(_, entry) => entry.name(),
            Self::Stamped(which) => which.id.clone(),
        }
    }

    /// When it was pushed, or compiled into the artifact: RFC 3339.
    pub(super) fn at(&self) -> String {
        match self {
            Self::Pushed(_, entry) => entry.at.rfc3339(),
            Self::Stamped(which) => which.at.clone(),
        }
    }

    /// The order that has it at work.
    pub(super) fn order(&self) -> Value {
        match self {
            Self::Pushed(key, _) => json!({"do": "rollback", "key": key}),
            Self::Stamped(_) => json!({"do": "stamped"}),
        }
    }
}

impl State {
    /// Asks the service.
    ///
    /// # Errors
    /// When it cannot be asked, or has no store.
    pub(super) fn of(service: &Service) -> Result<Self> {
        let said = service.order(&json!({"do": "list"}))?;
        let said: Said = serde_json::from_value(said).context("the service does not say what it has")?;
        let platform = match said.platform.as_str() {
            "fastly" => Platform::Fastly,
            "cloudflare" => Platform::Cloudflare,
            other => bail!("the service runs on {other:?}, which this version does not know"),
        };
        let read = |key: String| Some(Row::Pushed(key.clone(), Entry::read(&key)?));
        let mut all: Vec<_> = said.entries.into_iter().filter_map(read).collect();
        all.extend(said.stamped.map(Row::Stamped));
        all.sort_by_key(|row| std::cmp::Reverse(row.at()));
        Ok(Self { platform, running: said.running, chosen: said.chosen, problems: said.problems, all })
    }

    /// Whether a configuration is the one that is to be at work.
    pub(super) fn is_chosen(&self, row: &Row) -> bool {
        self.chosen.as_ref().is_some_and(|chosen| {
            chosen.is_stamped() == matches!(row, Row::Stamped(_)) && chosen.id == row.id()
        })
    }

    /// How long it takes until a change is at work everywhere, for people.
    pub(super) fn soon(&self) -> &'static str {
        match self.platform {
            Platform::Fastly => "within a minute",
            Platform::Cloudflare => "within two minutes",
        }
    }
}
