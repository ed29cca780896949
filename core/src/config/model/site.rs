//! `[[site]]`: the websites, and where they live.

use serde::{Deserialize, Serialize};

use crate::config::pattern::{HostPattern, PathPattern};

/// One website: which hosts, and where it lives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// Hosts, with `*.` for any subdomain; none: every host.
    #[serde(default)]
    pub hosts: Vec<HostPattern>,
    /// Where the website lives.
    pub origin: Origin,
    /// Send the visitor's `Host` to the origin instead of the origin's own.
    #[serde(default)]
    pub preserve_host: bool,
    /// How long the origin may take until its answer begins, 1 to 120 seconds; then the visitor gets a 504.
    #[serde(default = "Site::default_timeout")]
    pub timeout_seconds: u16,
    /// `[[site.route]]`: other origins for some paths; the first that matches wins.
    #[serde(default, rename = "route")]
    pub routes: Vec<Route>,
    /// `[[site.redirect]]`: answered by Selvedge itself, before any route.
    #[serde(default, rename = "redirect")]
    pub redirects: Vec<Redirect>,
}

/// Paths that live elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Which paths, with `*` for any run of characters.
    pub path: PathPattern,
    /// Where they live; omitted: the site's origin.
    #[serde(default)]
    pub origin: Option<Origin>,
    /// The path to ask there, with `$1`, `$2` … for what the stars matched; omitted: the visitor's own.
    #[serde(default)]
    pub rewrite: Option<String>,
    /// Like the site's; omitted: the site's.
    #[serde(default)]
    pub preserve_host: Option<bool>,
}

/// Paths that have moved. The query is kept unless `to` has one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Redirect {
    /// Which paths, with `*` for any run of characters.
    pub from: PathPattern,
    /// A path or an absolute URL, with `$1`, `$2` … for what the stars matched.
    pub to: String,
    /// 301, 302, 303, 307 or 308.
    #[serde(default = "Redirect::default_status")]
    pub status: u16,
}

/// Scheme, host and port of a server; no path. `http` only on loopback.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct Origin {
    /// Whether it is asked over TLS.
    pub https: bool,
    /// Host name or address, lower case; an IPv6 literal keeps its brackets.
    pub host: String,
    /// Port, the scheme's own where none was written.
    pub port: u16,
}

impl Site {
    fn default_timeout() -> u16 {
        30
    }
}

impl Redirect {
    fn default_status() -> u16 {
        301
    }
}
