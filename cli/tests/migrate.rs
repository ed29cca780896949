//! `selvedge migrate`: each file of `migrate/` gives what is beside it. `UPDATE=1` writes that; read it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // helpers of tests are tests

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/migrate")
}

fn run(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_selvedge")).current_dir(directory()).args(args).output().unwrap()
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

fn assert_golden(file: &str, got: &str) {
    let path = directory().join(file);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, got).unwrap();
    }
    assert_eq!(got, std::fs::read_to_string(&path).unwrap_or_default(), "{file}");
}

#[test]
fn each_gives_what_is_beside_it() {
    for (name, good) in [("sample", true), ("shop", true), ("elsewhere", true), ("odd", false)] {
        let output = run(&["migrate", &format!("{name}.toml")]);
        assert_eq!(output.status.code(), Some(0), "{name}");
        let (out, err) = (text(output.stdout), text(output.stderr));
        assert!(!format!("{out}{err}").contains("tell-nobody"), "a secret is shown");
        assert!(!format!("{out}{err}").contains("0123456789abcdef"), "a secret is shown");
        assert_golden(&format!("{name}.out"), &out);
        assert_golden(&format!("{name}.err"), &err);
        let made = std::env::temp_dir().join(format!("selvedge-migrate-{}-{name}.toml", std::process::id()));
        std::fs::write(&made, &out).unwrap();
        let check = run(&["check", &made.display().to_string()]);
        std::fs::remove_file(&made).unwrap();
        assert_eq!(check.status.success(), good, "{name}: {}", text(check.stderr));
    }
}

#[test]
fn programs_are_told_the_same() {
    let (people, programs) = (run(&["migrate", "odd.toml"]), run(&["migrate", "odd.toml", "--json"]));
    assert_eq!((programs.status.code(), text(programs.stderr)), (Some(0), String::new()));
    let said: serde_json::Value = serde_json::from_slice(&programs.stdout).unwrap();
    assert_eq!(said["configuration"], text(people.stdout));
    let told = text(people.stderr);
    for (list, key) in [("notes", "what"), ("secrets", "name"), ("problems", "message")] {
        for one in said[list].as_array().unwrap() {
            assert!(told.contains(one[key].as_str().unwrap()), "{one}");
        }
    }
    assert!(
        !said["notes"].as_array().unwrap().is_empty() && !said["problems"].as_array().unwrap().is_empty()
    );
}

/// Whatever is in a file of Edgee's, every key of it is in what was written or in what was told.
#[test]
fn nothing_is_dropped_in_silence() {
    let output = run(&["migrate", "elsewhere.toml"]);
    let told = text(output.stderr);
    for key in [
        "log.level",
        "log.trace_component",
        "compute.colour",
        "components.cache",
        "components.mystery",
        "edge_function[0]",
        "event_filtering_rules",
        "path_regexp",
        "redirections[0].source",
    ] {
        assert!(told.contains(key), "{key} is not in:\n{told}");
    }
}

#[test]
fn what_cannot_be_read_is_an_error() {
    for (file, told) in [
        ("absent.toml", "cannot read Edgee's configuration absent.toml"),
        ("sample.out.yaml", "is YAML"),
        ("../migrate.rs", "is not TOML"),
    ] {
        let output = run(&["migrate", file]);
        assert_eq!((output.status.code(), text(output.stdout)), (Some(1), String::new()), "{file}");
        let err = text(output.stderr);
        assert!(err.contains(told), "no {told:?} in:\n{err}");
    }
}
