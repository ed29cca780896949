//! The service's key: from the environment, or for a service on this machine from where its emulators have it.

use std::path::Path;

use selvedge_core::visitor::KeyRing;
use serde_json::Value;

/// A key, and where it was found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) from: String,
    pub(super) keys: Result<KeyRing, String>,
}

/// The keys that may be the service's. The environment's is meant, whatever else there is.
pub(super) fn candidates(name: &str, here: &Path, local: bool) -> Vec<Found> {
    if let Some(text) = std::env::var(name).ok().filter(|text| !text.is_empty()) {
        return vec![found(&format!("the environment's {name}"), &text)];
    }
    if !local {
        return Vec::new();
    }
    let (vars, manifest, secrets) = (".dev.vars", "fastly.toml", ".selvedge/dev/secrets.json");
    let kept = [
        (vars, in_dev_vars(&here.join(vars), name)),
        (manifest, in_manifest(&here.join(manifest), name)),
        (secrets, in_secrets(&here.join(secrets), name)),
    ];
    let found = |(file, text): (&str, Option<String>)| Some(found(&format!("{name} of {file}"), &text?));
    kept.into_iter().filter_map(found).collect()
}

fn found(from: &str, text: &str) -> Found {
    let keys = KeyRing::new::<&[u8]>(text.as_bytes(), &[]).map_err(|error| error.to_string());
    Found { from: from.to_owned(), keys }
}

fn in_dev_vars(file: &Path, name: &str) -> Option<String> {
    let pairs = dotenvy::from_path_iter(file).ok()?;
    pairs.flatten().find(|(key, _)| key == name).map(|(_, value)| value)
}

fn in_manifest(file: &Path, name: &str) -> Option<String> {
    let manifest: toml::Table = std::fs::read_to_string(file).ok()?.parse().ok()?;
    let store = manifest.get("local_server")?.get("secret_stores")?.get("selvedge")?.as_array()?;
    let entry = store.iter().find(|entry| entry.get("key").and_then(toml::Value::as_str) == Some(name))?;
    Some(entry.get("data")?.as_str()?.to_owned())
}

fn in_secrets(file: &Path, name: &str) -> Option<String> {
    let secrets: Value = serde_json::from_slice(&std::fs::read(file).ok()?).ok()?;
    Some(secrets.get(name)?.as_str()?.to_owned())
}
