//! `selvedge config` from outside: what it prints, where, and how it ends.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // helpers of tests are tests

#[path = "../outbox/service.rs"]
mod service;

use std::path::PathBuf;

use selvedge_core::owner::config::no_store;

use service::{KEY, Seen, Service, command};

/// A configuration in a file that is removed.
struct File(PathBuf);

impl File {
    fn new(name: &str, more: &str) -> Self {
        let file = std::env::temp_dir().join(format!("selvedge-rollout-{}-{name}.toml", std::process::id()));
        std::fs::write(&file, format!("[[site]]\norigin = 'https://a.example'\n{more}")).unwrap();
        Self(file)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

const GOOD: &str = "[[component]]\nkind = 'webhook'\nsettings = { url = 'https://in.example' }\n";

/// The id that was told.
fn pushed(seen: &Seen) -> String {
    assert_eq!((seen.code, seen.err.as_str()), (Some(0), ""), "{seen:?}");
    let line = seen.out.split_once(" is pushed as ").unwrap().1;
    assert!(line.ends_with(" bytes): at work everywhere within a minute\n"), "{line}");
    line.split(' ').next().unwrap().to_owned()
}

#[test]
fn a_configuration_is_pushed_listed_and_left_again() {
    let service = Service::start();
    let config = |args: &[&str]| service.config(KEY, args);
    let seen = config(&["list"]);
    let line = seen.said();
    assert!(line.starts_with("at work  ") && line.contains("  in the artifact  compiled 2"), "{line}");
    let file = File::new("good", GOOD);
    let first = pushed(&config(&["push", file.path(), "--note", "Meta's pixel"]));
    let second = pushed(&config(&["push", file.path()]));

    let seen = config(&["list"]);
    let lines: Vec<_> = seen.said().lines().collect();
    assert!(
        lines[0].starts_with(&format!("at work  {second}  ")) && lines[0].ends_with(" bytes"),
        "{seen:?}"
    );
    assert!(lines[1].starts_with(&format!("         {first}  ")) && lines[1].ends_with("  Meta's pixel"));
    assert!(lines[2].contains("in the artifact"), "{seen:?}");
    assert!(lines[3].starts_with("the instance that answered still has ") && lines[3].contains(&second));

    let back = config(&["rollback"]);
    assert_eq!(back.said(), format!("back to {first}: at work everywhere within a minute\n"));
    let lines = config(&["list", "--json"]).lines();
    assert_eq!(lines.iter().map(|line| line["at_work"] == true).collect::<Vec<_>>(), [false, true, false]);
    assert_eq!((&lines[1]["note"], &lines[2]["from"]), (&"Meta's pixel".into(), &"stamped".into()));
    assert!(config(&["rollback"]).said().starts_with("back to the artifact's own, "), "there is none before");
    config(&["rollback"]).failed(1, &["there is none before the one at work", "nothing has changed"]);
    let again = config(&["rollback", &second, "--json"]).lines();
    assert_eq!((&again[0]["id"], &again[0]["from"]), (&second.as_str().into(), &"pushed".into()));
    assert!(config(&["rollback", "--stamped"]).said().starts_with("back to the artifact's own, "));
}

#[test]
fn what_is_wrong_is_told_and_nothing_changes() {
    let service = Service::start();
    let good = File::new("fine", GOOD);
    let wrong = |more: &str, with: &[&str]| {
        let file = File::new("wrong", more);
        service.config(KEY, &["push", file.path()]).failed(1, with);
    };
    wrong("colour = 'red'\n", &["unknown key `colour`", "wrong.toml:3"]);
    wrong(
        "[[component]]\nkind = 'cloudflare-queue'\nsettings = { binding = 'X' }\n",
        &["fastly does not have"],
    );
    wrong("[visitor]\nkey = { secret = 'OTHER' }\n", &["OTHER is not in the environment"]);
    wrong("[[component]]\nkind = 'wasm'\nid = 'acme'\nfile = 'absent.wasm'\n", &["absent.wasm"]);
    let note = "n".repeat(201);
    service
        .config(KEY, &["push", good.path(), "--note", &note])
        .failed(1, &["nothing has changed", "at most 200 bytes"]);
    service
        .config(&"f".repeat(64), &["push", good.path()])
        .failed(1, &["/_selvedge/config answers 403", "another key"]);
    service.config(KEY, &["push", "absent.toml"]).failed(1, &["cannot read the configuration absent.toml"]);
    service.config(KEY, &["rollback", "absent"]).failed(1, &["there is no configuration \"absent\"", "list"]);
    service.config(KEY, &["rollback", "x", "--stamped"]).failed(2, &["cannot be used with"]);
    assert_eq!(service.store.lock().unwrap().len(), 0);

    let absent = File::new(
        "secret",
        "[[component]]\nkind = 'ga4'\nsettings = { measurement_id = 'G-1', api_secret = { secret = 'GA' } }\n",
    );
    let seen = service.config(KEY, &["push", absent.path()]);
    assert_eq!(seen.code, Some(0), "{seen:?}");
    assert!(seen.err.contains("warning: ga4: the secret \"GA\" is not in the store"), "{seen:?}");
}

/// What is on this machine is good for a service that is there too, and another is not even asked.
#[test]
fn what_a_deployed_service_could_not_reach_is_not_pushed() {
    let file =
        File::new("reach", "[[component]]\nkind = 'webhook'\nsettings = { url = 'http://127.0.0.1:9' }\n");
    pushed(&Service::start().config(KEY, &["push", file.path()]));
    let elsewhere = command(KEY, &["config", "push", file.path(), "--url", "https://shop.invalid"], "");
    elsewhere.failed(1, &["error: \"http://127.0.0.1:9\" is this machine itself", "reach.toml:5:20"]);
}

#[test]
fn a_service_without_a_store_says_so() {
    let service = Service::with(|_, _| no_store("a KV store"));
    let file = File::new("none", GOOD);
    let problem = "503: there is no store for configurations; expected a KV store";
    service.config(KEY, &["push", file.path()]).failed(1, &[problem]);
    service.config(KEY, &["list"]).failed(1, &[problem]);
    service.config(KEY, &["rollback"]).failed(1, &[problem]);
}

#[test]
fn a_store_with_garbage_is_told_with_the_list() {
    let service = Service::start();
    service.store.lock().unwrap().insert("current".into(), "garbage".into());
    let seen = service.config(KEY, &["list"]);
    assert_eq!(seen.code, Some(0));
    assert_eq!(seen.err, "warning: the pushed configuration: this is not a compiled configuration\n");
    assert!(seen.out.starts_with("at work  "), "{seen:?}");
}
