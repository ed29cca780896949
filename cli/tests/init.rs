//! `selvedge init` from outside: what it writes is good, and nothing is overwritten by accident.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // helpers of tests are tests

mod support;

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use serde_json::Value;
use support::{Directory, Seen};

const FLAGS: [&str; 9] = [
    "init",
    "--origin",
    "https://origin.example.com/",
    "--host",
    "www.example.com",
    "--destination",
    "ga4,meta-capi",
    "--set=ga4.measurement_id=G-TEST",
    "--set=meta-capi.pixel_id=123",
];

fn read(directory: &Directory, file: &str) -> String {
    std::fs::read_to_string(directory.0.join(file)).unwrap()
}

fn answered(directory: &Directory, args: &[&str], answers: &str) -> Seen {
    let mut command = Command::new(env!("CARGO_BIN_EXE_selvedge"))
        .current_dir(&directory.0)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Who has all that they need does not wait for more.
    drop(command.stdin.take().unwrap().write_all(answers.as_bytes()));
    Seen::of(command.wait_with_output().unwrap())
}

#[test]
fn what_init_writes_is_good() {
    let directory = Directory::new("init-flags");
    let seen = directory.run(&[&FLAGS[..], &["--yes", "--name", "my \"shop\""]].concat());
    assert_eq!((seen.code, seen.err.as_str()), (Some(0), ""), "{seen:?}");
    assert!(
        seen.out.starts_with(
            "wrote ./selvedge.toml\nwrote ./fastly.toml\nwrote ./wrangler.toml\nwrote ./.gitignore\nwrote ./.dev.vars\n\nNext:\n"
        ),
        "{seen:?}"
    );

    let check = directory.run(&["check"]);
    assert_eq!((check.code, check.err.as_str()), (Some(0), ""), "{check:?}");
    assert!(check.out.contains("www.example.com  → https://origin.example.com"), "{}", check.out);
    assert!(check.out.contains("META_CAPI_ACCESS_TOKEN  access_token of meta-capi"), "{}", check.out);

    let fastly: toml::Table = read(&directory, "fastly.toml").parse().unwrap();
    assert_eq!(fastly["name"].as_str(), Some("my \"shop\""));
    let build = fastly["scripts"]["build"].as_str().unwrap();
    assert!(
        build.starts_with("CONFIG=selvedge.toml ") && build.contains("/scripts/build.sh fastly && "),
        "{build}"
    );
    let entries = fastly["setup"]["secret_stores"]["selvedge"]["entries"].as_table().unwrap();
    assert_eq!(entries.keys().collect::<Vec<_>>(), ["META_CAPI_ACCESS_TOKEN", "SELVEDGE_KEY"]);
    let local = &fastly["local_server"]["secret_stores"]["selvedge"];
    assert_eq!(local[1]["key"].as_str(), Some("SELVEDGE_KEY"));
    assert_eq!(local[1]["data"].as_str().map(str::len), Some(64));

    assert_eq!(read(&directory, ".gitignore"), "/bin\n/pkg\n.dev.vars\n/.wrangler\n");

    let wrangler: toml::Table = read(&directory, "wrangler.toml").parse().unwrap();
    let main = wrangler["main"].as_str().unwrap();
    assert!(directory.0.join(main).is_file(), "{main} is not there");
    let schema = read(&directory, "selvedge.toml");
    let schema = schema.lines().next().unwrap().strip_prefix("#:schema ").unwrap();
    assert!(directory.0.join(schema).is_file(), "{schema} is not there");
}

/// Every kind can be written without its settings' being known: what a check says then is what is missing.
#[test]
fn every_kind_is_written_with_what_is_said_of_it() {
    let directory = Directory::new("init-kinds");
    let mut good = 0;
    for kind in selvedge_components::registry() {
        let settings = kind.settings.iter().filter(|spec| spec.required && !spec.secret);
        let settings: Vec<_> =
            settings.map(|spec| format!("--set={}.{}=1234567", kind.name, spec.name)).collect();
        let settings: Vec<_> = settings.iter().map(String::as_str).collect();
        let args =
            ["init", "--yes", "--force", "--origin", "https://o.example.com", "--destination", kind.name];
        let seen = directory.run(&[&args[..], &settings].concat());
        if seen.code == Some(0) {
            good += 1;
            // Some kinds are of one platform alone.
            let fits = |platform| directory.run(&["check", "--platform", platform]).code == Some(0);
            assert!(["fastly", "cloudflare-paid"].into_iter().any(fits), "{}", kind.name);
            let text = read(&directory, "selvedge.toml");
            assert!(kind.settings.iter().all(|spec| text.contains(&format!("{} = ", spec.name))), "{text}");
        } else {
            assert!(seen.err.contains("selvedge.toml:") && seen.err.contains("  | "), "{seen:?}");
        }
    }
    assert!(good > 12, "{good}");
}

#[test]
fn init_asks_for_what_it_was_not_told() {
    let directory = Directory::new("init-asks");
    let answers = "origin.example.com\nhttps://origin.example.com\na.example.com, b.example.com\nfastly\nga5\nga4\nG-TEST\n";
    let seen = answered(&directory, &["init"], answers);
    assert_eq!(seen.code, Some(0), "{seen:?}");
    for told in [
        "Where does the website live",
        "is not an origin",
        "did you mean `ga4`?",
        "ga4 needs `measurement_id`: ",
    ] {
        assert!(seen.err.contains(told), "no {told:?} in:\n{}", seen.err);
    }
    let text = read(&directory, "selvedge.toml");
    assert!(
        text.contains("hosts = [\"a.example.com\", \"b.example.com\"]") && text.contains("\"G-TEST\""),
        "{text}"
    );
    assert!(directory.0.join("fastly.toml").exists() && !directory.0.join("wrangler.toml").exists());

    let seen = answered(&Directory::new("init-silence"), &["init"], "");
    seen.failed(&["nobody answers; say it with --origin"]);
}

#[test]
fn nothing_is_overwritten_unless_asked_for() {
    let directory = Directory::new("init-force");
    std::fs::write(directory.0.join("wrangler.toml"), "mine").unwrap();
    let init = |more: &[&str]| directory.run(&[&FLAGS[..], &["--yes"], more].concat());
    init(&[]).failed(&["wrangler.toml is there already; nothing was written; --force overwrites"]);
    assert!(!directory.0.join("selvedge.toml").exists());
    assert_eq!(read(&directory, "wrangler.toml"), "mine");
    assert_eq!(init(&["--platform", "fastly"]).code, Some(0));
    assert_eq!(read(&directory, "wrangler.toml"), "mine");
    assert_eq!(init(&["--force"]).code, Some(0));
    assert_ne!(read(&directory, "wrangler.toml"), "mine");
}

/// `wrangler dev` finds a key and the place for the other secrets; whatever is there already is its owner's.
#[test]
fn secrets_of_this_machine_are_its_owners_alone() {
    let directory = Directory::new("init-vars");
    let path = directory.0.join(".dev.vars");
    let init = |more: &[&str]| directory.run(&[&FLAGS[..], &["--yes", "--force"], more].concat());
    assert_eq!(init(&["--platform", "fastly"]).code, Some(0));
    assert!(!path.exists());
    assert_eq!(read(&directory, ".gitignore"), "/bin\n/pkg\n");

    assert_eq!(init(&["--platform", "cloudflare"]).code, Some(0));
    let text = read(&directory, ".dev.vars");
    let said: Vec<_> = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let key = said[0].strip_prefix("SELVEDGE_KEY=\"").unwrap().strip_suffix('"').unwrap();
    assert!(said.len() == 1 && key.len() == 64 && key.bytes().all(|b| b.is_ascii_hexdigit()), "{text}");
    assert!(text.contains("\n# access_token of meta-capi: "), "{text}");
    assert!(text.contains("\n# META_CAPI_ACCESS_TOKEN=\"\"\n"), "{text}");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(read(&directory, ".gitignore"), "/bin\n/pkg\n.dev.vars\n/.wrangler\n");
    let git = |args: &[&str]| {
        let mut git = Command::new("git");
        git.current_dir(&directory.0).args(args).env("GIT_CONFIG_GLOBAL", "/dev/null").output().unwrap()
    };
    assert!(git(&["init", "--quiet"]).status.success());
    let status = String::from_utf8(git(&["status", "--porcelain", "--untracked-files=all"]).stdout).unwrap();
    assert!(status.contains("?? wrangler.toml") && !status.contains(".dev.vars"), "{status}");

    std::fs::write(&path, "MINE=1\n").unwrap();
    std::fs::write(directory.0.join(".gitignore"), "notes\n.dev.vars").unwrap();
    let seen = init(&["--platform", "cloudflare"]);
    assert!(!seen.out.contains(".dev.vars") && seen.out.contains("wrote ./.gitignore\n"), "{seen:?}");
    assert_eq!(read(&directory, ".dev.vars"), "MINE=1\n");
    assert_eq!(read(&directory, ".gitignore"), "notes\n.dev.vars\n/.wrangler\n");
    assert!(!init(&["--platform", "cloudflare"]).out.contains(".gitignore"));

    // The next one has a key of its own.
    let other = Directory::new("init-vars-other");
    other.run(&[&FLAGS[..], &["--yes"]].concat());
    assert!(!read(&other, ".dev.vars").contains(key));
}

#[test]
fn init_speaks_to_programs() {
    let directory = Directory::new("init-json");
    let seen =
        directory.run(&[&FLAGS[..], &["--yes", "--json", "--platform", "cloudflare", "new/place"]].concat());
    assert_eq!((seen.code, seen.err.as_str()), (Some(0), ""), "{seen:?}");
    let said: Value = serde_json::from_str(&seen.out).unwrap();
    let files = ["selvedge.toml", "wrangler.toml", ".gitignore", ".dev.vars"];
    assert_eq!(said["files"], serde_json::json!(files.map(|file| format!("new/place/{file}"))));
    assert_eq!(said["next"][0], "cd new/place");
    assert!(directory.0.join("new/place/wrangler.toml").is_file());
}

#[test]
fn wrong_answers_are_explained() {
    let directory = Directory::new("init-wrong");
    let origin = ["--origin", "https://o.example.com"];
    for (args, told) in [
        (&["--origin", "o.example.com"][..], &["--origin o.example.com", "is not an origin"][..]),
        (&[], &["Where does the website live", "--origin"]),
        (&[&origin[..], &["--host", "https://x"]].concat(), &["--host https://x: "]),
        (
            &[&origin[..], &["--destination", "ga5"]].concat(),
            &["there is no destination \"ga5\"; did you mean `ga4`?"],
        ),
        (
            &[&origin[..], &["--destination", "ga4"]].concat(),
            &["ga4 needs `measurement_id`", "--set ga4.measurement_id=…"],
        ),
        (
            &[&origin[..], &["--set", "ga4.measurement_id=G-1"]].concat(),
            &["--set ga4.measurement_id=G-1: ", "add --destination ga4"],
        ),
        (
            &[&origin[..], &["--destination=ga4", "--set=ga4.id=G-1"]].concat(),
            &["has no setting `id`; it takes measurement_id"],
        ),
        (
            &[&origin[..], &["--destination=ga4", "--set=ga4.api_secret=x"]].concat(),
            &["`api_secret` is a secret"],
        ),
        (&[&origin[..], &["--destination=ga4", "--set=ga4"]].concat(), &["it is KIND.NAME=VALUE"]),
        (
            &[&origin[..], &["--repository", "."]].concat(),
            &["--repository .: ", "not inside Selvedge's repository"],
        ),
    ] {
        directory.run(&[&["init", "--yes"], args].concat()).failed(told);
        assert!(!directory.0.join("selvedge.toml").exists());
    }
    assert_eq!(directory.run(&["init", "--platform", "vercel"]).code, Some(2));
}
