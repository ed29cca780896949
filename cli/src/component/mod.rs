//! `selvedge component`: components for Edgee's interfaces, from an empty directory to a line of `selvedge.lock`.

mod add;
mod build;
mod check;
mod encode;
mod fixture;
mod inspect;
mod language;
mod list;
pub(crate) mod lock;
mod manifest;
mod new;
mod registry;
mod show;
mod subject;
mod test;

use std::process::ExitCode;

use anyhow::Result;

/// What can be done with components.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Begin a component: a small project that builds with its language's own tools
    New(new::Args),
    /// Run the build command of a component's manifest, and make a component of what comes out
    Build(build::Args),
    /// Say whether a component can be linked, and what it costs
    Check(check::Args),
    /// Call a component, and compare what comes out with its cases, or show it
    Test(test::Args),
    /// Say what a component is: its interface, its imports, what it was made with
    Inspect(inspect::Args),
    /// Take a component from a registry, and lock what it is
    Add(add::Args),
    /// List the components of a configuration: where they are from, what they are, what they cost
    List(list::Args),
}

/// Runs the command.
///
/// # Errors
/// As each of them says.
pub(crate) fn run(command: &Command) -> Result<ExitCode> {
    match command {
        Command::New(args) => new::run(args),
        Command::Build(args) => build::run(args),
        Command::Check(args) => check::run(args),
        Command::Test(args) => test::run(args),
        Command::Inspect(args) => inspect::run(args),
        Command::Add(args) => add::run(args),
        Command::List(args) => list::run(args),
    }
}
