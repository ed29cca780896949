//! The Measurement Protocol of Google Analytics 4: `POST /mp/collect` of JSON, with an API secret.
//!
//! After developers.google.com/analytics/devguides/collection/protocol/ga4/reference and …/ga4/sending-events, as of
//! 2026-11. Google means it for what its tag cannot see. It documents every field and takes the time of an event; it
//! opens no sessions of its own accord, and does not say what it dropped.
//!
//! What the events of one visit share is the request's (visitor, user, consent, browser), and the page is each event's:
//! so a visit is one request, unless one of its events was of another user or under another consent.

use selvedge_core::component::{Destination, Encoded, Moment, Outbound};
use selvedge_core::consent::google::{Signal, Signals};
use selvedge_core::event::{Client, Event};
use serde_json::{Map, Value, json};

use super::client_id::Visit;
use super::line::{Content, parameters, user_properties};
use super::shared::{self, Place};
use super::value::Scalar;
use super::{commerce, limit};
use crate::batch::{Room, requests, told};
use crate::browser::screen;
use crate::cut::characters;
use crate::ids::granted;
use crate::json::{add, to_text};
use crate::query::Query;
use crate::request::post_text;
use crate::secret::Secret;

/// How long somebody was engaged who is not said to have been, in milliseconds. Whoever was not at all is not among
/// Google's active users and not in its real-time report; a millisecond does not change how long others were.
const ENGAGED: u64 = 1;

/// Google Analytics 4, by the Measurement Protocol.
#[derive(Debug)]
pub(super) struct Measurement {
    measurement_id: String,
    /// With the secret, which Google takes nowhere but in the query.
    url: Secret,
}

impl Measurement {
    pub(super) fn new(base: &str, measurement_id: String, api_secret: &str) -> Self {
        let mut query = Query::default();
        query.push("measurement_id", &measurement_id);
        query.push("api_secret", api_secret);
        Self { url: Secret(format!("{base}/mp/collect?{}", query.as_str())), measurement_id }
    }

    fn outbound(&self, request: &str, events: &str) -> Outbound {
        // The request's object, not closed yet.
        let body = format!(r#"{request},"events":[{events}]}}"#);
        post_text(self.url.0.clone(), body, Vec::new())
    }
}

impl Destination for Measurement {
    fn encode(&self, batch: &[&Event], moment: &Moment<'_>) -> Encoded {
        let visit = Visit::of(&self.measurement_id, batch, moment);
        let mut encoded = Encoded::default();
        let mut visits: Vec<(String, Vec<(usize, String)>)> = Vec::new();
        for (index, (line, shared)) in told(batch, &mut encoded, |event| {
            let line = line(event, &visit)?;
            Some((line, to_text(&shared_by(event, batch, &visit))))
        }) {
            let shared = shared.strip_suffix('}').map(str::to_owned).unwrap_or_default();
            match visits.iter_mut().find(|(known, _)| *known == shared) {
                Some((_, lines)) => lines.push((index, line)),
                None => visits.push((shared, vec![(index, line)])),
            }
        }
        for (shared, lines) in visits {
            let room = Room { events: limit::EVENTS, bytes: limit::BODY, around: shared.len() + 20 };
            let outbound = |events: &str, _| self.outbound(&shared, events);
            encoded.requests.extend(requests(lines, room, outbound));
        }
        encoded
    }
}

/// What a request says of all of its events.
fn shared_by(event: &Event, batch: &[&Event], visit: &Visit) -> Map<String, Value> {
    let mut shared = Map::from_iter([("client_id".to_owned(), visit.client_id(event).into())]);
    let user = shared::user_id(event, batch).map(|id| characters(id, limit::USER_ID));
    add(&mut shared, "user_id", user);
    let properties = user_properties(event);
    if !properties.is_empty() {
        let wrapped = properties.into_iter().map(|(name, value)| (name, json!({"value": json(value)})));
        shared.insert("user_properties".into(), Value::Object(wrapped.collect()));
    }
    let signals = Signals::of(&event.consent);
    let word = |signal: Signal| if signal.is_granted() { "GRANTED" } else { "DENIED" };
    shared.insert(
        "consent".into(),
        json!({
            "ad_user_data": word(signals.ad_user_data),
            "ad_personalization": word(signals.ad_personalization),
        }),
    );
    let client = &event.context.client;
    // Google sees our address, not the visitor's; where they are, it knows by theirs alone.
    if granted(event) {
        add(&mut shared, "ip_override", client.ip.as_deref());
    }
    let (name, value) = match (device(client), client.user_agent.as_deref()) {
        (Some(device), _) => ("device", device),
        (None, Some(agent)) => ("user_agent", agent.into()),
        (None, None) => return shared,
    };
    shared.insert(name.to_owned(), value);
    shared
}

/// The browser, where we know what kind it is; Google would take its `User-Agent` apart otherwise, or not at all.
fn device(client: &Client) -> Option<Value> {
    let category = match client.device.as_deref()? {
        "tv" => "smart TV",
        known @ ("desktop" | "mobile" | "tablet") => known,
        _ => return None,
    };
    let mut device = Map::from_iter([("category".to_owned(), category.into())]);
    for (name, text) in [
        ("language", client.locale.as_deref()),
        ("operating_system", client.os_name.as_deref()),
        ("operating_system_version", client.os_version.as_deref()),
        ("model", client.user_agent_model.as_deref()),
        ("browser", client.browser.as_deref()),
        ("browser_version", client.browser_version.as_deref()),
        ("screen_resolution", screen(client).as_deref()),
    ] {
        add(&mut device, name, text.filter(|text| !text.is_empty()));
    }
    Some(Value::Object(device))
}

/// An event; none if it has no name.
fn line(event: &Event, visit: &Visit) -> Option<String> {
    let content = Content::of(event)?;
    let mut params = Map::from_iter([
        ("session_id".to_owned(), visit.session_id(event).into()),
        ("engagement_time_msec".to_owned(), content.engagement.unwrap_or(ENGAGED).into()),
    ]);
    let place = Place::of(event);
    for (name, text) in [
        ("page_location", place.location.as_deref()),
        ("page_referrer", place.referrer),
        ("page_title", place.title),
        ("currency", content.currency.as_deref()),
    ] {
        add(&mut params, name, text);
    }
    // They count as the owner's do, and so do the items.
    let taken = params.len() + usize::from(!content.products.is_empty());
    for (name, value) in parameters(event, &content.properties, limit::PARAMETERS.saturating_sub(taken)) {
        params.entry(name).or_insert_with(|| json(value));
    }
    let mut line = Map::from_iter([
        ("name".to_owned(), limit::measured(content.name).into()),
        // Of milliseconds, microseconds.
        ("timestamp_micros".to_owned(), event.timestamp.0.saturating_mul(1000).into()),
    ]);
    let mut size = to_text(&params).len() + 8000;
    let mut items = Vec::new();
    for item in content.products.iter().filter_map(commerce::item_object).take(limit::ITEMS) {
        size += to_text(&item).len() + 1;
        // What a request cannot hold, no request can.
        if size > limit::BODY {
            break;
        }
        items.push(Value::Object(item));
    }
    if !items.is_empty() {
        params.insert("items".into(), items.into());
    }
    line.insert("params".into(), params.into());
    Some(to_text(&line))
}

fn json(value: Scalar) -> Value {
    match value {
        Scalar::Text(text) => text.into(),
        Scalar::Number(number) => number.into(),
    }
}
