//! What must exist on the platform before the artifact runs there, and the commands that create it.

use selvedge_core::config::check::secrets;
use selvedge_core::config::{Config, Setting};

use crate::platform::Platform;

/// The secrets, with what each is for.
pub(super) fn needed(config: &Config) -> Vec<(&str, Vec<String>)> {
    secrets(config).into_iter().map(|name| (name, users(config, name))).collect()
}

/// The commands that create what a platform must have, with comments for what they cannot know.
pub(super) fn commands(config: &Config, platform: Platform) -> Vec<String> {
    let secrets = secrets(config);
    // The key has a form; the others are what their vendors gave out.
    let is_key = |name: &&str| keys(config).any(|key| key == *name);
    let made = |name: &&str| if is_key(name) { "openssl rand -hex 32 | " } else { "" };
    let mut commands = Vec::new();
    match platform {
        Platform::Fastly => {
            let link = "fastly resource-link create --version latest --autoclone --resource-id STORE_ID";
            commands.push(
                "# The first `fastly compute publish` asks for the secrets and does all of this.".into(),
            );
            commands.push("# In a service that exists (STORE_ID: what `create` prints):".into());
            commands.push("fastly secret-store create --name selvedge".into());
            for name in &secrets {
                let how = if is_key(name) { " --stdin" } else { "" };
                let made = made(name);
                let create = "fastly secret-store-entry create --store-id STORE_ID";
                commands.push(format!("{made}{create} --name {name}{how}"));
            }
            commands.push(link.into());
            if config.delivery.outbox {
                commands.push("fastly kv-store create --name selvedge-outbox".into());
                commands.push(link.into());
            }
        }
        Platform::Cloudflare => {
            if config.delivery.outbox {
                commands.push("# Then take the marks away before [[queues…]] in wrangler.toml.".into());
                commands.push("npx wrangler queues create selvedge-outbox".into());
                commands.push("npx wrangler queues create selvedge-outbox-dead".into());
            }
            commands
                .extend(secrets.iter().map(|name| format!("{}npx wrangler secret put {name}", made(name))));
        }
    }
    commands
}

/// The names of the keys that seal visitors' cookies.
pub(crate) fn keys(config: &Config) -> impl Iterator<Item = &str> {
    std::iter::once(&config.visitor.key).chain(&config.visitor.previous_keys).map(|key| key.secret.as_str())
}

/// What a secret is for.
fn users(config: &Config, name: &str) -> Vec<String> {
    let mut users = Vec::new();
    if config.visitor.key.secret == name {
        users.push("seals visitors' cookies: 64 hexadecimal digits".to_owned());
    } else if keys(config).any(|key| key == name) {
        users.push("sealed visitors' cookies before".to_owned());
    }
    for (what, key) in config.visitor.edgee.iter().flat_map(|old| [("key", &old.key), ("IV", &old.iv)]) {
        if key.as_ref().is_some_and(|key| key.secret == name) {
            users.push(format!("the {what} of Edgee's cookies: 16 characters"));
        }
    }
    for component in &config.components {
        for (setting, value) in &component.settings {
            if matches!(value, Setting::Secret(secret) if secret == name) {
                users.push(format!("{} of {}", setting, component.id));
            }
        }
    }
    users
}
