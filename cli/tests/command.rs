//! The command from outside: what it prints, where, and how it ends.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // helpers of tests are tests

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const GOOD: &str = "[[site]]\norigin = \"https://shop.example\"\n\n[[component]]\nkind = \"ga4\"\nsettings = { measurement_id = \"G-TEST\" }\n\n\
    [[component]]\nkind = \"webhook\"\nid = \"events\"\nevents = [\"track\"]\nsettings = { url = \"https://in.example/x\", secret = { secret = \"HOOK\" } }\n";

/// A directory that is removed with what is in it.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("selvedge-command-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn with(name: &str, config: &str) -> Self {
        let directory = Self::new(name);
        std::fs::write(directory.0.join("selvedge.toml"), config).unwrap();
        directory
    }

    fn run(&self, args: &[&str]) -> Seen {
        let mut command = Command::new(env!("CARGO_BIN_EXE_selvedge"));
        Seen::of(command.current_dir(&self.0).args(args).output().unwrap())
    }

    fn artifact(&self) -> Vec<u8> {
        let slot = selvedge_core::config::compiled::SLOT_BYTES;
        let mut artifact = b"\0asm before <<selvedge:configuration:slot:>>".to_vec();
        artifact.resize(artifact.len() + slot, b'.');
        artifact.extend(b" after");
        std::fs::write(self.0.join("in.wasm"), &artifact).unwrap();
        artifact
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

#[derive(Debug)]
struct Seen {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Seen {
    fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    #[track_caller]
    fn failed(&self, with: &[&str]) {
        assert_eq!(self.code, Some(1), "{self:?}");
        assert_eq!(self.out, "", "errors belong to stderr");
        for part in with {
            assert!(self.err.contains(part), "no {part:?} in:\n{}", self.err);
        }
    }
}

#[test]
fn check_says_what_a_configuration_needs() {
    let seen = Directory::with("good", GOOD).run(&["check"]);
    assert_eq!((seen.code, seen.err.as_str()), (Some(0), ""));
    assert_eq!(
        seen.out,
        "\
selvedge.toml is good for Fastly Compute and Cloudflare Workers

Sites
  every host  → https://shop.example

Components
  ga4              needs analytics  all events
  events  webhook  needs analytics  track events

Secrets that it needs
  HOOK          secret of events
  SELVEDGE_KEY  seals visitors' cookies: 64 hexadecimal digits

  # STORE: the id of the secret store \"selvedge\", from `fastly secret-store list`
  fastly secret-store-entry create --store-id STORE --name HOOK
  openssl rand -hex 32 | fastly secret-store-entry create --store-id STORE --name SELVEDGE_KEY --stdin

  wrangler secret put HOOK
  openssl rand -hex 32 | wrangler secret put SELVEDGE_KEY

A page view, at worst
  fastly      3 of 32 subrequests,  2 of 16 store look-ups
  cloudflare  3 of 50 subrequests,  2 of 50 store look-ups
"
    );
}

#[test]
fn check_takes_a_file_and_a_platform() {
    let directory = Directory::new("one");
    std::fs::write(directory.0.join("other.toml"), GOOD).unwrap();
    let seen = directory.run(&["check", "other.toml", "--platform", "cloudflare"]);
    assert_eq!(seen.code, Some(0), "{seen:?}");
    assert!(seen.out.starts_with("other.toml is good for Cloudflare Workers\n"));
    assert!(!seen.out.contains("fastly"));
}

#[test]
fn check_shows_the_line_that_is_wrong() {
    let seen = Directory::with("typo", &GOOD.replace("origin =", "orign =")).run(&["check"]);
    seen.failed(&[
        "error: ",
        "2 | orign = \"https://shop.example\"\n",
        "^^^^^",
        "`origin`",
        "selvedge.toml: ",
    ]);
}

#[test]
fn check_names_the_file_that_is_missing() {
    Directory::new("none")
        .run(&["check"])
        .failed(&["error: cannot read the configuration selvedge.toml", "No such file"]);
}

#[test]
fn check_refuses_what_exceeds_a_platforms_budget() {
    let many: String = (0..32)
        .map(|n| format!("[[component]]\nkind = 'webhook'\nid = 'w{n}'\nsettings = {{ url = 'https://in.example/{n}' }}\n"))
        .collect();
    let directory = Directory::with("many", &format!("[[site]]\norigin = 'https://shop.example'\n{many}"));
    directory.run(&["check"]).failed(&["33 subrequests", "fastly allows 32", "-->"]);
    directory.run(&["check", "--platform", "fastly"]).failed(&["fastly allows 32"]);
    assert_eq!(directory.run(&["check", "--platform", "cloudflare"]).code, Some(0));
}

#[test]
fn build_stamps_what_was_configured() {
    let directory = Directory::with("build", GOOD);
    let artifact = directory.artifact();
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
    directory.artifact();
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
fn build_refuses_and_leaves_nothing() {
    let directory = Directory::with("refuse", GOOD);
    directory.artifact();
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

fn stamped(artifact: &Path) -> selvedge_core::config::Config {
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
