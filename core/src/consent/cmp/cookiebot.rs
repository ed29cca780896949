//! Cookiebot: `CookieConsent`, percent-encoded and in JavaScript's notation: `{stamp:'…',necessary:true,
//! preferences:false,statistics:true,marketing:false,method:'explicit',ver:1,utc:…,region:'fr'}`. `-1` stands for a
//! visitor whom no law there asks about, and to whom everything applies; `0` for one who has refused.
//!
//! Sources: www.cookiebot.com/en/developer (server-side usage) and
//! sprtags.io/resources/blog/read-cookiebot-consent-state-sgtm.

use super::{Jar, Platform, Purpose, Purposes, Reading, Rules, purposes, text};
use crate::config::Cmp;

const COOKIE: &str = "CookieConsent";

pub(super) const PLATFORM: Platform =
    Platform { cmp: Cmp::Cookiebot, main: COOKIE, owns: |name| name == COOKIE, read };

fn read(jar: &Jar<'_>, rules: &Rules<'_>) -> Option<Reading> {
    let value = jar.get(COOKIE)?;
    Some(match value {
        "-1" => Reading::Said(Purposes::ALL, None),
        "0" => Reading::Said(Purposes::NONE, None),
        value => choice(value, rules).unwrap_or(Reading::Pending),
    })
}

fn choice(value: &str, rules: &Rules<'_>) -> Option<Reading> {
    let value = text::percent(value)?;
    let inner = value.trim().strip_prefix('{')?.strip_suffix('}')?;
    let quotes: &[char] = &['\'', '"', ' '];
    let pairs = || {
        let parts = inner.split(',').filter_map(|pair| pair.split_once(':'));
        parts.map(|(name, value)| (name.trim_matches(quotes), value.trim()))
    };
    if !pairs().any(|(name, value)| name == "necessary" && value == "true") {
        return None;
    }
    let granted = |name: &str| {
        let mut of = pairs().filter(|(n, _)| *n == name).peekable();
        of.peek().is_some() && of.all(|(_, value)| value == "true")
    };
    let default = |purpose| granted(usual(purpose));
    Some(Reading::Said(purposes(rules.names, default, granted), None))
}

/// As Cookiebot maps its categories to Google's signals: `preferences` is functionality and personalization.
fn usual(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Analytics => "statistics",
        Purpose::Advertising => "marketing",
        Purpose::Personalization | Purpose::Functional => "preferences",
    }
}
