//! The event, as destinations get it and as the `webhook` sends it. Field names and enum texts are those that Edgee's
//! users know; what was unsound there is sound here: properties keep their JSON types, nested values survive, a client
//! may supply an event's id and its time, and consent carries purposes.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Ids, Traffic};
use crate::consent::Decision;
use crate::edgee::slug;
use crate::facts::Timestamp;

/// Properties: JSON, in the order in which they were said.
pub type Properties = Map<String, Value>;

/// The type of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum EventType {
    /// A page was viewed.
    Page,
    /// Something happened.
    Track,
    /// Somebody said who they are.
    User,
}

impl EventType {
    /// Every type.
    #[must_use]
    pub fn all() -> Vec<Self> {
        vec![Self::Page, Self::Track, Self::User]
    }

    /// `page`, `track` or `user`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Track => "track",
            Self::User => "user",
        }
    }
}

/// How an event reached the edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum From {
    /// Seen in the page as it streamed past.
    Edge,
    /// Posted by the browser.
    Client,
}

/// One event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its id, for deduplication; the client's own where it supplied one.
    pub uuid: Uuid,
    /// When it happened, as milliseconds here and as RFC 3339 in JSON.
    #[serde(with = "rfc3339")]
    pub timestamp: Timestamp,
    /// `type`, and `data` by type.
    #[serde(flatten)]
    pub data: Data,
    /// Page, user, client, campaign, session.
    pub context: Context,
    /// Which components may have it.
    #[serde(default, skip_serializing_if = "Selection::is_everyone")]
    pub components: Selection,
    /// How it reached the edge.
    pub from: From,
    /// What the visitor has consented to.
    #[serde(flatten)]
    pub consent: Decision,
    /// Whether everything that could tell who it was has been taken out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub anonymous: bool,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum Data {
    /// A page was viewed.
    Page(Page),
    /// Something happened.
    Track(Track),
    /// Somebody said who they are.
    User(User),
}

impl Data {
    /// The type.
    #[must_use]
    pub fn event_type(&self) -> EventType {
        match self {
            Self::Page(_) => EventType::Page,
            Self::Track(_) => EventType::Track,
            Self::User(_) => EventType::User,
        }
    }
}

/// A page: the data of a page view, and `context.page` of every event.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Page {
    /// The owner's name for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The owner's category for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Keywords.
    pub keywords: Vec<String>,
    /// The title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The URL's path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The URL's query with its `?`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
    /// The page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referrer: Option<String>,
    /// Anything else.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub properties: Properties,
}

/// Something that happened.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Track {
    /// What.
    pub name: String,
    /// Anything else; `products` is the e-commerce list.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub properties: Properties,
}

/// Somebody: the data of a user event, and `context.user` of every event.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct User {
    /// The owner's id for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The owner's id for them while they are not signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anonymous_id: Option<String>,
    /// Selvedge's id for the visitor, by the name that Edgee's users know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edgee_id: Option<String>,
    /// Traits.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub properties: Properties,
}

/// What every event of a visit shares.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Context {
    /// The page.
    pub page: Page,
    /// The user.
    pub user: User,
    /// The browser and where it is.
    pub client: Client,
    /// How the visitor came.
    pub campaign: Campaign,
    /// By which channel they came, as far as the page's URL and its referrer tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traffic: Option<Traffic>,
    /// The ids by which vendors know the visitor, or the click that brought them.
    #[serde(skip_serializing_if = "Ids::is_empty")]
    pub ids: Ids,
    /// The session, where identity is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<Session>,
}

/// The browser and where it is. Absent where unknown.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Client {
    /// The address, as the platform vouches for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    /// The preferred language, lower case, such as `fr-fr`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// `Accept-Language` as it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accept_language: Option<String>,
    /// IANA time zone, from the browser.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// `User-Agent` as it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// `Sec-CH-UA` as `Brand;major|Brand;major`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent_version_list: Option<String>,
    /// `Sec-CH-UA-Full-Version-List` as `Brand;version|…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent_full_version_list: Option<String>,
    /// `0` or `1`, from `Sec-CH-UA-Mobile`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent_mobile: Option<String>,
    /// `Sec-CH-UA-Arch`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent_architecture: Option<String>,
    /// `Sec-CH-UA-Bitness`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent_bitness: Option<String>,
    /// `Sec-CH-UA-Model`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent_model: Option<String>,
    /// `Sec-CH-UA-Platform`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os_name: Option<String>,
    /// `Sec-CH-UA-Platform-Version`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os_version: Option<String>,
    /// The browser's name, such as `Safari`, where its `User-Agent` tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub browser: Option<String>,
    /// The browser's version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub browser_version: Option<String>,
    /// `desktop`, `mobile`, `tablet`, `tv`, `console` or `other`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<std::borrow::Cow<'static, str>>,
    /// What program it is, where it is one and `visitor.bots` is `tag`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bot: Option<String>,
    /// CSS pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub screen_width: Option<u32>,
    /// CSS pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub screen_height: Option<u32>,
    /// Device pixels to a CSS pixel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub screen_density: Option<f32>,
    /// Continent code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub continent: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country_code: Option<String>,
    /// English name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country_name: Option<String>,
    /// ISO 3166-2 subdivision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// English name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// Degrees, of the place that the address is registered for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latitude: Option<f64>,
    /// Degrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longitude: Option<f64>,
}

/// How the visitor came: the `utm_*` parameters of the page's URL.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Campaign {
    /// `utm_campaign`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `utm_source`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// `utm_medium`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub medium: Option<String>,
    /// `utm_term`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub term: Option<String>,
    /// `utm_content`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// `utm_creative_format`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creative_format: Option<String>,
    /// `utm_marketing_tactic`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marketing_tactic: Option<String>,
}

/// The session that an event belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Unix seconds of its start, as text: numeric, because Google and Amplitude want it so.
    pub session_id: String,
    /// The one before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_session_id: Option<String>,
    /// Counted from 1.
    pub session_count: u32,
    /// Whether this event opened it; true for one event of a session.
    pub session_start: bool,
    /// When the visitor was first seen.
    #[serde(with = "rfc3339")]
    pub first_seen: Timestamp,
    /// When the visitor was last seen, this visit included: equal to `first_seen` on the very first.
    #[serde(with = "rfc3339")]
    pub last_seen: Timestamp,
}

/// Which components may have an event: the `components` map of the data layer and the SDK.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Selection(pub std::collections::BTreeMap<String, bool>);

impl Selection {
    /// Whether nothing was said, so that every component may have it.
    #[must_use]
    pub fn is_everyone(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the component may have it: what is said of it, else of `all`, else yes. So `{"x": false}` means all
    /// but `x`, and `{"all": false, "x": true}` means `x` alone.
    #[must_use]
    pub fn allows(&self, component: &str) -> bool {
        self.allows_any(&[component])
    }

    /// The same of a component that has several names: the first of them that is said counts.
    #[must_use]
    pub fn allows_any(&self, names: &[impl AsRef<str>]) -> bool {
        if self.is_everyone() {
            return true;
        }
        let said = |name: &str| {
            let spelled = || self.0.iter().find(|(said, _)| slug::spells(said, name)).map(|(_, may)| may);
            self.0.get(name).or_else(spelled)
        };
        let said = names.iter().find_map(|name| said(name.as_ref()));
        said.or_else(|| self.0.get("all")).copied().unwrap_or(true)
    }
}

/// A time as RFC 3339.
mod rfc3339 {
    use serde::{Deserialize, Deserializer, Serializer, de};

    use crate::event::time::parse_rfc3339;
    use crate::facts::Timestamp;

    // serde hands fields over by reference.
    #[allow(clippy::trivially_copy_pass_by_ref)]
    pub(super) fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&at.rfc3339())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_rfc3339(&text).ok_or_else(|| de::Error::custom("expected a time as RFC 3339"))
    }
}
