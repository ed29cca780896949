//! The debug session: the owner sees their own visits on the live site told whole, without what is somebody's, and nobody
//! else's. `selvedge debug` signs a token with the owner's key; a link takes it into a cookie until it expires; and visits
//! that carry it are kept for an hour in the platform's store, where the command fetches them.

use std::net::IpAddr;
use std::sync::atomic::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{CACHE_CONTROL, HeaderName, LOCATION, REFERRER_POLICY, SET_COOKIE};
use http::{HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::Value;

use crate::edge::Edge;
use crate::facts::Timestamp;
use crate::head::{Reply, Request, Told};
use crate::owner::Order;
use crate::privacy;
use crate::visitor::{self, KeyRing, secure_cookies};

/// The longest that a session may last, in minutes.
pub const LONGEST_MINUTES: u32 = 480;

/// For how long a visit is kept, in seconds.
pub const KEEP_SECONDS: u32 = 3600;

/// How many visits are fetched at a time, at the most.
pub const MOST: usize = 10;

const COOKIE: &str = "selvedge_debug";
const PURPOSE: &[u8] = b"selvedge debug v1";

/// A token for a session of this id, good until then.
#[must_use]
pub fn token(keys: &KeyRing, session: &str, until: Timestamp) -> String {
    let until = until.seconds().to_string();
    let mac = keys.hash(PURPOSE, &[session.as_bytes(), until.as_bytes()]);
    format!("{session}.{until}.{}", URL_SAFE_NO_PAD.encode(mac))
}

/// Whether a text is a session's id: 128 random bits in hexadecimal.
#[must_use]
pub fn is_session(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// A session that is not over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Session {
    id: String,
    /// How long it lasts yet, in seconds.
    left: i64,
}

/// The session that a token is of; none where it is over, or not signed with the owner's key.
fn session(keys: &KeyRing, token: &str, now: Timestamp) -> Option<Session> {
    let mut parts = token.split('.');
    let (id, until, mac) = (parts.next()?, parts.next()?, parts.next()?);
    let left = until.parse::<i64>().ok()?.saturating_sub(now.seconds());
    let good =
        is_session(id) && parts.next().is_none() && (1..=i64::from(LONGEST_MINUTES) * 60).contains(&left);
    let mac = URL_SAFE_NO_PAD.decode(mac).ok().filter(|_| good)?;
    keys.verifies(PURPOSE, &[id.as_bytes(), until.as_bytes()], &mac)
        .then(|| Session { id: id.to_owned(), left })
}

impl Edge {
    /// Says whether the platform has a store for visits: without one there are no sessions.
    pub fn keep_visits(&self, there: bool) {
        self.keeps_visits.store(there, Ordering::Relaxed);
    }

    /// The session that a visit is of.
    pub(crate) fn session(&self, request: &Request, now: Timestamp) -> Option<Session> {
        let keys = self.keys.as_ref().filter(|_| self.keeps_visits.load(Ordering::Relaxed))?;
        visitor::all(&request.headers, COOKIE).find_map(|token| session(keys, token, now))
    }

    /// The answer to a link: it begins a session (`?token=…`), or ends it (`?off`).
    pub(crate) fn debug(&self, request: &Request, now: Timestamp) -> Reply {
        let query = request.query.as_deref().unwrap_or_default();
        let secure = if secure_cookies(request) { "; Secure" } else { "" };
        let cookie = |value: &str, seconds: i64| {
            let text = format!("{COOKIE}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
            let to_the_site =
                Reply::new(StatusCode::SEE_OTHER, Told::Edge).with(LOCATION, HeaderValue::from_static("/"));
            let cookie = HeaderValue::from_str(&text).ok();
            private(cookie.into_iter().fold(to_the_site, |reply, cookie| reply.with(SET_COOKIE, cookie)))
        };
        if query == "off" {
            return cookie("", 0);
        }
        let Some(keys) = &self.keys else {
            return page(
                StatusCode::NOT_FOUND,
                "There is no key in the secret store, with which a session could be signed.",
            );
        };
        if !self.keeps_visits.load(Ordering::Relaxed) {
            let missing = "There is no store for visits. On Fastly link a KV store named <code>selvedge-debug</code> to \
                           the service, on Cloudflare bind a KV namespace as <code>SELVEDGE_DEBUG</code>.";
            return page(StatusCode::SERVICE_UNAVAILABLE, missing);
        }
        let token = query.split('&').find_map(|pair| pair.strip_prefix("token=")).unwrap_or_default();
        match session(keys, token, now) {
            Some(session) => cookie(token, session.left),
            None => page(
                StatusCode::FORBIDDEN,
                "This link is not good, or not any more: <code>selvedge debug</code> makes one.",
            ),
        }
    }
}

/// Nobody keeps it, and nobody whom the next page asks learns the link.
fn private(reply: Reply) -> Reply {
    let robots = HeaderName::from_static("x-robots-tag");
    reply
        .with(CACHE_CONTROL, HeaderValue::from_static("no-store"))
        .with(REFERRER_POLICY, HeaderValue::from_static("no-referrer"))
        .with(robots, HeaderValue::from_static("noindex"))
}

fn page(status: StatusCode, said: &str) -> Reply {
    let body = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Debug session</title>\n<p>{said}</p>\n"
    );
    private(Reply::new(status, Told::Edge)).body("text/html; charset=utf-8", body)
}

/// An order for the visits of a session, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    session: String,
    after: Option<String>,
}

/// Reads one. The error is what is wrong, and what was expected.
pub(crate) fn order(body: &[u8]) -> Result<Order, (String, String)> {
    let expected = "a JSON object with `session`, 32 hexadecimal digits, and perhaps `after`";
    let asked: Asked =
        serde_json::from_slice(body).map_err(|error| (error.to_string(), expected.to_owned()))?;
    match is_session(&asked.session) {
        true => Ok(Order::Debug { session: asked.session, after: asked.after }),
        false => Err((format!("{:?} in `session`", asked.session), expected.to_owned())),
    }
}

/// A visit of a session, to be kept for its owner.
#[derive(Debug)]
pub struct Record {
    key: String,
    lines: Vec<Value>,
    ip: Option<IpAddr>,
}

impl Record {
    pub(crate) fn new(
        session: &Session,
        now: Timestamp,
        visit: &str,
        line: &str,
        ip: Option<IpAddr>,
    ) -> Self {
        // Times of 13 digits until the year 2286, so that they sort as text.
        let key = format!("{}/{:013}-{visit}", session.id, now.0);
        Self { key, lines: serde_json::from_str(line).into_iter().collect(), ip }
    }

    /// What it is called in the store.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Adds lines of the log: what became of the visit.
    pub fn add(&mut self, lines: &[String]) {
        self.lines.extend(lines.iter().filter_map(|line| serde_json::from_str(line).ok()));
    }

    /// What is kept: the visit and what became of it, a line each, without what is somebody's.
    #[must_use]
    pub fn text(&self) -> String {
        privacy::told(&self.lines, self.ip).iter().map(|line| format!("{line}\n")).collect()
    }
}

#[cfg(test)]
#[path = "debug_tests.rs"]
mod tests;
