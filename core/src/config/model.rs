//! What an owner can say in `selvedge.toml`, as types. Defaults are those of the documentation.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::pattern::{HostPattern, PathPattern};
use crate::consent::{Purpose, State};
use crate::event::EventType;

/// A whole `selvedge.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `[[site]]`: the websites behind this service. The first whose `hosts` match serves a request.
    #[serde(default, rename = "site")]
    pub sites: Vec<Site>,
    /// `[page]`: what happens to HTML.
    #[serde(default)]
    pub page: Page,
    /// `[collect]`: the paths that Selvedge answers itself.
    #[serde(default)]
    pub collect: Collect,
    /// `[visitor]`: identity and sessions.
    #[serde(default)]
    pub visitor: Visitor,
    /// `[consent]`: what is assumed until the visitor says otherwise.
    #[serde(default)]
    pub consent: Consent,
    /// `[[component]]`: the destinations, in order of priority.
    #[serde(default, rename = "component")]
    pub components: Vec<Component>,
}

/// One website: which hosts, and where it lives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// Hosts, with `*.` for any subdomain; none: every host.
    #[serde(default)]
    pub hosts: Vec<HostPattern>,
    /// Where the website lives.
    pub origin: Origin,
    /// Send the visitor's `Host` to the origin instead of the origin's own.
    #[serde(default)]
    pub preserve_host: bool,
    /// How long the origin may take until its answer begins, 1 to 120 seconds; then the visitor gets a 504.
    #[serde(default = "Site::default_timeout")]
    pub timeout_seconds: u16,
    /// `[[site.route]]`: other origins for some paths; the first that matches wins.
    #[serde(default, rename = "route")]
    pub routes: Vec<Route>,
    /// `[[site.redirect]]`: answered by Selvedge itself, before any route.
    #[serde(default, rename = "redirect")]
    pub redirects: Vec<Redirect>,
}

/// Paths that live elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Which paths, with `*` for any run of characters.
    pub path: PathPattern,
    /// Where they live; omitted: the site's origin.
    #[serde(default)]
    pub origin: Option<Origin>,
    /// The path to ask there, with `$1`, `$2` … for what the stars matched; omitted: the visitor's own.
    #[serde(default)]
    pub rewrite: Option<String>,
    /// Like the site's; omitted: the site's.
    #[serde(default)]
    pub preserve_host: Option<bool>,
}

/// Paths that have moved. The query is kept unless `to` has one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redirect {
    /// Which paths, with `*` for any run of characters.
    pub from: PathPattern,
    /// A path or an absolute URL, with `$1`, `$2` … for what the stars matched.
    pub to: String,
    /// 301, 302, 303, 307 or 308.
    #[serde(default = "Redirect::default_status")]
    pub status: u16,
}

/// Scheme, host and port of a server; no path. `http` only on loopback.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Origin {
    /// Whether it is asked over TLS.
    pub https: bool,
    /// Host name or address, lower case; an IPv6 literal keeps its brackets.
    pub host: String,
    /// Port, the scheme's own where none was written.
    pub port: u16,
}

/// Who reports page views.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Views {
    /// The edge, as it serves the page: the first view counts without JavaScript.
    #[default]
    Edge,
    /// The SDK, once it runs.
    Browser,
    /// Nobody.
    Off,
}

/// What happens to HTML.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Page {
    /// Put the SDK's tag in `<head>`; a tag already there is used instead.
    pub inject: bool,
    /// Who reports page views.
    pub views: Views,
    /// How far to look for a data layer that is not in `<head>`, in bytes of HTML from the start of the page, at most
    /// 1 MiB. 0: not beyond `<head>`.
    pub data_layer_within: u32,
}

/// The paths that Selvedge answers itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Collect {
    /// Their prefix, `/…` without a slash at the end.
    pub path: String,
    /// The largest body of an event post, 1 kB to 1 MiB.
    pub max_bytes: u32,
}

/// When identity may be kept before the visitor has agreed to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum BeforeConsent {
    /// No identity: each event stands alone.
    #[default]
    None,
    /// A cookie as with consent. Only where the law allows it.
    Cookie,
}

/// A secret, by its name in the platform's store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretRef {
    /// The name.
    pub secret: String,
}

/// Identity and sessions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Visitor {
    /// The cookie's name. The stored choice of consent is kept beside it as `<cookie>_consent`.
    pub cookie: String,
    /// The cookie's `Domain`, to share identity between subdomains; omitted: this host alone.
    pub domain: Option<String>,
    /// How long the identity lasts after the last visit; browsers stop at 400 days.
    pub lifetime_days: u16,
    /// A session ends after this long without activity.
    pub session_minutes: u16,
    /// What may be kept while consent is pending.
    pub before_consent: BeforeConsent,
    /// The key that seals the cookie: 32 bytes, as 64 hexadecimal digits or base64.
    pub key: SecretRef,
    /// Keys that were used before; cookies sealed with them are still read.
    pub previous_keys: Vec<SecretRef>,
}

/// Which consent management platform to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Cmp {
    /// Whatever is there.
    #[default]
    Auto,
    /// None: only what the page, the SDK and the stored choice say.
    None,
}

/// What is assumed until the visitor says otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Consent {
    /// The consent management platform whose cookies are read.
    pub cmp: Cmp,
    /// When nothing is known.
    pub default: State,
    /// `Sec-GPC: 1` denies advertising.
    pub gpc: bool,
    /// `[[consent.region]]`: other defaults for some countries; the first that matches wins.
    #[serde(rename = "region")]
    pub regions: Vec<Region>,
}

/// A default for some countries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// ISO 3166-1 alpha-2 codes, upper case.
    pub countries: Vec<String>,
    /// The default there.
    pub default: State,
}

/// What a destination gets of a visitor who has not agreed to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum WithoutConsent {
    /// Nothing.
    #[default]
    Drop,
}

/// One destination.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// Which destination: `ga4`, `webhook`, …
    pub kind: String,
    /// Its name in logs and in `components` maps; omitted: the kind. Unique.
    #[serde(default)]
    pub id: String,
    /// The purposes it needs; omitted: the kind's own. An empty list: none, it may always have everything.
    #[serde(default)]
    pub purposes: Option<Vec<Purpose>>,
    /// What it gets without them.
    #[serde(default)]
    pub without_consent: WithoutConsent,
    /// Which events; omitted: all.
    #[serde(default = "EventType::all")]
    pub events: Vec<EventType>,
    /// Replaces scheme, host and port of the vendor's every URL; a path here is put before the vendor's.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// What the kind asks for.
    #[serde(default)]
    pub settings: Settings,
}

/// A component's settings, by name.
pub type Settings = BTreeMap<String, Setting>;

/// One setting.
#[derive(Debug, Clone, PartialEq)]
pub enum Setting {
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// Yes or no.
    Bool(bool),
    /// Several texts.
    List(Vec<String>),
    /// A secret, by its name in the platform's store.
    Secret(String),
}

impl Site {
    fn default_timeout() -> u16 {
        30
    }
}

impl Redirect {
    fn default_status() -> u16 {
        301
    }
}

impl Default for Page {
    fn default() -> Self {
        Self { inject: true, views: Views::Edge, data_layer_within: 65_536 }
    }
}

impl Default for Collect {
    fn default() -> Self {
        Self { path: "/_selvedge".into(), max_bytes: 65_536 }
    }
}

impl Default for Visitor {
    fn default() -> Self {
        Self {
            cookie: "selvedge".into(),
            domain: None,
            lifetime_days: 390,
            session_minutes: 30,
            before_consent: BeforeConsent::None,
            key: SecretRef { secret: "SELVEDGE_KEY".into() },
            previous_keys: Vec::new(),
        }
    }
}

impl Default for Consent {
    fn default() -> Self {
        Self { cmp: Cmp::Auto, default: State::Pending, gpc: true, regions: Vec::new() }
    }
}

/// How a [`Setting`] is carried: a format that names its variants, such as postcard, needs them spelled out; TOML and
/// JSON tell them apart by what they look like.
mod setting_serde {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{SecretRef, Setting};

    #[derive(Serialize, Deserialize)]
    enum Tagged {
        Text(String),
        Integer(i64),
        Bool(bool),
        List(Vec<String>),
        Secret(String),
    }

    #[derive(Serialize, Deserialize)]
    #[serde(
        untagged,
        expecting = "expected text, a whole number, true or false, a list of texts, or { secret = \"NAME\" }"
    )]
    enum Plain {
        Text(String),
        Integer(i64),
        Bool(bool),
        List(Vec<String>),
        Secret(SecretRef),
    }

    impl Serialize for Setting {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let this = self.clone();
            if serializer.is_human_readable() {
                match this {
                    Self::Text(v) => Plain::Text(v),
                    Self::Integer(v) => Plain::Integer(v),
                    Self::Bool(v) => Plain::Bool(v),
                    Self::List(v) => Plain::List(v),
                    Self::Secret(secret) => Plain::Secret(SecretRef { secret }),
                }
                .serialize(serializer)
            } else {
                match this {
                    Self::Text(v) => Tagged::Text(v),
                    Self::Integer(v) => Tagged::Integer(v),
                    Self::Bool(v) => Tagged::Bool(v),
                    Self::List(v) => Tagged::List(v),
                    Self::Secret(v) => Tagged::Secret(v),
                }
                .serialize(serializer)
            }
        }
    }

    impl<'de> Deserialize<'de> for Setting {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            Ok(if deserializer.is_human_readable() {
                match Plain::deserialize(deserializer)? {
                    Plain::Text(v) => Self::Text(v),
                    Plain::Integer(v) => Self::Integer(v),
                    Plain::Bool(v) => Self::Bool(v),
                    Plain::List(v) => Self::List(v),
                    Plain::Secret(v) => Self::Secret(v.secret),
                }
            } else {
                match Tagged::deserialize(deserializer)? {
                    Tagged::Text(v) => Self::Text(v),
                    Tagged::Integer(v) => Self::Integer(v),
                    Tagged::Bool(v) => Self::Bool(v),
                    Tagged::List(v) => Self::List(v),
                    Tagged::Secret(v) => Self::Secret(v),
                }
            })
        }
    }
}
