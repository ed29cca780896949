//! Mixpanel: events to `POST /import`, what is said of users to `POST /engage`.
//!
//! docs.mixpanel.com/reference/import-events, /reference/profile-batch-update and
//! /docs/data-structure/property-reference, as of 2026-11. Names are those of its browser SDK
//! (github.com/mixpanel/mixpanel-js, `src/utils.js`).
//!
//! Identity is that of the simplified ID merge: an event with `$device_id` and `$user_id` makes one person of
//! both.

use std::collections::BTreeMap;

use selvedge_core::component::{
    Destination, Encoded, Fate, Kind, Moment, Reader, ResolvedSettings, Response, SettingError, SettingSpec,
};
use selvedge_core::consent::Purpose;
use selvedge_core::event::{Client, Data, Event, Page, Properties};
use selvedge_core::visitor::native::{self, Mixpanel as Native};
use serde_json::Value;

use crate::answer;
use crate::batch::{Room, requests, told};
use crate::ids::Ids;
use crate::json::put;
use crate::page::{self, Place};
use crate::query::encoded;
use crate::request::{base, basic, post_text};
use crate::trim::{Bounds, fitting};
use crate::{browser, campaign};

/// Mixpanel.
pub const KIND: Kind = Kind {
    name: "mixpanel",
    purposes: &[Purpose::Analytics],
    conversions: false,
    tcf_vendor: None,
    settings: &[
        SettingSpec {
            name: "project_token",
            required: true,
            // It is in the page of everyone who uses Mixpanel's own SDK.
            secret: false,
            help: "The project's token: Mixpanel, Settings → Project Settings → Overview → Access Keys.",
        },
        SettingSpec {
            name: "region",
            required: false,
            secret: false,
            help: "`us` (without it), `eu` or `in`: where the project's data is kept, Project Settings → \
                   Overview.",
        },
        SettingSpec {
            name: "project_id",
            required: false,
            secret: false,
            help: "The project's number, Project Settings → Overview; needed with a service account only.",
        },
        SettingSpec {
            name: "service_account_username",
            required: false,
            secret: false,
            help: "A service account that imports the events, in place of the token: Organization Settings → \
                   Service Accounts.",
        },
        SettingSpec {
            name: "service_account_secret",
            required: false,
            secret: true,
            help: "The service account's secret, which Mixpanel shows once, when the account is made.",
        },
    ],
    build,
};

/// Events of a request, and profiles. 10 MB are allowed; a Worker holds one at a time, and nothing is gained by a larger
/// one.
const ROOM: Room = Room { events: 2000, bytes: 1_900_000, around: 0 };
/// Bytes of an event: less than 1 MB.
const EVENT: usize = 999_000;
/// Fewer than 255 of anything, no more than three levels below an event's properties. Mixpanel cuts texts
/// itself.
const BOUNDS: Bounds = Bounds { text: usize::MAX, values: 200, depth: 3 };

/// Events that change who is who. A browser may not send them with the rights of a service account.
const IDENTITY_EVENTS: &[&str] = &["$identify", "$create_alias", "$merge"];
/// Properties that hide events or drop them, and those that say who it was and when: docs.mixpanel.com,
/// "Reserved Properties".
const RESERVED: &[&str] = &[
    "bucket",
    "$bucket",
    "$ignore",
    "token",
    "$distinct_id",
    "$device_id",
    "$user_id",
    "$time",
    "$anon_id",
    "$identified_id",
    "$distinct_ids",
];

#[derive(Debug)]
struct Mixpanel {
    base: String,
    token: String,
    /// `?strict=1` and perhaps the project.
    query: String,
    authorization: (&'static str, String),
}

fn build(settings: &ResolvedSettings) -> Result<Box<dyn Destination>, SettingError> {
    let token = settings.required("project_token")?;
    let vendor = match settings.text("region").as_deref() {
        // Edgee's setting had the hosts' first labels.
        None | Some("us" | "api") => "https://api.mixpanel.com",
        Some("eu" | "api-eu") => "https://api-eu.mixpanel.com",
        Some("in" | "api-in") => "https://api-in.mixpanel.com",
        Some(other) => {
            let problem = format!("`{other}` is none of `us`, `eu` and `in`");
            return Err(SettingError { name: "region", problem });
        }
    };
    let project = settings.text("project_id");
    let account = (settings.text("service_account_username"), settings.text("service_account_secret"));
    let authorization = match account {
        (Some(username), Some(secret)) if project.is_some() => basic(&username, &secret),
        (Some(_), Some(_)) => {
            return Err(missing("project_id", "is required with a service account"));
        }
        (Some(_), None) => return Err(missing("service_account_secret", "is required beside the user name")),
        (None, Some(_)) => return Err(missing("service_account_username", "is required beside the secret")),
        (None, None) => basic(&token, ""),
    };
    let mut query = "?strict=1".to_owned();
    if let Some(project) = project {
        if project.is_empty() || !project.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(missing("project_id", "is a number"));
        }
        query.push_str("&project_id=");
        query.push_str(&encoded(&project));
    }
    Ok(Box::new(Mixpanel { base: base(settings, vendor), token, query, authorization }))
}

fn missing(name: &'static str, problem: &str) -> SettingError {
    SettingError { name, problem: problem.to_owned() }
}

/// What becomes of an event.
enum Sent {
    /// An event, imported.
    Event(String),
    /// What is said of a user, and the event that links the user to the browser.
    Profile(String, Option<String>),
}

impl Destination for Mixpanel {
    fn encode(&self, batch: &[&Event], _: &Moment<'_>) -> Encoded {
        let mut encoded = Encoded::default();
        let (mut events, mut profiles, mut links) = (Vec::new(), Vec::new(), Vec::new());
        for (index, sent) in told(batch, &mut encoded, |event| self.sent(event)) {
            match sent {
                Sent::Event(text) => events.push((Some(index), text)),
                Sent::Profile(text, link) => {
                    profiles.push((Some(index), text));
                    links.extend(link.map(|link| (None, link)));
                }
            }
        }
        // They travel with events; alone they would be a request for what the next event does as well.
        if !events.is_empty() {
            events.extend(links);
        }
        let import = format!("{}/import{}", self.base, self.query);
        // `ip=0`: nobody is where the server is that sends this.
        let engage = format!("{}/engage?ip=0&verbose=1", self.base);
        for (url, items, headers) in
            [(import, events, vec![self.authorization.clone()]), (engage, profiles, vec![])]
        {
            let post = |items: &str, _| post_text(url.clone(), format!("[{items}]"), headers.clone());
            let sent = requests(items, ROOM, post).into_iter();
            encoded
                .requests
                .extend(sent.map(|(post, events)| (post, events.into_iter().flatten().collect())));
        }
        encoded
    }

    fn reader(&self) -> Option<Reader> {
        Some(read)
    }
}

impl Mixpanel {
    fn sent(&self, event: &Event) -> Option<Sent> {
        let identity = Identity::of(event, &self.token);
        match &event.data {
            Data::Page(page) => {
                event_of("$mp_web_page_view", viewed(event, page, &identity)).map(Sent::Event)
            }
            Data::Track(track) if IDENTITY_EVENTS.contains(&track.name.trim()) => None,
            Data::Track(track) => {
                let properties = happened(event, &identity, track.properties.clone());
                event_of(track.name.trim(), properties).map(Sent::Event)
            }
            Data::User(user) => {
                let link = identity.link(event);
                if user.properties.is_empty() {
                    return link.and_then(|link| event_of("$identify", link)).map(Sent::Event);
                }
                let mut profile = Properties::new();
                put(&mut profile, "$token", Some(self.token.as_str()));
                put(&mut profile, "$distinct_id", identity.distinct_id());
                profile.get("$distinct_id")?;
                put_ip(&mut profile, "$ip", &event.context.client);
                put(&mut profile, "$set", Some(traits(user.properties.clone())));
                let link = link.and_then(|link| event_of("$identify", link));
                Some(Sent::Profile(fitting(profile, &["$set"], EVENT)?, link))
            }
        }
    }
}

/// Who it was.
struct Identity {
    user: Option<String>,
    device: Option<String>,
    /// What the vendor's own SDK calls the visitor.
    theirs: Option<Native>,
}

impl Identity {
    fn of(event: &Event, token: &str) -> Self {
        let theirs = native::mixpanel(&event.context.ids, token).filter(|_| !event.anonymous);
        let device = theirs.as_ref().and_then(|theirs| theirs.device_id.as_deref());
        let ids = Ids::real(event);
        let device = device.or(ids.visitor).map(str::to_owned);
        Self { user: ids.user.map(str::to_owned), device, theirs }
    }

    /// `$device:` marks a browser's id, as in the SDK.
    fn distinct_id(&self) -> Option<String> {
        let theirs = || self.theirs.as_ref().map(|theirs| theirs.distinct_id.clone());
        let device = || self.device.as_ref().map(|device| format!("$device:{device}"));
        self.user.clone().or_else(theirs).or_else(device)
    }

    /// The event that links the user to the browser, where both are known.
    fn link(&self, event: &Event) -> Option<Properties> {
        let (user, device) = (self.user.as_deref()?, self.device.as_deref()?);
        let mut properties = Properties::new();
        self.put(event, &mut properties);
        // What projects with the original ID merge go by.
        put(&mut properties, "$identified_id", Some(user));
        put(&mut properties, "$anon_id", Some(device));
        put_ip(&mut properties, "ip", &event.context.client);
        Some(properties)
    }

    fn put(&self, event: &Event, properties: &mut Properties) {
        put(properties, "time", Some(event.timestamp.0));
        // Of nobody: Mixpanel then leaves the event out of what it says of users, which is what it means.
        properties.insert("distinct_id".into(), Value::from(self.distinct_id().unwrap_or_default()));
        put(properties, "$device_id", self.device.as_deref());
        put(properties, "$user_id", self.user.as_deref());
        put(properties, "$insert_id", Some(event.uuid.to_string()));
    }
}

/// An event as text of at most 1 MB.
fn event_of(name: &str, properties: Properties) -> Option<String> {
    let mut event = Properties::new();
    put(&mut event, "event", Some(name));
    event.insert("properties".into(), Value::Object(properties));
    event.get("event")?;
    fitting(event, &["properties"], EVENT)
}

fn viewed(event: &Event, page: &Page, identity: &Identity) -> Properties {
    let mut own = Properties::new();
    let place = Place::of(event);
    put(&mut own, "current_page_title", place.title);
    put(&mut own, "current_domain", place.host());
    put(&mut own, "current_url_path", place.path);
    put(&mut own, "current_url_protocol", place.url.and_then(page::protocol));
    put(&mut own, "current_url_search", place.search);
    put(&mut own, "name", page.name.as_deref());
    put(&mut own, "category", page.category.as_deref());
    put(&mut own, "keywords", Some(page.keywords.clone()));
    own.extend(page.properties.clone());
    happened(event, identity, own)
}

/// Everything of an event. What the owner says wins, but not over who it was and when.
fn happened(event: &Event, identity: &Identity, own: Properties) -> Properties {
    let mut properties = Properties::new();
    let (client, place) = (&event.context.client, Place::of(event));
    put(&mut properties, "$current_url", place.location());
    put(&mut properties, "$referrer", place.referrer);
    put(&mut properties, "$referring_domain", place.referrer.and_then(page::host));
    for (name, value) in campaign::parameters(&event.context.campaign).chain(campaign::clicks(event)) {
        put(&mut properties, name, Some(value));
    }
    put_browser(&mut properties, client);
    if let Some(session) = &event.context.session {
        put(&mut properties, "session_id", Some(session.session_id.as_str()));
        put(&mut properties, "session_count", Some(session.session_count));
        put(&mut properties, "session_start", Some(session.session_start));
    }
    put(&mut properties, "anonymous_id", Ids::real(event).anonymous);
    properties.extend(BOUNDS.properties(own));
    for reserved in RESERVED {
        properties.shift_remove(*reserved);
    }
    put_ip(&mut properties, "ip", client);
    identity.put(event, &mut properties);
    put(&mut properties, "mp_lib", Some("selvedge"));
    put(&mut properties, "$lib_version", Some(env!("CARGO_PKG_VERSION")));
    properties
}

fn put_browser(properties: &mut Properties, client: &Client) {
    let (browser, version) = browser::name_and_version(client);
    put(properties, "$browser", browser);
    put(properties, "$browser_version", version.and_then(browser::major));
    put(properties, "$os", browser::os(client));
    put(properties, "$os_version", client.os_version.as_deref());
    put(properties, "$model", client.user_agent_model.as_deref());
    put(properties, "$screen_width", client.screen_width);
    put(properties, "$screen_height", client.screen_height);
    put(properties, "locale", browser::locale(client));
    put(properties, "$timezone", client.timezone.as_deref());
    if client.ip.is_none() {
        put(properties, "mp_country_code", client.country_code.as_deref());
        put(properties, "$region", client.region.as_deref());
        put(properties, "$city", client.city.as_deref());
    }
}

/// The visitor's address, which Mixpanel replaces by the place it is in. `0` where it is not known: without
/// it, it would be the place of the server that sends this.
fn put_ip(object: &mut Properties, name: &str, client: &Client) {
    let ip = client.ip.as_deref().filter(|ip| !ip.is_empty()).map_or(Value::from(0), Value::from);
    object.insert(name.to_owned(), ip);
}

/// What is said of a user, under the names that Mixpanel keeps for it.
fn traits(said: Properties) -> Properties {
    BOUNDS
        .properties(said)
        .into_iter()
        .map(|(name, value)| {
            let reserved = match name.as_str() {
                "email" => "$email",
                "phone" => "$phone",
                "name" => "$name",
                "first_name" | "firstName" => "$first_name",
                "last_name" | "lastName" => "$last_name",
                "avatar" => "$avatar",
                "created_at" | "createdAt" => "$created",
                _ => return (name, value),
            };
            (reserved.to_owned(), value)
        })
        .collect()
}

/// Mixpanel takes the good events of a request and answers 400 for the bad ones
/// (docs.mixpanel.com/reference/import-events, "Validation"); of a profile it says in a 200 whether it was taken
/// (docs.mixpanel.com/reference/profile-batch-update, `verbose`). What is beside the events in a request stands behind them.
fn read(response: &Response<'_>) -> Option<Vec<Fate>> {
    let answer = answer::json(response)?;
    if let Some(records) = answer.get("failed_records").and_then(Value::as_array) {
        let wrong = records.iter().filter_map(|record| {
            let place = usize::try_from(record.get("index")?.as_u64()?).ok()?;
            Some((place, Fate::Rejected(answer::words(record, ["/field"]))))
        });
        let wrong: BTreeMap<_, _> = wrong.collect();
        return (!wrong.is_empty()).then(|| answer::all_but(response, &Fate::Delivered, &wrong));
    }
    match answer::text(&answer, "/status")?.as_str() {
        "0" if response.status.is_success() => {
            Some(response.all(&Fate::Rejected(answer::words(&answer, ["/error"]))))
        }
        _ if response.status.is_success() => Some(response.all(&Fate::Delivered)),
        _ => None,
    }
}
