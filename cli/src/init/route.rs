//! The way from where the files are to the repository that builds the artifact, which need not be the same place.

use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result};

use crate::needs::quoted;

/// From a directory to the repository.
#[derive(Debug)]
pub(super) struct Route {
    /// Relative unless it is far, without a slash at the end; empty where the directory is the repository.
    to: String,
}

impl Route {
    /// Finds the way from a directory, which need not be there yet.
    ///
    /// # Errors
    /// When there is no current directory.
    pub(super) fn from(directory: &Path, root: &Path) -> Result<Self> {
        let here = std::env::current_dir().context("there is no current directory")?;
        let from = resolved(&here.join(directory));
        let root = resolved(root);
        let shared = from.components().zip(root.components()).take_while(|(a, b)| a == b).count();
        if shared < 2 {
            // They have nothing in common but the root of all.
            return Ok(Self { to: root.display().to_string() });
        }
        let up = from.components().skip(shared).map(|_| Component::ParentDir);
        let to: PathBuf = up.chain(root.components().skip(shared)).collect();
        Ok(Self { to: to.display().to_string() })
    }

    /// Whether the directory is the repository itself.
    pub(super) fn is_here(&self) -> bool {
        self.to.is_empty()
    }

    /// A file of the repository, as it is named from the directory.
    pub(super) fn file(&self, path: &str) -> String {
        if self.is_here() { path.to_owned() } else { format!("{}/{path}", self.to) }
    }

    /// This command, as a shell finds it from the directory.
    pub(super) fn command(&self) -> String {
        quoted(&self.file("target/debug/selvedge"))
    }
}

/// A path without links and dots, as far as it exists.
fn resolved(path: &Path) -> PathBuf {
    match (path.canonicalize(), path.parent(), path.file_name()) {
        (Ok(whole), ..) => whole,
        (Err(_), Some(parent), Some(name)) => resolved(parent).join(name),
        (Err(_), Some(parent), None) => resolved(parent),
        _ => path.to_owned(),
    }
}
