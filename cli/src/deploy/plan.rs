//! What a deployment comes to, as data: printed by `--dry-run`, gone through otherwise.

use std::fmt::Write;
use std::path::Path;

use anyhow::Result;
use selvedge_core::config::Config;
use serde_json::{Value, json};

use super::manifest::Manifest;
use crate::check::Target;
use crate::needs::{Binding, Extra, Line, Need, needs};
use crate::platform::Platform;

/// All of it, in order.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) target: Target,
    pub(super) steps: Vec<Step>,
}

/// A step.
#[derive(Debug)]
pub(super) struct Step {
    /// What is looked after, such as `the secret SELVEDGE_KEY`.
    pub(super) what: String,
    pub(super) why: String,
    pub(super) act: Act,
}

/// How.
#[derive(Debug)]
pub(super) enum Act {
    /// The configuration was checked when the plan was made.
    Check,
    /// Bindings are put at the end of `wrangler.toml`.
    Bind(Vec<Binding>),
    /// Runs a command, and shows what it prints.
    Run(Line),
    /// Runs a command that fails where nobody has logged in.
    Account(Line),
    /// Creates the service, whose id goes into `fastly.toml`.
    Service(Line),
    /// Creates what is not there yet.
    Create(Need),
    /// Puts the artifact to work. Fastly's command does not tell the address; the second one does.
    Publish(Line, Option<Line>),
    /// Asks the service, at this path.
    Health(String),
}

impl Plan {
    /// What is to be done for a configuration that is good.
    ///
    /// # Errors
    /// When the platform's manifest is not there, or cannot be read.
    pub(super) fn new(config: &Config, target: Target, extras: &[Extra], directory: &Path) -> Result<Self> {
        let platform = target.platform();
        let mut steps = Vec::new();
        let mut add = |what: &str, why: &str, act| {
            steps.push(Step { what: what.to_owned(), why: why.to_owned(), act });
        };
        let manifest = Manifest::read(platform, directory)?;
        add("the configuration", "nothing is built or created for one that is not good", Act::Check);
        let missing = manifest.missing(config, extras);
        let (build, account) = match platform {
            Platform::Fastly => (fastly("compute build --non-interactive"), fastly("whoami")),
            Platform::Cloudflare => (wrangler("deploy --dry-run"), wrangler("whoami --json")),
        };
        add("the artifact", "built, with the configuration in it", Act::Run(build));
        add("the account", "somebody has to be logged in", Act::Account(account));
        if platform == Platform::Fastly && !manifest.has_service() {
            let create = fastly("service create --type wasm --name").arg(manifest.service_name());
            add("the service", "its id is written into fastly.toml", Act::Service(create));
        }
        for need in needs(config, platform, extras) {
            add(&need.what.clone(), &need.why.clone(), Act::Create(need));
        }
        for need in missing.iter().filter_map(|binding| binding.namespace(manifest.service_name())) {
            add(&need.what.clone(), &need.why.clone(), Act::Create(need));
        }
        if !missing.is_empty() {
            let names: Vec<_> = missing.iter().map(|binding| binding.name()).collect();
            let what = format!("{} in {}", names.join(", "), manifest.name());
            add(&what, "lets the Worker see them", Act::Bind(missing));
        }
        let publish = match platform {
            Platform::Fastly => Act::Publish(
                fastly("compute deploy --non-interactive --status-check-off --version latest"),
                Some(fastly("service domain list --version active --json")),
            ),
            Platform::Cloudflare => Act::Publish(wrangler("deploy"), None),
        };
        add("the deployment", "from here on it serves", publish);
        let health = format!("{}/health", config.collect.path);
        add("its health", "the service says itself that it is this one, and well", Act::Health(health));
        Ok(Self { target, steps })
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let mut out = format!("{} in {} steps\n", self.target.title(), self.steps.len());
        for (step, number) in self.steps.iter().zip(1..) {
            // Text takes whatever is written to it.
            let _ = writeln!(out, "\n{number:>2}. {}: {}", step.what, step.why);
            for line in self.lines(step) {
                let _ = writeln!(out, "      {line}");
            }
        }
        out
    }

    /// For programs.
    pub(super) fn json(&self) -> Value {
        let steps = self.steps.iter().map(|step| {
            let (look, run) = self.commands(step);
            let stdin = match &step.act {
                Act::Create(need) => need.secret.as_ref().map(|secret| secret.name.as_str()),
                _ => None,
            };
            json!({"what": step.what, "why": step.why, "look": look, "run": run, "stdin": stdin})
        });
        json!({"platform": self.target.word(), "steps": steps.collect::<Value>()})
    }

    /// How one knows that it is done, and what does it.
    fn commands(&self, step: &Step) -> (Option<String>, Option<String>) {
        match &step.act {
            Act::Check => (None, Some(format!("selvedge check --platform {}", self.target.word()))),
            Act::Bind(_) | Act::Health(_) => (None, None),
            Act::Run(line) | Act::Account(line) | Act::Service(line) | Act::Publish(line, _) => {
                (None, Some(line.to_string()))
            }
            Act::Create(need) => (Some(need.look.line.to_string()), Some(need.create.to_string())),
        }
    }

    fn lines(&self, step: &Step) -> Vec<String> {
        let (look, run) = self.commands(step);
        let mut lines: Vec<_> = look.map(|look| format!("{look}   # there already?")).into_iter().collect();
        let value = match &step.act {
            Act::Create(Need { secret: Some(secret), .. }) => {
                format!("   # its value on stdin: from ${}, or asked for", secret.name)
            }
            _ => String::new(),
        };
        lines.extend(run.map(|run| format!("{run}{value}")));
        match &step.act {
            Act::Bind(missing) => {
                lines.extend(Manifest::text(missing, |_| None).trim().lines().map(str::to_owned));
            }
            Act::Health(path) => lines.push(format!("GET {path}")),
            Act::Publish(_, Some(address)) => lines.push(format!("{address}   # its address")),
            _ => {}
        }
        lines
    }
}

fn fastly(words: &str) -> Line {
    Line::new("fastly", words)
}

fn wrangler(words: &str) -> Line {
    Line::new("wrangler", words)
}
