//! The page on which something happened, with everything in its URL by which vendors attribute the visit.

use selvedge_core::event::{Campaign, Data, Event};

use crate::query::encoded;
use crate::{campaign, page};

/// Parameters by which an advertisement is recognised: a canonical URL lacks them, and with them Google would not
/// know where the visit came from.
const ATTRIBUTION: &[&str] = &["utm_", "gclid", "dclid", "gbraid", "wbraid", "gad_", "srsltid", "_gl"];

/// The page of an event: what a page view says of itself, else what the visit knows. Empty text counts as absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Location<'a> {
    /// With its query and the campaign.
    pub(crate) url: Option<String>,
    /// Unless it is the page itself.
    pub(crate) referrer: Option<&'a str>,
    pub(crate) title: Option<&'a str>,
}

impl<'a> Location<'a> {
    pub(crate) fn of(event: &'a Event) -> Self {
        let context = &event.context.page;
        let said = if let Data::Page(page) = &event.data { page } else { context };
        let url = page::url(event);
        let full = url.map(|url| {
            // Another page than the visit's has neither its query nor its campaign.
            if said.url.is_some() && said.url != context.url {
                attributed(url, said.search.as_deref().unwrap_or(""), &Campaign::default())
            } else {
                attributed(url, context.search.as_deref().unwrap_or(""), &event.context.campaign)
            }
        });
        // A page that was loaded again did not refer to itself.
        let referrer = page::referrer(event)
            .filter(|referrer| url.is_none_or(|url| page::bare(referrer) != page::bare(url)));
        Self { url: full, referrer, title: page::title(event) }
    }
}

/// Where the visitor is, with everything in it by which the visit is attributed. A URL without a query (a canonical
/// one) has the visit's whole query; one with its own has what is missing of attribution; and a campaign that neither
/// names is named.
fn attributed(url: &str, search: &str, campaign: &Campaign) -> String {
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
        for (name, value) in campaign::parameters(campaign) {
            append(&mut query, &format!("{name}={}", encoded(value)));
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
            assert_eq!(attributed(url, search, campaign), expected);
        }
    }
}
