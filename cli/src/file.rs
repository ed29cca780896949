//! Files that are there completely or not at all.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;

use anyhow::{Context, Result};

/// Writes a file, with its directories. Whoever reads it meanwhile finds the old one or the new one; one that would not
/// change is left alone, so that nobody who watches it starts over.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn write(path: &Path, content: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|old| old == content) {
        return Ok(());
    }
    let mut unfinished = OsString::from(path);
    unfinished.push(format!(".{}", std::process::id()));
    let unfinished = Path::new(&unfinished);
    let write = || -> io::Result<()> {
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory)?;
        }
        fs::write(unfinished, content)?;
        fs::rename(unfinished, path)
    };
    write()
        .inspect_err(|_| drop(fs::remove_file(unfinished)))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Like [`write`], and nobody but the owner may read it.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).with_context(|| format!("cannot create {}", directory.display()))?;
    }
    // Created private before there is anything in it.
    let open = || fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    open()
        .and_then(|mut file| file.write_all(content))
        .with_context(|| format!("cannot write {}", path.display()))
}
