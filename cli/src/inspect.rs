//! `selvedge inspect`: the inspector for what was recorded, or for a log that is read as it is written.

use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use serde_json::json;

use crate::catcher;
use crate::config;
use crate::demo;
use crate::dev::secrets;
use crate::inspector::{self, Inspector, Runner};
use crate::platform::Platform;
use crate::ports;

/// What `selvedge inspect` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A log, or what the inspector has saved; `-` is what comes in on standard input
    #[arg(value_name = "FILE", default_value = "-")]
    file: PathBuf,
    /// Where to listen on 127.0.0.1, 0 for any port [default: 7679, or any if that is taken]
    #[arg(long)]
    port: Option<u16>,
    /// The configuration, to run visits again with another consent
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Whose limits count for that
    #[arg(long, value_enum, default_value = "cloudflare")]
    platform: Platform,
    /// Print the address as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command until it is ended.
///
/// # Errors
/// When there is no such file or port, or something is wrong with the configuration.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let inspector = Inspector::new();
    describe(&inspector, args)?;
    let listener = match args.port {
        Some(port) => ports::exactly(port, "--port")?,
        None => ports::preferring(inspector::PORT)?,
    };
    let url = ports::url(&listener)?;
    let reads = args.file != Path::new("-");
    if reads {
        let file = std::fs::File::open(&args.file)
            .with_context(|| format!("cannot read {}", args.file.display()))?;
        feed(&inspector, std::io::BufReader::new(file));
    } else {
        let inspector = Arc::clone(&inspector);
        std::thread::spawn(move || feed(&inspector, std::io::stdin().lock()));
    }
    catcher::say(&match args.json {
        true => json!({"ready": {"inspector": url}}).to_string(),
        false => format!("inspector  {url}/\n"),
    });
    tokio::runtime::Runtime::new()?.block_on(demo::serve(listener, inspector::router(&inspector)))?;
    Ok(ExitCode::SUCCESS)
}

/// What is inspected, as far as it is known here.
fn describe(inspector: &Inspector, args: &Args) -> Result<()> {
    let name = args.file.file_name().unwrap_or_default().to_string_lossy();
    let name = if name == "-" { "standard input" } else { &*name };
    let Some(file) = &args.config else {
        inspector.about(json!({"config": name, "can": {"rerun": false}}));
        return Ok(());
    };
    let config = config::load(file)?.config;
    let secrets = secrets::made(&config)?;
    let components = config.components.iter().map(|each| json!({"id": each.id, "kind": each.kind}));
    let about = json!({
        "config": name,
        "can": {"rerun": true},
        "components": components.collect::<Vec<_>>(),
        "secrets": secrets.keys().collect::<Vec<_>>(),
    });
    inspector.can(None, Runner::new(&config, &secrets, *args.platform.limits()));
    inspector.about(about);
    Ok(())
}

fn feed(inspector: &Inspector, text: impl BufRead) {
    for line in text.split(b'\n').map_while(Result::ok) {
        inspector.recorded(&String::from_utf8_lossy(&line));
    }
}
