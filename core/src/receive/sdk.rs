//! The browser SDK as it is served, under its hash for ever and under its plain name for a short while; and the elements
//! that bring it into a page.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, StatusCode};
use sha2::{Digest, Sha256, Sha384};

use crate::config::{Capture, Config, Views};
use crate::head::{Reply, Told};
use crate::receive::refusal;

const SCRIPT: &str = include_str!("../../../sdk/dist/selvedge.js");
/// The start of its SHA-256 in hexadecimal, and its SHA-384 in base64.
const DIGEST: &str = include_str!("../../../sdk/dist/selvedge.digest");
/// What notes down the page's calls until the script has loaded.
const STUB: &str = include_str!("../../../sdk/dist/stub.js");

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
    /// The element as far as it is the same in every page: `<script … src="{collect.path}/sdk.<hash>.js" …`.
    element: String,
    /// What it says of the configuration.
    attributes: String,
}

/// Whether a path under `collect.path` is the SDK's: `sdk.js` or `sdk.<hash>.js`.
pub(super) fn is_script(name: &str) -> bool {
    let between = name.strip_prefix("sdk").and_then(|rest| rest.strip_suffix(".js"));
    between.is_some_and(|b| {
        b.is_empty() || b.strip_prefix('.').is_some_and(|hash| hash.bytes().all(|c| c.is_ascii_hexdigit()))
    })
}

impl Sdk {
    /// With `collect.edgee`, it answers to Edgee's name too.
    pub(crate) fn new(config: &Config) -> Self {
        let script = [SCRIPT, if config.collect.edgee { EDGEE } else { "" }].concat();
        // The script as it was built is known; hashing it is what would be dearest about a start.
        let (hash, integrity) = match DIGEST.trim_end().split_once(' ').filter(|_| script == SCRIPT) {
            Some((hash, integrity)) => (hash.to_owned(), integrity.to_owned()),
            None => digest(&script),
        };
        let name = format!("sdk.{hash}.js");
        let path = &config.collect.path;
        let attributes = attributes(config);
        let element = format!(
            "<script id=\"{ELEMENT_ID}\" async src=\"{path}/{name}\" integrity=\"sha384-{integrity}\"{attributes}"
        );
        Self { script, name, element, attributes }
    }

    /// The elements that load it. `nonce` is the page's own, as its policy spells it; `inline` whether that policy lets
    /// a script with it stand in the page; `report` is what is left for the browser to report: nothing, the `view`, or
    /// `all` that the page has to tell.
    pub(crate) fn element(&self, nonce: Option<&str>, inline: bool, report: Option<&str>) -> Vec<u8> {
        let nonce = nonce.map(|nonce| format!(" nonce=\"{nonce}\"")).unwrap_or_default();
        let stub =
            if inline { format!("<script{nonce}>{}</script>", STUB.trim_end()) } else { String::new() };
        let (element, report) = (&self.element, reported(report));
        format!("{stub}{element}{report}{nonce}></script>").into_bytes()
    }

    /// What the element says of this page and of the configuration, also where the element is the page's own.
    pub(crate) fn attributes(&self, report: Option<&str>) -> String {
        format!("{}{}", self.attributes, reported(report))
    }

    /// The script. Under the hash of another deployment there is none: the page that asks for it refuses any other by
    /// its `integrity`, and while deployments change, nobody may keep the one under the other's name.
    pub(crate) fn reply(&self, name: &str) -> Reply {
        let cache = match name {
            "sdk.js" => "public, max-age=300",
            name if name == self.name => "public, max-age=31536000, immutable",
            _ => return refusal(StatusCode::NOT_FOUND, "another deployment's SDK", "sdk.js"),
        };
        Reply::new(StatusCode::OK, Told::Edge)
            .with(CACHE_CONTROL, HeaderValue::from_static(cache))
            .with(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"))
            .body("text/javascript; charset=utf-8", self.script.as_str())
    }
}

fn digest(script: &str) -> (String, String) {
    let hash: [u8; 32] = Sha256::digest(script).into();
    let hash = hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    (hash, STANDARD.encode(Sha384::digest(script)))
}

/// What is left for the browser to report.
fn reported(report: Option<&str>) -> String {
    report.map(|what| format!(" data-report=\"{what}\"")).unwrap_or_default()
}

/// What the configuration asks of the SDK, as it reads it from its element.
fn attributes(config: &Config) -> String {
    let mut attributes = String::new();
    if config.sdk.navigations && config.page.views != Views::Off {
        attributes.push_str(" data-navigations");
    }
    if config.sdk.engagement {
        attributes.push_str(" data-engagement");
    }
    let capture: Vec<&str> = config.sdk.capture.iter().map(word).collect();
    // Hosts are compared with what browsers make of them, which is ASCII; and this is an attribute.
    let plain = |host: &String| host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_*".contains(&b));
    let hosts: Vec<String> = config.visitor.link.iter().cloned().map(String::from).filter(plain).collect();
    for (name, list) in [("capture", capture.join(" ")), ("link", hosts.join(" "))] {
        if !list.is_empty() {
            attributes.push_str(&format!(" data-{name}=\"{list}\""));
        }
    }
    attributes
}

fn word(capture: &Capture) -> &'static str {
    match capture {
        Capture::Click => "click",
        Capture::Form => "form",
        Capture::Scroll => "scroll",
        Capture::Outbound => "outbound",
        Capture::Download => "download",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn sdk(config: Value) -> Sdk {
        Sdk::new(&serde_json::from_value(config).unwrap())
    }

    #[test]
    fn the_digest_is_the_scripts() {
        let (hash, integrity) = digest(SCRIPT);
        assert_eq!(DIGEST.trim_end(), format!("{hash} {integrity}"), "npm run sdk");
    }

    #[test]
    fn the_element_says_what_the_configuration_asks_for() {
        for (config, expected) in [
            (json!({}), " data-navigations></script>"),
            (json!({"page": {"views": "off"}}), "></script>"),
            (
                json!({
                    "sdk": {"navigations": false, "engagement": true, "capture": ["click", "scroll"]},
                    "visitor": {"link": ["a.example", "*.b.example", "\"><x", "münchen.example"]},
                }),
                " data-engagement data-capture=\"click scroll\" data-link=\"a.example *.b.example\"></script>",
            ),
        ] {
            let element = String::from_utf8(sdk(config.clone()).element(None, false, None)).unwrap();
            let (_, told) = element.split_once("integrity=\"sha384-").unwrap();
            assert_eq!(told.split_once('"').unwrap().1, expected, "{config}");
        }
    }

    #[test]
    fn the_stub_comes_first_with_the_pages_nonce_where_the_policy_lets_it() {
        let sdk = sdk(json!({}));
        let text = |inline| String::from_utf8(sdk.element(Some("n0"), inline, Some("kept"))).unwrap();
        let stubbed = text(true);
        assert!(stubbed.starts_with("<script nonce=\"n0\">") && stubbed.is_ascii(), "{stubbed}");
        assert_eq!(stubbed.matches("</script>").count(), 2);
        assert_eq!(stubbed.matches(" nonce=\"n0\"").count(), 2);
        assert!(text(false).starts_with("<script id="));
        assert!(text(false).ends_with(" data-report=\"kept\" nonce=\"n0\"></script>"));
    }

    #[test]
    fn only_the_plain_name_and_the_hash_of_today_are_answered() {
        let sdk = sdk(json!({}));
        for (name, status) in [("sdk.js", 200), (sdk.name.as_str(), 200), ("sdk.0123456789ab.js", 404)] {
            assert_eq!(sdk.reply(name).status, status, "{name}");
        }
    }
}
