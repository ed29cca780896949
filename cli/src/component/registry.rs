//! A registry: a directory, or a URL, with an `index.toml`.
//!
//! ```toml
//! [[component]]
//! name    = "acme"
//! version = "1.2.0"
//! file    = "acme-1.2.0.wasm"        # from the index
//! sha256  = "ba7816bf…"
//! ```

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use serde::Deserialize;

use super::lock::sha256;
use crate::https::agent;

/// The index's name.
const INDEX: &str = "index.toml";
/// The most that is taken from a registry at once, in bytes: twice what Python's components have.
const MOST: u64 = 40 << 20;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Index {
    #[serde(default, rename = "component")]
    components: Vec<Entry>,
}

/// What an index says of a component.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) file: String,
    pub(crate) sha256: String,
}

/// Where components are had.
#[derive(Debug)]
pub(crate) enum Registry {
    Directory(PathBuf),
    Url(String),
}

impl fmt::Display for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(path) => path.display().fmt(f),
            Self::Url(url) => f.write_str(url),
        }
    }
}

impl Registry {
    /// What is meant by what was written.
    ///
    /// # Errors
    /// When it is a URL that anybody on the way could answer.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let text = text.trim_end_matches('/');
        let local = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
        let is = |start: &str| {
            text.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
        };
        match text.split_once("://") {
            Some(("https", _)) => Ok(Self::Url(text.to_owned())),
            Some(("http", _)) if local.into_iter().any(is) => Ok(Self::Url(text.to_owned())),
            Some(_) => bail!("{text}: a registry is a directory, or a URL with https"),
            None if text.is_empty() => Ok(Self::Directory(PathBuf::from("/"))),
            None => Ok(Self::Directory(PathBuf::from(text))),
        }
    }

    /// A component of the index, its file, and where that was.
    ///
    /// # Errors
    /// When the index has it not, or the file is not what the index says.
    pub(crate) fn fetch(&self, name: &str, version: Option<&str>) -> Result<(Entry, String, Vec<u8>)> {
        let (place, bytes) = self.get(INDEX)?;
        let text = String::from_utf8(bytes).with_context(|| format!("{place} is no text"))?;
        let index: Index = toml::from_str(&text).with_context(|| format!("{place} is no index"))?;
        let of_name: Vec<_> = index.components.into_iter().filter(|entry| entry.name == name).collect();
        let versions: Vec<_> = of_name.iter().map(|entry| entry.version.clone()).collect();
        if versions.is_empty() {
            bail!("{self} has no {name}");
        }
        let Some(version) = version else {
            bail!("{name} in which version? There is {name}@{}", versions.join(", @"))
        };
        let entry = of_name.into_iter().find(|entry| entry.version == version);
        let entry =
            entry.ok_or_else(|| anyhow!("{self} has no {name} {version}; it has {}", versions.join(", ")))?;
        let (place, bytes) = self.get(&entry.file)?;
        let found = sha256(&bytes);
        if found != entry.sha256.to_ascii_lowercase() {
            bail!(
                "{place} is not what {self} says: its SHA-256 is {found}, and the index says {}",
                entry.sha256
            );
        }
        Ok((entry, place, bytes))
    }

    /// A file, and its full name.
    fn get(&self, file: &str) -> Result<(String, Vec<u8>)> {
        let inside =
            !file.contains("://") && !file.starts_with('/') && !file.split('/').any(|part| part == "..");
        if !inside {
            bail!("{self}: {file:?} is not a file beside the index");
        }
        match self {
            Self::Directory(root) => {
                let path: PathBuf = Path::new(root).join(file);
                let bytes =
                    std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
                Ok((path.display().to_string(), bytes))
            }
            Self::Url(root) => {
                let url = format!("{root}/{file}");
                let bytes = download(&url).with_context(|| format!("cannot get {url}"))?;
                Ok((url, bytes))
            }
        }
    }
}

fn download(url: &str) -> Result<Vec<u8>> {
    let mut answer = agent(5).get(url).call()?;
    if !answer.status().is_success() {
        bail!("it answers {}", answer.status());
    }
    Ok(answer.body_mut().with_config().limit(MOST).read_to_vec()?)
}

#[cfg(test)]
mod tests {
    use super::Registry;

    #[test]
    fn a_registry_is_a_directory_or_has_https() {
        for good in ["a/b", "/", "https://a.example/x/", "http://127.0.0.1:80/x", "http://localhost"] {
            assert!(Registry::parse(good).is_ok(), "{good}");
        }
        for bad in
            ["http://a.example", "ftp://a.example", "http://localhost.example", "http://127.0.0.1.example/"]
        {
            assert!(Registry::parse(bad).is_err(), "{bad}");
        }
    }
}
