//! How a configuration fits the platforms that it is checked for.

use std::path::Path;

use anyhow::Result;
use selvedge_core::config::Config;
use selvedge_core::config::check::{Finding, Severity, check_platform, foreign_kinds};

use super::budget::{Budget, budgets};
use super::guests::Guests;
use super::target::Target;
use crate::config::Loaded;
use crate::platform::Platform;

/// A platform, and how the configuration fits it.
pub(super) struct Fit {
    pub(super) target: Target,
    pub(super) budgets: Vec<Budget>,
    /// The components whose kind is another platform's.
    foreign: Vec<Finding>,
    /// Whether what does not fit is an error: the free plan's is only told, unless it was asked for.
    counts: bool,
}

impl Fit {
    /// Whether it can be deployed there as it is.
    pub(super) fn is_good(&self) -> bool {
        self.foreign.is_empty() && self.budgets.iter().all(Budget::fits)
    }
}

/// How it fits the platform that was named, else the one whose manifest lies beside it, else both.
///
/// # Errors
/// When what was measured, or the artifact, cannot be read.
pub(super) fn fits(
    platform: Option<Target>,
    artifact: Option<&Path>,
    loaded: &Loaded,
    guests: &Guests<'_>,
) -> Result<Vec<Fit>> {
    let beside = Platform::of(loaded.file.parent().unwrap_or(Path::new("")));
    let wanted = |target: &(Target, bool)| beside.is_none_or(|platform| target.0.platform() == platform);
    let all = [(Target::Fastly, true), (Target::CloudflareFree, false), (Target::CloudflarePaid, true)];
    let targets = match platform {
        Some(target) => vec![(target, true)],
        None => all.into_iter().filter(wanted).collect(),
    };
    let fit = |(target, counts): (Target, bool)| {
        let budgets = budgets(&loaded.config, guests, target, artifact)?;
        let limits = target.platform().limits();
        let foreign = foreign_kinds(&loaded.config, selvedge_components::registry(), limits);
        Ok(Fit { target, budgets, foreign, counts })
    };
    targets.into_iter().map(fit).collect()
}

/// What does not fit. A kind that one platform alone has is an error where that platform is not among them, else a warning:
/// there the configuration can be used.
pub(super) fn findings(config: &Config, fits: &[Fit]) -> Vec<Finding> {
    let counting = || fits.iter().filter(|fit| fit.counts);
    let has_all = counting().find(|fit| fit.foreign.is_empty()).map(|fit| fit.target.word());
    let judged = |fit: &Fit, finding: Finding| match has_all {
        Some(other) if fit.foreign.contains(&finding) => Finding {
            severity: Severity::Warning,
            help: Some(format!(
                "it cannot be deployed there; `--platform {other}` checks for that one alone"
            )),
            ..finding
        },
        _ => finding,
    };
    let of_one = |fit: &Fit| {
        let limits = fit.target.platform().limits();
        let found = check_platform(config, selvedge_components::registry(), limits).into_iter();
        let over = fit.budgets.iter().filter_map(|budget| budget.finding(fit.target));
        found.map(|finding| judged(fit, finding)).chain(over).collect::<Vec<_>>()
    };
    counting().flat_map(of_one).collect()
}
