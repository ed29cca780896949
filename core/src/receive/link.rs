//! Links from one of the owner's sites to another: `GET {collect.path}/link?to=<URL>` sends the visitor there, with their
//! identity where they let it be known. The other site takes it out of the query before anybody sees it.

use std::sync::Arc;

use http::header::{CACHE_CONTROL, LOCATION};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use super::{Arrival, refusal};
use crate::consent;
use crate::edge::Edge;
use crate::event::context::decoded;
use crate::facts::Facts;
use crate::head::{Reply, Request, Told};
use crate::identity::sources;
use crate::visitor::LINK;

/// The longest address that is followed, in bytes.
const MAX_URL: usize = 8192;

/// Takes the parameter out of a request's query, every one of that name; the first counts.
pub(super) fn take(request: &mut Request) -> Option<String> {
    let query = request.query.as_deref().filter(|query| query.contains(LINK))?;
    let found = query.split('&').find_map(value)?.to_owned();
    let rest: Vec<&str> = query.split('&').filter(|pair| value(pair).is_none()).collect();
    request.query = (!rest.is_empty()).then(|| rest.join("&"));
    Some(found)
}

fn value(pair: &str) -> Option<&str> {
    pair.strip_prefix(LINK).and_then(|rest| rest.strip_prefix('='))
}

impl Edge {
    /// Sends a visitor on to another of the owner's sites. Nowhere else: who follows a link to this site must not be led
    /// to a stranger's.
    pub(super) fn link(self: &Arc<Self>, site: Option<usize>, request: Request, facts: Facts) -> Reply {
        let to =
            request.query.as_deref().and_then(|query| query.split('&').find_map(|p| p.strip_prefix("to=")));
        let to = to.map(decoded).filter(|to| to.len() <= MAX_URL);
        let Some(target) = to.as_deref().and_then(|to| self.linked(to, &request)) else {
            let expected = "`to`, an absolute https URL on one of the hosts in `visitor.link`";
            return refusal(StatusCode::BAD_REQUEST, "not a link to one of this site's own", expected);
        };
        let arrival =
            Arrival { edge: Arc::clone(self), site: site.unwrap_or(usize::MAX), request, facts, link: None };
        let location = match arrival.carried(target.host()) {
            Some(link) => {
                let query = target.query.as_ref().map(|query| format!("{query}&")).unwrap_or_default();
                Request { query: Some(format!("{query}{LINK}={link}")), ..target }.url()
            }
            None => target.url(),
        };
        let fragment = to.as_deref().and_then(|to| to.split_once('#'));
        let location = fragment.map_or(location.clone(), |(_, fragment)| format!("{location}#{fragment}"));
        let Ok(location) = HeaderValue::from_str(&location) else {
            return refusal(StatusCode::BAD_REQUEST, "not a URL", "`to`, percent-encoded");
        };
        Reply::new(StatusCode::FOUND, Told::Edge)
            .with(LOCATION, location)
            .with(CACHE_CONTROL, HeaderValue::from_static("no-store"))
    }

    /// Where a link leads, if that is one of the owner's sites. Plain HTTP would show the identity on the way; on a
    /// developer's own machine there is nothing else.
    fn linked(&self, to: &str, request: &Request) -> Option<Request> {
        let target = Request::new(Method::GET, to, HeaderMap::new()).ok()?;
        // A browser reads a backslash as a slash, and white space not at all.
        let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '\\' | '@' | '%');
        let own = self.config.visitor.link.iter().any(|host| host.matches(target.host()));
        (own && !target.authority.contains(odd) && (target.https || !request.https)).then_some(target)
    }
}

impl Arrival {
    /// The parameter's value for this visitor; none where they are not known, or have not agreed to be.
    fn carried(&self, host: &str) -> Option<String> {
        let Self { edge, request, facts, .. } = self;
        let config = &edge.config;
        let decision = consent::decide(&config.consent, &sources(self, None));
        let keys = edge.keys.as_ref().filter(|_| decision.allows_identity(config.visitor.before_consent))?;
        let visitor = keys.find(&request.headers, &config.visitor.cookie)?;
        Some(keys.link(&visitor, host, &request.headers, facts.now, &facts.random))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parameter_is_taken_out_and_the_rest_stays() {
        for (query, link, rest) in [
            (Some("a=b&_sv=x&c=d"), Some("x"), Some("a=b&c=d")),
            (Some("_sv=x"), Some("x"), None),
            (Some("_sv=x&_sv=y&z"), Some("x"), Some("z")),
            (Some("_sv="), Some(""), None),
            (Some("my_sv=x&_svg=y&_sv"), None, Some("my_sv=x&_svg=y&_sv")),
            (Some("a=b"), None, Some("a=b")),
            (None, None, None),
        ] {
            let mut request = Request::new(Method::GET, "https://shop.example/p", HeaderMap::new()).unwrap();
            request.query = query.map(str::to_owned);
            assert_eq!(take(&mut request).as_deref(), link, "{query:?}");
            assert_eq!(request.query.as_deref(), rest, "{query:?}");
        }
    }
}
