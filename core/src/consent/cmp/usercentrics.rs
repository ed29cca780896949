//! Usercentrics keeps consent in the browser's local storage, not in cookies
//! (usercentrics.atlassian.net/wiki/spaces/SKB/pages/204177435: "has never managed cookies"). What reaches a server by
//! itself is the TCF string, where that is on, and `cmp = "tcf"` reads it.
//!
//! What can be read beside it is a copy: the local storage's `ucData` of version 3, percent-encoded in a cookie of that
//! name (or the configured one), which the site writes when the visitor chooses.
//!
//! `{"consent":{"services":{"HkocEodjb7":{"name":"Google Analytics","consent":true}}},
//! "gcm":{"analyticsStorage":"granted","adStorage":"denied"}}`

use super::{Jar, Platform, Purpose, Reading, Rules, purposes, text};
use crate::config::Cmp;

const COOKIE: &str = "ucData";

pub(super) const PLATFORM: Platform =
    Platform { cmp: Cmp::Usercentrics, main: COOKIE, owns: |name| name == COOKIE, read };

fn read(jar: &Jar<'_>, rules: &Rules<'_>) -> Option<Reading> {
    jar.get(COOKIE).map(|value| choice(value, rules).unwrap_or(Reading::Pending))
}

fn choice(value: &str, rules: &Rules<'_>) -> Option<Reading> {
    let data = text::object(text::percent(value)?.as_bytes())?;
    let consent = data.get("consent")?;
    // Consent that was not the visitor's own doing.
    let kind = consent.get("type").and_then(|kind| kind.as_str());
    if kind.is_some_and(|kind| kind.eq_ignore_ascii_case("implicit")) {
        return None;
    }
    let services = consent.get("services")?.as_object().filter(|services| !services.is_empty())?;
    let yes = |service: &serde_json::Value| service.get("consent").and_then(|v| v.as_bool()) == Some(true);
    let all = services.values().all(yes);
    // A service by its id or by its name; of one name there may be several.
    let granted = |name: &str| {
        let named = |service: &serde_json::Value| service.get("name").and_then(|v| v.as_str()) == Some(name);
        let mut of = services.iter().filter(|(id, service)| *id == name || named(service)).peekable();
        of.peek().is_some() && of.all(|(_, service)| yes(service))
    };
    let signal = |name: &str| data.get("gcm").and_then(|gcm| gcm.get(name)?.as_str()) == Some("granted");
    let default = |purpose| {
        all || match purpose {
            Purpose::Analytics => signal("analyticsStorage"),
            Purpose::Advertising => signal("adStorage") && signal("adUserData"),
            Purpose::Personalization | Purpose::Functional => false,
        }
    };
    Some(Reading::Said(purposes(rules.names, default, granted), None))
}
