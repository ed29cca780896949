//! The inspector: a page that shows what happens while it happens. It is fed with the lines that the service logs and with
//! what the catcher caught, keeps the last of both, and sends them on as server-sent events.

mod guard;
mod journal;
mod page;
mod replay;
mod rerun;
mod stream;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::catcher::Answer;
use journal::Journal;
pub(crate) use rerun::Runner;

/// Where it listens if it can.
pub(crate) const PORT: u16 = 7679;

/// The inspector, as those see it who have something to tell.
#[derive(Debug)]
pub(crate) struct Inspector {
    /// Tells this run from the one before, whose numbers mean nothing now.
    epoch: String,
    state: Mutex<Kept>,
    /// Counts what has happened, so that whoever waits looks again.
    changed: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Kept {
    journal: Journal,
    /// What is inspected: changes count, so that whoever is connected is told again.
    about: Value,
    changes: u64,
    /// What the catcher answers, where it is not the usual.
    answers: BTreeMap<String, Answer>,
    /// Where a visit is replayed to, as host and port: where that is done.
    edge: Option<String>,
    /// What a visit is run through again.
    runner: Option<Arc<Runner>>,
}

impl Inspector {
    /// One that knows nothing yet.
    pub(crate) fn new() -> Arc<Self> {
        let epoch = chrono::Utc::now().timestamp_millis().to_string();
        Arc::new(Self { epoch, state: Mutex::default(), changed: watch::Sender::new(0) })
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, change: impl FnOnce(&mut Kept)) {
        change(&mut self.kept());
        self.changed.send_modify(|count| *count += 1);
    }

    /// Says what is inspected: the platform, its addresses, its components, what can be done here.
    pub(crate) fn about(&self, about: Value) {
        self.tell(|kept| {
            kept.about = about;
            kept.changes += 1;
        });
    }

    /// Says where visits can be replayed, and through what they can be run again.
    pub(crate) fn can(&self, edge: Option<String>, runner: Runner) {
        self.tell(|kept| (kept.edge, kept.runner) = (edge, Some(Arc::new(runner))));
    }

    /// Takes what a program has printed. True where it was a visit told whole, which nobody reads as it is.
    pub(crate) fn printed(&self, printed: &str) -> bool {
        let Some(line) = log_line(printed) else { return false };
        let whole = matches!(text(&line, "/selvedge"), Some("visit" | "again" | "cpu"));
        self.tell(|kept| kept.journal.push(&json!({"line": line})));
        whole
    }

    /// Takes a line of a record: what [`session`] has saved, or of a log.
    pub(crate) fn recorded(&self, text: &str) {
        match serde_json::from_str::<Value>(text) {
            Ok(entry)
                if ["line", "caught"].iter().any(|kind| entry.get(kind).is_some_and(Value::is_object)) =>
            {
                self.tell(|kept| kept.journal.push(&entry));
            }
            _ => drop(self.printed(text)),
        }
    }

    /// Takes what the catcher has caught.
    pub(crate) fn caught(&self, caught: &Value) {
        self.tell(|kept| kept.journal.push(&json!({"caught": caught})));
    }

    /// The visit that a request names, as it was told.
    fn visit(&self, body: &[u8]) -> Option<Value> {
        let said: Value = serde_json::from_slice(body).ok()?;
        let id = text(&said, "/visit")?;
        let told = |entry: &Value| {
            text(entry, "/line/selvedge") == Some("visit") && text(entry, "/line/visit") == Some(id)
        };
        self.kept().journal.last(told)?.get_mut("line").map(Value::take)
    }

    /// What the catcher shall answer a component.
    pub(crate) fn answer(&self, component: &str) -> Answer {
        self.kept().answers.get(component).copied().unwrap_or_default()
    }
}

/// The text at a place in a value (RFC 6901).
fn text<'v>(value: &'v Value, at: &str) -> Option<&'v str> {
    value.pointer(at)?.as_str()
}

/// The object of a line of the log, whatever an emulator has put before it.
fn log_line(text: &str) -> Option<Value> {
    let from = text.find(r#"{"selvedge":"#)?;
    let mut values = serde_json::Deserializer::from_str(text.get(from..)?).into_iter::<Value>();
    values.next()?.ok()
}

/// The page, and what it asks for.
pub(crate) fn router(inspector: &Arc<Inspector>) -> Router {
    Router::new()
        .route("/stream", get(stream::stream))
        .route("/session.ndjson", get(session))
        .route("/clear", post(clear))
        .route("/answers", post(answers))
        .route("/replay", post(repeat))
        .route("/rerun", post(run_again))
        .merge(page::router())
        .layer(middleware::from_fn(guard::guard))
        .with_state(Arc::clone(inspector))
}

/// All that is kept, to be read by `selvedge inspect`.
async fn session(State(inspector): State<Arc<Inspector>>) -> impl IntoResponse {
    let name = "attachment; filename=\"selvedge-session.ndjson\"";
    let text = inspector.kept().journal.text();
    ([(CONTENT_TYPE, "application/x-ndjson"), (CONTENT_DISPOSITION, name)], text)
}

async fn clear(State(inspector): State<Arc<Inspector>>) -> StatusCode {
    inspector.tell(|kept| kept.journal.clear());
    StatusCode::NO_CONTENT
}

/// Chooses what the catcher answers: `{"component": "ga4", "answer": "429"}`.
async fn answers(State(inspector): State<Arc<Inspector>>, body: Bytes) -> Response {
    let said: Value = serde_json::from_slice(&body).unwrap_or_default();
    let answer = text(&said, "/answer").and_then(Answer::of);
    let (Some(component), Some(answer)) = (text(&said, "/component"), answer) else {
        return refused(
            StatusCode::BAD_REQUEST,
            "expected a component, and an answer: 204, 429, 500 or hang",
        );
    };
    inspector.tell(|kept| {
        kept.answers.insert(component.to_owned(), answer);
        kept.changes += 1;
    });
    StatusCode::NO_CONTENT.into_response()
}

/// Sends a visit's request to the edge once more: `{"visit": "…"}`.
async fn repeat(State(inspector): State<Arc<Inspector>>, body: Bytes) -> Response {
    let (told, edge) = (inspector.visit(&body), inspector.kept().edge.clone());
    let Some(edge) = edge else {
        return refused(StatusCode::CONFLICT, "visits are not replayed here: vendors would get them twice");
    };
    let Some(told) = told else { return refused(StatusCode::NOT_FOUND, "this visit is not kept any more") };
    match replay::replay(&told, &edge).await {
        Ok(status) => Json(json!({"status": status})).into_response(),
        Err(error) => refused(StatusCode::BAD_GATEWAY, &format!("{error:#}")),
    }
}

/// Tells what would be sent of a visit with another consent: `{"visit": "…", "consent": "denied"}`.
async fn run_again(State(inspector): State<Arc<Inspector>>, body: Bytes) -> Response {
    let (told, runner) = (inspector.visit(&body), inspector.kept().runner.clone());
    let said: Value = serde_json::from_slice(&body).unwrap_or_default();
    match rerun::answer(runner.as_deref(), told.as_ref(), text(&said, "/consent").unwrap_or_default()) {
        Ok(lines) => Json(lines).into_response(),
        Err(problem) => refused(StatusCode::UNPROCESSABLE_ENTITY, &problem),
    }
}

fn refused(status: StatusCode, problem: &str) -> Response {
    (status, Json(json!({"error": problem}))).into_response()
}

#[cfg(test)]
mod tests;
