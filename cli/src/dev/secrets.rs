//! Values for the secrets that a configuration names, for this machine only: made once, and kept so that a visitor's
//! cookie outlives a restart.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use selvedge_core::config::Config;
use selvedge_core::config::check::secrets;

use crate::check::keys;
use crate::file;

/// Values by the names of the secrets.
pub(super) type Secrets = BTreeMap<String, String>;

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
