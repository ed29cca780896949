//! Axeptio: `axeptio_cookies`, percent-encoded JSON: a yes or no for each vendor, and what Axeptio itself says of it.
//!
//! ```json
//! {"$$token":"…","$$date":"…","$$completed":true,"google_analytics":true,"facebook_pixel":false,
//!  "$$googleConsentMode":{"version":2,"analytics_storage":"granted","ad_storage":"denied"}}
//! ```
//!
//! Sources: developers.axeptio.eu/site-integration/registering-user-choices, and Edgee's mapping component.

use super::{Jar, Platform, Purpose, Reading, Rules, purposes, text};
use crate::config::Cmp;

const COOKIE: &str = "axeptio_cookies";

pub(super) const PLATFORM: Platform =
    Platform { cmp: Cmp::Axeptio, main: COOKIE, owns: |name| name == COOKIE, read };

fn read(jar: &Jar<'_>, rules: &Rules<'_>) -> Option<Reading> {
    jar.get(COOKIE).map(|value| choice(value, rules).unwrap_or(Reading::Pending))
}

fn choice(value: &str, rules: &Rules<'_>) -> Option<Reading> {
    let choice = text::object(text::percent(value)?.as_bytes())?;
    if choice.get("$$completed")?.as_bool() != Some(true) {
        return None;
    }
    let google = choice.get("$$googleConsentMode").and_then(|mode| mode.as_object());
    let signal = |name: &str| google.and_then(|mode| mode.get(name)?.as_str());
    let signals = google
        .into_iter()
        .flatten()
        .filter(|(name, _)| !matches!(name.as_str(), "version" | "wait_for_update"));
    let refused = signals.filter_map(|(_, value)| value.as_str()).any(|value| value != "granted")
        || choice.iter().any(|(name, value)| !name.starts_with("$$") && value.as_bool() == Some(false));
    let granted = |name: &str| match choice.get(name).filter(|_| !name.starts_with("$$")) {
        Some(value) => value.as_bool() == Some(true),
        None => signal(name) == Some("granted"),
    };
    let default =
        |purpose| !refused || google_signals(purpose).iter().all(|name| signal(name) == Some("granted"));
    Some(Reading::Said(purposes(rules.names, default, granted), None))
}

/// Google's signals of a purpose, which Axeptio derives from the visitor's yes and no to vendors.
fn google_signals(purpose: Purpose) -> &'static [&'static str] {
    match purpose {
        Purpose::Analytics => &["analytics_storage"],
        Purpose::Advertising => &["ad_storage", "ad_user_data"],
        Purpose::Personalization => &["personalization_storage"],
        Purpose::Functional => &["functionality_storage"],
    }
}
