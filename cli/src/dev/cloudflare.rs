//! `wrangler dev`, the emulator of Cloudflare Workers.

use std::fmt::Write;

use anyhow::{Result, bail};
use tokio::process::Command;

use super::Setting;
use super::secrets::Secrets;
use crate::{file, ports};

/// Where wrangler keeps what the emulated stores hold.
const STATE: &str = "cloudflare";
const VARS: &str = "cloudflare.vars";

/// The command that starts it. Its own build step runs again when a source changes, and needs the same environment.
///
/// # Errors
/// When it is not installed, or its secrets cannot be written.
pub(super) fn command(setting: &Setting<'_>, secrets: &Secrets) -> Result<Command> {
    let wrangler = setting.root.join("node_modules/.bin/wrangler");
    if !wrangler.exists() {
        bail!("wrangler is not installed: run `make setup`");
    }
    let generated = setting.kept.join(VARS);
    file::write_private(&generated, vars(secrets).as_bytes())?;
    let mut command = Command::new(wrangler);
    command.current_dir(setting.root).args([
        "dev",
        "--ip",
        "127.0.0.1",
        "--show-interactive-dev-session=false",
    ]);
    command.args(["--port", &setting.port.to_string()]);
    command.args(["--inspector-port", &ports::free()?.to_string()]);
    command.arg("--persist-to").arg(setting.kept.join(STATE));
    command.arg("--env-file").arg(generated);
    // Named files replace the default one, so the user's own follows; its values win over the generated.
    let own = setting.root.join(".dev.vars");
    if own.is_file() {
        command.arg("--env-file").arg(own);
    }
    // Nothing asks, nothing calls home, nothing looks up what the emulator can do without.
    command.env("CI", "1").env("WRANGLER_SEND_METRICS", "false").env("WRANGLER_SEND_ERROR_REPORTS", "false");
    command.env("WRANGLER_HIDE_BANNER", "true").env("CLOUDFLARE_CF_FETCH_ENABLED", "false");
    command.env("CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV", "true");
    Ok(command)
}

/// Values as dotenv reads them. The generated ones have no character that would mean something there.
fn vars(secrets: &Secrets) -> String {
    let mut text =
        String::from("# Written by `selvedge dev`. Your own values belong into .dev.vars, and win.\n");
    for (name, value) in secrets {
        // Text takes whatever is written to it.
        let _ = writeln!(text, "{name}=\"{value}\"");
    }
    text
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_users_own_values_come_last() {
        let root = std::env::temp_dir().join(format!("selvedge-cf-{}", std::process::id()));
        file::write(&root.join("node_modules/.bin/wrangler"), b"").unwrap();
        let kept = root.join(".selvedge/dev");
        let setting = Setting { root: &root, kept: &kept, port: 7676 };
        let secrets = Secrets::from([("HOOK".to_owned(), "local-HOOK".to_owned())]);
        let files = |command: &Command| {
            let args: Vec<_> =
                command.as_std().get_args().map(|arg| arg.to_string_lossy().into_owned()).collect();
            args.windows(2)
                .filter(|pair| pair[0] == "--env-file")
                .map(|pair| pair[1].clone())
                .collect::<Vec<_>>()
        };
        let generated = kept.join(VARS);
        assert_eq!(files(&command(&setting, &secrets).unwrap()), [generated.to_string_lossy()]);
        assert!(std::fs::read_to_string(&generated).unwrap().ends_with("\nHOOK=\"local-HOOK\"\n"));
        file::write(&root.join(".dev.vars"), b"HOOK=mine").unwrap();
        let own = root.join(".dev.vars");
        assert_eq!(
            files(&command(&setting, &secrets).unwrap()),
            [generated.to_string_lossy(), own.to_string_lossy()]
        );
        std::fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn what_is_missing_is_told() {
        let setting = Setting { root: Path::new("/nowhere"), kept: Path::new("/nowhere"), port: 1 };
        let error = command(&setting, &Secrets::new()).unwrap_err().to_string();
        assert!(error.contains("make setup"), "{error}");
    }
}
