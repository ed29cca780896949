//! OneTrust: `OptanonConsent`, a query in which `groups` has a 1 or a 0 for each category, and `OptanonAlertBoxClosed`,
//! which is there once the visitor has answered. Until then the groups are the banner's defaults, all 1 where the law is
//! one of opting out.
//!
//! `isGpcEnabled=0&datestamp=…&interactionCount=1&groups=C0001%3A1%2CC0002%3A0&AwaitingReconsent=false`
//!
//! Sources: npmjs.com/package/@commercetools-frontend/cookie-consent (an example with the usual categories) and
//! developer.onetrust.com/onetrust/docs.

use super::{Jar, Platform, Purpose, Reading, Rules, purposes, text};
use crate::config::Cmp;

const CONSENT: &str = "OptanonConsent";
const CLOSED: &str = "OptanonAlertBoxClosed";

pub(super) const PLATFORM: Platform =
    Platform { cmp: Cmp::Onetrust, main: CONSENT, owns: |name| name == CONSENT || name == CLOSED, read };

fn read(jar: &Jar<'_>, rules: &Rules<'_>) -> Option<Reading> {
    let value = jar.get(CONSENT)?;
    let answered = jar.get(CLOSED).is_some_and(|at| !at.is_empty());
    Some(answered.then(|| choice(value, rules)).flatten().unwrap_or(Reading::Pending))
}

fn choice(value: &str, rules: &Rules<'_>) -> Option<Reading> {
    let field =
        |name: &str| value.split('&').filter_map(|field| field.split_once('=')).find(|(n, _)| *n == name);
    // The owner asks again, since the categories changed.
    if field("AwaitingReconsent").is_some_and(|(_, value)| value == "true") {
        return None;
    }
    let groups = text::percent(field("groups")?.1)?;
    let groups = || groups.split(',').filter_map(|group| group.split_once(':'));
    if !groups().any(|(_, state)| state == "0" || state == "1") {
        return None;
    }
    let granted = |name: &str| {
        let mut of = groups().filter(|(group, _)| *group == name).peekable();
        of.peek().is_some() && of.all(|(_, state)| state == "1")
    };
    let default = |purpose| granted(usual(purpose));
    Some(Reading::Said(purposes(rules.names, default, granted), None))
}

/// OneTrust's own categories: performance, targeting, functional. Social media (`C0005`) is left to the owner's names.
fn usual(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Analytics => "C0002",
        Purpose::Advertising => "C0004",
        Purpose::Personalization | Purpose::Functional => "C0003",
    }
}
