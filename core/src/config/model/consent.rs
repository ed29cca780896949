//! `[consent]`: who is asked, and what is assumed until the visitor says otherwise.

use serde::{Deserialize, Serialize};

use super::Settings;
use crate::consent::State;

/// Which consent management platform to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Cmp {
    /// Whatever is there.
    #[default]
    Auto,
    /// None: only what the page, the SDK and the stored choice say.
    None,
    /// Didomi: `didomi_token`.
    Didomi,
    /// Axeptio: `axeptio_cookies`.
    Axeptio,
    /// CookieYes: `cookieyes-consent`.
    Cookieyes,
    /// OneTrust: `OptanonConsent`.
    Onetrust,
    /// Cookiebot: `CookieConsent`.
    Cookiebot,
    /// Osano: `osano_consentmanager`.
    Osano,
    /// iubenda: `_iub_cs-…`.
    Iubenda,
    /// Usercentrics.
    Usercentrics,
    /// The IAB's Transparency and Consent Framework: `euconsent-v2`.
    Tcf,
    /// The IAB's Global Privacy Platform: `__gpp` and `__gpp_sid`; and `us_privacy` before it.
    Gpp,
    /// Another, whose cookie a third party's component reads.
    Wasm,
}

/// What a consent management platform calls a purpose of ours: its categories, purposes or services, as its cookie has
/// them. A purpose without names has the platform's own defaults.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct PurposeNames {
    /// All of these must be granted for `analytics`. Omitted: the platform's own.
    pub analytics: Vec<String>,
    /// The same for `advertising`. Omitted: the platform's own.
    pub advertising: Vec<String>,
    /// The same for `personalization`. Omitted: the platform's own.
    pub personalization: Vec<String>,
    /// The same for `functional`. Omitted: the platform's own.
    pub functional: Vec<String>,
}

/// What is assumed until the visitor says otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Consent {
    /// The consent platform whose cookies are read.
    pub cmp: Cmp,
    /// The name of its cookie, where it is not the usual one. Omitted: the platform's own.
    pub cookie: Option<String>,
    /// For the platform `wasm`: the component's file, from where the configuration is.
    pub file: Option<String>,
    /// For the platform `wasm`: the component's settings.
    pub settings: Settings,
    /// `[consent.names]`: what the platform calls our purposes.
    pub names: PurposeNames,
    /// TCF: whether a legitimate interest that the visitor did not object to counts for analytics.
    pub legitimate_interest: bool,
    /// What is assumed when nothing is known.
    pub default: State,
    /// `Sec-GPC: 1` denies advertising.
    pub gpc: bool,
    /// `[[consent.region]]`: other defaults for some countries; the first that matches wins.
    #[serde(rename = "region")]
    pub regions: Vec<Region>,
}

/// A default for some countries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// ISO 3166-1 alpha-2 in capitals: `FR`, `GB`.
    pub countries: Vec<String>,
    /// What is assumed there.
    pub default: State,
}

impl Default for Consent {
    fn default() -> Self {
        Self {
            cmp: Cmp::Auto,
            cookie: None,
            file: None,
            settings: Settings::new(),
            names: PurposeNames::default(),
            legitimate_interest: false,
            default: State::Pending,
            gpc: true,
            regions: Vec::new(),
        }
    }
}
