//! Edgee's interface, for pages that were written for it: its paths, its tokens, its answers. On only with
//! `collect.edgee`; `docs/edgee.md` says what is the same and what is not.
//!
//! What is known of it was learned from how its last releases behave (proxy 1.3.0, SDK 1.8.3; the SDK of 1.7.5 and
//! before for pages of other sites).

pub mod cookies;
mod elsewhere;
mod post;
pub mod slug;

use std::sync::Arc;

use http::Method;
use http::header::{ACCESS_CONTROL_REQUEST_HEADERS, AUTHORIZATION, CONTENT_TYPE};
use md5::{Digest, Md5};

use crate::collect::Collect;
use crate::edge::Edge;
use crate::facts::Facts;
use crate::head::Request;
use crate::receive::cors::{self, Cors};
use crate::receive::{Arrival, Received, method_not_allowed, no_such_site, strangers};

pub(crate) use self::post::{Dialect, client_error};

/// The id of the element that loads Edgee's SDK.
pub(crate) const SDK_ID: &str = "__EDGEE_SDK__";

/// The request's field in which a page of another site carries its cookies (SDK 1.7.6 and later).
const CARRIED: &str = "edgee-cookie";

/// What Edgee's SDK may send along.
const HEADERS: &str = "Content-Type, Authorization, Edgee-Debug, Edgee-Cookie, X-Edgee-Client-Error";

/// What is asked for in Edgee's way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Asked {
    /// The SDK.
    Script,
    /// The endpoint for pages of the site itself.
    Event,
    /// An event, posted to the page's own path: it says so by its token.
    Token,
    /// The endpoint for pages of other sites; `e` and `u` are in this query.
    Elsewhere(String),
}

/// What a request asks for in Edgee's way, if it does. `path` is the request's, normalised.
pub(crate) fn asked(request: &Request, path: &str) -> Option<Asked> {
    let Some(name) = path.strip_prefix("/_edgee/") else {
        return (request.method == Method::POST && bears_token(request)).then_some(Asked::Token);
    };
    match name {
        "sdk.js" => Some(Asked::Script),
        // Our script posts beside where it was loaded from, which may be below `libs`.
        "event" | "libs/event" => Some(Asked::Event),
        "csevent" => Some(Asked::Elsewhere(request.query.clone().unwrap_or_default())),
        _ => {
            let pinned = name.strip_prefix("libs/edgee.").is_some_and(|version| version.ends_with(".js"));
            // What the SDK makes of a `u` without an `e`.
            let query = name.strip_prefix("csevent&").map(|query| Asked::Elsewhere(query.to_owned()));
            query.or(pinned.then_some(Asked::Script))
        }
    }
}

/// Whether this is JSON with `Authorization: Bearer <MD5 of the host in hexadecimal>`, by which Edgee's SDK marks what
/// it posts to the page's own path. The token is no secret; it tells our events from the website's own posts, whose
/// tokens are other ones.
fn bears_token(request: &Request) -> bool {
    let Some((scheme, token)) = request.header(AUTHORIZATION.as_str()).and_then(|said| said.split_once(' '))
    else {
        return false;
    };
    let token = token.trim();
    let media = request.header(CONTENT_TYPE.as_str()).unwrap_or_default().split(';').next();
    token.len() == 32
        && scheme.eq_ignore_ascii_case("bearer")
        && media.is_some_and(|media| media.trim().eq_ignore_ascii_case("application/json"))
        && token.eq_ignore_ascii_case(&token_of(request.host()))
}

/// The token of a host, without its port.
fn token_of(host: &str) -> String {
    use std::fmt::Write;
    let digest: [u8; 16] = Md5::digest(host).into();
    digest.iter().fold(String::with_capacity(32), |mut text, byte| {
        // Text takes whatever is written to it.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl Edge {
    /// Answers in Edgee's way.
    pub(crate) fn edgee(
        self: &Arc<Self>,
        asked: &Asked,
        site: Option<usize>,
        mut request: Request,
        facts: Facts,
    ) -> Received {
        let query = match asked {
            Asked::Script => {
                let read = matches!(request.method, Method::GET | Method::HEAD);
                let reply = if read { self.sdk.reply("sdk.js") } else { method_not_allowed("GET, HEAD") };
                return Received::Reply(reply);
            }
            Asked::Elsewhere(query) => Some(query.as_str()),
            Asked::Event | Asked::Token => None,
        };
        let Some((site, rules)) = site.and_then(|site| Some((site, self.config.sites.get(site)?))) else {
            return Received::Reply(no_such_site());
        };
        let own = cors::judge(&request, rules);
        // The newer script says so by a field, which may be empty; an empty field may get lost on the way.
        let marked = || request.headers.contains_key(CARRIED) || own.is_err() && bears_token(&request);
        let elsewhere = query.is_some() || *asked == Asked::Event && marked();
        if request.method == Method::OPTIONS {
            return Received::Reply(match own {
                Ok(cors) if query.is_none() => cors.preflight(HEADERS),
                _ if query.is_some() || announces_carried(&request) => Cors::anyone().preflight(HEADERS),
                _ => strangers(),
            });
        }
        if request.method != Method::POST {
            return Received::Reply(method_not_allowed("POST, OPTIONS"));
        }
        let (cors, dialect) = match own {
            // Whoever they are, browsers send no cookie along: all that they can speak for is what they carry.
            _ if elsewhere => {
                elsewhere::take_cookies(&mut request, query, &self.config.visitor);
                let dialect = if query.is_some() { Dialect::Query } else { Dialect::Carried };
                (Cors::anyone(), dialect)
            }
            Ok(cors) => (cors, Dialect::Edgee),
            Err(_) => return Received::Reply(strangers()),
        };
        match Collect::new(Arrival { edge: Arc::clone(self), site, request, facts, link: None }, cors) {
            Ok(collect) => Received::Collect(Box::new(collect.speaking(dialect))),
            Err(reply) => Received::Reply(*reply),
        }
    }
}

/// Whether a preflight announces carried cookies.
fn announces_carried(request: &Request) -> bool {
    request
        .header(ACCESS_CONTROL_REQUEST_HEADERS.as_str())
        .is_some_and(|list| list.split(',').any(|name| name.trim().eq_ignore_ascii_case(CARRIED)))
}

/// Whether the visitor's query asks for a page without the edge's events.
pub(crate) fn without_edge_events(request: &Request) -> bool {
    request.query.as_deref().is_some_and(|query| query.contains("disableEdgeDataCollection"))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
