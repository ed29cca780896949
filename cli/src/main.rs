//! `selvedge`, the command: checks a configuration, builds the artifact, and runs all of it on this machine.

#![forbid(unsafe_code)]

mod build;
mod catcher;
mod check;
mod clock;
mod component;
mod config;
mod debug;
mod demo;
mod deploy;
mod dev;
mod file;
mod guests;
mod https;
mod init;
mod inspect;
mod inspector;
mod migrate;
mod needs;
mod outbox;
mod platform;
mod ports;
mod rollout;
mod schema;
mod send;
mod service;
mod table;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

/// A website's analytics at the edge: check it, build it, run it on this machine.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a configuration and the platforms' manifests, from flags and a few questions
    Init(init::Args),
    /// Say what is wrong with a configuration, or what it needs before it is deployed
    Check(check::Args),
    /// Show what each destination would get of an event or a visit, and why others would not
    Send(send::Args),
    /// Put a configuration into a compiled artifact (scripts/build.sh does so)
    Build(build::Args),
    /// Run the website through Selvedge on this machine, and show the events that leave it
    Dev(dev::Args),
    /// Check, build, create what is missing on the platform, publish, and see that the service is well
    Deploy(deploy::Args),
    /// Show a log of visits in the inspector
    Inspect(inspect::Args),
    /// Show one's own visits on the live site in the inspector, and nobody else's
    Debug(debug::Args),
    /// Write, build, try and install third parties' components
    #[command(subcommand)]
    Component(component::Command),
    /// Make a configuration of an Edgee proxy's, and say what is different
    Migrate(migrate::Args),
    /// Put a configuration to work without a deployment, or an earlier one again
    Config(rollout::Args),
    /// Show, try or put back what could not be delivered
    Outbox(outbox::Args),
    /// Print the JSON Schema of selvedge.toml, for editors
    Schema,
    /// Print a script that completes commands and options in a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Serve the demo shop and catch events, without an edge in front
    #[command(hide = true)]
    Demo(demo::Args),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Init(args) => init::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Send(args) => send::run(&args),
        Command::Build(args) => build::run(&args),
        Command::Dev(args) => dev::run(args),
        Command::Deploy(args) => deploy::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Debug(args) => debug::run(&args),
        Command::Component(command) => component::run(&command),
        Command::Migrate(args) => migrate::run(&args),
        Command::Config(args) => rollout::run(&args),
        Command::Outbox(args) => outbox::run(&args),
        Command::Schema => schema::run(),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "selvedge", &mut script);
            anstream::print!("{}", String::from_utf8_lossy(&script));
            Ok(ExitCode::SUCCESS)
        }
        Command::Demo(args) => demo::run(&args),
    };
    result.unwrap_or_else(|error| {
        anstream::eprintln!("{}", config::shown(&error));
        ExitCode::FAILURE
    })
}
