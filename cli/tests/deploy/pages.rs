//! Accounts with more than a page of stores and secrets: what lies on a later one is found, and nothing is created twice.

use serde_json::{Value, json};

use crate::bench::{Bench, KEY, answering, health, service};
use crate::{HOOK, acts};

const FLAGS: [&str; 6] = ["--platform", "fastly", "--yes", "--with", "push", "--url"];

fn link(id: &str) -> String {
    format!("fastly service resource-link create --version latest --autoclone --json --resource-id {id}")
}

#[test]
fn what_lies_on_a_later_page_is_found() {
    let bench = Bench::new("pages");
    for (store, id) in
        [("a", "1"), ("b", "2"), ("selvedge-config", "K1"), ("selvedge-outbox", "K2"), ("z", "3")]
    {
        bench.write(&format!("state/kv-{store}"), id);
    }
    bench.write("state/store-selvedge", "S1");
    for secret in ["A", "B", "HOOK", "SELVEDGE_KEY"] {
        bench.write(&format!("state/secret-{secret}"), "x");
    }
    let url = service(health("fastly", 2));
    let flags = [&FLAGS[..], &[&url]].concat();
    let fails = bench.deploy(
        &flags,
        &[("PAGE", "1"), ("FAIL", "secret-store-entry list --json --store-id S1 --cursor 2")],
    );
    assert!(
        fails.code == Some(1) && fails.err.contains("--store-id S1` failed:\nERROR: the Fastly API"),
        "{fails:?}"
    );
    assert_eq!(acts(&bench.log()), Vec::<&str>::new());

    // Nobody has to say a secret that is there.
    let before = bench.log().len();
    let seen = bench.deploy(&flags, &[("PAGE", "1")]);
    assert_eq!(seen.code, Some(0), "{seen:?}");
    let log = &bench.log()[before..];
    assert_eq!(
        acts(log),
        ["fastly service create --type wasm --name selvedge", &link("S1"), &link("K2"), &link("K1")]
    );
    let asked = |words: &str| log.iter().filter(|line| line.contains(words)).count();
    assert_eq!(
        (asked("secret-store-entry list "), asked("kv-store list ")),
        (4, 2),
        "each is asked for once"
    );
}

/// The forms are those of the real command, which asks a stand-in of Fastly's API: it has one thing on each page.
#[test]
fn the_real_command_pages_so() {
    let api = answering(|path| {
        let page = |things: [Value; 2]| {
            let [one, two] = things;
            if path.contains("cursor=") {
                json!({"data": [two], "meta": {"limit": 1}})
            } else {
                json!({"data": [one], "meta": {"limit": 1, "next_cursor": "later"}})
            }
        };
        let thing = |id: &str, name: &str| json!({"id": id, "name": name, "digest": "aGFzaA==", "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"});
        match path.split('?').next().unwrap() {
            "/resources/stores/secret" => page([thing("S0", "other"), thing("S1", "selvedge")]),
            "/resources/stores/secret/S1/secrets" => page([thing("", "HOOK"), thing("", "SELVEDGE_KEY")]),
            "/resources/stores/kv" => page([thing("K2", "selvedge-outbox"), thing("K1", "selvedge-config")]),
            // Where its users log in, which it looks up whether or not somebody has.
            _ => {
                json!({"issuer": "a", "authorization_endpoint": "a", "token_endpoint": "a", "jwks_uri": "a"})
            }
        }
    });
    let bench = Bench::new("pages-real");
    let real = concat!(env!("CARGO_MANIFEST_DIR"), "/../node_modules/.bin/fastly");
    let home = bench.path("home");
    let environment = [
        ("REAL_FASTLY", real),
        ("FASTLY_API_ENDPOINT", &*api),
        ("FASTLY_ACCOUNT_ENDPOINT", &*api),
        ("FASTLY_API_TOKEN", KEY),
        ("HOME", &*home),
        ("HOOK", HOOK),
    ];
    let url = service(health("fastly", 2));
    let seen = bench.deploy(&[&FLAGS[..], &[&url]].concat(), &environment);
    assert_eq!(seen.code, Some(0), "{seen:?}");
    assert_eq!(
        acts(&bench.log()),
        ["fastly service create --type wasm --name selvedge", &link("S1"), &link("K2"), &link("K1")],
        "{seen:?}"
    );
}
