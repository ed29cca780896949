//! `selvedge schema`, the file that it is in, and what editors make of it. `UPDATE=1` writes the file.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // helpers of tests are tests

mod support;

use std::path::{Path, PathBuf};

use jsonschema::Validator;
use serde_json::Value;
use support::Directory;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn schema() -> Validator {
    let text = std::fs::read_to_string(root().join("docs/selvedge.schema.json")).unwrap();
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
}

/// Where the schema finds fault with a configuration.
fn faults(schema: &Validator, toml: &str) -> Vec<String> {
    let value: Value = toml::from_str(toml).unwrap();
    schema.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn the_file_is_what_is_printed() {
    let seen = Directory::new("schema").run(&["schema"]);
    assert_eq!((seen.code, seen.err.as_str()), (Some(0), ""));
    let file = root().join("docs/selvedge.schema.json");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, &seen.out).unwrap();
    }
    assert!(
        seen.out == std::fs::read_to_string(&file).unwrap(),
        "docs/selvedge.schema.json: write it with UPDATE=1"
    );
}

#[test]
fn what_is_good_is_good_in_an_editor() {
    let mut files = vec![root().join("selvedge.toml")];
    for folder in ["tests/scenarios/configs", "tests/budgets"] {
        let all = std::fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
        files.extend(all.filter(|file| file.extension().is_some_and(|end| end == "toml")));
    }
    files.retain(|file| !file.ends_with("budgets.toml"));
    assert!(files.len() > 5);
    let schema = schema();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        assert_eq!(faults(&schema, &text), [""; 0], "{}", file.display());
    }
    // With every key, and with rules of all kinds.
    let mut rules = 0;
    for (page, blocks) in [("configuration", 1), ("rules", usize::MAX)] {
        let text = std::fs::read_to_string(root().join(format!("docs/{page}.md"))).unwrap();
        for block in text.split("```toml\n").skip(1).take(blocks) {
            let block = block.split("```").next().unwrap();
            rules += block.matches("filter").count() + block.matches("transform").count();
            // What stands in a component by itself.
            let component = "[[component]]\nkind = 'woopra'\nsettings = { project = 'x' }\n";
            let whole =
                if block.contains("[[component]]") { block.into() } else { format!("{component}{block}") };
            assert_eq!(faults(&schema, &whole), [""; 0], "{page}:\n{block}");
        }
    }
    assert!(rules > 5);
}

#[test]
fn what_is_wrong_is_found_where_it_is() {
    let schema = schema();
    let component = |keys: &str| format!("[[component]]\n{keys}");
    for (toml, place) in [
        ("[[site]]\norign = 'https://a.example'".to_owned(), "/site/0: "),
        ("[[site]]\nhosts = []".to_owned(), "\"origin\" is a required property"),
        ("[page]\nviews = 'never'".to_owned(), "/page/views: "),
        ("[visitor]\nlifetime_days = -1".to_owned(), "/visitor/lifetime_days: "),
        ("[visitor]\nkey = 'in clear'".to_owned(), "/visitor/key: "),
        (component("kind = 'ga5'"), "/component/0/kind: "),
        (component("kind = 'ga4'"), "\"settings\" is a required property"),
        (component("kind = 'ga4'\nsettings = {}"), "\"measurement_id\" is a required property"),
        (
            component("kind = 'ga4'\nsettings = { measurement_id = 'G-1', pixel = 'x' }"),
            "/component/0/settings: ",
        ),
        (
            component("kind = 'ga4'\nsettings = { measurement_id = 1.5 }"),
            "/component/0/settings/measurement_id: ",
        ),
        (
            component("kind = 'ga4'\nsettings = { measurement_id = 'G-1' }\nfilter = { maybe = 1 }"),
            "/filter: ",
        ),
    ] {
        let faults = faults(&schema, &toml).join("\n");
        assert!(faults.contains(place), "no {place:?} in {faults:?} of\n{toml}");
    }
}

/// Editors show these while a person writes.
#[test]
fn every_key_is_explained() {
    fn explained(schema: &Value, at: &str) {
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let words = property["description"].as_str().unwrap_or_default();
            assert!(words.len() > 5, "{at}.{name} is not explained");
        }
    }
    let text = std::fs::read_to_string(root().join("docs/selvedge.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    explained(&schema, "");
    for (name, definition) in schema["definitions"].as_object().unwrap() {
        explained(definition, name);
    }
    let kinds = schema["definitions"]["Component"]["allOf"].as_array().unwrap();
    // And third parties'.
    assert_eq!(kinds.len(), selvedge_components::registry().len() + 1);
    for kind in kinds {
        explained(
            &kind["then"]["properties"]["settings"],
            &kind["if"]["properties"]["kind"]["const"].to_string(),
        );
    }
}
