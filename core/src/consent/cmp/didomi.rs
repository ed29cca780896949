//! Didomi: `didomi_token`, standard Base64 of JSON, sometimes percent-encoded.
//!
//! ```json
//! {"user_id":"…","created":"…","updated":"…","purposes":{"enabled":["cookies"],"disabled":["analytics-x"]},
//!  "purposes_li":{…},"vendors":{"enabled":["google"],"disabled":["c:other"]},"vendors_li":{…},"version":2}
//! ```
//!
//! Sources: support.didomi.io/en/didomi-cookies-storage-1 and developers.didomi.io/cmp/web-sdk/consent-notice/cookies,
//! which also has `didomi_dcs`, the same in an undocumented binary form, and `euconsent-v2` for the IAB's purposes.

use serde_json::{Map, Value};

use super::{Jar, Platform, Purpose, Reading, Rules, purposes, text};
use crate::config::Cmp;

const TOKEN: &str = "didomi_token";
const SEALED: &str = "didomi_dcs";
const KEYS: [&str; 4] = ["purposes", "purposes_li", "vendors", "vendors_li"];

pub(super) const PLATFORM: Platform =
    Platform { cmp: Cmp::Didomi, main: TOKEN, owns: |name| name == TOKEN || name == SEALED, read };

fn read(jar: &Jar<'_>, rules: &Rules<'_>) -> Option<Reading> {
    match jar.get(TOKEN) {
        Some(value) => Some(token(value, rules).unwrap_or(Reading::Pending)),
        None => jar.get(SEALED).map(|_| Reading::Sealed),
    }
}

fn token(value: &str, rules: &Rules<'_>) -> Option<Reading> {
    let token = text::object(&text::base64(&text::percent(value)?)?)?;
    let lists = || KEYS.iter().filter_map(|key| Some((*key, token.get(*key)?)));
    let refused = lists().any(|(_, of)| !is_empty(of.get("disabled")));
    // A token is written before the visitor chose, too: without lists, or with empty ones. A legitimate interest that
    // nobody objected to is no choice.
    let of_consent = || lists().filter(|(key, _)| !key.ends_with("_li")).map(|(_, of)| of);
    let enabled = || of_consent().filter_map(|of| of.get("enabled")?.as_array());
    let disabled = || of_consent().filter_map(|of| of.get("disabled")?.as_array());
    let chosen =
        enabled().any(|list| !list.is_empty()) || enabled().next().is_none() && disabled().next().is_some();
    if !(refused || chosen) {
        return None;
    }
    // Vendors have ids of the owner's making, and no purposes. Which destination was refused with one is only known
    // where the owner names it; until then, all may be.
    let vendors = lists().any(|(key, of)| key.starts_with("vendors") && !is_empty(of.get("disabled")));
    let granted = |name: &str| is_listed(&token, "enabled", name) && !is_listed(&token, "disabled", name);
    let default = |purpose| !refused || !vendors && usual(purpose).iter().all(|name| granted(name));
    Some(Reading::Said(purposes(rules.names, default, granted), None))
}

/// The ids of Didomi's own purposes (developers.didomi.io/cmp/web-sdk/reference/api), which are the IAB's by name.
fn usual(purpose: Purpose) -> &'static [&'static str] {
    match purpose {
        Purpose::Analytics => &["cookies", "measure_content_performance"],
        Purpose::Advertising => &[
            "cookies",
            "select_basic_ads",
            "create_ads_profile",
            "select_personalized_ads",
            "measure_ad_performance",
        ],
        Purpose::Personalization => &["cookies", "create_content_profile", "select_personalized_content"],
        Purpose::Functional => &["cookies"],
    }
}

/// Whether a list says nothing. One that is no list may say something.
fn is_empty(list: Option<&Value>) -> bool {
    match list {
        None | Some(Value::Null) => true,
        Some(Value::Array(list)) => list.is_empty(),
        Some(_) => false,
    }
}

fn is_listed(token: &Map<String, Value>, list: &str, name: &str) -> bool {
    KEYS.iter()
        .filter_map(|key| token.get(*key)?.get(list)?.as_array())
        .flatten()
        .any(|listed| listed.as_str() == Some(name))
}
