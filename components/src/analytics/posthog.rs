//! PostHog: `POST /batch/`.
//!
//! posthog.com/docs/api/capture, /docs/data/sessions, /docs/data/anonymous-vs-identified-events and
//! /docs/data/event-spec/ecommerce-events, as of 2026-11. Names of properties are those of its browser SDK
//! (github.com/PostHog/posthog-js, `utils/event-utils.ts`).

use selvedge_core::component::{
    Destination, Encoded, Kind, Moment, ResolvedSettings, SettingError, SettingSpec,
};
use selvedge_core::consent::Purpose;
use selvedge_core::event::{Client, Data, Event, Page, Properties};
use selvedge_core::facts::Timestamp;
use selvedge_core::visitor::native::{self, PostHog as Native};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::batch::{Room, together};
use crate::ids::{Ids, Nobody};
use crate::json::put;
use crate::page::{self, Place};
use crate::request::{base_of_region, post_text};
use crate::trim::{Bounds, fitting};
use crate::{browser, campaign, cut, ecommerce_spec};

/// PostHog.
pub const KIND: Kind = Kind {
    name: "posthog",
    purposes: &[Purpose::Analytics],
    conversions: false,
    tcf_vendor: None,
    settings: &[
        SettingSpec {
            name: "api_key",
            required: true,
            // It is in the page of everyone who uses PostHog's own SDK.
            secret: false,
            help: "The project's API key (project token), phc_…: PostHog, Settings → Project → General. Not \
                   a personal API key.",
        },
        SettingSpec {
            name: "region",
            required: false,
            secret: false,
            help: "`us` (without it) or `eu`: where the project's data is kept. A server of your own: \
                   `endpoint`.",
        },
        SettingSpec {
            name: "person_profiles",
            required: false,
            secret: false,
            help: "Who gets a person's profile, as in PostHog's SDK: `identified_only` (without it), \
                   `always` or `never`.",
        },
    ],
    build,
};

const US: &str = "https://us.i.posthog.com";
const EU: &str = "https://eu.i.posthog.com";

/// PostHog names no limit of events, and takes 20 MB; a Worker holds one at a time, and nothing is gained by a larger one.
const ROOM: Room = Room { events: 1000, bytes: 1_900_000, around: 0 };
/// Bytes of an event: PostHog's queue takes 1 MB, with what it puts around.
const EVENT: usize = 900_000;
/// PostHog names no limits of properties; hostile ones have an end.
const BOUNDS: Bounds = Bounds { text: 100_000, values: 1000, depth: 20 };
/// A session is over half an hour after its last event, or a day after its first.
const SESSION_MS: i64 = 30 * 60 * 1000;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Events that change who is who: a user event does that, and no other.
const IDENTITY_EVENTS: &[&str] = &["$identify", "$create_alias", "$merge_dangerously"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Profiles {
    IdentifiedOnly,
    Always,
    Never,
}

#[derive(Debug)]
struct PostHog {
    url: String,
    api_key: String,
    profiles: Profiles,
}

fn build(settings: &ResolvedSettings) -> Result<Box<dyn Destination>, SettingError> {
    let api_key = settings.required("api_key")?;
    if api_key.starts_with("phx_") {
        let problem = "is a personal API key; the project's begins with `phc_`".to_owned();
        return Err(SettingError { name: "api_key", problem });
    }
    let base = base_of_region(settings, US, EU)?;
    let profiles = match settings.text("person_profiles").as_deref() {
        None | Some("identified_only") => Profiles::IdentifiedOnly,
        Some("always") => Profiles::Always,
        Some("never") => Profiles::Never,
        Some(other) => {
            let problem = format!("`{other}` is none of `identified_only`, `always` and `never`");
            return Err(SettingError { name: "person_profiles", problem });
        }
    };
    Ok(Box::new(PostHog { url: format!("{base}/batch/"), api_key, profiles }))
}

impl Destination for PostHog {
    fn encode(&self, batch: &[&Event], moment: &Moment<'_>) -> Encoded {
        let nobody = Nobody::new(moment.random);
        let key = Value::from(self.api_key.as_str());
        let tell = |event: &Event| fitting(self.event(event, &nobody)?, &["properties"], EVENT);
        together(batch, ROOM, tell, |events, _| {
            post_text(self.url.clone(), format!(r#"{{"api_key":{key},"batch":[{events}]}}"#), vec![])
        })
    }
}

/// Who it was.
struct Identity {
    /// Who is signed in.
    user: Option<String>,
    /// What the browser is known by.
    visitor: Option<String>,
    device: Option<String>,
    session: Option<String>,
}

impl Identity {
    /// PostHog's own SDK may report the same visit: where its cookie says who the visitor is, it is believed.
    fn of(event: &Event, api_key: &str) -> Self {
        let theirs = native::posthog(&event.context.ids, api_key).filter(|_| !event.anonymous);
        let Ids { user, visitor: id, .. } = Ids::real(event);
        let device = theirs.as_ref().and_then(|theirs| theirs.device_id.as_deref());
        let known = theirs.as_ref().map(|theirs| theirs.distinct_id.as_str());
        // Who was identified before is another's user, not this browser.
        let signed_in = known.filter(|known| device.is_some_and(|device| device != *known));
        let session = theirs.as_ref().and_then(|theirs| live(theirs, event.timestamp));
        Self {
            user: user.or(signed_in).map(str::to_owned),
            visitor: device.or(known).or(id).map(str::to_owned),
            device: device.or(id).map(str::to_owned),
            session: session.or_else(|| session_uuid(&event.context.session.as_ref()?.session_id, id?)),
        }
    }
}

/// The session of PostHog's own SDK, while it lasts.
fn live(theirs: &Native, now: Timestamp) -> Option<String> {
    let (last, id, start) = theirs.session.clone()?;
    let within = |since: Option<i64>, ms: i64| since.is_some_and(|since| now.0.saturating_sub(since) < ms);
    id.filter(|_| within(last, SESSION_MS) && within(start, DAY_MS))
}

/// Our session as PostHog wants it: a version 7 UUID with the time of its start, the same for all its events.
fn session_uuid(session: &str, visitor: &str) -> Option<String> {
    let start = session.parse::<u64>().ok()?.checked_mul(1000).filter(|ms| *ms < 1 << 48)?;
    let digest = Sha256::new().chain_update(visitor).chain_update([0]).chain_update(session).finalize();
    let random = digest.iter().take(10).fold(0_u128, |random, byte| random << 8 | u128::from(*byte));
    // What is neither version nor variant.
    let random = random & (0xfff << 64 | ((1 << 62) - 1));
    let id = u128::from(start) << 80 | 7 << 76 | 2 << 62 | random;
    let mut text = String::with_capacity(36);
    for (nth, digit) in format!("{id:032x}").chars().enumerate() {
        if matches!(nth, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        text.push(digit);
    }
    Some(text)
}

impl PostHog {
    /// An event as PostHog has it. None where nothing happened, or it says nothing of anybody.
    fn event(&self, event: &Event, nobody: &Nobody<'_>) -> Option<Properties> {
        let identity = Identity::of(event, &self.api_key);
        let known = identity.user.as_deref().or(identity.visitor.as_deref());
        let mut profile = match self.profiles {
            Profiles::Never => false,
            Profiles::Always => known.is_some(),
            Profiles::IdentifiedOnly => identity.user.is_some(),
        };
        let mut own = Properties::new();
        let name = match &event.data {
            Data::Page(page) => {
                put_viewed(&mut own, page);
                "$pageview".to_owned()
            }
            Data::Track(track) if IDENTITY_EVENTS.contains(&track.name.trim()) => return None,
            Data::Track(track) => {
                let (name, properties) = ecommerce_spec::event(track);
                own = properties;
                name.trim().to_owned()
            }
            Data::User(user) => {
                // Without a profile there is nothing to set, and nobody has none.
                let (Some(_), false) = (known, self.profiles == Profiles::Never) else { return None };
                profile = true;
                put(&mut own, "$set", Some(BOUNDS.properties(user.properties.clone())));
                if Ids::real(event).user.is_some() {
                    let before = identity.visitor.as_deref().filter(|before| Some(*before) != known);
                    put(&mut own, "$anon_distinct_id", before);
                    "$identify".to_owned()
                } else if user.properties.is_empty() {
                    return None;
                } else {
                    "$set".to_owned()
                }
            }
        };
        if name.is_empty() {
            return None;
        }
        let mut properties = shared(event, &identity);
        properties.extend(BOUNDS.properties(own));
        if !profile {
            properties.insert("$process_person_profile".into(), Value::Bool(false));
        }
        let mut sent = Properties::new();
        put(&mut sent, "event", Some(name));
        put(&mut sent, "distinct_id", Some(known.unwrap_or_else(|| nobody.id())));
        put(&mut sent, "uuid", Some(event.uuid.to_string()));
        put(&mut sent, "timestamp", Some(event.timestamp.rfc3339()));
        sent.insert("properties".into(), Value::Object(properties));
        Some(sent)
    }
}

fn put_viewed(own: &mut Properties, page: &Page) {
    put(own, "name", page.name.as_deref());
    put(own, "category", page.category.as_deref());
    put(own, "keywords", Some(page.keywords.clone()));
    own.extend(page.properties.clone());
}

/// What every event has.
fn shared(event: &Event, identity: &Identity) -> Properties {
    let mut properties = Properties::new();
    let (client, place) = (&event.context.client, Place::of(event));
    put(&mut properties, "$current_url", place.location());
    put(&mut properties, "$host", place.host());
    put(&mut properties, "$pathname", place.path);
    put(&mut properties, "title", place.title);
    put(&mut properties, "$referrer", place.referrer.or(Some("$direct")));
    let domain = place.referrer.and_then(page::host);
    put(&mut properties, "$referring_domain", domain.or_else(|| Some("$direct".to_owned())));
    for (name, value) in campaign::parameters(&event.context.campaign).chain(campaign::clicks(event)) {
        put(&mut properties, name, Some(value));
    }
    put_browser(&mut properties, client);
    put_address(&mut properties, client);
    put(&mut properties, "$device_id", identity.device.as_deref());
    put(&mut properties, "$session_id", identity.session.as_deref());
    // The cookie of the SDK does not always tell whether it knows a user or a browser.
    put(&mut properties, "$is_identified", identity.user.is_some().then_some(true));
    put(&mut properties, "anonymous_id", Ids::real(event).anonymous);
    put(&mut properties, "$lib", Some("selvedge"));
    put(&mut properties, "$lib_version", Some(env!("CARGO_PKG_VERSION")));
    properties
}

fn put_browser(properties: &mut Properties, client: &Client) {
    let (browser, version) = browser::name_and_version(client);
    put(properties, "$browser", browser);
    put(properties, "$browser_version", version.and_then(browser::major));
    let language = browser::locale(client);
    put(properties, "$browser_language_prefix", language.as_deref().and_then(|text| text.split('-').next()));
    put(properties, "$browser_language", language.as_deref());
    put(properties, "$os", browser::os(client));
    put(properties, "$os_version", client.os_version.as_deref());
    let device = client.device.as_deref().or(match client.user_agent_mobile.as_deref() {
        Some("1") => Some("mobile"),
        Some("0") => Some("desktop"),
        _ => None,
    });
    put(
        properties,
        "$device_type",
        device.and_then(|device| match device {
            "desktop" => Some("Desktop"),
            "mobile" => Some("Mobile"),
            "tablet" => Some("Tablet"),
            "console" => Some("Console"),
            _ => None,
        }),
    );
    put(
        properties,
        "$raw_user_agent",
        client.user_agent.as_deref().map(|agent| cut::characters(agent, 1000)),
    );
    put(properties, "$screen_width", client.screen_width);
    put(properties, "$screen_height", client.screen_height);
    put(properties, "$timezone", client.timezone.as_deref());
}

/// The visitor's address, from which PostHog finds the place. Without one it would take that of the server
/// that sends this: so it is told that there is none, and what the edge knows of the place.
fn put_address(properties: &mut Properties, client: &Client) {
    if let Some(ip) = client.ip.as_deref().filter(|ip| !ip.is_empty()) {
        put(properties, "$ip", Some(ip));
        return;
    }
    properties.insert("$ip".into(), Value::Null);
    put(properties, "$geoip_disable", Some(true));
    put(properties, "$geoip_continent_code", client.continent.as_deref());
    put(properties, "$geoip_country_code", client.country_code.as_deref());
    put(properties, "$geoip_country_name", client.country_name.as_deref());
    put(properties, "$geoip_subdivision_1_code", client.region.as_deref());
    put(properties, "$geoip_city_name", client.city.as_deref());
}

#[cfg(test)]
#[path = "posthog_tests.rs"]
mod tests;
