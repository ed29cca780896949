//! What the edge knows of an event without being told: the browser and where it is, how the visitor came, the page.

use http::HeaderMap;

use super::agent::{self, Agent};
use super::bounded::bounded;
use super::payload::Payload;
use super::{Campaign, Client, Page, hints, url, zone};
use crate::facts;
use crate::head::Request;

/// How much of a field is kept, in bytes: it is copied into every event.
const MAX_TEXT: usize = 1024;
const MAX_HINT: usize = 256;
const MAX_NAME: usize = 64;
const MAX_URL: usize = 8192;
const MAX_KEYWORDS: usize = 100;

/// The beginnings of what is on the web.
const WEB: &[&str] = &["https://", "http://"];

/// What a page says of itself in its `<head>`, with character references decoded. Absent where it is silent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PageFacts<'a> {
    /// The text of `<title>`.
    pub title: Option<&'a str>,
    /// The `href` of `<link rel=canonical>`, as it was written.
    pub canonical: Option<&'a str>,
    /// The words of `<meta name=keywords>`.
    pub keywords: &'a [String],
}

/// The browser, by its request, and where it is, by the platform.
///
/// Client hints win over the user agent, which browsers that send them have frozen; it completes them.
///
/// `user_agent_full_version_list` is here only as the browser sent it: [`assemble`](super::assemble::assemble) makes
/// one up of the short list where the SDK gave none either.
#[must_use]
pub fn client(request: &Request, facts: &facts::Client) -> Client {
    let hint =
        |name| request.header(name).and_then(hints::item).map(|text| bounded(&text, MAX_HINT).to_owned());
    let versions = |name| {
        request.header(name).and_then(hints::version_list).map(|text| bounded(&text, MAX_TEXT).to_owned())
    };
    let languages = lossy(&request.headers, "accept-language");
    let geo = facts.geo.clone();
    let user_agent = lossy(&request.headers, "user-agent");
    let told = user_agent.as_deref().map(agent::parse).unwrap_or_default();
    let brands = versions("sec-ch-ua");
    let full_brands = versions("sec-ch-ua-full-version-list");
    let mobile = request.header("sec-ch-ua-mobile").and_then(hints::boolean);
    let os_name = hint("sec-ch-ua-platform");
    let (browser, browser_version) = browser(full_brands.as_deref().or(brands.as_deref()), &told);
    Client {
        device: device(mobile.as_deref(), os_name.as_deref(), &told).map(std::borrow::Cow::Borrowed),
        browser: browser.map(|name| bounded(name, MAX_NAME).to_owned()),
        browser_version: browser_version.map(str::to_owned),
        ip: facts.ip.map(|ip| ip.to_canonical().to_string()),
        locale: languages.as_deref().and_then(preferred_language),
        accept_language: languages,
        user_agent_version_list: brands,
        user_agent_full_version_list: full_brands,
        user_agent_mobile: mobile,
        user_agent_architecture: hint("sec-ch-ua-arch"),
        user_agent_bitness: hint("sec-ch-ua-bitness"),
        user_agent_model: hint("sec-ch-ua-model"),
        os_version: hint("sec-ch-ua-platform-version").or_else(|| os_version(os_name.as_deref(), &told)),
        os_name: os_name.or_else(|| told.os.map(str::to_owned)),
        user_agent,
        // The browser knows better, where its script says so.
        timezone: geo.timezone.or_else(|| {
            let (country, region) = (geo.country_code.as_deref()?, geo.region.as_deref());
            zone::of(country, region).map(str::to_owned)
        }),
        continent: geo.continent,
        country_code: geo.country_code,
        country_name: geo.country_name,
        region: geo.region,
        city: geo.city,
        postal_code: geo.postal_code,
        latitude: geo.latitude,
        longitude: geo.longitude,
        // Said where events of programs are kept.
        bot: None,
        // Only the browser knows these.
        screen_width: None,
        screen_height: None,
        screen_density: None,
    }
}

/// Name and version, by the list of brands or by the user agent. A brand that is only the engine's is completed by a
/// user agent that knows the browser.
fn browser<'a>(brands: Option<&'a str>, told: &Agent<'a>) -> (Option<&'a str>, Option<&'a str>) {
    let vague = |name: &str| matches!(name, hints::ENGINE | "Chrome");
    match (brands.and_then(hints::brand), told.browser) {
        (Some((hints::ENGINE, _)), Some(name)) if !vague(name) => (Some(name), told.version),
        (Some((name, version)), _) => (Some(name), agent::version(version)),
        (None, name) => (name, told.version),
    }
}

/// `Sec-CH-UA-Mobile` is the word of telephones; that something is none does not say which of the others it is.
fn device(mobile: Option<&str>, os: Option<&str>, told: &Agent<'_>) -> Option<&'static str> {
    match (mobile, told.device) {
        (Some("1"), _) => Some("mobile"),
        (Some(_), Some(other @ ("tv" | "console" | "tablet"))) => Some(other),
        (Some(_), _) if os == Some("Android") => Some("tablet"),
        (Some(_), _) => Some("desktop"),
        (None, device) => device,
    }
}

/// The user agent's version, if it speaks of the system that the hint names.
fn os_version(hint: Option<&str>, told: &Agent<'_>) -> Option<String> {
    let same = hint.is_none() || hint == told.os;
    told.os_version.filter(|_| same).map(|version| version.replace('_', "."))
}

/// How the visitor came, by the query of the page's URL, with or without its `?`. Of a parameter that is there twice,
/// the first that says something counts.
#[must_use]
pub fn campaign(query: &str) -> Campaign {
    let mut campaign = Campaign::default();
    for pair in query.strip_prefix('?').unwrap_or(query).split('&') {
        let Some((name, value)) = pair.split_once('=') else { continue };
        let field = match name {
            "utm_campaign" => &mut campaign.name,
            "utm_source" => &mut campaign.source,
            "utm_medium" => &mut campaign.medium,
            "utm_term" => &mut campaign.term,
            "utm_content" => &mut campaign.content,
            "utm_creative_format" => &mut campaign.creative_format,
            "utm_marketing_tactic" => &mut campaign.marketing_tactic,
            _ => continue,
        };
        let value = bounded(decoded(value).trim(), MAX_TEXT).to_owned();
        if field.is_none() && !value.is_empty() {
            *field = Some(value);
        }
    }
    campaign
}

/// The page that a request opened.
///
/// Its URL is the one that it calls canonical, else the one that was asked for; its query is always the one that was
/// asked for, because how the visitor came is in no canonical URL. What the data layer says is put over this later.
#[must_use]
pub fn page(request: &Request, facts: &PageFacts<'_>) -> Page {
    let canonical =
        facts.canonical.and_then(|href| url::resolve(request, href)).filter(|url| url.len() <= MAX_URL);
    let path = canonical.as_deref().and_then(url::path_and_search).map(|(path, _)| path);
    let keywords = facts.keywords.iter().map(|word| collapsed(word)).filter(|word| !word.is_empty());
    Page {
        keywords: keywords.take(MAX_KEYWORDS).map(|word| bounded(&word, MAX_HINT).to_owned()).collect(),
        title: facts
            .title
            .map(|title| bounded(&collapsed(title), MAX_TEXT).to_owned())
            .filter(|title| !title.is_empty()),
        url: Some(canonical.unwrap_or_else(|| request.url())),
        path: Some(path.unwrap_or_else(|| request.path.clone())),
        search: request.query.as_deref().and_then(url::search),
        referrer: referer(request, &["https://", "http://", "android-app://"]).map(str::to_owned),
        ..Page::default()
    }
}

/// The page that posted: for a script's request, `Referer` is the page itself, and says nothing of the one before.
#[must_use]
pub fn posting_page(request: &Request) -> Page {
    let referer = referer(request, WEB).and_then(|url| Some((url, url::path_and_search(url)?)));
    match referer {
        Some((url, (path, search))) => {
            Page { url: Some(url.to_owned()), path: Some(path), search, ..Page::default() }
        }
        None => Page::default(),
    }
}

/// The query of the page that a post is about: as it says itself, else as `Referer` says.
pub(crate) fn posted_search(payload: &Payload, request: &Request) -> String {
    let page = &payload.context.page;
    let of_url = |url: &str| url::path_and_search(url).and_then(|(_, search)| search);
    let said = page.search.clone().or_else(|| page.url.as_deref().and_then(of_url));
    said.or_else(|| referer(request, WEB).and_then(of_url)).unwrap_or_default()
}

/// `Referer`, where it has one of these beginnings.
fn referer<'r>(request: &'r Request, schemes: &[&str]) -> Option<&'r str> {
    let known = |url: &&str| schemes.iter().any(|scheme| url.starts_with(scheme));
    request.header("referer").filter(|url| url.len() <= MAX_URL).filter(known)
}

/// The language that `Accept-Language` weighs highest, lower case; of equals the first.
fn preferred_language(field: &str) -> Option<String> {
    let mut best: Option<(&str, f32)> = None;
    for member in field.split(',') {
        let mut parts = member.split(';').map(str::trim);
        let tag = parts.next().unwrap_or_default();
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        let weight = weight.map_or(1.0, |q| self::weight(q.trim()).unwrap_or(0.0));
        let named = (1..=35).contains(&tag.len())
            && tag.starts_with(|c: char| c.is_ascii_alphabetic())
            && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if named && weight > best.map_or(0.0, |(_, weight)| weight) {
            best = Some((tag, weight));
        }
    }
    best.map(|(tag, _)| tag.to_ascii_lowercase())
}

/// `0` to `1`, with at most three digits after the point (RFC 9110 §12.4.2).
fn weight(text: &str) -> Option<f32> {
    let digits = text.starts_with(|c: char| c.is_ascii_digit());
    let plain = text.len() <= 5 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    text.parse().ok().filter(|weight| digits && plain && (0.0..=1.0).contains(weight))
}

/// A field as text, whatever its bytes are.
fn lossy(headers: &HeaderMap, name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(headers.get(name)?.as_bytes());
    let text = bounded(text.trim(), MAX_TEXT).to_owned();
    (!text.is_empty()).then_some(text)
}

/// White space as a browser shows it: none at the ends, one space between words.
fn collapsed(text: &str) -> String {
    text.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a form's value stands for: `+` is a space, `%E9` a byte. A `%` that starts no such pair stands for itself.
pub(crate) fn decoded(value: &str) -> String {
    let hex = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let bytes = value.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let pair = hex(bytes.get(at + 1)).zip(hex(bytes.get(at + 2)));
        let (decoded, length) = match (byte, pair) {
            (b'%', Some((high, low))) => (u8::try_from(high * 16 + low).unwrap_or(b'%'), 3),
            (b'+', _) => (b' ', 1),
            (byte, _) => (*byte, 1),
        };
        out.push(decoded);
        at += length;
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
#[path = "context_tests.rs"]
mod tests;
