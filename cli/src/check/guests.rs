//! Third parties' components: what they are, and what they take.

use std::fmt::Write;

use anyhow::Result;
use selvedge_core::account::DropReason;
use selvedge_core::budget::Platform;
use selvedge_core::config::{Component, Config, DeliveryMode, WASM};
use selvedge_core::event::EventType;
use selvedge_guests::Limits;
use serde_json::{Value, json};

use super::cost::MANY;
use crate::guests::{Given, Linked, Measured, PER_MS, measure, measure_mapping, ms};
use crate::table::{heading, rows};

/// What a configuration's third-party components take, in the configuration's order: nothing for components that are none.
pub(super) struct Guests<'a> {
    linked: &'a [Linked],
    calls: Vec<(&'a Component, Vec<Measured>)>,
    /// The call of the component that reads consent.
    mapping: Option<Measured>,
}

impl<'a> Guests<'a> {
    /// Calls each with sample events, and the one that reads consent with a sample of its cookie.
    pub(super) fn measured(config: &'a Config, linked: &'a [Linked]) -> Self {
        let named = config.components.iter().filter(|component| component.kind == WASM);
        let found = named.filter_map(|component| {
            let linked = linked.iter().find(|linked| Some(&linked.file) == component.file.as_ref())?;
            Some((component, measure(component, linked)))
        });
        let mapping = linked.iter().find_map(|linked| measure_mapping(&config.consent, linked));
        Self { linked, calls: found.collect(), mapping }
    }

    /// Milliseconds of CPU that a component takes for so many events; none where it is not a third party's. One event is a
    /// page view.
    pub(super) fn cpu_ms(&self, component: &Component, events: u32) -> Option<f64> {
        let (_, calls) = self.calls.iter().find(|(known, _)| known.id == component.id)?;
        let page = calls.iter().filter(|call| events > 1 || call.given == Given::Event(EventType::Page));
        let fuel = page.map(|call| call.fuel).max().unwrap_or_default();
        Some(cpu_ms(fuel.saturating_mul(events.into()).min(of_visit(component))))
    }

    /// Milliseconds of CPU that all of them may take for a visit: more is not begun.
    pub(super) fn most_ms() -> f64 {
        cpu_ms(SHARED)
    }

    /// Of [`MANY`] events at once, how many each component has instructions for that has too few, and why the others are dropped.
    fn short(&self) -> impl Iterator<Item = (&str, u64, DropReason)> {
        let direct = self.calls.iter().filter(|(component, _)| component.delivery == DeliveryMode::Direct);
        direct.filter_map(|(component, calls)| {
            let dearest = calls.iter().map(|call| call.fuel).max()?.max(1);
            let all = of_visit(component);
            let reason = if all < SHARED { DropReason::ComponentFailed } else { DropReason::OverBudget };
            let enough = all / dearest;
            (enough < MANY.into()).then_some((component.id.as_str(), enough, reason))
        })
    }

    /// Milliseconds of CPU that it takes to read the visitor's consent, each time that somebody visits.
    pub(super) fn consent_ms(&self) -> f64 {
        self.mapping.as_ref().map_or(0.0, |call| cpu_ms(call.fuel))
    }

    /// Every call, with the id of the component that it is of.
    fn all(&self) -> impl Iterator<Item = (&str, &Measured)> {
        let of_events = self
            .calls
            .iter()
            .flat_map(|(component, calls)| calls.iter().map(|call| (component.id.as_str(), call)));
        self.mapping.iter().map(|call| ("consent", call)).chain(of_events)
    }

    /// For people; nothing where there are none.
    ///
    /// # Errors
    /// Never: text takes whatever is written to it.
    pub(super) fn text(&self, out: &mut String) -> Result<()> {
        if self.calls.is_empty() && self.linked.is_empty() {
            return Ok(());
        }
        heading(out, "Third parties' components")?;
        let about = self.linked.iter().map(|Linked { file, component }| {
            let imports = match component.interfaces()[..] {
                [] => "imports nothing".to_owned(),
                [one] => format!("imports {one}"),
                ref many => format!("imports {} interfaces of WASI", many.len()),
            };
            let size = format!("{} KiB in the artifact", component.module.len().div_ceil(1024));
            [file.clone(), component.export.clone(), imports, size]
        });
        rows(out, &about.collect::<Vec<_>>())?;
        out.push('\n');
        let calls = self.all().map(|(id, call)| {
            let given = call.given.word();
            let sample = if call.given == Given::Cookie { "cookie" } else { "event" };
            let failure = call.failure.as_ref().map(|failure| format!("of a sample {sample}: {failure}"));
            [
                id.to_owned(),
                given.to_owned(),
                format!("{} k instructions, {} ms", call.fuel.div_ceil(1000), ms(call.fuel)),
                format!("{} KiB of memory", call.memory.div_ceil(1024)),
                failure.unwrap_or_default(),
            ]
        });
        rows(out, &calls.collect::<Vec<_>>())?;
        for (id, enough, reason) in self.short() {
            let others = format!("the others are dropped as `{}`", reason.word());
            write!(out, "\n  of {MANY} events at once {id} has instructions for {enough}; {others}")?;
        }
        if self.short().next().is_some() {
            writeln!(out, "\n  `events` takes away what it does not need, `limits.fuel` gives it more")?;
        }
        Ok(())
    }

    /// For programs.
    pub(super) fn json(&self) -> Value {
        let calls = self.all().map(|(id, Measured { given, fuel, memory, failure })| {
            let failure = failure.as_ref().map(ToString::to_string);
            // What reads consent is no component of the configuration, and has no id.
            let id = Some(id).filter(|_| *given != Given::Cookie);
            json!({"component": id, "event": given.word(), "fuel": fuel, "memory": memory, "failure": failure})
        });
        calls.collect()
    }
}

/// Instructions that all of them have for a visit: the same on every platform.
const SHARED: u64 = Platform::FASTLY.budget.fuel;

/// Those that a component has.
fn of_visit(component: &Component) -> u64 {
    let limits = Limits { fuel: component.limits.fuel.into(), ..Limits::default() };
    limits.of_visit().min(SHARED)
}

#[allow(clippy::cast_precision_loss)] // instructions, which are estimates here
fn cpu_ms(fuel: u64) -> f64 {
    fuel as f64 / PER_MS as f64
}
