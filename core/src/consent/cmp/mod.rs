//! What consent management platforms keep in their own cookies, read one purpose at a time.
//!
//! A platform that is there and was not answered, or whose cookie is broken, is a statement too: it says `pending`, so
//! that no default grants what the visitor is being asked about. Only where there is no platform, nothing is said.
//!
//! Several may be there: many platforms write the IAB's strings beside their own cookie. With [`Cmp::Auto`] a purpose is
//! granted where all of them grant it, and pending is whatever one of them still asks. Vendors are the TCF string's.

mod axeptio;
mod bits;
mod cookiebot;
mod cookieyes;
mod didomi;
pub(crate) mod foreign;
mod gpp;
mod iubenda;
mod jar;
mod onetrust;
mod osano;
mod tcf;
mod text;
mod us;
mod usercentrics;

use http::HeaderMap;

use super::{Choice, Purpose, Purposes, State, Statement, Vendors};
use crate::config::{self, Cmp, PurposeNames};
use crate::facts::Timestamp;
use jar::Jar;

/// What one platform's cookies say.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Reading {
    /// The visitor chose.
    Said(Purposes, Option<Vendors>),
    /// The visitor was not heard yet, or the cookie is broken and may hide a refusal.
    Pending,
    /// The platform seals its cookie. It was there, and that is all that can be known.
    Sealed,
}

/// What a reading depends on beside the cookies.
struct Rules<'c> {
    names: &'c PurposeNames,
    legitimate_interest: bool,
    now: Timestamp,
}

/// A platform: its cookies, and what they mean.
struct Platform {
    cmp: Cmp,
    /// The cookie that the owner may have renamed.
    main: &'static str,
    /// Whether a cookie of this name is the platform's.
    owns: fn(&str) -> bool,
    /// What its cookies say; none where its main cookie is not there, or says that nothing applies.
    read: fn(&Jar<'_>, &Rules<'_>) -> Option<Reading>,
}

/// Every platform, in the order in which they are named as the source of a common statement: the site's own platform
/// before the string that it writes for others.
const PLATFORMS: [Platform; 10] = [
    didomi::PLATFORM,
    axeptio::PLATFORM,
    cookieyes::PLATFORM,
    onetrust::PLATFORM,
    cookiebot::PLATFORM,
    osano::PLATFORM,
    iubenda::PLATFORM,
    usercentrics::PLATFORM,
    tcf::PLATFORM,
    gpp::PLATFORM,
];

/// What the configured platform's cookie says; none where it is not there. The cookies are looked through once, and
/// where none is a platform's that is all it costs.
#[must_use]
pub fn read(config: &config::Consent, headers: &HeaderMap, now: Timestamp) -> Option<Statement> {
    let mut rules = Rules { names: &config.names, legitimate_interest: config.legitimate_interest, now };
    match config.cmp {
        // A component's words are read by [`foreign`].
        Cmp::None | Cmp::Wasm => None,
        Cmp::Auto => {
            let jar = Jar::of(headers, |name| {
                PLATFORMS.iter().any(|platform| (platform.owns)(name)).then_some(name)
            });
            if jar.is_empty() {
                return None;
            }
            // The owner's names are the site's platform's. What the IAB numbers is another vocabulary (iubenda has a
            // purpose 4 as well), and goes by its defaults.
            let none = PurposeNames::default();
            combine(PLATFORMS.iter().filter_map(|platform| {
                rules.names = if matches!(platform.cmp, Cmp::Tcf | Cmp::Gpp) { &none } else { &config.names };
                Some((platform.cmp, (platform.read)(&jar, &rules)?))
            }))
        }
        named => {
            let platform = PLATFORMS.iter().find(|platform| platform.cmp == named)?;
            let custom = config.cookie.as_deref();
            let jar = Jar::of(headers, |name| match custom {
                Some(custom) if name == custom => Some(platform.main),
                Some(_) if name == platform.main => None,
                _ => (platform.owns)(name).then_some(name),
            });
            combine((platform.read)(&jar, &rules).map(|reading| (named, reading)))
        }
    }
}

/// One statement of all readings.
fn combine(readings: impl IntoIterator<Item = (Cmp, Reading)>) -> Option<Statement> {
    let mut said: Option<(Cmp, Purposes, Option<Vendors>)> = None;
    let mut sealed = None;
    for (cmp, reading) in readings {
        match reading {
            Reading::Pending => return Some(pending(cmp)),
            Reading::Sealed => sealed = sealed.or(Some(cmp)),
            Reading::Said(purposes, vendors) => {
                said = Some(match said {
                    None => (cmp, purposes, vendors),
                    Some((first, before, list)) => (first, before.and(purposes), both(list, vendors)),
                });
            }
        }
    }
    let chosen =
        said.map(|(cmp, purposes, vendors)| Statement { cmp, choice: Choice::of(purposes), vendors });
    chosen.or_else(|| sealed.map(pending))
}

fn pending(cmp: Cmp) -> Statement {
    Statement { cmp, choice: State::Pending.into(), vendors: None }
}

/// The vendors that every list has.
fn both(a: Option<Vendors>, b: Option<Vendors>) -> Option<Vendors> {
    match (a, b) {
        (Some(a), Some(b)) => Some(Vendors::of(a.0.iter().copied().filter(|vendor| b.has(*vendor)))),
        (a, b) => a.or(b),
    }
}

/// The purposes that a choice grants: those whose names, as the owner has them, are `granted` every one; or by `default`
/// where the owner names nothing.
fn purposes(
    names: &PurposeNames,
    default: impl Fn(Purpose) -> bool,
    granted: impl Fn(&str) -> bool,
) -> Purposes {
    Purpose::ALL
        .into_iter()
        .filter(|purpose| match names_of(names, *purpose) {
            [] => default(*purpose),
            names => names.iter().all(|name| granted(name)),
        })
        .fold(Purposes::NONE, Purposes::with)
}

/// Those of the owner's names that are of one vocabulary.
fn only(names: &PurposeNames, of: impl Fn(&str) -> bool) -> PurposeNames {
    let only = |names: &[String]| names.iter().filter(|name| of(name)).cloned().collect();
    PurposeNames {
        analytics: only(&names.analytics),
        advertising: only(&names.advertising),
        personalization: only(&names.personalization),
        functional: only(&names.functional),
    }
}

fn names_of(names: &PurposeNames, purpose: Purpose) -> &[String] {
    match purpose {
        Purpose::Analytics => &names.analytics,
        Purpose::Advertising => &names.advertising,
        Purpose::Personalization => &names.personalization,
        Purpose::Functional => &names.functional,
    }
}

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod tests;
