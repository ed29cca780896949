//! `[page]`, `[sdk]` and `[collect]`: what happens to HTML, what the browser adds, and where it is told.

use serde::{Deserialize, Serialize};

/// Who reports page views.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Views {
    /// The edge, as it serves the page: the first view counts without JavaScript.
    #[default]
    Edge,
    /// The SDK, once it runs.
    Browser,
    /// Nobody.
    Off,
}

/// What happens to HTML.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Page {
    /// Put the SDK's tag into `<head>`; a tag already there is used instead.
    pub inject: bool,
    /// Who reports page views.
    pub views: Views,
    /// Bytes of HTML from the start of the page in which to look for a data layer that is not in `<head>`: 0 (not beyond
    /// `<head>`) to 1048576.
    pub data_layer_within: u32,
}

/// The paths that Selvedge answers itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Collect {
    /// The prefix of every path that Selvedge answers itself. Begins with `/`, does not end with one.
    pub path: String,
    /// The largest body of an event post: 1024 to 1048576 bytes.
    pub max_bytes: u32,
    /// Also answer Edgee's paths, tokens and tag ids, so that a page written for Edgee works as it is.
    pub edgee: bool,
}

/// What the SDK reports by itself, beside page views.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Sdk {
    /// Report the page views of single-page applications, when they navigate.
    pub navigations: bool,
    /// Report how long a page was looked at, as a `user_engagement` event when it is left.
    pub engagement: bool,
    /// What else to report. What a person typed is never read.
    pub capture: Vec<Capture>,
}

/// What the SDK can notice by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Capture {
    /// Clicks on links and buttons.
    Click,
    /// Forms that were sent: their names, not their contents.
    Form,
    /// How far a page was scrolled: 25, 50, 75 and 90 %.
    Scroll,
    /// Links that lead to other sites.
    Outbound,
    /// Links to files.
    Download,
}

impl Default for Page {
    fn default() -> Self {
        Self { inject: true, views: Views::Edge, data_layer_within: 65_536 }
    }
}

impl Default for Collect {
    fn default() -> Self {
        Self { path: "/_selvedge".into(), max_bytes: 65_536, edgee: false }
    }
}

impl Default for Sdk {
    fn default() -> Self {
        Self { navigations: true, engagement: false, capture: Vec::new() }
    }
}
