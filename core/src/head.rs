//! Heads of HTTP messages: what adapters hand in, and the edits that they are asked to make.
//!
//! A head crosses from the platform to the core once, to be read; what comes back is only what changes. Everything
//! that Selvedge has no opinion on therefore stays as the platform has it: order, multiplicity, bytes.

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use thiserror::Error;

use crate::account::PassReason;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Whether it came over TLS, as the platform says.
    pub https: bool,
    /// Host and, where it is not the scheme's own, port; lower case.
    pub authority: String,
    /// The path as it was sent, at least `/`.
    pub path: String,
    /// What follows `?`, without it.
    pub query: Option<String>,
    /// The fields.
    pub headers: HeaderMap,
}

/// A URL that is not `http(s)://host/…`.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("not an absolute http or https URL: {0:?}")]
pub struct BadUrl(String);

impl Request {
    /// Takes a request apart. `url` is absolute, as both platforms give it.
    ///
    /// # Errors
    /// When `url` has no http or https scheme or no host.
    pub fn new(method: Method, url: &str, headers: HeaderMap) -> Result<Self, BadUrl> {
        let bad = || BadUrl(url.chars().take(200).collect());
        let (scheme, rest) = url.split_once("://").ok_or_else(bad)?;
        let https = match scheme {
            "https" => true,
            "http" => false,
            _ => return Err(bad()),
        };
        let rest = rest.split('#').next().unwrap_or(rest);
        let cut = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(cut);
        let authority = authority.rsplit('@').next().unwrap_or(authority);
        if authority.is_empty() {
            return Err(bad());
        }
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (target, None),
        };
        let path = if path.is_empty() { "/".to_owned() } else { path.to_owned() };
        Ok(Self { method, https, authority: authority.to_ascii_lowercase(), path, query, headers })
    }

    /// The host without its port; an IPv6 literal keeps its brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        match self.authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => host,
            _ => &self.authority,
        }
    }

    /// `https` or `http`.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        if self.https { "https" } else { "http" }
    }

    /// The absolute URL, as the visitor's browser shows it.
    #[must_use]
    pub fn url(&self) -> String {
        let (scheme, authority, path) = (self.scheme(), &self.authority, &self.path);
        match &self.query {
            Some(query) => format!("{scheme}://{authority}{path}?{query}"),
            None => format!("{scheme}://{authority}{path}"),
        }
    }

    /// Whether it is for something that a page is made of, by what browsers say: neither a document nor an event.
    #[must_use]
    pub fn is_subresource(&self) -> bool {
        self.method == Method::GET && self.header("sec-fetch-dest").is_some_and(|dest| dest != "document")
    }

    /// A field's value when it is there and is visible ASCII. Of several, the first.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        text(&self.headers, name)
    }
}

/// A field's value when it is there and is visible ASCII. Of several, the first.
#[must_use]
pub fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// One change to a head that the platform holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Replace every field of that name by this one.
    Set(HeaderName, HeaderValue),
    /// Add a field, whatever there is already.
    Append(HeaderName, HeaderValue),
    /// Take every field of that name away.
    Remove(HeaderName),
}

impl Edit {
    /// Makes the change to a head that is at hand as a [`HeaderMap`].
    pub fn apply(&self, headers: &mut HeaderMap) {
        match self {
            Self::Set(name, value) => drop(headers.insert(name.clone(), value.clone())),
            Self::Append(name, value) => drop(headers.append(name.clone(), value.clone())),
            Self::Remove(name) => drop(headers.remove(name)),
        }
    }
}

/// What a response tells about itself, in `x-selvedge` and, without its reason, in `server-timing`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Selvedge rewrote it, or made it.
    Edge,
    /// It is about collecting.
    Collect,
    /// It is the origin's, or stands for it.
    Pass(PassReason),
}

impl Told {
    /// The two fields.
    #[must_use]
    pub fn fields(self) -> [(HeaderName, HeaderValue); 2] {
        let (said, timing) = match self {
            Self::Edge => (HeaderValue::from_static("edge"), "selvedge;desc=\"edge\""),
            Self::Collect => (HeaderValue::from_static("collect"), "selvedge;desc=\"collect\""),
            Self::Pass(reason) => {
                // A reason is a word of lower-case letters and hyphens.
                let said = HeaderValue::from_str(&format!("pass; reason={reason}"));
                (said.unwrap_or(HeaderValue::from_static("pass")), "selvedge;desc=\"pass\"")
            }
        };
        let timing = (HeaderName::from_static("server-timing"), HeaderValue::from_static(timing));
        [(HeaderName::from_static("x-selvedge"), said), timing]
    }
}

/// A complete response that Selvedge makes itself.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The fields; `content-length` is the platform's to add.
    pub headers: HeaderMap,
    /// The body; empty for `HEAD`, 204 and 304.
    pub body: Vec<u8>,
}

impl Reply {
    /// A response without a body that tells about itself.
    #[must_use]
    pub fn new(status: StatusCode, told: Told) -> Self {
        Self { status, headers: HeaderMap::from_iter(told.fields()), body: Vec::new() }
    }

    /// With one more field.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }

    /// With a body.
    #[must_use]
    pub fn body(mut self, content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        self.headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        self.body = body.into();
        self
    }
}

/// Fields that belong to one connection and never travel on (RFC 9110 §7.6.1), those that `Connection` itself names
/// included. A field that the message does not have is not listed.
#[must_use]
pub fn hop_by_hop(headers: &HeaderMap) -> Vec<HeaderName> {
    const ALWAYS: [HeaderName; 7] = [
        http::header::CONNECTION,
        HeaderName::from_static("keep-alive"),
        http::header::PROXY_AUTHORIZATION,
        HeaderName::from_static("proxy-connection"),
        http::header::TE,
        http::header::TRAILER,
        http::header::UPGRADE,
    ];
    let named = headers.get_all(http::header::CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let named =
        named.flat_map(|list| list.split(',')).filter_map(|name| name.trim().parse::<HeaderName>().ok());
    // What a message could not do without, `Connection` cannot take away.
    let named = named.filter(|name| *name != http::header::HOST && *name != http::header::CONTENT_LENGTH);
    let mut names: Vec<_> =
        ALWAYS.into_iter().chain(named).filter(|name| headers.contains_key(name)).collect();
    names.sort_unstable_by(|a, b| a.as_str().cmp(b.as_str()));
    names.dedup();
    names
}

/// Whether a request asks for the connection to become a WebSocket.
#[must_use]
pub fn wants_websocket(headers: &HeaderMap) -> bool {
    text(headers, "upgrade").is_some_and(|value| value.eq_ignore_ascii_case("websocket"))
}
