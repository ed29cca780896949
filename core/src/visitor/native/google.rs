//! Google's cookies: Analytics' client and session, Ads' clicks.
//!
//! `_ga` is `GA1.<depth>.<random>.<seconds>`; the last two numbers are the client id
//! (developers.google.com/analytics/devguides/collection/gtagjs/cookie-usage). `_ga_<stream>` is, since 2025-05,
//! `GS2.<depth>.s<session>$o<count>$g<engaged>$t<last>$j<join timer>$l<logged in>$h<hash>`, its fields in any order,
//! and before was `GS1.<depth>.<session>.<count>.<engaged>.<last>.…`
//! (thyngster.com/google-analytics-4-cookie-format-change-from-gs1-to-gs2-explained). `_gcl_aw`, `_gcl_gb` and
//! `_gcl_dc` are `GCL.<seconds>.<click id>`, perhaps with labels; `_gcl_ag` is `2.1.k<gbraid>$i<seconds>`, `_gcl_au`
//! `1.1.<random>.<seconds>`, perhaps with more.

use md5::{Digest, Md5};

use super::shape::{is_base64url, is_number, is_time, is_token, is_uuid};
use crate::event::{Ids, Session};
use crate::facts::Timestamp;

/// How long a session of Google's lasts without activity: its own default
/// (support.google.com/analytics/answer/9191807).
pub const GA_SESSION_MS: i64 = 30 * 60_000;

/// A session, as Google's tag keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GaSession {
    /// `ga_session_id`: the second in which it began.
    pub id: i64,
    /// `ga_session_number`: counted from 1.
    pub count: u32,
    /// Whether it lasted ten seconds, had a key event or two page views.
    pub engaged: bool,
    /// When the tag last sent something, to the second.
    pub last: Timestamp,
}

impl GaSession {
    /// Reads either format of the cookie.
    pub(super) fn of_cookie(value: &str) -> Option<Self> {
        let (version, rest) = value.split_once('.')?;
        let (depth, rest) = rest.split_once('.')?;
        if !is_depth(depth) {
            return None;
        }
        match version {
            "GS1" => Self::of_numbers(rest),
            "GS2" => {
                let field = |letter: char| rest.split('$').find_map(|field| field.strip_prefix(letter));
                Self::of(field('s')?, field('o')?, field('g')?, field('t')?)
            }
            _ => None,
        }
    }

    /// Reads what [`Ids`] hold.
    pub(super) fn of_id(id: &str) -> Option<Self> {
        Self::of_numbers(id)
    }

    /// `<session>.<count>.<engaged>.<last>`, and perhaps more.
    fn of_numbers(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        Self::of(parts.next()?, parts.next()?, parts.next()?, parts.next()?)
    }

    fn of(id: &str, count: &str, engaged: &str, last: &str) -> Option<Self> {
        if !is_time(id) || !is_number(count, 9) || !is_time(last) {
            return None;
        }
        let engaged = match engaged {
            "0" => false,
            "1" => true,
            _ => return None,
        };
        let last = Timestamp(last.parse::<i64>().ok()?.checked_mul(1000)?);
        let count = count.parse().ok().filter(|count| *count > 0)?;
        Some(Self { id: id.parse().ok()?, count, engaged, last })
    }

    /// What [`Ids`] hold.
    pub(super) fn to_id(self) -> String {
        format!("{}.{}.{}.{}", self.id, self.count, u8::from(self.engaged), self.last.seconds())
    }

    /// What the tag would write at the beginning of a session: its timer for joining sessions stands at a minute, and
    /// nobody is signed in.
    pub(super) fn to_cookie(self) -> String {
        let Self { id, count, engaged, last } = self;
        format!("GS2.1.s{id}$o{count}$g{}$t{}$j60$l0$h0", u8::from(engaged), last.seconds())
    }

    /// Whether the tag would go on with it. The browser's clock and ours differ, either way.
    #[must_use]
    pub fn is_live(self, now: Timestamp) -> bool {
        now.0.abs_diff(self.last.0) < GA_SESSION_MS.unsigned_abs()
    }
}

/// Google's client id of a visitor of ours: the one that Edgee made, so that returning visitors stay the same to
/// Google. It is the MD5 of the UUID's text modulo 10⁹, padded with ones to nine digits, and the second in which the
/// visitor was first seen. An id that is not a UUID is taken to be Google's own, from its cookie.
#[must_use]
pub fn google_client_id(id: &str, first_seen: i64) -> String {
    if is_uuid(id) { format!("{:1>9}.{first_seen}", nine_digits(id)) } else { id.to_owned() }
}

fn nine_digits(uuid: &str) -> u128 {
    u128::from_be_bytes(Md5::digest(uuid).into()) % 1_000_000_000
}

/// The client id of Google's own cookie.
#[must_use]
pub fn ga_client_id(ids: &Ids) -> Option<&str> {
    ids.get("_ga")
}

/// The session of Google's own cookie for that stream: a measurement id, with or without its `G-`.
#[must_use]
pub fn ga_session(ids: &Ids, stream: &str) -> Option<GaSession> {
    let stream = stream.strip_prefix("G-").unwrap_or(stream);
    ids.get(&format!("_ga_{stream}")).and_then(GaSession::of_id)
}

/// The session to tell Google of, where its own tag may be on the page too: both must name one session, or it counts
/// double. `ours.last_seen` is when the request came.
///
/// - A session of Google's that is live wins, with its id and its number; ours then opened nothing.
/// - One that is over but is ours by its id (we wrote it, and no tag keeps it alive) goes on, with its number.
/// - Else ours counts, numbered after the last one that Google knew.
#[must_use]
pub fn google_session(ours: &Session, theirs: Option<GaSession>) -> Session {
    let Some(theirs) = theirs else { return ours.clone() };
    let id = theirs.id.to_string();
    let same = id == ours.session_id;
    if same {
        Session { session_count: theirs.count, ..ours.clone() }
    } else if theirs.is_live(ours.last_seen) {
        Session { session_id: id, session_count: theirs.count, session_start: false, ..ours.clone() }
    } else {
        Session { session_count: ours.session_count.max(theirs.count.saturating_add(1)), ..ours.clone() }
    }
}

/// The id of the last click on one of Google's advertisements.
#[must_use]
pub fn gclid(ids: &Ids) -> Option<&str> {
    ids.get("_gcl_aw").and_then(click_of).or_else(|| ids.get("gclid"))
}

/// The id of the last click that an app on iOS led to the web.
#[must_use]
pub fn wbraid(ids: &Ids) -> Option<&str> {
    ids.get("_gcl_gb").and_then(click_of).or_else(|| ids.get("wbraid"))
}

/// `_ga`: the client id.
pub(super) fn client(value: &str) -> Option<String> {
    let (before, created) = value.strip_prefix("GA1.")?.rsplit_once('.')?;
    let (depth, random) = before.rsplit_once('.')?;
    // Of `GA1.3-2.…`, the second is the depth of the path; and domains of several parts have been seen with a dot.
    let fits = depth.split('.').all(is_depth) && is_number(random, 20) && is_time(created);
    fits.then(|| format!("{random}.{created}"))
}

/// `_ga_<stream>`: `<session>.<count>.<engaged>.<last>`.
pub(super) fn session(value: &str) -> Option<String> {
    GaSession::of_cookie(value).map(GaSession::to_id)
}

/// `_gcl_aw`, `_gcl_gb`, `_gcl_dc`: whole, because labels may follow.
pub(super) fn ads_click(value: &str) -> Option<String> {
    click_of(value).map(|_| value.to_owned())
}

/// The click of `GCL.<seconds>.<click>[.<labels>]`.
pub(super) fn click_of(value: &str) -> Option<&str> {
    let (version, rest) = value.split_once('.')?;
    let (time, rest) = rest.split_once('.')?;
    let click = rest.split('.').next()?;
    (matches!(version, "GCL" | "1") && is_time(time) && is_base64url(click) && is_token(rest))
        .then_some(click)
}

/// `_gcl_ag`: whole.
pub(super) fn ads_braid(value: &str) -> Option<String> {
    braid_of(value).map(|_| value.to_owned())
}

/// The `gbraid` of `2.1.k<gbraid>$i<seconds>…`.
pub(super) fn braid_of(value: &str) -> Option<&str> {
    let (depth, rest) = value.strip_prefix("2.")?.split_once('.')?;
    let field = |letter: char| rest.split('$').find_map(|field| field.strip_prefix(letter));
    let (braid, time) = (field('k')?, field('i')?);
    let fits = is_depth(depth) && is_base64url(braid) && is_time(time) && rest.split('$').all(is_token);
    fits.then_some(braid)
}

/// `_gcl_au`: whole.
pub(super) fn ads_browser(value: &str) -> Option<String> {
    let mut parts = value.split('.');
    let fits = parts.next() == Some("1")
        && parts.next().is_some_and(is_depth)
        && parts.next().is_some_and(|random| is_number(random, 20))
        && parts.next().is_some_and(is_time)
        && parts.all(is_base64url);
    fits.then(|| value.to_owned())
}

/// How many parts the cookie's domain has, and after a `-` its path.
fn is_depth(text: &str) -> bool {
    text.split('-').all(|number| is_number(number, 2))
}

#[cfg(test)]
#[path = "google_tests.rs"]
mod tests;
