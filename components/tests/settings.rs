//! Settings that a destination refuses, and what it says of them.

// Tests may assert as tests do.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;

use selvedge_components::registry;
use selvedge_core::component::ResolvedSettings;
use selvedge_core::config::Setting;

fn refused(kind: &str, settings: &[(&str, &str)]) -> Option<String> {
    let values: BTreeMap<_, _> = settings
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Setting::Text((*value).to_owned())))
        .collect();
    let kind = registry().iter().find(|known| known.name == kind).unwrap();
    (kind.build)(&ResolvedSettings { values, endpoint: None }).err().map(|error| error.to_string())
}

#[test]
fn a_measurement_id_is_required_and_looks_like_one() {
    assert_eq!(refused("ga4", &[("measurement_id", "G-ABC123DEF4")]), None);
    assert_eq!(refused("ga4", &[]).unwrap(), "setting `measurement_id`: is required");
    assert_eq!(refused("ga4", &[("measurement_id", "")]).unwrap(), "setting `measurement_id`: is required");
    for wrong in ["UA-12345-6", "GTM-ABC", "G-", "123", "G-abc", "G-AB&v=1"] {
        let said = refused("ga4", &[("measurement_id", wrong)]).unwrap();
        assert!(said.contains(wrong) && said.contains("Admin → Data streams"), "{said}");
    }
}

#[test]
fn a_webhook_needs_somewhere_to_go() {
    assert_eq!(refused("webhook", &[("url", "https://c.example.com/events")]), None);
    assert_eq!(refused("webhook", &[]).unwrap(), "setting `url`: is required");
    for wrong in ["/events", "collector.example.com", "ftp://c.example.com/", "https:///events", "https://"] {
        let said = refused("webhook", &[("url", wrong)]).unwrap();
        assert_eq!(said, "setting `url`: is not an absolute URL, https://host/path", "{wrong}");
    }
}

#[test]
fn a_secret_that_cannot_be_one_is_not_repeated() {
    let url = ("url", "https://c.example.com/");
    assert_eq!(refused("webhook", &[url, ("secret", "any text will do")]), None);
    assert_eq!(
        refused("webhook", &[url, ("secret", "whsec_not base64!")]).unwrap(),
        "setting `secret`: what follows `whsec_` is not base64"
    );
    assert_eq!(refused("webhook", &[url, ("secret", "whsec_")]).unwrap(), "setting `secret`: is empty");
}

/// The kinds' documentation: a page each, or a chapter of `docs/destinations.md`.
#[test]
fn every_kind_and_setting_is_documented() {
    let docs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let overview = std::fs::read_to_string(docs.join("destinations.md")).unwrap();
    for kind in registry() {
        let name = kind.name;
        let (link, page) = match std::fs::read_to_string(docs.join(format!("destinations/{name}.md"))) {
            Ok(page) => (format!("| [`{name}`](destinations/{name}.md) |"), page),
            Err(_) => (format!("| [`{name}`](#{name}) |"), overview.clone()),
        };
        assert!(page.contains(&format!("# `{name}`")), "{name}");
        assert!(overview.contains(&link), "{name} is not in the table");
        for setting in kind.settings {
            assert!(page.contains(&format!("| `{}` |", setting.name)), "{name}.{}", setting.name);
        }
    }
}
