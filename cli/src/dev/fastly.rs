//! `fastly compute serve`, which starts Viceroy, the emulator of Fastly Compute.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use tokio::process::Command;
use toml::{Table, Value};

use super::Setting;
use super::secrets::Secrets;
use crate::file;

const MANIFEST: &str = "fastly.toml";
const ARTIFACT: &str = "bin/main.wasm";
/// The secret store, by the name that the adapter opens.
const STORE: &str = "selvedge";
/// Where `scripts/setup.sh` puts Viceroy.
const VICEROY: &str = "selvedge/viceroy-0.22.0/bin";

/// The command that starts it.
///
/// # Errors
/// When it is not installed, or its manifest cannot be read or written.
pub(super) fn command(setting: &Setting<'_>, secrets: &Secrets) -> Result<Command> {
    let mut command = Command::new(program(setting.root)?);
    command.current_dir(setting.root);
    command.args(["compute", "serve", "--skip-build", "--non-interactive"]);
    command.arg("--addr").arg(format!("127.0.0.1:{}", setting.port));
    if let Some(directory) = project(setting, secrets)? {
        command.arg("--dir").arg(directory);
    }
    // Viceroy from here, never from the network; and no build data into the artifact, nor talk about it.
    command
        .env("PATH", path()?)
        .env("FASTLY_VICEROY_USE_PATH", "1")
        .env("FASTLY_WASM_METADATA_DISABLE", "true");
    // A line for each request would bury the events; RUST_LOG=info brings them back.
    if std::env::var_os("RUST_LOG").is_none() {
        command.env("RUST_LOG", "warn");
    }
    Ok(command)
}

/// The program itself: npm's wrapper does not pass signals on.
fn program(root: &Path) -> Result<PathBuf> {
    let packages = std::fs::read_dir(root.join("node_modules/@fastly")).into_iter().flatten().flatten();
    let mut programs = packages
        .filter(|package| package.file_name().to_string_lossy().starts_with("cli-"))
        .map(|package| package.path().join("fastly"));
    programs.find(|program| program.is_file()).context("the Fastly CLI is not installed: run `make setup`")
}

/// `PATH`, with Viceroy somewhere on it.
fn path() -> Result<OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let cache = std::env::var_os("XDG_CACHE_HOME").filter(|cache| !cache.is_empty()).map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache"));
    let ours = cache.or_else(home).map(|cache| cache.join(VICEROY));
    let directories: Vec<_> = ours.into_iter().chain(std::env::split_paths(&path)).collect();
    if !directories.iter().any(|directory| directory.join("viceroy").is_file()) {
        bail!("Viceroy is not installed: run `make setup`");
    }
    std::env::join_paths(directories).context("PATH cannot be extended")
}

/// A project of its own where the configuration names secrets that the repository's manifest has no local value for.
fn project(setting: &Setting<'_>, secrets: &Secrets) -> Result<Option<PathBuf>> {
    let manifest = setting.root.join(MANIFEST);
    let text =
        std::fs::read_to_string(&manifest).with_context(|| format!("cannot read {}", manifest.display()))?;
    let Some(generated) = completed(&text, setting.root, secrets)
        .with_context(|| format!("cannot complete {}", manifest.display()))?
    else {
        return Ok(None);
    };
    let directory = setting.kept.join("fastly");
    file::write_private(&directory.join(MANIFEST), generated.as_bytes())?;
    let artifact =
        std::fs::read(setting.root.join(ARTIFACT)).with_context(|| format!("cannot read {ARTIFACT}"))?;
    file::write(&directory.join(ARTIFACT), &artifact)?;
    Ok(Some(directory))
}

/// A manifest with local values for all secrets, or none if it has them already. What it has is not changed.
fn completed(manifest: &str, root: &Path, secrets: &Secrets) -> Result<Option<String>> {
    let mut manifest: Table = manifest.parse()?;
    let server = entry(&mut manifest, "local_server", Value::Table(Table::new()));
    let server = server.as_table_mut().context("`local_server` is not a table")?;
    let stores = entry(server, "secret_stores", Value::Table(Table::new()));
    let stores = stores.as_table_mut().context("`local_server.secret_stores` is not a table")?;
    let store = entry(stores, STORE, Value::Array(Vec::new()));
    let store = store.as_array_mut().context("the secret store is not an array of entries: { key, data }")?;
    let known: Vec<_> =
        store.iter().filter_map(|entry| Some(entry.get("key")?.as_str()?.to_owned())).collect();
    let missing: Vec<_> = secrets.iter().filter(|(name, _)| !known.contains(name)).collect();
    if missing.is_empty() {
        return Ok(None);
    }
    for (name, value) in missing {
        let pair = [("key", name), ("data", value)];
        store.push(Value::Table(
            pair.map(|(k, v)| (k.to_owned(), Value::String(v.clone()))).into_iter().collect(),
        ));
    }
    for value in server.iter_mut().map(|(_, value)| value) {
        absolute(value, root);
    }
    Ok(Some(format!("# Written by `selvedge dev`, from {MANIFEST}.\n{}", toml::to_string(&manifest)?)))
}

fn entry<'t>(table: &'t mut Table, key: &str, default: Value) -> &'t mut Value {
    table.entry(key).or_insert(default)
}

/// The manifest names files by where it is, and the completed one is elsewhere.
fn absolute(value: &mut Value, root: &Path) {
    match value {
        Value::Table(table) => {
            for (key, value) in table.iter_mut() {
                match value {
                    Value::String(file) if key == "file" => {
                        *file = root.join(&*file).to_string_lossy().into_owned();
                    }
                    other => absolute(other, root),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| absolute(value, root)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "name = 'selvedge'\n[[local_server.secret_stores.selvedge]]\nkey = 'A'\ndata = 'own'\n\
        [local_server.kv_stores]\nselvedge = [{ key = 'x', file = 'stores/x' }]\n";

    fn secrets(names: &[&str]) -> Secrets {
        names.iter().map(|name| ((*name).to_owned(), format!("local-{name}"))).collect()
    }

    #[test]
    fn a_complete_manifest_is_used_as_it_is() {
        assert_eq!(completed(TEXT, Path::new("/repo"), &secrets(&["A"])).unwrap(), None);
    }

    #[test]
    fn what_is_missing_is_added_and_what_is_there_stays() {
        let text = completed(TEXT, Path::new("/repo"), &secrets(&["A", "B"])).unwrap().unwrap();
        let manifest: Table = text.parse().unwrap();
        assert_eq!(manifest["name"].as_str(), Some("selvedge"));
        let server = &manifest["local_server"];
        let store: Vec<_> = server["secret_stores"]["selvedge"].as_array().unwrap().iter().collect();
        let pair = |at: usize| (store[at]["key"].as_str().unwrap(), store[at]["data"].as_str().unwrap());
        assert_eq!((store.len(), pair(0), pair(1)), (2, ("A", "own"), ("B", "local-B")));
        assert_eq!(server["kv_stores"]["selvedge"][0]["file"].as_str(), Some("/repo/stores/x"));
    }

    #[test]
    fn a_manifest_without_a_store_gets_one() {
        let text = completed("name = 'x'", Path::new("/repo"), &secrets(&["A"])).unwrap().unwrap();
        let manifest: Table = text.parse().unwrap();
        assert_eq!(manifest["local_server"]["secret_stores"]["selvedge"][0]["key"].as_str(), Some("A"));
    }

    #[test]
    fn a_store_of_another_form_is_told() {
        let error =
            completed("[local_server.secret_stores.selvedge]\nfile = 'x'", Path::new("/"), &secrets(&["A"]));
        assert!(error.unwrap_err().to_string().contains("not an array"));
    }
}
