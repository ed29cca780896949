//! Fastly Compute, by its emulator Viceroy.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use selvedge_core::config::Config;
use selvedge_core::edge::Secrets;

use super::artifact::stamped;
use super::process::Emulator;
use super::sinks::Named;
use super::{Host, PLACES, Written};
use crate::server::free_port;

/// The emulator with an artifact.
#[derive(Debug)]
pub(super) struct Viceroy(Emulator);

impl Viceroy {
    pub(super) fn start(name: &str, config: &Config, secrets: &Secrets) -> Result<Self, String> {
        let name = format!("viceroy-{name}");
        let wasm = stamped("fastly", &name, config)?;
        let manifest = crate::scratch().join(format!("{name}.toml"));
        std::fs::write(&manifest, local_server(secrets)).map_err(|error| error.to_string())?;
        let (port, sinks) = (free_port(), Named::of(config));
        let mut command = Command::new(program());
        command.arg("-C").arg(&manifest).arg("--addr").arg(format!("127.0.0.1:{port}")).arg(wasm);
        Emulator::start(&name, &mut command, port, &sinks).map(Self)
    }
}

impl Host for Viceroy {
    fn address(&self) -> SocketAddr {
        self.0.address
    }

    fn log(&self) -> Vec<String> {
        self.0.log()
    }

    fn written(&self) -> Vec<Written> {
        self.0.written()
    }
}

/// Where set-up has built it, else on the path.
fn program() -> String {
    let cache = std::env::var("XDG_CACHE_HOME")
        .ok()
        .or_else(|| Some(format!("{}/.cache", std::env::var("HOME").ok()?)));
    let built = format!("{}/selvedge/viceroy-0.22.0/bin/viceroy", cache.unwrap_or_default());
    if Path::new(&built).exists() { built } else { "viceroy".into() }
}

fn local_server(secrets: &Secrets) -> String {
    let mut text = String::from("manifest_version = 3\nname = \"selvedge\"\nlanguage = \"other\"\n");
    for (key, data) in secrets {
        let _ = write!(text, "[[local_server.secret_stores.selvedge]]\nkey = {key:?}\ndata = {data:?}\n");
    }
    text.push_str("[local_server.kv_stores]\nselvedge = []\nselvedge-outbox = []\nselvedge-config = []\nselvedge-tokens = []\n");
    text.push_str("[local_server.geolocation]\nformat = \"inline-toml\"\nuse_default_loopback = false\n");
    for place in &PLACES {
        let Some(geo) = place.geo else { continue };
        let _ = write!(
            text,
            "[local_server.geolocation.addresses.\"127.0.0.{}\"]\n\
             as_name = \"Local\"\nas_number = 64496\narea_code = 0\ncity = {:?}\nconn_speed = \"broadband\"\n\
             conn_type = \"wired\"\ncontinent = {:?}\ncountry_code = {:?}\ncountry_code3 = \"\"\n\
             country_name = {:?}\nlatitude = {:?}\nlongitude = {:?}\nmetro_code = 0\npostal_code = {:?}\n\
             proxy_description = \"?\"\nproxy_type = \"?\"\nregion = {:?}\nutc_offset = 0\n",
            place.address,
            geo.city,
            geo.continent,
            geo.country_code,
            geo.country,
            geo.at.0,
            geo.at.1,
            geo.postal_code,
            geo.region_code,
        );
    }
    text
}
