//! The command from outside: what it prints, where, and how it ends.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // helpers of tests are tests

mod support;

use std::path::Path;
use std::process::Command;

use support::{Directory, GOOD};

/// Something with a slot for a configuration.
fn artifact(directory: &Directory) -> Vec<u8> {
    let slot = selvedge_core::config::compiled::SLOT_BYTES;
    let mut artifact = b"\0asm before <<selvedge:configuration:slot:>>".to_vec();
    artifact.resize(artifact.len() + slot, b'.');
    artifact.extend(b" after");
    std::fs::write(directory.0.join("in.wasm"), &artifact).unwrap();
    artifact
}

#[test]
fn a_kind_of_the_other_platform_is_refused_on_its_line() {
    let log = "\n[[component]]\nkind = \"fastly-log\"\nsettings = { endpoint_name = \"events\" }\n";
    let directory = Directory::with("sinks", &format!("{GOOD}{log}"));
    artifact(&directory);
    let line = GOOD.lines().count() + 3;
    let refused = [
        "`fastly-log` writes to a log endpoint, which cloudflare does not have",
        &format!("--> selvedge.toml:{line}:8"),
        "`--platform`",
    ];
    directory.run(&["check", "--platform", "cloudflare"]).failed(&refused);
    let build = |platform| {
        directory.run(&["build", "--platform", platform, "--wasm", "in.wasm", "--out", "out.wasm"])
    };
    build("cloudflare").failed(&refused);
    assert!(!directory.0.join("out.wasm").exists());
    let seen = directory.run(&["check", "--platform", "fastly"]);
    assert_eq!(seen.code, Some(0), "{seen:?}");
    assert!(seen.out.contains("3 of 32\n"), "it takes none: {}", seen.out);
    assert_eq!(build("fastly").code, Some(0));
}

#[test]
fn build_stamps_what_was_configured() {
    let directory = Directory::with("build", GOOD);
    let artifact = artifact(&directory);
    let seen =
        directory.run(&["build", "--platform", "fastly", "--wasm", "in.wasm", "--out", "made/here/out.wasm"]);
    assert_eq!((seen.code, seen.err.as_str()), (Some(0), ""), "{seen:?}");
    assert!(
        seen.out.starts_with("made/here/out.wasm: selvedge.toml in it (") && seen.out.lines().count() == 1
    );
    let stamped = std::fs::read(directory.0.join("made/here/out.wasm")).unwrap();
    assert_eq!(stamped.len(), artifact.len());
    assert!(contains(&stamped, b"shop.example") && stamped.ends_with(b" after"));
    let left: Vec<_> = std::fs::read_dir(directory.0.join("made/here")).unwrap().collect();
    assert_eq!(left.len(), 1, "something unfinished was left");
}

#[test]
fn build_changes_what_a_local_run_changes_and_nothing_else() {
    let directory = Directory::with("overrides", GOOD);
    artifact(&directory);
    let seen = directory.run(&[
        "build",
        "--platform",
        "cloudflare",
        "--wasm",
        "in.wasm",
        "--out",
        "out.wasm",
        "--origin",
        "http://127.0.0.1:7677/",
        "--catch",
        "http://127.0.0.1:7678/",
    ]);
    assert_eq!(seen.code, Some(0), "{seen:?}");
    let config = stamped(&directory.0.join("out.wasm"));
    assert_eq!(String::from(config.sites[0].origin.clone()), "http://127.0.0.1:7677");
    let endpoints: Vec<_> = config.components.iter().map(|component| component.endpoint.as_deref()).collect();
    assert_eq!(endpoints, [Some("http://127.0.0.1:7678/ga4"), Some("http://127.0.0.1:7678/events")]);
    assert_eq!(config.components[1].settings.len(), 2);
}

#[test]
fn build_speaks_to_programs() {
    let directory = Directory::with("build-json", GOOD);
    artifact(&directory);
    let seen =
        directory.run(&["build", "--json", "--platform", "fastly", "--wasm", "in.wasm", "--out", "out.wasm"]);
    assert_eq!((seen.code, seen.err.as_str()), (Some(0), ""), "{seen:?}");
    let said: serde_json::Value = serde_json::from_str(&seen.out).unwrap();
    assert_eq!((&said["artifact"], &said["configuration"]), (&"out.wasm".into(), &"selvedge.toml".into()));
    assert!(said["bytes"].as_u64().unwrap() > 50 && said["origin"].is_null());
}

#[test]
fn build_refuses_and_leaves_nothing() {
    let directory = Directory::with("refuse", GOOD);
    artifact(&directory);
    let build = |more: &[&str]| {
        let args = ["build", "--platform", "fastly", "--out", "out.wasm"];
        let seen = directory.run(&[&args[..], more].concat());
        assert!(!directory.0.join("out.wasm").exists());
        seen
    };
    build(&["--wasm", "absent.wasm"]).failed(&["absent.wasm", "No such file"]);
    build(&["--wasm", "selvedge.toml"]).failed(&["no slot for a configuration"]);
    build(&["--wasm", "in.wasm", "--config", "absent.toml"])
        .failed(&["cannot read the configuration absent.toml"]);
    build(&["--wasm", "in.wasm", "--origin", "shop.example"]).failed(&["--origin shop.example"]);
    build(&["--wasm", "in.wasm", "--catch", "nonsense"]).failed(&["--catch as given", "https URL"]);
    std::fs::write(directory.0.join("selvedge.toml"), "[[site]]\n").unwrap();
    build(&["--wasm", "in.wasm"]).failed(&["error: ", "origin", "1 | [[site]]"]);
}

#[test]
fn what_is_not_a_command_is_explained() {
    let directory = Directory::new("usage");
    for (args, told) in [
        (&["chekc"][..], "check"),
        (&["build", "--platform", "vercel"], "[possible values: fastly, cloudflare]"),
        (&[], "Usage: selvedge"),
    ] {
        let seen = directory.run(args);
        assert_eq!(seen.code, Some(2), "{seen:?}");
        assert!(seen.err.contains(told), "no {told:?} in:\n{}", seen.err);
    }
}

#[test]
fn dev_needs_the_repository() {
    Directory::with("dev", GOOD).run(&["dev"]).failed(&["not inside Selvedge's repository"]);
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn the_same_built_again_is_the_same_where_the_environment_says_when() {
    let directory = Directory::with("epoch", GOOD);
    artifact(&directory);
    let build = |epoch: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_selvedge"));
        let args = ["build", "--platform", "fastly", "--wasm", "in.wasm", "--out", "out.wasm"];
        command.current_dir(&directory.0).args(args).env("SOURCE_DATE_EPOCH", epoch);
        let seen = support::Seen::of(command.output().unwrap());
        (seen, directory.0.join("out.wasm"))
    };
    let (seen, out) = build("1700000000");
    assert_eq!(seen.code, Some(0), "{seen:?}");
    let (compiled, first) = (compiled(&out), std::fs::read(&out).unwrap());
    assert_eq!(compiled.made.0, 1_700_000_000_000);
    build("1700000000");
    assert!(std::fs::read(&out).unwrap() == first);
    build("1700000001");
    assert!(std::fs::read(&out).unwrap() != first);
    build("noon").0.failed(&["SOURCE_DATE_EPOCH=noon"]);
}

fn stamped(artifact: &Path) -> selvedge_core::config::Config {
    compiled(artifact).config
}

fn compiled(artifact: &Path) -> selvedge_core::config::compiled::Compiled {
    let artifact = std::fs::read(artifact).unwrap();
    let marker = b"<<selvedge:configuration:slot:>>";
    let slot = artifact.windows(marker.len()).position(|window| window == marker).unwrap() + marker.len();
    selvedge_core::config::compiled::decode(&artifact[slot..]).unwrap()
}

#[test]
fn demo_serves_the_shop_and_catches_events_until_it_is_ended() {
    use std::io::{BufRead, BufReader, Read, Write};
    let directory = Directory::new("demo");
    std::fs::create_dir_all(directory.0.join("demo/shop")).unwrap();
    std::fs::write(directory.0.join("demo/shop/index.html"), "<title>Shop</title>").unwrap();
    let mut demo = Command::new(env!("CARGO_BIN_EXE_selvedge"))
        .current_dir(&directory.0)
        .args(["demo", "--json", "--port", "0", "--catch-port", "0"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(demo.stdout.take().unwrap()).lines();
    let mut line = || serde_json::from_str::<serde_json::Value>(&lines.next().unwrap().unwrap()).unwrap();
    let ready = line();
    let ask = |of: &str, request: &str| {
        let url = ready["ready"][of].as_str().unwrap();
        let mut stream = std::net::TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    let page = ask("origin", "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    assert!(page.starts_with("HTTP/1.1 200 ") && page.ends_with("<title>Shop</title>"), "{page}");
    let event = "POST /ga4/g/collect?v=2&en=scroll HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    assert!(ask("catcher", event).starts_with("HTTP/1.1 204 "));
    let caught = line();
    assert_eq!((&caught["component"], &caught["type"]), (&"ga4".into(), &"scroll".into()));
    demo.kill().unwrap();
    demo.wait().unwrap();
}
