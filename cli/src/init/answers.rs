//! What is to be written: from the flags, and where these are silent from whoever sits there.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};

use anyhow::{Context, Result, anyhow, bail};
use clap::ValueEnum;
use selvedge_core::component::{Kind, SettingSpec};
use selvedge_core::config::Origin;
use selvedge_core::config::pattern::HostPattern;
use selvedge_core::config::place::perhaps;

use super::Args;
use crate::build::origin;
use crate::platform::Platform;

/// All that is asked.
#[derive(Debug)]
pub(super) struct Answers {
    pub(super) origin: Origin,
    pub(super) hosts: Vec<String>,
    pub(super) platforms: Vec<Platform>,
    pub(super) destinations: Vec<Destination>,
}

/// A destination, with the settings that were given.
#[derive(Debug)]
pub(super) struct Destination {
    pub(super) kind: &'static Kind,
    pub(super) settings: BTreeMap<&'static str, String>,
}

impl Answers {
    /// Takes what the flags say and asks for the rest.
    ///
    /// # Errors
    /// When an answer is wrong, or something must be known and may not be asked.
    pub(super) fn of(args: &Args) -> Result<Self> {
        let ask = Ask { silent: args.yes };
        let given = match &args.origin {
            Some(given) => origin(given)?,
            None => ask.until(
                "Where does the website live, such as https://origin.example.com?",
                "--origin",
                origin,
            )?,
        };
        let hosts = match &args.hosts[..] {
            [] => ask.or(
                "Which hosts has it, such as shop.example.com? Several with commas; nothing: every host.",
                words,
            )?,
            given => given.to_vec(),
        };
        for host in &hosts {
            HostPattern::try_from(host.clone()).map_err(|error| anyhow!("--host {host}: {error}"))?;
        }
        let platforms = match &args.platforms[..] {
            [] => ask.or("Which platform, fastly or cloudflare? Nothing: both.", platforms)?,
            given => given.to_vec(),
        };
        let platforms = if platforms.is_empty() { Platform::value_variants().to_vec() } else { platforms };
        let kinds = match &args.destinations[..] {
            [] => ask.or(&format!("Which destinations, of {}?", names().join(", ")), |text| {
                words(text)?.iter().map(kind).collect()
            })?,
            given => given.iter().flat_map(|list| list.split(',')).map(kind).collect::<Result<Vec<_>>>()?,
        };
        let mut destinations: Vec<_> =
            kinds.into_iter().map(|kind| Destination { kind, settings: BTreeMap::new() }).collect();
        for setting in &args.settings {
            set(&mut destinations, setting).with_context(|| format!("--set {setting}"))?;
        }
        for Destination { kind, settings } in &mut destinations {
            let missing =
                |spec: &&SettingSpec| spec.required && !spec.secret && !settings.contains_key(spec.name);
            for spec in kind.settings.iter().filter(missing).collect::<Vec<_>>() {
                let question = format!("{} needs `{}`: {}", kind.name, spec.name, spec.help);
                let flag = format!("--set {}.{}=…", kind.name, spec.name);
                settings.insert(spec.name, ask.until(&question, &flag, |text| Ok(text.to_owned()))?);
            }
        }
        Ok(Self { origin: given, hosts, platforms, destinations })
    }
}

/// Asks on stderr, so that stdout has the result alone, and reads from stdin, whoever writes there.
struct Ask {
    silent: bool,
}

impl Ask {
    /// Asks for what must be known, until it is understood.
    fn until<T>(&self, question: &str, flag: &str, read: impl Fn(&str) -> Result<T>) -> Result<T> {
        if self.silent {
            bail!("{question} Say it with {flag}");
        }
        loop {
            let Some(line) = line(question)? else { bail!("nobody answers; say it with {flag}") };
            match read(&line) {
                _ if line.is_empty() => {}
                Ok(answer) => return Ok(answer),
                Err(error) => anstream::eprintln!("{error:#}"),
            }
        }
    }

    /// Asks for what has a default, which is nothing.
    fn or<T: Default>(&self, question: &str, read: impl Fn(&str) -> Result<T>) -> Result<T> {
        if self.silent {
            return Ok(T::default());
        }
        loop {
            let Some(line) = line(question)? else { return Ok(T::default()) };
            match read(&line) {
                _ if line.is_empty() => return Ok(T::default()),
                Ok(answer) => return Ok(answer),
                Err(error) => anstream::eprintln!("{error:#}"),
            }
        }
    }
}

/// A line of stdin without what surrounds it; none at its end.
fn line(question: &str) -> Result<Option<String>> {
    anstream::eprint!("{question}\n> ");
    anstream::stderr().flush().context("cannot ask")?;
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line).context("cannot read the answer")?;
    Ok((read > 0).then(|| line.trim().to_owned()))
}

fn words(text: &str) -> Result<Vec<String>> {
    Ok(text.split([',', ' ']).filter(|word| !word.is_empty()).map(str::to_owned).collect())
}

fn platforms(text: &str) -> Result<Vec<Platform>> {
    let platform = |word: &String| {
        Platform::from_str(word, true).map_err(|_| anyhow!("{word:?} is neither fastly nor cloudflare"))
    };
    words(text)?.iter().filter(|word| *word != "both").map(platform).collect()
}

fn names() -> Vec<&'static str> {
    selvedge_components::registry().iter().map(|kind| kind.name).collect()
}

fn kind(name: impl AsRef<str>) -> Result<&'static Kind> {
    let name = name.as_ref().trim();
    selvedge_components::registry().iter().find(|kind| kind.name == name).ok_or_else(|| {
        let message = perhaps(format!("there is no destination {name:?}"), name, names());
        anyhow!("{message}; there are {}", names().join(", "))
    })
}

/// Takes `KIND.NAME=VALUE`.
fn set(destinations: &mut [Destination], setting: &str) -> Result<()> {
    let form = || anyhow!("it is KIND.NAME=VALUE, such as ga4.measurement_id=G-XXXXXXX");
    let (place, value) = setting.split_once('=').ok_or_else(form)?;
    let (of, name) = place.split_once('.').ok_or_else(form)?;
    let wanted = kind(of)?;
    let destination = destinations.iter_mut().find(|destination| destination.kind.name == wanted.name);
    let destination =
        destination.with_context(|| format!("`{of}` is no destination here; add --destination {of}"))?;
    let all = || wanted.settings.iter().map(|spec| spec.name);
    let spec = wanted.settings.iter().find(|spec| spec.name == name).ok_or_else(|| {
        let message = perhaps(format!("`{of}` has no setting `{name}`"), name, all());
        anyhow!("{message}; it takes {}", all().collect::<Vec<_>>().join(", "))
    })?;
    if spec.secret {
        bail!(
            "`{name}` is a secret, and belongs into the platform's store; `selvedge check` says how it gets there"
        );
    }
    destination.settings.insert(spec.name, value.to_owned());
    Ok(())
}
