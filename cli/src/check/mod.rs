//! `selvedge check`: what is wrong with a configuration, or what it needs before it is deployed.

mod budget;
mod cost;
mod fit;
mod guests;
mod summary;
mod target;

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use selvedge_core::config::check::{Finding, Severity, out_of_reach};
use selvedge_core::config::read::Problem;
use serde_json::{Value, json};

use crate::config::{self, Loaded, Wrong, load_quietly, problem_json};
use crate::guests::Linked;
use crate::needs;
use crate::table::{heading, rows};
use budget::Budget;
use fit::{Fit, findings, fits};
use guests::Guests;
pub(crate) use target::Target;

/// What `selvedge check` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The configuration
    #[arg(default_value = config::DEFAULT)]
    file: PathBuf,
    /// For this platform alone [default: whose manifest lies beside the file, or both]
    #[arg(long, value_enum)]
    platform: Option<Target>,
    /// The artifact whose size is checked [default: the one that was built, if it was]
    #[arg(long, value_name = "FILE", requires = "platform")]
    artifact: Option<PathBuf>,
    /// Print all of it as JSON
    #[arg(long)]
    json: bool,
}

/// A configuration that is good, and what was found out about it.
struct Checked {
    loaded: Loaded,
    linked: Vec<Linked>,
    warnings: Vec<Problem>,
    fits: Vec<Fit>,
}

/// Runs the command.
///
/// # Errors
/// When the configuration cannot be used, or does not fit the platforms.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    match checked(&args.file, args.platform, args.artifact.as_deref()).and_then(with_reach) {
        Ok(Checked { loaded, linked, warnings, fits }) if args.json => {
            let guests = Guests::measured(&loaded.config, &linked);
            anstream::println!("{:#}", report(&loaded, &guests, &warnings, &fits));
        }
        Ok(Checked { loaded, linked, warnings, fits }) => {
            loaded.tell(warnings);
            let guests = Guests::measured(&loaded.config, &linked);
            anstream::print!("{}", text(&loaded, &guests, &fits)?);
        }
        Err(error) => match error.downcast_ref::<Wrong>() {
            Some(wrong) if args.json => {
                let file = args.file.display().to_string();
                anstream::println!("{:#}", json!({"file": file, "good": false, "problems": wrong.json()}));
                return Ok(ExitCode::FAILURE);
            }
            _ => return Err(error),
        },
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads a configuration and judges it for a platform, as the command does. What is probably not meant goes to stderr.
///
/// # Errors
/// When it cannot be used, or does not fit.
pub(crate) fn good_for(file: &Path, target: Target) -> Result<Loaded> {
    let Checked { loaded, warnings, .. } = checked(file, Some(target), None)?;
    loaded.tell(warnings);
    Ok(loaded)
}

/// Fails with what a deployed service could not reach, of which `selvedge check` warns: it would have no website to serve, or a
/// destination that never gets anything.
///
/// # Errors
/// When there is any.
pub(crate) fn all_in_reach(loaded: &Loaded) -> Result<()> {
    let refused = |finding| Finding { severity: Severity::Error, ..finding };
    loaded.refuse(out_of_reach(&loaded.config).into_iter().map(refused).collect())
}

fn with_reach(mut checked: Checked) -> Result<Checked> {
    checked.warnings.extend(checked.loaded.judge(out_of_reach(&checked.loaded.config))?);
    Ok(checked)
}

fn checked(file: &Path, platform: Option<Target>, artifact: Option<&Path>) -> Result<Checked> {
    let (loaded, mut warnings) = load_quietly(file)?;
    let linked = crate::guests::open(&loaded)?;
    let fits = fits(platform, artifact, &loaded, &Guests::measured(&loaded.config, &linked))?;
    warnings.extend(loaded.judge(findings(&loaded.config, &fits))?);
    Ok(Checked { loaded, linked, warnings, fits })
}

/// Everything, for people.
///
/// # Errors
/// Never: text takes whatever is written to it.
fn text(loaded: &Loaded, guests: &Guests<'_>, fits: &[Fit]) -> Result<String> {
    let (mut out, config) = (String::new(), &loaded.config);
    let good = fits.iter().filter(|fit| fit.is_good()).map(|fit| fit.target.title());
    let good: Vec<_> = good.collect();
    writeln!(out, "{} is good for {}", loaded.file.display(), listed(&good))?;
    summary::text(&mut out, config)?;
    guests.text(&mut out)?;

    heading(&mut out, "Secrets that it needs")?;
    let needed = needs::needed(config);
    let secrets = needed.iter().map(|(name, users)| [(*name).to_owned(), users.join(", ")]);
    rows(&mut out, &secrets.collect::<Vec<_>>())?;
    let mut platforms: Vec<_> = fits.iter().map(|fit| fit.target.platform()).collect();
    platforms.dedup();
    for platform in platforms {
        heading(&mut out, &format!("Create them on {}", platform.title()))?;
        for command in needs::commands(config, platform) {
            writeln!(out, "  {command}")?;
        }
    }

    heading(&mut out, "At worst")?;
    let names = std::iter::once(String::new()).chain(fits.iter().map(|fit| fit.target.word().to_owned()));
    let mut table = vec![names.collect::<Vec<_>>()];
    let budgets = fits.iter().map(|fit| fit.budgets.len()).max().unwrap_or_default();
    for at in 0..budgets {
        let of = fits.iter().map(|fit| fit.budgets.get(at));
        let name = of.clone().flatten().next().map(|budget| budget.name.clone()).unwrap_or_default();
        let cells = of.map(|budget| budget.map(Budget::cell).unwrap_or_default());
        table.push(std::iter::once(name).chain(cells).collect());
    }
    rows(&mut out, &table)?;
    Ok(out)
}

/// Everything, for programs.
fn report(loaded: &Loaded, guests: &Guests<'_>, warnings: &[Problem], fits: &[Fit]) -> Value {
    let config = &loaded.config;
    let (sites, components) = summary::json(config);
    let secrets = needs::needed(config).into_iter().map(|(name, users)| json!({"name": name, "for": users}));
    let platform = |fit: &Fit| {
        let commands = needs::commands(config, fit.target.platform());
        let commands: Vec<_> = commands.iter().filter(|line| !line.starts_with('#')).collect();
        json!({
            "name": fit.target.word(),
            "fits": fit.is_good(),
            "budgets": fit.budgets.iter().map(Budget::json).collect::<Value>(),
            "commands": commands,
        })
    };
    json!({
        "file": loaded.file.display().to_string(),
        "good": true,
        "problems": warnings.iter().map(problem_json).collect::<Value>(),
        "sites": sites,
        "components": components,
        "calls": guests.json(),
        "secrets": secrets.collect::<Value>(),
        "platforms": fits.iter().map(platform).collect::<Value>(),
    })
}

/// `a, b and c`.
fn listed(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}
