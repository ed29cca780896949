//! How this command asks others.

use std::sync::Arc;
use std::time::Duration;

use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig};

/// Longer than a destination may take to answer the service.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A client that trusts whom this machine trusts, and follows so many redirects.
pub(crate) fn agent(redirects: u32) -> Agent {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier);
    Agent::config_builder()
        .timeout_global(Some(TIMEOUT))
        .http_status_as_error(false)
        .max_redirects(redirects)
        .user_agent(concat!("selvedge/", env!("CARGO_PKG_VERSION")))
        .tls_config(tls.unversioned_rustls_crypto_provider(provider).build())
        .build()
        .into()
}
