//! What stays on this machine: the secrets of `wrangler dev`, and what git is not to see.

use std::path::Path;

use anyhow::{Context, Result};
use selvedge_core::config::Config;

use crate::dev::secrets::random_hex;
use crate::needs::{keys, needed};
use crate::platform::Platform;

/// Where `wrangler dev` reads secrets.
pub(super) const VARS: &str = ".dev.vars";
/// What git is not to see.
pub(super) const IGNORE: &str = ".gitignore";

/// `.dev.vars`: a key of this machine's own, and a line for each other secret, whose value its owner knows.
///
/// # Errors
/// When the system has no randomness.
pub(super) fn vars(config: &Config) -> Result<String> {
    let mut out = String::from(
        "# Secrets for `wrangler dev` on this machine, and for nothing else: a deployment's are set with `wrangler secret put`,\n\
         # or by `selvedge deploy`. Git does not see this file.\n",
    );
    for (name, users) in needed(config) {
        if keys(config).any(|key| key == name) {
            let value = random_hex::<32>().context("no randomness")?;
            out += &format!(
                "\n# Seals visitors' cookies. Made up for this machine; it protects nothing.\n{name}=\"{value}\"\n"
            );
        } else {
            let users = users.join(", ");
            out += &format!("\n# {users}: write it here, and take the mark away.\n# {name}=\"\"\n");
        }
    }
    Ok(out)
}

/// `.gitignore` with what it lacks; none where it lacks nothing.
pub(super) fn ignored(directory: &Path, platforms: &[Platform]) -> Result<Option<String>> {
    let path = directory.join(IGNORE);
    let before = match path.exists() {
        true => std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?,
        false => String::new(),
    };
    let wanted = platforms.iter().flat_map(|platform| match platform {
        Platform::Fastly => ["/bin", "/pkg"],
        Platform::Cloudflare => [VARS, "/.wrangler"],
    });
    let name = |line: &str| line.trim().trim_matches('/').to_owned();
    let lacks = |wanted: &&str| before.lines().all(|line| name(line) != name(wanted));
    let lacking: Vec<_> = wanted.filter(lacks).collect();
    if lacking.is_empty() {
        return Ok(None);
    }
    let gap = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
    Ok(Some(format!("{before}{gap}{}\n", lacking.join("\n"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_does_not_see_is_said_once() {
        let directory = std::env::temp_dir().join(format!("selvedge-ignore-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let both = [Platform::Fastly, Platform::Cloudflare];
        for (before, platforms, after) in [
            (None, &both[..], Some("/bin\n/pkg\n.dev.vars\n/.wrangler\n")),
            (Some("node_modules"), &both[1..], Some("node_modules\n.dev.vars\n/.wrangler\n")),
            (Some("/.dev.vars\n.wrangler/\n"), &both[1..], None),
            (Some("# .dev.vars\nbin/\n"), &both, Some("# .dev.vars\nbin/\n/pkg\n.dev.vars\n/.wrangler\n")),
        ] {
            drop(std::fs::remove_file(directory.join(IGNORE)));
            if let Some(before) = before {
                std::fs::write(directory.join(IGNORE), before).unwrap();
            }
            assert_eq!(ignored(&directory, platforms).unwrap().as_deref(), after);
        }
        std::fs::remove_dir_all(&directory).unwrap();
    }
}
