//! What an owner can say in `selvedge.toml`, as types. Defaults are those of the documentation.

mod component;
mod consent;
mod log;
mod page;
mod rules;
mod site;
mod visitor;

use serde::{Deserialize, Serialize};

pub use component::*;
pub use consent::*;
pub use log::*;
pub use page::*;
pub use rules::*;
pub use site::*;
pub use visitor::*;

/// A whole `selvedge.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `[[site]]`: the websites behind this service. The first whose `hosts` match serves a request.
    #[serde(default, rename = "site")]
    pub sites: Vec<Site>,
    /// `[page]`: what happens to HTML.
    #[serde(default)]
    pub page: Page,
    /// `[sdk]`: what the browser reports by itself.
    #[serde(default)]
    pub sdk: Sdk,
    /// `[collect]`: the paths that Selvedge answers itself.
    #[serde(default)]
    pub collect: Collect,
    /// `[visitor]`: identity and sessions.
    #[serde(default)]
    pub visitor: Visitor,
    /// `[consent]`: what is assumed until the visitor says otherwise.
    #[serde(default)]
    pub consent: Consent,
    /// `[delivery]`: what becomes of what could not be delivered.
    #[serde(default)]
    pub delivery: Delivery,
    /// `[log]`: where the log and the counts go.
    #[serde(default)]
    pub log: Log,
    /// `[[component]]`: the destinations, in order of priority.
    #[serde(default, rename = "component")]
    pub components: Vec<Component>,
    /// Whether each visit is told whole in the log: personal data and all, so for a machine of one's own. `selvedge
    /// build --trace` sets it; the written form cannot, the compiled one carries it beside.
    #[serde(skip)]
    pub trace: bool,
}
