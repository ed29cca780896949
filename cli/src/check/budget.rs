//! The worst case against each platform's budget.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;
use selvedge_core::config::Config;
use selvedge_core::config::check::{Finding, Part, Severity, lookups};
use selvedge_core::config::compiled::{MAX_BYTES, encode};
use selvedge_core::config::place::KeyPath;
use selvedge_core::facts::Timestamp;
use serde_json::{Value, json};

use super::cost::{Costs, MANY};
use super::guests::Guests;
use super::target::Target;
use crate::dev::repository;

/// What is counted, how much of it the worst case takes, and how much there is.
#[derive(Debug)]
pub(super) struct Budget {
    pub(super) name: String,
    pub(super) unit: &'static str,
    pub(super) used: f64,
    pub(super) allowed: f64,
    /// What to do where it does not fit; none where `check_platform` says it, as for `selvedge build`.
    help: Option<&'static str>,
    /// The component with which it is too much, where it is that of components.
    component: Option<usize>,
}

impl Budget {
    fn new(name: impl Into<String>, unit: &'static str, used: f64, allowed: f64) -> Self {
        Self { name: name.into(), unit, used, allowed, help: None, component: None }
    }

    /// A budget that components share, after something that is there without them.
    fn shared(name: String, unit: &'static str, parts: &[f64], allowed: f64) -> Self {
        let mut sum = 0.0;
        let over = parts.iter().position(|part| {
            sum += part;
            sum > allowed
        });
        let budget = Self::new(name, unit, parts.iter().sum(), allowed);
        Self { component: over.and_then(|at| at.checked_sub(1)), ..budget }
    }

    fn help(self, help: &'static str) -> Self {
        Self { help: Some(help), ..self }
    }

    /// Whether it is enough.
    pub(super) fn fits(&self) -> bool {
        self.used <= self.allowed
    }

    /// `3 of 32`, with the unit where it needs one.
    pub(super) fn cell(&self) -> String {
        let mark = if self.fits() { "" } else { " ✗" };
        match self.unit {
            "ms" => format!("~{:.1} of {} ms{mark}", self.used, grouped(self.allowed)),
            "bytes" if self.allowed < 1e5 => {
                format!("{} of {} bytes{mark}", grouped(self.used), grouped(self.allowed))
            }
            "bytes" => format!("{} of {} kB{mark}", grouped(self.used / 1e3), grouped(self.allowed / 1e3)),
            _ => format!("{} of {}{mark}", grouped(self.used), grouped(self.allowed)),
        }
    }

    /// For programs.
    pub(super) fn json(&self) -> Value {
        let Self { name, unit, used, allowed, .. } = self;
        json!({"name": name, "unit": unit, "used": used, "allowed": allowed, "fits": self.fits()})
    }

    /// What is wrong where it does not fit.
    pub(super) fn finding(&self, target: Target) -> Option<Finding> {
        let Self { name, unit, used, allowed, help, component } = self;
        let amount = |amount: f64| match *unit {
            "" => grouped(amount),
            "ms" => format!("{amount:.1} ms"),
            unit => format!("{} {unit}", grouped(amount)),
        };
        let message =
            format!("{name}: {} at worst; {} allows {}", amount(*used), target.word(), amount(*allowed));
        let path = component.map(|at| KeyPath::to("component").index(at)).unwrap_or_default();
        let help = help.filter(|_| !self.fits())?.to_owned();
        Some(Finding { severity: Severity::Error, path, part: Part::Value, message, help: Some(help) })
    }
}

/// Every budget of a platform, with what a configuration takes of it at worst.
///
/// # Errors
/// When what was measured, or the artifact, cannot be read.
pub(super) fn budgets(
    config: &Config,
    guests: &Guests<'_>,
    target: Target,
    artifact: Option<&Path>,
) -> Result<Vec<Budget>> {
    let costs = Costs::recorded()?;
    let allowed = target.platform().limits().budget;
    let mut budgets = Vec::new();
    let cases = [(1, "a page view".to_owned()), (MANY, format!("{MANY} events at once"))];
    for (events, case) in &cases {
        let parts: Vec<_> = costs.subrequests(config, *events).into_iter().map(f64::from).collect();
        budgets.push(Budget::shared(format!("subrequests, {case}"), "", &parts, allowed.subrequests.into()));
    }
    if let Some(many) = budgets.last_mut() {
        if config.delivery.outbox {
            // What is too much is kept, and not lost.
            many.used = many.used.min(many.allowed);
        }
        many.help = Some(
            "from here on events would be dropped as `over-budget`; set up the outbox, which keeps them for later, or \
             take components away",
        );
    }
    #[allow(clippy::cast_precision_loss)] // counts of names and bytes
    let number = |n: usize| n as f64;
    budgets.push(Budget::new("store look-ups", "", lookups(config).into(), allowed.lookups.into()));
    for (events, case) in &cases {
        let parts = costs.cpu_ms(config, guests, *events);
        let budget = Budget::shared(format!("CPU, {case}"), "ms", &parts, target.cpu_ms());
        budgets.push(budget.help(
            "the platform may end such a visit before its events are sent; take components away, or let them have \
             their events by way of the outbox: `delivery = \"queue\"`",
        ));
    }
    let bytes = number(encode(config, Timestamp::default()).len());
    let configuration = Budget::new("configuration", "bytes", bytes, number(MAX_BYTES));
    budgets.push(configuration.help("shorten lists, filters and transforms: it is part of the artifact"));
    if let Some(size) = artifact_bytes(target, artifact)? {
        #[allow(clippy::cast_precision_loss)] // megabytes
        let (size, most) = (size as f64, target.artifact_bytes() as f64);
        let artifact = Budget::new("artifact, compressed", "bytes", size, most);
        budgets.push(artifact.help("the platform does not take an artifact of that size"));
    }
    Ok(budgets)
}

/// The compressed size of the artifact that was named, or of the one that was built, if it was.
fn artifact_bytes(target: Target, named: Option<&Path>) -> Result<Option<u64>> {
    let path = match named {
        Some(path) => path.to_owned(),
        None => match std::env::current_dir().ok().and_then(|here| repository(&here).ok()) {
            Some(root) if root.join(target.artifact()).exists() => root.join(target.artifact()),
            _ => return Ok(None),
        },
    };
    let wasm = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(&wasm)?;
    Ok(u64::try_from(gzip.finish()?.len()).ok())
}

/// A whole number with its thousands apart.
fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let first = digits.len() % 3;
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && at % 3 == first {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_at_a_glance() {
        for (number, text) in [(0.0, "0"), (999.0, "999"), (1_000.0, "1,000"), (12_345.6, "12,346")] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn the_component_that_is_too_much_is_pointed_at() {
        let over = Budget::shared("x".into(), "", &[1.0, 1.0, 1.0, 1.0], 2.0).help("less");
        let finding = over.finding(Target::Fastly).unwrap();
        assert_eq!(finding.path.to_string(), "component[1]");
        assert_eq!(finding.message, "x: 4 at worst; fastly allows 2");
        assert!(
            Budget::shared("x".into(), "", &[1.0, 1.0], 2.0).help("less").finding(Target::Fastly).is_none()
        );
    }
}
