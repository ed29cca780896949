//! The catcher: takes what would go to the destinations, and shows it.

mod answer;
mod line;
mod read;

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, Uri};
use axum::response::IntoResponse;
use selvedge_core::trace::print;
use serde_json::{Value, json};

use crate::inspector::Inspector;

pub(crate) use answer::Answer;
use read::{Caught, read};

/// Far more than any destination is sent.
const LARGEST: usize = 16 << 20;

/// How events are shown.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Format {
    /// For people: a line each, in colour on a terminal.
    Lines,
    /// For programs: a JSON object each.
    Json,
}

/// A request to a destination, which is caught here.
#[derive(Debug)]
struct Delivery {
    /// Counted from 1.
    number: u64,
    /// The component: the first segment of the path, as `selvedge build --catch` makes it.
    component: String,
    method: Method,
    /// The rest of the path.
    path: String,
    query: String,
    headers: HeaderMap,
    body: Bytes,
}

/// What a catcher goes by.
type Catcher = (Format, Option<Arc<Inspector>>);

/// Answers 204 to everything, or what the inspector says; shows it on stdout and there.
pub(crate) fn router(format: Format, inspector: Option<Arc<Inspector>>) -> Router {
    Router::new().fallback(catch).layer(DefaultBodyLimit::max(LARGEST)).with_state((format, inspector))
}

async fn catch(
    State((format, inspector)): State<Catcher>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> impl IntoResponse {
    static DELIVERIES: AtomicU64 = AtomicU64::new(1);
    let number = DELIVERIES.fetch_add(1, Ordering::Relaxed);
    let (component, path) = split(uri.path());
    let answer = inspector.as_ref().map(|inspector| inspector.answer(&component)).unwrap_or_default();
    if let Some(inspector) = &inspector {
        let whole = uri.path_and_query().map_or(uri.path(), |whole| whole.as_str());
        // No field of it: what a vendor is sent holds secrets, and the visit tells it without.
        inspector.caught(&json!({
            "component": component,
            "delivery": number,
            "method": method.as_str(),
            "print": print(whole, &body),
            "bytes": body.len(),
            "answer": answer.word(),
        }));
    }
    let query = uri.query().unwrap_or_default().to_owned();
    let delivery = Delivery { number, component, method, path, query, headers, body };
    let now = chrono::Local::now();
    for caught in read(&delivery) {
        match format {
            Format::Lines => say(&line::line(&now.format("%H:%M:%S").to_string(), &caught)),
            Format::Json => say(&object(&now.to_rfc3339(), &delivery, caught).to_string()),
        }
    }
    answer.give().await
}

/// `/ga4/g/collect` → `ga4`, `/g/collect`.
fn split(path: &str) -> (String, String) {
    let path = path.strip_prefix('/').unwrap_or(path);
    match path.split_once('/') {
        Some((component, rest)) => (component.to_owned(), format!("/{rest}")),
        None => (path.to_owned(), "/".to_owned()),
    }
}

/// A caught event for programs. `event` is what was sent, as far as it was understood; `body` is there if not.
fn object(now: &str, delivery: &Delivery, caught: Caught) -> Value {
    let headers: serde_json::Map<_, _> = delivery
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), Value::from(String::from_utf8_lossy(value.as_bytes()))))
        .collect();
    let mut object = json!({
        "component": delivery.component,
        "delivery": delivery.number,
        "caught": now,
        "method": delivery.method.as_str(),
        "path": delivery.path,
        "query": delivery.query,
        "headers": headers,
        "format": caught.format,
        "type": caught.kind,
    });
    if let Some(fields) = object.as_object_mut() {
        let body = || Value::from(String::from_utf8_lossy(&delivery.body));
        match caught.event {
            Some(event) => drop(fields.insert("event".into(), event)),
            None => drop(fields.insert("body".into(), body())),
        }
    }
    object
}

/// Prints a line, at once and whole. Nobody there to read it is no reason to stop catching.
pub(crate) fn say(line: &str) {
    let mut stdout = anstream::stdout().lock();
    drop(writeln!(stdout, "{line}").and_then(|()| stdout.flush()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_component_is_the_first_segment() {
        for (path, component, rest) in [
            ("/ga4/g/collect", "ga4", "/g/collect"),
            ("/events", "events", "/"),
            ("/events/", "events", "/"),
            ("/", "", "/"),
        ] {
            assert_eq!(split(path), (component.to_owned(), rest.to_owned()));
        }
    }

    #[test]
    fn programs_get_the_event_or_the_body() {
        let delivery = |body: &'static str| Delivery {
            number: 7,
            component: "events".into(),
            method: Method::POST,
            path: "/in".into(),
            query: String::new(),
            headers: [("webhook-id".parse().unwrap(), "msg_1".parse().unwrap())].into_iter().collect(),
            body: Bytes::from_static(body.as_bytes()),
        };
        let objects = |delivery: &Delivery| {
            read(delivery).into_iter().map(|caught| object("now", delivery, caught)).collect::<Vec<_>>()
        };
        let events = objects(&delivery(r#"{"events":[{"type":"page"},{"type":"user"}]}"#));
        assert_eq!(events.len(), 2);
        assert_eq!(
            events[1],
            json!({
                "component": "events", "delivery": 7, "caught": "now", "method": "POST", "path": "/in", "query": "",
                "headers": {"webhook-id": "msg_1"}, "format": "webhook", "type": "user", "event": {"type": "user"},
            })
        );
        let other = objects(&delivery("hello"));
        assert_eq!(other.len(), 1);
        assert_eq!((&other[0]["body"], &other[0]["format"]), (&json!("hello"), &json!("other")));
    }
}
