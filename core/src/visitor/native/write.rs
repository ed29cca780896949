//! Vendors' cookies as we set them: first-party, from the website's own host, so that browsers keep them as long as
//! the vendor meant, and readable by scripts, because the vendors' own scripts go on with them.

use super::catalogue;
use super::google::{GaSession, google_client_id, google_session};
use super::{Amplitude, amplitude, ga_session, jar, json};
use crate::component::ResolvedSettings;
use crate::consent::Purposes;
use crate::event::Ids;
use crate::facts::{Random, Timestamp};
use crate::visitor::Visitor;
use http::HeaderMap;

/// A configured destination's vendor, as far as it keeps cookies of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Vendor {
    /// Google Analytics 4, with the measurement id without its `G-`.
    GoogleAnalytics {
        /// Of the web stream.
        stream: String,
    },
    /// Google Ads.
    GoogleAds,
    /// Meta.
    Meta,
    /// LinkedIn.
    LinkedIn,
    /// Snapchat.
    Snapchat,
    /// Pinterest.
    Pinterest,
    /// TikTok.
    TikTok,
    /// Reddit.
    Reddit,
    /// Microsoft Advertising.
    Microsoft,
    /// Amplitude, with the first ten characters of the API key.
    Amplitude {
        /// Of the project.
        key: String,
    },
    /// Piano Analytics.
    Piano,
}

impl Vendor {
    /// The vendor of a kind of destination; none where it keeps no cookies, or where settings that its cookies are
    /// named after are not what the vendor gives out.
    #[must_use]
    pub fn of(kind: &str, settings: &ResolvedSettings) -> Option<Self> {
        let key = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        Some(match kind {
            "ga4" => {
                let id = settings.text("measurement_id")?;
                let stream = id.strip_prefix("G-").filter(|id| (1..=32).contains(&id.len()) && key(id))?;
                Self::GoogleAnalytics { stream: stream.to_owned() }
            }
            "google-ads" => Self::GoogleAds,
            "meta-capi" => Self::Meta,
            "linkedin-capi" => Self::LinkedIn,
            "snapchat-capi" => Self::Snapchat,
            "pinterest-capi" => Self::Pinterest,
            "tiktok-events" => Self::TikTok,
            "reddit-capi" => Self::Reddit,
            "microsoft-capi" => Self::Microsoft,
            "amplitude" => {
                let api_key = settings.text("api_key")?;
                Self::Amplitude { key: api_key.get(..10).filter(|start| key(start))?.to_owned() }
            }
            "piano" => Self::Piano,
            _ => return None,
        })
    }

    /// The cookies that are ours to set for it.
    fn cookies(&self) -> Vec<String> {
        let names: &[&str] = match self {
            Self::GoogleAnalytics { stream } => return vec!["_ga".into(), format!("_ga_{stream}")],
            Self::Amplitude { key } => return vec![format!("AMP_{key}")],
            Self::GoogleAds => &["_gcl_au", "_gcl_aw", "_gcl_gb", "_gcl_dc", "_gcl_ag"],
            Self::Meta => &["_fbp", "_fbc"],
            Self::LinkedIn => &["li_fat_id"],
            Self::Snapchat => &["_scid", "_scclid"],
            Self::Pinterest => &["_epik"],
            Self::TikTok => &["_ttp", "ttclid"],
            Self::Reddit => &["_rdt_uuid", "_rdt_cid"],
            Self::Microsoft => &["_uetmsclkid"],
            Self::Piano => &["_pcid"],
        };
        names.iter().map(|name| (*name).to_owned()).collect()
    }
}

/// Where cookies are set.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The host of the page, perhaps with a port.
    pub host: &'a str,
    /// `visitor.domain`.
    pub domain: Option<&'a str>,
    /// Whether they are for TLS alone.
    pub secure: bool,
}

impl Place<'_> {
    /// How deep the domain is, as Meta counts: 0 for `com`, 1 for `example.com`, 2 for `www.example.com`.
    #[must_use]
    pub fn level(&self) -> usize {
        let host = self.host.split(':').next().unwrap_or_default();
        self.domain.unwrap_or(host).trim_matches('.').matches('.').count().min(9)
    }

    /// The text of a `Set-Cookie` field. As [`super::super::set_cookie`], but for scripts to read.
    fn set(&self, name: &str, value: &str, days: u16, domain: Option<&str>) -> String {
        let max_age = u64::from(days) * 86_400;
        let domain = domain.map(|domain| format!("; Domain={domain}")).unwrap_or_default();
        let secure = if self.secure { "; Secure" } else { "" };
        format!("{name}={value}; Path=/{domain}; Max-Age={max_age}; SameSite=Lax{secure}")
    }
}

/// What ids are made of.
#[derive(Debug)]
pub struct Issue<'a> {
    /// Of the configured destinations.
    pub vendors: &'a [Vendor],
    /// What the visitor agreed to.
    pub allowed: Purposes,
    /// The visitor, where identity is kept, this visit included.
    pub visitor: Option<&'a Visitor>,
    /// When.
    pub now: Timestamp,
    /// For ids that are random.
    pub random: &'a Random,
    /// Where cookies are set.
    pub place: Place<'a>,
}

impl Issue<'_> {
    /// The cookies that are ours to set now.
    fn cookies(&self) -> impl Iterator<Item = (String, &'static catalogue::Entry)> {
        self.vendors
            .iter()
            .flat_map(Vendor::cookies)
            .filter_map(|name| catalogue::find(&name).map(|entry| (name, entry)))
            .filter(|(_, entry)| self.allowed.has(entry.purpose))
    }

    /// The id that the vendor's script would make, where it makes one without a click.
    fn make(&self, name: &str, ids: &Ids) -> Option<String> {
        let Self { visitor, now, random, .. } = self;
        let number = |bits: u32| {
            let bytes = random.bytes().into_iter().take(8);
            bytes.fold(0_u64, |number, byte| number << 8 | u64::from(byte)) >> (64 - bits)
        };
        match name {
            "_ga" => {
                visitor.map(|visitor| google_client_id(&visitor.id.to_string(), visitor.first_seen.seconds()))
            }
            // `1.<depth>.<31 random bits>.<seconds>`.
            "_gcl_au" => Some(format!("1.1.{}.{}", number(31), now.seconds())),
            "_fbp" => Some(format!("fb.{}.{}.{}", self.place.level(), now.0, number(59))),
            "_scid" => Some(random.uuid().to_string()),
            "_rdt_uuid" => Some(format!("{}.{}", now.0, random.uuid())),
            "_ttp" => Some(base62(random)),
            "_pcid" => visitor.map(|visitor| visitor.id.to_string()),
            name if name.starts_with("AMP_") => self.amplitude(),
            name => self.google_session(name.strip_prefix("_ga_")?, ids),
        }
    }

    fn google_session(&self, stream: &str, ids: &Ids) -> Option<String> {
        let theirs = ga_session(ids, stream);
        let session = google_session(&self.visitor?.to_session(false), theirs);
        let id = session.session_id.parse().ok()?;
        let engaged = theirs.is_some_and(|theirs| theirs.id == id && theirs.engaged);
        Some(GaSession { id, count: session.session_count, engaged, last: self.now }.to_id())
    }

    fn amplitude(&self) -> Option<String> {
        let visitor = self.visitor?;
        let said = Amplitude {
            device_id: visitor.id.to_string(),
            // Who signed in, the website tells the vendor's script itself: no script learns it from us.
            user_id: None,
            session_id: Some(visitor.session_start.0),
            last_event_time: Some(self.now.0),
        };
        said.checked()?.to_id()
    }
}

/// Makes the ids that configured vendors' scripts would make on this page, where they are missing and the visitor
/// agreed; and opens a session of Google's where its last one is over, so that Google's tag, when it runs, goes on
/// with the session that our events are in.
pub fn issue(ids: &mut Ids, how: &Issue<'_>) {
    for (name, _) in how.cookies() {
        let stale = name
            .strip_prefix("_ga_")
            .is_some_and(|stream| ga_session(ids, stream).is_some_and(|session| !session.is_live(how.now)));
        if (stale || ids.get(&name).is_none())
            && let Some(id) = how.make(&name, ids)
        {
            ids.put(name, id);
        }
    }
}

/// The texts of `Set-Cookie` fields that keep `ids` in the browser, for configured vendors whose purpose is granted.
/// `had` are the ids that the browser sent: what it has is not set again.
///
/// What it has in another value is changed only where `place` names a domain. Vendors' scripts set their cookies for
/// the widest domain that the browser lets them; beside such a one, a cookie of this host alone would be its twin, and
/// nobody could tell which of the two counts.
#[must_use]
pub fn cookies(had: &Ids, ids: &Ids, how: &Issue<'_>) -> Vec<String> {
    let mut set = Vec::new();
    for (name, entry) in how.cookies() {
        let Some(id) = ids.get(&name) else { continue };
        let keeps = had.get(&name).is_some_and(|had| had == id || how.place.domain.is_none());
        if keeps {
            continue;
        }
        if let Some(value) = text(&name, id, how.now, entry.days) {
            set.push(how.place.set(&name, &value, entry.days, how.place.domain));
        }
    }
    set
}

/// The texts of `Set-Cookie` fields that take away what consent no longer covers: of the cookies that are there, those
/// that we may have set for a configured vendor. For this host, and where we set them for a domain, for it too; what a
/// vendor's script set for another domain only that script, or the consent management platform, can take away.
#[must_use]
pub fn clear(headers: &HeaderMap, vendors: &[Vendor], refused: Purposes, place: &Place<'_>) -> Vec<String> {
    let mut set = Vec::new();
    for name in vendors.iter().flat_map(Vendor::cookies) {
        let goes = catalogue::find(&name).is_some_and(|entry| refused.has(entry.purpose));
        if goes && jar::pairs(headers).any(|(found, _)| found == name) {
            set.push(place.set(&name, "", 0, None));
            set.extend(place.domain.map(|domain| place.set(&name, "", 0, Some(domain))));
        }
    }
    set
}

/// A cookie's value, as its vendor's script would write it. It has no character that a cookie may not have.
fn text(name: &str, id: &str, now: Timestamp, days: u16) -> Option<String> {
    match name {
        "_ga" => Some(format!("GA1.1.{id}")),
        "_uetmsclkid" => Some(format!("_uet{id}")),
        "_pcid" => Some(json::piano_cookie(id, now.0, days)),
        name if name.starts_with("_ga_") => GaSession::of_id(id).map(GaSession::to_cookie),
        name if name.starts_with("AMP_") => amplitude::of_id(id)?.to_cookie(),
        _ => Some(id.to_owned()),
    }
}

/// 27 letters and digits, as TikTok's script makes them.
fn base62(random: &Random) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let digit = |byte: u8| DIGITS.get(usize::from(byte % 62)).copied().unwrap_or(b'0');
    random.bytes().into_iter().take(27).map(|byte| char::from(digit(byte))).collect()
}

/// Whether we ever set cookies of that name, or of names that begin with it.
#[cfg(test)]
pub(super) fn is_ours(name: &str) -> bool {
    use Vendor::{
        Amplitude, GoogleAds, GoogleAnalytics, LinkedIn, Meta, Microsoft, Piano, Pinterest, Reddit, Snapchat,
        TikTok,
    };
    let named = [GoogleAnalytics { stream: String::new() }, Amplitude { key: String::new() }];
    let all = [GoogleAds, Meta, LinkedIn, Snapchat, Pinterest, TikTok, Reddit, Microsoft, Piano]
        .into_iter()
        .chain(named);
    all.flat_map(|vendor| vendor.cookies()).any(|cookie| cookie == name)
}

#[cfg(test)]
#[path = "write_tests.rs"]
mod tests;
