//! What a destination gets that the visitor has not agreed to, where the owner wants it counted all the same.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use uuid::Uuid;

use super::browser;
use super::names::{Meaning, meaning};
use super::redacted::track_of;
use super::scrub::Scrub;
use crate::consent::Decision;
use crate::event::{Client, Context, Data, Event, Page, Selection, Traffic, User};

/// The shortest text that is taken for somebody's name or id wherever it is repeated.
const SHORTEST_KNOWN: usize = 3;

/// How many of somebody's traits, and of their vendors' ids, are looked for in every text.
const MOST_KNOWN: usize = 16;

/// The event without anything that could tell who it was. `pseudonym` takes the place of the visitor's id.
///
/// What is kept is listed, field by field; all the rest is `Default`, so that a new field stays here unless somebody
/// decides otherwise. What is kept of texts goes through the same redaction as with consent, loses the queries of all
/// URLs, and loses what the event itself calls its visitor.
#[must_use]
pub fn anonymous(event: &Event, pseudonym: Option<Uuid>) -> Event {
    anonymous_after(event, pseudonym, None)
}

/// [`anonymous`], after an event of the same visit and what became of it: what both share is not looked at twice.
pub(crate) fn anonymous_after(
    event: &Event,
    pseudonym: Option<Uuid>,
    before: Option<(&Event, &Event)>,
) -> Event {
    let scrub = Scrub { strip: true, known: known(event) };
    let nobody = User { edgee_id: pseudonym.map(|id| id.to_string()), ..User::default() };
    let page = match before {
        Some((whole, new)) if whole.context.page == event.context.page && known(whole) == scrub.known => {
            new.context.page.clone()
        }
        _ => page_of(&scrub, &event.context.page),
    };
    let data = match &event.data {
        Data::Page(said) if *said == event.context.page => Data::Page(page.clone()),
        Data::Page(said) => Data::Page(page_of(&scrub, said)),
        Data::Track(track) => Data::Track(track_of(&scrub, track).unwrap_or_else(|| track.clone())),
        // Says nothing any more: the plan drops it.
        Data::User(_) => Data::User(nobody.clone()),
    };
    let Decision { state, purposes, source, cmp, vendors: _, gpc } = event.consent;
    Event {
        // A destination deduplicates by it. It is the event's, not the visitor's: the next event has another.
        uuid: event.uuid,
        timestamp: event.timestamp,
        data,
        context: Context {
            page,
            user: nobody,
            client: client(&event.context.client),
            // Its source may be what a link of a newsletter made of its reader.
            traffic: event.context.traffic.as_ref().map(|t| Traffic { channel: t.channel, source: None }),
            ..Context::default()
        },
        // It has been heard, and its names are the client's own words.
        components: Selection::default(),
        from: event.from,
        // Without the vendors: a list of hundreds is as good as a name.
        consent: Decision { state, purposes, source, cmp, vendors: None, gpc },
        anonymous: true,
    }
}

/// What the event itself calls its visitor: ids, address, and traits that are names.
fn known(event: &Event) -> Vec<&str> {
    let Context { user, ids, client, .. } = &event.context;
    let mut known: Vec<&str> = ids.iter().map(|(_, id)| id).take(MOST_KNOWN).collect();
    known.extend(client.ip.as_deref());
    let named = if let Data::User(user) = &event.data { Some(user) } else { None };
    for User { user_id, anonymous_id, edgee_id, properties } in std::iter::once(user).chain(named) {
        known.extend([user_id, anonymous_id, edgee_id].into_iter().filter_map(Option::as_deref));
        let personal = properties.iter().filter(|(name, _)| meaning(name, true) == Meaning::Personal);
        known.extend(personal.filter_map(|(_, value)| value.as_str()).take(MOST_KNOWN));
    }
    known.retain(|text| text.len() >= SHORTEST_KNOWN);
    // The longest first: a name may be the beginning of another.
    known.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
    known.dedup();
    known
}

fn page_of(scrub: &Scrub<'_>, page: &Page) -> Page {
    let page = scrub.page(page).unwrap_or_else(|| page.clone());
    Page {
        name: page.name,
        category: page.category,
        keywords: page.keywords,
        title: page.title,
        url: page.url,
        path: page.path,
        referrer: page.referrer,
        properties: page.properties,
        ..Page::default()
    }
}

/// The browser as far as millions have the same, and the country rather than the place.
fn client(client: &Client) -> Client {
    Client {
        ip: client.ip.as_deref().and_then(network),
        locale: client.locale.as_deref().and_then(browser::language).map(|tag| tag.to_ascii_lowercase()),
        accept_language: client.accept_language.as_deref().and_then(browser::language),
        timezone: client.timezone.as_deref().filter(|zone| browser::is_timezone(zone)).map(str::to_owned),
        user_agent: client.user_agent.as_deref().and_then(browser::reduced_user_agent),
        user_agent_version_list: client.user_agent_version_list.as_deref().and_then(browser::major_versions),
        user_agent_mobile: client.user_agent_mobile.clone().filter(|flag| flag == "0" || flag == "1"),
        os_name: client.os_name.as_deref().and_then(browser::os).map(str::to_owned),
        browser: client.browser.as_deref().and_then(browser::known).map(str::to_owned),
        browser_version: client.browser_version.as_deref().and_then(browser::major),
        device: client.device.clone(),
        bot: client.bot.as_deref().and_then(browser::plain_name),
        screen_width: client.screen_width.map(browser::screen_class),
        continent: client.continent.clone(),
        country_code: client.country_code.clone(),
        country_name: client.country_name.clone(),
        region: client.region.clone(),
        ..Client::default()
    }
}

/// The network that an address is in: without the last octet of IPv4, and the first 48 bits of IPv6, which is what a
/// site gets (RFC 6177). An address that cannot be read is not repeated.
fn network(ip: &str) -> Option<String> {
    let network = match ip.parse::<IpAddr>().ok()?.to_canonical() {
        IpAddr::V4(ip) => IpAddr::V4(Ipv4Addr::from_bits(ip.to_bits() & !0xff)),
        IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & (!0 << 80))),
    };
    Some(network.to_string())
}

#[cfg(test)]
#[path = "anonymous_tests.rs"]
pub(crate) mod tests;
