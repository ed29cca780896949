//! The cookies by which vendors' own scripts know a visitor, and the parameters by which they know a click.
//!
//! What a request brings is [`read`] from its cookies and [`clicks`] from its page's URL, put together by
//! [`complete`], and told to destinations as `context.ids`. Where the owner wants it, [`issue`] makes the ids that a
//! vendor's script would make, and [`cookies`] keeps them in the browser, for that script to find; [`clear`] takes
//! away what consent no longer covers.
//!
//! The formats are the vendors' own, few of them documented: `catalogue` names the source of each. Cookies are text
//! that anyone can write, so an id is taken only where all of it has its vendor's shape. What has not is as if it
//! were not there.
//!
//! Nothing here knows what was agreed to: [`purpose`] says what each id is for.

mod amplitude;
mod catalogue;
mod click;
mod escape;
mod google;
mod json;
mod shape;
mod write;

use http::HeaderMap;

use super::jar;
use crate::consent::Purpose;
use crate::event::Ids;

pub use amplitude::{Amplitude, amplitude};
pub use click::{clicks, complete};
pub use google::{
    GA_SESSION_MS, GaSession, ga_client_id, ga_session, gclid, google_client_id, google_session, wbraid,
};
pub use json::{Mixpanel, PostHog, mixpanel, piano, posthog};
pub use shape::{
    epik, fbc, fbp, linkedin, matomo, microsoft, reddit, reddit_click, scid, segment, snowplow, ttclid, ttp,
};
pub use write::{Issue, Place, Vendor, clear, cookies, issue};

/// The longest value that is looked at where it is an id and little else, in bytes.
pub const MAX_PLAIN: usize = 512;

/// The longest value that is looked at where it is JSON, in bytes.
pub const MAX_JSON: usize = 4096;

/// How many bytes of ids, names included, one request may bring: every event carries them.
pub const MAX_IDS: usize = 4096;

/// How many cookies of JSON are opened for one request: of each vendor the website's own, and few more.
const MAX_OPENED: usize = 12;

/// What the id of that name is for; none for a name that is not a vendor's.
#[must_use]
pub fn purpose(name: &str) -> Option<Purpose> {
    catalogue::find(name)
        .map(|entry| entry.purpose)
        .or_else(|| click::is_parameter(name).then_some(Purpose::Advertising))
}

/// The ids in the vendors' cookies, under the cookies' names. Of several cookies of one name, the first that has its
/// vendor's shape: browsers send the most specific first.
#[must_use]
pub fn read(headers: &HeaderMap) -> Ids {
    let mut ids = Ids::default();
    let (mut left, mut opened) = (MAX_IDS, 0);
    for (name, value) in jar::pairs(headers) {
        let Some(entry) = catalogue::find(name) else { continue };
        if value.len() > entry.limit() || ids.get(name).is_some() {
            continue;
        }
        if entry.json {
            opened += 1;
            if opened > MAX_OPENED {
                continue;
            }
        }
        let Some(id) = (entry.read)(value) else { continue };
        if let Some(rest) = left.checked_sub(name.len() + id.len()) {
            left = rest;
            ids.put(name, id);
        }
    }
    ids
}

#[cfg(test)]
mod seen;
#[cfg(test)]
#[path = "native_tests.rs"]
mod tests;
