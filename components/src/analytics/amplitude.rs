//! Amplitude, by its HTTP V2 API: `POST /2/httpapi`.
//!
//! amplitude.com/docs/apis/analytics/http-v2 as of 2026-11; names of events and properties are those of its
//! browser SDK (github.com/amplitude/Amplitude-TypeScript, `plugin-page-view-tracking-browser`,
//! `analytics-core/src/attribution`).
//!
//! A `session_end` is not sent: Amplitude takes a session's length from its first and last event, and when
//! the last session ended nobody knows by the time the next one begins.

use std::collections::BTreeMap;

use selvedge_core::component::{
    Destination, Encoded, Fate, Kind, Moment, Reader, ResolvedSettings, Response, SettingError, SettingSpec,
};
use selvedge_core::consent::Purpose;
use selvedge_core::event::{Client, Data, Event, Page, Properties, Track};
use selvedge_core::visitor::native::{self, Amplitude as Native};
use serde_json::Value;

use crate::answer;
use crate::batch::{Room, together};
use crate::commerce::{Action, Commerce, json_number};
use crate::ids::{Ids, Nobody};
use crate::json::{put, to_text};
use crate::page::{self, Place};
use crate::request::{base_of_region, post_text};
use crate::trim::{Bounds, fitting};
use crate::{browser, campaign};

/// Amplitude.
pub const KIND: Kind = Kind {
    name: "amplitude",
    purposes: &[Purpose::Analytics],
    conversions: false,
    tcf_vendor: None,
    settings: &[
        SettingSpec {
            name: "api_key",
            required: true,
            // It is in the page of everyone who uses Amplitude's own SDK.
            secret: false,
            help: "The project's API key: Amplitude, Settings → Projects → your project → General. Not the \
                   secret key.",
        },
        SettingSpec {
            name: "region",
            required: false,
            secret: false,
            help: "`us` (without it) or `eu`: where the project's data is kept, Settings → Projects → your \
                   project.",
        },
    ],
    build,
};

const US: &str = "https://api2.amplitude.com";
const EU: &str = "https://api.eu.amplitude.com";

/// A request takes 2,000 events, of which one that opens a session is two, and 1 MB, less what is around the events.
const ROOM: Room = Room { events: 1000, bytes: 995_000, around: 0 };
/// Bytes of an event, with room for the one that opens its session.
const EVENT: usize = 990_000;
/// Amplitude cuts texts itself, and looks no deeper than 40 levels.
const BOUNDS: Bounds = Bounds { text: 1024, values: 1000, depth: 40 };
/// A session is over half an hour after its last event.
const SESSION_MS: i64 = 30 * 60 * 1000;

#[derive(Debug)]
struct Amplitude {
    url: String,
    api_key: String,
}

fn build(settings: &ResolvedSettings) -> Result<Box<dyn Destination>, SettingError> {
    let api_key = settings.required("api_key")?;
    let base = base_of_region(settings, US, EU)?;
    Ok(Box::new(Amplitude { url: format!("{base}/2/httpapi"), api_key }))
}

impl Destination for Amplitude {
    fn encode(&self, batch: &[&Event], moment: &Moment<'_>) -> Encoded {
        let nobody = Nobody::new(moment.random);
        let key = Value::from(self.api_key.as_str());
        together(
            batch,
            ROOM,
            |event| self.event(event, &nobody),
            |events, _| {
                // Without the option, ids of fewer than five characters are dropped.
                let body =
                    format!(r#"{{"api_key":{key},"events":[{events}],"options":{{"min_id_length":1}}}}"#);
                post_text(self.url.clone(), body, vec![])
            },
        )
    }

    fn reader(&self) -> Option<Reader> {
        Some(read)
    }
}

impl Amplitude {
    /// An event as text, after the one that opens its session where it does. None where Amplitude has no use
    /// for it.
    fn event(&self, event: &Event, nobody: &Nobody<'_>) -> Option<String> {
        let theirs = native::amplitude(&event.context.ids, &self.api_key).filter(|_| !event.anonymous);
        let session = Session::of(event, theirs.as_ref());
        let shared = shared(event, theirs.as_ref(), &session, nobody)?;
        let mut own = shared.clone();
        put(&mut own, "insert_id", Some(event.uuid.to_string()));
        put(&mut own, "time", Some(event.timestamp.0));
        let nobody = own.get("device_id").and_then(Value::as_str).is_some_and(|id| nobody.is(id));
        let mut properties = Properties::new();
        match &event.data {
            Data::Page(page) => {
                put(&mut own, "event_type", Some("[Amplitude] Page Viewed"));
                put_page(&mut properties, event);
                put_viewed(&mut properties, page, event);
                put(&mut own, "user_properties", Some(attribution(event)));
            }
            Data::Track(track) => {
                put(&mut own, "event_type", Some(track.name.trim()));
                own.get("event_type")?;
                put_page(&mut properties, event);
                properties.extend(track.properties.clone());
                put_revenue(&mut own, track, &mut properties);
                put(&mut own, "user_properties", Some(set(event.context.user.properties.clone())));
            }
            // What is said of nobody is lost with them.
            Data::User(_) if nobody && !own.contains_key("user_id") => return None,
            Data::User(user) => {
                put(&mut own, "event_type", Some("$identify"));
                let mut said = user.properties.clone();
                put(&mut said, "anonymous_id", Ids::real(event).anonymous);
                if said.is_empty() && !own.contains_key("user_id") {
                    return None;
                }
                put(&mut own, "user_properties", Some(set(said)));
            }
        }
        if nobody {
            properties.insert("anonymous".into(), Value::Bool(true));
        }
        put(&mut own, "event_properties", Some(BOUNDS.properties(properties)));
        let own = fitting(own, &["event_properties", "user_properties"], EVENT)?;
        if !session.opens {
            return Some(own);
        }
        let mut start = shared;
        put(&mut start, "insert_id", Some(format!("{}-session_start", event.uuid)));
        put(&mut start, "time", Some(event.timestamp.0.saturating_sub(1)));
        put(&mut start, "event_type", Some("session_start"));
        Some(format!("{},{own}", to_text(&start)))
    }
}

/// The session, by its start in milliseconds.
struct Session {
    id: Option<i64>,
    opens: bool,
}

impl Session {
    /// Amplitude's own SDK may report the same visit: while its session lasts, it is that one.
    fn of(event: &Event, theirs: Option<&Native>) -> Self {
        let live = theirs.filter(|native| {
            native.last_event_time.is_some_and(|last| event.timestamp.0.saturating_sub(last) < SESSION_MS)
        });
        if let Some(id) = live.and_then(|native| native.session_id) {
            return Self { id: Some(id), opens: false };
        }
        let ours = event.context.session.as_ref();
        let id = ours.and_then(|session| session.session_id.parse::<i64>().ok()?.checked_mul(1000));
        Self { id, opens: id.is_some() && ours.is_some_and(|session| session.session_start) }
    }
}

/// What a session's first event and the one before it have in common.
fn shared(
    event: &Event,
    theirs: Option<&Native>,
    session: &Session,
    nobody: &Nobody<'_>,
) -> Option<Properties> {
    let mut shared = Properties::new();
    let client = &event.context.client;
    let ids = Ids::real(event);
    let user_id = ids.user.or_else(|| theirs?.user_id.as_deref());
    let device_id = theirs.map(|native| native.device_id.as_str()).or(ids.visitor);
    put(&mut shared, "user_id", user_id);
    // One of the two must be there.
    put(&mut shared, "device_id", device_id.or_else(|| user_id.is_none().then(|| nobody.id())));
    put(&mut shared, "session_id", session.id);
    put(&mut shared, "platform", Some("Web"));
    put(&mut shared, "library", Some(concat!("selvedge/", env!("CARGO_PKG_VERSION"))));
    put(&mut shared, "language", browser::locale(client));
    put_device(&mut shared, client);
    Some(shared)
}

/// Browser and place are derived from `user_agent` and `ip`, as they are for Amplitude's own SDK, so that
/// both agree on their names; our own stand in where these are unknown.
fn put_device(shared: &mut Properties, client: &Client) {
    put(shared, "user_agent", client.user_agent.as_deref());
    if client.user_agent.is_none() {
        put(shared, "os_name", client.os_name.as_deref());
        put(shared, "os_version", client.os_version.as_deref());
    }
    // Android's browsers no longer tell it in `User-Agent`.
    put(shared, "device_model", client.user_agent_model.as_deref());
    put(shared, "ip", client.ip.as_deref());
    if client.ip.is_none() {
        put(shared, "country", client.country_name.as_deref().or(client.country_code.as_deref()));
        put(shared, "region", client.region.as_deref());
        put(shared, "city", client.city.as_deref());
    }
}

/// Where it happened, as the SDK has it on every event.
fn put_page(properties: &mut Properties, event: &Event) {
    let place = Place::of(event);
    put(properties, "[Amplitude] Page Domain", place.host());
    put(properties, "[Amplitude] Page Location", place.location());
    put(properties, "[Amplitude] Page Path", place.path);
    put(properties, "[Amplitude] Page Title", place.title);
    put(properties, "[Amplitude] Page URL", place.url.map(page::bare));
}

fn put_viewed(properties: &mut Properties, page: &Page, event: &Event) {
    put(properties, "name", page.name.as_deref());
    put(properties, "category", page.category.as_deref());
    put(properties, "keywords", Some(page.keywords.clone()));
    properties.extend(came(event));
    properties.extend(page.properties.clone());
}

/// How the visitor came to this page: campaign, click, and the site that sent them.
fn came(event: &Event) -> Properties {
    let mut came: Properties = campaign::parameters(&event.context.campaign)
        .chain(campaign::clicks(event))
        .map(|(name, value)| (name.to_owned(), Value::from(value)))
        .collect();
    if let Some((referrer, host)) = Place::of(event).external_referrer() {
        put(&mut came, "referrer", Some(referrer));
        put(&mut came, "referring_domain", Some(host));
    }
    came
}

/// The properties of the user: what the owner says of them, and how they came, now and first.
fn attribution(event: &Event) -> Properties {
    let came = came(event);
    let first: Properties =
        came.iter().map(|(name, value)| (format!("initial_{name}"), value.clone())).collect();
    let mut said = event.context.user.properties.clone();
    said.extend(came);
    let mut operations = set(said);
    put(&mut operations, "$setOnce", Some(first));
    operations
}

/// Operations only: beside one, Amplitude takes no property without.
fn set(properties: Properties) -> Properties {
    let mut operations = Properties::new();
    put(&mut operations, "$set", Some(BOUNDS.properties(properties)));
    operations
}

/// An order's revenue in Amplitude's own fields; a refund's is negative. Of one product, which it was.
fn put_revenue(own: &mut Properties, track: &Track, properties: &mut Properties) {
    let commerce = Commerce::of(track);
    if commerce.action.is_none() {
        return;
    }
    // Amplitude's analysis of carts is of a list called `products`.
    if let Some(items) = properties.get("items").filter(|_| !properties.contains_key("products")).cloned() {
        properties.shift_remove("items");
        properties.insert("products".into(), items);
    }
    let (sign, kind) = match commerce.action {
        Some(Action::Purchase) => (1.0, "purchase"),
        Some(Action::Refund) => (-1.0, "refund"),
        _ => return,
    };
    let Some(value) = commerce.value.filter(|value| *value != 0.0) else { return };
    put(own, "revenue", Some(json_number(sign * value.abs())));
    put(own, "revenueType", Some(kind));
    put(own, "currency", commerce.currency.as_deref());
    // Neither price nor quantity: beside them Amplitude reckons the revenue itself, without discounts and
    // signs.
    if let [product] = commerce.products.as_slice() {
        put(own, "productId", product.id.as_deref().or(product.name.as_deref()));
    }
}

/// Amplitude refuses a whole request for one bad event, and says which one it was
/// (amplitude.com/docs/apis/analytics/http-v2, "400 (invalid request)"): the others are good, and may be sent without it.
fn read(response: &Response<'_>) -> Option<Vec<Fate>> {
    if response.status.is_success() {
        return Some(response.all(&Fate::Delivered));
    }
    let answer = answer::json(response).filter(|_| response.status.as_u16() == 400)?;
    let owners = owners(response)?;
    let error = answer::text(&answer, "/error").unwrap_or_default();
    let mut wrong = BTreeMap::new();
    for list in ["events_with_invalid_fields", "events_with_missing_fields", "events_with_invalid_id_lengths"]
    {
        for (field, list) in answer.get(list).and_then(Value::as_object).into_iter().flatten() {
            for owner in answer::places(Some(list)).filter_map(|place| owners.get(place)) {
                wrong.insert(*owner, Fate::Rejected(format!("{error}: {field}")));
            }
        }
    }
    for owner in answer::places(answer.get("silenced_events")).filter_map(|place| owners.get(place)) {
        wrong.insert(*owner, Fate::Rejected(error.clone()));
    }
    if wrong.is_empty() {
        return Some(response.all(&Fate::Rejected(answer::words(&answer, ["/error", "/missing_field"]))));
    }
    Some(answer::all_but(response, &Fate::Retryable("refused beside another event".into()), &wrong))
}

/// Whose each of the request's events is: before the one that opens a session goes another that says so.
fn owners(response: &Response<'_>) -> Option<Vec<usize>> {
    let request: Value = serde_json::from_slice(&response.request.body).ok()?;
    let mut owner = 0;
    let owners = request.get("events")?.as_array()?.iter().map(|event| {
        let opens = answer::text(event, "/insert_id").is_some_and(|id| id.ends_with("-session_start"));
        let this = owner;
        owner += usize::from(!opens);
        this
    });
    Some(owners.collect())
}
