//! Every cookie that is known: its vendor's name for it, what it is for, how it is read, how long it lives.
//!
//! Few vendors document their cookies' formats. Where none does, the format is what their scripts wrote as of
//! 2026-11. Lifetimes are the vendors' own; `docs/identity.md` has the sources, and says where one
//! is our choice.

use super::{MAX_JSON, MAX_PLAIN, amplitude, google, json, shape};
use crate::consent::Purpose;
use crate::consent::Purpose::{Advertising, Analytics};

/// One cookie, or the cookies of one family.
pub(super) struct Entry {
    /// The name, or what the names of the family begin with.
    pub(super) name: &'static str,
    /// What the rest of a family's name is.
    rest: Option<fn(&str) -> bool>,
    /// What the id is for.
    pub(super) purpose: Purpose,
    /// How long it lives where we set it, in days; browsers stop at 400.
    pub(super) days: u16,
    /// Whether the value is JSON, which is longer and dearer.
    pub(super) json: bool,
    /// The id of a value that is not longer than [`Entry::limit`].
    pub(super) read: fn(&str) -> Option<String>,
}

impl Entry {
    /// The longest value that is looked at.
    pub(super) fn limit(&self) -> usize {
        if self.json { MAX_JSON } else { MAX_PLAIN }
    }

    const fn plain(
        name: &'static str,
        purpose: Purpose,
        days: u16,
        read: fn(&str) -> Option<String>,
    ) -> Self {
        Self { name, rest: None, purpose, days, json: false, read }
    }

    const fn json(name: &'static str, days: u16, read: fn(&str) -> Option<String>) -> Self {
        Self { name, rest: None, purpose: Analytics, days, json: true, read }
    }

    const fn family(self, rest: fn(&str) -> bool) -> Self {
        Self { rest: Some(rest), ..self }
    }
}

/// Thirteen months: what the French authority lets a cookie live, and several vendors with it.
const THIRTEEN_MONTHS: u16 = 395;

/// Two years, as far as browsers go.
const TWO_YEARS: u16 = 400;

pub(super) const CATALOGUE: &[Entry] = &[
    Entry::plain("_ga", Analytics, TWO_YEARS, google::client),
    Entry::plain("_ga_", Analytics, TWO_YEARS, google::session).family(is_key),
    Entry::plain("_gcl_au", Advertising, 90, google::ads_browser),
    Entry::plain("_gcl_aw", Advertising, 90, google::ads_click),
    Entry::plain("_gcl_gb", Advertising, 90, google::ads_click),
    Entry::plain("_gcl_dc", Advertising, 90, google::ads_click),
    Entry::plain("_gcl_ag", Advertising, 90, google::ads_braid),
    Entry::plain("_fbp", Advertising, 90, shape::meta_browser),
    Entry::plain("_fbc", Advertising, 90, shape::meta_click),
    Entry::plain("li_fat_id", Advertising, 30, shape::uuid),
    Entry::plain("_scid", Advertising, THIRTEEN_MONTHS, shape::token),
    Entry::plain("_scclid", Advertising, 30, shape::click),
    Entry::plain("_epik", Advertising, 365, shape::click),
    Entry::plain("_pin_unauth", Advertising, 365, shape::token),
    Entry::plain("_ttp", Advertising, 390, shape::token),
    Entry::plain("ttclid", Advertising, 30, shape::click),
    Entry::plain("_rdt_uuid", Advertising, 90, shape::reddit_browser),
    Entry::plain("_rdt_cid", Advertising, 90, shape::click),
    Entry::plain("rdt_cid", Advertising, 90, shape::click),
    Entry::plain("_uetmsclkid", Advertising, 90, shape::microsoft_click),
    Entry::plain("msclkid", Advertising, 90, shape::click),
    Entry::plain("_uetvid", Advertising, 390, shape::microsoft_browser),
    Entry::json("AMP_", 365, amplitude::read).family(|key| key.len() == 10 && is_key(key)),
    Entry::plain("amp_", Analytics, 365, amplitude::read_legacy).family(|key| key.len() == 6 && is_key(key)),
    Entry::json("mp_", 365, json::read_mixpanel).family(|rest| {
        rest.strip_suffix("_mixpanel").is_some_and(|key| shape::is_base64url(key) && key.len() <= 64)
    }),
    Entry::json("ph_", 365, json::read_posthog).family(|rest| {
        rest.strip_suffix("_posthog").is_some_and(|key| shape::is_base64url(key) && key.len() <= 64)
    }),
    Entry::json("_pcid", THIRTEEN_MONTHS, json::read_piano),
    Entry::json("_pprv", THIRTEEN_MONTHS, json::read_piano_mode),
    Entry::json("pa_vid", THIRTEEN_MONTHS, json::read_at_internet),
    Entry::json("atuserid", THIRTEEN_MONTHS, json::read_at_internet),
    Entry::plain("atid", Analytics, THIRTEEN_MONTHS, shape::token),
    Entry::plain("_pk_id.", Analytics, THIRTEEN_MONTHS, shape::matomo_browser).family(|rest| {
        rest.split_once('.').is_some_and(|(site, hash)| {
            site.len() <= 64 && shape::is_base64url(site) && shape::is_hexadecimal(hash, 4)
        })
    }),
    Entry::plain("_sp_id.", Analytics, TWO_YEARS, shape::snowplow_browser)
        .family(|hash| shape::is_hexadecimal(hash, 4)),
    Entry::plain("ajs_anonymous_id", Analytics, 365, shape::token),
];

/// The cookie of that name.
pub(super) fn find(name: &str) -> Option<&'static Entry> {
    CATALOGUE.iter().find(|entry| match entry.rest {
        None => entry.name == name,
        Some(rest) => name.strip_prefix(entry.name).is_some_and(rest),
    })
}

/// A vendor's key or a part of one: letters and digits.
fn is_key(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
