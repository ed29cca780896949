//! Third parties' components, as cases' configurations name them: files of `target/guests/`, which `scripts/guests.sh` builds
//! of `tests/guests/`, and `scripts/languages.sh` of what the command begins.

use selvedge_core::config::Config;
use selvedge_guests::{link, pack};

/// The components of a configuration, packed; none where it has none.
pub(super) fn pack(config: &Config) -> Result<Option<Vec<u8>>, String> {
    let mut components = Vec::new();
    let files = config.components.iter().filter_map(|component| component.file.as_deref());
    for file in files.chain(config.consent.file.as_deref()) {
        if components.iter().any(|(known, _)| *known == file) {
            continue;
        }
        let path = crate::root().join("target/guests").join(file);
        let script = if file.starts_with("languages/") { "languages" } else { "guests" };
        let bytes = std::fs::read(&path)
            .map_err(|error| format!("{}: {error}; build it with: scripts/{script}.sh", path.display()))?;
        components.push((file, link::open(&bytes).map_err(|refusal| format!("{file}: {refusal}"))?));
    }
    let parts = components.iter().map(|(file, found)| (*file, found.interface, found.module.as_slice()));
    Ok((!components.is_empty()).then(|| pack::pack(parts)))
}
