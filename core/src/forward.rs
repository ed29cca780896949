//! The request for the origin: where it goes, and what changes on the way there.

use http::header::ACCEPT_ENCODING;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use crate::account::PassReason;
use crate::answer::{Answer, error_page};
use crate::config::Origin;
use crate::config::pattern::expand;
use crate::consent::stored;
use crate::head::{Edit, Reply, hop_by_hop, wants_websocket};
use crate::receive::Arrival;
use crate::visitor;

/// A request on its way to an origin.
#[derive(Debug)]
pub struct Forward {
    arrival: Arrival,
    target: Target,
    edits: Vec<Edit>,
}

/// Where a request goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Scheme, host and port to connect to.
    pub origin: Origin,
    /// What `Host` says.
    pub host: String,
    /// Path and query to ask for.
    pub path_and_query: String,
    /// How long to wait until the answer begins, in seconds.
    pub timeout_seconds: u16,
}

impl Target {
    /// The absolute URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}{}", self.origin, self.path_and_query)
    }
}

/// Why an origin gave no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OriginFailure {
    /// It could not be reached, hung up, or did not speak HTTP.
    Unreachable,
    /// It took too long.
    TimedOut,
}

impl Forward {
    pub(crate) fn new(arrival: Arrival, path: &str) -> Self {
        let target = target(&arrival, path);
        let edits = edits(&arrival);
        Self { arrival, target, edits }
    }

    /// Where it goes.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// What changes in the request's head, `Host` aside.
    #[must_use]
    pub fn edits(&self) -> &[Edit] {
        &self.edits
    }

    /// Whether the connection is to become a WebSocket: then there is nothing for Selvedge to do.
    #[must_use]
    pub fn websocket(&self) -> bool {
        wants_websocket(&self.arrival.request.headers)
    }

    /// Whether the answer is a stream of events that never ends: no cache may wait for its end, nor let one visitor wait
    /// for another's.
    #[must_use]
    pub fn event_stream(&self) -> bool {
        self.arrival.request.header("accept").is_some_and(|accept| accept.contains("text/event-stream"))
    }

    /// Whether the answer is likely a document. A platform that cannot undo an encoding once the answer has begun asks
    /// for one that it can, for these requests only: everything else keeps the visitor's own `Accept-Encoding`.
    #[must_use]
    pub fn expects_document(&self) -> bool {
        let request = &self.arrival.request;
        let method = matches!(request.method, Method::GET | Method::POST);
        let html = || request.header("accept").is_some_and(|accept| accept.contains("text/html"));
        // What is fetched ahead of time may be a document: the browser does not say.
        let ahead = || request.header("sec-purpose").is_some_and(|purpose| purpose.contains("prefetch"));
        let document = |dest| dest == "document" || dest == "empty" && ahead();
        method && request.header("sec-fetch-dest").map_or_else(html, document)
    }

    /// The edits by which such a platform asks for gzip or nothing.
    #[must_use]
    pub fn gzip_alone(&self) -> Edit {
        let gzip = self.arrival.request.header("accept-encoding").is_some_and(|list| list.contains("gzip"));
        Edit::Set(ACCEPT_ENCODING, HeaderValue::from_static(if gzip { "gzip" } else { "identity" }))
    }

    /// The origin has answered: the head of what the visitor gets, and what to do with the body.
    #[must_use]
    pub fn answer(self, status: StatusCode, headers: &HeaderMap) -> Answer {
        Answer::new(self.arrival, status, headers)
    }

    /// The origin has not: a plain page that says so, with 502 or 504.
    #[must_use]
    pub fn failed(self, failure: OriginFailure) -> Reply {
        let status = match failure {
            OriginFailure::Unreachable => StatusCode::BAD_GATEWAY,
            OriginFailure::TimedOut => StatusCode::GATEWAY_TIMEOUT,
        };
        error_page(status, PassReason::Origin, self.arrival.request.method == Method::HEAD)
    }
}

fn target(arrival: &Arrival, path: &str) -> Target {
    let request = &arrival.request;
    let own =
        || request.query.as_ref().map_or_else(|| request.path.clone(), |q| format!("{}?{q}", request.path));
    let Some(site) = arrival.site() else {
        // Arrivals are made for a site that exists.
        let origin = Origin { https: request.https, host: request.host().to_owned(), port: 443 };
        return Target { host: origin.authority(), origin, path_and_query: own(), timeout_seconds: 30 };
    };
    let route = site.routes.iter().find_map(|route| Some((route, route.path.captures(path)?)));
    let origin = route.as_ref().and_then(|(route, _)| route.origin.as_ref()).unwrap_or(&site.origin);
    let preserve = route.as_ref().and_then(|(route, _)| route.preserve_host).unwrap_or(site.preserve_host);
    let host = if preserve { request.authority.clone() } else { origin.authority() };
    let rewrite = route.as_ref().and_then(|(route, captured)| Some((route.rewrite.as_deref()?, captured)));
    let path_and_query = match rewrite {
        None => own(),
        Some((template, captured)) => {
            let path = expand(template, captured);
            match request.query.as_deref() {
                Some(query) if path.contains('?') => format!("{path}&{query}"),
                Some(query) => format!("{path}?{query}"),
                None => path,
            }
        }
    };
    Target { origin: origin.clone(), host, path_and_query, timeout_seconds: site.timeout_seconds }
}

fn edits(arrival: &Arrival) -> Vec<Edit> {
    let request = &arrival.request;
    let mut edits = Vec::with_capacity(8);
    if !wants_websocket(&request.headers) {
        edits.extend(hop_by_hop(&request.headers).into_iter().map(Edit::Remove));
    }
    // Written and not trusted: what a visitor claims about itself stops here.
    if request.headers.contains_key("forwarded") {
        edits.push(Edit::Remove(HeaderName::from_static("forwarded")));
    }
    let mut forwarded = |name: &'static str, value: Option<String>| {
        let name = HeaderName::from_static(name);
        match value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            Some(value) => edits.push(Edit::Set(name, value)),
            None => edits.push(Edit::Remove(name)),
        }
    };
    forwarded("x-forwarded-for", arrival.facts.client.ip.map(|ip| ip.to_string()));
    forwarded("x-forwarded-proto", Some(request.scheme().to_owned()));
    forwarded("x-forwarded-host", Some(request.authority.clone()));
    let visitor = &arrival.edge.config.visitor;
    let mut ours = vec![visitor.cookie.clone(), stored::cookie_name(visitor)];
    // Edgee did not show its own to origins either.
    ours.extend(visitor.edgee.iter().flat_map(|old| [old.cookie.clone(), format!("{}_u", old.cookie)]));
    let ours: Vec<_> = ours.iter().map(String::as_str).collect();
    edits.extend(visitor::without(&request.headers, &ours));
    edits
}
