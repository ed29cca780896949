//! Whether a configuration fits a platform: what it has, and what it allows a visit.

use super::{Finding, error, secrets};
use crate::budget::Platform;
use crate::component::Kind;
use crate::config::place::KeyPath;
use crate::config::{Component, Config, WithoutConsent};
use crate::sink::Sink;

/// The subrequests that a component can cost a page view: one, and another where it gets events of both those who agreed
/// and, anonymous, of those who did not; but none where its events leave by a sink of the platform's.
#[must_use]
pub fn subrequests(component: &Component, registry: &[Kind]) -> u32 {
    match sink(component, registry) {
        Some(_) => 0,
        None => 1 + u32::from(component.without_consent == WithoutConsent::Anonymous),
    }
}

/// What of a configuration does not fit a platform: components whose kind is another platform's, and what a page view can
/// cost at worst. The origin is a subrequest, components are their [`subrequests`]; look-ups are those of [`lookups`].
#[must_use]
pub fn check_platform(config: &Config, registry: &[Kind], platform: &Platform) -> Vec<Finding> {
    let mut findings = foreign_kinds(config, registry, platform);
    let Platform { name, budget, .. } = platform;
    let cost = |component: &Component| subrequests(component, registry);
    let mut left = budget.subrequests.saturating_sub(1);
    let fits = |component: &&Component| {
        left.checked_sub(cost(component)).is_some_and(|rest| {
            left = rest;
            true
        })
    };
    let fitting = config.components.iter().take_while(fits).count();
    if fitting < config.components.len() {
        let path = KeyPath::to("component").index(fitting);
        let message = format!(
            "{} components and the origin can take {} subrequests; {name} allows {}",
            config.components.len(),
            1 + config.components.iter().map(cost).sum::<u32>(),
            budget.subrequests
        );
        let help =
            format!("from here on events would be dropped as `over-budget`; keep {fitting} components");
        findings.push(error(path, message).help(help));
    }
    let lookups = lookups(config);
    if lookups > budget.lookups {
        let message = format!(
            "{} secrets and the pushed configuration take {lookups} look-ups; {name} allows {}",
            lookups - 1,
            budget.lookups
        );
        findings.push(
            error(KeyPath::to("component"), message).help("write settings that are not secret into the file"),
        );
    }
    findings
}

/// The components whose kind is another platform's: their events leave by a sink that this one does not have.
#[must_use]
pub fn foreign_kinds(config: &Config, registry: &[Kind], platform: &Platform) -> Vec<Finding> {
    let foreign = |(i, component): (usize, &Component)| {
        let sink = sink(component, registry).filter(|sink| !platform.sinks.contains(sink))?;
        let path = KeyPath::to("component").index(i).key("kind");
        let (kind, title, name) = (&component.kind, sink.title(), platform.name);
        let message = format!("`{kind}` writes to {title}, which {name} does not have");
        let help = "take another kind, or check and build for the other platform alone, with `--platform`";
        Some(error(path, message).help(help))
    };
    config.components.iter().enumerate().filter_map(foreign).collect()
}

/// By which of a platform's sinks a component's events leave; none where they leave by requests.
#[must_use]
pub fn sink(component: &Component, registry: &[Kind]) -> Option<Sink> {
    let kind = registry.iter().find(|kind| kind.name == component.kind)?;
    super::component::built(component, kind).ok()?.sink()
}

/// The look-ups in stores that starting takes: one for a configuration that was pushed, and one for every secret.
#[must_use]
pub fn lookups(config: &Config) -> u32 {
    u32::try_from(secrets(config).len()).unwrap_or(u32::MAX).saturating_add(1)
}
