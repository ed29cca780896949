//! Values for the secrets that a configuration names, for this machine only: made once, and kept so that a visitor's
//! cookie outlives a restart.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use selvedge_core::config::Config;
use selvedge_core::config::check::secrets;

use crate::file;
use crate::needs::keys;
use crate::platform::Platform;

/// Values by the names of the secrets.
pub(crate) type Secrets = BTreeMap<String, String>;

/// A value for every secret that a configuration names: from the file, which is completed where it has none.
///
/// # Errors
/// When the file is not what was written there, or cannot be written.
pub(super) fn local(config: &Config, kept: &Path) -> Result<Secrets> {
    let mut all: Secrets = match std::fs::read(kept) {
        Ok(text) => serde_json::from_slice(&text).with_context(|| {
            format!("{} is not JSON with a text for each name; delete it", kept.display())
        })?,
        Err(_) => Secrets::new(),
    };
    let before = all.len();
    let mut named = Secrets::new();
    for name in secrets(config) {
        let value = match all.get(name) {
            Some(value) => value.clone(),
            None if keys(config).any(|key| key == name) => random_hex::<32>().context("no randomness")?,
            None => format!("local-{name}"),
        };
        all.insert(name.to_owned(), value.clone());
        named.insert(name.to_owned(), value);
    }
    if all.len() > before {
        file::write_private(kept, &serde_json::to_vec_pretty(&all)?)?;
    }
    Ok(named)
}

/// Values for the secrets that a configuration names, good for once.
///
/// # Errors
/// When the system has no randomness.
pub(crate) fn made(config: &Config) -> Result<Secrets> {
    let made = |name: &&str| Ok(((*name).to_owned(), random_hex::<32>().context("no randomness")?));
    secrets(config).iter().map(made).collect()
}

/// The user's own values, which win over those that are made here, as the emulators have it: `.dev.vars` for Cloudflare's,
/// `fastly.toml` for Fastly's.
pub(super) fn override_with(secrets: &mut Secrets, platform: Platform, root: &Path) {
    let own = match platform {
        Platform::Cloudflare => std::fs::read_to_string(root.join(".dev.vars")).map(|text| dotenv(&text)),
        Platform::Fastly => std::fs::read_to_string(root.join("fastly.toml")).map(|text| stored(&text)),
    };
    for (name, value) in own.unwrap_or_default() {
        if let Some(known) = secrets.get_mut(&name) {
            *known = value;
        }
    }
}

/// The plain lines of a dotenv file: `NAME=value`, perhaps in quotes.
fn dotenv(text: &str) -> Vec<(String, String)> {
    let pairs = text.lines().filter_map(|line| line.trim().split_once('='));
    let plain = |value: &str| {
        let value = value.trim();
        let quoted = |quote| value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        quoted('"').or_else(|| quoted('\'')).unwrap_or(value).to_owned()
    };
    pairs.map(|(name, value)| (name.trim().to_owned(), plain(value))).collect()
}

/// The secret store of a manifest's local server.
fn stored(text: &str) -> Vec<(String, String)> {
    let manifest: toml::Table = text.parse().unwrap_or_default();
    let store = manifest
        .get("local_server")
        .and_then(|server| server.get("secret_stores")?.get("selvedge")?.as_array())
        .map(Vec::as_slice);
    let text = |entry: &toml::Value, name: &str| Some(entry.get(name)?.as_str()?.to_owned());
    let entries = store.unwrap_or_default().iter();
    entries.filter_map(|entry| Some((text(entry, "key")?, text(entry, "data")?))).collect()
}

/// Random bytes, in hexadecimal digits.
///
/// # Errors
/// When the system has no randomness.
pub(crate) fn random_hex<const BYTES: usize>() -> Result<String, getrandom::Error> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_users_own_values_win() {
        let root = std::env::temp_dir().join(format!("selvedge-own-{}", std::process::id()));
        file::write(&root.join(".dev.vars"), b"# mine\nHOOK=\"a=b\"\nKEY='c'\nOTHER=d\n").unwrap();
        let manifest = "[[local_server.secret_stores.selvedge]]\nkey = 'HOOK'\ndata = 'e'";
        file::write(&root.join("fastly.toml"), manifest.as_bytes()).unwrap();
        let made = || Secrets::from([("HOOK", "1"), ("KEY", "2")].map(|(n, v)| (n.to_owned(), v.to_owned())));
        for (platform, hook, key) in [(Platform::Cloudflare, "a=b", "c"), (Platform::Fastly, "e", "2")] {
            let mut secrets = made();
            override_with(&mut secrets, platform, &root);
            assert_eq!((secrets["HOOK"].as_str(), secrets["KEY"].as_str(), secrets.len()), (hook, key, 2));
        }
        std::fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn keys_are_random_and_stay() {
        let source = "[[site]]\norigin = 'https://a.example'\n[visitor]\nprevious_keys = [{ secret = 'OLD' }]\n\
            [[component]]\nkind = 'webhook'\nsettings = { url = 'https://b.example', secret = { secret = 'HOOK' } }";
        let config =
            selvedge_core::config::read::read(source, selvedge_components::registry()).unwrap().config;
        let file = std::env::temp_dir().join(format!("selvedge-secrets-{}/secrets.json", std::process::id()));
        let first = local(&config, &file).unwrap();
        assert_eq!(first.keys().collect::<Vec<_>>(), ["HOOK", "OLD", "SELVEDGE_KEY"]);
        assert_eq!(first["HOOK"], "local-HOOK");
        for key in ["OLD", "SELVEDGE_KEY"] {
            assert!(first[key].len() == 64 && first[key].bytes().all(|b| b.is_ascii_hexdigit()));
        }
        assert_ne!(first["OLD"], first["SELVEDGE_KEY"]);
        assert_eq!(local(&config, &file).unwrap(), first);
        std::fs::write(&file, "[]").unwrap();
        assert!(local(&config, &file).unwrap_err().to_string().contains("delete it"));
        std::fs::remove_dir_all(file.parent().unwrap()).unwrap();
    }
}
