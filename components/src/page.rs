//! The page on which something happened.

use selvedge_core::event::{Data, Event, Page};

/// A text of the page: the event's own, where it is a page view, else the visit's. An empty one is none.
///
/// A page view may say of itself what the visit does not know: a view within a single-page application, say.
pub(crate) fn text(event: &Event, field: fn(&Page) -> Option<&str>) -> Option<&str> {
    let context = &event.context.page;
    let own = if let Data::Page(page) = &event.data { page } else { context };
    field(own).or_else(|| field(context)).filter(|text| !text.is_empty())
}

/// The URL of the page, as it was said.
pub(crate) fn url(event: &Event) -> Option<&str> {
    text(event, |page| page.url.as_deref())
}

/// Where the visitor came from.
pub(crate) fn referrer(event: &Event) -> Option<&str> {
    text(event, |page| page.referrer.as_deref())
}

/// Its title.
pub(crate) fn title(event: &Event) -> Option<&str> {
    text(event, |page| page.title.as_deref())
}

/// Where an event happened, as product analytics want to know it.
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
        Self {
            title: title(event),
            url: url(event),
            path: text(event, |page| page.path.as_deref()),
            search: text(event, |page| page.search.as_deref()),
            referrer: referrer(event),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn place<'a>(url: &'a str, search: &'a str, referrer: &'a str) -> Place<'a> {
        Place { title: None, url: Some(url), path: None, search: Some(search), referrer: Some(referrer) }
    }

    #[test]
    fn a_location_has_its_query_once() {
        for (url, search, expected) in [
            ("https://a/p?x=1", "?x=1", "https://a/p?x=1"),
            ("https://a/p", "?x=1", "https://a/p?x=1"),
            ("https://a/p#top", "x=1", "https://a/p?x=1#top"),
            ("https://a/p", "", "https://a/p"),
            ("https://a/p", "?", "https://a/p"),
        ] {
            assert_eq!(place(url, search, "").location().as_deref(), Some(expected));
        }
    }

    #[test]
    fn hosts() {
        for (url, expected) in [
            ("https://Shop.Example:8443/p?q#f", Some("shop.example")),
            ("http://u:p@a.b?x", Some("a.b")),
            ("https://[::1]:80/", Some("[::1]")),
            ("https://[::1]/", Some("[::1]")),
            ("https:///p", None),
            ("/p", None),
            ("", None),
            ("android-app://com.google/", Some("com.google")),
        ] {
            assert_eq!(host(url).as_deref(), expected, "{url}");
        }
        assert_eq!(protocol("HTTPS://a/").as_deref(), Some("https:"));
        assert_eq!(bare("https://a/p?x#y"), "https://a/p");
    }

    #[test]
    fn a_referrer_is_external_unless_it_is_the_site_itself() {
        for (url, referrer, expected) in [
            ("https://shop.example/", "https://news.example/x", Some("news.example")),
            ("https://www.shop.example/", "https://shop.example/x", None),
            ("https://shop.example/", "not a url", None),
        ] {
            let found = place(url, "", referrer).external_referrer();
            assert_eq!(found.map(|(_, host)| host).as_deref(), expected);
        }
    }
}
