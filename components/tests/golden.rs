//! Golden payloads: what each destination sends for a case, byte for byte.
//!
//! A case is a directory of `tests/golden/<kind>/`: `case.json` says who was there and what happened, `expected.snap`
//! what is sent. `INSTA_UPDATE=always cargo test -p selvedge-components` writes the latter; read what it wrote.

// Tests may assert as tests do.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use selvedge_components::registry;
use selvedge_core::component::Kind;

use support::Case;

#[test]
fn every_case_sends_what_it_did() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    for kind in registry() {
        let cases = directories(&root.join(kind.name));
        assert!(!cases.is_empty(), "{} has no golden case", kind.name);
        for directory in cases {
            check(kind, &directory);
        }
    }
}

fn check(kind: &Kind, directory: &Path) {
    let text = fs::read_to_string(directory.join("case.json")).unwrap();
    let case: Case = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", directory.display()));
    let events = case.events();
    let encoded = case.encode(kind, &events);

    // Every event ends in exactly one request, or is dropped for a reason.
    let mut ends: Vec<usize> = encoded.requests.iter().flat_map(|(_, events)| events.clone()).collect();
    ends.extend(encoded.writes.iter().flat_map(|(_, events)| events.clone()));
    ends.extend(encoded.dropped.iter().map(|(event, _)| *event));
    ends.sort_unstable();
    assert_eq!(ends, (0..events.len()).collect::<Vec<_>>(), "{}", directory.display());

    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(directory);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_description(case.about);
    settings.bind(|| insta::assert_snapshot!("expected", support::rendered(&encoded)));
}

fn directories(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).into_iter().flatten();
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    paths.sort();
    paths
}
