//! The United States: sections of a GPP string, and `us_privacy` before it.
//!
//! Their laws are of opting out: what a visitor did not refuse is permitted, and what they may refuse is the sale and
//! the sharing of their data and targeted advertising. So these strings decide advertising; whoever has one, has the
//! other purposes.
//!
//! Sources: github.com/InteractiveAdvertisingBureau/Global-Privacy-Platform, `Sections/US-National` and
//! `Sections/US-States`; github.com/InteractiveAdvertisingBureau/USPrivacy, "US Privacy String".

use super::bits::Bits;
use super::tcf::number;
use super::{Purpose, Purposes, Reading, Rules, only, purposes};
use crate::config::PurposeNames;

/// Where the opt-outs are in a section's core: fields of two bits, behind a version of six.
struct Layout {
    notices: u32,
    opt_outs: &'static [&'static str],
    sensitive: u32,
    children: u32,
}

const SALE: &str = "SaleOptOut";
const SHARING: &str = "SharingOptOut";
const TARGETED: &str = "TargetedAdvertisingOptOut";

/// Whether a name is that of an opt-out.
pub(super) fn is_field(name: &str) -> bool {
    [SALE, SHARING, TARGETED].contains(&name)
}

/// The layout of a section. Those of Maryland, Indiana, Kentucky and Rhode Island (24 to 27) are another format.
fn layout(section: u16, version: u64) -> Option<Layout> {
    let (notices, opt_outs, sensitive, children): (_, &[_], _, _) = match (section, version) {
        (7, 1) => (6, &[SALE, SHARING, TARGETED], 12, 2),
        (7, 2) => (6, &[SALE, SHARING, TARGETED], 16, 3),
        // California.
        (8, 1) => (3, &[SALE, SHARING], 9, 2),
        // Colorado.
        (10, 1) => (3, &[SALE, TARGETED], 7, 1),
        // Utah, Iowa: with a notice about sensitive data.
        (11 | 18, 1) => (4, &[SALE, TARGETED], 8, 1),
        // Connecticut, Florida, Montana, New Hampshire.
        (12 | 13 | 14 | 20, 1) => (3, &[SALE, TARGETED], 8, 3),
        // Oregon.
        (15, 1) => (3, &[SALE, TARGETED], 11, 3),
        // Delaware.
        (17, 1) => (3, &[SALE, TARGETED], 9, 5),
        // New Jersey.
        (21, 1) => (3, &[SALE, TARGETED], 10, 5),
        // Virginia, Texas, Nebraska, Tennessee, Minnesota.
        (9 | 16 | 19 | 22 | 23, 1) => (3, &[SALE, TARGETED], 8, 1),
        _ => return None,
    };
    Some(Layout { notices, opt_outs, sensitive, children })
}

/// What a section of a GPP string says.
pub(super) fn section(id: u16, text: &str, rules: &Rules<'_>) -> Reading {
    parse(id, text, rules).unwrap_or(Reading::Pending)
}

fn parse(id: u16, text: &str, rules: &Rules<'_>) -> Option<Reading> {
    let mut segments = text.split('.');
    let core = segments.next()?;
    let layout = layout(id, Bits::new(core).int(6)?)?;
    let mut bits = Bits::new(core);
    bits.skip(6 + 2 * layout.notices)?;
    let mut opt_outs = Vec::with_capacity(layout.opt_outs.len());
    for name in layout.opt_outs {
        opt_outs.push((*name, bits.int(2)?));
    }
    bits.skip(2 * layout.sensitive)?;
    // A child who did not agree: what would be said of the parents' opt-out does not matter.
    let mut child = false;
    for _ in 0..layout.children {
        child |= bits.int(2)? == 1;
    }
    // Global Privacy Control, as the browser said it to the platform.
    let mut control = false;
    for segment in segments {
        let mut bits = Bits::new(segment);
        control |= bits.int(2)? == 1 && bits.bit()?;
    }
    let refused = child || control;
    // 0 is "not applicable", 1 "opted out", 2 "did not opt out". Where no field applies, nothing is known.
    let kept = |name: &str| opt_outs.iter().any(|(n, value)| *n == name && *value == 2);
    let permitted =
        opt_outs.iter().all(|(_, value)| matches!(value, 0 | 2)) && opt_outs.iter().any(|(_, v)| *v == 2);
    Some(Reading::Said(given(rules.names, !refused && permitted, |name| !refused && kept(name)), None))
}

/// What `us_privacy` says: version 1, whether notice was given, whether the visitor opted out of the sale, whether a
/// contract covers it: `1YNN`. None for `1---`, which is that no law applies.
pub(super) fn privacy(text: &str, rules: &Rules<'_>) -> Option<Reading> {
    let permitted = match text.as_bytes() {
        [b'1', b'-', b'-', b'-'] => return None,
        [b'1', notice, opt_out, covered] => {
            let word = |byte: &u8| matches!(byte.to_ascii_uppercase(), b'Y' | b'N' | b'-');
            if !(word(notice) && word(opt_out) && word(covered)) {
                return Some(Reading::Pending);
            }
            notice.eq_ignore_ascii_case(&b'Y') && opt_out.eq_ignore_ascii_case(&b'N')
        }
        _ => return Some(Reading::Pending),
    };
    Some(Reading::Said(given(rules.names, permitted, |name| name == SALE && permitted), None))
}

fn given(names: &PurposeNames, advertising: bool, granted: impl Fn(&str) -> bool) -> Purposes {
    // Numbers are the purposes of a TCF section that the same string may carry.
    let names = only(names, |name| number(name).is_none());
    purposes(&names, |purpose| purpose != Purpose::Advertising || advertising, granted)
}

#[cfg(test)]
#[path = "us_tests.rs"]
mod tests;
