//! A case of a component's tests: a JSON file with what it is given and what must come out.
//!
//! ```json
//! { "about": "…", "event": { "type": "page" }, "settings": { "api_key": "k" }, "request": { "method": "POST", … } }
//! ```
//!
//! `event` is written over the sample event of its type, so that a case says what matters to it. What comes out is `request`,
//! `error` or `consent`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use selvedge_core::consent::State;
use selvedge_core::event::{Event, EventType};
use selvedge_guests::link::Component;
use selvedge_guests::{Failure, Interface, Request, sample};
use serde_json::{Map, Value, json};

use super::show;
use super::subject::{Allowed, start};
use crate::file;

/// The keys of what comes out.
const OUTCOMES: [&str; 3] = ["request", "error", "consent"];

/// One case.
#[derive(Debug)]
pub(crate) struct Fixture {
    pub(crate) file: PathBuf,
    case: Map<String, Value>,
}

impl Fixture {
    /// The cases of a directory, by name.
    ///
    /// # Errors
    /// When there is no such directory, or a file in it is no case.
    pub(crate) fn all(directory: &Path) -> Result<Vec<Self>> {
        let entries = std::fs::read_dir(directory).with_context(|| {
            format!("there are no cases in {}; name an event: --event page", directory.display())
        })?;
        let mut files: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        files.retain(|file| file.extension().is_some_and(|ext| ext == "json"));
        files.sort();
        files.into_iter().map(Self::read).collect()
    }

    fn read(file: PathBuf) -> Result<Self> {
        let text =
            std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let case = serde_json::from_str(&text).with_context(|| format!("{} is no case", file.display()))?;
        Ok(Self { file, case })
    }

    /// Its name: the file's.
    pub(crate) fn name(&self) -> String {
        self.file.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// What must come out.
    pub(crate) fn expected(&self) -> Map<String, Value> {
        self.case
            .iter()
            .filter(|(key, _)| OUTCOMES.contains(&key.as_str()))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect()
    }

    /// What does come out.
    ///
    /// # Errors
    /// When the case cannot be played, or the component fails other than by saying so.
    pub(crate) fn play(&self, component: &Component, allowed: Allowed) -> Result<Map<String, Value>> {
        let play = || -> Result<Map<String, Value>> {
            let settings = self.texts("settings")?;
            let guest = component.guest();
            let outcome = if component.interface == Interface::ConsentMapping {
                start(&guest, allowed).map(&self.texts("cookies")?, &settings).result.map(consent)
            } else {
                let given = self.case.get("event").unwrap_or(&Value::Null);
                start(&guest, allowed)
                    .event(&event(given)?, &settings)
                    .result
                    .map(|made| json!({ "request": request(&made) }))
            };
            match outcome {
                Ok(Value::Object(outcome)) => Ok(outcome),
                Err(Failure::Refused(reason)) => Ok(Map::from_iter([("error".to_owned(), reason.into())])),
                Ok(_) => bail!("nothing came out"),
                Err(failure) => Err(failure.into()),
            }
        };
        play().with_context(|| self.file.display().to_string())
    }

    /// Writes what came out as what must.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn update(&self, outcome: Map<String, Value>) -> Result<()> {
        let mut case = self.case.clone();
        case.retain(|key, _| !OUTCOMES.contains(&key.as_str()));
        case.extend(outcome);
        file::write(&self.file, format!("{:#}\n", Value::Object(case)).as_bytes())
    }

    fn texts(&self, key: &str) -> Result<Vec<(String, String)>> {
        let Some(value) = self.case.get(key) else { return Ok(Vec::new()) };
        let map = value.as_object().ok_or_else(|| anyhow!("{key:?} is an object of texts"))?;
        let texts = map.iter().map(|(name, value)| match value {
            Value::String(text) => Ok((name.clone(), text.clone())),
            other => bail!("{key}.{name} is a text, not {other}"),
        });
        texts.collect()
    }
}

/// An event: what is given, written over the sample of its type.
///
/// # Errors
/// When it does not have the form of one.
pub(crate) fn event(given: &Value) -> Result<Event> {
    let kinds = EventType::all();
    let kind = given.get("type").and_then(Value::as_str);
    let kind = kinds.iter().find(|known| Some(known.word()) == kind);
    let kind =
        kind.ok_or_else(|| anyhow!("\"event\" has a type, which is \"page\", \"track\" or \"user\""))?;
    let mut event = serde_json::to_value(sample::event(*kind)).context("the sample event")?;
    overwrite(&mut event, given);
    serde_json::from_value(event).context("\"event\" is not one")
}

fn overwrite(to: &mut Value, from: &Value) {
    match (to, from) {
        (Value::Object(to), Value::Object(from)) => {
            for (key, value) in from {
                overwrite(to.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (to, from) => *to = from.clone(),
    }
}

fn consent(state: Option<State>) -> Value {
    json!({ "consent": state.map(|state| format!("{state:?}").to_lowercase()) })
}

fn request(request: &Request) -> Value {
    let mut headers = Map::new();
    for (name, value) in &request.headers {
        headers.insert(name.clone(), value.clone().into());
    }
    // An object reads best; where a name comes twice, pairs say so.
    let headers =
        if headers.len() == request.headers.len() { Value::Object(headers) } else { json!(request.headers) };
    json!({
        "method": request.method.as_str(),
        "url": request.url,
        "headers": headers,
        "forward_client_headers": request.forward_client_headers,
        "body": show::json(&request.body).unwrap_or_else(|| request.body.clone().into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_says_what_matters_and_the_sample_says_the_rest() {
        let event = event(
            &json!({ "type": "track", "data": { "name": "x" }, "context": { "page": { "title": "T" } } }),
        )
        .unwrap();
        let selvedge_core::event::Data::Track(track) = &event.data else { panic!("{event:?}") };
        assert_eq!(track.name, "x");
        assert_eq!(event.context.page.title.as_deref(), Some("T"));
        assert_eq!(event.context.client.ip.as_deref(), Some("203.0.113.9"));
    }

    #[test]
    fn what_is_no_event_is_told() {
        for given in [json!({}), json!({ "type": "click" }), json!({ "type": "page", "timestamp": "now" })] {
            assert!(super::event(&given).is_err(), "{given}");
        }
    }
}
