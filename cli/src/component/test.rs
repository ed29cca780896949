//! `selvedge component test`: calls a component, and shows what comes out or compares it with what must.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use selvedge_guests::link::Component;
use selvedge_guests::{Called, Failure, Interface};
use serde_json::{Map, Value, json};

use super::fixture::{self, Fixture};
use super::show;
use super::subject::{Allowed, Subject, pairs, start};

/// What `selvedge component test` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The component: its file, or the directory that it is built in
    #[arg(default_value = ".")]
    component: PathBuf,
    /// Show what becomes of this event: page, track, user, or a file with one
    #[arg(long, value_name = "EVENT")]
    event: Option<String>,
    /// A setting for --event and --cookie; those that must be there and are not given get something
    #[arg(long = "setting", value_name = "NAME=VALUE")]
    settings: Vec<String>,
    /// Show what a consent mapping reads from this cookie
    #[arg(long = "cookie", value_name = "NAME=VALUE", conflicts_with = "event")]
    cookies: Vec<String>,
    /// Show the request as a command for the shell
    #[arg(long, requires = "event")]
    curl: bool,
    /// The directory of the cases, if not fixtures/ beside the component
    #[arg(long, value_name = "DIR", conflicts_with_all = ["event", "cookies"])]
    fixtures: Option<PathBuf>,
    /// Write what comes out into the cases, instead of comparing
    #[arg(long, conflicts_with_all = ["event", "cookies"])]
    update: bool,
    #[command(flatten)]
    allowed: Allowed,
}

/// Runs the command.
///
/// # Errors
/// When the component cannot be linked or a call fails, or a case is not what it says.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let subject = Subject::read(&args.component)?;
    let component = subject.open()?;
    let maps = component.interface == Interface::ConsentMapping;
    match &args.event {
        Some(_) if maps => bail!("a consent mapping gets no events, but cookies: --cookie NAME=VALUE"),
        None if !maps && !args.cookies.is_empty() => {
            bail!("a destination gets no cookies, but events: --event page")
        }
        Some(event) => {
            let called = start(&component.guest(), args.allowed)
                .event(&given(event)?, &subject.settings(&args.settings)?);
            let show = if args.curl { show::curl } else { show::text };
            told(called, |request| show(&request))
        }
        None if !args.cookies.is_empty() => {
            let cookies = pairs("--cookie", &args.cookies)?;
            let called =
                start(&component.guest(), args.allowed).map(&cookies, &subject.settings(&args.settings)?);
            told(called, |state| match state {
                None => "nothing known\n".to_owned(),
                Some(state) => format!("{}\n", format!("{state:?}").to_lowercase()),
            })
        }
        None => {
            let beside = subject.manifest.as_ref().map(|manifest| manifest.directory.clone());
            let beside = beside.or_else(|| subject.file.parent().map(Path::to_owned)).unwrap_or_default();
            let directory = args.fixtures.clone().unwrap_or_else(|| beside.join("fixtures"));
            cases(&component, &directory, args)
        }
    }
}

/// The event that is meant: a sample, or one from a file.
fn given(event: &str) -> Result<selvedge_core::event::Event> {
    if matches!(event, "page" | "track" | "user") {
        return fixture::event(&json!({ "type": event }));
    }
    let text = std::fs::read_to_string(event).with_context(|| {
        format!("--event {event}: it is page, track, user, or a file, which cannot be read")
    })?;
    let value: Value = serde_json::from_str(&text).with_context(|| format!("{event} is no JSON"))?;
    // A case has one in it.
    fixture::event(value.get("event").unwrap_or(&value)).with_context(|| event.to_owned())
}

/// What came out to stdout, what it took to stderr.
fn told<T>(called: Called<T>, show: impl FnOnce(T) -> String) -> Result<ExitCode> {
    anstream::eprintln!("{}", show::cost(&called));
    if !called.said.is_empty() {
        anstream::eprintln!("it says: {}", called.said);
    }
    match called.result {
        Ok(result) => {
            anstream::print!("{}", show(result));
            Ok(ExitCode::SUCCESS)
        }
        Err(Failure::Refused(reason)) => bail!("the component refuses: {reason}"),
        Err(failure) => Err(failure.into()),
    }
}

fn cases(component: &Component, directory: &Path, args: &Args) -> Result<ExitCode> {
    let fixtures = Fixture::all(directory)?;
    if fixtures.is_empty() {
        bail!("there are no cases in {}", directory.display());
    }
    let mut failed = 0;
    for fixture in &fixtures {
        let outcome = fixture.play(component, args.allowed);
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(error) => {
                failed += 1;
                anstream::println!("{}: FAILED\n  {error:#}", fixture.name());
                continue;
            }
        };
        if outcome == fixture.expected() {
            anstream::println!("{}: as it should be", fixture.name());
        } else if args.update {
            fixture.update(outcome)?;
            anstream::println!("{}: written", fixture.name());
        } else {
            failed += 1;
            anstream::println!("{}: FAILED\n{}", fixture.name(), difference(fixture.expected(), outcome));
        }
    }
    if failed > 0 {
        bail!("{failed} of {} cases failed; if that is what was meant: --update", fixtures.len());
    }
    Ok(ExitCode::SUCCESS)
}

/// What must come out and what does, from the first line that differs to the last.
fn difference(expected: Map<String, Value>, found: Map<String, Value>) -> String {
    let [expected, found] = [expected, found].map(|side| format!("{:#}", Value::Object(side)));
    let [old, new]: [Vec<&str>; 2] = [&expected, &found].map(|text| text.lines().collect());
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let [old, new] = [&old, &new].map(|lines| lines.get(same..).unwrap_or_default());
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    let mut out = Vec::new();
    for (sign, lines) in [('-', old), ('+', new)] {
        let lines = lines.get(..lines.len() - tail).unwrap_or_default();
        out.extend(lines.iter().map(|line| format!("  {sign} {line}")));
    }
    out.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_shown() {
        let map = |value: Value| value.as_object().unwrap().clone();
        let old = map(json!({ "request": { "method": "POST", "url": "a", "body": 1 } }));
        let new = map(json!({ "request": { "method": "POST", "url": "b", "body": 1 } }));
        assert_eq!(difference(old, new), "  -     \"url\": \"a\",\n  +     \"url\": \"b\",");
    }
}
