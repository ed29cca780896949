//! `[visitor]`: identity and sessions.

use serde::{Deserialize, Serialize};

use crate::config::pattern::HostPattern;

/// What becomes of the page views and events of programs that are no browsers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Bots {
    /// They are no events; the log counts them.
    #[default]
    Drop,
    /// They are events that say so, in `context.client.bot`.
    Tag,
}

/// What becomes of the cookies by which vendors' own scripts know a visitor (`_ga`, `_fbp`, …).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum NativeCookies {
    /// They are not looked at.
    Off,
    /// Their ids go to the destinations, with consent.
    #[default]
    Read,
    /// Those of the configured destinations are also set where they are missing, with consent.
    Write,
}

/// The cookies of an Edgee proxy that served this site before, to be read once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct EdgeeCookies {
    /// `compute.cookie_name` there.
    pub cookie: String,
    /// `compute.aes_key` there, 16 characters. Omitted: Edgee's own default.
    pub key: Option<SecretRef>,
    /// `compute.aes_iv` there, 16 characters. Omitted: Edgee's own default.
    pub iv: Option<SecretRef>,
}

/// When identity may be kept before the visitor has agreed to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum BeforeConsent {
    /// No identity: each event stands alone.
    #[default]
    None,
    /// No cookie; a hash of address, browser and day, which nobody can link to the next day's.
    Cookieless,
    /// A cookie as with consent. Only where the law allows it.
    Cookie,
}

/// A secret, by its name in the platform's store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SecretRef {
    /// The name.
    pub secret: String,
}

/// Identity and sessions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Visitor {
    /// The cookie's name. The visitor's choice is kept beside it as `<cookie>_consent`. `__Host-…` does not go with `domain`.
    pub cookie: String,
    /// The cookie's domain, to share identity between subdomains. Without leading dot. Omitted: this host alone.
    pub domain: Option<String>,
    /// How long identity lasts after the last visit: 1 to 400 days, where browsers stop.
    pub lifetime_days: u16,
    /// A session ends after this long without activity: 1 to 1440 minutes.
    pub session_minutes: u16,
    /// What is kept while consent is pending.
    pub before_consent: BeforeConsent,
    /// The key that seals the cookie: 32 bytes, as 64 hexadecimal digits or base64. Omitted: `{ secret = "SELVEDGE_KEY" }`.
    pub key: SecretRef,
    /// Keys that were used before; cookies sealed with them are still read.
    pub previous_keys: Vec<SecretRef>,
    /// What becomes of programs, which are no visitors.
    pub bots: Bots,
    /// What becomes of vendors' own cookies: `_ga`, `_fbp`, …
    pub native_cookies: NativeCookies,
    /// Your other hosts, with `*.` for any subdomain, to which a link may carry the visitor's identity.
    pub link: Vec<HostPattern>,
    /// `[visitor.edgee]`: cookies of an Edgee proxy to be taken over. Omitted: none.
    pub edgee: Option<EdgeeCookies>,
}

impl Default for EdgeeCookies {
    fn default() -> Self {
        Self { cookie: "edgee".into(), key: None, iv: None }
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
            bots: Bots::Drop,
            native_cookies: NativeCookies::Read,
            link: Vec::new(),
            edgee: None,
        }
    }
}
