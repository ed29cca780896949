//! Components: is each a kind that exists, with the settings that it takes?

use std::collections::BTreeMap;

use super::{Finding, Severity, bounds, error, rules, secret_name, warning};
use crate::component::{Destination, Kind, ResolvedSettings, SettingError, SettingSpec};
use crate::config::place::{KeyPath, either, perhaps};
use crate::config::{Component, GuestLimits, Origin, PersonalData, Setting, WASM, WithoutConsent};

pub(super) fn check(components: &[Component], registry: &[Kind], findings: &mut Vec<Finding>) {
    let at = KeyPath::to("component");
    if components.is_empty() {
        let message = "no component is configured, so events go nowhere";
        findings.push(warning(at.clone(), message).help("add a `[[component]]` for each destination"));
    }
    let mut seen = BTreeMap::new();
    for (i, component) in components.iter().enumerate() {
        let at = at.index(i);
        id(component, &at, findings);
        if let Some(first) = seen.get(component.id.as_str()) {
            let message = format!("the id {:?} is taken by `component[{first}]`", component.id);
            findings.push(error(at.key("id"), message).help("give one of them an `id` of its own"));
        } else {
            seen.insert(component.id.as_str(), i);
        }
        lists(component, &at, findings);
        rules::check(component, &at, findings);
        if let Some(endpoint) = &component.endpoint
            && let Err(problem) = base_url(endpoint)
        {
            let help = "such as \"https://region1.google-analytics.com\"";
            findings.push(error(at.key("endpoint"), format!("{endpoint:?} {problem}")).help(help));
        }
        if component.kind == WASM {
            guest(component, &at, findings);
            continue;
        }
        foreign(component, &at, findings);
        match registry.iter().find(|kind| kind.name == component.kind) {
            Some(kind) => settings(component, kind, &at.key("settings"), findings),
            None => unknown_kind(&component.kind, registry, &at.key("kind"), findings),
        }
    }
}

/// A third party's component: what its settings are, only it knows.
fn guest(component: &Component, at: &KeyPath, findings: &mut Vec<Finding>) {
    if component.file.as_ref().is_none_or(String::is_empty) {
        let help = "write `file = \"components/acme.wasm\"`, from where this file is";
        findings.push(error(at.key("file"), "a component of the kind `wasm` needs its file").help(help));
    }
    let limits = at.key("limits");
    bounds(findings, limits.key("fuel"), component.limits.fuel, 10_000..=40_000_000, "instructions");
    bounds(findings, limits.key("memory_mib"), component.limits.memory_mib.into(), 1..=64, "MiB");
    for (name, setting) in &component.settings {
        if let Setting::Secret(secret) = setting {
            secret_name(secret, &at.key("settings").key(name), findings);
        }
    }
}

/// What a third party's component takes, and others do not.
fn foreign(component: &Component, at: &KeyPath, findings: &mut Vec<Finding>) {
    let given = [("file", component.file.is_some()), ("limits", component.limits != GuestLimits::default())];
    for (key, _) in given.iter().filter(|(_, given)| *given) {
        let message =
            format!("`{key}` is for components of the kind `wasm`; `{}` is built in", component.kind);
        findings.push(error(at.key(key), message).on_key().help("write `kind = \"wasm\"`, or take it away"));
    }
}

/// Ids are labels of metrics and names in `components` maps, where `all` means everyone.
fn id(component: &Component, at: &KeyPath, findings: &mut Vec<Finding>) {
    let id = component.id.as_str();
    if id == "all" {
        findings.push(error(at.key("id"), "the id `all` means every component").help("choose another"));
    } else if !id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)) {
        let message = format!("{id:?} is not an id");
        findings.push(error(at.key("id"), message).help("use letters, digits, `-`, `_` and `.`"));
    }
}

fn lists(component: &Component, at: &KeyPath, findings: &mut Vec<Finding>) {
    if component.events.is_empty() {
        findings.push(warning(at.key("events"), "a component without event types gets nothing"));
    }
    if component.purposes.as_ref().is_some_and(Vec::is_empty) {
        if component.without_consent == WithoutConsent::Anonymous {
            let message = "a component that needs no purpose is never without consent";
            findings.push(warning(at.key("without_consent"), message).help("name its `purposes`"));
        }
        if component.personal_data == Some(PersonalData::Keep) {
            let message = "a component that needs no purpose gets personal data of those who refused";
            findings.push(error(at.key("personal_data"), message).help("name its `purposes`"));
        }
    }
    let purposes: Vec<_> = component.purposes.iter().flatten().map(|purpose| purpose.word()).collect();
    let events: Vec<_> = component.events.iter().map(|event| event.word()).collect();
    for (key, words) in [("purposes", purposes), ("events", events)] {
        for (j, word) in words.iter().enumerate() {
            if words.iter().take(j).any(|before| before == word) {
                findings.push(error(at.key(key).index(j), format!("`{word}` is listed twice")));
            }
        }
    }
}

fn unknown_kind(kind: &str, registry: &[Kind], at: &KeyPath, findings: &mut Vec<Finding>) {
    let names = || registry.iter().map(|kind| kind.name);
    let message = perhaps(format!("unknown kind `{kind}`"), kind, names());
    findings.push(
        error(at.clone(), message).help(format!("kinds are {}, and `wasm` for others", either(names()))),
    );
}

fn settings(component: &Component, kind: &Kind, at: &KeyPath, findings: &mut Vec<Finding>) {
    let before = findings.len();
    for spec in kind.settings {
        setting(component.settings.get(spec.name), spec, kind, &at.key(spec.name), findings);
    }
    for (name, setting) in &component.settings {
        if let Setting::Secret(secret) = setting {
            secret_name(secret, &at.key(name), findings);
        }
        if kind.settings.iter().any(|spec| spec.name == name) {
            continue;
        }
        let names = || kind.settings.iter().map(|spec| spec.name);
        let message = perhaps(format!("`{}` has no setting `{name}`", kind.name), name, names());
        findings.push(error(at.key(name), message).on_key().help(format!("it takes {}", either(names()))));
    }
    let errors = findings.iter().skip(before).filter(|finding| finding.severity == Severity::Error);
    if errors.count() == 0 {
        builds(component, kind, at, findings);
    }
}

fn setting(
    given: Option<&Setting>,
    spec: &SettingSpec,
    kind: &Kind,
    at: &KeyPath,
    findings: &mut Vec<Finding>,
) {
    match given {
        Some(Setting::Secret(_)) => {}
        Some(given) if spec.secret && !is_empty(given) => {
            let secret = spec.name.to_ascii_uppercase();
            let message = format!("`{}` is a secret, and is written out in clear", spec.name);
            findings.push(warning(at.clone(), message).help(format!(
                "keep it in the platform's secret store and write {} = {{ secret = \"{secret}\" }}",
                spec.name
            )));
        }
        None if spec.required => {
            let message = format!("`{}` needs the setting `{}`", kind.name, spec.name);
            findings.push(error(at.clone(), message).help(spec.help));
        }
        Some(given) if spec.required && is_empty(given) => {
            findings.push(error(at.clone(), format!("the setting `{}` is empty", spec.name)).help(spec.help));
        }
        _ => {}
    }
}

/// A component's words count an empty text as absent.
fn is_empty(setting: &Setting) -> bool {
    matches!(setting, Setting::Text(text) if text.is_empty())
}

/// Lets the kind itself judge its settings. Secrets are unknown here, so what it says of them does not count.
fn builds(component: &Component, kind: &Kind, at: &KeyPath, findings: &mut Vec<Finding>) {
    let Err(wrong) = built(component, kind) else { return };
    if !matches!(component.settings.get(wrong.name), Some(Setting::Secret(_))) {
        let spec = kind.settings.iter().find(|spec| spec.name == wrong.name);
        let help = spec.map(|spec| spec.help.to_owned());
        findings.push(Finding { help, ..error(at.key(wrong.name), wrong.to_string()) });
    }
}

/// The destination, with the names of its secrets in their place.
pub(super) fn built(component: &Component, kind: &Kind) -> Result<Box<dyn Destination>, SettingError> {
    let known = |setting: &Setting| match setting {
        Setting::Secret(name) => Setting::Text(name.clone()),
        known => known.clone(),
    };
    let values = component.settings.iter().map(|(name, setting)| (name.clone(), known(setting))).collect();
    let endpoint = component.endpoint.as_ref().map(|endpoint| endpoint.trim_end_matches('/').to_owned());
    (kind.build)(&ResolvedSettings { values, endpoint })
}

/// Whether a text can stand before a vendor's paths.
fn base_url(url: &str) -> Result<(), String> {
    if url.contains(['?', '#']) {
        return Err("must have neither query nor fragment".into());
    }
    let slash = url.match_indices('/').nth(2).map_or(url.len(), |(at, _)| at);
    let (origin, _) = url.split_at(slash);
    if Origin::try_from(origin.to_owned()).is_err() {
        return Err("must be an https URL, or an http one on a loopback address".into());
    }
    url.parse::<http::Uri>().map(drop).map_err(|error| format!("is not a URL: {error}"))
}
