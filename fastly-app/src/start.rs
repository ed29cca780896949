//! What happens once per sandbox: the configuration out of the artifact, and the secrets that it names.

use std::sync::Arc;

use fastly::secret_store::SecretStore;
use selvedge_core::Edge;
use selvedge_core::budget::Platform;
use selvedge_core::config::check::secrets;
use selvedge_core::config::compiled::Slot;
use selvedge_core::edge::Secrets;

use crate::{log, registry};

/// The slot into which the configuration is stamped.
static SLOT: Slot = Slot::empty();

/// The secret store's name, as `fastly.toml` sets it up.
const STORE: &str = "selvedge";

/// The configuration at work, or `None` where the artifact carries none; the log says why.
pub(crate) fn edge() -> Option<Arc<Edge>> {
    let config = match SLOT.configuration() {
        Ok(Some(config)) => config,
        Ok(None) => {
            log::problem("configuration", "none was stamped into this artifact");
            return None;
        }
        Err(error) => {
            log::problem("configuration", error);
            return None;
        }
    };
    let store = SecretStore::open(STORE).ok();
    // Look-ups are few by construction: checking a configuration refuses more secrets than the platform allows.
    let found =
        secrets(&config).into_iter().take(Platform::FASTLY.budget.lookups as usize).filter_map(|name| {
            let secret = store.as_ref()?.try_get(name).ok()??.try_plaintext().ok()?;
            Some((name.to_owned(), String::from_utf8(secret.to_vec()).ok()?))
        });
    let found: Secrets = found.collect();
    let edge = registry::with(|registry| Edge::new(config, registry, &found, Platform::FASTLY));
    edge.problems().iter().for_each(|line| log::line(line));
    Some(edge)
}
