//! What types cannot say: whether a configuration makes sense as a whole, and whether it fits a platform.
//!
//! A check names the place by its path and does not know the file; reading finds the line.

mod component;
mod platform;
mod reach;
mod routing;
mod rules;
mod transform;

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use super::pattern::HostPattern;
use super::place::KeyPath;
use super::{
    BeforeConsent, Cmp, Collect, Config, Consent, DeliveryMode, EdgeeCookies, Log, Page, Setting, Visitor,
};
use crate::component::Kind;
use crate::path::normalise;
pub use platform::{check_platform, foreign_kinds, lookups, sink, subrequests};
pub use reach::out_of_reach;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The configuration is not used.
    Error,
    /// The configuration is used, and probably does not do what was meant.
    Warning,
}

/// What a finding points at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The key.
    Key,
    /// The value.
    Value,
}

/// One thing that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Where; the value need not be there when its absence is what is wrong.
    pub path: KeyPath,
    /// Which part of it.
    pub part: Part,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Finding {
    fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    fn on_key(self) -> Self {
        Self { part: Part::Key, ..self }
    }
}

fn error(path: KeyPath, message: impl Into<String>) -> Finding {
    Finding { severity: Severity::Error, path, part: Part::Value, message: message.into(), help: None }
}

fn warning(path: KeyPath, message: impl Into<String>) -> Finding {
    Finding { severity: Severity::Warning, ..error(path, message) }
}

/// Everything that is wrong with a configuration, whatever the platform. Components are taken to have their ids.
#[must_use]
pub fn check(config: &Config, registry: &[Kind]) -> Vec<Finding> {
    let mut findings = Vec::new();
    routing::check(&config.sites, &mut findings);
    page(&config.page, &mut findings);
    collect(&config.collect, &mut findings);
    visitor(&config.visitor, config, &mut findings);
    consent(&config.consent, &mut findings);
    delivery(config, &mut findings);
    log(&config.log, &mut findings);
    component::check(&config.components, registry, &mut findings);
    findings
}

/// The names of all secrets that a configuration asks the platform's store for.
#[must_use]
pub fn secrets(config: &Config) -> BTreeSet<&str> {
    let edgee = config.visitor.edgee.iter().flat_map(|old| old.key.iter().chain(&old.iv));
    let visitor = std::iter::once(&config.visitor.key).chain(&config.visitor.previous_keys).chain(edgee);
    let settings = config.components.iter().flat_map(|component| component.settings.values());
    let settings = settings.filter_map(|setting| match setting {
        Setting::Secret(name) => Some(name.as_str()),
        _ => None,
    });
    visitor.map(|key| key.secret.as_str()).chain(settings).collect()
}

/// An error unless a number is within its bounds.
pub(super) fn bounds(
    findings: &mut Vec<Finding>,
    path: KeyPath,
    value: u32,
    bounds: RangeInclusive<u32>,
    unit: &str,
) {
    if !bounds.contains(&value) {
        let (least, most) = bounds.into_inner();
        findings.push(error(path, format!("{value} {unit} is out of bounds: {least} to {most}")));
    }
}

fn delivery(config: &Config, findings: &mut Vec<Finding>) {
    let (delivery, at) = (&config.delivery, KeyPath::to("delivery"));
    bounds(findings, at.key("keep_hours"), delivery.keep_hours.into(), 1..=96, "hours");
    bounds(findings, at.key("retry_seconds"), delivery.retry_seconds.into(), 1..=3600, "seconds");
    for (i, component) in config.components.iter().enumerate() {
        if component.delivery == DeliveryMode::Queue && !delivery.outbox {
            let at = KeyPath::to("component").index(i).key("delivery");
            let message = "events cannot go by way of the outbox, because there is none";
            findings.push(error(at, message).help("write `[delivery]` and `outbox = true`"));
        }
    }
}

fn log(log: &Log, findings: &mut Vec<Finding>) {
    for (key, name) in [("endpoint", &log.endpoint), ("counts", &log.counts)] {
        if let Some(name) = name.as_ref().filter(|name| name.trim().is_empty() || name.contains('\n')) {
            let message = format!("{name:?} is not the name of a logging endpoint");
            let help = "write it as the service has it, or take the line away";
            findings.push(error(KeyPath::to("log").key(key), message).help(help));
        }
    }
}

fn page(page: &Page, findings: &mut Vec<Finding>) {
    let path = KeyPath::to("page").key("data_layer_within");
    bounds(findings, path, page.data_layer_within, 0..=1 << 20, "bytes");
}

fn collect(collect: &Collect, findings: &mut Vec<Finding>) {
    let at = KeyPath::to("collect");
    bounds(findings, at.key("max_bytes"), collect.max_bytes, 1024..=1 << 20, "bytes");
    let path = collect.path.as_str();
    let problem = if !path.starts_with('/') {
        "must start with `/`"
    } else if path == "/" {
        "would take every path from the website"
    } else if path.ends_with('/') {
        "must not end in `/`"
    } else if path.contains(['*', '?', '#']) || !path.bytes().all(|b| b.is_ascii_graphic()) {
        "must be a plain path, without stars, query, fragment, spaces or other than ASCII"
    } else if normalise(path) != path {
        "is not a path as requests are compared: without escapes, dots and repeated slashes"
    } else if collect.edgee && (path == "/_edgee" || path.starts_with("/_edgee/")) {
        "is Edgee's own, which `collect.edgee` answers beside this one"
    } else {
        return;
    };
    findings.push(error(at.key("path"), format!("{path:?} {problem}")).help("the default is \"/_selvedge\""));
}

fn visitor(visitor: &Visitor, config: &Config, findings: &mut Vec<Finding>) {
    let at = KeyPath::to("visitor");
    let cookie = visitor.cookie.as_str();
    if cookie.is_empty() || !cookie.bytes().all(is_token) {
        let message = format!("{cookie:?} is not a cookie's name");
        findings.push(error(at.key("cookie"), message).help("use letters, digits, `-` and `_`"));
    }
    if let Some(domain) = &visitor.domain {
        if cookie.get(..7).is_some_and(|prefix| prefix.eq_ignore_ascii_case("__Host-")) {
            let message = format!("browsers refuse the cookie {cookie:?} together with a domain");
            findings.push(error(at.key("cookie"), message).help("take `__Host-` away, or `domain`"));
        }
        cookie_domain(domain, config, &at.key("domain"), findings);
    }
    bounds(findings, at.key("lifetime_days"), visitor.lifetime_days.into(), 1..=400, "days");
    bounds(findings, at.key("session_minutes"), visitor.session_minutes.into(), 1..=1440, "minutes");
    secret_name(&visitor.key.secret, &at.key("key"), findings);
    for (i, key) in visitor.previous_keys.iter().enumerate() {
        secret_name(&key.secret, &at.key("previous_keys").index(i), findings);
    }
    if visitor.before_consent == BeforeConsent::Cookie {
        let message = "identity is kept before the visitor has agreed to it";
        let help = "the law of many countries forbids it; `cookieless` keeps nothing";
        findings.push(warning(at.key("before_consent"), message).help(help));
    }
    if let Some(old) = &visitor.edgee {
        edgee(old, visitor, &at.key("edgee"), findings);
    }
}

fn edgee(old: &EdgeeCookies, visitor: &Visitor, at: &KeyPath, findings: &mut Vec<Finding>) {
    let cookie = old.cookie.as_str();
    if cookie.is_empty() || !cookie.bytes().all(is_token) {
        let message = format!("{cookie:?} is not a cookie's name");
        findings.push(error(at.key("cookie"), message).help("as `compute.cookie_name` had it"));
    } else if cookie == visitor.cookie {
        let message = format!("{cookie:?} is the name of Selvedge's own cookie too");
        findings.push(error(at.key("cookie"), message).help("give `visitor.cookie` another name"));
    }
    for (name, secret) in [("key", &old.key), ("iv", &old.iv)] {
        if let Some(secret) = secret {
            secret_name(&secret.secret, &at.key(name), findings);
        }
    }
}

/// A browser drops a cookie whose domain is not the page's host or above it, and nobody hears of it.
fn cookie_domain(domain: &str, config: &Config, at: &KeyPath, findings: &mut Vec<Finding>) {
    let host = HostPattern::try_from(domain.to_owned()).ok().map(String::from);
    let Some(host) = host.filter(|host| !host.starts_with(['.', '*'])) else {
        let message = format!("{domain:?} is not a domain such as \"example.com\"");
        findings.push(
            error(at.clone(), message).help("without leading dot or star; it covers its subdomains anyway"),
        );
        return;
    };
    for covered in config.sites.iter().flat_map(|site| &site.hosts) {
        let text = String::from(covered.clone());
        let name = text.strip_prefix("*.").unwrap_or(&text);
        if name != host && name.strip_suffix(&host).is_none_or(|rest| !rest.ends_with('.')) {
            let message = format!("browsers will refuse a cookie for {host:?} on {text:?}");
            findings.push(warning(at.clone(), message));
        }
    }
}

fn consent(consent: &Consent, findings: &mut Vec<Finding>) {
    let at = KeyPath::to("consent");
    if let Some(cookie) = &consent.cookie {
        if cookie.is_empty() || !cookie.bytes().all(is_token) {
            findings.push(error(at.key("cookie"), format!("{cookie:?} is not a cookie's name")));
        } else if matches!(consent.cmp, Cmp::Auto | Cmp::None) {
            let message = "whose cookie it is stands in `cmp`, which does not name a platform";
            findings
                .push(error(at.key("cookie"), message).help("write `cmp = \"didomi\"`, or whichever it is"));
        }
    }
    mapping(consent, &at, findings);
    let mut seen = BTreeSet::new();
    for (i, region) in consent.regions.iter().enumerate() {
        let at = KeyPath::to("consent").key("region").index(i).key("countries");
        if region.countries.is_empty() {
            findings.push(warning(at.clone(), "a region without countries changes nothing"));
        }
        for (j, country) in region.countries.iter().enumerate() {
            let at = at.index(j);
            if country.len() != 2 || !country.bytes().all(|b| b.is_ascii_uppercase()) {
                let message = format!("{country:?} is not a country's code");
                findings.push(error(at, message).help("ISO 3166-1 alpha-2, such as \"FR\" or \"GB\""));
            } else if !seen.insert(country) {
                findings.push(warning(at, format!("{country:?} was named before; the first wins")));
            }
        }
    }
}

/// What a third party's component needs that reads consent, and others do not take.
fn mapping(consent: &Consent, at: &KeyPath, findings: &mut Vec<Finding>) {
    if consent.cmp == Cmp::Wasm {
        if consent.file.as_ref().is_none_or(String::is_empty) {
            let help = "write `file = \"components/acme.wasm\"`, from where this file is";
            findings.push(error(at.key("file"), "the platform `wasm` needs a component's file").help(help));
        }
        if consent.cookie.is_none() {
            let help = "the component is asked where that cookie is there, and gets it";
            let message = "the platform `wasm` needs the name of its cookie";
            findings.push(error(at.key("cookie"), message).help(help));
        }
        let secret = consent.settings.iter().find(|(_, setting)| matches!(setting, Setting::Secret(_)));
        if let Some((name, _)) = secret {
            let message = "a component that reads consent has no secrets";
            findings.push(error(at.key("settings").key(name), message).help("write it out"));
        }
        return;
    }
    let given = [("file", consent.file.is_some()), ("settings", !consent.settings.is_empty())];
    for (key, _) in given.iter().filter(|(_, given)| *given) {
        let message = format!("`{key}` is for the platform `wasm`");
        findings.push(error(at.key(key), message).on_key().help("write `cmp = \"wasm\"`, or take it away"));
    }
}

/// An error unless both platforms' stores can hold a secret of that name.
fn secret_name(name: &str, at: &KeyPath, findings: &mut Vec<Finding>) {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-' || b == b'.';
    if name.is_empty() || name.len() > 255 || !name.bytes().all(fits) {
        let message = format!("{name:?} is not the name of a secret");
        findings.push(
            error(at.key("secret"), message)
                .help("use capital letters, digits and `_`, such as \"META_TOKEN\""),
        );
    }
}

/// RFC 9110 §5.6.2.
fn is_token(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b)
}

#[cfg(test)]
#[cfg(feature = "toml")]
#[path = "check/tests.rs"]
pub(crate) mod tests;
