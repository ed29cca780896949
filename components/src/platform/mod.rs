//! What the platforms themselves take events by: no request to anybody, and so no subrequest. Each works on its own
//! platform alone; with an `endpoint` the same records are posted there instead, line by line, which every platform can.

pub mod analytics_engine;
pub mod cloudflare_queue;
pub mod fastly_log;

use http::Method;
use selvedge_core::account::DropReason;
use selvedge_core::component::{Encoded, Outbound, ResolvedSettings, SettingError};
use selvedge_core::event::Event;
use selvedge_core::sink::{Sink, Write};

use crate::batch::batches;
use crate::request::USER_AGENT;

/// Where records go.
#[derive(Debug)]
enum Place {
    /// To the platform's sink of that name.
    Sink(Sink, String),
    /// To a URL, instead.
    Endpoint(String),
}

/// What one call takes.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    /// Bytes of a record; an event that is larger is dropped.
    record: usize,
    /// Records of a call.
    count: usize,
    /// Bytes of a call.
    bytes: usize,
    /// Bytes that each record takes of those beside its own.
    between: usize,
}

/// A record, and the index of the event that it is of.
type Record = (usize, String);

impl Place {
    fn of(settings: &ResolvedSettings, sink: Sink, name: String) -> Self {
        match &settings.endpoint {
            Some(url) => Self::Endpoint(url.clone()),
            None => Self::Sink(sink, name),
        }
    }

    fn sink(&self) -> Option<Sink> {
        match self {
            Self::Sink(sink, _) => Some(*sink),
            Self::Endpoint(_) => None,
        }
    }

    fn encode(&self, records: impl Iterator<Item = Record>, bounds: Bounds) -> Encoded {
        let (fit, large): (Vec<_>, Vec<_>) = records.partition(|(_, text)| text.len() <= bounds.record);
        let dropped = large.into_iter().map(|(event, _)| (event, DropReason::TooLarge)).collect();
        let mut encoded = Encoded { dropped, ..Encoded::default() };
        match self {
            Self::Sink(sink, name) => {
                let limits = (bounds.count, bounds.bytes, bounds.between);
                for call in batches(fit, |(_, text)| text.len(), limits) {
                    let (events, records) = call.into_iter().unzip();
                    encoded.writes.push((Write { sink: *sink, name: name.clone(), records }, events));
                }
            }
            Self::Endpoint(url) if !fit.is_empty() => {
                let (events, mut lines): (Vec<_>, Vec<_>) = fit.into_iter().unzip();
                lines.push(String::new());
                encoded.requests.push((posted(url, &lines.join("\n")), events));
            }
            Self::Endpoint(_) => {}
        }
        encoded
    }
}

fn posted(url: &str, lines: &str) -> Outbound {
    let headers =
        vec![("content-type", "application/x-ndjson".to_owned()), ("user-agent", USER_AGENT.to_owned())];
    Outbound { method: Method::POST, url: url.to_owned(), headers, body: lines.as_bytes().to_vec() }
}

/// Events as they are, a record each.
fn whole(batch: &[&Event]) -> impl Iterator<Item = Record> {
    // Cannot fail for an event, all of whose maps have text for keys.
    let text = |event: &&Event| serde_json::to_string(event).unwrap_or_default();
    batch.iter().map(text).enumerate()
}

/// The name of a binding, which is a name of JavaScript's. The outbox has one of its own.
fn binding(settings: &ResolvedSettings) -> Result<String, SettingError> {
    let name = settings.required("binding")?;
    let wrong = |problem: String| Err(SettingError { name: "binding", problem });
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$';
    if name == "SELVEDGE_OUTBOX" {
        return wrong("is the outbox's own: its messages are not for others".into());
    }
    if name.starts_with(|first: char| first.is_ascii_digit()) || !name.bytes().all(fits) {
        return wrong(format!("`{name}` is not a binding's name: letters, digits and `_`, such as EVENTS"));
    }
    Ok(name)
}
