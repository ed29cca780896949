//! `selvedge.lock`: where components came from, and what they were when they came.

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::file;

/// The file's name. It lies beside `selvedge.toml`.
pub(crate) const NAME: &str = "selvedge.lock";

/// What is in it.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lock {
    version: u32,
    #[serde(default, rename = "component")]
    pub(crate) components: Vec<Locked>,
}

/// One component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Locked {
    /// Its name in the registry.
    pub(crate) name: String,
    /// Its version there.
    pub(crate) version: String,
    /// The registry: a directory or a URL.
    pub(crate) registry: String,
    /// The file in it.
    pub(crate) source: String,
    /// The SHA-256 of the file, in hexadecimal.
    pub(crate) sha256: String,
    /// Where it was put, from the lock's directory.
    pub(crate) file: String,
}

impl Lock {
    /// Reads the lock of a directory; an empty one where there is none.
    ///
    /// # Errors
    /// When it cannot be read, or is none.
    pub(crate) fn read(directory: &Path) -> Result<Self> {
        let path = directory.join(NAME);
        if !path.is_file() {
            return Ok(Self { version: 1, components: Vec::new() });
        }
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let lock: Self = toml::from_str(&text).with_context(|| format!("{} is damaged", path.display()))?;
        if lock.version != 1 {
            bail!("{} is of version {}, and 1 is what is known", path.display(), lock.version);
        }
        Ok(lock)
    }

    /// Writes it, by name.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn write(mut self, directory: &Path) -> Result<()> {
        self.components.sort_by(|a, b| a.name.cmp(&b.name));
        let text = toml::to_string(&self).context("the lock")?;
        let text = format!("# Written by `selvedge component add`. Keep it with selvedge.toml.\n{text}");
        file::write(&directory.join(NAME), text.as_bytes())
    }

    /// What is known of a component.
    pub(crate) fn find(&self, name: &str) -> Option<&Locked> {
        self.components.iter().find(|locked| locked.name == name)
    }

    /// What is known of a file.
    pub(crate) fn of_file(&self, directory: &Path, file: &Path) -> Option<&Locked> {
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let file = real(file);
        self.components.iter().find(|locked| real(&directory.join(&locked.file)) == file)
    }

    /// Fails where a file of a directory's lock is not what it was when it was added.
    ///
    /// # Errors
    /// When it is not, or the lock cannot be read.
    pub(crate) fn refuse_other(directory: &Path, file: &Path, bytes: &[u8]) -> Result<()> {
        let lock = Self::read(directory)?;
        let Some(locked) = lock.of_file(directory, file) else { return Ok(()) };
        let found = sha256(bytes);
        if found != locked.sha256 {
            bail!(
                "{} is not the {} {} that was added: its SHA-256 is {found}, and {NAME} says {}",
                file.display(),
                locked.name,
                locked.version,
                locked.sha256
            );
        }
        Ok(())
    }
}

/// The SHA-256 of something, in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::sha256;

    #[test]
    fn the_digest_is_what_sha256sum_prints() {
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
