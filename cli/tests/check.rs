//! `selvedge check` from outside: what it prints, where, and how it ends.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // helpers of tests are tests

mod support;

use serde_json::Value;
use support::{Directory, GOOD};

#[test]
fn check_says_what_a_configuration_needs() {
    let seen = Directory::with("good", GOOD).run(&["check"]);
    assert_eq!((seen.code, seen.err.as_str()), (Some(0), ""));
    let (stable, measured) = seen.out.split_at(seen.out.find("  CPU, ").unwrap());
    assert_eq!(
        stable,
        "\
selvedge.toml is good for Fastly Compute, Cloudflare Workers on the free plan and Cloudflare Workers on the paid plan

Sites
  every host  → https://shop.example

Components
  ga4              needs analytics  all events
  events  webhook  needs analytics  track events

Secrets that it needs
  HOOK          secret of events
  SELVEDGE_KEY  seals visitors' cookies: 64 hexadecimal digits

Create them on Fastly Compute
  # `selvedge deploy --platform fastly` does all of this.
  # In a service that exists (STORE_ID: what `create` prints):
  npx fastly secret-store create --json --name selvedge
  npx fastly secret-store-entry create --store-id STORE_ID --name HOOK
  openssl rand -hex 32 | npx fastly secret-store-entry create --store-id STORE_ID --stdin --name SELVEDGE_KEY
  npx fastly service resource-link create --version latest --autoclone --json --resource-id STORE_ID

Create them on Cloudflare Workers
  # `selvedge deploy --platform cloudflare` does all of this.
  npx wrangler secret put HOOK
  openssl rand -hex 32 | npx wrangler secret put SELVEDGE_KEY

At worst
                                  fastly               cloudflare-free      cloudflare-paid
  subrequests, a page view        3 of 32              3 of 50              3 of 50
  subrequests, 20 events at once  3 of 32              3 of 50              3 of 50
  store look-ups                  3 of 16              3 of 50              3 of 50
"
    );
    for line in ["CPU, a page view", "CPU, 20 events at once", "configuration"] {
        assert!(
            measured.lines().any(|seen| seen.trim_start().starts_with(line)),
            "no {line} in:\n{measured}"
        );
    }
    assert!(!measured.contains("artifact"), "none was built here");
}

#[test]
fn check_takes_a_file_and_a_platform() {
    let directory = Directory::new("one");
    std::fs::write(directory.0.join("other.toml"), GOOD).unwrap();
    let seen = directory.run(&["check", "other.toml", "--platform", "cloudflare"]);
    assert_eq!(seen.code, Some(0), "{seen:?}");
    assert!(seen.out.starts_with("other.toml is good for Cloudflare Workers on the paid plan\n"));
    assert!(!seen.out.contains("fastly"));
    assert_eq!(directory.run(&["check", "other.toml", "--platform", "cloudflare-paid"]).out, seen.out);
}

#[test]
fn check_shows_the_line_that_is_wrong() {
    let seen = Directory::with("typo", &GOOD.replace("origin =", "orign =")).run(&["check"]);
    seen.failed(&[
        "error: ",
        " --> selvedge.toml:2:1\n",
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

const KINDS: &str = "[[site]]\norigin = 'https://shop.example'\n\n[[component]]\nkind = 'fastly-log'\nsettings = { endpoint_name = 'events' }\n";

#[test]
fn a_kind_of_one_platform_alone_is_told_and_refused_where_it_cannot_work() {
    let directory = Directory::with("kinds", KINDS);
    let seen = directory.run(&["check"]);
    assert_eq!(seen.code, Some(0), "{seen:?}");
    assert!(seen.out.starts_with("selvedge.toml is good for Fastly Compute\n"), "{}", seen.out);
    for told in [
        "warning: `fastly-log` writes to a log endpoint, which cloudflare does not have\n --> selvedge.toml:5:8\n",
        "= help: it cannot be deployed there; `--platform fastly` checks for that one alone\n",
    ] {
        assert!(seen.err.contains(told), "no {told:?} in:\n{}", seen.err);
    }
    let said: Value = serde_json::from_str(&directory.run(&["check", "--json"]).out).unwrap();
    assert_eq!((&said["good"], &said["problems"][0]["severity"]), (&true.into(), &"warning".into()));
    let fits: Vec<_> = said["platforms"].as_array().unwrap().iter().map(|one| one["fits"] == true).collect();
    assert_eq!(fits, [true, false, false]);

    let seen = directory.run(&["check", "--platform", "fastly"]);
    assert_eq!((seen.code, seen.err.as_str()), (Some(0), ""), "{seen:?}");
    let refused = "error: `fastly-log` writes to a log endpoint, which cloudflare does not have";
    directory.run(&["check", "--platform", "cloudflare-free"]).failed(&[refused]);

    // No platform has both.
    let queue = "[[component]]\nkind = 'cloudflare-queue'\nsettings = { binding = 'EVENTS' }\n";
    let both = Directory::with("kinds-both", &format!("{KINDS}{queue}"));
    both.run(&["check"]).failed(&[
        refused,
        "error: `cloudflare-queue` writes to a queue, which fastly does not have",
        "2 errors",
    ]);
}

/// What lies beside the configuration says where it is for, unless somebody says it.
#[test]
fn the_platform_is_the_one_whose_manifest_lies_beside_the_configuration() {
    let directory = Directory::with("beside", KINDS);
    let write = |file: &str| std::fs::write(directory.0.join(file), "").unwrap();
    let remove = |file: &str| std::fs::remove_file(directory.0.join(file)).unwrap();
    let names = |args: &[&str]| -> Vec<String> {
        let seen = directory.run(&[&["check", "--json"], args].concat());
        let said: Value = serde_json::from_str(&seen.out).unwrap();
        let platforms = said["platforms"].as_array().cloned().unwrap_or_default();
        platforms.iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
    };
    let all = ["fastly", "cloudflare-free", "cloudflare-paid"];
    assert_eq!(names(&[]), all);
    write("fastly.toml");
    assert_eq!(names(&[]), all[..1]);
    let seen = directory.run(&["check"]);
    assert_eq!((seen.code, seen.err.as_str()), (Some(0), ""), "{seen:?}");
    for manifest in ["wrangler.toml", "wrangler.jsonc", "wrangler.json"] {
        write(manifest);
        assert_eq!(names(&[]), all, "{manifest}");
        remove("fastly.toml");
        directory.run(&["check"]).failed(&["error: `fastly-log` writes to a log endpoint"]);
        assert_eq!(names(&["--platform", "fastly"]), all[..1], "{manifest}");
        write("fastly.toml");
        remove(manifest);
    }
    // Beside the file, and not where the command runs.
    std::fs::create_dir(directory.0.join("site")).unwrap();
    std::fs::write(directory.0.join("site/selvedge.toml"), GOOD).unwrap();
    assert_eq!(names(&["site/selvedge.toml"]), all);
    write("site/wrangler.toml");
    assert_eq!(names(&["site/selvedge.toml"]), all[1..]);
}

#[test]
fn what_a_deployed_service_cannot_reach_is_told() {
    let config = GOOD
        .replace("https://shop.example", "http://127.0.0.1:7677")
        .replace("https://in.example/x", "https://192.168.1.10/x");
    let directory = Directory::with("reach", &config);
    let seen = directory.run(&["check"]);
    assert_eq!(seen.code, Some(0), "{seen:?}");
    for told in [
        "warning: \"http://127.0.0.1:7677\" is this machine itself, which a deployed service cannot reach\n --> selvedge.toml:2:10\n",
        "warning: \"https://192.168.1.10/x\" is an address of a private network, which",
        " --> selvedge.toml:12:20\n",
        "`selvedge dev",
    ] {
        assert!(seen.err.contains(told), "no {told:?} in:\n{}", seen.err);
    }
    assert!(seen.out.starts_with("selvedge.toml is good for "), "{}", seen.out);
    let seen = directory.run(&["check", "--json", "--platform", "fastly"]);
    assert_eq!((seen.code, seen.err.as_str()), (Some(0), ""));
    let said: Value = serde_json::from_str(&seen.out).unwrap();
    let problems = said["problems"].as_array().unwrap();
    let places: Vec<_> = problems.iter().map(|one| (&one["severity"], &one["key"], &one["line"])).collect();
    let warning = Value::from("warning");
    assert_eq!(
        places,
        [
            (&warning, &"site[0].origin".into(), &2.into()),
            (&warning, &"component[1].settings.url".into(), &12.into()),
        ]
    );
}

/// So many destinations of a kind that costs what most do.
fn crowd(many: usize) -> String {
    let ga4 =
        |n| format!("[[component]]\nkind = 'ga4'\nid = 'g{n}'\nsettings = {{ measurement_id = 'G-TEST' }}\n");
    format!("[[site]]\norigin = 'https://shop.example'\n{}", (0..many).map(ga4).collect::<String>())
}

#[test]
fn check_refuses_what_takes_too_long_where_that_counts() {
    let directory = Directory::with("slow", &crowd(12));
    directory.run(&["check", "--platform", "cloudflare-free"]).failed(&[
        "CPU, 20 events at once: ",
        "cloudflare-free allows 10.0 ms",
        "| [[component]]",
        "`delivery = \"queue\"`",
    ]);
    // Nobody said that it is for the free plan.
    let seen = directory.run(&["check"]);
    assert_eq!(seen.code, Some(0), "{seen:?}");
    assert!(
        seen.out.starts_with(
            "selvedge.toml is good for Fastly Compute and Cloudflare Workers on the paid plan\n"
        )
    );
    assert!(seen.out.contains("of 10 ms ✗"), "{}", seen.out);
}

#[test]
fn check_weighs_the_artifact() {
    let directory = Directory::with("weight", GOOD);
    // Nothing can be pressed out of these.
    let mut state = 1_u64;
    let noise = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        state.to_be_bytes()[0]
    });
    std::fs::write(directory.0.join("large.wasm"), noise.take(3_100_000).collect::<Vec<_>>()).unwrap();
    let check = |platform| directory.run(&["check", "--platform", platform, "--artifact", "large.wasm"]);
    check("cloudflare-free").failed(&["artifact, compressed: ", "cloudflare-free allows 3,000,000 bytes"]);
    assert!(check("cloudflare-paid").out.contains("of 10,000 kB"));
    directory
        .run(&["check", "--platform", "fastly", "--artifact", "absent.wasm"])
        .failed(&["cannot read absent.wasm", "No such file"]);
    assert_eq!(directory.run(&["check", "--artifact", "large.wasm"]).code, Some(2));
}

#[test]
fn check_counts_requests_that_take_one_event_each_and_what_the_outbox_saves() {
    let single = |n| {
        format!("[[component]]\nkind = 'plausible'\nid = 'p{n}'\nsettings = {{ domain = 'a.example' }}\n")
    };
    let config =
        format!("[[site]]\norigin = 'https://shop.example'\n{}", (0..2).map(single).collect::<String>());
    Directory::with("single", &config)
        .run(&["check"])
        .failed(&["subrequests, 20 events at once: 41 at worst; fastly allows 32", "set up the outbox"]);
    let outbox = Directory::with("kept", &format!("{config}[delivery]\noutbox = true\n"));
    let seen = outbox.run(&["check", "--platform", "fastly"]);
    assert_eq!(seen.code, Some(0), "{seen:?}");
    assert!(seen.out.contains("npx fastly kv-store create --json --name selvedge-outbox\n"));
    let seen = outbox.run(&["check", "--platform", "cloudflare-free"]);
    assert!(seen.out.contains("npx wrangler queues create selvedge-outbox-dead\n"), "{seen:?}");
}

#[test]
fn check_speaks_to_programs() {
    let directory = Directory::with("json", GOOD);
    let seen = directory.run(&["check", "--json", "--platform", "fastly"]);
    assert_eq!((seen.code, seen.err.as_str()), (Some(0), ""));
    let said: Value = serde_json::from_str(&seen.out).unwrap();
    assert_eq!(said["good"], true);
    assert_eq!(said["secrets"][0]["name"], "HOOK");
    assert_eq!(said["components"][0]["purposes"][0], "analytics");
    let budgets = &said["platforms"][0]["budgets"];
    assert_eq!((&budgets[0]["used"], &budgets[0]["allowed"]), (&3.0.into(), &32.0.into()));
    assert!(budgets.as_array().unwrap().iter().all(|budget| budget["fits"] == true));

    std::fs::write(directory.0.join("selvedge.toml"), GOOD.replace("origin", "orign")).unwrap();
    let seen = directory.run(&["check", "--json"]);
    assert_eq!((seen.code, seen.err.as_str()), (Some(1), ""));
    let said: Value = serde_json::from_str(&seen.out).unwrap();
    assert_eq!(said["good"], false);
    assert_eq!((&said["problems"][1]["line"], &said["problems"][1]["column"]), (&2.into(), &1.into()));
    assert_eq!(said["problems"][1]["severity"], "error");
}

#[test]
fn a_destination_of_our_own_that_is_a_component_is_measured() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/components/plausible.wasm");
    let built = std::path::Path::new(file).is_file();
    assert!(built, "there is no {file}; build it with: scripts/components.sh plausible");
    let directory = Directory::with(
        "own-component",
        &format!(
            "[[site]]\norigin = \"https://shop.example\"\n\n[[component]]\nkind = \"wasm\"\nid = \"plausible\"\n\
             file = {file:?}\nevents = [\"page\", \"track\"]\nsettings = {{ domain = \"shop.example\" }}\n"
        ),
    );
    let seen = directory.run(&["check", "--platform", "fastly", "--json"]);
    assert_eq!(seen.code, Some(0), "{seen:?}");
    let report: Value = serde_json::from_str(&seen.out).unwrap();
    let calls = report["calls"].as_array().unwrap();
    assert_eq!(calls.len(), 2, "{calls:?}");
    for call in calls {
        assert_eq!(call["failure"], Value::Null, "{call}");
        assert!((100_000..4_000_000).contains(&call["fuel"].as_u64().unwrap()), "{call}");
    }
}

#[test]
fn components_take_no_more_than_they_may_and_it_is_told_how_many_events_that_is() {
    let file =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../target/guests/languages/javascript-data-collection.wasm");
    assert!(std::path::Path::new(file).is_file(), "there is no {file}; build it with: scripts/languages.sh");
    let component = |id: &str, more: &str| {
        format!(
            "[[component]]\nkind = \"wasm\"\nid = \"{id}\"\nfile = {file:?}\nsettings = {{ api_key = \"k\" }}\n{more}\n"
        )
    };
    let config = |components: &str| format!("[[site]]\norigin = \"https://shop.example\"\n\n{components}");
    let two = component("one", "") + &component("two", "limits = { fuel = 8_000_000 }");
    let seen = Directory::with("short", &config(&two)).run(&["check", "--platform", "fastly"]);
    // Together they have 8,000,000 instructions for a visit, which is some 20 ms; twenty events would take ten times that.
    assert_eq!(seen.code, Some(0), "{seen:?}");
    for line in [
        "  of 20 events at once one has instructions for 2; the others are dropped as `component-failed`\n",
        "  of 20 events at once two has instructions for 2; the others are dropped as `over-budget`\n",
    ] {
        assert!(seen.out.contains(line), "{}", seen.out);
    }
}

#[test]
fn what_reads_consent_is_measured_too() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/guests/cookies.wasm");
    assert!(std::path::Path::new(file).is_file(), "there is no {file}; build it with: scripts/guests.sh");
    let config = format!(
        "{GOOD}\n[consent]\ncmp = \"wasm\"\nfile = {file:?}\ncookie = \"our_cmp\"\nsettings = {{ cookie_name = \"our_cmp\" }}\n"
    );
    let directory = Directory::with("mapping", &config);
    let seen = directory.run(&["check"]);
    assert_eq!(seen.code, Some(0), "{seen:?}");
    let line = seen.out.lines().find(|line| line.trim_start().starts_with("consent  cookie  ")).unwrap();
    assert!(line.contains(" k instructions, ") && line.contains(" KiB of memory"), "{line}");

    let report = |directory: &Directory| -> Value {
        serde_json::from_str(&directory.run(&["check", "--platform", "fastly", "--json"]).out).unwrap()
    };
    let cpu = |report: &Value| {
        let budgets = report["platforms"][0]["budgets"].as_array().unwrap();
        let page = budgets.iter().find(|budget| budget["name"] == "CPU, a page view").unwrap();
        page["used"].as_f64().unwrap()
    };
    let measured = report(&directory);
    let [call] = &measured["calls"].as_array().unwrap()[..] else { unreachable!("{measured}") };
    assert_eq!(
        (&call["component"], &call["event"], &call["failure"]),
        (&Value::Null, &"cookie".into(), &Value::Null)
    );
    let fuel = call["fuel"].as_f64().unwrap();
    assert!((1_000.0..1_000_000.0).contains(&fuel), "{call}");
    // It is part of what the visit costs: 400,000 instructions take a millisecond.
    let without = report(&Directory::with("no-mapping", GOOD));
    assert!((cpu(&measured) - cpu(&without) - fuel / 400_000.0).abs() < 1e-6, "{measured}");

    let listed = directory.run(&["component", "list"]);
    assert!(listed.out.contains("  consent     cookie "), "{listed:?}");
}
