//! iubenda: `_iub_cs-<cookie policy's id>` and `_iub_cs-s<site's id>`, percent-encoded JSON:
//! `{"timestamp":"…","version":"1.67.1","purposes":{"1":true,"2":false,"3":false,"4":true,"5":true},"id":252372}`, or,
//! where consent is not asked for by purpose, `"consent":true`.
//!
//! A site in several languages has several policies, each with its cookie: all of them count. Others that begin alike
//! (`…-granular`, `…-uspr`) are not read. Sources: www.iubenda.com/en/help/46731 (the name), the advanced guide
//! (www.iubenda.com/en/help/1205: purposes 1 necessary, 2 functionality, 3 experience, 4 measurement, 5 marketing), and
//! the fixtures of RudderStack's SDK.

use super::{Jar, Platform, Purpose, Purposes, Reading, Rules, purposes, text};
use crate::config::Cmp;

/// A prefix; also the name under which a renamed cookie is found.
const COOKIE: &str = "_iub_cs-";

pub(super) const PLATFORM: Platform = Platform { cmp: Cmp::Iubenda, main: COOKIE, owns, read };

fn owns(name: &str) -> bool {
    let Some(id) = name.strip_prefix(COOKIE) else { return false };
    let id = id.strip_prefix('s').unwrap_or(id);
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())
}

fn read(jar: &Jar<'_>, rules: &Rules<'_>) -> Option<Reading> {
    let mut given = None;
    for value in jar.all(|name| name == COOKIE || owns(name)) {
        let Some(purposes) = choice(value, rules) else { return Some(Reading::Pending) };
        given = Some(given.map_or(purposes, |before: Purposes| before.and(purposes)));
    }
    given.map(|purposes| Reading::Said(purposes, None))
}

fn choice(value: &str, rules: &Rules<'_>) -> Option<Purposes> {
    let choice = text::object(text::percent(value)?.as_bytes())?;
    let consent = choice.get("consent").map(|consent| consent.as_bool());
    let by_purpose = choice.get("purposes").map(|purposes| purposes.as_object());
    let by_purpose = match (consent, by_purpose) {
        (None, None) | (Some(None), _) | (_, Some(None)) => return None,
        (Some(Some(false)), _) => return Some(Purposes::NONE),
        (_, by_purpose) => by_purpose.flatten(),
    };
    // Without purposes, it was all of them that the visitor agreed to.
    let granted =
        |name: &str| by_purpose.is_none_or(|of| of.get(name).and_then(|v| v.as_bool()) == Some(true));
    Some(purposes(rules.names, |purpose| granted(usual(purpose)), granted))
}

fn usual(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Analytics => "4",
        Purpose::Advertising => "5",
        Purpose::Personalization => "3",
        Purpose::Functional => "2",
    }
}
