//! Whether the deployed service answers, and is the one that was meant.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use selvedge_core::config::Config;
use serde_json::Value;
use ureq::Agent;

use crate::https::agent;
use crate::platform::Platform;

/// How long one answer may take, and how long it is waited between two.
const ANSWER: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_secs(1);

/// What the service is to say of itself.
#[derive(Debug)]
pub(super) struct Expected {
    platform: &'static str,
    sites: usize,
    components: usize,
}

impl Expected {
    pub(super) fn new(config: &Config, platform: Platform) -> Self {
        Self { platform: platform.word(), sites: config.sites.len(), components: config.components.len() }
    }

    /// Asks until the answer is as it is to be: a deployment takes some seconds to be everywhere.
    ///
    /// # Errors
    /// When it is not so in time, with what is different.
    pub(super) fn wait_for(&self, url: &str, wait: Duration) -> Result<String> {
        let (agent, begin) = (agent(0), Instant::now());
        loop {
            match ask(&agent, url).and_then(|said| self.judge(&said)) {
                Ok(version) => {
                    let Self { sites, components, .. } = self;
                    return Ok(format!(
                        "Selvedge {version} answers at {url}: sites {sites}, components {components}, all ready"
                    ));
                }
                Err(problem) if begin.elapsed() >= wait => {
                    bail!(
                        "after {} seconds {url} still does not say that it is well: {problem}",
                        wait.as_secs()
                    )
                }
                Err(_) => sleep(PAUSE.min(wait.saturating_sub(begin.elapsed()))),
            }
        }
    }

    /// The version that answers, or what is wrong.
    fn judge(&self, said: &Value) -> Result<String, String> {
        let word = |name: &str| said.get(name).and_then(Value::as_str).unwrap_or_default();
        let number = |name: &str| said.get(name).and_then(Value::as_u64).unwrap_or_default();
        if word("status") != "ok" {
            return Err("it is not Selvedge that answers, or not at this path (`collect.path`)".into());
        }
        let same = [
            ("the version", word("version").to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
            ("the platform", word("platform").to_owned(), self.platform.to_owned()),
            ("sites", number("sites").to_string(), self.sites.to_string()),
            ("components", number("components").to_string(), self.components.to_string()),
        ];
        if let Some((what, there, here)) = same.iter().find(|(_, there, here)| there != here) {
            return Err(format!(
                "{what}: it has {there}, and what was deployed has {here}; an older one answers"
            ));
        }
        let ready = number("components_ready");
        if ready != number("components") {
            return Err(format!(
                "of {} components {ready} are ready: a secret is missing or not good, and the service's log says which",
                self.components
            ));
        }
        if said.get("identity").and_then(Value::as_bool) != Some(true) {
            return Err(
                "visitors have no identity: the key's secret is missing, or is not 64 hexadecimal digits"
                    .into(),
            );
        }
        Ok(word("version").to_owned())
    }
}

fn ask(agent: &Agent, url: &str) -> Result<Value, String> {
    let asked = agent.get(url).config().timeout_global(Some(ANSWER)).build().call();
    let mut answer = asked.map_err(|error| error.to_string())?;
    let status = answer.status().as_u16();
    if status != 200 {
        return Err(format!("it answers {status}"));
    }
    let text = answer.body_mut().read_to_string().map_err(|error| error.to_string())?;
    Ok(serde_json::from_str(&text).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_different_is_named() {
        let expected = Expected { platform: "fastly", sites: 1, components: 2 };
        let well = json!({
            "status": "ok", "version": env!("CARGO_PKG_VERSION"), "platform": "fastly",
            "sites": 1, "components": 2, "components_ready": 2, "identity": true,
        });
        assert_eq!(expected.judge(&well), Ok(env!("CARGO_PKG_VERSION").to_owned()));
        for (name, value, word) in [
            ("status", json!("no"), "not Selvedge"),
            ("version", json!("0.0.1"), "the version: it has 0.0.1"),
            ("platform", json!("cloudflare"), "the platform: it has cloudflare"),
            ("sites", json!(3), "sites: it has 3, and what was deployed has 1"),
            ("components", json!(1), "components: it has 1"),
            ("components_ready", json!(1), "of 2 components 1 are ready"),
            ("identity", json!(false), "no identity"),
        ] {
            let mut said = well.clone();
            said[name] = value;
            let problem = expected.judge(&said).unwrap_err();
            assert!(problem.contains(word), "{problem}");
        }
    }
}
