//! Third parties' components: what they are, and what they take.

use anyhow::Result;
use selvedge_core::config::{Component, Config, WASM};
use selvedge_core::event::EventType;
use serde_json::{Value, json};

use crate::guests::{Linked, Measured, PER_MS, measure, ms};
use crate::table::{heading, rows};

/// What a configuration's third-party components take, in the configuration's order: nothing for components that are none.
pub(super) struct Guests<'a> {
    linked: &'a [Linked],
    calls: Vec<(&'a Component, Vec<Measured>)>,
}

impl<'a> Guests<'a> {
    /// Calls each with sample events.
    pub(super) fn measured(config: &'a Config, linked: &'a [Linked]) -> Self {
        let named = config.components.iter().filter(|component| component.kind == WASM);
        let found = named.filter_map(|component| {
            let linked = linked.iter().find(|linked| Some(&linked.file) == component.file.as_ref())?;
            Some((component, measure(component, linked)))
        });
        Self { linked, calls: found.collect() }
    }

    /// Milliseconds of CPU that a component takes for so many events; none where it is not a third party's. One event is a
    /// page view.
    pub(super) fn cpu_ms(&self, component: &Component, events: u32) -> Option<f64> {
        let (_, calls) = self.calls.iter().find(|(known, _)| known.id == component.id)?;
        let page = calls.iter().filter(|call| events > 1 || call.event == EventType::Page);
        let fuel = page.map(|call| call.fuel).max().unwrap_or_default();
        #[allow(clippy::cast_precision_loss)] // instructions, which are estimates here
        Some(fuel.saturating_mul(events.into()) as f64 / PER_MS as f64)
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
        let calls = self.calls.iter().flat_map(|(component, calls)| {
            calls.iter().map(|call| {
                let failure = call.failure.as_ref().map(|failure| format!("of a sample event: {failure}"));
                [
                    component.id.clone(),
                    call.event.word().to_owned(),
                    format!("{} k instructions, {} ms", call.fuel.div_ceil(1000), ms(call.fuel)),
                    format!("{} KiB of memory", call.memory.div_ceil(1024)),
                    failure.unwrap_or_default(),
                ]
            })
        });
        Ok(rows(out, &calls.collect::<Vec<_>>())?)
    }

    /// For programs.
    pub(super) fn json(&self) -> Value {
        let calls = self.calls.iter().flat_map(|(component, calls)| {
            calls.iter().map(|Measured { event, fuel, memory, failure }| {
                let failure = failure.as_ref().map(ToString::to_string);
                json!({"component": component.id, "event": event.word(), "fuel": fuel, "memory": memory, "failure": failure})
            })
        });
        calls.collect()
    }
}
