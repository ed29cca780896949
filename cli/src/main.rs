//! `selvedge`, the command: checks a configuration, builds the artifact, and runs all of it on this machine.

#![forbid(unsafe_code)]

mod build;
mod catcher;
mod check;
mod config;
mod demo;
mod dev;
mod file;
mod migrate;
mod platform;
mod ports;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A website's analytics at the edge: check it, build it, run it on this machine.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Say what is wrong with a configuration, or what it needs before it is deployed
    Check(check::Args),
    /// Put a configuration into a compiled artifact (scripts/build.sh does so)
    Build(build::Args),
    /// Run the website through Selvedge on this machine, and show the events that leave it
    Dev(dev::Args),
    /// Make a configuration of an Edgee proxy's, and say what is different
    Migrate(migrate::Args),
    /// Serve the demo shop and catch events, without an edge in front
    #[command(hide = true)]
    Demo(demo::Args),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Check(args) => check::run(&args),
        Command::Build(args) => build::run(&args),
        Command::Dev(args) => dev::run(args),
        Command::Migrate(args) => migrate::run(&args),
        Command::Demo(args) => demo::run(&args),
    };
    result.unwrap_or_else(|error| {
        anstream::eprintln!("{}", config::shown(&error));
        ExitCode::FAILURE
    })
}
