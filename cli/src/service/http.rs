//! Posting JSON, and what is answered.

use anyhow::{Context, Result};
use serde_json::Value;
use ureq::Agent;

/// Sends a request, a `POST` where there is a body. Returns the status, and the answer where it is JSON.
///
/// # Errors
/// When nobody answers.
pub(crate) fn ask(
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
