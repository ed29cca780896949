//! The IAB's Global Privacy Platform: the string in `__gpp`, the sections that apply in `__gpp_sid`; and `us_privacy`,
//! which it replaces.
//!
//! A string is a header and sections, joined by `~`; the header lists the sections' ids. Read are the European TCF (2),
//! the US Privacy string (6), the United States' national (7) and state sections (8 to 23). A section that applies and
//! is none of these leaves consent pending.
//!
//! Source: github.com/InteractiveAdvertisingBureau/Global-Privacy-Platform, "Consent String Specification", "Section
//! Information" and, for the cookies' names, "CMP API Specification".

use super::bits::Bits;
use super::{Jar, Platform, Purposes, Reading, Rules, both, tcf, us};
use crate::config::Cmp;

const STRING: &str = "__gpp";
const APPLIES: &str = "__gpp_sid";
const PRIVACY: &str = "us_privacy";

/// How many sections a string may have; there are fewer than thirty.
const MAX_SECTIONS: usize = 64;

pub(super) const PLATFORM: Platform =
    Platform { cmp: Cmp::Gpp, main: STRING, owns: |name| [STRING, APPLIES, PRIVACY].contains(&name), read };

fn read(jar: &Jar<'_>, rules: &Rules<'_>) -> Option<Reading> {
    let string = jar.get(STRING).and_then(|text| string(text, jar.get(APPLIES), rules));
    let privacy = jar.get(PRIVACY).and_then(|text| us::privacy(text, rules));
    all([string, privacy].into_iter().flatten())
}

/// What every reading grants; pending where one is.
fn all(readings: impl Iterator<Item = Reading>) -> Option<Reading> {
    readings.reduce(|a, b| match (a, b) {
        (Reading::Said(a, of_a), Reading::Said(b, of_b)) => {
            Reading::Said(Purposes::and(a, b), both(of_a, of_b))
        }
        _ => Reading::Pending,
    })
}

fn string(text: &str, applies: Option<&str>, rules: &Rules<'_>) -> Option<Reading> {
    let applies = match applies {
        // That no section applies.
        Some("-1") => return None,
        Some("") | None => None,
        Some(list) => match ids(list) {
            Some(ids) => Some(ids),
            None => return Some(Reading::Pending),
        },
    };
    let Some(sections) = sections(text) else { return Some(Reading::Pending) };
    let applying = |id: u16| applies.as_ref().is_none_or(|ids| ids.contains(&id));
    // One that applies and is not there has not been answered.
    if applies.iter().flatten().any(|id| !sections.iter().any(|(there, _)| there == id)) {
        return Some(Reading::Pending);
    }
    let applying = sections.iter().filter(|(id, _)| applying(*id));
    all(applying.filter_map(|(id, text)| match id {
        2 => Some(tcf::string(text, rules)),
        6 => us::privacy(text, rules),
        id => Some(us::section(*id, text, rules)),
    }))
}

/// The list in `__gpp_sid`: `7`, or `7_8`, or `7,8`.
fn ids(list: &str) -> Option<Vec<u16>> {
    let list = super::text::percent(list)?;
    list.split(['_', ',']).take(MAX_SECTIONS).map(|id| id.trim().parse().ok()).collect()
}

/// The sections of a string, with their ids.
fn sections(text: &str) -> Option<Vec<(u16, &str)>> {
    let mut parts = text.split('~');
    let mut bits = Bits::new(parts.next()?);
    // The header's type, and GPP's version.
    if bits.int(6)? != 3 || bits.int(6)? != 1 {
        return None;
    }
    let mut sections = Vec::new();
    let mut id = 0_u16;
    for _ in 0..bits.int(12)? {
        let several = bits.bit()?;
        let first = id.checked_add(bits.fibonacci()?)?;
        let last = if several { first.checked_add(bits.fibonacci()?)? } else { first };
        for section in first..=last {
            sections.push((section, parts.next()?));
            if sections.len() > MAX_SECTIONS {
                return None;
            }
        }
        id = last;
    }
    parts.next().is_none().then_some(sections)
}

#[cfg(test)]
#[path = "gpp_tests.rs"]
mod tests;
