//! What `selvedge dev` says once all is ready.

use std::collections::BTreeSet;

use anstyle::Style;
use selvedge_core::config::{Config, Site};
use serde_json::json;

use crate::catcher::Format;
use crate::platform::Platform;

/// What can be opened.
#[derive(Debug)]
pub(super) struct Addresses {
    pub(super) edge: String,
    pub(super) origin: String,
    /// Whether the origin is the demo shop.
    pub(super) shop: bool,
    /// None where vendors get what happens here.
    pub(super) catcher: Option<String>,
    pub(super) inspector: Option<String>,
    /// The configuration's file, as it is shown.
    pub(super) config: String,
    pub(super) format: Format,
}

impl Addresses {
    /// What to open, once there is something to see.
    pub(super) fn block(&self, platform: Platform, config: &Config, health: &str) -> String {
        let Self { edge, origin, shop, catcher, inspector, .. } = self;
        if matches!(self.format, Format::Json) {
            let ready = json!({"edge": edge, "origin": origin, "catcher": catcher, "inspector": inspector});
            return json!({"ready": ready}).to_string();
        }
        let bold = Style::new().bold();
        let dim = Style::new().dimmed();
        let website = if *shop { "the demo shop" } else { "the website" };
        let mut lines = vec![
            String::new(),
            format!("  {bold}Selvedge{bold:#} on the emulator of {}, with {}", platform.title(), self.config),
            String::new(),
        ];
        let mut rows = vec![(format!("{edge}/"), format!("{website}, through Selvedge"))];
        if let Some(inspector) = inspector {
            rows.push((format!("{inspector}/"), "the inspector: every visit as it happens".to_owned()));
        }
        rows.push((format!("{origin}/"), format!("{website} itself")));
        rows.push((format!("{edge}{health}"), "whether Selvedge is well".to_owned()));
        if let Some(catcher) = catcher {
            let what = "takes the events instead of the destinations; they are shown below";
            rows.push((format!("{catcher}/"), what.to_owned()));
        }
        let width = rows.iter().map(|(url, _)| url.len()).max().unwrap_or_default();
        lines.extend(rows.iter().map(|(url, what)| format!("  {bold}{url:width$}{bold:#}  {what}")));
        lines.push(String::new());
        lines.extend(notes(config, *shop).into_iter().map(|note| format!("  Note: {note}")));
        if catcher.is_none() {
            lines.push("  Note: --live: the destinations get what happens here".to_owned());
        }
        let watched = match platform {
            Platform::Cloudflare => "A change to the sources or to the configuration is built at once.",
            Platform::Fastly => "A change to the configuration is built at once.",
        };
        lines.push(format!("  {dim}{watched} Ctrl-C ends everything.{dim:#}"));
        lines.push(String::new());
        lines.join("\n")
    }
}

/// What would surprise whoever opens these addresses with this configuration.
fn notes(config: &Config, shop: bool) -> Vec<String> {
    let mut notes = Vec::new();
    let origins: BTreeSet<_> =
        config.sites.iter().map(|site| &site.origin).filter(|origin| origin.https).collect();
    if let (true, Some(origin)) = (shop, origins.into_iter().next()) {
        let url = String::from(origin.clone());
        notes.push(format!(
            "the demo shop stands in for {url}; --origin {url} (make: ORIGIN={url}) serves that"
        ));
    }
    let here = |site: &Site| site.hosts.is_empty() || site.hosts.iter().any(|host| host.matches("127.0.0.1"));
    if !config.sites.iter().any(here) {
        notes.push(
            "no site has the host 127.0.0.1: add it to `hosts` in a copy of the file, and give that copy"
                .into(),
        );
    }
    notes
}
