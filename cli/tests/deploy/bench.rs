//! A directory that looks like the repository, with stand-ins for what is installed in it.

// Each test uses a part of this.
#![allow(dead_code, missing_docs, missing_debug_implementations, unreachable_pub, clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::{Directory, GOOD, Seen};

/// A key as `openssl rand -hex 32` prints them.
pub const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

pub struct Bench(Directory);

impl Bench {
    pub fn new(name: &str) -> Self {
        let bench =
            Self(Directory::with(&format!("deploy-{name}"), &format!("{GOOD}\n[delivery]\noutbox = true\n")));
        bench.write("scripts/build.sh", "");
        bench.write("worker.js", "export default { fetch() { return new Response(); } };\n");
        bench.write(
            "wrangler.toml",
            "name = \"selvedge\"\nmain = \"worker.js\"\ncompatibility_date = \"2026-04-01\"\n[dev]\nport = 7676\n",
        );
        bench.write("fastly.toml", "name = \"selvedge\"\n[scripts]\nbuild = \"true\"\n");
        bench.write("state/log", "");
        for (tool, text) in [("wrangler", include_str!("wrangler.sh")), ("fastly", include_str!("fastly.sh"))]
        {
            let path = bench.tool(tool);
            bench.write(&format!("node_modules/.bin/{tool}"), text);
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        bench
    }

    fn tool(&self, name: &str) -> PathBuf {
        self.0.0.join("node_modules/.bin").join(name)
    }

    pub fn without_tools(&self) {
        std::fs::remove_dir_all(self.0.0.join("node_modules")).unwrap();
    }

    pub fn path(&self, file: &str) -> String {
        self.0.0.join(file).display().to_string()
    }

    pub fn write(&self, file: &str, text: &str) {
        let path = self.0.0.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub fn file(&self, file: &str) -> String {
        std::fs::read_to_string(self.0.0.join(file)).unwrap()
    }

    /// What a stand-in was given, or has.
    pub fn state(&self, file: &str) -> String {
        self.file(&format!("state/{file}"))
    }

    /// How they were called.
    pub fn log(&self) -> Vec<String> {
        self.state("log").lines().map(str::to_owned).collect()
    }

    fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.current_dir(&self.0.0).env("STATE", self.0.0.join("state")).stdin(Stdio::null());
        for name in ["SELVEDGE_KEY", "HOOK", "FASTLY_SERVICE_ID"] {
            command.env_remove(name);
        }
        command
    }

    pub fn deploy(&self, args: &[&str], environment: &[(&str, &str)]) -> Seen {
        let mut command = self.command(env!("CARGO_BIN_EXE_selvedge"));
        command.arg("deploy").args(args).envs(environment.iter().copied());
        Seen::of(command.output().unwrap())
    }

    /// A script, with the stand-ins' own variables.
    pub fn bash(&self, script: &str, environment: &[(&str, String)]) -> Seen {
        let mut command = self.command("bash");
        command.args(["-c", script]).envs(environment.iter().map(|(name, value)| (name, value)));
        Seen::of(command.output().unwrap())
    }

    /// Wrangler itself.
    pub fn real_wrangler(&self, args: &[&str]) -> Seen {
        let wrangler = concat!(env!("CARGO_MANIFEST_DIR"), "/../node_modules/.bin/wrangler");
        let mut command = self.command(wrangler);
        command.args(args).env("WRANGLER_SEND_METRICS", "false").env("NO_COLOR", "1").env("CI", "1");
        Seen::of(command.output().unwrap())
    }

    /// What is shown in a terminal, whose user answers each question once it is there.
    pub fn in_terminal(&self, args: &[&str], answers: &[(&str, &str)]) -> String {
        let words = [&["exec", env!("CARGO_BIN_EXE_selvedge"), "deploy"], args].concat().join(" ");
        let mut command = self.command("script");
        command.args(["--quiet", "--return", "--command", &words, "/dev/null"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let mut shown = Vec::new();
        for (question, answer) in answers {
            let mut byte = [0];
            while !shown.ends_with(question.as_bytes()) {
                let read = stdout.read(&mut byte).unwrap();
                assert!(read == 1, "never asked {question:?}: {}", String::from_utf8_lossy(&shown));
                shown.push(byte[0]);
            }
            // Nobody types in the microseconds between the question and the echo's end.
            std::thread::sleep(std::time::Duration::from_millis(300));
            stdin.write_all(format!("{answer}\n").as_bytes()).unwrap();
        }
        stdout.read_to_end(&mut shown).unwrap();
        let shown = String::from_utf8(shown).unwrap();
        assert!(child.wait().unwrap().success(), "{shown}");
        shown
    }

    /// No secret was printed, nor stood on a command line.
    pub fn kept_quiet(&self, seen: &Seen, secrets: &[&str]) {
        for secret in secrets {
            let told = [&seen.out, &seen.err, &self.state("log")];
            assert!(told.iter().all(|text| !text.contains(secret)), "{secret} in {seen:?}");
        }
    }
}

/// What a service says that is well.
pub fn health(platform: &str, components: u32) -> Value {
    json!({
        "status": "ok", "version": env!("CARGO_PKG_VERSION"), "platform": platform, "sites": 1,
        "components": components, "components_ready": components, "identity": true,
    })
}

/// A service that says this to everybody, for as long as the test runs.
pub fn service(said: Value) -> String {
    answering(move |_| said.clone())
}

/// A service that says something to each path with its query.
pub fn answering(says: impl Fn(&str) -> Value + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let (mut line, mut path) = (String::new(), None);
            while stream.read_line(&mut line).is_ok_and(|read| read > 2) {
                path = path.or_else(|| line.split(' ').nth(1).map(str::to_owned));
                line.clear();
            }
            let body = says(&path.unwrap_or_default()).to_string();
            let head = format!(
                "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            drop(stream.get_mut().write_all(format!("{head}{body}").as_bytes()));
        }
    });
    url
}
