//! Cloudflare Workers, by their own runtime.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use selvedge_core::config::Config;
use selvedge_core::edge::Secrets;
use selvedge_core::sink::Sink;
use serde_json::json;

use super::artifact::stamped;
use super::process::Emulator;
use super::sinks::Named;
use super::{Host, Place, Written};
use crate::server::free_port;

/// The field by which the harness says what `request.cf` is; the runtime takes it away.
const CF: &str = "selvedge-tests-cf";

/// What stands behind queues and datasets.
const SINK: &str = include_str!("sink.js");

/// The runtime with an artifact.
#[derive(Debug)]
pub(super) struct Workerd(Emulator);

impl Workerd {
    pub(super) fn start(name: &str, config: &Config, secrets: &Secrets) -> Result<Self, String> {
        bundle()?;
        let name = format!("workerd-{name}");
        stamped("cloudflare", &name, config)?;
        let (port, sinks) = (free_port(), Named::of(config));
        let capnp = crate::scratch().join(format!("{name}.capnp"));
        std::fs::write(&capnp, configuration(&name, port, secrets, &sinks))
            .map_err(|error| error.to_string())?;
        let mut command = Command::new(program()?);
        // Only so does it have bindings of Analytics Engine.
        command.arg("serve").arg("--experimental").arg(&capnp);
        Emulator::start(&name, &mut command, port, &sinks).map(Self)
    }
}

impl Host for Workerd {
    fn address(&self) -> SocketAddr {
        self.0.address
    }

    fn fields(&self, at: &Place) -> Vec<(String, Vec<u8>)> {
        let cf = at.geo.map(|geo| {
            json!({
                "continent": geo.continent,
                "country": geo.country_code,
                "regionCode": geo.region_code,
                "region": geo.region,
                "city": geo.city,
                "postalCode": geo.postal_code,
                "latitude": geo.at.0.to_string(),
                "longitude": geo.at.1.to_string(),
                "timezone": geo.timezone,
            })
        });
        vec![
            ("CF-Connecting-IP".into(), format!("127.0.0.{}", at.address).into_bytes()),
            (CF.into(), cf.unwrap_or_else(|| json!({})).to_string().into_bytes()),
        ]
    }

    fn log(&self) -> Vec<String> {
        self.0.log()
    }

    fn written(&self) -> Vec<Written> {
        self.0.written()
    }
}

/// The runtime itself. What npm puts into `.bin` is a script that starts it, and would not end it.
fn program() -> Result<PathBuf, String> {
    let packages =
        std::fs::read_dir(crate::root().join("node_modules/@cloudflare")).into_iter().flatten().flatten();
    let mut programs = packages.map(|package| package.path().join("bin/workerd"));
    programs
        .find(|path| path.exists())
        .ok_or_else(|| "workerd is not installed; install it with: make setup".into())
}

/// The Worker's TypeScript as one module, once for all.
fn bundle() -> Result<(), String> {
    static DONE: OnceLock<Result<(), String>> = OnceLock::new();
    DONE.get_or_init(|| {
        let root = crate::root();
        let mut esbuild = Command::new(root.join("node_modules/.bin/esbuild"));
        esbuild.arg(root.join("cf-worker/src/worker.ts")).args([
            "--bundle",
            "--format=esm",
            "--external:*.wasm",
        ]);
        esbuild.arg(format!("--outfile={}", crate::scratch().join("worker.js").display()));
        let out =
            esbuild.output().map_err(|error| format!("esbuild: {error}; install it with: make setup"))?;
        if out.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&out.stderr).into_owned()) }
    })
    .clone()
}

fn configuration(name: &str, port: u16, secrets: &Secrets, sinks: &[Named]) -> String {
    let date = compatibility_date();
    let mut bindings = String::new();
    let (mut services, mut workers) = (String::new(), String::new());
    for (n, named) in sinks.iter().enumerate() {
        let kind = if named.sink == Sink::Queue { "queue" } else { "analyticsEngine" };
        let _ = writeln!(bindings, "    (name = {:?}, {kind} = \"sink{n}\"),", named.name);
        let _ = writeln!(services, "    (name = \"sink{n}\", worker = .sink{n}),");
        let _ = writeln!(
            workers,
            "const sink{n} :Workerd.Worker = (modules = [(name = \"sink.js\", esModule = {SINK:?})], \
             compatibilityDate = {date:?}, bindings = [(name = \"SINK\", text = {:?})]);",
            named.title()
        );
    }
    for (name, value) in secrets {
        let _ = writeln!(bindings, "    (name = {name:?}, text = {value:?}),");
    }
    format!(
        r#"using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "selvedge", worker = .selvedge),
    (name = "internet", network = (allow = ["public", "private", "local"])),
{services}  ],
  sockets = [(name = "http", address = "127.0.0.1:{port}", http = (cfBlobHeader = "{CF}"), service = "selvedge")],
);

const selvedge :Workerd.Worker = (
  compatibilityDate = "{date}",
  modules = [
    (name = "src/worker.js", esModule = embed "worker.js"),
    (name = "dist/selvedge.wasm", wasm = embed "{name}.wasm"),
  ],
  bindings = [
{bindings}  ],
);
{workers}"#
    )
}

/// As deployed.
fn compatibility_date() -> String {
    let wrangler = std::fs::read_to_string(crate::root().join("wrangler.toml")).unwrap_or_default();
    let line = wrangler.lines().find_map(|line| line.strip_prefix("compatibility_date = \""));
    line.and_then(|date| date.split('"').next()).unwrap_or("2026-04-01").to_owned()
}
