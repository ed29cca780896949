//! The artifacts that `scripts/build.sh` makes, and copies of them with a case's configuration.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use selvedge_core::config::{Config, compiled};
use selvedge_core::facts::Timestamp;
use selvedge_guests::link::attach;

use super::guests;

fn path(platform: &str) -> PathBuf {
    crate::root().join(format!("target/wasm/selvedge-{platform}.wasm"))
}

/// A copy of a platform's artifact with a configuration in it. All copies are made of what was there first: a build
/// meanwhile must not mix with it.
pub(super) fn stamped(platform: &'static str, name: &str, config: &Config) -> Result<PathBuf, String> {
    static READ: Mutex<BTreeMap<PathBuf, Vec<u8>>> = Mutex::new(BTreeMap::new());
    let pack = guests::pack(config)?;
    let from = if pack.is_some() { path(&format!("{platform}-guests")) } else { path(platform) };
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    let mut wasm = match read.get(&from) {
        Some(wasm) => wasm.clone(),
        None => {
            let wasm = std::fs::read(&from).map_err(|error| {
                let config = if pack.is_some() { "CONFIG=tests/guests/selvedge.toml " } else { "" };
                format!("{}: {error}; build it with: {config}scripts/build.sh {platform}", from.display())
            })?;
            read.insert(from.clone(), wasm.clone());
            wasm
        }
    };
    drop(read);
    compiled::stamp(&mut wasm, config, Timestamp(0))
        .map_err(|error| format!("{}: {error}", from.display()))?;
    if let Some(pack) = pack {
        wasm = attach(&wasm, &pack).map_err(|error| format!("{}: {error}", from.display()))?;
    }
    let to = crate::scratch().join(format!("{name}.wasm"));
    std::fs::write(&to, wasm).map_err(|error| format!("{}: {error}", to.display()))?;
    Ok(to)
}

/// What to do about an artifact that is older than the code it is made of.
pub(super) fn stale(platform: &str, adapter: &str) -> Option<String> {
    let built = std::fs::metadata(path(platform)).and_then(|file| file.modified()).ok()?;
    let sources = ["core/src", "components/src", "guests/src", "sdk", &format!("{adapter}/src")];
    let newest = sources.into_iter().filter_map(|dir| newest(&crate::root().join(dir))).max()?;
    (newest > built).then(|| format!("the artifact is older than the code: scripts/build.sh {platform}"))
}

fn newest(dir: &Path) -> Option<SystemTime> {
    let entries = std::fs::read_dir(dir).ok()?.flatten();
    let times = entries.filter_map(|entry| match entry.file_type().ok()?.is_dir() {
        true => newest(&entry.path()),
        // The Worker's TypeScript is bundled for each run.
        false if entry.path().extension().is_some_and(|extension| extension == "ts") => None,
        false => entry.metadata().ok()?.modified().ok(),
    });
    times.max()
}
