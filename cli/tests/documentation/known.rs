//! What commands there are, by asking the tools themselves.

#![allow(unreachable_pub)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

/// Programs of other people's whose words nobody here can check, and what they are for.
const OTHERS: [&str; 9] = ["cd", "openssl", "curl", "gcloud", "git", "sh", "grep", "npm", "some-command"];

/// What was asked for so far: the help of each command.
pub struct Known {
    root: PathBuf,
    helps: BTreeMap<Vec<String>, Option<String>>,
}

type Checked = Result<(), String>;

impl Known {
    pub fn new(root: PathBuf) -> Self {
        Self { root, helps: BTreeMap::new() }
    }

    /// Whether a command, with its options, is one.
    pub fn check(&mut self, command: &[String]) -> Checked {
        let words: Vec<_> = command.iter().map(String::as_str).collect();
        match &words[..] {
            ["selvedge" | "target/debug/selvedge", rest @ ..] => Self::selvedge(rest),
            ["npx", "wrangler", rest @ ..] | ["wrangler", rest @ ..] => self.tool("wrangler", rest),
            ["npx", "fastly", rest @ ..] | ["fastly", rest @ ..] => self.tool("fastly", rest),
            ["make", rest @ ..] => self.make(rest),
            ["cargo", "test", rest @ ..] => self.cargo(rest),
            ["node", rest @ ..] => self.files(rest.iter().filter(|word| !word.starts_with("--"))),
            [script, ..] if script.contains('/') => self.files([*script].iter()),
            [program, ..] if OTHERS.contains(program) => Ok(()),
            _ => Err("nobody checks such a command: teach cli/tests/documentation/known.rs".into()),
        }
    }

    /// What a command prints of itself; none where there is no such command.
    fn help(&mut self, tool: &str, path: &[&str]) -> Option<String> {
        let key = std::iter::once(tool).chain(path.iter().copied()).map(str::to_owned).collect();
        let root = &self.root;
        let ask = || {
            let program = root.join("node_modules/.bin").join(tool);
            assert!(program.is_file(), "{tool} is not installed: run `make setup`");
            let mut command = Command::new(program);
            command.args(path).arg("--help").current_dir(std::env::temp_dir());
            command.env("WRANGLER_SEND_METRICS", "false").env("NO_COLOR", "1").env("CI", "1");
            let output = command.output().unwrap();
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let all = text(&output.stdout) + &text(&output.stderr);
            // The two show the help of what is above where a word is not known; Fastly's says so, and what wrangler shows
            // has another title.
            let title = format!("{tool} {}", path.join(" "));
            let title = title.trim_end();
            let is_title = |line: &str| line.trim_end() == title || line.starts_with(&format!("{title} "));
            let is_it = match tool {
                "fastly" => !all.contains("ERROR: error parsing arguments"),
                _ => all.lines().any(is_title),
            };
            is_it.then_some(all)
        };
        self.helps.entry(key).or_insert_with(ask).clone()
    }

    /// The parser itself says what is wrong before it comes to the help that was asked for.
    fn selvedge(words: &[&str]) -> Checked {
        let ran = Command::new(env!("CARGO_BIN_EXE_selvedge")).args(words).arg("--help").output().unwrap();
        if ran.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&ran.stderr).into_owned()) }
    }

    fn tool(&mut self, tool: &str, words: &[&str]) -> Checked {
        let (path, help) = self.deepest(tool, words)?;
        options(&help, &words[path..])
    }

    /// How many of the words name a command, and its help. A command that has others below it wants one of them.
    fn deepest(&mut self, tool: &str, words: &[&str]) -> Result<(usize, String), String> {
        let most = words.iter().take_while(|word| !word.starts_with('-')).count();
        let mut found = self.help(tool, &[]).map(|help| (0, help));
        for depth in 1..=most {
            match self.help(tool, &words[..depth]) {
                Some(help) => found = Some((depth, help)),
                None => break,
            }
        }
        let (depth, help) = found.ok_or("no such tool")?;
        let is_group =
            help.contains("COMMANDS\n") || help.lines().any(|line| line.ends_with("<command> [<args> ...]"));
        let is_flag_alone = words.first().is_none_or(|word| word.starts_with('-'));
        if is_group && !is_flag_alone {
            let next = words.get(depth).unwrap_or(&"");
            return Err(format!("{tool} {} has no command {next:?}", words[..depth].join(" ")));
        }
        Ok((depth, help))
    }

    fn make(&self, words: &[&str]) -> Checked {
        let makefile = std::fs::read_to_string(self.root.join("Makefile")).unwrap();
        let has = |start: String| makefile.lines().any(|line| line.starts_with(&start));
        for word in words {
            let there = match word.split_once('=') {
                Some((variable, _)) => has(format!("{variable} ?=")),
                None => has(format!("{word}:")),
            };
            if !there {
                return Err(format!("the Makefile has no {word}"));
            }
        }
        Ok(())
    }

    fn cargo(&self, words: &[&str]) -> Checked {
        let after = |option: &str| {
            words.windows(2).filter(|pair| pair[0] == option).map(|pair| pair[1]).collect::<Vec<_>>()
        };
        let package = after("-p").first().copied().unwrap_or_default();
        let manifests = ["core", "components", "guests", "cli", "tests", "fastly-app", "cf-worker"];
        let folder = manifests.iter().find(|folder| {
            let manifest = std::fs::read_to_string(self.root.join(folder).join("Cargo.toml")).unwrap();
            manifest.contains(&format!("name = \"{package}\"\n"))
        });
        let folder = folder.ok_or_else(|| format!("there is no package {package:?}"))?;
        for test in after("--test") {
            let manifest = std::fs::read_to_string(self.root.join(folder).join("Cargo.toml")).unwrap();
            let tests = self.root.join(folder).join("tests");
            let files = [tests.join(format!("{test}.rs")), tests.join(test).join("main.rs")];
            let named = manifest.contains(&format!("name = \"{test}\""));
            if !named && !files.iter().any(|file| file.is_file()) {
                return Err(format!("{package} has no test {test}"));
            }
        }
        Ok(())
    }

    /// Files of the repository, perhaps with a star in the name.
    fn files<'a>(&self, mut words: impl Iterator<Item = &'a &'a str>) -> Checked {
        let there = |word: &str| {
            let path = self.root.join(word);
            let Some((start, end)) = path.file_name().and_then(|name| name.to_str()?.split_once('*')) else {
                return path.is_file();
            };
            let entries = path.parent().and_then(|directory| std::fs::read_dir(directory).ok());
            entries.into_iter().flatten().flatten().any(|entry| {
                entry.file_name().to_str().is_some_and(|name| name.starts_with(start) && name.ends_with(end))
            })
        };
        words.find(|word| !there(word)).map_or(Ok(()), |word| Err(format!("there is no {word}")))
    }
}

/// Whether a help explains each option.
fn options(help: &str, words: &[&str]) -> Checked {
    for word in words.iter().filter(|word| word.len() > 1 && word.starts_with('-')) {
        let name = word.split('=').next().unwrap_or_default();
        let explained = help
            .split([' ', ',', '=', '\n', '['])
            .any(|option| option == name || option == format!("--[no-]{}", name.trim_start_matches('-')));
        if !explained {
            return Err(format!("its help does not know {name}"));
        }
    }
    Ok(())
}
