//! `selvedge check`: what is wrong with a configuration, or what it needs before it is deployed.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use selvedge_core::config::check::{check_budget, secrets};
use selvedge_core::config::{Component, Config, Site};
use selvedge_core::event::EventType;

use crate::config::{self, load};
use crate::platform::Platform;

/// What `selvedge check` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The configuration
    #[arg(default_value = config::DEFAULT)]
    file: PathBuf,
    /// For this platform alone
    #[arg(long, value_enum)]
    platform: Option<Platform>,
}

/// Runs the command.
///
/// # Errors
/// When the configuration cannot be used, or does not fit the platforms.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let loaded = load(&args.file)?;
    let platforms = match args.platform {
        Some(platform) => vec![platform],
        None => vec![Platform::Fastly, Platform::Cloudflare],
    };
    let findings = platforms.iter().flat_map(|platform| check_budget(&loaded.config, platform.limits()));
    loaded.refuse(findings.collect())?;
    anstream::print!("{}", summary(&loaded.file.display().to_string(), &loaded.config, &platforms)?);
    Ok(ExitCode::SUCCESS)
}

/// A configuration in short.
///
/// # Errors
/// Never: text takes whatever is written to it.
fn summary(file: &str, config: &Config, platforms: &[Platform]) -> Result<String> {
    let mut out = String::new();
    let titles: Vec<_> = platforms.iter().map(|platform| platform.title()).collect();
    writeln!(out, "{file} is good for {}", titles.join(" and "))?;

    heading(&mut out, "Sites")?;
    let sites = config
        .sites
        .iter()
        .map(|site| [hosts(site), format!("→ {}", String::from(site.origin.clone())), rules(site)]);
    rows(&mut out, &sites.collect::<Vec<_>>())?;

    heading(&mut out, "Components")?;
    let components = config.components.iter().map(|component| {
        let kind = if component.id == component.kind { String::new() } else { component.kind.clone() };
        let endpoint = component.endpoint.as_ref().map(|url| format!("→ {url}")).unwrap_or_default();
        [component.id.clone(), kind, purposes(component), events(component), endpoint]
    });
    rows(&mut out, &components.collect::<Vec<_>>())?;

    needed(&mut out, config, platforms)?;

    heading(&mut out, "A page view, at worst")?;
    let subrequests = 1 + config.components.len();
    let lookups = secrets(config).len();
    let budgets = platforms.iter().map(|platform| {
        let budget = platform.limits().budget;
        [
            platform.word().to_owned(),
            format!("{subrequests} of {} subrequests,", budget.subrequests),
            format!("{lookups} of {} store look-ups", budget.lookups),
        ]
    });
    rows(&mut out, &budgets.collect::<Vec<_>>())?;
    Ok(out)
}

/// The secrets, and the commands that create them.
fn needed(out: &mut String, config: &Config, platforms: &[Platform]) -> Result<()> {
    heading(out, "Secrets that it needs")?;
    let secrets = secrets(config);
    let users = secrets.iter().map(|name| [(*name).to_owned(), users(config, name)]);
    rows(out, &users.collect::<Vec<_>>())?;
    for platform in platforms {
        writeln!(out)?;
        if *platform == Platform::Fastly {
            writeln!(
                out,
                "  # STORE: the id of the secret store \"selvedge\", from `fastly secret-store list`"
            )?;
        }
        for name in &secrets {
            // The key has a form; the others are what their vendors gave out.
            let made = if keys(config).any(|key| key == *name) { "openssl rand -hex 32 | " } else { "" };
            match platform {
                Platform::Fastly => {
                    let how = if made.is_empty() { "" } else { " --stdin" };
                    writeln!(
                        out,
                        "  {made}fastly secret-store-entry create --store-id STORE --name {name}{how}"
                    )?;
                }
                Platform::Cloudflare => writeln!(out, "  {made}wrangler secret put {name}")?,
            }
        }
    }
    Ok(())
}

/// The names of the keys that seal visitors' cookies.
pub(crate) fn keys(config: &Config) -> impl Iterator<Item = &str> {
    std::iter::once(&config.visitor.key).chain(&config.visitor.previous_keys).map(|key| key.secret.as_str())
}

/// What a secret is for.
fn users(config: &Config, name: &str) -> String {
    let mut users = Vec::new();
    if config.visitor.key.secret == name {
        users.push("seals visitors' cookies: 64 hexadecimal digits".to_owned());
    } else if keys(config).any(|key| key == name) {
        users.push("sealed visitors' cookies before".to_owned());
    }
    for (what, key) in config.visitor.edgee.iter().flat_map(|old| [("key", &old.key), ("IV", &old.iv)]) {
        if key.as_ref().is_some_and(|key| key.secret == name) {
            users.push(format!("the {what} of Edgee's cookies: 16 characters"));
        }
    }
    for component in &config.components {
        for (setting, value) in &component.settings {
            if matches!(value, selvedge_core::config::Setting::Secret(secret) if secret == name) {
                users.push(format!("{} of {}", setting, component.id));
            }
        }
    }
    users.join(", ")
}

fn hosts(site: &Site) -> String {
    if site.hosts.is_empty() {
        return "every host".into();
    }
    site.hosts.iter().map(|host| String::from(host.clone())).collect::<Vec<_>>().join(", ")
}

fn rules(site: &Site) -> String {
    let count = |n: usize, what: &str| match n {
        0 => None,
        1 => Some(format!("1 {what}")),
        n => Some(format!("{n} {what}s")),
    };
    [count(site.routes.len(), "route"), count(site.redirects.len(), "redirect")]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ")
}

fn purposes(component: &Component) -> String {
    let kind = selvedge_components::registry().iter().find(|kind| kind.name == component.kind);
    let purposes = component.purposes.as_deref().or(kind.map(|kind| kind.purposes)).unwrap_or_default();
    match purposes {
        [] => "needs no consent".into(),
        purposes => format!(
            "needs {}",
            purposes.iter().map(|purpose| purpose.word()).collect::<Vec<_>>().join(" and ")
        ),
    }
}

fn events(component: &Component) -> String {
    if EventType::all().iter().all(|event| component.events.contains(event)) {
        return "all events".into();
    }
    format!("{} events", component.events.iter().map(|event| event.word()).collect::<Vec<_>>().join(" and "))
}

fn heading(out: &mut String, text: &str) -> std::fmt::Result {
    let bold = anstyle::Style::new().bold();
    writeln!(out, "\n{bold}{text}{bold:#}")
}

/// Lines in columns, each as wide as its widest cell.
fn rows<const N: usize>(out: &mut String, rows: &[[String; N]]) -> std::fmt::Result {
    if rows.is_empty() {
        return writeln!(out, "  none");
    }
    for row in rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let width = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
            let width = width.filter(|width| *width > 0).map_or(0, |width| width + 2);
            write!(line, "{cell:width$}")?;
        }
        writeln!(out, "  {}", line.trim_end())?;
    }
    Ok(())
}
