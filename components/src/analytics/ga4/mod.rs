//! Google Analytics 4, by the protocol of its own browser tag (`/g/collect`), which needs no API secret and knows
//! sessions, engagement and consent; or, with an API secret, by the Measurement Protocol (`measurement`), which Google
//! documents and which knows less.
//!
//! Google does not document the tag's protocol. It is as public references have it
//! (thyngster.com/ga4-measurement-protocol-cheatsheet; github.com/d8a-tech/d8a, `tracking-protocols/ga4-gtag.md`, and
//! its `pkg/protocol/ga4`, as of 2026-11) and as Edgee spoke it.
//!
//! One form, however many events there are: what events share is the query, and each event is a line of the body,
//! which is what gtag sends when it batches. A line has what differs (`line`), the query the rest (`shared`); events
//! that differ in what is shared (another page, another user, another consent) are another request. It keeps URLs
//! short, whatever an event says.
//!
//! The protocol has no time of an event: to Google, it happened when the request arrived.

mod client_id;
mod commerce;
mod consent;
mod limit;
mod line;
mod measurement;
mod shared;
mod value;

use http::Method;
use selvedge_core::account::DropReason;
use selvedge_core::component::{
    Destination, Encoded, Kind, Moment, Outbound, ResolvedSettings, SettingError, SettingSpec,
};
use selvedge_core::consent::Purpose;
use selvedge_core::event::Event;

use crate::browser::user_agent;
use crate::request::base;
use client_id::Visit;
use line::Line;

/// Google Analytics 4.
pub const KIND: Kind = Kind {
    name: "ga4",
    purposes: &[Purpose::Analytics],
    conversions: false,
    tcf_vendor: None,
    settings: &[
        SettingSpec {
            name: "measurement_id",
            required: true,
            secret: false,
            help: "The web stream's measurement id, G-XXXXXXXXXX: Google Analytics, Admin → Data streams → your stream.",
        },
        SettingSpec {
            name: "api_secret",
            required: false,
            secret: true,
            help: "Sends by the documented Measurement Protocol instead of the tag's: Google Analytics, Admin → Data \
                   streams → your stream → Measurement Protocol API secrets.",
        },
    ],
    build,
};

/// Where Google takes events, unless `endpoint` says otherwise: `https://region1.google-analytics.com` keeps them in
/// the EU.
const BASE: &str = "https://www.google-analytics.com";

#[derive(Debug)]
struct Ga4 {
    measurement_id: String,
    base: String,
}

fn build(settings: &ResolvedSettings) -> Result<Box<dyn Destination>, SettingError> {
    let measurement_id = settings.required("measurement_id")?;
    let digits = measurement_id.strip_prefix("G-").unwrap_or("");
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) {
        return Err(SettingError {
            name: "measurement_id",
            problem: format!(
                "`{measurement_id}` is not a measurement id, which looks like `G-XXXXXXXXXX`: Admin → Data streams"
            ),
        });
    }
    let base = base(settings, BASE);
    if let Some(secret) = settings.text("api_secret") {
        return Ok(Box::new(measurement::Measurement::new(&base, measurement_id, &secret)));
    }
    Ok(Box::new(Ga4 { measurement_id, base }))
}

/// A request in the making.
struct Request {
    query: String,
    user_agent: Option<String>,
    currency: Option<String>,
    body: String,
    events: Vec<usize>,
}

impl Destination for Ga4 {
    fn encode(&self, batch: &[&Event], moment: &Moment<'_>) -> Encoded {
        let visit = Visit::of(&self.measurement_id, batch, moment);
        let mut requests: Vec<Request> = Vec::new();
        let mut dropped = Vec::new();
        for (index, event) in batch.iter().enumerate() {
            match line::of(event, &visit, requests.is_empty()) {
                Some(line) => {
                    let query = shared::query(&self.measurement_id, event, batch, &visit);
                    add(&mut requests, query, event, line, index);
                }
                None => dropped.push((index, DropReason::NotSupported)),
            }
        }
        let requests = requests.into_iter().enumerate().map(|(nth, request)| self.outbound(nth + 1, request));
        Encoded { requests: requests.collect(), dropped, ..Encoded::default() }
    }
}

/// Adds an event to the first request that can hold it, or to a new one.
fn add(requests: &mut Vec<Request>, query: String, event: &Event, line: Line, index: usize) {
    let user_agent = user_agent(event);
    let held = requests.iter_mut().find(|request| {
        request.query == query
            && request.user_agent == user_agent
            // Whoever names no currency has no amounts that another's would change.
            && (request.currency == line.currency || request.currency.is_none() || line.currency.is_none())
            && request.events.len() < limit::EVENTS
            && request.body.len() + 1 + line.text.len() <= limit::BODY
    });
    if let Some(request) = held {
        request.body.push('\n');
        request.body.push_str(&line.text);
        request.currency = request.currency.take().or(line.currency);
        request.events.push(index);
    } else {
        let Line { text: body, currency } = line;
        requests.push(Request { query, user_agent, currency, body, events: vec![index] });
    }
}

impl Ga4 {
    fn outbound(&self, nth: usize, request: Request) -> (Outbound, Vec<usize>) {
        // gtag counts its requests.
        let mut url = format!("{}/g/collect?{}&_s={nth}", self.base, request.query);
        if let Some(currency) = request.currency {
            url.push_str("&cu=");
            url.push_str(&crate::query::encoded(&currency));
        }
        let mut headers = vec![("content-type", "text/plain;charset=UTF-8".to_owned())];
        // Google derives the device from it. Language and referrer it reads from `ul` and `dl`, the address from
        // `_uip`: the other headers of the visitor stay here.
        headers.extend(request.user_agent.map(|agent| ("user-agent", agent)));
        (Outbound { method: Method::POST, url, headers, body: request.body.into_bytes() }, request.events)
    }
}
