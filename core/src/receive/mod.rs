//! What to do with a request: answer it (own paths, redirects), collect what it carries, or forward it to an origin.

pub mod sdk;

pub(crate) mod cors;
mod link;

use std::sync::Arc;

use http::header::{ALLOW, CACHE_CONTROL, LOCATION};
use http::{HeaderValue, Method, StatusCode};
use serde_json::json;

use crate::account::PassReason;
use crate::collect::Collect;
use crate::config::pattern::expand;
use crate::config::{Redirect, Site};
use crate::debug::Session;
use crate::edge::Edge;
use crate::edgee;
use crate::facts::Facts;
use crate::forward::Forward;
use crate::head::{Reply, Request, Told};
use crate::owner::{Owner, Subject};
use crate::path::normalise;

/// What becomes of a request.
#[derive(Debug)]
pub enum Received {
    /// A complete response.
    Reply(Reply),
    /// Events: the adapter reads the body and hands it in.
    Collect(Box<Collect>),
    /// An order of the owner's: the adapter reads the body, hands it in, and does what it says.
    Owner(Owner),
    /// A request for an origin: the adapter fetches it.
    Forward(Box<Forward>),
}

/// A request with everything known about it.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) edge: Arc<Edge>,
    /// Which of the configuration's sites it is for.
    pub(crate) site: usize,
    pub(crate) request: Request,
    pub(crate) facts: Facts,
    /// What a link from another of the owner's sites brought along; the request's query is without it.
    pub(crate) link: Option<String>,
}

impl Arrival {
    pub(crate) fn site(&self) -> Option<&Site> {
        self.edge.config.sites.get(self.site)
    }

    /// The debug session that the visit is of.
    pub(crate) fn session(&self) -> Option<Session> {
        self.edge.session(&self.request, self.facts.now)
    }
}

impl Edge {
    /// Decides what becomes of a request.
    #[must_use]
    pub fn receive(self: &Arc<Self>, request: Request, facts: Facts) -> Received {
        let head = request.method == Method::HEAD;
        match self.route(request, facts) {
            Received::Reply(reply) if head => Received::Reply(Reply { body: Vec::new(), ..reply }),
            received => received,
        }
    }

    fn route(self: &Arc<Self>, mut request: Request, facts: Facts) -> Received {
        let path = normalise(&request.path).into_owned();
        let site = self.config.sites.iter().position(|site| serves(site, request.host()));
        if let Some(own) =
            path.strip_prefix(self.config.collect.path.as_str()).and_then(|p| p.strip_prefix('/'))
        {
            return self.own(own, site, request, facts);
        }
        if self.config.collect.edgee
            && let Some(asked) = edgee::asked(&request, &path)
        {
            return self.edgee(&asked, site, request, facts);
        }
        let Some((site, rules)) = site.and_then(|site| Some((site, self.config.sites.get(site)?))) else {
            return Received::Reply(unknown_host(&request));
        };
        for redirect in &rules.redirects {
            if let Some(reply) = redirected(redirect, &path, &request) {
                return Received::Reply(reply);
            }
        }
        let link = if self.config.visitor.link.is_empty() { None } else { link::take(&mut request) };
        let arrival = Arrival { edge: Arc::clone(self), site, request, facts, link };
        Received::Forward(Box::new(Forward::new(arrival, &path)))
    }

    /// The paths under `collect.path`.
    fn own(self: &Arc<Self>, name: &str, site: Option<usize>, request: Request, facts: Facts) -> Received {
        let read = matches!(request.method, Method::GET | Method::HEAD);
        match name {
            "health" if read => Received::Reply(self.health()),
            "health" => Received::Reply(method_not_allowed("GET, HEAD")),
            "event" => self.event(site, request, facts),
            "config" => self.owner(Subject::Config, &request, &facts),
            "outbox" => self.owner(Subject::Outbox, &request, &facts),
            "debug" if request.method == Method::GET => Received::Reply(self.debug(&request, facts.now)),
            "debug" if request.method == Method::POST => self.owner(Subject::Debug, &request, &facts),
            "debug" => Received::Reply(method_not_allowed("GET, POST")),
            "link" if read => Received::Reply(self.link(site, request, facts)),
            "link" => Received::Reply(method_not_allowed("GET, HEAD")),
            script if sdk::is_script(script) && read => Received::Reply(self.sdk.reply(script)),
            script if sdk::is_script(script) => Received::Reply(method_not_allowed("GET, HEAD")),
            _ => Received::Reply(refusal(
                StatusCode::NOT_FOUND,
                "no such path",
                "config, debug, health, event, link, outbox, sdk.js",
            )),
        }
    }

    fn owner(self: &Arc<Self>, subject: Subject, request: &Request, facts: &Facts) -> Received {
        match Owner::new(subject, self, request, facts.now) {
            Ok(owner) => Received::Owner(owner),
            Err(reply) => Received::Reply(*reply),
        }
    }

    fn event(self: &Arc<Self>, site: Option<usize>, request: Request, facts: Facts) -> Received {
        let Some((site, rules)) = site.and_then(|site| Some((site, self.config.sites.get(site)?))) else {
            return Received::Reply(no_such_site());
        };
        let Ok(cors) = cors::judge(&request, rules) else {
            return Received::Reply(strangers());
        };
        if request.method == Method::OPTIONS {
            return Received::Reply(cors.preflight("Content-Type"));
        }
        if request.method != Method::POST {
            return Received::Reply(method_not_allowed("POST, OPTIONS"));
        }
        let arrival = Arrival { edge: Arc::clone(self), site, request, facts, link: None };
        match Collect::new(arrival, cors) {
            Ok(collect) => Received::Collect(Box::new(collect)),
            Err(reply) => Received::Reply(*reply),
        }
    }

    fn health(&self) -> Reply {
        let ready = self.components.iter().filter(|component| component.destination.is_ok()).count();
        json_reply(
            StatusCode::OK,
            &json!({
                "status": "ok",
                "version": env!("CARGO_PKG_VERSION"),
                "platform": self.platform.name,
                "sites": self.config.sites.len(),
                "components": self.components.len(),
                "components_ready": ready,
                "identity": self.keys.is_some(),
            }),
        )
    }
}

fn serves(site: &Site, host: &str) -> bool {
    site.hosts.is_empty() || site.hosts.iter().any(|pattern| pattern.matches(host))
}

fn redirected(redirect: &Redirect, path: &str, request: &Request) -> Option<Reply> {
    let mut to = expand(&redirect.to, &redirect.from.captures(path)?);
    // What stars stood for came from the visitor: "//elsewhere" would leave the site.
    if redirect.to.starts_with('/') && to.starts_with("//") {
        to = format!("/{}", to.trim_start_matches('/'));
    }
    if let Some(query) = request.query.as_deref().filter(|_| !to.contains('?')) {
        to = format!("{to}?{query}");
    }
    let status = StatusCode::from_u16(redirect.status).ok()?;
    Some(Reply::new(status, Told::Edge).with(LOCATION, HeaderValue::from_str(&to).ok()?))
}

fn unknown_host(request: &Request) -> Reply {
    let host: String = request.host().chars().take(255).collect();
    Reply::new(StatusCode::MISDIRECTED_REQUEST, Told::Pass(PassReason::UnknownHost))
        .with(CACHE_CONTROL, HeaderValue::from_static("no-store"))
        .body("text/plain; charset=utf-8", format!("No website is configured for {host} here.\n"))
}

/// A JSON answer of Selvedge's own, never kept by a cache.
pub(crate) fn json_reply(status: StatusCode, body: &serde_json::Value) -> Reply {
    Reply::new(status, Told::Collect)
        .with(CACHE_CONTROL, HeaderValue::from_static("no-store"))
        .body("application/json", format!("{body}\n"))
}

/// A 4xx that says what is wrong and what was expected.
pub(crate) fn refusal(status: StatusCode, problem: &str, expected: &str) -> Reply {
    json_reply(status, &json!({"error": problem, "expected": expected}))
}

/// The answer to events for a host that is nobody's here.
pub(crate) fn no_such_site() -> Reply {
    refusal(StatusCode::MISDIRECTED_REQUEST, "no such site", "a host of one of the configured sites")
}

/// The answer to events from a page that is not the site's.
pub(crate) fn strangers() -> Reply {
    let expected = "an Origin that is one of the site's own hosts";
    refusal(StatusCode::FORBIDDEN, "posted from another site", expected)
}

pub(crate) fn method_not_allowed(allowed: &'static str) -> Reply {
    refusal(StatusCode::METHOD_NOT_ALLOWED, "method not allowed here", allowed)
        .with(ALLOW, HeaderValue::from_static(allowed))
}
