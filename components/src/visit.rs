//! What product analytics want to know of an event, whichever of them it is: who it was, on which page, from
//! where, with which browser.

use std::cell::OnceCell;

use selvedge_core::consent::Purpose;
use selvedge_core::event::{Campaign, Client, Data, Event, Page, User};
use selvedge_core::facts::Random;

/// The id of a visitor of whom no identity is kept, for vendors that demand one: drawn once for the visit,
/// and only where it is asked for.
#[derive(Debug)]
pub(crate) struct Nobody<'a> {
    random: &'a Random,
    id: OnceCell<String>,
}

impl<'a> Nobody<'a> {
    pub(crate) fn new(random: &'a Random) -> Self {
        Self { random, id: OnceCell::new() }
    }

    pub(crate) fn id(&self) -> &str {
        self.id.get_or_init(|| self.random.uuid().to_string())
    }

    /// Whether it is this one.
    pub(crate) fn is(&self, id: &str) -> bool {
        self.id.get().is_some_and(|drawn| drawn == id)
    }
}

/// What programs write where there is no id. To Amplitude and Mixpanel these are no ids, and an event is
/// refused for them: amplitude.com/docs/apis/analytics/http-v2 and docs.mixpanel.com/reference/import-events.
const PLACEHOLDERS: &[&str] = &[
    "00000000-0000-0000-0000-000000000000",
    "anon",
    "anonymous",
    "nil",
    "none",
    "null",
    "n/a",
    "na",
    "undefined",
    "unknown",
    "<nil>",
    "0",
    "-1",
    "true",
    "false",
    "[]",
    "{}",
];

/// An id that is one.
fn real(id: &str) -> Option<&str> {
    let id = id.trim();
    (!id.is_empty() && !PLACEHOLDERS.contains(&id.to_ascii_lowercase().as_str())).then_some(id)
}

/// The user of a user event, or of the visit. Whatever an anonymous event still says, it is nobody.
fn said(event: &Event, field: fn(&User) -> Option<&str>) -> Option<&str> {
    let own = if let Data::User(user) = &event.data { field(user).and_then(real) } else { None };
    own.or_else(|| field(&event.context.user).and_then(real)).filter(|_| !event.anonymous)
}

/// The owner's id for a user who is known.
pub(crate) fn user_id(event: &Event) -> Option<&str> {
    said(event, |user| user.user_id.as_deref())
}

/// The owner's id for a visitor who is not signed in.
pub(crate) fn anonymous_id(event: &Event) -> Option<&str> {
    said(event, |user| user.anonymous_id.as_deref())
}

/// Selvedge's id for the visitor.
pub(crate) fn visitor_id(event: &Event) -> Option<&str> {
    event.context.user.edgee_id.as_deref().and_then(real).filter(|_| !event.anonymous)
}

/// Where an event happened: what a page event says, and what is known of the visit's page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) title: Option<&'a str>,
    pub(crate) url: Option<&'a str>,
    pub(crate) path: Option<&'a str>,
    pub(crate) search: Option<&'a str>,
    pub(crate) referrer: Option<&'a str>,
}

impl<'a> Place<'a> {
    pub(crate) fn of(event: &'a Event) -> Self {
        let context = &event.context.page;
        let own = if let Data::Page(page) = &event.data { page } else { context };
        let either = |field: fn(&Page) -> Option<&str>| {
            field(own).or_else(|| field(context)).filter(|text| !text.is_empty())
        };
        Self {
            title: either(|page| page.title.as_deref()),
            url: either(|page| page.url.as_deref()),
            path: either(|page| page.path.as_deref()),
            search: either(|page| page.search.as_deref()),
            referrer: either(|page| page.referrer.as_deref()),
        }
    }

    /// The URL with its query. One without (a canonical one) has the visit's.
    pub(crate) fn location(self) -> Option<String> {
        let url = self.url?;
        let search =
            self.search.map(|search| search.trim_start_matches('?')).filter(|query| !query.is_empty());
        let Some(search) = search.filter(|_| !url.contains('?')) else { return Some(url.to_owned()) };
        Some(match url.split_once('#') {
            Some((url, fragment)) => format!("{url}?{search}#{fragment}"),
            None => format!("{url}?{search}"),
        })
    }

    /// The host of the page.
    pub(crate) fn host(self) -> Option<String> {
        self.url.and_then(host)
    }

    /// The referrer and its host, where another site sent the visitor.
    pub(crate) fn external_referrer(self) -> Option<(&'a str, String)> {
        let referrer = self.referrer?;
        let from = host(referrer)?;
        let bare = |host: &str| host.strip_prefix("www.").unwrap_or(host).to_owned();
        (self.host().is_none_or(|own| bare(&own) != bare(&from))).then_some((referrer, from))
    }
}

/// The host of an absolute URL: lower case, without port.
pub(crate) fn host(url: &str) -> Option<String> {
    let authority = url.split_once("://")?.1.split(['/', '?', '#', '\\']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    // The colons of an IPv6 address are within brackets.
    let host = match host.rsplit_once(':') {
        Some((before, port)) if !port.ends_with(']') => before,
        _ => host,
    };
    (!host.is_empty()).then(|| host.to_ascii_lowercase())
}

/// A URL without query and fragment.
pub(crate) fn bare(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or(url)
}

/// The scheme of an absolute URL with its colon, as `location.protocol` has it.
pub(crate) fn protocol(url: &str) -> Option<String> {
    url.split_once("://").map(|(scheme, _)| format!("{}:", scheme.to_ascii_lowercase()))
}

/// How the visitor came, by the names of the URL's parameters.
pub(crate) fn campaign(campaign: &Campaign) -> impl Iterator<Item = (&'static str, &str)> {
    [
        ("utm_source", &campaign.source),
        ("utm_medium", &campaign.medium),
        ("utm_campaign", &campaign.name),
        ("utm_term", &campaign.term),
        ("utm_content", &campaign.content),
        ("utm_creative_format", &campaign.creative_format),
        ("utm_marketing_tactic", &campaign.marketing_tactic),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value.as_deref().filter(|value| !value.is_empty())?)))
}

/// The clicks that product analytics attribute a visit by, under the names that their browser libraries know.
const CLICKS: &[(&str, &str)] = &[
    ("gclid", "gclid"),
    ("gbraid", "gbraid"),
    ("wbraid", "wbraid"),
    ("dclid", "dclid"),
    ("fbclid", "fbclid"),
    ("msclkid", "msclkid"),
    ("ttclid", "ttclid"),
    ("twclid", "twclid"),
    ("li_fat_id", "li_fat_id"),
    ("ScCid", "sccid"),
    ("rdt_cid", "rdt_cid"),
];

/// The ids of the click that led here. None where advertising is not granted: they are for nothing else.
pub(crate) fn clicks(event: &Event) -> impl Iterator<Item = (&'static str, &str)> {
    let granted = event.consent.purposes.has(Purpose::Advertising) && !event.anonymous;
    CLICKS
        .iter()
        .filter_map(move |(name, called)| Some((*called, event.context.ids.get(name).filter(|_| granted)?)))
}

/// A locale as browsers write it: `fr-fr` is `fr-FR`.
pub(crate) fn locale(client: &Client) -> Option<String> {
    let locale = client.locale.as_deref().filter(|locale| !locale.is_empty())?;
    Some(match locale.split_once(['-', '_']) {
        Some((language, region)) if region.len() == 2 => {
            format!("{language}-{}", region.to_ascii_uppercase())
        }
        _ => locale.to_owned(),
    })
}

/// The browser's name and version: what its `User-Agent` told, else the brand that it calls itself by.
pub(crate) fn browser(client: &Client) -> (Option<&str>, Option<&str>) {
    if client.browser.is_some() {
        return (client.browser.as_deref(), client.browser_version.as_deref());
    }
    let lists = [&client.user_agent_full_version_list, &client.user_agent_version_list];
    for list in lists.into_iter().flatten() {
        // One brand is made up, so that nobody counts on a fixed list; another is the engine's.
        let mut brands: Vec<(&str, &str)> = list
            .split('|')
            .filter_map(|brand| brand.rsplit_once(';'))
            .filter(|(name, _)| !name.trim_start().starts_with("Not") && !name.is_empty())
            .collect();
        brands.sort_by_key(|(name, _)| *name == "Chromium");
        if let Some((name, version)) = brands.first() {
            let name = name.strip_prefix("Google ").unwrap_or(name);
            return (Some(name), Some(version).copied());
        }
    }
    (None, None)
}

/// A version's first number.
pub(crate) fn major(version: &str) -> Option<u32> {
    version.split('.').next()?.parse().ok()
}

/// Device pixels to a CSS pixel, as the shortest number that means the same.
pub(crate) fn density(client: &Client) -> Option<f64> {
    client.screen_density?.to_string().parse().ok().filter(|density: &f64| density.is_finite())
}

#[cfg(test)]
#[path = "visit_tests.rs"]
mod tests;
