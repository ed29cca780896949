//! Amplitude's cookie.
//!
//! `AMP_<first ten characters of the API key>` is base64 of escaped JSON
//! (amplitude.com/docs/sdks/analytics/browser/cookies-and-consent-management); before version 2 of the SDK,
//! `amp_<first six>` was `<device>.<base64 of the user>..<session>.<last event>.…`, times in base 32.

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use serde::{Deserialize, Serialize};

use super::escape;
use super::json::{MAX_TEXT, is_text};
use super::shape::is_token;
use crate::event::Ids;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Who the visitor is to Amplitude, and in which session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Amplitude {
    /// The browser.
    pub device_id: String,
    /// The user, as the website named them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// When the session began, in milliseconds since 1970: its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<i64>,
    /// When the last event happened, in milliseconds since 1970. Half an hour later the session is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_event_time: Option<i64>,
}

impl Amplitude {
    pub(super) fn checked(self) -> Option<Self> {
        let time = |ms: &i64| (0..10_000_000_000_000).contains(ms);
        let fits = is_token(&self.device_id)
            && self.device_id.len() <= MAX_TEXT
            && self.user_id.as_deref().is_none_or(is_text)
            && self.session_id.iter().chain(&self.last_event_time).all(time);
        fits.then_some(self)
    }

    pub(super) fn to_id(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }

    /// What the SDK would write.
    pub(super) fn to_cookie(&self) -> Option<String> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Cookie<'a> {
            #[serde(flatten)]
            known: &'a Amplitude,
            opt_out: bool,
        }
        let json = serde_json::to_string(&Cookie { known: self, opt_out: false }).ok()?;
        Some(base64::engine::general_purpose::STANDARD.encode(escape::encoded(&json)))
    }
}

/// What Amplitude's own cookie says, for the project of that API key: the current SDK's, else the one before.
#[must_use]
pub fn amplitude(ids: &Ids, api_key: &str) -> Option<Amplitude> {
    let of =
        |prefix: &str, length: usize| ids.get(&format!("{prefix}{}", api_key.get(..length)?)).and_then(of_id);
    of("AMP_", 10).or_else(|| of("amp_", 6))
}

/// Reads what [`Ids`] hold.
pub(super) fn of_id(id: &str) -> Option<Amplitude> {
    serde_json::from_str(id).ok()
}

pub(super) fn read(value: &str) -> Option<String> {
    let bytes = BASE64.decode(escape::decoded(value)?).ok()?;
    let json = escape::decoded(std::str::from_utf8(&bytes).ok()?)?;
    serde_json::from_str::<Amplitude>(&json).ok()?.checked()?.to_id()
}

pub(super) fn read_legacy(value: &str) -> Option<String> {
    let mut parts = value.split('.');
    let device_id = parts.next()?.to_owned();
    let user = parts.next()?;
    let user_id = match user {
        "" => None,
        user => Some(String::from_utf8(BASE64.decode(user).ok()?).ok()?),
    };
    let mut time = || parts.next().and_then(|text| i64::from_str_radix(text, 32).ok());
    // Between user and session stood an opt-out, which newer versions leave empty.
    let _ = time();
    let (session_id, last_event_time) = (time(), time());
    session_id?;
    Amplitude { device_id, user_id, session_id, last_event_time }.checked()?.to_id()
}
