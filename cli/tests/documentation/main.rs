//! The commands that the documentation shows. Each is checked against what there is: commands and options against the
//! tools' own help, targets against the Makefile, tests against the files. And what needs no account and no running service is
//! run as it stands there, with the platforms' commands stood in for.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // helpers of tests are tests

#[path = "../deploy/bench.rs"]
mod bench;
mod known;
mod shell;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use bench::{Bench, KEY, health, service};
use known::Known;
use shell::{Block, blocks, commands, inline};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// Every page, by its path in the repository.
fn pages() -> Vec<(String, String)> {
    let mut pages = Vec::new();
    let mut add = |path: PathBuf| {
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        pages.push((name, std::fs::read_to_string(&path).unwrap()));
    };
    for directory in ["", "docs", "docs/destinations", "tests", "sdk", "demo"] {
        for entry in std::fs::read_dir(root().join(directory)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "md") {
                add(path);
            }
        }
    }
    pages.sort();
    pages
}

#[test]
fn every_command_is_one() {
    let mut known = Known::new(root());
    let (mut problems, mut seen) = (Vec::new(), BTreeSet::new());
    for (page, text) in pages() {
        // One mark for all, so that none is passed over.
        for mark in ["```bash", "```shell", "```console", "```zsh"] {
            assert!(!text.contains(mark), "{page}: a block of commands is marked ```sh");
        }
        for block in blocks(&text).into_iter().chain(inline(&text)) {
            for command in commands(&block.text) {
                seen.insert(command.first().cloned().unwrap_or_default());
                if let Err(problem) = known.check(&command) {
                    problems.push(format!("{page}:{}: `{}`: {problem}", block.line, command.join(" ")));
                }
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    // The pages were found, and what is in them was read.
    for program in ["selvedge", "npx", "make", "cargo", "node", "curl"] {
        assert!(seen.iter().any(|seen| seen.ends_with(program)), "no {program} among {seen:?}");
    }
}

/// What `selvedge deploy` would run.
#[test]
fn the_plans_commands_are_ones() {
    let mut known = Known::new(root());
    let bench = Bench::new("documentation-plan");
    for platform in ["fastly", "cloudflare"] {
        let printed = bench
            .deploy(&["--platform", platform, "--dry-run", "--json", "--with", "push,debug,metrics"], &[]);
        let plan: serde_json::Value = serde_json::from_str(&printed.out).unwrap();
        let lines = plan["steps"].as_array().unwrap().iter().flat_map(|step| [&step["look"], &step["run"]]);
        let lines: Vec<_> = lines.filter_map(serde_json::Value::as_str).map(str::to_owned).collect();
        assert!(lines.len() > 12, "{lines:?}");
        for command in commands(&lines.join("\n")) {
            known.check(&command).unwrap_or_else(|problem| panic!("{}: {problem}", command.join(" ")));
        }
    }
    // How the later pages of Fastly's lists are asked for.
    for line in [
        "npx fastly secret-store-entry list --json --store-id S --cursor C",
        "npx fastly kv-store list --non-interactive",
    ] {
        assert_eq!(known.check(&commands(line)[0]), Ok(()), "{line}");
    }
}

#[test]
fn what_is_wrong_is_found() {
    let mut known = Known::new(root());
    for wrong in [
        "selvedge depoly --platform fastly",
        "selvedge deploy --platfrom fastly",
        "selvedge deploy --platform fasly",
        "npx wrangler secret putt X",
        "npx wrangler deploy --dry-rnu",
        "npx fastly compute delpoy",
        "npx fastly compute deploy --versoin latest",
        "npx fastly service verson activate --version latest",
        "make sevre",
        "make serve PROT=1",
        "cargo test -p selvedge-cor",
        "cargo test -p selvedge --test hlep",
        "node --test tests/nowhere/*.test.mjs",
        "scripts/nothing.sh",
        "teapot --on",
    ] {
        let commands = commands(wrong);
        assert!(known.check(&commands[0]).is_err(), "{wrong}");
    }
}

/// Blocks of a page, in order, as one script.
fn script(page: &str) -> String {
    let (_, text) = pages().into_iter().find(|(name, _)| name == page).unwrap();
    blocks(&text).into_iter().map(|Block { text, .. }| text).collect()
}

/// Runs a script in a directory that has stand-ins of the platforms' commands, and a service that is well. What asks a running
/// service is tried where one runs (`tests/rollout`, `tests/faults`); here its words are checked alone.
fn run(name: &str, platform: &str, script: &str, prepare: impl Fn(&Bench)) -> (Bench, String) {
    let bench = Bench::new(&format!("documentation-{name}"));
    prepare(&bench);
    let prelude = "set -euo pipefail
        export HOME=$PWD
        mkdir -p ~/.local/share/bash-completion/completions ~/.zfunc ~/.config/fish/completions
        selvedge() {
          case $1 in config|debug|outbox) return ;; esac
          if [[ $1 == deploy && \" $* \" != *\" --dry-run \"* ]]; then set -- \"$@\" --yes --url \"$URL\"; fi
          \"$SELVEDGE\" \"$@\"
        }
        curl() { :; }
        npx() { printf 'npx %s\\n' \"$*\" >>\"$STATE/npx\"; }\n";
    // The README names the program where it was built, and shells do not take a slash in a function's name.
    let script = script.replace("target/debug/selvedge", "selvedge");
    let script = script.replace("sh try.sh", "export META_TOKEN; . ./try.sh");
    let environment = [
        ("SELVEDGE", env!("CARGO_BIN_EXE_selvedge").to_owned()),
        ("SELVEDGE_KEY", KEY.to_owned()),
        ("HOOK", "hook".to_owned()),
        ("URL", service(health(platform, 1))),
    ];
    let seen = bench.bash(&format!("{prelude}{script}"), &environment);
    assert_eq!(seen.code, Some(0), "{name}: {seen:?}\n{script}");
    (bench, seen.out)
}

#[test]
fn the_guide_to_cloudflare_is_gone_through() {
    let (bench, out) = run("cloudflare", "cloudflare", &script("docs/deploying-cloudflare.md"), |_| {});
    assert!(out.contains("shop/wrangler.toml") || out.contains("wrote shop/selvedge.toml"), "{out}");
    assert!(
        out.contains("published, https://selvedge.me.workers.dev") && out.contains("answers at"),
        "{out}"
    );
    assert_eq!(bench.state("secret-SELVEDGE_KEY"), KEY);
    assert!(bench.state("npx").contains("npx wrangler login\n"));
}

#[test]
fn the_guide_to_fastly_is_gone_through() {
    let (bench, out) = run("fastly", "fastly", &script("docs/deploying-fastly.md"), |_| {});
    assert!(
        out.contains("published, https://kind-goose.edgecompute.app") && out.contains("answers at"),
        "{out}"
    );
    assert_eq!(bench.state("secret-SELVEDGE_KEY"), KEY);
    assert!(bench.file("shop/fastly.toml").contains("service_id = \"SVC1\"\n"));
}

#[test]
fn the_common_page_and_the_readme_run() {
    run("deploying", "cloudflare", &script("docs/deploying.md"), |_| {});
    // All but `make`, which the scripts' own tests run, and `init` without flags, which asks.
    let readme: String = script("README.md")
        .lines()
        .filter(|line| !line.trim_start().starts_with("make"))
        .map(|line| {
            format!("{}\n", line.replace("init my-shop", "init my-shop --origin https://a.example --yes"))
        })
        .collect();
    assert!(readme.contains("selvedge deploy --platform"), "{readme}");
    let event = r#"{"data_collection": {"events": [{"type": "track", "data": {"name": "purchase"}}]}}"#;
    // Either platform's stand-in is well where both are deployed to: the two say which they are.
    for platform in ["cloudflare", "fastly"] {
        let other = if platform == "fastly" { "cloudflare" } else { "fastly" };
        let lines = readme.lines().filter(|line| !line.contains(&format!("--platform {other}")));
        let script: String = lines.map(|line| format!("{line}\n")).collect();
        let (bench, out) = run(&format!("readme-{platform}"), platform, &script, |bench| {
            bench.write("event.json", event);
            bench.write("selvedge.toml", "[[site]]\norigin = \"https://a.example\"\n[[component]]\nkind = \"ga4\"\nsettings = { measurement_id = \"G-X\" }\n");
        });
        assert!(
            out.contains("answers at") && bench.file("my-shop/selvedge.toml").contains("a.example"),
            "{out}"
        );
    }
}

#[test]
fn the_commands_own_page_runs() {
    let good = support::GOOD.replace("webhook", "meta-capi").replace("id = \"events\"\n", "");
    let (settings, _) = good.rsplit_once("settings").unwrap();
    let config = format!(
        "{settings}settings = {{ pixel_id = \"123\", access_token = {{ secret = \"META_TOKEN\" }} }}"
    );
    let event = r#"{"data_collection": {"events": [{"type": "track", "data": {"name": "purchase"}}]}}"#;
    let (bench, _) = run("command", "cloudflare", &script("docs/command.md"), |bench| {
        bench.write("selvedge.toml", &config);
        bench.write("post.json", event);
    });
    assert!(bench.file("try.sh").contains("# meta-capi: "));
    for made in ["shop/wrangler.toml", ".zfunc/_selvedge", ".config/fish/completions/selvedge.fish"] {
        assert!(!bench.file(made).is_empty(), "{made}");
    }
}

#[test]
fn a_configuration_of_edgees_is_moved() {
    let edgee = include_str!("../migrate/shop.toml");
    let (bench, _) =
        run("edgee", "fastly", &script("docs/edgee.md"), |bench| bench.write("edgee.toml", edgee));
    assert!(bench.file("selvedge.toml").contains("[[site]]"));
}
