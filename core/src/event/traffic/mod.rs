//! By which channel a visitor came.

mod sources;

use serde::{Deserialize, Serialize};

use super::{Campaign, Ids, Page};
use sources::{Kind, Source};

/// How a visitor came, as far as the page's URL and its referrer tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traffic {
    /// The channel.
    pub channel: Channel,
    /// The site or campaign that sent them: `google`, `news.example`; absent where they came by themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// Channels, by the names of Google Analytics' default channel group (support.google.com/analytics/answer/9756891), in
/// snake case, and one for assistants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Nothing tells where they came from.
    Direct,
    /// From another page of this site.
    Internal,
    /// From a search engine's results.
    OrganicSearch,
    /// From an advertisement among them.
    PaidSearch,
    /// From a social network.
    OrganicSocial,
    /// From an advertisement there.
    PaidSocial,
    /// From a video site.
    OrganicVideo,
    /// From an advertisement there.
    PaidVideo,
    /// From a shop.
    OrganicShopping,
    /// From an advertisement there.
    PaidShopping,
    /// From an assistant's answer.
    AiAssistant,
    /// From a display advertisement.
    Display,
    /// From any other advertisement.
    PaidOther,
    /// From a newsletter or another message.
    Email,
    /// From a partner who is paid for it.
    Affiliates,
    /// From a text message.
    Sms,
    /// From a push notification.
    PushNotifications,
    /// From any other site.
    Referral,
}

/// By which channel somebody came to `page`.
///
/// `clicks` are the click ids of the page's own URL, not those that are kept of an earlier visit. `own_host` says of a
/// host, in lower case and without its port, whether it is the owner's; the page's own host always is.
///
/// The rules are Google's, in Google's order, with these additions: a click id that only advertisements carry makes a
/// visit paid; `fbclid`, which every link on Facebook carries, does not; an assistant is [`Channel::AiAssistant`], a
/// reader of email on the web [`Channel::Email`]; a campaign that fits no rule is [`Channel::Referral`].
#[must_use]
pub fn classify(page: &Page, campaign: &Campaign, clicks: &Ids, own_host: impl Fn(&str) -> bool) -> Traffic {
    let referrer = page.referrer.as_deref().and_then(host);
    let own =
        |host: &str| page.url.as_deref().and_then(self::host).as_deref() == Some(host) || own_host(host);
    let internal = referrer.as_deref().is_some_and(own);
    let from = referrer.filter(|_| !internal);
    let known = from.as_deref().and_then(sources::of_host);
    let click = click(clicks);

    let lower = |word: &Option<String>| word.as_deref().unwrap_or_default().trim().to_lowercase();
    let said = Said {
        source: lower(&campaign.source),
        medium: lower(&campaign.medium),
        name: lower(&campaign.name),
    };
    let untold = said == Said::default();
    if untold && click.is_none() {
        return match (from, known) {
            (_, Some(source)) => Traffic::new(organic(source.kind), source.name),
            (Some(host), None) => Traffic::new(Channel::Referral, host.strip_prefix("www.").unwrap_or(&host)),
            (None, None) if internal => Traffic { channel: Channel::Internal, source: None },
            (None, None) => Traffic { channel: Channel::Direct, source: None },
        };
    }
    if said.source == "(direct)"
        && matches!(said.medium.as_str(), "" | "(none)" | "(not set)")
        && click.is_none()
    {
        return Traffic { channel: Channel::Direct, source: None };
    }
    // What came with the click is of the same house as the click.
    let known = match (click, known) {
        (Some(click), Some(known)) if known.kind == click.source.kind => Some(known),
        (Some(click), _) => Some(click.source),
        (None, known) => known,
    };
    let source = if said.source.is_empty() { known } else { sources::of_name(&said.source) };
    let kind = source.or(click.map(|click| click.source)).map(|source| source.kind);
    let name = campaign.source.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let name = name.or(source.map(|source| source.name)).or(from.as_deref().map(without_www));
    Traffic { channel: said.channel(kind, click), source: name.map(str::to_owned) }
}

impl Traffic {
    fn new(channel: Channel, source: &str) -> Self {
        Self { channel, source: Some(source.to_owned()) }
    }
}

/// What a campaign says, in lower case.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    source: String,
    medium: String,
    name: String,
}

impl Said {
    /// The channel of a campaign or a click, by Google's rules in their order.
    fn channel(&self, kind: Option<Kind>, click: Option<Click>) -> Channel {
        let medium = self.medium.as_str();
        let display = matches!(medium, "display" | "banner" | "expandable" | "interstitial" | "cpm");
        let bought = medium.contains("cp")
            || matches!(medium, "ppc" | "retargeting")
            || medium.starts_with("paid")
            || click.is_some_and(|click| click.paid == Paid::Always) && !display;
        let shopping = kind == Some(Kind::Shopping) || is_shopping(&self.name);
        match kind {
            _ if bought && shopping => Channel::PaidShopping,
            Some(Kind::Search) if bought => Channel::PaidSearch,
            Some(Kind::Social) if bought => Channel::PaidSocial,
            Some(Kind::Video) if bought => Channel::PaidVideo,
            _ if display || click.is_some_and(|click| click.paid == Paid::Display) => Channel::Display,
            _ if bought => Channel::PaidOther,
            _ if click.is_some_and(|click| click.paid == Paid::Partner) => Channel::Affiliates,
            _ if shopping => Channel::OrganicShopping,
            Some(Kind::Social) => Channel::OrganicSocial,
            _ if is_social(medium) => Channel::OrganicSocial,
            Some(Kind::Video) => Channel::OrganicVideo,
            _ if medium.contains("video") => Channel::OrganicVideo,
            Some(Kind::Ai) => Channel::AiAssistant,
            Some(Kind::Search) => Channel::OrganicSearch,
            _ if medium == "organic" => Channel::OrganicSearch,
            Some(Kind::Email) => Channel::Email,
            _ if is_email(medium) || is_email(&self.source) => Channel::Email,
            _ if matches!(medium, "affiliate" | "affiliates") => Channel::Affiliates,
            _ if medium == "sms" || self.source == "sms" => Channel::Sms,
            _ if is_push(medium) || self.source == "firebase" => Channel::PushNotifications,
            _ => Channel::Referral,
        }
    }
}

fn organic(kind: Kind) -> Channel {
    match kind {
        Kind::Search => Channel::OrganicSearch,
        Kind::Social => Channel::OrganicSocial,
        Kind::Video => Channel::OrganicVideo,
        Kind::Shopping => Channel::OrganicShopping,
        Kind::Ai => Channel::AiAssistant,
        Kind::Email => Channel::Email,
    }
}

fn is_social(medium: &str) -> bool {
    matches!(medium, "social" | "social-network" | "social-media" | "sm" | "social network" | "social media")
}

fn is_email(word: &str) -> bool {
    matches!(word, "email" | "e-mail" | "e_mail" | "e mail")
}

fn is_push(medium: &str) -> bool {
    medium.ends_with("push") || medium.contains("mobile") || medium.contains("notification")
}

/// Google's `^(.*(([^a-df-z]|^)shop|shopping).*)$`: `shop` is a word, or the end of `eshop`.
fn is_shopping(name: &str) -> bool {
    name.contains("shopping")
        || name.match_indices("shop").any(|(at, _)| {
            let before = name.get(..at).and_then(|before| before.chars().next_back());
            before.is_none_or(|c| c == 'e' || !c.is_ascii_lowercase())
        })
}

/// What a click id in a URL says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Click {
    source: Source,
    paid: Paid,
}

/// Which links carry a click id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Paid {
    /// Advertisements alone.
    Always,
    /// Display advertisements alone.
    Display,
    /// Partners' links.
    Partner,
    /// Every link.
    Never,
}

/// Click ids by the name of their parameter, those that say the most first.
const CLICKS: [(&str, Paid, Kind, &str); 18] = [
    ("gclid", Paid::Always, Kind::Search, "google"),
    ("gbraid", Paid::Always, Kind::Search, "google"),
    ("wbraid", Paid::Always, Kind::Search, "google"),
    ("msclkid", Paid::Always, Kind::Search, "bing"),
    ("yclid", Paid::Always, Kind::Search, "yandex"),
    ("ttclid", Paid::Always, Kind::Social, "tiktok"),
    ("twclid", Paid::Always, Kind::Social, "twitter"),
    ("li_fat_id", Paid::Always, Kind::Social, "linkedin"),
    ("ScCid", Paid::Always, Kind::Social, "snapchat"),
    ("sccid", Paid::Always, Kind::Social, "snapchat"),
    ("epik", Paid::Always, Kind::Social, "pinterest"),
    ("rdt_cid", Paid::Always, Kind::Social, "reddit"),
    ("qclid", Paid::Always, Kind::Social, "quora"),
    ("dclid", Paid::Display, Kind::Search, "google"),
    ("irclickid", Paid::Partner, Kind::Shopping, "impact"),
    ("awc", Paid::Partner, Kind::Shopping, "awin"),
    ("fbclid", Paid::Never, Kind::Social, "facebook"),
    ("igshid", Paid::Never, Kind::Social, "instagram"),
];

fn click(clicks: &Ids) -> Option<Click> {
    let (_, paid, kind, name) = CLICKS.iter().find(|(name, ..)| clicks.get(name).is_some())?;
    Some(Click { source: Source { kind: *kind, name }, paid: *paid })
}

/// The host of a page on the web, or the package of an Android application, in lower case and without a port.
fn host(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    if !["https", "http", "android-app"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return None;
    }
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = host.split_once(':').map_or(host, |(host, _)| host).trim_end_matches('.');
    let named = (1..=253).contains(&host.len())
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
    named.then(|| host.to_ascii_lowercase())
}

fn without_www(host: &str) -> &str {
    host.strip_prefix("www.").unwrap_or(host)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
