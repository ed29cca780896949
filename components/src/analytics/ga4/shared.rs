//! What the events of one request share, and therefore goes into its query: property, consent, visitor, browser, page.

use std::collections::BTreeSet;

use selvedge_core::event::{Client, Event};

use super::client_id::Visit;
use super::consent;
use super::limit;
use crate::browser::screen;
use crate::cut::{characters, url_characters};
use crate::ids::{Ids, granted};
use crate::location::Location;
use crate::query::{Query, encoded};

/// The query of an event, but for what is decided when the request is put together (`_s` and `cu`).
pub(super) fn query(measurement_id: &str, event: &Event, batch: &[&Event], visit: &Visit) -> String {
    let mut query = Query::default();
    query.push("v", "2");
    query.push("tid", measurement_id);
    query.push("_p", &visit.opened().0.to_string());
    consent::push(&event.consent, &mut query);
    query.push("cid", &visit.client_id(event));
    push_client(&event.context.client, granted(event), &mut query);
    query.push_some("uid", user_id(event, batch).map(|id| characters(id, limit::USER_ID)));
    visit.session(event, &mut query);
    push_page(event, &mut query);
    query.into_string()
}

fn push_client(client: &Client, analytics: bool, query: &mut Query) {
    query.push_some("ul", client.locale.as_deref());
    query.push_some("sr", screen(client).as_deref());
    query.push_some("uaa", client.user_agent_architecture.as_deref());
    query.push_some("uab", client.user_agent_bitness.as_deref());
    query.push_some("uafvl", client.user_agent_full_version_list.as_deref().map(brands).as_deref());
    query.push_some("uamb", client.user_agent_mobile.as_deref());
    query.push_some("uam", client.user_agent_model.as_deref());
    query.push_some("uap", client.os_name.as_deref());
    query.push_some("uapv", client.os_version.as_deref());
    // Google sees our address, not the visitor's; where they are, it knows by these two alone.
    if analytics {
        query.push_some("_uip", client.ip.as_deref());
        query.push_some("_uc", client.country_code.as_deref());
    }
}

/// As gtag does it, brands and versions are encoded on their own, and then the list as a whole.
fn brands(list: &str) -> String {
    let brand = |brand: &str| brand.split(';').map(encoded).collect::<Vec<_>>().join(";");
    list.split('|').map(brand).collect::<Vec<_>>().join("|")
}

/// `uid`: the id of the signed-in user, else of the user before, as Edgee had it.
///
/// An event that names neither has the one that the rest of its visit agrees on, so that the page view in which
/// somebody signs in is theirs too, and travels with the event that says so. Only events of the same visitor under the
/// same consent have a say: what was taken from one event must not come back through another.
pub(super) fn user_id<'a>(event: &'a Event, batch: &[&'a Event]) -> Option<&'a str> {
    let agreed = |pick: fn(Ids<'a>) -> Option<&'a str>| {
        let peers = batch.iter().filter(|peer| {
            peer.consent == event.consent && peer.context.user.edgee_id == event.context.user.edgee_id
        });
        let said: BTreeSet<&str> = peers.filter_map(|peer| pick(Ids::granted(peer))).collect();
        if said.len() == 1 { said.first().copied() } else { None }
    };
    let own = Ids::granted(event);
    own.user.or_else(|| agreed(|ids| ids.user)).or(own.anonymous).or_else(|| agreed(|ids| ids.anonymous))
}

/// The id of the user before they signed in, where `uid` is that of after.
pub(super) fn anonymous_id(event: &Event) -> Option<&str> {
    let ids = Ids::granted(event);
    ids.user.and(ids.anonymous)
}

fn push_page(event: &Event, query: &mut Query) {
    let place = Place::of(event);
    query.push_some("dl", place.location.as_deref());
    query.push_some("dr", place.referrer);
    query.push_some("dt", place.title);
}

/// The page of an event, cut to what Google takes.
pub(super) struct Place<'a> {
    pub(super) location: Option<String>,
    pub(super) referrer: Option<&'a str>,
    pub(super) title: Option<&'a str>,
}

impl<'a> Place<'a> {
    pub(super) fn of(event: &'a Event) -> Self {
        let Location { url, referrer, title } = Location::of(event);
        Self {
            location: url.map(|url| url_characters(&url, limit::LOCATION).to_owned()),
            referrer: referrer.map(|referrer| url_characters(referrer, limit::REFERRER)),
            title: title.map(|title| characters(title, limit::TITLE)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brands_are_encoded_on_their_own() {
        assert_eq!(
            brands("Google Chrome;130.0.1|Not?A_Brand;99"),
            "Google%20Chrome;130.0.1|Not%3FA_Brand;99"
        );
    }
}
