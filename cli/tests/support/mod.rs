//! Directories to run the command in, and what it prints there.

// Each test uses a part of this.
#![allow(dead_code, missing_docs, unreachable_pub, clippy::unwrap_used)]

use std::path::PathBuf;
use std::process::{Command, Output};

/// A configuration without fault.
pub const GOOD: &str = "[[site]]\norigin = \"https://shop.example\"\n\n[[component]]\nkind = \"ga4\"\nsettings = { measurement_id = \"G-TEST\" }\n\n\
    [[component]]\nkind = \"webhook\"\nid = \"events\"\nevents = [\"track\"]\nsettings = { url = \"https://in.example/x\", secret = { secret = \"HOOK\" } }\n";

/// A directory that is removed with what is in it.
pub struct Directory(pub PathBuf);

impl Directory {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("selvedge-command-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// With this in `selvedge.toml`.
    pub fn with(name: &str, config: &str) -> Self {
        let directory = Self::new(name);
        std::fs::write(directory.0.join("selvedge.toml"), config).unwrap();
        directory
    }

    /// What the command prints here, and how it ends.
    pub fn run(&self, args: &[&str]) -> Seen {
        let mut command = Command::new(env!("CARGO_BIN_EXE_selvedge"));
        Seen::of(command.current_dir(&self.0).args(args).output().unwrap())
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// What a command printed, and how it ended.
#[derive(Debug)]
pub struct Seen {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Seen {
    pub fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    #[track_caller]
    /// Failed with these words on stderr, and nothing on stdout.
    pub fn failed(&self, with: &[&str]) {
        assert_eq!(self.code, Some(1), "{self:?}");
        assert_eq!(self.out, "", "errors belong to stderr");
        for part in with {
            assert!(self.err.contains(part), "no {part:?} in:\n{}", self.err);
        }
    }
}
