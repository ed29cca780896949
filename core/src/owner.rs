//! What the owner asks of the service while it runs: `POST {collect.path}/outbox` by `selvedge outbox`, and
//! `POST {collect.path}/config` by `selvedge config` ([`config`]), `POST {collect.path}/debug` by `selvedge debug`. Only who has the key that seals visitors' cookies is
//! answered, which nobody but the owner's machine and the service itself have.
//!
//! `Authorization: Selvedge v1.<milliseconds since 1970>.<SHA-256 of the body>.<HMAC-SHA-256>`, both in base64url. The HMAC
//! covers method, path, time and digest, so that the head alone tells who asks, and nobody else's body is read.

pub mod config;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderValue, Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::collect::BodyFault;
use crate::debug;
use crate::edge::Edge;
use crate::facts::Timestamp;
use crate::head::{Reply, Request};
use crate::outbox::{Label, MAX_PARCEL, Parcel, Place};
use crate::receive::{json_reply, method_not_allowed, refusal};
use crate::visitor::KeyRing;

/// How many parcels one order may name or bring. Each takes a look-up, an insertion and a deletion, and Fastly allows 16
/// operations on stores.
pub const MOST: usize = 4;

/// The longest body, in bytes: as many parcels, and what stands around them.
const MAX_BODY: usize = MOST * (MAX_PARCEL + 4_096);

/// How far the two clocks may be apart, in milliseconds; and for how long an order that was overheard is good.
const GOOD_FOR_MS: i64 = 300_000;

const SCHEME: &str = "Selvedge v1.";
const PURPOSE: &[u8] = b"selvedge owner v1";

/// What the owner wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Order {
    /// To know what there is: the keys, a page at a time.
    List {
        /// Of what was set aside.
        dead: bool,
        /// Where the page before ended, as the store said.
        after: Option<String>,
    },
    /// To have parcels as they are.
    Read {
        /// Their keys.
        names: Vec<String>,
    },
    /// To have parcels tried now.
    Drain {
        /// Their keys.
        names: Vec<String>,
        /// Even where the destination is left alone.
        all: bool,
    },
    /// To have parcels in the outbox, as if they had just been kept.
    Replay {
        /// The keys of those that were set aside.
        names: Vec<String>,
        /// Those that the owner brings, as they were read before.
        texts: Vec<String>,
    },
    /// To have visits of a debug session.
    Debug {
        /// Whose.
        session: String,
        /// The key of the last that is known already.
        after: Option<String>,
    },
    /// Something of the configuration.
    Config {
        /// Which.
        what: config::Order,
    },
}

/// What an order is about, by the path that it is posted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    /// `outbox`
    Outbox,
    /// `config`
    Config,
    /// `debug`
    Debug,
}

/// An order about the outbox as it is written.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
enum Asked {
    List {
        #[serde(default)]
        dead: bool,
        after: Option<String>,
    },
    Read {
        names: Vec<String>,
    },
    Drain {
        names: Vec<String>,
        #[serde(default)]
        all: bool,
    },
    Replay {
        #[serde(default)]
        names: Vec<String>,
        #[serde(default)]
        parcels: Vec<Value>,
    },
}

/// A post of the owner's whose body is still to be read.
#[derive(Debug)]
pub struct Owner {
    subject: Subject,
    digest: Vec<u8>,
}

/// What `Authorization` has to say for an order.
#[must_use]
pub fn authorization(keys: &KeyRing, path: &str, body: &[u8], now: Timestamp) -> String {
    let (time, digest) = (now.0.to_string(), Sha256::digest(body));
    let mac =
        keys.hash(PURPOSE, &[Method::POST.as_str().as_bytes(), path.as_bytes(), time.as_bytes(), &digest]);
    format!("{SCHEME}{time}.{}.{}", URL_SAFE_NO_PAD.encode(digest), URL_SAFE_NO_PAD.encode(mac))
}

impl Owner {
    /// Judges the head of an order. The error is the complete answer.
    pub(crate) fn new(
        subject: Subject,
        edge: &Arc<Edge>,
        request: &Request,
        now: Timestamp,
    ) -> Result<Self, Box<Reply>> {
        if request.method != Method::POST {
            return Err(Box::new(method_not_allowed("POST")));
        }
        let Some(keys) = &edge.keys else {
            let problem = "there is no key in the secret store, by which the owner could be known";
            let expected = format!("the secret {:?}", edge.config.visitor.key.secret);
            return Err(Box::new(refusal(StatusCode::FORBIDDEN, problem, &expected)));
        };
        let said = request.header(AUTHORIZATION.as_str()).unwrap_or_default();
        let Some((time, digest, mac)) = parts(said) else {
            return Err(unknown(if said.is_empty() { "not signed" } else { "a signature of another form" }));
        };
        let time_text = time.0.to_string();
        let signed =
            [request.method.as_str().as_bytes(), request.path.as_bytes(), time_text.as_bytes(), &digest];
        if !keys.verifies(PURPOSE, &signed, &mac) {
            let (problem, expected) = ("signed with another key", "the service's own key, for this path");
            return Err(Box::new(refusal(StatusCode::FORBIDDEN, problem, expected)));
        }
        if (now.0.saturating_sub(time.0)).saturating_abs() > GOOD_FOR_MS {
            let problem = format!("signed at {}, and here it is {}", time.rfc3339(), now.rfc3339());
            return Err(unknown(&problem));
        }
        if subject == Subject::Outbox && !edge.has_outbox() {
            let (problem, expected) =
                ("there is no outbox", "`outbox = true` in `[delivery]` of the configuration");
            return Err(Box::new(refusal(StatusCode::NOT_FOUND, problem, expected)));
        }
        Ok(Self { subject, digest })
    }

    /// How many bytes of body to read at the most.
    #[must_use]
    pub fn limit(&self) -> usize {
        match self.subject {
            Subject::Outbox | Subject::Debug => MAX_BODY,
            Subject::Config => config::MAX_BODY,
        }
    }

    /// Takes the body: what the owner wants.
    ///
    /// # Errors
    /// The complete answer, where the body is not an order.
    pub fn accept(self, body: Result<&[u8], BodyFault>) -> Result<Order, Box<Reply>> {
        let refuse =
            |status, problem: &str, expected: &str| Err(Box::new(refusal(status, problem, expected)));
        let limit = self.limit();
        let body = match body {
            Ok(body) if body.len() <= limit => body,
            Ok(_) | Err(BodyFault::TooLarge) => {
                let expected = format!("at most {limit} bytes");
                return refuse(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large", &expected);
            }
            Err(BodyFault::Broken) => {
                return refuse(StatusCode::BAD_REQUEST, "the body ended early", "a complete body");
            }
        };
        if Sha256::digest(body).as_slice() != self.digest {
            return refuse(
                StatusCode::FORBIDDEN,
                "another body than the one that was signed",
                "the same body",
            );
        }
        let read = match self.subject {
            Subject::Outbox => order(body),
            Subject::Debug => debug::order(body),
            Subject::Config => config::Order::read(body).map(|what| Order::Config { what }),
        };
        read.or_else(|(problem, expected)| refuse(StatusCode::BAD_REQUEST, &problem, &expected))
    }
}

fn order(body: &[u8]) -> Result<Order, (String, String)> {
    let asked: Asked = serde_json::from_slice(body).map_err(|error| {
        (error.to_string(), "a JSON object whose `do` is list, read, drain or replay".to_owned())
    })?;
    let few = |count: usize| match count {
        0..=MOST => Ok(()),
        _ => Err((format!("{count} parcels"), format!("at most {MOST} at a time"))),
    };
    let of = |names: Vec<String>, places: &[Place]| {
        let known = |name: &String| Label::read(name).is_some_and(|label| places.contains(&label.place));
        match names.iter().find(|name| !known(name)) {
            None => few(names.len()).map(|()| names),
            Some(name) => {
                let prefixes: Vec<_> = places.iter().map(|place| place.prefix()).collect();
                Err((
                    format!("{name:?} in `names`"),
                    format!("a key that begins with {}", prefixes.join(" or ")),
                ))
            }
        }
    };
    Ok(match asked {
        Asked::List { dead, after } => Order::List { dead, after },
        Asked::Read { names } => Order::Read { names: of(names, &[Place::Waiting, Place::Dead])? },
        Asked::Drain { names, all } => Order::Drain { names: of(names, &[Place::Waiting])?, all },
        Asked::Replay { names, parcels } => {
            let names = of(names, &[Place::Dead])?;
            few(names.len() + parcels.len())?;
            let texts: Vec<_> = parcels.iter().map(Value::to_string).collect();
            for (at, text) in texts.iter().enumerate() {
                Parcel::read(text.as_bytes()).map_err(|error| {
                    (
                        format!("`parcels[{at}]`: {error}"),
                        "what `selvedge outbox list --full` says".to_owned(),
                    )
                })?;
            }
            Order::Replay { names, texts }
        }
    })
}

/// Time, digest and HMAC, where they have their form.
fn parts(said: &str) -> Option<(Timestamp, Vec<u8>, Vec<u8>)> {
    let mut parts = said.strip_prefix(SCHEME)?.split('.');
    let (time, digest, mac) = (parts.next()?, parts.next()?, parts.next()?);
    let decoded = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
    parts.next().is_none().then_some(())?;
    Some((Timestamp(time.parse().ok()?), decoded(digest)?, decoded(mac)?))
}

fn unknown(problem: &str) -> Box<Reply> {
    let reply = refusal(
        StatusCode::UNAUTHORIZED,
        problem,
        "Authorization: Selvedge v1…, as `selvedge outbox` and `selvedge config` send it",
    );
    Box::new(reply.with(WWW_AUTHENTICATE, HeaderValue::from_static("Selvedge")))
}

/// The answer to a list: a page of keys, and where the next begins.
#[must_use]
pub fn listed(edge: &Edge, names: &[String], next: Option<&str>) -> Reply {
    done(edge, json!({"names": names, "next": next}))
}

/// The answer to an order to read: the parcels that were found.
#[must_use]
pub fn read(edge: &Edge, texts: &[String]) -> Reply {
    done(edge, json!({"parcels": raw(texts)}))
}

/// The answer to an order to drain: the log's lines of what became of it.
#[must_use]
pub fn drained(edge: &Edge, lines: &[String]) -> Reply {
    done(edge, json!({"lines": raw(lines)}))
}

/// The answer to an order to replay: how many parcels are in the outbox now.
#[must_use]
pub fn replayed(edge: &Edge, parcels: usize) -> Reply {
    done(edge, json!({"replayed": parcels}))
}

/// The answer to an order for visits: their keys, and their texts as they were kept.
#[must_use]
pub fn visits(edge: &Edge, visits: &[(String, String)]) -> Reply {
    let visits: Vec<_> = visits.iter().map(|(key, text)| json!({"key": key, "text": text})).collect();
    done(edge, json!({"visits": visits}))
}

/// The answer where the store is not there, or busy: another time it may be.
#[must_use]
pub fn unavailable(problem: &str, expected: &str) -> Reply {
    refusal(StatusCode::SERVICE_UNAVAILABLE, problem, expected)
}

fn done(edge: &Edge, mut said: Value) -> Reply {
    if let Some(said) = said.as_object_mut() {
        said.insert("platform".into(), edge.platform.name.into());
    }
    json_reply(StatusCode::OK, &said)
}

fn raw(texts: &[String]) -> Vec<Box<RawValue>> {
    texts.iter().filter_map(|text| RawValue::from_string(text.clone()).ok()).collect()
}

#[cfg(test)]
#[path = "owner_tests.rs"]
mod tests;
