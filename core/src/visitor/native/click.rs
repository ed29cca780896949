//! The parameters by which a landing page's URL says which advertisement was clicked, and the cookies that vendors'
//! scripts make of them.

use super::google::{braid_of, click_of};
use super::shape::{is_base64url, is_hexadecimal, is_token, is_uuid, meta};
use super::write::Place;
use super::{MAX_PLAIN, escape};
use crate::event::Ids;
use crate::facts::Timestamp;

/// The parameters, with their vendors' capitals. Not here: what names a person rather than a click (`mc_eid`), and
/// what shares rather than advertises (`igshid`). `gclsrc` says whose a `gclid` is.
const PARAMETERS: &[&str] = &[
    "gclid",
    "gclsrc",
    "gbraid",
    "wbraid",
    "dclid",
    "fbclid",
    "msclkid",
    "ttclid",
    "twclid",
    "li_fat_id",
    "ScCid",
    "epik",
    "rdt_cid",
    "yclid",
    "irclickid",
];

/// Whether a URL's parameter of that name says which advertisement was clicked.
pub(super) fn is_parameter(name: &str) -> bool {
    PARAMETERS.contains(&name)
}

/// The ids of the click that led to a page, by its URL's query, with or without its `?`. Of a parameter that is there
/// twice, the first that has the shape of an id counts. At most as many as there are vendors, of at most
/// [`MAX_PLAIN`] bytes each.
#[must_use]
pub fn clicks(query: &str) -> Ids {
    let mut ids = Ids::default();
    for pair in query.strip_prefix('?').unwrap_or(query).split('&') {
        let Some((name, value)) = pair.split_once('=') else { continue };
        // Snapchat's own documentation capitalises it in two ways.
        let name = if name == "sccid" || name == "SCCID" { "ScCid" } else { name };
        if value.is_empty() || value.len() > MAX_PLAIN || !is_parameter(name) || ids.get(name).is_some() {
            continue;
        }
        if let Some(id) = escape::decoded(value).filter(|id| fits(name, id)) {
            ids.put(name, id);
        }
    }
    ids
}

/// Whether it has the shape of that vendor's ids.
fn fits(name: &str, id: &str) -> bool {
    match name {
        "gclsrc" => matches!(id, "ds" | "aw.ds" | "3p.ds"),
        // Google's own script takes no others.
        "gclid" | "gbraid" | "wbraid" | "dclid" => is_base64url(id),
        "li_fat_id" => is_uuid(id),
        _ => is_token(id),
    }
}

/// Puts the ids of a click beside those of the cookies, and makes of them what the vendors' own scripts would keep: a
/// click that the cookie does not have yet replaces the one before, and one that it has keeps its time, because
/// vendors tell a new click by it.
///
/// `place` is where cookies are set; none where they are not, and then `_fbc` has the level that Meta asks for in
/// that case (developers.facebook.com/docs/marketing-api/conversions-api/parameters/fbp-and-fbc).
pub fn complete(ids: &mut Ids, clicks: &Ids, place: Option<&Place<'_>>, now: Timestamp) {
    for (name, id) in clicks.iter() {
        ids.put(name, id);
    }
    if let Some(fbclid) = clicks.get("fbclid") {
        let level = place.map_or(1, Place::level);
        renew(ids, "_fbc", |had| is_click(meta(had), fbclid), || format!("fb.{level}.{}.{fbclid}", now.0));
    }
    // As Google's script has it: a click that Search Ads 360 paid for is in a cookie of its own.
    let google = match clicks.get("gclsrc") {
        Some("ds" | "3p.ds") => "_gcl_dc",
        _ => "_gcl_aw",
    };
    for (name, cookie) in [("gclid", google), ("wbraid", "_gcl_gb")] {
        if let Some(click) = clicks.get(name) {
            let new = || format!("GCL.{}.{click}", now.seconds());
            renew(ids, cookie, |had| click_of(had) == Some(click), new);
        }
    }
    if let Some(gbraid) = clicks.get("gbraid") {
        let new = || format!("2.1.k{gbraid}$i{}", now.seconds());
        renew(ids, "_gcl_ag", |had| braid_of(had) == Some(gbraid), new);
    }
    for (name, cookie) in [("epik", "_epik"), ("ScCid", "_scclid"), ("rdt_cid", "_rdt_cid")] {
        if let Some(click) = clicks.get(name) {
            ids.put(cookie, click);
        }
    }
    // Microsoft's script reads nothing else back.
    if let Some(click) = clicks.get("msclkid").filter(|click| is_hexadecimal(click, 32)) {
        ids.put("_uetmsclkid", click);
    }
}

/// Puts a new id in place of one that is there, unless that one is of the same click.
fn renew(ids: &mut Ids, name: &str, same: impl Fn(&str) -> bool, new: impl Fn() -> String) {
    if !ids.get(name).is_some_and(same) {
        ids.put(name, new());
    }
}

/// Whether what stands in `_fbc` is that click, whatever Meta's parameter builder appended.
fn is_click(had: Option<&str>, click: &str) -> bool {
    had.and_then(|had| had.strip_prefix(click)).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
