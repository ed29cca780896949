//! The values of secrets that the platform does not have yet: from the environment, from whoever sits there, and a key's
//! from chance. They leave this process by another's standard input alone.

use std::collections::BTreeMap;
use std::io::{IsTerminal, stdin};
use std::path::Path;

use anyhow::{Context, Result, bail};
use selvedge_core::visitor::KeyRing;

use crate::dev::secrets::random_hex;
use crate::file;
use crate::needs::Secret;

/// Values by the names of the secrets.
pub(super) type Values = BTreeMap<String, String>;

/// A value for each.
///
/// # Errors
/// When one is not good, or nobody can be asked for it; then with the names of all that are missing.
pub(super) fn values(missing: &[&Secret], silent: bool, directory: &Path) -> Result<Values> {
    let may_ask = !silent && stdin().is_terminal();
    let (mut values, mut unknown) = (Values::new(), Vec::new());
    for secret in missing {
        let kept = directory.join(".selvedge/keys").join(&secret.name);
        let from_environment = std::env::var(&secret.name).ok().filter(|value| !value.is_empty());
        let value = match from_environment {
            Some(value) => value,
            // Made by a run before, which got no further, or for the other platform: one key is good for both.
            None if secret.is_key && kept.is_file() => read(&kept)?,
            None if may_ask => asked(secret, directory, &kept)?,
            None => {
                unknown.push(secret.name.as_str());
                continue;
            }
        };
        if secret.is_key {
            let judged = KeyRing::new::<&[u8]>(value.as_bytes(), &[]);
            judged.map_err(anyhow::Error::from).with_context(|| format!("the value of {}", secret.name))?;
        }
        values.insert(secret.name.clone(), value);
    }
    if !unknown.is_empty() {
        bail!(
            "the platform does not have {}, and neither has the environment; nothing was created. Set variables of these \
             names (a key: `openssl rand -hex 32`), or run it in a terminal, without --yes, to be asked",
            unknown.join(", ")
        );
    }
    Ok(values)
}

/// What somebody types, unseen.
fn asked(secret: &Secret, directory: &Path, kept: &Path) -> Result<String> {
    let hint = if secret.is_key { " (64 hexadecimal digits; nothing: a new one is made)" } else { "" };
    loop {
        let value = rpassword::prompt_password(format!("{}{hint}: ", secret.name)).context("cannot ask")?;
        let value = value.trim();
        match (value.is_empty(), secret.is_key) {
            (false, _) => return Ok(value.to_owned()),
            (true, true) => return made(secret, directory, kept),
            (true, false) => anstream::eprintln!("it needs a value; Ctrl-C ends"),
        }
    }
}

/// A new key, in a file that only its owner may read and that git does not see.
fn made(secret: &Secret, directory: &Path, kept: &Path) -> Result<String> {
    let value = random_hex::<32>().context("no randomness")?;
    file::write(&directory.join(".selvedge/.gitignore"), b"*\n")?;
    file::write_private(kept, format!("{value}\n").as_bytes())?;
    anstream::eprintln!(
        "made {} and kept it in {}. Put it where you keep passwords: the platform never tells it again, without it visitors \
         become strangers should the service be made anew, and `selvedge outbox` asks for it.",
        secret.name,
        kept.display()
    );
    Ok(value)
}

fn read(kept: &Path) -> Result<String> {
    let text = std::fs::read_to_string(kept).with_context(|| format!("cannot read {}", kept.display()))?;
    Ok(text.trim().to_owned())
}
