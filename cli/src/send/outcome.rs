//! What became of it, for each destination: the requests that it would get, and why others would not.

use anyhow::Result;
use selvedge_core::config::{Component, Config};
use selvedge_core::event::{Data, Event};
use selvedge_core::plan::Delivery;
use serde_json::{Value, json};

use super::run::Ran;
use super::secret::{Piece, Vault, mentions};

/// A destination.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) requests: Vec<Sent>,
    pub(super) dropped: Vec<Dropped>,
    /// What is amiss with the component itself.
    pub(super) problem: Option<String>,
}

/// A request, its secrets masked.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) method: String,
    pub(super) url: Vec<Piece>,
    pub(super) headers: Vec<(String, Vec<Piece>)>,
    /// Text; or bytes that are none.
    pub(super) body: Result<Vec<Piece>, Vec<u8>>,
    pub(super) events: Vec<String>,
    /// Whether something in it was made of a secret that is not known here, as signatures are.
    pub(super) unsigned: bool,
}

impl Sent {
    /// Whether a variable stands in it.
    pub(super) fn needs(&self, variable: &str) -> bool {
        let body = self.body.as_deref().unwrap_or_default();
        let headers = self.headers.iter().map(|(_, value)| &value[..]);
        headers.chain([&self.url[..], body]).any(|pieces| mentions(pieces, variable))
    }
}

/// Events that it does not get.
#[derive(Debug)]
pub(super) struct Dropped {
    pub(super) reason: String,
    pub(super) events: u64,
    /// Where it is for want of consent: what was said, and who said it.
    pub(super) consent: Option<(String, String)>,
}

/// What one run says of each component, or of the one that is asked for. `other` is of the same run with other values
/// where secrets are absent.
pub(super) fn outcomes(
    config: &Config,
    only: Option<&str>,
    (ran, vault): (&Ran, &Vault),
    (other, other_vault): (&Ran, &Vault),
) -> Vec<Outcome> {
    let asked = |component: &&Component| only.is_none_or(|id| component.id == id || component.kind == id);
    let of = |component: &Component| {
        let deliveries = ran.plan.deliveries.iter().zip(&other.plan.deliveries);
        let deliveries = deliveries.filter(|(delivery, _)| delivery.component == component.id);
        let requests = deliveries.map(|(delivery, other)| {
            let (sent, other) = (sent(delivery, vault), sent(other, other_vault));
            let same = (&sent.url, &sent.headers, &sent.body) == (&other.url, &other.headers, &other.body);
            Sent { unsigned: !same, ..sent }
        });
        let lines = ran.plan.lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let dropped = lines.filter(|line| line["selvedge"] == "drop" && line["component"] == *component.id);
        let text =
            |line: &Value, key: &str| line.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let dropped = dropped.map(|line| Dropped {
            reason: text(&line, "reason"),
            events: line.get("events").and_then(Value::as_u64).unwrap_or_default(),
            consent: line.get("consent").map(|_| (text(&line, "consent"), text(&line, "consent_source"))),
        });
        let problem = ran.problems.iter().find(|line| line["component"] == *component.id);
        Outcome {
            id: component.id.clone(),
            kind: component.kind.clone(),
            requests: requests.collect(),
            dropped: dropped.collect(),
            problem: problem.map(|line| text(line, "problem")),
        }
    };
    config.components.iter().filter(asked).map(of).collect()
}

fn sent(delivery: &Delivery, vault: &Vault) -> Sent {
    let request = &delivery.request;
    let header = |(name, value): &(&str, String)| ((*name).to_owned(), vault.mask(value));
    Sent {
        method: request.method.to_string(),
        url: vault.mask(&request.url),
        headers: request.headers.iter().map(header).collect(),
        body: match std::str::from_utf8(&request.body) {
            Ok(text) => Ok(vault.mask(text)),
            Err(_) => Err(request.body.clone()),
        },
        events: delivery.events.iter().map(|event| named(event)).collect(),
        unsigned: false,
    }
}

/// An event in a word: its type, and what a track is called.
fn named(event: &Event) -> String {
    match &event.data {
        Data::Page(_) => "page".into(),
        Data::Track(track) => format!("track {}", track.name),
        Data::User(_) => "user".into(),
    }
}

/// What a reason means, as `docs/diagnostics.md` has it: its first sentence.
pub(super) fn meaning(reason: &str) -> Option<String> {
    let heading = format!("\n### {reason}\n");
    let (_, section) = include_str!("../../../docs/diagnostics.md").split_once(&heading)?;
    let paragraph = section.trim_start().split("\n\n").next()?.replace('\n', " ");
    let (sentence, _) = paragraph.split_once(". ").unwrap_or((paragraph.trim_end_matches('.'), ""));
    Some(sentence.to_owned())
}

impl Dropped {
    /// For programs.
    pub(super) fn json(&self) -> Value {
        let meaning = meaning(&self.reason);
        let mut value = json!({"reason": self.reason, "events": self.events, "meaning": meaning});
        if let (Some((state, source)), Some(map)) = (&self.consent, value.as_object_mut()) {
            map.insert("consent".into(), json!(state));
            map.insert("consent_source".into(), json!(source));
        }
        value
    }
}
