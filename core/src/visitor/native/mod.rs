//! The cookies by which vendors' own scripts know a visitor, and the parameters by which they know a click.

use http::HeaderMap;

use crate::consent::Purpose;
use crate::event::Ids;

/// What the id of that name is for; none for a name that is not a vendor's.
#[must_use]
pub fn purpose(name: &str) -> Option<Purpose> {
    let _ = name;
    None
}

/// The ids in the vendors' cookies.
#[must_use]
pub fn read(headers: &HeaderMap) -> Ids {
    let _ = headers;
    Ids::default()
}

/// The ids of the click that led to a page, by its URL's query, with or without its `?`.
#[must_use]
pub fn clicks(query: &str) -> Ids {
    let _ = query;
    Ids::default()
}
