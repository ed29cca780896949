//! What has happened, and what happens, as server-sent events. A browser that comes back says what it has seen.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::Inspector;

/// What one browser has been told.
struct Reader {
    inspector: Arc<Inspector>,
    changed: watch::Receiver<u64>,
    /// The last entry.
    number: u64,
    /// The last change of what is inspected.
    changes: Option<u64>,
    cleared: u64,
}

pub(super) async fn stream(
    State(inspector): State<Arc<Inspector>>,
    headers: HeaderMap,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let seen = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| id.split_once('.'));
    let number = seen.filter(|(epoch, _)| *epoch == inspector.epoch).and_then(|(_, n)| n.parse().ok());
    let changed = inspector.changed.subscribe();
    let cleared = inspector.kept().journal.cleared;
    let number = number.unwrap_or(0);
    // Somebody who has seen what was cleared away since is told so.
    let cleared = if number > 0 && number < cleared { 0 } else { cleared };
    let reader = Reader { inspector, changed, number, changes: None, cleared };
    let events = unfold(reader, |mut reader| async move {
        loop {
            reader.changed.mark_unchanged();
            if let Some(event) = reader.next() {
                return Some((Ok(event), reader));
            }
            // The sender lives as long as the inspector, which the reader holds.
            reader.changed.changed().await.ok()?;
        }
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}

impl Reader {
    /// What is to be told next, if anything.
    fn next(&mut self) -> Option<Event> {
        let kept = self.inspector.kept();
        if self.changes != Some(kept.changes) {
            self.changes = Some(kept.changes);
            let answers: serde_json::Map<String, Value> =
                kept.answers.iter().map(|(id, answer)| (id.clone(), answer.word().into())).collect();
            let mut about = kept.about.clone();
            if let Some(about) = about.as_object_mut() {
                about.insert("epoch".into(), self.inspector.epoch.as_str().into());
                about.insert("answers".into(), answers.into());
            }
            return Some(Event::default().event("about").data(about.to_string()));
        }
        if self.cleared < kept.journal.cleared {
            self.cleared = kept.journal.cleared;
            return Some(Event::default().event("clear").data(json!({}).to_string()));
        }
        let (number, entry) = kept.journal.after(self.number)?;
        self.number = number;
        Some(Event::default().id(format!("{}.{number}", self.inspector.epoch)).data(&*entry))
    }
}
