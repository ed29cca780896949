//! `selvedge debug`: the inspector for one's own visits on the live site. A signed link begins a session in the browser that
//! opens it; the service keeps that session's visits, redacted, and this fetches them.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result};
use selvedge_core::debug::{LONGEST_MINUTES, token};
use selvedge_core::facts::Timestamp;
use serde_json::{Value, json};

use crate::catcher;
use crate::clock::now;
use crate::demo;
use crate::inspector::{self, Inspector};
use crate::ports;
use crate::service::{At, Service};

/// How often the service is asked for more.
const EVERY: Duration = Duration::from_secs(2);

/// What `selvedge debug` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where the website is served
    #[arg(value_name = "URL")]
    url: String,
    /// How long the session lasts, 1 to 480 minutes
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=i64::from(LONGEST_MINUTES)))]
    minutes: u32,
    /// Print the link and end: without the inspector
    #[arg(long)]
    link: bool,
    /// Where the inspector listens on 127.0.0.1, 0 for any port [default: 7679, or any if that is taken]
    #[arg(long)]
    port: Option<u16>,
    /// The configuration, for the service's paths and its key's name [default: selvedge.toml, where there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command, until it is ended or the session is over.
///
/// # Errors
/// When the service cannot be asked, does not know the key, or has no store for visits; when there is no such port.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let service = Service::new(&At { url: args.url.clone(), config: args.config.clone() }, "debug")?;
    let session = session()?;
    // So it is known now, and not when nothing shows up, whether key and store are there.
    let _ = fetched(&service, &session, None)?;
    let until = Timestamp(now().0 + i64::from(args.minutes) * 60_000);
    let keys = service.key().context("no key is good")?;
    let link = format!("{}?token={}", service.url(), token(keys, &session, until));
    let off = format!("{}?off", service.url());
    if args.link {
        catcher::say(&match args.json {
            true => json!({"link": link, "until": until.rfc3339(), "off": off}).to_string(),
            false => format!("{link}\n"),
        });
        return Ok(ExitCode::SUCCESS);
    }
    let inspector = Inspector::new();
    inspector.about(json!({"config": args.url, "can": {"rerun": false}}));
    let listener = match args.port {
        Some(port) => ports::exactly(port, "--port")?,
        None => ports::preferring(inspector::PORT)?,
    };
    let url = ports::url(&listener)?;
    catcher::say(&match args.json {
        true => json!({"ready": {"inspector": url, "link": link, "until": until.rfc3339(), "off": off}})
            .to_string(),
        false => format!(
            "inspector  {url}/\nlink       {link}\n\nOpen the link in the browser whose visits you want to see; the session ends at {}, or with\n{off}\n",
            until.rfc3339()
        ),
    });
    let shown = Arc::clone(&inspector);
    std::thread::spawn(move || follow(&service, &session, &shown));
    tokio::runtime::Runtime::new()?.block_on(demo::serve(listener, inspector::router(&inspector)))?;
    Ok(ExitCode::SUCCESS)
}

/// 128 random bits.
fn session() -> Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).context("this machine has no randomness")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Shows what the service keeps, as it comes. Where it cannot be asked for a while, it is asked again.
fn follow(service: &Service, session: &str, inspector: &Inspector) {
    let mut after = None;
    let mut told = false;
    loop {
        match fetched(service, session, after.as_deref()) {
            Ok(visits) => {
                told = false;
                let more = !visits.is_empty();
                for (key, text) in visits {
                    text.lines().for_each(|line| inspector.recorded(line));
                    after = Some(key);
                }
                if more {
                    continue;
                }
            }
            Err(problem) if !told => {
                anstream::eprintln!("{problem:#}; trying again");
                told = true;
            }
            Err(_) => {}
        }
        sleep(EVERY);
    }
}

/// The next visits of a session after one: their keys and their texts.
fn fetched(service: &Service, session: &str, after: Option<&str>) -> Result<Vec<(String, String)>> {
    let said = service.order(&json!({"session": session, "after": after}))?;
    let visits = said.get("visits").and_then(Value::as_array);
    let visit = |visit: &Value| {
        let text = |name: &str| visit.get(name).and_then(Value::as_str).map(str::to_owned);
        Some((text("key")?, text("text")?))
    };
    Ok(visits.into_iter().flatten().filter_map(visit).collect())
}
