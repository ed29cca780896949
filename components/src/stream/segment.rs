//! Segment, and whatever takes what Segment takes (RudderStack, Jitsu): `POST /v1/batch`.
//!
//! segment.com/docs/connections/sources/catalog/libraries/server/http-api and
//! segment.com/docs/connections/spec/common, as of 2026-11. With `endpoint`, another's:
//! rudderstack.com/docs/api/http-api has the same path and authentication.
//!
//! `sentAt` is left out on purpose: from it Segment reckons how wrong the sender's clock is, and a batch that
//! is sent again a minute later would move its events by a minute.

use selvedge_core::component::{
    Destination, Encoded, Kind, Moment, ResolvedSettings, SettingError, SettingSpec,
};
use selvedge_core::consent::{Purpose, Purposes};
use selvedge_core::event::{Client, Data, Event, Page, Properties};
use selvedge_core::visitor::native;
use serde_json::{Value, json};

use crate::batch::{Room, together};
use crate::ids::{Ids, Nobody};
use crate::json::put;
use crate::page::Place;
use crate::request::{base_of_region, basic, post_text};
use crate::secret::Secret;
use crate::trim::fitting;
use crate::{browser, campaign, ecommerce_spec};

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

/// A request has 500 KB, less what is around the events.
const ROOM: Room = Room { events: 2500, bytes: 499_000, around: 0 };
/// Bytes of an event: 32 KB.
const EVENT: usize = 32_000;

#[derive(Debug)]
struct Segment {
    url: String,
    write_key: Secret,
}

fn build(settings: &ResolvedSettings) -> Result<Box<dyn Destination>, SettingError> {
    let write_key = Secret(settings.required("write_key")?);
    let base = base_of_region(settings, US, EU)?;
    Ok(Box::new(Segment { url: format!("{base}/v1/batch"), write_key }))
}

impl Destination for Segment {
    fn encode(&self, batch: &[&Event], moment: &Moment<'_>) -> Encoded {
        let nobody = Nobody::new(moment.random);
        let tell = |event: &Event| fitting(message(event, &nobody)?, &["properties", "traits"], EVENT);
        together(batch, ROOM, tell, |messages, _| {
            let body = format!(r#"{{"batch":[{messages}]}}"#);
            post_text(self.url.clone(), body, vec![basic(&self.write_key.0, "")])
        })
    }
}

/// An event as Segment has it. None where it says nothing of anybody, or nothing happened.
fn message(event: &Event, nobody: &Nobody<'_>) -> Option<Properties> {
    let mut message = Properties::new();
    let Ids { user: user_id, anonymous, visitor } = Ids::real(event);
    let known =
        anonymous.or_else(|| native::segment(&event.context.ids).filter(|_| !event.anonymous)).or(visitor);
    let nobody_at_all = user_id.is_none() && known.is_none();
    match &event.data {
        Data::Page(page) => {
            put(&mut message, "type", Some("page"));
            put(&mut message, "name", page.name.as_deref());
            put(&mut message, "category", page.category.as_deref());
            message.insert("properties".into(), Value::Object(page_properties(page, Place::of(event))));
        }
        Data::Track(track) => {
            let (name, properties) = ecommerce_spec::event(track);
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
    put(&mut context, "locale", browser::locale(client));
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
    put(&mut screen, "density", browser::density(client));
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
    let campaign: Properties = campaign::parameters(&event.context.campaign)
        // Segment's names are those without `utm_`, and `name` for the campaign's.
        .map(|(name, value)| (name.trim_start_matches("utm_"), value))
        .map(|(name, value)| (if name == "campaign" { "name" } else { name }.to_owned(), Value::from(value)))
        .collect();
    put(&mut context, "campaign", Some(campaign));
    let clicks: Properties =
        campaign::clicks(event).map(|(name, id)| (name.to_owned(), Value::from(id))).collect();
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
