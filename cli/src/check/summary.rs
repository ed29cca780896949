//! A configuration in short: its sites and its components.

use anyhow::Result;
use selvedge_core::config::{Component, Config, Site};
use selvedge_core::consent::Purpose;
use selvedge_core::event::EventType;
use serde_json::{Value, json};

use crate::table::{heading, rows};

/// A configuration in short.
///
/// # Errors
/// Never: text takes whatever is written to it.
pub(super) fn text(out: &mut String, config: &Config) -> Result<()> {
    heading(out, "Sites")?;
    let sites = config
        .sites
        .iter()
        .map(|site| [hosts(site), format!("→ {}", String::from(site.origin.clone())), rules(site)]);
    rows(out, &sites.collect::<Vec<_>>())?;

    heading(out, "Components")?;
    let components = config.components.iter().map(|component| {
        let kind = if component.id == component.kind { String::new() } else { component.kind.clone() };
        let endpoint = component.endpoint.as_ref().map(|url| format!("→ {url}")).unwrap_or_default();
        [component.id.clone(), kind, purposes(component), events(component), endpoint]
    });
    rows(out, &components.collect::<Vec<_>>())?;

    Ok(())
}

/// The same, for programs.
pub(super) fn json(config: &Config) -> (Value, Value) {
    let site = |site: &Site| {
        let hosts: Vec<_> = site.hosts.iter().map(|host| String::from(host.clone())).collect();
        json!({"hosts": hosts, "origin": String::from(site.origin.clone())})
    };
    let component = |component: &Component| {
        let purposes: Vec<_> = effective(component).iter().map(|purpose| purpose.word()).collect();
        let events: Vec<_> = component.events.iter().map(|event| event.word()).collect();
        let Component { id, kind, endpoint, .. } = component;
        json!({"id": id, "kind": kind, "purposes": purposes, "events": events, "endpoint": endpoint})
    };
    (config.sites.iter().map(site).collect(), config.components.iter().map(component).collect())
}

/// The purposes that a component needs.
fn effective(component: &Component) -> &[Purpose] {
    let kind = selvedge_components::registry().iter().find(|kind| kind.name == component.kind);
    component.purposes.as_deref().unwrap_or(kind.map_or(&Purpose::ALL, |kind| kind.purposes))
}

fn hosts(site: &Site) -> String {
    if site.hosts.is_empty() {
        return "every host".into();
    }
    site.hosts.iter().map(|host| String::from(host.clone())).collect::<Vec<_>>().join(", ")
}

fn rules(site: &Site) -> String {
    let count = |n: usize, what: &str| match n {
        0 => None,
        1 => Some(format!("1 {what}")),
        n => Some(format!("{n} {what}s")),
    };
    [count(site.routes.len(), "route"), count(site.redirects.len(), "redirect")]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ")
}

fn purposes(component: &Component) -> String {
    match effective(component) {
        [] => "needs no consent".into(),
        purposes => format!(
            "needs {}",
            purposes.iter().map(|purpose| purpose.word()).collect::<Vec<_>>().join(" and ")
        ),
    }
}

fn events(component: &Component) -> String {
    if EventType::all().iter().all(|event| component.events.contains(event)) {
        return "all events".into();
    }
    format!("{} events", component.events.iter().map(|event| event.word()).collect::<Vec<_>>().join(" and "))
}
