//! What is in the outbox, as the service says it.

use anyhow::Result;
use selvedge_core::outbox::Label;
use selvedge_core::owner::MOST;
use serde_json::{Value, json};

use crate::service::Service;

/// What there is.
#[derive(Debug)]
pub(super) enum Listing {
    /// The keys of a store, and what they say.
    Parcels(Vec<(String, Label)>),
    /// A queue, which nobody can look into from inside; what its platform counts.
    Queue(Value),
}

impl Service {
    /// What waits, or was set aside.
    ///
    /// # Errors
    /// As [`Service::order`].
    pub(super) fn list(&self, dead: bool) -> Result<Listing> {
        let (mut parcels, mut after) = (Vec::new(), Value::Null);
        loop {
            let page = self.order(&json!({"do": "list", "dead": dead, "after": after}))?;
            let Some(names) = page.get("names").and_then(Value::as_array) else {
                return Ok(Listing::Queue(page.get("queue").cloned().unwrap_or_default()));
            };
            // Whatever else is in the store is not ours.
            let ours = names
                .iter()
                .filter_map(Value::as_str)
                .filter_map(|name| Some((name.to_owned(), Label::read(name)?)));
            parcels.extend(ours);
            match page.get("next") {
                Some(next @ Value::String(_)) => after = next.clone(),
                _ => return Ok(Listing::Parcels(parcels)),
            }
        }
    }

    /// The parcels themselves.
    ///
    /// # Errors
    /// As [`Service::order`].
    pub(super) fn read(&self, names: &[String]) -> Result<Vec<Value>> {
        let mut parcels = Vec::new();
        for names in names.chunks(MOST) {
            let mut said = self.order(&json!({"do": "read", "names": names}))?;
            let read = said.get_mut("parcels").and_then(Value::as_array_mut);
            parcels.extend(read.map(std::mem::take).unwrap_or_default());
        }
        Ok(parcels)
    }
}
