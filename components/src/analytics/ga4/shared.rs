//! What the events of one request share, and therefore goes into its query: property, consent, visitor, browser, page.

use std::collections::BTreeSet;

use selvedge_core::consent::Purpose;
use selvedge_core::event::{Campaign, Client, Data, Event, Page, User};

use super::client_id::Visit;
use super::consent;
use super::limit::{self, truncated};
use crate::query::{Query, encoded};

/// Parameters by which an advertisement is recognised: a canonical URL lacks them, and with them Google would not
/// know where the visit came from.
const ATTRIBUTION: &[&str] = &["utm_", "gclid", "dclid", "gbraid", "wbraid", "gad_", "srsltid", "_gl"];

/// The query of an event, but for what is decided when the request is put together (`_s` and `cu`).
pub(super) fn query(measurement_id: &str, event: &Event, batch: &[&Event], visit: &Visit) -> String {
    let mut query = Query::default();
    query.push("v", "2");
    query.push("tid", measurement_id);
    query.push("_p", &visit.opened().0.to_string());
    consent::push(&event.consent, &mut query);
    query.push("cid", &visit.client_id(event));
    push_client(&event.context.client, event.consent.purposes.has(Purpose::Analytics), &mut query);
    query.push_some("uid", user_id(event, batch).map(|id| truncated(id, limit::USER_ID)));
    visit.session(event, &mut query);
    push_page(event, &mut query);
    query.into_string()
}

fn push_client(client: &Client, analytics: bool, query: &mut Query) {
    query.push_some("ul", client.locale.as_deref());
    if let (Some(width @ 1..), Some(height @ 1..)) = (client.screen_width, client.screen_height) {
        query.push("sr", &format!("{width}x{height}"));
    }
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

/// What an event says of who its user is.
#[derive(Default)]
struct Ids<'a> {
    /// Signed in.
    user: Option<&'a str>,
    /// Before that.
    anonymous: Option<&'a str>,
}

impl<'a> Ids<'a> {
    /// None without analytics, as with the client's id.
    fn of(event: &'a Event) -> Self {
        if !event.consent.purposes.has(Purpose::Analytics) {
            return Self::default();
        }
        let context = &event.context.user;
        let said = if let Data::User(user) = &event.data { user } else { context };
        let either = |field: fn(&User) -> Option<&str>| {
            field(said).or_else(|| field(context)).filter(|id| !id.is_empty())
        };
        Self {
            user: either(|user| user.user_id.as_deref()),
            anonymous: either(|user| user.anonymous_id.as_deref()),
        }
    }
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
        let said: BTreeSet<&str> = peers.filter_map(|peer| pick(Ids::of(peer))).collect();
        if said.len() == 1 { said.first().copied() } else { None }
    };
    let own = Ids::of(event);
    own.user.or_else(|| agreed(|ids| ids.user)).or(own.anonymous).or_else(|| agreed(|ids| ids.anonymous))
}

/// The id of the user before they signed in, where `uid` is that of after.
pub(super) fn anonymous_id(event: &Event) -> Option<&str> {
    let ids = Ids::of(event);
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
        let context = &event.context.page;
        // A page view may say of itself what the visit does not know: a view within a single-page application, say.
        let said = if let Data::Page(page) = &event.data { page } else { context };
        let either = |field: fn(&Page) -> Option<&str>| {
            field(said).or_else(|| field(context)).filter(|text| !text.is_empty())
        };
        let url = either(|page| page.url.as_deref());
        let location = url.map(|url| {
            // Another page than the visit's has neither its query nor its campaign.
            let location = if said.url.is_some() && said.url != context.url {
                location(url, said.search.as_deref().unwrap_or(""), &Campaign::default())
            } else {
                location(url, context.search.as_deref().unwrap_or(""), &event.context.campaign)
            };
            limit::truncated_url(&location, limit::LOCATION).to_owned()
        });
        let referrer = either(|page| page.referrer.as_deref());
        // A page that was loaded again did not refer to itself.
        let referrer = referrer.filter(|referrer| url.is_none_or(|url| bare(referrer) != bare(url)));
        Self {
            location,
            referrer: referrer.map(|referrer| limit::truncated_url(referrer, limit::REFERRER)),
            title: either(|page| page.title.as_deref()).map(|title| truncated(title, limit::TITLE)),
        }
    }
}

/// A URL without query and fragment.
fn bare(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or(url)
}

/// `dl`: where the visitor is, with everything in it by which Google attributes the visit. A URL without a query (a
/// canonical one) has the visit's whole query; one with its own has what is missing of attribution; and a campaign
/// that neither names is named.
fn location(url: &str, search: &str, campaign: &Campaign) -> String {
    let (url, fragment) = url.split_once('#').map_or((url, None), |(url, fragment)| (url, Some(fragment)));
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let search = search.trim_start_matches('?');
    let mut query = if query.is_empty() { search.to_owned() } else { query.to_owned() };
    for parameter in search.split('&') {
        let name = name_of(parameter);
        if ATTRIBUTION.iter().any(|prefix| name.starts_with(prefix)) && !has(&query, name) {
            append(&mut query, parameter);
        }
    }
    if !query.split('&').any(|parameter| parameter.starts_with("utm_")) {
        for (name, value) in [
            ("utm_source", &campaign.source),
            ("utm_medium", &campaign.medium),
            ("utm_campaign", &campaign.name),
            ("utm_term", &campaign.term),
            ("utm_content", &campaign.content),
            ("utm_creative_format", &campaign.creative_format),
            ("utm_marketing_tactic", &campaign.marketing_tactic),
        ] {
            if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
                append(&mut query, &format!("{name}={}", encoded(value)));
            }
        }
    }
    let mut location = path.to_owned();
    for (delimiter, part) in [('?', Some(query.as_str()).filter(|query| !query.is_empty())), ('#', fragment)]
    {
        if let Some(part) = part {
            location.push(delimiter);
            location.push_str(part);
        }
    }
    location
}

fn name_of(parameter: &str) -> &str {
    parameter.split('=').next().unwrap_or(parameter)
}

fn has(query: &str, name: &str) -> bool {
    query.split('&').any(|parameter| name_of(parameter) == name)
}

fn append(query: &mut String, parameter: &str) {
    if !query.is_empty() {
        query.push('&');
    }
    query.push_str(parameter);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_location_keeps_what_attributes_the_visit() {
        let none = Campaign::default();
        let news =
            Campaign { source: Some("n&l".into()), medium: Some("email".into()), ..Campaign::default() };
        for (url, search, campaign, expected) in [
            // The request's own URL: nothing twice.
            ("https://a/p?utm_source=x", "?utm_source=x", &none, "https://a/p?utm_source=x"),
            // A canonical URL without a query.
            ("https://a/p", "?utm_source=x&c=1", &none, "https://a/p?utm_source=x&c=1"),
            ("https://a/p#top", "?gclid=1", &none, "https://a/p?gclid=1#top"),
            // A canonical URL with its own: what it left out on purpose stays out, but for attribution.
            (
                "https://a/p?id=3",
                "?id=9&sort=up&utm_source=x&gclid=1",
                &none,
                "https://a/p?id=3&utm_source=x&gclid=1",
            ),
            // A campaign that no URL names.
            ("https://a/p", "", &news, "https://a/p?utm_source=n%26l&utm_medium=email"),
            ("https://a/p", "?utm_source=x", &news, "https://a/p?utm_source=x"),
            ("https://a/p", "", &none, "https://a/p"),
        ] {
            assert_eq!(location(url, search, campaign), expected);
        }
    }

    #[test]
    fn brands_are_encoded_on_their_own() {
        assert_eq!(
            brands("Google Chrome;130.0.1|Not?A_Brand;99"),
            "Google%20Chrome;130.0.1|Not%3FA_Brand;99"
        );
    }
}
