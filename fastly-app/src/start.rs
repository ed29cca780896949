//! What happens once per sandbox: the configuration, out of the artifact or of the store if that has a newer one, and the
//! secrets that it names.

use std::sync::Arc;

use fastly::secret_store::SecretStore;
use selvedge_core::Edge;
use selvedge_core::budget::Platform;
use selvedge_core::config::check::secrets;
use selvedge_core::config::compiled::Slot;
use selvedge_core::config::pushed::{Which, choose};
use selvedge_core::edge::Secrets;

use crate::{config, debug, log, registry};

/// The slot into which the configuration is stamped.
pub(crate) static SLOT: Slot = Slot::empty();

/// The secret store's name, as `fastly.toml` sets it up.
pub(crate) const STORE: &str = "selvedge";

/// What a sandbox works with.
pub(crate) struct Started {
    pub(crate) edge: Arc<Edge>,
    /// Which configuration that is.
    pub(crate) which: Which,
    /// The secrets that it names, as far as they are there.
    pub(crate) secrets: Secrets,
}

/// Starts with the configuration that is to be at work, or not where there is none; the log says why.
pub(crate) fn start() -> Option<Started> {
    let choice = choose(SLOT.configuration(), config::current().as_deref());
    choice.problems.iter().for_each(|problem| log::problem("configuration", problem));
    let (config, which) = choice.at_work?;
    log::configure(config.log.clone());
    let store = SecretStore::open(STORE).ok();
    // Look-ups are few by construction: checking a configuration refuses more than the platform allows.
    let names = secrets(&config).into_iter().take(Platform::FASTLY.budget.lookups as usize - 1);
    let secrets: Secrets = names.filter_map(|name| secret(store.as_ref(), name)).collect();
    let edge = registry::with(|registry| Edge::new(config, registry, &secrets, Platform::FASTLY));
    edge.keep_visits(debug::store().is_some());
    edge.problems().iter().for_each(|line| log::line(line));
    Some(Started { edge, which, secrets })
}

/// A secret and its name, if the store has it.
pub(crate) fn secret(store: Option<&SecretStore>, name: &str) -> Option<(String, String)> {
    let secret = store?.try_get(name).ok()??.try_plaintext().ok()?;
    Some((name.to_owned(), String::from_utf8(secret.to_vec()).ok()?))
}
