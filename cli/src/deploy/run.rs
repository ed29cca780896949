//! Goes through a plan: first looks what is there, then asks for what is secret, and only then creates anything.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use selvedge_core::config::Config;
use serde_json::json;

use super::Args;
use super::address::{of_fastly, of_wrangler};
use super::health::Expected;
use super::manifest::Manifest;
use super::pages::listed;
use super::plan::{Act, Plan, Step};
use super::secret::{Values, values};
use super::tool::{Answer, Tools};
use crate::needs::{Line, Need, Secret};
use crate::platform::Platform;

/// What is known on the way.
#[derive(Debug)]
pub(super) struct Runner<'a> {
    args: &'a Args,
    directory: &'a Path,
    platform: Platform,
    tools: Tools,
    expected: Expected,
    /// Where the service is asked.
    url: Option<String>,
    /// Whether the service is there; on Cloudflare it needs not be.
    has_service: bool,
    /// The ids of stores.
    stores: BTreeMap<&'static str, String>,
    /// What was answered to looks: several look at the same list.
    answers: BTreeMap<Line, Answer>,
    /// The secrets that are to be created.
    values: Values,
}

impl<'a> Runner<'a> {
    /// Ready to go.
    ///
    /// # Errors
    /// When the manifest cannot be read.
    pub(super) fn new(
        args: &'a Args,
        directory: &'a Path,
        config: &Config,
        url: Option<String>,
    ) -> Result<Self> {
        let platform = args.platform.platform();
        let has_service =
            platform == Platform::Cloudflare || Manifest::read(platform, directory)?.has_service();
        Ok(Self {
            args,
            directory,
            platform,
            tools: Tools::new(directory),
            expected: Expected::new(config, platform),
            url,
            has_service,
            stores: BTreeMap::new(),
            answers: BTreeMap::new(),
            values: Values::new(),
        })
    }

    /// Takes every step.
    ///
    /// # Errors
    /// When one fails, with its name.
    pub(super) fn run(&mut self, plan: &Plan) -> Result<()> {
        let total = plan.steps.len();
        let mut has_values = false;
        for (number, step) in (1..).zip(&plan.steps) {
            // What the account has is only asked, and nothing created, before all secrets are at hand.
            if !has_values && matches!(step.act, Act::Service(_) | Act::Create(_)) {
                self.values = self.ask_for_secrets(plan)?;
                has_values = true;
            }
            if !self.args.json && matches!(step.act, Act::Run(_) | Act::Publish(..) | Act::Health(_)) {
                anstream::eprintln!("{number}/{total} {} …", step.what);
            }
            let outcome = self.take(step).with_context(|| {
                format!(
                    "step {number} of {total}, {}. What was done before stays: once this is mended, run the same command again, \
                     and it goes on from there",
                    step.what
                )
            })?;
            if self.args.json {
                anstream::println!(
                    "{}",
                    json!({"step": number, "of": total, "what": step.what, "outcome": outcome})
                );
            } else {
                anstream::println!("{number}/{total} {}: {outcome}", step.what);
            }
        }
        Ok(())
    }

    fn take(&mut self, step: &Step) -> Result<String> {
        match &step.act {
            Act::Check => Ok(format!("good for {}", self.args.platform.title())),
            Act::Bind(missing) => {
                let text = Manifest::text(missing, |name| self.stores.get(name).map(String::as_str));
                Manifest::read(self.platform, self.directory)?.append(&text)?;
                Ok("written".into())
            }
            Act::Run(line) => self.tools.run(line, &[]).map(|()| "built".into()),
            Act::Account(line) => {
                let answer = self.tools.ask(line, None)?;
                if !answer.good {
                    let how = match self.platform {
                        Platform::Fastly => "`npx fastly auth login`, or FASTLY_API_TOKEN",
                        Platform::Cloudflare => "`npx wrangler login`, or CLOUDFLARE_API_TOKEN",
                    };
                    bail!("nobody is logged in: {how}. {}", failed(line, &answer));
                }
                Ok("logged in".into())
            }
            Act::Service(line) => self.create_service(line),
            Act::Create(need) => self.create(need),
            Act::Publish(line, address) => self.publish(line, address.as_ref()),
            Act::Health(path) => {
                let url = self.url.as_ref().context(
                    "the platform's command does not say where the service is reached; name its address with --url",
                )?;
                self.expected.wait_for(&format!("{url}{path}"), Duration::from_secs(self.args.wait))
            }
        }
    }

    /// The values of all secrets that are not there.
    fn ask_for_secrets(&mut self, plan: &Plan) -> Result<Values> {
        let mut missing: Vec<&Secret> = Vec::new();
        for step in &plan.steps {
            let Act::Create(need) = &step.act else { continue };
            let is_there = self.is_there(need).with_context(|| format!("cannot look for {}", need.what))?;
            missing.extend(need.secret.iter().filter(|_| !is_there));
        }
        values(&missing, self.args.yes, self.directory)
    }

    /// Whether something is there already; a store's id is kept.
    fn is_there(&mut self, need: &Need) -> Result<bool> {
        let mut line = need.look.line.clone();
        match need.of.and_then(|store| self.stores.get(store)) {
            Some(id) => line = line.with_store(id),
            // What is in a store that is not there is not there either.
            None if line.wants_store() => return Ok(false),
            None => {}
        }
        // Nor is what belongs to a service that is not there.
        if !self.has_service && line.args.first().is_some_and(|word| word == "service") {
            return Ok(false);
        }
        if !self.answers.contains_key(&line) {
            let answer = listed(&self.tools, &line)?;
            self.answers.insert(line.clone(), answer);
        }
        let answer = self.answers.get(&line).context("no answer")?;
        if !answer.good && !answer.is_absence() {
            bail!("{}", failed(&line, answer));
        }
        let Some(name) = &need.look.finds else { return Ok(answer.good) };
        let object = answer.object(name);
        if let (Some(store), Some(id)) = (need.store, object.as_ref().and_then(Answer::id)) {
            self.stores.insert(store, id.to_owned());
        }
        Ok(object.is_some())
    }

    fn create(&mut self, need: &Need) -> Result<String> {
        if self.is_there(need)? {
            return Ok("there already".into());
        }
        let mut line = need.create.clone();
        if let Some(store) = need.of {
            let id = self.stores.get(store).with_context(|| format!("the id of {store} is not known"))?;
            line = line.with_store(id);
        }
        let value = match &need.secret {
            Some(secret) => Some(self.values.get(&secret.name).context("its value is not known")?.as_str()),
            None => None,
        };
        let answer = self.tools.ask(&line, value)?;
        if !answer.good {
            bail!("{}", failed(&line, &answer));
        }
        if let Some(store) = need.store {
            match answer.json().as_ref().and_then(Answer::id) {
                Some(id) => drop(self.stores.insert(store, id.to_owned())),
                // wrangler's answer is for people: the list has the id.
                None => {
                    self.answers.remove(&need.look.line);
                    if !self.is_there(need)? {
                        bail!("it was created, and is not listed yet");
                    }
                }
            }
        }
        Ok("created".into())
    }

    fn create_service(&mut self, line: &Line) -> Result<String> {
        let answer = self.tools.ask(line, None)?;
        if !answer.good {
            let hint = "a service of that name that is there already is used with its id, as `service_id = \"…\"` in fastly.toml";
            bail!("{} ({hint})", failed(line, &answer));
        }
        // `SUCCESS: Created service SU1Z0isxPaozGVKXdv0eY`
        let id = answer.all.split("Created service ").nth(1).and_then(|rest| rest.split_whitespace().next());
        let id = id.ok_or_else(|| anyhow!("`{line}` says no id: {}", answer.all))?;
        Manifest::read(self.platform, self.directory)?.set_service(id)?;
        self.has_service = true;
        Ok(format!("created, {id}"))
    }

    fn publish(&mut self, line: &Line, address: Option<&Line>) -> Result<String> {
        let written = std::env::temp_dir().join(format!("selvedge-deploy-{}.json", std::process::id()));
        let published = self.tools.run(line, &[("WRANGLER_OUTPUT_FILE_PATH", &written)]);
        let said = std::fs::read_to_string(&written).unwrap_or_default();
        drop(std::fs::remove_file(&written));
        published?;
        let known = match address {
            // It does not matter whether it is known where --url names one.
            Some(line) => self.tools.ask(line, None)?.json().as_ref().and_then(of_fastly),
            None => of_wrangler(&said),
        };
        if self.url.is_none() {
            self.url.clone_from(&known);
        }
        Ok(known.map_or_else(|| "published".into(), |address| format!("published, {address}")))
    }
}

/// A command that failed, with what it said.
fn failed(line: &Line, answer: &Answer) -> String {
    format!("`{line}` failed:\n{}", answer.all)
}
