//! The IAB's Transparency and Consent Framework, version 2 to 2.3: the TC string in `euconsent-v2`.
//!
//! Source: github.com/InteractiveAdvertisingBureau/GDPR-Transparency-and-Consent-Framework, "Consent string and vendor
//! list formats v2". Only the core segment decides; the others (disclosed vendors, which 2.3 requires, and the
//! publisher's own purposes) are let pass.
//!
//! Our own decoder, since the crates for this collect ranges id by id: a string of 8 KB may name a hundred million.

use std::ops::RangeInclusive;

use super::bits::Bits;
use super::{Jar, Platform, Purpose, Reading, Rules, Vendors, only, purposes, us};
use crate::config::Cmp;
use crate::facts::Timestamp;

const COOKIE: &str = "euconsent-v2";

/// How long a choice is good for, in tenths of a second: 13 months, after which the IAB's policies want it asked again.
const MAX_AGE: i64 = 390 * DAY;

/// How far ahead of ours the clock may have been: since 2.2 strings carry days, and it may be tomorrow elsewhere.
const SKEW: i64 = DAY;

const DAY: i64 = 864_000;

pub(super) const PLATFORM: Platform =
    Platform { cmp: Cmp::Tcf, main: COOKIE, owns: |name| name == COOKIE, read };

fn read(jar: &Jar<'_>, rules: &Rules<'_>) -> Option<Reading> {
    jar.get(COOKIE).map(|value| string(value, rules))
}

/// What a TC string says.
pub(super) fn string(text: &str, rules: &Rules<'_>) -> Reading {
    let core = text.split('.').next().and_then(Core::parse);
    match core {
        Some(core) if core.is_fresh(rules.now) => core.reading(rules),
        _ => Reading::Pending,
    }
}

/// What is needed of the core segment.
#[derive(Debug, PartialEq, Eq)]
struct Core {
    /// Tenths of a second since 1970.
    created: i64,
    updated: i64,
    /// A bit for each purpose, the first the highest of 24.
    consent: u64,
    interest: u64,
    /// Purpose 1 was not asked about, as the publisher's country has no such rule.
    one_treatment: bool,
    vendors: Vendors,
}

impl Core {
    fn parse(text: &str) -> Option<Self> {
        let mut bits = Bits::new(text);
        if bits.int(6)? != 2 {
            return None;
        }
        let created = i64::try_from(bits.int(36)?).ok()?;
        let updated = i64::try_from(bits.int(36)?).ok()?;
        // The platform's id, version and screen; language; the vendor list's version; the policy's version; whether the
        // string is for this service alone; other stacks than the IAB's; opt-ins to special features.
        bits.skip(12 + 12 + 6 + 12 + 12 + 6 + 1 + 1 + 12)?;
        let (consent, interest) = (bits.int(24)?, bits.int(24)?);
        let one_treatment = bits.bit()?;
        bits.skip(12)?;
        let mut vendors = ids(&mut bits)?;
        let _by_interest = ids(&mut bits)?;
        // What the publisher forbids a vendor is forbidden, whichever purpose it is about: our list has none.
        let forbidden = forbidden(&mut bits)?;
        vendors.retain(|vendor| !forbidden.iter().any(|range| range.contains(vendor)));
        Some(Self { created, updated, consent, interest, one_treatment, vendors: Vendors::of(vendors) })
    }

    fn is_fresh(&self, now: Timestamp) -> bool {
        let now = now.0.div_euclid(100);
        self.created <= now + SKEW && self.updated <= now + SKEW && now - self.updated <= MAX_AGE
    }

    fn reading(self, rules: &Rules<'_>) -> Reading {
        let consented = |purpose: u32| has(self.consent, purpose);
        // Nothing was agreed to where nothing was asked; but the purposes that build on purpose 1 do not lack it.
        let access = consented(1) || self.one_treatment;
        let measured = |purpose: u32| {
            consented(purpose)
                || rules.legitimate_interest && (7..=10).contains(&purpose) && has(self.interest, purpose)
        };
        let default = |purpose| match purpose {
            Purpose::Analytics => access && measured(8),
            Purpose::Advertising => access && [2, 3, 4, 7].into_iter().all(consented),
            Purpose::Personalization => access && [5, 6].into_iter().all(consented),
            Purpose::Functional => consented(1),
        };
        // The owner names purposes by their numbers; words are the American sections' of the same GPP string.
        let names = only(rules.names, |name| !us::is_field(name));
        let given = purposes(&names, default, |name| number(name).is_some_and(consented));
        // Legitimate interest, and access that nobody had to ask for, are good for analytics alone.
        let measurable = |number| if number == 1 { access } else { measured(number) };
        let lenient = purposes(&names, default, |name| number(name).is_some_and(measurable));
        let given = if lenient.has(Purpose::Analytics) { given.with(Purpose::Analytics) } else { given };
        Reading::Said(given, Some(self.vendors))
    }
}

/// The number of a purpose.
pub(super) fn number(name: &str) -> Option<u32> {
    name.parse().ok().filter(|number| (1..=24).contains(number))
}

fn has(purposes: u64, number: u32) -> bool {
    24_u32.checked_sub(number).is_some_and(|shift| purposes >> shift & 1 == 1)
}

/// A list of vendors: a bit for each, or ranges.
fn ids(bits: &mut Bits<'_>) -> Option<Vec<u16>> {
    let last = bits.short()?;
    if !bits.bit()? {
        let mut ids = Vec::new();
        for id in 1..=last {
            if bits.bit()? {
                ids.push(id);
            }
        }
        return Some(ids);
    }
    let ranges = merged(bits.ranges()?);
    if ranges.last().is_some_and(|range| *range.end() > last) {
        return None;
    }
    Some(ranges.into_iter().flatten().collect())
}

/// The same ids in ranges that do not overlap, so that each id comes once.
fn merged(mut ranges: Vec<RangeInclusive<u16>>) -> Vec<RangeInclusive<u16>> {
    ranges.sort_unstable_by_key(|range| *range.start());
    let mut merged: Vec<RangeInclusive<u16>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match merged.last_mut() {
            Some(before) if range.start() <= before.end() => {
                *before = *before.start()..=*before.end().max(range.end());
            }
            _ => merged.push(range),
        }
    }
    merged
}

/// The vendors that the publisher flatly does not allow something (restriction type 0).
fn forbidden(bits: &mut Bits<'_>) -> Option<Vec<RangeInclusive<u16>>> {
    let mut forbidden = Vec::new();
    for _ in 0..bits.int(12)? {
        bits.skip(6)?;
        let kind = bits.int(2)?;
        let ranges = bits.ranges()?;
        if kind == 0 {
            forbidden.extend(ranges);
        }
    }
    Some(merged(forbidden))
}

#[cfg(test)]
#[path = "tcf_tests.rs"]
pub(super) mod tests;
