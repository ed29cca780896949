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

/// Settings that are right, but for one.
fn but<'a>(all: &[(&'a str, &'a str)], name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    all.iter().map(|(known, said)| (*known, if *known == name { value } else { *said })).collect()
}

#[test]
fn amazons_services_need_keys_a_region_and_a_place() {
    let keys = [("access_key_id", "AKIDEXAMPLE"), ("secret_access_key", "a/b+c"), ("region", "eu-west-3")];
    for (kind, place) in [("s3", "bucket"), ("kinesis", "stream_name"), ("firehose", "delivery_stream_name")]
    {
        let all = [&keys[..], &[(place, "shop-events")]].concat();
        assert_eq!(refused(kind, &all), None);
        for (name, _) in &all {
            assert_eq!(
                refused(kind, &but(&all, name, "")).unwrap(),
                format!("setting `{name}`: is required")
            );
        }
        for wrong in ["eu-west-3.evil.example/", "a b", "é"] {
            let said = refused(kind, &but(&all, "region", wrong)).unwrap();
            assert!(said.contains(wrong) && said.contains("eu-west-3"), "{said}");
        }
        for wrong in ["a/b", "a b", "arn:aws:s3:::b", "é", "\"}"] {
            let said = refused(kind, &but(&all, place, wrong)).unwrap();
            assert!(said.starts_with(&format!("setting `{place}`")) && said.contains(wrong), "{said}");
        }
        let said = refused(kind, &but(&all, "access_key_id", "AKID, x")).unwrap();
        assert_eq!(said, "setting `access_key_id`: has characters that it cannot have");
    }
    let s3 = [&keys[..], &[("bucket", "b"), ("path_style", "yes")]].concat();
    assert_eq!(refused("s3", &s3).unwrap(), "setting `path_style`: is neither true nor false");
    assert_eq!(refused("s3", &but(&s3, "path_style", "false")), None);
}

#[test]
fn clickhouse_needs_somewhere_to_go_and_a_table() {
    let all = [("url", "https://db.example.com:8443"), ("table", "events"), ("password", "p w")];
    assert_eq!(refused("clickhouse", &all), None);
    assert_eq!(refused("clickhouse", &but(&all, "password", "")), None);
    assert_eq!(refused("clickhouse", &but(&all, "url", "")).unwrap(), "setting `url`: is required");
    assert_eq!(refused("clickhouse", &but(&all, "table", "")).unwrap(), "setting `table`: is required");
    for wrong in ["db.example.com", "clickhouse://db", "https://u:p@db.example.com/", "https://db/?user=u"] {
        let said = refused("clickhouse", &but(&all, "url", wrong)).unwrap();
        assert!(said.starts_with("setting `url`: is not an absolute URL"), "{wrong}: {said}");
    }
    let said = refused("clickhouse", &but(&all, "password", "pässword")).unwrap();
    assert!(said.starts_with("setting `password`: ") && !said.contains("pässword"), "{said}");
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
