//! What an event says of where it happened and to whom, whichever part of it says so.

use selvedge_core::event::{Data, Event, Page};

/// A field of the page: the event's own, where it is a page view, else the visit's.
pub(super) fn page(event: &Event, field: fn(&Page) -> Option<&str>) -> Option<&str> {
    let own = if let Data::Page(page) = &event.data { field(page) } else { None };
    own.or_else(|| field(&event.context.page)).filter(|text| !text.is_empty())
}

/// The URL of the page, with its query.
pub(super) fn url(event: &Event) -> Option<&str> {
    page(event, |page| page.url.as_deref())
}

/// The owner's id of the user: the event's own, where it says who somebody is, else the visit's.
pub(super) fn user_id(event: &Event) -> Option<&str> {
    let own = if let Data::User(user) = &event.data { user.user_id.as_deref() } else { None };
    own.or(event.context.user.user_id.as_deref()).filter(|id| !id.is_empty())
}

/// The owner's id of the user, for vendors that take it as it is. One that is an e-mail address is hashed: it would be
/// plain beside its hash.
pub(super) fn external_id(event: &Event) -> Option<String> {
    let id = user_id(event)?;
    let email = if id.contains('@') { crate::person::email(id) } else { None };
    Some(email.map_or_else(|| id.to_owned(), |email| crate::person::hashed(&email)))
}

/// The id of the visitor.
pub(super) fn visitor_id(event: &Event) -> Option<&str> {
    event.context.user.edgee_id.as_deref().filter(|id| !id.is_empty())
}
