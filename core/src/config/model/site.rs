//! `[[site]]`: the websites, and where they live.

use serde::{Deserialize, Serialize};

use crate::config::pattern::{HostPattern, PathPattern};

/// One website: which hosts, and where it lives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// Names without port; `*.example.com` is every subdomain of `example.com`, not itself. Omitted: every host.
    #[serde(default)]
    pub hosts: Vec<HostPattern>,
    /// Where the website lives: scheme, host and perhaps port, `https` except on loopback.
    pub origin: Origin,
    /// Ask the origin with the visitor's `Host` instead of the origin's own.
    #[serde(default)]
    pub preserve_host: bool,
    /// How long the origin may take to begin its answer, 1 to 120; then the visitor gets a 504.
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
    /// Which paths. Matches the whole path; `*` is any run of characters, slashes included.
    pub path: PathPattern,
    /// Where they live. Omitted: the site's.
    #[serde(default)]
    pub origin: Option<Origin>,
    /// The path to ask there; `$1`, `$2` … are what the stars matched. The query is kept. Omitted: the visitor's own.
    #[serde(default)]
    pub rewrite: Option<String>,
    /// As for the site. Omitted: the site's.
    #[serde(default)]
    pub preserve_host: Option<bool>,
}

/// Paths that have moved. The query is kept unless `to` has one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Redirect {
    /// Which paths, as in a route.
    pub from: PathPattern,
    /// Where to, a path or a URL; `$1`, `$2` … are what the stars matched, `%24` is a dollar sign. A star may not choose the
    /// host. The query is kept unless `to` has one.
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
