//! [`Edge`]: the configuration at work. Built once per instance and shared by all of its requests; whatever is missing
//! costs the component that misses it, never the website.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use serde_json::json;

use crate::account::DropReason;
use crate::budget::Platform;
use crate::component::{Destination, Mapping, Registry, ResolvedSettings};
use crate::config::{self, Config, PersonalData, Setting};
use crate::consent::Purpose;
use crate::edgee::cookies::{DEFAULT_IV, DEFAULT_KEY, Import};
use crate::edgee::slug;
use crate::plan::held::Held;
use crate::plan::tokens::Tokens;
use crate::receive::sdk::Sdk;
use crate::trace::Hidden;
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
    /// Reads the cookies of an Edgee proxy that served the site before.
    pub(crate) edgee: Option<Import>,
    pub(crate) components: Vec<Component>,
    /// The components' vendors, as far as they keep cookies of their own.
    pub(crate) vendors: Vec<Vendor>,
    pub(crate) sdk: Sdk,
    /// Reads consent, where a third party's component does.
    pub(crate) mapping: Result<Option<Box<dyn Mapping>>, String>,
    /// Destinations that are left alone for a while.
    pub(crate) held: Held,
    /// The tokens that are at hand.
    pub(crate) tokens: Tokens,
    /// What visits are told without, where they are told whole.
    pub(crate) hidden: Hidden,
    /// Whether the platform has a store for the visits of debug sessions.
    pub(crate) keeps_visits: AtomicBool,
    problems: Vec<String>,
}

/// A destination, ready; or why it is not.
#[derive(Debug)]
pub(crate) struct Component {
    pub(crate) config: config::Component,
    pub(crate) purposes: Vec<Purpose>,
    /// Its names in `components` maps: its id, and Edgee's slugs for its kind where they are no other component's.
    pub(crate) names: Vec<String>,
    /// On the IAB's Global Vendor List.
    pub(crate) tcf_vendor: Option<u16>,
    /// What becomes of personal data in what the visitor has consented to.
    pub(crate) personal_data: PersonalData,
    pub(crate) destination: Result<Box<dyn Destination>, DropReason>,
}

impl Edge {
    /// Prepares a configuration. What is amiss (an absent secret, a setting that the destination refuses) is told by
    /// [`Edge::problems`].
    #[must_use]
    pub fn new<'r>(
        config: Config,
        registry: impl Into<Registry<'r>>,
        secrets: &Secrets,
        platform: Platform,
    ) -> Arc<Self> {
        let registry = registry.into();
        let mut problems = Vec::new();
        let mut tell = |line: serde_json::Value| problems.push(line.to_string());
        let keys = keys(&config.visitor, secrets).map_err(|problem| {
            tell(json!({"selvedge": "problem", "secret": config.visitor.key.secret, "problem": problem}));
        });
        let edgee = config.visitor.edgee.as_ref().and_then(|old| {
            let wrong =
                |problem| tell(json!({"selvedge": "problem", "secret": "visitor.edgee", "problem": problem}));
            import(old, secrets).map_err(wrong).ok()
        });
        let components = config.components.iter().map(|component| {
            let kind = registry.kinds.iter().find(|kind| kind.name == component.kind);
            let destination =
                build(component, registry, secrets).and_then(|destination| on(&platform, destination));
            let destination = destination.map_err(|(reason, problem)| {
                tell(json!({"selvedge": "problem", "component": component.id, "problem": problem}));
                reason
            });
            let default = || kind.map(|kind| kind.purposes.to_vec()).unwrap_or_else(|| Purpose::ALL.to_vec());
            let purposes = component.purposes.clone().unwrap_or_else(default);
            let made_of_it = kind.is_some_and(|kind| kind.conversions);
            let usual = if made_of_it { PersonalData::Keep } else { PersonalData::Redact };
            Component {
                config: component.clone(),
                purposes,
                names: names(component, &config.components),
                tcf_vendor: component.tcf_vendor.or_else(|| kind.and_then(|kind| kind.tcf_vendor)),
                personal_data: component.personal_data.unwrap_or(usual),
                destination,
            }
        });
        let components = components.collect();
        let vendors = config
            .components
            .iter()
            .filter_map(|component| Vendor::of(&component.kind, &resolved(component, secrets).ok()?));
        let vendors = vendors.collect();
        let sdk = Sdk::new(&config);
        let mapping = mapping(&config.consent, registry).inspect_err(|problem| {
            tell(json!({"selvedge": "problem", "consent": config.consent.file, "problem": problem}));
        });
        let held = Held::new(&config.delivery);
        let hidden = Hidden::new(secrets);
        Arc::new(Self {
            config,
            platform,
            keys: keys.ok(),
            edgee,
            components,
            vendors,
            sdk,
            mapping,
            held,
            tokens: Tokens::default(),
            hidden,
            keeps_visits: AtomicBool::new(false),
            problems,
        })
    }

    /// Whether what could not be delivered is kept outside.
    #[must_use]
    pub fn has_outbox(&self) -> bool {
        self.config.delivery.outbox
    }

    /// For how long, in hours.
    #[must_use]
    pub fn keep_hours(&self) -> u16 {
        self.config.delivery.keep_hours
    }

    /// What is amiss, as JSON lines for the log. The adapter writes them once.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.problems
    }
}

pub(crate) fn keys(visitor: &config::Visitor, secrets: &Secrets) -> Result<KeyRing, String> {
    let absent = || "the secret is not in the store: visitors get no identity".to_owned();
    let current = secrets.get(&visitor.key.secret).ok_or_else(absent)?;
    let previous: Vec<_> = visitor.previous_keys.iter().filter_map(|key| secrets.get(&key.secret)).collect();
    KeyRing::new(current.as_bytes(), &previous).map_err(|error| error.to_string())
}

pub(crate) fn mapping(
    consent: &config::Consent,
    registry: Registry<'_>,
) -> Result<Option<Box<dyn Mapping>>, String> {
    if consent.cmp != config::Cmp::Wasm {
        return Ok(None);
    }
    let foreign = registry.foreign.ok_or_else(|| config::WITHOUT_GUESTS.to_owned())?;
    foreign.mapping(consent).map(Some)
}

fn import(old: &config::EdgeeCookies, secrets: &Secrets) -> Result<Import, String> {
    let secret = |given: &Option<config::SecretRef>, default: &str| match given {
        None => Ok(default.to_owned()),
        Some(name) => secrets.get(&name.secret).cloned().ok_or_else(|| {
            format!("the secret {:?} is not in the store: visitors who come from Edgee are new", name.secret)
        }),
    };
    let (key, iv) = (secret(&old.key, DEFAULT_KEY)?, secret(&old.iv, DEFAULT_IV)?);
    Import::new(&old.cookie, key.as_bytes(), iv.as_bytes()).map_err(|error| error.to_string())
}

/// The names of a component in `components` maps. Of several of one kind, Edgee's slugs mean the one that is called as
/// its kind is, if there is one.
fn names(component: &config::Component, all: &[config::Component]) -> Vec<String> {
    let of_kind = |other: &&config::Component| other.kind == component.kind && other.id == component.kind;
    let mine = all.iter().find(of_kind).is_none_or(|plain| plain.id == component.id);
    let taken = |slug: &String| all.iter().any(|other| slug::spells(slug, &other.id));
    let slugs = slug::slugs_of(&component.kind).filter(|slug| mine && !taken(slug));
    std::iter::once(component.id.clone()).chain(slugs).collect()
}

pub(crate) fn build(
    component: &config::Component,
    registry: Registry<'_>,
    secrets: &Secrets,
) -> Result<Box<dyn Destination>, (DropReason, String)> {
    if component.kind == config::WASM {
        let without = || (DropReason::NotSupported, config::WITHOUT_GUESTS.to_owned());
        let foreign = registry.foreign.ok_or_else(without)?;
        let made = foreign.destination(component, &resolved(component, secrets)?);
        return made.map_err(|problem| (DropReason::NotSupported, problem));
    }
    let kind = registry.kinds.iter().find(|kind| kind.name == component.kind);
    let kind =
        kind.ok_or_else(|| (DropReason::NotSupported, format!("unknown kind {:?}", component.kind)))?;
    let settings = resolved(component, secrets)?;
    (kind.build)(&settings).map_err(|error| (DropReason::NotSupported, error.to_string()))
}

/// The destination, where the platform has what it writes to.
fn on(
    platform: &Platform,
    destination: Box<dyn Destination>,
) -> Result<Box<dyn Destination>, (DropReason, String)> {
    match destination.sink().filter(|sink| !platform.sinks.contains(sink)) {
        None => Ok(destination),
        Some(sink) => Err((
            DropReason::NotOnPlatform,
            format!("it writes to {}, which {} does not have", sink.title(), platform.name),
        )),
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Selection;

    fn component(kind: &str, id: &str) -> config::Component {
        config::Component {
            kind: kind.into(),
            id: id.into(),
            purposes: None,
            without_consent: config::WithoutConsent::default(),
            personal_data: None,
            tcf_vendor: None,
            delivery: config::DeliveryMode::Direct,
            events: Vec::new(),
            sample: 1.0,
            filter: None,
            transforms: Vec::new(),
            endpoint: None,
            file: None,
            limits: config::GuestLimits::default(),
            settings: BTreeMap::new(),
        }
    }

    /// The ids of those that a `components` map lets have an event.
    fn selected(map: &[(&str, bool)], all: &[config::Component]) -> Vec<String> {
        let map = Selection(map.iter().map(|(name, may)| ((*name).to_owned(), *may)).collect());
        let may = all.iter().filter(|component| map.allows_any(&names(component, all)));
        may.map(|component| component.id.clone()).collect()
    }

    #[test]
    fn a_map_of_edgees_selects_the_components_that_it_means() {
        let all = [
            component("ga4", "ga4"),
            component("ga4", "acme-ga"),
            component("amplitude", "product"),
            component("webhook", "edgee-segment"),
            component("segment", "segment"),
        ];
        for (map, expected) in [
            (&[][..], &["ga4", "acme-ga", "product", "edgee-segment", "segment"][..]),
            (&[("all", false), ("edgee/ga", true)], &["ga4"]),
            (&[("all", false), ("edgee/google-analytics", true)], &["ga4"]),
            (&[("all", false), ("acme/ga", true)], &["acme-ga"]),
            (&[("all", false), ("edgee/amplitude", true)], &["product"]),
            (&[("edgee/amplitude", false)], &["ga4", "acme-ga", "edgee-segment", "segment"]),
            // Somebody's id is more than a kind's slug.
            (&[("all", false), ("edgee/segment", true)], &["edgee-segment"]),
            // What is said of the id counts before what is said of the kind.
            (&[("all", false), ("product", false), ("edgee/amplitude", true)], &[]),
            (&[("all", false), ("edgee/unknown", true)], &[]),
        ] {
            assert_eq!(selected(map, &all), expected, "{map:?}");
        }
    }
}
