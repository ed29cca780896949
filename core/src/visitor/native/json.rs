//! Cookies that are JSON, but for Amplitude's. Of each, the ids alone are kept, as JSON with the vendor's own names.
//!
//! Ids that a website gave a user may be anything, an address even: they go where the event's own user id goes.

use base64::Engine as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::escape;
use super::shape::is_token;
use crate::event::Ids;

/// The longest id within JSON, in bytes.
pub(super) const MAX_TEXT: usize = 256;

/// An id that a website made up.
pub(super) fn is_text(text: &str) -> bool {
    (1..=MAX_TEXT).contains(&text.len()) && !text.chars().any(char::is_control)
}

/// Who the visitor is to Mixpanel: `mp_<token>_mixpanel` (docs.mixpanel.com/docs/tracking-methods/id-management).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mixpanel {
    /// The user, or the browser before they were known.
    pub distinct_id: String,
    /// The browser.
    #[serde(rename = "$device_id", default, skip_serializing_if = "Option::is_none")]
    pub device_id: Option<String>,
}

/// Who the visitor is to PostHog: `ph_<key>_posthog` (posthog.com/docs/libraries/js/persistence).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostHog {
    /// The user, or the browser before they were known.
    pub distinct_id: String,
    /// The browser.
    #[serde(rename = "$device_id", default, skip_serializing_if = "Option::is_none")]
    pub device_id: Option<String>,
    /// When they were last active, in milliseconds; the session's id; when it began, in milliseconds.
    #[serde(rename = "$sesid", default, skip_serializing_if = "Option::is_none")]
    pub session: Option<(Option<i64>, Option<String>, Option<i64>)>,
}

/// What Mixpanel's own cookie says, for the project of that token.
#[must_use]
pub fn mixpanel(ids: &Ids, token: &str) -> Option<Mixpanel> {
    serde_json::from_str(ids.get(&format!("mp_{token}_mixpanel"))?).ok()
}

/// What PostHog's own cookie says, for the project of that key.
#[must_use]
pub fn posthog(ids: &Ids, key: &str) -> Option<PostHog> {
    serde_json::from_str(ids.get(&format!("ph_{key}_posthog"))?).ok()
}

/// Piano's visitor id, from the cookie of its current SDK, of the one before, or of AT Internet's.
#[must_use]
pub fn piano(ids: &Ids) -> Option<&str> {
    ["_pcid", "pa_vid", "atuserid", "atid"].iter().find_map(|name| ids.get(name))
}

pub(super) fn read_mixpanel(value: &str) -> Option<String> {
    let said: Mixpanel = serde_json::from_str(&escape::decoded(value)?).ok()?;
    let fits = is_text(&said.distinct_id) && said.device_id.as_deref().is_none_or(is_text);
    if fits { serde_json::to_string(&said).ok() } else { None }
}

pub(super) fn read_posthog(value: &str) -> Option<String> {
    let said: PostHog = serde_json::from_str(&escape::decoded(value)?).ok()?;
    let session = said.session.as_ref().and_then(|(_, id, _)| id.as_deref());
    let fits = is_text(&said.distinct_id)
        && said.device_id.as_deref().is_none_or(is_text)
        && session.is_none_or(|id| is_token(id) && id.len() <= MAX_TEXT);
    if fits { serde_json::to_string(&said).ok() } else { None }
}

/// `{"browserId":"…","_t":"…"}`: the id (developers.atinternet-solutions.com/piano-analytics, "Cookie storage").
pub(super) fn read_piano(value: &str) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Cookie {
        browser_id: String,
    }
    let Cookie { browser_id } = serde_json::from_str(&escape::decoded(value)?).ok()?;
    vendors_own(browser_id)
}

/// Base64 of `{"consent":{"0":{"mode":"opt-in"},…},…}`: the mode of Piano Analytics, which is product 0.
pub(super) fn read_piano_mode(value: &str) -> Option<String> {
    let bytes = base64::engine::general_purpose::STANDARD.decode(escape::decoded(value)?).ok()?;
    let said: Value = serde_json::from_slice(&bytes).ok()?;
    let mode = said.get("consent")?.get("0")?.get("mode")?.as_str()?;
    (mode.len() <= 32 && is_token(mode)).then(|| mode.to_owned())
}

/// `{"name":"atuserid","val":"…",…}`, or JSON of the id alone.
pub(super) fn read_at_internet(value: &str) -> Option<String> {
    let said: Value = serde_json::from_str(&escape::decoded(value)?).ok()?;
    let id = said.get("val").unwrap_or(&said).as_str()?;
    vendors_own(id.to_owned())
}

/// What is written to `_pcid`: the id, and when it ends and began, in base 36.
pub(super) fn piano_cookie(id: &str, now_ms: i64, days: u16) -> String {
    let end = now_ms.saturating_add(i64::from(days) * 86_400_000);
    let json = format!("{{\"browserId\":\"{id}\",\"_t\":\"{}|{}\"}}", base36(end), base36(now_ms));
    escape::encoded(&json)
}

fn base36(number: i64) -> String {
    let mut number = number.unsigned_abs();
    let mut digits = Vec::new();
    loop {
        let digit = u32::try_from(number % 36).unwrap_or_default();
        digits.push(char::from_digit(digit, 36).unwrap_or('0'));
        number /= 36;
        if number == 0 {
            return digits.iter().rev().collect();
        }
    }
}

fn vendors_own(id: String) -> Option<String> {
    (id.len() <= MAX_TEXT && is_token(&id)).then_some(id)
}
