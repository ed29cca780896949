//! What a visit takes, estimated from what was measured: `tests/budgets` counts the instructions of each kind of
//! destination in the artifact that is deployed, and records them in the file that is read here.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use selvedge_core::config::check::subrequests;
use selvedge_core::config::{Component, Config, DeliveryMode};

use super::guests::Guests;

/// How many events come at once, at worst: a post of the SDK's, or a data layer that lists as many. It is what the
/// measurements are of.
pub(super) const MANY: u32 = 20;

/// Instructions in a millisecond. V8 runs three to five times as many once it has compiled well what is called often, and a
/// third the first time in an isolate (`make bench`); what the platform itself does for each request comes on top.
const PER_MS: f64 = 3_000_000.0;

/// The page that costs most until the visitor has it.
const DEAREST_PAGE: &str = "page of 1 MB, data layer none: response";

/// What was recorded.
#[derive(Debug)]
pub(super) struct Costs {
    fuel: BTreeMap<String, f64>,
    kinds: BTreeMap<String, f64>,
}

impl Costs {
    /// Reads the record.
    ///
    /// # Errors
    /// When this program was built with one that is none.
    pub(super) fn recorded() -> Result<Self> {
        let record = include_str!("../../../tests/budgets/budgets.toml");
        let mut tables: BTreeMap<String, BTreeMap<String, f64>> =
            toml::from_str(record).context("what was measured cannot be read")?;
        let mut table = |name: &str| tables.remove(name).with_context(|| format!("there is no [{name}]"));
        Ok(Self { fuel: table("fuel")?, kinds: table("kinds")? })
    }

    /// Milliseconds of CPU for each component's share of a visit with so many events, in the components' order, after
    /// that of the visit itself.
    pub(super) fn cpu_ms(&self, config: &Config, guests: &Guests<'_>, events: u32) -> Vec<f64> {
        let fuel = |of: &str| self.share(of, "first") + f64::from(events - 1) * self.share(of, "further");
        // A single event is a page view, for which a page was read.
        let page = if events == 1 { self.fuel.get(DEAREST_PAGE).copied().unwrap_or_default() } else { 0.0 };
        let mut left = Guests::most_ms();
        let component = |component: &Component| match guests.cpu_ms(component, events) {
            _ if !is_direct(component) => 0.0,
            Some(ms) => {
                let ms = ms.min(left);
                left -= ms;
                ms
            }
            None => fuel(&component.kind) / PER_MS,
        };
        let visit = (page + fuel("visit")) / PER_MS + guests.consent_ms();
        std::iter::once(visit).chain(config.components.iter().map(component)).collect()
    }

    /// The subrequests of each component for a visit with so many events, after that of the origin.
    pub(super) fn subrequests(&self, config: &Config, events: u32) -> Vec<u32> {
        let component = |component: &Component| {
            // Kinds whose vendor takes no batches send a request for each event.
            let single = self.kinds.get(&format!("{}: requests", component.kind)).is_some_and(|n| *n > 1.0);
            match (is_direct(component), subrequests(component, selvedge_components::registry())) {
                (false, _) | (true, 0) => 0,
                (true, some) if single => events.max(some),
                (true, some) => some,
            }
        };
        std::iter::once(1).chain(config.components.iter().map(component)).collect()
    }

    /// A part of what a kind costs. One that was not measured is taken for the dearest.
    fn share(&self, of: &str, part: &str) -> f64 {
        let known = self.kinds.get(&format!("{of}: {part}")).copied();
        known.unwrap_or_else(|| {
            let parts =
                self.kinds.iter().filter(|(name, _)| name.ends_with(part) && !name.starts_with("visit"));
            parts.map(|(_, fuel)| *fuel).fold(0.0, f64::max)
        })
    }
}

/// Whether a component gets its events in the visit itself. What goes by way of the outbox is sent by a run of its own.
fn is_direct(component: &Component) -> bool {
    component.delivery == DeliveryMode::Direct
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(components: &str) -> Config {
        let source =
            format!("[[site]]\norigin = 'https://a.example'\n[delivery]\noutbox = true\n{components}");
        selvedge_core::config::read::read(&source, selvedge_components::registry()).unwrap().config
    }

    #[test]
    fn every_kind_was_measured() {
        let costs = Costs::recorded().unwrap();
        assert!(costs.fuel.contains_key(DEAREST_PAGE));
        for kind in selvedge_components::registry() {
            for part in ["first", "further", "requests"] {
                assert!(costs.kinds.contains_key(&format!("{}: {part}", kind.name)), "{}: {part}", kind.name);
            }
        }
    }

    #[test]
    fn a_visit_costs_what_its_components_cost_and_the_outbox_takes_its_share_away() {
        let costs = Costs::recorded().unwrap();
        let ga4 = "[[component]]\nkind = 'ga4'\nsettings = { measurement_id = 'G-TEST' }\n";
        let single = "[[component]]\nkind = 'plausible'\nsettings = { domain = 'a.example' }\n";
        let [none, one, two] =
            [String::new(), ga4.to_owned(), format!("{ga4}{single}")].map(|text| config(&text));
        let total = |config: &Config, events| {
            costs.cpu_ms(config, &Guests::measured(config, &[]), events).iter().sum::<f64>()
        };
        assert!(total(&none, 1) < total(&one, 1) && total(&one, 1) < total(&one, MANY));
        assert_eq!(costs.subrequests(&two, 1), [1, 1, 1]);
        assert_eq!(costs.subrequests(&two, MANY), [1, 1, 20]);
        let later = config(&ga4.replace("kind", "delivery = 'queue'\nkind"));
        assert!((total(&later, MANY) - total(&none, MANY)).abs() < f64::EPSILON);
        assert_eq!(costs.subrequests(&later, MANY), [1, 0]);
    }
}
