//! Third parties' components: what they are, and what they take.

use anyhow::Result;
use selvedge_core::config::{Component, Config, WASM};
use selvedge_core::event::EventType;
use serde_json::{Value, json};

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
        Some(cpu_ms(fuel.saturating_mul(events.into())))
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
        Ok(rows(out, &calls.collect::<Vec<_>>())?)
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

#[allow(clippy::cast_precision_loss)] // instructions, which are estimates here
fn cpu_ms(fuel: u64) -> f64 {
    fuel as f64 / PER_MS as f64
}
