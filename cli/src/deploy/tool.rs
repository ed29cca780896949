//! The platforms' own commands: where they are, and what they answer.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::dev::repository;
use crate::needs::Line;

/// A directory, and the commands that are run there.
#[derive(Debug)]
pub(super) struct Tools {
    directory: PathBuf,
    /// Where they may be installed: the repository around the directory, and the one that this command is from.
    installed: Vec<PathBuf>,
}

/// How a command ended, and what it printed.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) good: bool,
    pub(super) out: String,
    pub(super) all: String,
}

impl Tools {
    /// For a directory with a manifest in it.
    pub(super) fn new(directory: &Path) -> Self {
        let program = std::env::current_exe().and_then(|program| program.canonicalize()).ok();
        let around = [Some(directory.to_owned()), program].into_iter().flatten();
        let installed =
            around.filter_map(|from| repository(&from).ok()).map(|root| root.join("node_modules/.bin"));
        Self { directory: directory.to_owned(), installed: installed.collect() }
    }

    /// Runs a command and keeps what it prints. What is secret comes to it by its standard input alone.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(super) fn ask(&self, line: &Line, stdin: Option<&str>) -> Result<Answer> {
        let mut command = self.command(line)?;
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.stdin(if stdin.is_some() { Stdio::piped() } else { Stdio::null() });
        let mut child = command.spawn().with_context(|| format!("cannot start {}", line.tool))?;
        if let (Some(mut pipe), Some(text)) = (child.stdin.take(), stdin) {
            // Whoever does not read it says why in its answer.
            drop(pipe.write_all(text.as_bytes()));
        }
        let output = child.wait_with_output()?;
        let out = String::from_utf8_lossy(&output.stdout).into_owned();
        let all = format!("{}\n{}", out.trim(), String::from_utf8_lossy(&output.stderr).trim());
        Ok(Answer { good: output.status.success(), out, all: all.trim().to_owned() })
    }

    /// Runs a command whose output is for people: it goes to stderr, as it comes.
    ///
    /// # Errors
    /// When it cannot be started, or fails.
    pub(super) fn run(&self, line: &Line, environment: &[(&str, &Path)]) -> Result<()> {
        let mut command = self.command(line)?;
        let status = command
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(std::io::stderr())
            .status()
            .with_context(|| format!("cannot start {}", line.tool))?;
        if !status.success() {
            bail!("`{line}` failed ({status}); what it says is above");
        }
        Ok(())
    }

    fn command(&self, line: &Line) -> Result<Command> {
        let mut command = Command::new(self.find(line.tool)?);
        command.current_dir(&self.directory).args(&line.args);
        // Nobody is there to be asked, and nothing needs to be told to the maker.
        command.env("WRANGLER_SEND_METRICS", "false").env("WRANGLER_HIDE_BANNER", "true");
        Ok(command)
    }

    fn find(&self, tool: &str) -> Result<PathBuf> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let found = self
            .installed
            .iter()
            .cloned()
            .chain(std::env::split_paths(&path))
            .map(|directory| directory.join(tool))
            .find(|file| file.is_file());
        found.with_context(|| format!("{tool} is not installed: run `make setup` in Selvedge's repository"))
    }
}

impl Answer {
    /// What the answer says in JSON; banners may stand before it.
    pub(super) fn json(&self) -> Option<Value> {
        let starts = self.out.char_indices().filter(|(at, letter)| {
            matches!(letter, '[' | '{')
                && (*at == 0 || self.out.get(..*at).is_some_and(|before| before.ends_with('\n')))
        });
        starts.map(|(at, _)| at).find_map(|at| serde_json::from_str(self.out.get(at..)?).ok())
    }

    /// The object of a name somewhere in the answer. Each list has another form: Fastly's KV stores have a `Name` and a
    /// `StoreID`, its other things a `name` and an `id`, Cloudflare's namespaces a `title`.
    pub(super) fn object(&self, name: &str) -> Option<Value> {
        named(&self.json()?, name).cloned()
    }

    /// The id of what was made, or found.
    pub(super) fn id(object: &Value) -> Option<&str> {
        object.get("id").or_else(|| object.get("StoreID")).and_then(Value::as_str)
    }

    /// Whether a command failed because what it asks for is not there.
    pub(super) fn is_absence(&self) -> bool {
        !self.good && ["does not exist", "not found"].iter().any(|words| self.all.contains(words))
    }
}

fn named<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    match value {
        Value::Array(all) => all.iter().find_map(|value| named(value, name)),
        Value::Object(fields) => {
            let is_it = ["name", "Name", "title"]
                .iter()
                .any(|key| fields.get(*key).and_then(Value::as_str) == Some(name));
            if is_it { Some(value) } else { fields.values().find_map(|value| named(value, name)) }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(out: &str) -> Answer {
        Answer { good: true, out: out.to_owned(), all: out.to_owned() }
    }

    #[test]
    fn every_form_of_list_is_read() {
        for (out, id) in [
            (r#"[{"name": "b", "id": "1"}, {"created_at": "x", "name": "a", "id": "2"}]"#, Some("2")),
            (r#"{"Data": [{"Name": "a", "StoreID": "3"}], "Meta": {"limit": "100"}}"#, Some("3")),
            (r#"[{"id": "4", "title": "a", "supports_url_encoding": true}]"#, Some("4")),
            ("\n ⛅ wrangler\n[\n  {\n    \"name\": \"a\",\n    \"type\": \"secret_text\"\n  }\n]\n", None),
        ] {
            let object = answer(out).object("a").unwrap();
            assert_eq!(Answer::id(&object), id);
            assert!(answer(out).object("c").is_none());
        }
        assert!(answer("null").object("a").is_none() && answer("none").object("a").is_none());
    }
}
