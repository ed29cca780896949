//! The ids by which vendors know a visitor or a click, under the names of the vendors' own cookies and parameters.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Ids by name: that of the vendor's cookie (`_ga`, `_ga_<stream>`, `_fbp`) or of the URL's parameter (`gclid`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ids(pub(crate) BTreeMap<String, String>);

impl Ids {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The id of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Adds one, in place of an earlier one of that name.
    pub fn put(&mut self, name: impl Into<String>, id: impl Into<String>) {
        self.0.insert(name.into(), id.into());
    }

    /// Takes what is missing from `base`.
    pub fn complete(&mut self, base: &Self) {
        for (name, id) in &base.0 {
            self.0.entry(name.clone()).or_insert_with(|| id.clone());
        }
    }

    /// Every name with its id, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, id)| (name.as_str(), id.as_str()))
    }

    /// Keeps those for which `keep` says so.
    pub fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        self.0.retain(|name, _| keep(name));
    }
}
