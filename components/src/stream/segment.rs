//! Segment, and whatever takes what Segment takes (RudderStack, Jitsu): `POST /v1/batch`.
//!
//! segment.com/docs/connections/sources/catalog/libraries/server/http-api and
//! segment.com/docs/connections/spec/common, as of 2026-11. With `endpoint`, another's:
//! rudderstack.com/docs/api/http-api has the same path and authentication.
//!
//! `sentAt` is left out on purpose: from it Segment reckons how wrong the sender's clock is, and a batch that
//! is sent again a minute later would move its events by a minute.

use selvedge_core::account::DropReason;
use selvedge_core::component::{
    Destination, Encoded, Kind, Moment, ResolvedSettings, SettingError, SettingSpec,
};
use selvedge_core::consent::{Purpose, Purposes};
use selvedge_core::event::{Client, Data, Event, Page, Properties};
use selvedge_core::visitor::native;
use serde_json::{Value, json};

use crate::request::{base, basic, batches, post_text};
use crate::shop;
use crate::trim::{fitting, listed, put};
use crate::visit::{self, Nobody, Place};

/// Segment.
pub const KIND: Kind = Kind {
    name: "segment",
    purposes: &[Purpose::Analytics],
    conversions: false,
    // Not on the list: it passes on what its customer collected.
    tcf_vendor: None,
    settings: &[
        SettingSpec {
            name: "write_key",
            required: true,
            secret: true,
            help: "The source's write key: Segment, Connections → Sources → your source → Settings → API \
                   Keys; RudderStack, Sources → your source → Settings.",
        },
        SettingSpec {
            name: "region",
            required: false,
            secret: false,
            help: "`us` (without it) or `eu`: where the workspace is, Segment, Settings → Workspace \
                   Settings. RudderStack and others: `endpoint` instead, the data plane's URL.",
        },
    ],
    build,
};

const US: &str = "https://api.segment.io";
const EU: &str = "https://events.eu1.segmentapis.com";

/// Events of a request.
const EVENTS: usize = 2500;
/// Bytes of a request: 500 KB, less what is around the events.
const BODY: usize = 499_000;
/// Bytes of an event: 32 KB.
const EVENT: usize = 32_000;

#[derive(Debug)]
struct Segment {
    url: String,
    write_key: String,
}

fn build(settings: &ResolvedSettings) -> Result<Box<dyn Destination>, SettingError> {
    let write_key = settings.required("write_key")?;
    let vendor = match settings.text("region").as_deref() {
        None | Some("us") => US,
        Some("eu") => EU,
        Some(other) => {
            return Err(SettingError {
                name: "region",
                problem: format!("`{other}` is neither `us` nor `eu`"),
            });
        }
    };
    Ok(Box::new(Segment { url: format!("{}/v1/batch", base(settings, vendor)), write_key }))
}

impl Destination for Segment {
    fn encode(&self, batch: &[&Event], moment: &Moment<'_>) -> Encoded {
        let nobody = Nobody::new(moment.random);
        let mut encoded = Encoded::default();
        let mut messages = Vec::new();
        for (index, event) in batch.iter().enumerate() {
            match message(event, &nobody)
                .and_then(|message| fitting(message, &["properties", "traits"], EVENT))
            {
                Some(message) => messages.push((index, message)),
                None => encoded.dropped.push((index, DropReason::NotSupported)),
            }
        }
        for messages in batches(messages, |(_, message)| message.len(), (EVENTS, BODY, 1)) {
            let (indices, texts): (Vec<_>, Vec<_>) = messages.into_iter().unzip();
            let body = listed(r#"{"batch":["#, texts.iter().map(String::as_str), "]}");
            let headers = vec![basic(&self.write_key, "")];
            encoded.requests.push((post_text(self.url.clone(), body, headers), indices));
        }
        encoded
    }
}

/// An event as Segment has it. None where it says nothing of anybody, or nothing happened.
fn message(event: &Event, nobody: &Nobody<'_>) -> Option<Properties> {
    let mut message = Properties::new();
    let user_id = visit::user_id(event);
    let known = visit::anonymous_id(event)
        .or_else(|| native::segment(&event.context.ids).filter(|_| !event.anonymous))
        .or_else(|| visit::visitor_id(event));
    let nobody_at_all = user_id.is_none() && known.is_none();
    match &event.data {
        Data::Page(page) => {
            put(&mut message, "type", Some("page"));
            put(&mut message, "name", page.name.as_deref());
            put(&mut message, "category", page.category.as_deref());
            message.insert("properties".into(), Value::Object(page_properties(page, Place::of(event))));
        }
        Data::Track(track) => {
            let (name, properties) = shop::event(track);
            put(&mut message, "type", Some("track"));
            put(&mut message, "event", Some(name.trim()));
            message.get("event")?;
            message.insert("properties".into(), Value::Object(properties));
        }
        // What is said of nobody is said of nobody again on the next page.
        Data::User(_) if nobody_at_all => return None,
        Data::User(user) if user_id.is_none() && user.properties.is_empty() => return None,
        Data::User(user) => {
            put(&mut message, "type", Some("identify"));
            message.insert("traits".into(), Value::Object(user.properties.clone()));
        }
    }
    put(&mut message, "messageId", Some(event.uuid.to_string()));
    put(&mut message, "timestamp", Some(event.timestamp.rfc3339()));
    put(&mut message, "userId", user_id);
    put(&mut message, "anonymousId", known.or_else(|| nobody_at_all.then(|| nobody.id())));
    message.insert("context".into(), Value::Object(context(event, nobody_at_all)));
    Some(message)
}

/// As analytics.js has it: the page's own, then what the owner says, which wins.
fn page_properties(page: &Page, place: Place<'_>) -> Properties {
    let mut properties = Properties::new();
    put(&mut properties, "name", page.name.as_deref());
    put(&mut properties, "category", page.category.as_deref());
    put_place(&mut properties, place);
    put(&mut properties, "keywords", Some(page.keywords.clone()));
    properties.extend(page.properties.clone());
    properties
}

fn put_place(object: &mut Properties, place: Place<'_>) {
    put(object, "path", place.path);
    put(object, "referrer", place.referrer);
    put(object, "search", place.search);
    put(object, "title", place.title);
    put(object, "url", place.url);
}

fn context(event: &Event, nobody: bool) -> Properties {
    let mut context = Properties::new();
    let client = &event.context.client;
    put(&mut context, "ip", client.ip.as_deref());
    put(&mut context, "locale", visit::locale(client));
    put(&mut context, "timezone", client.timezone.as_deref());
    put(&mut context, "userAgent", client.user_agent.as_deref());
    put(&mut context, "userAgentData", Some(user_agent_data(client)));
    let mut os = Properties::new();
    put(&mut os, "name", client.os_name.as_deref());
    put(&mut os, "version", client.os_version.as_deref());
    put(&mut context, "os", Some(os));
    let mut screen = Properties::new();
    put(&mut screen, "width", client.screen_width);
    put(&mut screen, "height", client.screen_height);
    put(&mut screen, "density", visit::density(client));
    put(&mut context, "screen", Some(screen));
    let mut location = Properties::new();
    put(&mut location, "city", client.city.as_deref());
    put(&mut location, "country", client.country_name.as_deref().or(client.country_code.as_deref()));
    put(&mut location, "region", client.region.as_deref());
    put(&mut location, "latitude", client.latitude);
    put(&mut location, "longitude", client.longitude);
    put(&mut context, "location", Some(location));
    let mut page = Properties::new();
    put_place(&mut page, Place::of(event));
    put(&mut context, "page", Some(page));
    let campaign: Properties = visit::campaign(&event.context.campaign)
        // Segment's names are those without `utm_`, and `name` for the campaign's.
        .map(|(name, value)| (name.trim_start_matches("utm_"), value))
        .map(|(name, value)| (if name == "campaign" { "name" } else { name }.to_owned(), Value::from(value)))
        .collect();
    put(&mut context, "campaign", Some(campaign));
    let clicks: Properties =
        visit::clicks(event).map(|(name, id)| (name.to_owned(), Value::from(id))).collect();
    put(&mut context, "clickIds", Some(clicks));
    if !matches!(event.data, Data::User(_)) {
        put(&mut context, "traits", Some(event.context.user.properties.clone()));
    }
    if let Some(session) = &event.context.session {
        // RudderStack's; milliseconds, as its own library has it.
        let id = session.session_id.parse::<i64>().ok();
        put(&mut context, "sessionId", id.and_then(|seconds| seconds.checked_mul(1000)));
        put(&mut context, "sessionStart", session.session_start.then_some(true));
    }
    put(&mut context, "consent", Some(consent(event.consent.purposes)));
    put(&mut context, "anonymous", nobody.then_some(true));
    put(&mut context, "library", Some(json!({"name": "selvedge", "version": env!("CARGO_PKG_VERSION")})));
    context
}

/// Segment's consent management: segment.com/docs/privacy/consent-management/consent-in-segment-connections.
fn consent(purposes: Purposes) -> Value {
    let preferences: Properties = Purpose::ALL
        .iter()
        .map(|purpose| (purpose.word().to_owned(), purposes.has(*purpose).into()))
        .collect();
    json!({"categoryPreferences": preferences})
}

/// What `navigator.userAgentData` has.
fn user_agent_data(client: &Client) -> Properties {
    let mut data = Properties::new();
    put(&mut data, "brands", client.user_agent_version_list.as_deref().map(brands));
    put(&mut data, "mobile", client.user_agent_mobile.as_deref().map(|mobile| mobile == "1"));
    let hinted = data.contains_key("brands");
    put(&mut data, "platform", client.os_name.as_deref().filter(|_| hinted));
    put(&mut data, "platformVersion", client.os_version.as_deref().filter(|_| hinted));
    put(&mut data, "architecture", client.user_agent_architecture.as_deref());
    put(&mut data, "bitness", client.user_agent_bitness.as_deref());
    put(&mut data, "model", client.user_agent_model.as_deref());
    put(&mut data, "fullVersionList", client.user_agent_full_version_list.as_deref().map(brands));
    data
}

fn brands(list: &str) -> Vec<Value> {
    list.split('|')
        .filter_map(|brand| brand.rsplit_once(';'))
        .map(|(brand, version)| json!({"brand": brand, "version": version}))
        .collect()
}
