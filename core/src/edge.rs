//! [`Edge`]: the configuration at work. Built once per instance and shared by all of its requests; whatever is missing
//! costs the component that misses it, never the website.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use crate::account::DropReason;
use crate::budget::Platform;
use crate::component::{Destination, Kind, ResolvedSettings};
use crate::config::{self, Config, Setting};
use crate::consent::Purpose;
use crate::receive::sdk::Sdk;
use crate::visitor::KeyRing;
use crate::visitor::native::Vendor;

/// The secrets that a configuration names, as far as the platform's store has them.
pub type Secrets = BTreeMap<String, String>;

/// A validated configuration with everything that can be prepared for it.
#[derive(Debug)]
pub struct Edge {
    pub(crate) config: Config,
    pub(crate) platform: Platform,
    /// Seals visitors' cookies. Without a key there is no identity, and everything else works.
    pub(crate) keys: Option<KeyRing>,
    pub(crate) components: Vec<Component>,
    /// The components' vendors, as far as they keep cookies of their own.
    pub(crate) vendors: Vec<Vendor>,
    pub(crate) sdk: Sdk,
    problems: Vec<String>,
}

/// A destination, ready; or why it is not.
#[derive(Debug)]
pub(crate) struct Component {
    pub(crate) config: config::Component,
    pub(crate) purposes: Vec<Purpose>,
    pub(crate) destination: Result<Box<dyn Destination>, DropReason>,
}

impl Edge {
    /// Prepares a configuration. What is amiss (an absent secret, a setting that the destination refuses) is told by
    /// [`Edge::problems`].
    #[must_use]
    pub fn new(config: Config, registry: &[Kind], secrets: &Secrets, platform: Platform) -> Arc<Self> {
        let mut problems = Vec::new();
        let mut tell = |line: serde_json::Value| problems.push(line.to_string());
        let keys = keys(&config.visitor, secrets).map_err(|problem| {
            tell(json!({"selvedge": "problem", "secret": config.visitor.key.secret, "problem": problem}));
        });
        let components = config.components.iter().map(|component| {
            let kind = registry.iter().find(|kind| kind.name == component.kind);
            let destination = build(component, kind, secrets).map_err(|(reason, problem)| {
                tell(json!({"selvedge": "problem", "component": component.id, "problem": problem}));
                reason
            });
            let default = || kind.map(|kind| kind.purposes.to_vec()).unwrap_or_else(|| Purpose::ALL.to_vec());
            let purposes = component.purposes.clone().unwrap_or_else(default);
            Component { config: component.clone(), purposes, destination }
        });
        let components = components.collect();
        let vendors = config
            .components
            .iter()
            .filter_map(|component| Vendor::of(&component.kind, &resolved(component, secrets).ok()?));
        let vendors = vendors.collect();
        let sdk = Sdk::new(&config.collect.path);
        Arc::new(Self { config, platform, keys: keys.ok(), components, vendors, sdk, problems })
    }

    /// What is amiss, as JSON lines for the log. The adapter writes them once.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.problems
    }
}

fn keys(visitor: &config::Visitor, secrets: &Secrets) -> Result<KeyRing, String> {
    let absent = || "the secret is not in the store: visitors get no identity".to_owned();
    let current = secrets.get(&visitor.key.secret).ok_or_else(absent)?;
    let previous: Vec<_> = visitor.previous_keys.iter().filter_map(|key| secrets.get(&key.secret)).collect();
    KeyRing::new(current.as_bytes(), &previous).map_err(|error| error.to_string())
}

fn build(
    component: &config::Component,
    kind: Option<&Kind>,
    secrets: &Secrets,
) -> Result<Box<dyn Destination>, (DropReason, String)> {
    let kind =
        kind.ok_or_else(|| (DropReason::NotSupported, format!("unknown kind {:?}", component.kind)))?;
    let settings = resolved(component, secrets)?;
    (kind.build)(&settings).map_err(|error| (DropReason::NotSupported, error.to_string()))
}

/// A component's settings with their secrets put in.
fn resolved(
    component: &config::Component,
    secrets: &Secrets,
) -> Result<ResolvedSettings, (DropReason, String)> {
    let mut settings = ResolvedSettings { endpoint: component.endpoint.clone(), ..Default::default() };
    for (name, setting) in &component.settings {
        let value = match setting {
            Setting::Secret(secret) => {
                let absent =
                    || (DropReason::MissingSecret, format!("the secret {secret:?} is not in the store"));
                Setting::Text(secrets.get(secret).cloned().ok_or_else(absent)?)
            }
            other => other.clone(),
        };
        settings.values.insert(name.clone(), value);
    }
    Ok(settings)
}
