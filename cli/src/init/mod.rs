//! `selvedge init`: a commented `selvedge.toml` and the platforms' manifests, out of flags and a few questions.

mod answers;
mod configuration;
mod local;
mod manifest;
mod route;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use selvedge_core::config::read::read;
use serde_json::json;

use crate::config::wrong;
use crate::dev::repository;
use crate::file;
use crate::needs::quoted;
use crate::platform::Platform;
use answers::Answers;
use route::Route;

/// What `selvedge init` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where to write
    #[arg(default_value = ".")]
    directory: PathBuf,
    /// Where the website lives, such as https://origin.example.com
    #[arg(long, value_name = "URL")]
    origin: Option<String>,
    /// A host of the website's, such as shop.example.com or *.example.com; may be repeated [default: every host]
    #[arg(long = "host", value_name = "HOST")]
    hosts: Vec<String>,
    /// For this platform alone; may be repeated [default: both]
    #[arg(long = "platform", value_enum, value_name = "PLATFORM")]
    platforms: Vec<Platform>,
    /// A kind of destination, such as ga4; may be repeated
    #[arg(long = "destination", value_name = "KIND")]
    destinations: Vec<String>,
    /// A setting of a destination's, such as ga4.measurement_id=G-XXXXXXX; may be repeated
    #[arg(long = "set", value_name = "KIND.NAME=VALUE")]
    settings: Vec<String>,
    /// What the service is called on the platform
    #[arg(long, default_value = "selvedge")]
    name: String,
    /// Selvedge's repository, which builds the artifact [default: the one that this is in, or that the command is from]
    #[arg(long, value_name = "DIRECTORY")]
    repository: Option<PathBuf>,
    /// Ask nothing: what is not given is left at its default
    #[arg(long, short)]
    yes: bool,
    /// Overwrite files that are there
    #[arg(long)]
    force: bool,
    /// Print what was written as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
/// When something is missing or wrong, or there are files already; then nothing is written.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let route = Route::from(&args.directory, &root(args)?)?;
    let answers = Answers::of(args)?;
    let config = configuration::text(&answers, &route);
    let reading = read(&config, selvedge_components::registry())
        .map_err(|problems| wrong("selvedge.toml", problems))?;
    let mut files = vec![("selvedge.toml", config)];
    for platform in &answers.platforms {
        files.push(match platform {
            Platform::Fastly => ("fastly.toml", manifest::fastly(&args.name, &reading.config, &route)?),
            Platform::Cloudflare => ("wrangler.toml", manifest::cloudflare(&args.name, &answers, &route)),
        });
    }
    for (name, _) in &files {
        let path = args.directory.join(name);
        if path.exists() && !args.force {
            bail!("{} is there already; nothing was written; --force overwrites", path.display());
        }
    }
    if let Some(text) = local::ignored(&args.directory, &answers.platforms)? {
        files.push((local::IGNORE, text));
    }
    for (name, text) in &files {
        file::write(&args.directory.join(name), text.as_bytes())?;
    }
    let mut paths: Vec<_> = files.iter().map(|(name, _)| args.directory.join(name)).collect();
    // Values that somebody wrote there are theirs, whatever was asked for.
    let vars = args.directory.join(local::VARS);
    if answers.platforms.contains(&Platform::Cloudflare) && !vars.exists() {
        file::write_private(&vars, local::vars(&reading.config)?.as_bytes())?;
        paths.push(vars);
    }
    let paths: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
    let next = next(&args.directory, &answers, &route);
    if args.json {
        anstream::println!("{:#}", json!({"files": paths, "next": next}));
    } else {
        paths.iter().for_each(|path| anstream::println!("wrote {path}"));
        anstream::println!("\nNext:");
        next.iter().for_each(|command| anstream::println!("  {command}"));
    }
    Ok(ExitCode::SUCCESS)
}

/// The repository: the one that was named, the one around the directory, or the one that this program was built in.
fn root(args: &Args) -> Result<PathBuf> {
    if let Some(named) = &args.repository {
        let whole = named.canonicalize().with_context(|| format!("cannot find {}", named.display()))?;
        return repository(&whole).with_context(|| format!("--repository {}", named.display()));
    }
    let here = std::env::current_dir().context("there is no current directory")?.join(&args.directory);
    let program = std::env::current_exe().and_then(|program| program.canonicalize());
    repository(&here)
        .or_else(|_| program.map_err(anyhow::Error::from).and_then(|program| repository(&program)))
        .context("the artifact is built in a checkout of Selvedge; name it with --repository DIRECTORY")
}

/// What to do next, as commands.
fn next(directory: &Path, answers: &Answers, route: &Route) -> Vec<String> {
    let mut next = Vec::new();
    if directory != Path::new(".") {
        next.push(format!("cd {}", quoted(&directory.display().to_string())));
    }
    next.push(format!("{} check", route.command()));
    for platform in &answers.platforms {
        next.push(format!("{} deploy --platform {}", route.command(), platform.word()));
    }
    next
}
