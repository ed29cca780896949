//! Posting JSON, and what is answered.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;
use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig};

/// Longer than a destination may take to answer the service.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A client that trusts whom this machine trusts, and follows nobody elsewhere.
pub(super) fn agent() -> Agent {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier);
    Agent::config_builder()
        .timeout_global(Some(TIMEOUT))
        .http_status_as_error(false)
        .max_redirects(0)
        .user_agent(concat!("selvedge/", env!("CARGO_PKG_VERSION")))
        .tls_config(tls.unversioned_rustls_crypto_provider(provider).build())
        .build()
        .into()
}

/// Sends a request, a `POST` where there is a body. Returns the status, and the answer where it is JSON.
///
/// # Errors
/// When nobody answers.
pub(super) fn ask(
    agent: &Agent,
    url: &str,
    authorization: &str,
    body: Option<&str>,
) -> Result<(u16, Option<Value>)> {
    let answer = match body {
        Some(body) => {
            agent.post(url).header("authorization", authorization).content_type("application/json").send(body)
        }
        None => agent.get(url).header("authorization", authorization).call(),
    };
    let mut answer = answer.with_context(|| format!("cannot reach {url}"))?;
    let status = answer.status().as_u16();
    let text = answer.body_mut().read_to_string().with_context(|| format!("{url} broke off"))?;
    Ok((status, serde_json::from_str(&text).ok()))
}
