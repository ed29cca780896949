//! A consent string of the IAB's Transparency and Consent Framework, version 2, made today: one that is written into a case
//! would expire. Written from the specification (github.com/InteractiveAdvertisingBureau/GDPR-Transparency-and-Consent-Framework),
//! apart from what reads it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use selvedge_core::facts::Timestamp;

/// The string for `{tcf-1-8}` (consent to these purposes) or `{tcf-1-8-v755}` (and to that vendor).
#[must_use]
pub fn string(name: &str, now: Timestamp) -> Option<String> {
    let mut words = name.strip_prefix("tcf")?.split('-').skip(1);
    let (mut purposes, mut vendors) = (Vec::new(), Vec::new());
    words.try_for_each(|word| {
        match word.strip_prefix('v') {
            Some(vendor) => vendors.push(vendor.parse::<u64>().ok()?),
            None => purposes.push(word.parse::<u64>().ok()?),
        }
        Some(())
    })?;
    let tenths = u64::try_from(now.0 / 100).ok()?;
    let mut bits = Vec::new();
    let mut put = |value: u64, width: u32| bits.extend((0..width).rev().map(|bit| value >> bit & 1 == 1));
    put(2, 6);
    put(tenths, 36);
    put(tenths, 36);
    put(10, 12); // the platform
    put(1, 12); // its version
    put(1, 6); // the screen
    put(4 << 6 | 13, 12); // English
    put(100, 12); // the vendor list's version
    put(5, 6); // the policy's version
    put(0, 2); // service specific, texts
    put(0, 12); // special features
    (1..=24).for_each(|purpose| put(purposes.contains(&purpose).into(), 1));
    put(0, 24); // legitimate interests
    put(0, 1); // purpose one treatment
    put(4 << 6 | 13, 12); // the publisher's country
    let last = vendors.iter().copied().max().unwrap_or_default();
    put(last, 16);
    put(0, 1); // a bit for each
    (1..=last).for_each(|vendor| put(vendors.contains(&vendor).into(), 1));
    put(0, 16 + 1); // vendors' legitimate interests
    put(0, 12); // publisher restrictions
    let byte = |bits: &[bool]| {
        bits.iter().enumerate().fold(0_u8, |byte, (at, bit)| byte | u8::from(*bit) << (7 - at))
    };
    Some(URL_SAFE_NO_PAD.encode(bits.chunks(8).map(byte).collect::<Vec<_>>()))
}
