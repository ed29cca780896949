//! `selvedge component check`: whether a component can be linked, and what it costs.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use selvedge_core::event::EventType;
use selvedge_guests::link::Component;
use selvedge_guests::{Called, Failure, Interface, sample};

use super::show;
use super::subject::{Allowed, Subject, start};

/// What `selvedge component check` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The component: its file, or the directory that it is built in
    #[arg(default_value = ".")]
    component: PathBuf,
    /// A setting for the calls; those that must be there and are not given get something
    #[arg(long = "setting", value_name = "NAME=VALUE")]
    settings: Vec<String>,
    #[command(flatten)]
    allowed: Allowed,
}

/// Runs the command.
///
/// # Errors
/// When it cannot be linked, or a call fails.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let subject = Subject::read(&args.component)?;
    let component = subject.open()?;
    let settings = subject.settings(&args.settings)?;
    anstream::println!("{} can be linked", subject.file.display());
    anstream::println!("  {:<14}{}", "interface", component.export);
    let names = component.interfaces();
    let names = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
    anstream::println!("  {:<14}{names}", "imports");
    let bytes = show::thousands(component.module.len() as u64);
    anstream::println!("  {:<14}{bytes} bytes to the artifact, before it is compressed", "adds");
    let calls = smoke(&component, &settings, args.allowed);
    let mut failed = Vec::new();
    for Smoke { name, called } in &calls {
        let result = match &called.result {
            Ok(result) => format!("→ {result}"),
            Err(Failure::Refused(reason)) => format!("it refuses: {reason}"),
            Err(failure) => {
                failed.push(*name);
                failure.to_string()
            }
        };
        anstream::println!("  {name:<14}{}: {result}", show::cost(called));
        if !called.said.is_empty() {
            anstream::println!("  {:<14}it says: {}", "", called.said);
        }
    }
    if !failed.is_empty() {
        bail!("{}: failed with {}", subject.file.display(), failed.join(", "));
    }
    if calls.iter().all(|call| call.called.result.is_err()) {
        anstream::eprintln!("Nothing came out; settings are given with --setting NAME=VALUE.");
    }
    Ok(ExitCode::SUCCESS)
}

/// One call to see whether it works.
#[derive(Debug)]
pub(crate) struct Smoke {
    /// The function.
    pub(crate) name: &'static str,
    /// What came out, in a line.
    pub(crate) called: Called<String>,
}

/// Calls each function once, with the sample events, each in an instance of its own.
pub(crate) fn smoke(component: &Component, settings: &[(String, String)], allowed: Allowed) -> Vec<Smoke> {
    let guest = component.guest();
    if component.interface == Interface::ConsentMapping {
        let called = start(&guest, allowed).map(&[], settings);
        let called = lines(called, |state| match state {
            None => "nothing known, where there are no cookies".to_owned(),
            Some(state) => format!("{} where there are no cookies", format!("{state:?}").to_lowercase()),
        });
        return vec![Smoke { name: "map", called }];
    }
    let calls = EventType::all().into_iter().map(|kind| {
        let called = start(&guest, allowed).event(&sample::event(kind), settings);
        Smoke {
            name: kind.word(),
            called: lines(called, |request| format!("{} {}", request.method, request.url)),
        }
    });
    let mut calls: Vec<_> = calls.collect();
    if component.interface == (Interface::DataCollection { authenticates: true }) {
        let called = start(&guest, allowed).authenticate(settings);
        let called = lines(called, |asked| match asked {
            None => "it needs no token".to_owned(),
            Some(asked) => format!("{} {} for a token", asked.method, asked.url),
        });
        calls.push(Smoke { name: "authenticate", called });
    }
    calls
}

fn lines<T>(called: Called<T>, line: impl FnOnce(T) -> String) -> Called<String> {
    let Called { result, fuel, memory, said } = called;
    Called { result: result.map(line), fuel, memory, said }
}
