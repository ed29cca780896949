//! Osano: `osano_consentmanager`. Osano's script encrypts it, with a key that only that script has, and reads plain JSON
//! as well, which is what a site that copies the consent for its servers writes:
//! `{"ESSENTIAL":"ACCEPT","ANALYTICS":"DENY","MARKETING":"DENY","PERSONALIZATION":"DENY","OPT_OUT":"DENY"}`.
//!
//! So by itself the cookie says that Osano is there, and no more. Sources: docs.osano.com, "Osano Cookie Consent and
//! Server-Side Cookies" (it "operates client-side"), and Edgee's mapping component for the values.

use super::{Jar, Platform, Purpose, Reading, Rules, purposes, text};
use crate::config::Cmp;

const COOKIE: &str = "osano_consentmanager";

pub(super) const PLATFORM: Platform =
    Platform { cmp: Cmp::Osano, main: COOKIE, owns: |name| name == COOKIE, read };

fn read(jar: &Jar<'_>, rules: &Rules<'_>) -> Option<Reading> {
    let value = jar.get(COOKIE)?;
    if !value.is_empty() && value.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_+/=".contains(&b)) {
        return Some(Reading::Sealed);
    }
    Some(choice(value, rules).unwrap_or(Reading::Pending))
}

fn choice(value: &str, rules: &Rules<'_>) -> Option<Reading> {
    let choice = text::object(text::percent(value)?.as_bytes())?;
    let says = |name: &str| choice.get(name).and_then(|value| value.as_str());
    // As Edgee: a category that is missing was not asked about yet.
    if !["ANALYTICS", "MARKETING", "PERSONALIZATION"]
        .iter()
        .all(|name| matches!(says(name), Some("ACCEPT" | "DENY")))
    {
        return None;
    }
    let granted = |name: &str| says(name) == Some("ACCEPT");
    let default = |purpose| match purpose {
        Purpose::Analytics => granted("ANALYTICS"),
        // Accepting `OPT_OUT` is refusing the sale of one's data.
        Purpose::Advertising => granted("MARKETING") && !granted("OPT_OUT"),
        Purpose::Personalization | Purpose::Functional => granted("PERSONALIZATION"),
    };
    Some(Reading::Said(purposes(rules.names, default, granted), None))
}
