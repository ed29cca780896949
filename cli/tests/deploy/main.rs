//! `selvedge deploy` against stand-ins of the platforms' commands: in which order they are called, that nothing is created
//! twice, that secrets go by stdin alone, and how it goes on after a failure. And that the real ones take what it writes.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // helpers of tests are tests

mod bench;
mod pages;
#[path = "../support/mod.rs"]
mod support;

use bench::{Bench, KEY, health, service};
use serde_json::{Value, json};

const HOOK: &str = "hook-value-that-nobody-sees";

/// The lines that create something on the platform, or put the artifact to work.
fn acts(log: &[String]) -> Vec<&str> {
    let creates =
        |line: &&str| line.contains(" create") || line.contains(" put ") || line.ends_with("deploy");
    log.iter().map(String::as_str).filter(creates).collect()
}

#[test]
fn cloudflare_from_nothing_and_again() {
    let bench = Bench::new("cloudflare");
    let url = service(health("cloudflare", 2));
    let environment = [("SELVEDGE_KEY", KEY), ("HOOK", HOOK)];
    let seen = bench.deploy(&["--platform", "cloudflare", "--yes", "--url", &url], &environment);
    assert_eq!(seen.code, Some(0), "{seen:?}");
    assert!(seen.out.contains("published, https://selvedge.me.workers.dev"), "{}", seen.out);
    assert!(
        seen.out.contains(&format!("answers at {url}/_selvedge/health: sites 1, components 2")),
        "{}",
        seen.out
    );
    assert_eq!(
        bench.log(),
        [
            "wrangler deploy --dry-run",
            "wrangler whoami --json",
            "wrangler queues info selvedge-outbox",
            "wrangler queues info selvedge-outbox-dead",
            "wrangler secret list --format json",
            "wrangler kv namespace list",
            "wrangler queues create selvedge-outbox",
            "wrangler queues create selvedge-outbox-dead",
            "wrangler secret put HOOK",
            "wrangler secret put SELVEDGE_KEY",
            "wrangler kv namespace create selvedge-dead",
            "wrangler kv namespace list",
            "wrangler kv namespace create selvedge-config",
            "wrangler kv namespace list",
            "wrangler kv namespace create selvedge-debug",
            "wrangler kv namespace list",
            "wrangler deploy",
        ]
    );
    assert_eq!(
        (bench.state("secret-HOOK").as_str(), bench.state("secret-SELVEDGE_KEY").as_str()),
        (HOOK, KEY)
    );
    bench.kept_quiet(&seen, &[HOOK, KEY]);
    let manifest = bench.file("wrangler.toml");
    for binding in ["OUTBOX", "DEAD", "CONFIG", "DEBUG"] {
        assert!(manifest.contains(&format!("binding = \"SELVEDGE_{binding}\"\n")), "{manifest}");
    }
    assert!(
        manifest.contains("binding = \"SELVEDGE_CONFIG\"\nid = \"id-of-selvedge-config\"\n"),
        "{manifest}"
    );
    assert!(!manifest.contains("SELVEDGE_METRICS"));

    // Without the secrets: they are there.
    let again = bench.deploy(&["--platform", "cloudflare", "--yes", "--url", &url], &[]);
    assert_eq!(again.code, Some(0), "{again:?}");
    assert_eq!(acts(&bench.log()[17..]), ["wrangler deploy"]);
    assert_eq!(bench.file("wrangler.toml"), manifest);
}

/// The real command takes the manifest that comes out: every binding, of each sort.
#[test]
fn wrangler_takes_the_manifest() {
    let bench = Bench::new("real");
    let url = service(health("cloudflare", 2));
    let flags = ["--platform", "cloudflare", "--yes", "--with", "push,debug,metrics", "--url", &url];
    let seen = bench.deploy(&flags, &[("SELVEDGE_KEY", KEY), ("HOOK", HOOK)]);
    assert_eq!(seen.code, Some(0), "{seen:?}");
    let seen = bench.real_wrangler(&["deploy", "--dry-run"]);
    assert_eq!(seen.code, Some(0), "{seen:?}");
    for binding in ["OUTBOX", "DEAD", "CONFIG", "DEBUG", "METRICS"] {
        assert!(seen.out.contains(&format!("env.SELVEDGE_{binding} ")), "{}", seen.out);
    }
    assert!(!seen.err.contains("WARNING"), "{}", seen.err);
}

#[test]
fn fastly_from_nothing_and_again() {
    let bench = Bench::new("fastly");
    let url = service(health("fastly", 2));
    let flags = ["--platform", "fastly", "--yes", "--with", "push", "--url", &url];
    let seen = bench.deploy(&flags, &[("SELVEDGE_KEY", KEY), ("HOOK", HOOK)]);
    assert_eq!(seen.code, Some(0), "{seen:?}");
    assert!(seen.out.contains("published, https://kind-goose.edgecompute.app"), "{}", seen.out);
    let link = |id: &str| {
        format!("fastly service resource-link create --version latest --autoclone --json --resource-id {id}")
    };
    assert_eq!(
        acts(&bench.log()),
        [
            "fastly service create --type wasm --name selvedge",
            "fastly secret-store create --json --name selvedge",
            "fastly secret-store-entry create --store-id S1 --stdin --name HOOK",
            "fastly secret-store-entry create --store-id S1 --stdin --name SELVEDGE_KEY",
            &link("S1"),
            "fastly kv-store create --json --name selvedge-outbox",
            &link("K-selvedge-outbox"),
            "fastly kv-store create --json --name selvedge-config",
            &link("K-selvedge-config"),
        ]
    );
    let deploy = "fastly compute deploy --non-interactive --status-check-off --version latest";
    assert!(bench.log().iter().any(|line| line == deploy));
    assert_eq!(
        (bench.state("secret-HOOK").as_str(), bench.state("secret-SELVEDGE_KEY").as_str()),
        (HOOK, KEY)
    );
    bench.kept_quiet(&seen, &[HOOK, KEY]);
    assert!(bench.file("fastly.toml").starts_with("name = \"selvedge\"\nservice_id = \"SVC1\"\n"));

    let before = bench.log().len();
    let again = bench.deploy(&flags, &[]);
    assert_eq!(again.code, Some(0), "{again:?}");
    assert_eq!(acts(&bench.log()[before..]), Vec::<&str>::new());
    assert!(bench.log()[before..].iter().any(|line| line == deploy));
}

#[test]
fn it_goes_on_where_it_failed() {
    let bench = Bench::new("middle");
    let url = service(health("cloudflare", 2));
    let flags = ["--platform", "cloudflare", "--yes", "--url", &url];
    let environment = [("SELVEDGE_KEY", KEY), ("HOOK", HOOK), ("FAIL", "secret put SELVEDGE_KEY")];
    let failed = bench.deploy(&flags, &environment);
    assert_eq!(failed.code, Some(1), "{failed:?}");
    for words in [
        "step 7 of 13, the secret SELVEDGE_KEY",
        "run the same command again",
        "A request to the Cloudflare API failed",
    ] {
        assert!(failed.err.contains(words), "no {words:?} in {}", failed.err);
    }
    bench.kept_quiet(&failed, &[HOOK, KEY]);
    assert!(!bench.log().contains(&"wrangler deploy".to_owned()));
    let before = bench.log().len();
    // HOOK is there, and needs not be known any more.
    let again = bench.deploy(&flags, &[("SELVEDGE_KEY", KEY)]);
    assert_eq!(again.code, Some(0), "{again:?}");
    let acts = acts(&bench.log()[before..]).join("\n");
    assert!(acts.starts_with("wrangler secret put SELVEDGE_KEY\nwrangler kv namespace create"), "{acts}");
    assert!(acts.ends_with("\nwrangler deploy") && !acts.contains("queues"), "{acts}");
}

#[test]
fn without_secrets_and_somebody_to_ask_nothing_is_created() {
    let bench = Bench::new("silent");
    for (platform, flags, environment) in [
        ("cloudflare", &["--yes"][..], &[("SELVEDGE_KEY", KEY)][..]),
        // Nobody sits at the test's standard input.
        ("fastly", &[], &[("HOOK", HOOK)]),
    ] {
        let seen = bench.deploy(&[&["--platform", platform][..], flags].concat(), environment);
        assert_eq!(seen.code, Some(1), "{seen:?}");
        let missing = if platform == "fastly" { "SELVEDGE_KEY" } else { "HOOK" };
        assert!(seen.err.contains(&format!("does not have {missing}, and neither")), "{}", seen.err);
        assert_eq!(acts(&bench.log()), Vec::<&str>::new());
    }
    let seen =
        bench.deploy(&["--platform", "cloudflare", "--yes"], &[("SELVEDGE_KEY", "short"), ("HOOK", HOOK)]);
    assert!(seen.code == Some(1) && seen.err.contains("the value of SELVEDGE_KEY"), "{seen:?}");
    assert_eq!(acts(&bench.log()), Vec::<&str>::new());
}

/// In a terminal it asks, does not show what is typed, and makes a key if nothing is.
#[test]
fn whoever_sits_there_is_asked() {
    let bench = Bench::new("asked");
    let url = service(health("cloudflare", 2));
    let shown = bench.in_terminal(
        &["--platform", "cloudflare", "--url", &url],
        &[("HOOK: ", HOOK), ("SELVEDGE_KEY (64 hexadecimal digits; nothing: a new one is made): ", "")],
    );
    let (key, kept) = (bench.state("secret-SELVEDGE_KEY"), bench.file(".selvedge/keys/SELVEDGE_KEY"));
    assert!(key.len() == 64 && key.bytes().all(|b| b.is_ascii_hexdigit()), "{key}");
    assert_eq!((kept.trim(), bench.state("secret-HOOK").as_str()), (key.as_str(), HOOK));
    assert_eq!(bench.file(".selvedge/.gitignore"), "*\n");
    assert!(shown.contains("made SELVEDGE_KEY and kept it in") && shown.contains("answers at"), "{shown}");
    assert!(!shown.contains(&key) && !shown.contains(HOOK), "{shown}");
}

#[test]
fn what_the_service_says_is_believed() {
    let bench = Bench::new("health");
    let environment = [("SELVEDGE_KEY", KEY), ("HOOK", HOOK)];
    let with = |name: &str, value: Value| {
        let mut said = health("cloudflare", 2);
        said[name] = value;
        service(said)
    };
    for (url, words) in [
        (with("components_ready", json!(1)), "of 2 components 1 are ready"),
        (with("identity", json!(false)), "visitors have no identity"),
        (with("components", json!(5)), "an older one answers"),
        (service(json!({"status": "teapot"})), "it is not Selvedge that answers"),
    ] {
        let flags = ["--platform", "cloudflare", "--yes", "--wait", "0", "--url", &url];
        let seen = bench.deploy(&flags, &environment);
        assert!(seen.code == Some(1) && seen.err.contains(words), "{words}: {seen:?}");
    }
}

/// The plan is printed without a tool, an account or a network.
#[test]
fn a_dry_run_takes_no_step() {
    let bench = Bench::new("dry");
    bench.without_tools();
    for platform in ["fastly", "cloudflare"] {
        let seen = bench.deploy(&["--platform", platform, "--dry-run"], &[]);
        assert_eq!((seen.code, seen.err.as_str()), (Some(0), ""), "{seen:?}");
        assert!(seen.out.contains("the secret HOOK: secret of events\n"), "{}", seen.out);
        assert!(seen.out.contains("GET /_selvedge/health"), "{}", seen.out);
        let seen = bench.deploy(&["--platform", platform, "--dry-run", "--json"], &[]);
        let plan: Value = serde_json::from_str(&seen.out).unwrap();
        let stdin: Vec<_> =
            plan["steps"].as_array().unwrap().iter().filter_map(|step| step["stdin"].as_str()).collect();
        assert_eq!(stdin, ["HOOK", "SELVEDGE_KEY"]);
    }
    assert!(bench.log().is_empty());
    assert_eq!(bench.deploy(&["--dry-run"], &[]).code, Some(2), "a platform has to be named");
    bench.write("selvedge.toml", "[[site]]\n");
    let seen = bench.deploy(&["--platform", "fastly", "--dry-run"], &[]);
    assert!(seen.code == Some(1) && seen.err.contains("`origin`"), "{seen:?}");
}

/// Nothing is built or created for a configuration that leads nowhere, and the plan says so too.
#[test]
fn what_could_not_be_reached_is_not_deployed() {
    let bench = Bench::new("reach");
    let good = bench.file("selvedge.toml");
    bench.write("selvedge.toml", &good.replace("https://shop.example", "http://localhost:8080"));
    for more in [&["--yes"][..], &["--dry-run"]] {
        let seen = bench
            .deploy(&[&["--platform", "fastly"], more].concat(), &[("SELVEDGE_KEY", KEY), ("HOOK", HOOK)]);
        seen.failed(&[
            "error: \"http://localhost:8080\" is this machine itself, which a deployed service cannot reach",
            "selvedge.toml:2:10",
            "1 error",
        ]);
    }
    assert!(bench.log().is_empty());
}
