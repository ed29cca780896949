//! What the command says of itself: `docs/command.md` shows it (`UPDATE=1` writes that), shells complete it, and
//! terminals get it in colour.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // helpers of tests are tests

mod support;

use std::collections::BTreeMap;
use std::process::Command;

use support::{Directory, GOOD, Seen};

/// The help of a command and of all below it that are not hidden, by the words that ask for it.
fn helps(directory: &Directory, command: &[&str], all: &mut BTreeMap<String, String>) {
    let seen = directory.run(&[command, &["-h"]].concat());
    assert_eq!((seen.code, seen.err.as_str()), (Some(0), ""), "{command:?}");
    let listed = seen.out.split("\nCommands:\n").nth(1).unwrap_or_default();
    let listed =
        listed.lines().take_while(|line| !line.is_empty()).filter_map(|line| line.strip_prefix("  "));
    for name in listed.filter(|line| !line.starts_with(' ')).filter_map(|line| line.split_whitespace().next())
    {
        helps(directory, &[command, &[name]].concat(), all);
    }
    let words = [&["selvedge"], command, &["-h"]].concat().join(" ");
    all.insert(words, seen.out.lines().map(|line| format!("{}\n", line.trim_end())).collect());
}

#[test]
fn the_documentation_shows_every_help() {
    let mut all = BTreeMap::new();
    helps(&Directory::new("help"), &[], &mut all);
    assert!(all.len() > 8, "{all:?}");
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/command.md");
    let page = std::fs::read_to_string(file).unwrap();
    let mut expected = page.clone();
    for (words, help) in &all {
        let start = format!("```text\n$ {words}\n");
        let Some((before, rest)) = expected.split_once(&start) else {
            let text = format!("docs/command.md does not show `{words}`: write\n{start}```");
            assert!(page.contains(&start), "{text}");
            continue;
        };
        let after = rest.split_once("```\n").unwrap().1;
        expected = format!("{before}{start}{help}```\n{after}");
    }
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(file, &expected).unwrap();
    } else {
        assert!(expected == page, "docs/command.md shows another help than there is: write it with UPDATE=1");
    }
    let shown = page.lines().filter(|line| line.starts_with("$ selvedge")).count();
    assert_eq!(shown, all.len(), "docs/command.md shows commands that are not there");
}

#[test]
fn every_option_is_explained() {
    let mut all = BTreeMap::new();
    helps(&Directory::new("explained"), &[], &mut all);
    for (words, help) in all {
        let options = help.split("\nOptions:\n").nth(1).unwrap();
        for line in options.lines().filter(|line| line.trim_start().starts_with('-')) {
            let told = line.trim_start().split_once("  ").map(|(_, told)| told.trim()).unwrap_or_default();
            assert!(told.len() > 5 && !told.ends_with('.'), "{words}: {line}");
        }
    }
}

#[test]
fn shells_complete_commands_and_options() {
    let directory = Directory::new("completions");
    for (shell, words) in [
        ("bash", &["_selvedge()", "--destination", "cloudflare-free"][..]),
        ("zsh", &["#compdef selvedge", "--destination", "cloudflare-free"]),
        ("fish", &["complete -c selvedge", "-l destination", "cloudflare-free"]),
        ("elvish", &["edit:completion:arg-completer[selvedge]"]),
        ("powershell", &["Register-ArgumentCompleter"]),
    ] {
        let seen = directory.run(&["completions", shell]);
        assert_eq!((seen.code, seen.err.as_str()), (Some(0), ""), "{shell}");
        for word in words {
            assert!(seen.out.contains(word), "no {word} for {shell}");
        }
    }
    assert_eq!(directory.run(&["completions", "tcsh"]).code, Some(2));
    // What a shell that is here makes of it.
    std::fs::write(directory.0.join("complete"), directory.run(&["completions", "bash"]).out).unwrap();
    let script = "source ./complete; COMP_WORDS=(selvedge se); COMP_CWORD=1; _selvedge selvedge se selvedge; echo \"${COMPREPLY[*]}\"";
    let ran = Command::new("bash").current_dir(&directory.0).args(["-c", script]).output().unwrap();
    assert_eq!(
        String::from_utf8(ran.stdout).unwrap().trim(),
        "send",
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
}

#[test]
fn colours_are_for_terminals() {
    let directory = Directory::with("colours", &GOOD.replace("origin", "orign"));
    let run = |variable: (&str, &str)| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_selvedge"));
        Seen::of(command.current_dir(&directory.0).arg("check").env(variable.0, variable.1).output().unwrap())
    };
    let (plain, forced) = (run(("NO_COLOR", "1")), run(("CLICOLOR_FORCE", "1")));
    assert!(
        !plain.err.contains('\u{1b}') && forced.err.contains("\u{1b}[1m\u{1b}[31merror"),
        "{}",
        forced.err
    );
    assert!(!directory.run(&["check"]).err.contains('\u{1b}'));
}
