//! The event endpoint: limits first, then the body, then an answer that says what happened.

use http::StatusCode;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, SET_COOKIE};
use serde_json::json;

use crate::edgee::{Dialect, client_error};
use crate::event::payload::Payload;
use crate::head::Reply;
use crate::identity::{Identity, identify};
use crate::receive::cors::Cors;
use crate::receive::{Arrival, json_reply, refusal};
use crate::trace::Seen;
use crate::visit::{Occasion, Visit};

/// A post of events whose body is still to be read.
#[derive(Debug)]
pub struct Collect {
    arrival: Arrival,
    cors: Cors,
    dialect: Dialect,
}

/// Why a body could not be handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyFault {
    /// Longer than [`Collect::limit`].
    TooLarge,
    /// The connection broke.
    Broken,
}

impl Collect {
    /// Judges the head of a post. The error is the complete answer.
    pub(crate) fn new(arrival: Arrival, cors: Cors) -> Result<Self, Box<Reply>> {
        let collect = Self { arrival, cors, dialect: Dialect::default() };
        let request = &collect.arrival.request;
        let media = request.header(CONTENT_TYPE.as_str()).unwrap_or_default();
        let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        // Beacons say text/plain, which spares the preflight.
        if media != "application/json" && media != "text/plain" {
            let problem = format!("content type {media:?}");
            let reply =
                refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE, &problem, "application/json or text/plain");
            return Err(Box::new(collect.readable(reply)));
        }
        let declared = request.header(CONTENT_LENGTH.as_str()).and_then(|length| length.parse::<u64>().ok());
        if declared.is_some_and(|length| length > collect.limit() as u64) {
            return Err(Box::new(collect.too_large()));
        }
        Ok(collect)
    }

    /// The same, answered in this dialect.
    pub(crate) fn speaking(self, dialect: Dialect) -> Self {
        Self { dialect, ..self }
    }

    /// How many bytes of body to read at the most.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.arrival.edge.config.collect.max_bytes as usize
    }

    /// Takes the body: the answer, and what was learned where it was good.
    #[must_use]
    pub fn accept(self, body: Result<&[u8], BodyFault>) -> (Reply, Option<Visit>) {
        let body = match body {
            Ok(body) if body.len() > self.limit() => return (self.too_large(), None),
            Ok(body) => body,
            Err(BodyFault::TooLarge) => return (self.too_large(), None),
            Err(BodyFault::Broken) => {
                let reply = refusal(StatusCode::BAD_REQUEST, "the body ended early", "a complete body");
                return (self.readable(reply), None);
            }
        };
        if self.dialect != Dialect::Selvedge
            && let Some((reply, complaint)) = client_error(&self.arrival.request, body)
        {
            let (reply, identity) = (self.readable(reply), Identity::default());
            let occasion = Occasion::ScriptError(complaint);
            let seen = Seen::of(&self.arrival, reply.status.as_u16(), Some(body));
            return (reply, Some(Visit { arrival: self.arrival, occasion, identity, page: None, seen }));
        }
        let payload = match Payload::from_post(body) {
            Ok(payload) => payload,
            Err(error) => {
                let reply = json_reply(StatusCode::BAD_REQUEST, &json!({"error": error.to_string()}));
                return (self.readable(reply), None);
            }
        };
        let identity = identify(&self.arrival, Some(&payload));
        let accepted = payload.events.as_ref().map_or(0, Vec::len);
        let visitor = &self.arrival.edge.config.visitor;
        let (reply, cookies) = self.dialect.accepted(accepted, &identity.cookies, visitor);
        let mut reply = self.readable(reply);
        for cookie in cookies {
            reply.headers.append(SET_COOKIE, cookie);
        }
        let occasion = Occasion::Post(Box::new(payload));
        let seen = Seen::of(&self.arrival, reply.status.as_u16(), Some(body));
        (reply, Some(Visit { arrival: self.arrival, occasion, identity, page: None, seen }))
    }

    fn too_large(&self) -> Reply {
        let expected = format!("at most {} bytes", self.limit());
        self.readable(refusal(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large", &expected))
    }

    fn readable(&self, mut reply: Reply) -> Reply {
        self.cors.allow(&mut reply.headers);
        reply
    }
}
