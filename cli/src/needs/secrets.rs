//! The secrets that a configuration names, and what each is for.

use selvedge_core::config::check::secrets;
use selvedge_core::config::{Config, Setting};

/// The secrets, with what each is for.
pub(crate) fn needed(config: &Config) -> Vec<(&str, Vec<String>)> {
    secrets(config).into_iter().map(|name| (name, users(config, name))).collect()
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
