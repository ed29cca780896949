//! The browser SDK as it is served: under its hash for ever, and under its plain name for a short while.

use http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, StatusCode};
use sha2::{Digest, Sha256};

use crate::head::{Reply, Told};

const SCRIPT: &str = include_str!("../../../sdk/selvedge.js");

/// What follows it for pages that were written for Edgee.
const EDGEE: &str = include_str!("../../../sdk/compat.js");

/// The id of the SDK's element, by which a page can bring its own.
pub(crate) const ELEMENT_ID: &str = "__SELVEDGE_SDK__";

/// The script, its name, and the element that loads it.
#[derive(Debug)]
pub struct Sdk {
    script: String,
    /// `sdk.<hash>.js`
    name: String,
    /// `{collect.path}/sdk.<hash>.js`
    url: String,
}

/// Whether a path under `collect.path` is the SDK's: `sdk.js` or `sdk.<hash>.js`.
pub(super) fn is_script(name: &str) -> bool {
    let between = name.strip_prefix("sdk").and_then(|rest| rest.strip_suffix(".js"));
    between.is_some_and(|b| {
        b.is_empty() || b.strip_prefix('.').is_some_and(|hash| hash.bytes().all(|c| c.is_ascii_hexdigit()))
    })
}

impl Sdk {
    /// With `edgee`, it answers to Edgee's name too.
    pub(crate) fn new(collect_path: &str, edgee: bool) -> Self {
        let script = [SCRIPT, if edgee { EDGEE } else { "" }].concat();
        let digest: [u8; 32] = Sha256::digest(&script).into();
        let hash: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        let name = format!("sdk.{hash}.js");
        let url = format!("{collect_path}/{name}");
        Self { script, name, url }
    }

    /// The element that loads it. `nonce` is the page's own, as its policy spells it; `report` is what is left for the
    /// browser to report: nothing, the `view`, or `all` that the page has to tell.
    pub(crate) fn element(&self, nonce: Option<&str>, report: Option<&str>) -> Vec<u8> {
        let url = &self.url;
        let nonce = nonce.map(|nonce| format!(" nonce=\"{nonce}\"")).unwrap_or_default();
        let report = Self::attributes(report);
        format!("<script id=\"{ELEMENT_ID}\" async src=\"{url}\"{report}{nonce}></script>").into_bytes()
    }

    /// What the element says of this page, also where the element is the page's own.
    pub(crate) fn attributes(report: Option<&str>) -> String {
        report.map(|what| format!(" data-report=\"{what}\"")).unwrap_or_default()
    }

    /// The script. A page kept by a browser may ask for a hash of an earlier deployment: it gets the script of today,
    /// for a short while.
    pub(crate) fn reply(&self, name: &str) -> Reply {
        let lasting = name == self.name;
        let cache = if lasting { "public, max-age=31536000, immutable" } else { "public, max-age=300" };
        Reply::new(StatusCode::OK, Told::Edge)
            .with(CACHE_CONTROL, HeaderValue::from_static(cache))
            .with(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"))
            .body("text/javascript; charset=utf-8", self.script.as_str())
    }
}
