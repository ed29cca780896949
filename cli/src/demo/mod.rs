//! `selvedge demo`: the demo shop's origin and the catcher, without an edge in front.

pub(crate) mod origin;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use axum::Router;
use axum::serve::ListenerExt;
use serde_json::json;

use crate::catcher::{self, Format};
use crate::ports;

/// Where the origin listens if it can. The demo shop's configuration names it.
pub(crate) const PORT: u16 = 7677;
/// Where the catcher listens if it can.
pub(crate) const CATCH_PORT: u16 = 7678;

/// What `selvedge demo` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shop's port, 0 for any [default: 7677, or any if that is taken]
    #[arg(long)]
    port: Option<u16>,
    /// The catcher's port, 0 for any [default: 7678, or any if that is taken]
    #[arg(long)]
    catch_port: Option<u16>,
    /// Print JSON lines: the addresses, then each event
    #[arg(long)]
    json: bool,
}

/// Runs the command until it is ended.
///
/// # Errors
/// When a port is taken, or there is no shop.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let shop = shop(&std::env::current_dir()?)?;
    let listen = |port, option, preferred| match port {
        Some(port) => ports::exactly(port, option),
        None => ports::preferring(preferred),
    };
    let origin = listen(args.port, "--port", PORT)?;
    let catcher = listen(args.catch_port, "--catch-port", CATCH_PORT)?;
    if args.json {
        let ready = json!({"ready": {"origin": ports::url(&origin)?, "catcher": ports::url(&catcher)?}});
        catcher::say(&ready.to_string());
    } else {
        catcher::say(&format!("shop     {}/\ncatcher  {}\n", ports::url(&origin)?, ports::url(&catcher)?));
    }
    let format = if args.json { Format::Json } else { Format::Lines };
    tokio::runtime::Runtime::new()?.block_on(async {
        tokio::try_join!(serve(origin, origin::router(&shop)), serve(catcher, catcher::router(format, None)))
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Serves until the process ends.
///
/// # Errors
/// When the listener is not one that tokio can take.
pub(crate) async fn serve(listener: TcpListener, router: Router) -> Result<()> {
    // Pages are written in small pieces, and a piece shall not wait for the one before to be acknowledged.
    let listener =
        tokio::net::TcpListener::from_std(listener)?.tap_io(|stream| drop(stream.set_nodelay(true)));
    axum::serve(listener, router).await.context("the server ended")
}

/// Finds the demo shop from a directory inside the repository.
///
/// # Errors
/// When there is none.
pub(crate) fn shop(from: &Path) -> Result<PathBuf> {
    let shops = from.ancestors().map(|directory| directory.join("demo/shop"));
    match shops.into_iter().find(|shop| shop.join("index.html").is_file()) {
        Some(shop) => Ok(shop),
        None => bail!("there is no demo/shop here: run this inside Selvedge's repository"),
    }
}
