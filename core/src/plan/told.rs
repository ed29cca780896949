//! What a plan tells in the log: a line for what was dropped or kept, and its counts.

use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;

use super::Plan;
use crate::account::{DropReason, KeepReason};
use crate::counts::Tally;
use crate::outbox::Parcel;
use crate::trace;

impl Plan {
    /// The visit that it is for, where visits are told whole.
    #[must_use]
    pub fn visit(&self) -> Option<Arc<str>> {
        self.visit.clone()
    }

    /// Adds a line. Where visits are told whole it says which visit it is about, and which events.
    pub(super) fn say(&mut self, mut line: Value, ids: &[Uuid]) {
        if let (Some(fields), true) = (line.as_object_mut(), self.whole && !ids.is_empty()) {
            fields.insert("ids".into(), json!(ids));
        }
        self.lines.push(trace::about(line.to_string(), self.visit.as_deref()));
    }

    /// What was dropped, of each component for each reason.
    pub(super) fn tell(&mut self, dropped: impl IntoIterator<Item = ((String, DropReason), Vec<Uuid>)>) {
        for ((id, reason), ids) in dropped {
            let events = ids.len();
            self.say(json!({"selvedge": "drop", "component": id, "reason": reason, "events": events}), &ids);
            self.counts.add(&id, Tally::Dropped(reason), events);
        }
    }

    /// Keeps a parcel for the outbox.
    pub(super) fn keep(&mut self, parcel: Parcel, reason: KeepReason) {
        let ids: Vec<_> = parcel.events.iter().map(|event| event.uuid).collect();
        let (id, events) = (&parcel.component, ids.len());
        self.counts.add(id, Tally::Kept(reason), events);
        self.say(json!({"selvedge": "kept", "component": id, "reason": reason, "events": events}), &ids);
        self.parcels.push(parcel);
    }
}
