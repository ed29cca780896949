//! CookieYes: `cookieyes-consent`, such as
//! `consentid:…,consent:yes,action:yes,necessary:yes,functional:no,analytics:yes,performance:no,advertisement:no`.
//!
//! `action` is empty until the visitor chose; before, the categories are the banner's defaults. `consent` is `no` where
//! they refused all. Sources: www.cookieyes.com/cookies-installed-by-cookieyes-and-their-purposes, the script of its
//! WordPress plugin, and Edgee's mapping component.

use super::{Jar, Platform, Purpose, Reading, Rules, purposes, text};
use crate::config::Cmp;

const COOKIE: &str = "cookieyes-consent";

pub(super) const PLATFORM: Platform =
    Platform { cmp: Cmp::Cookieyes, main: COOKIE, owns: |name| name == COOKIE, read };

fn read(jar: &Jar<'_>, rules: &Rules<'_>) -> Option<Reading> {
    jar.get(COOKIE).map(|value| choice(value, rules).unwrap_or(Reading::Pending))
}

fn choice(value: &str, rules: &Rules<'_>) -> Option<Reading> {
    let value = text::percent(value)?;
    let pairs = || value.split(',').filter_map(|pair| pair.split_once(':'));
    let says = |name: &str, word: &str| pairs().any(|(n, w)| n.trim() == name && w.trim() == word);
    if !says("action", "yes") {
        return None;
    }
    let refused = pairs().any(|(_, word)| word.trim() == "no");
    let granted = |name: &str| says(name, "yes") && !says(name, "no") && !says("consent", "no");
    let default = |purpose| !refused || usual(purpose).iter().all(|name| granted(name));
    Some(Reading::Said(purposes(rules.names, default, granted), None))
}

/// As CookieYes maps its categories to Google's signals: `functional` is functionality and personalization.
fn usual(purpose: Purpose) -> &'static [&'static str] {
    match purpose {
        Purpose::Analytics => &["analytics"],
        Purpose::Advertising => &["advertisement"],
        Purpose::Personalization | Purpose::Functional => &["functional"],
    }
}
