//! The manifests that the platforms' own commands read.

use anyhow::{Context, Result};
use selvedge_core::config::Config;
use selvedge_core::config::check::secrets;

use super::answers::Answers;
use super::route::Route;
use crate::dev::secrets::random_hex;
use crate::needs::{keys, quoted};

/// `fastly.toml`.
///
/// # Errors
/// When the system has no randomness.
pub(super) fn fastly(name: &str, config: &Config, route: &Route) -> Result<String> {
    let name = toml::Value::from(name);
    let build = if route.is_here() {
        "scripts/build.sh fastly".to_owned()
    } else {
        let (script, built) = (quoted(&route.file("scripts/build.sh")), quoted(&route.file("bin/main.wasm")));
        format!("CONFIG=selvedge.toml {script} fastly && mkdir -p bin && cp {built} bin/main.wasm")
    };
    let build = toml::Value::from(build);
    let mut out = format!(
        "# What `fastly compute serve`, `build` and `publish` read. Nothing here needs editing: what you decide is in\n\
         # selvedge.toml, which the build puts into the artifact. It builds in a checkout of Selvedge.\n\
         manifest_version = 3\n\
         name = {name}\n\
         language = \"other\"\n\n\
         [scripts]\n\
         build = {build}\n\n\
         # --- the first deployment: what `fastly compute publish` asks for and creates\n\n\
         [setup.secret_stores.selvedge]\n\
         description = \"Selvedge's own key, and the secrets that selvedge.toml names\"\n"
    );
    let mut local = String::new();
    for name in secrets(config) {
        let is_key = keys(config).any(|key| key == name);
        let what = if is_key {
            "Seals the visitor's cookie: 32 random bytes in hexadecimal, as from `openssl rand -hex 32`"
        } else {
            "Named in selvedge.toml, whose comments say where its value is found"
        };
        let value =
            if is_key { random_hex::<32>().context("no randomness")? } else { format!("local-{name}") };
        out += &format!("[setup.secret_stores.selvedge.entries.{name:?}]\ndescription = {what:?}\n");
        local += &format!("[[local_server.secret_stores.selvedge]]\nkey = {name:?}\ndata = {value:?}\n");
    }
    out += "\n# Where what could not be delivered waits, with `[delivery]` and `outbox = true` in selvedge.toml.\n\
            [setup.kv_stores.selvedge-outbox]\n\
            description = \"Events that could not be delivered yet\"\n\n\
            # Where configurations lie that were pushed with `selvedge config push`.\n\
            [setup.kv_stores.selvedge-config]\n\
            description = \"Configurations that were pushed\"\n\n\
            # --- this machine: what `fastly compute serve` emulates. These secrets protect nothing.\n\n";
    out += &local;
    out += "\n[local_server.kv_stores]\nselvedge-outbox = []\nselvedge-config = []\n";
    Ok(out)
}

/// `wrangler.toml`.
pub(super) fn cloudflare(name: &str, answers: &Answers, route: &Route) -> String {
    let name = toml::Value::from(name);
    let main = toml::Value::from(route.file("cf-worker/src/worker.ts"));
    let config = if route.is_here() { "" } else { "CONFIG=selvedge.toml " };
    let build = format!("{config}{} cloudflare", quoted(&route.file("scripts/build.sh")));
    let build = toml::Value::from(build);
    let host = answers.hosts.first().map_or("shop.example.com", String::as_str);
    let zone = host.trim_start_matches("*.");
    let zone = zone.split_once('.').map_or(zone, |(_, rest)| if rest.contains('.') { rest } else { zone });
    format!(
        "# What `wrangler dev` and `wrangler deploy` read. What you decide is in selvedge.toml, which the build puts into the\n\
         # artifact. It builds in a checkout of Selvedge. Secrets: `wrangler secret put SELVEDGE_KEY`, and each that\n\
         # selvedge.toml names; those of `wrangler dev` are in .dev.vars.\n\
         name = {name}\n\
         main = {main}\n\
         compatibility_date = \"2026-04-01\"\n\
         send_metrics = false\n\n\
         # Under which host visitors reach it; until then it is reached under workers.dev alone.\n\
         # routes = [{{ pattern = \"{host}/*\", zone_name = \"{zone}\" }}]\n\n\
         [build]\n\
         command = {build}\n\
         watch_dir = [\"selvedge.toml\"]\n\n\
         [observability]\n\
         enabled = true\n\
         [observability.logs]\n\
         enabled = true\n\n\
         # Where what could not be delivered waits, with `[delivery]` and `outbox = true` in selvedge.toml:\n\
         # `wrangler queues create selvedge-outbox`, and the same with `-dead`; then take the marks away.\n\
         # [[queues.producers]]\n\
         # binding = \"SELVEDGE_OUTBOX\"\n\
         # queue = \"selvedge-outbox\"\n\
         # [[queues.consumers]]\n\
         # queue = \"selvedge-outbox\"\n\
         # max_batch_size = 100\n\
         # max_batch_timeout = 5\n\
         # max_retries = 10\n\
         # dead_letter_queue = \"selvedge-outbox-dead\"\n\n\
         # Where configurations lie that were pushed with `selvedge config push`: `wrangler kv namespace create selvedge-config`\n\
         # tells the id; then take the marks away.\n\
         # [[kv_namespaces]]\n\
         # binding = \"SELVEDGE_CONFIG\"\n\
         # id = \"\"\n"
    )
}
