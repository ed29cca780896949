//! Cloudflare's own interface to a queue, which can be looked into from there (developers.cloudflare.com/api/resources/queues).

use anyhow::{Context, Result, anyhow, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::https::agent;
use crate::service::http::ask;

/// The environment's variables, as wrangler has them.
pub(super) const TOKEN: &str = "CLOUDFLARE_API_TOKEN";
pub(super) const ACCOUNT: &str = "CLOUDFLARE_ACCOUNT_ID";
const BASE: &str = "CLOUDFLARE_API_BASE_URL";

/// The queue's name, as wrangler.toml has it.
pub(super) const QUEUE: &str = "selvedge-outbox";

/// How many messages are asked for: as many as a batch may have.
const MOST: u32 = 100;

/// Whose account, and the right to look into it.
#[derive(Debug)]
pub(super) struct Access {
    base: String,
    account: String,
    token: String,
}

impl Access {
    /// Where the environment has both.
    pub(super) fn from_environment() -> Option<Self> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let base = variable(BASE).unwrap_or_else(|| "https://api.cloudflare.com/client/v4".into());
        Some(Self { base, account: variable(ACCOUNT)?, token: variable(TOKEN)? })
    }

    /// The first of what is in a queue, and how much is in it in all.
    ///
    /// # Errors
    /// When there is no such queue, or the platform refuses.
    pub(super) fn peek(&self, queue: &str) -> Result<(Vec<Value>, Option<u64>)> {
        let queues = self.call("", None).context("cannot list the account's queues")?;
        let is_it = |candidate: &&Value| candidate.get("queue_name").and_then(Value::as_str) == Some(queue);
        let found = queues.as_array().and_then(|queues| queues.iter().find(is_it));
        let id = found.and_then(|queue| queue.get("queue_id")).and_then(Value::as_str).ok_or_else(|| {
            anyhow!("the account has no queue {queue:?}: --queue NAME names another, `wrangler queues list` lists them")
        })?;
        let said = self
            .call(&format!("/{id}/messages/peek"), Some(&json!({"batch_size": MOST})))
            .with_context(|| format!("cannot look into the queue {queue:?}"))?;
        let messages = said.get("messages").and_then(Value::as_array);
        let bodies = messages.into_iter().flatten().filter_map(|message| message.get("body")?.as_str());
        let of =
            said.pointer("/metadata/metrics/backlog_count").or_else(|| said.get("message_backlog_count"));
        Ok((bodies.filter_map(parcel).collect(), of.and_then(Value::as_u64)))
    }

    fn call(&self, path: &str, body: Option<&Value>) -> Result<Value> {
        let url = format!("{}/accounts/{}/queues{path}", self.base, self.account);
        let body = body.map(Value::to_string);
        let (status, said) = ask(&agent(0), &url, &format!("Bearer {}", self.token), body.as_deref())?;
        let said = said.unwrap_or_default();
        if status != 200 {
            let problem =
                said.pointer("/errors/0/message").and_then(Value::as_str).unwrap_or("without a reason");
            bail!("Cloudflare answers {status}, {problem} ({TOKEN} needs the permission Queues: Edit)");
        }
        Ok(said.get("result").cloned().unwrap_or_default())
    }
}

/// A message's body: the text that was sent, or that in base64, as some of the platform's answers have it.
fn parcel(body: &str) -> Option<Value> {
    let text = serde_json::from_str(body).ok();
    text.or_else(|| serde_json::from_slice(&STANDARD.decode(body).ok()?).ok())
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::extract::Path;
    use axum::http::{HeaderMap, StatusCode};
    use axum::routing::{get, post};

    use super::*;

    /// The platform, as its documentation describes it.
    async fn platform() -> String {
        let queues = || async {
            json!({"success": true, "result": [
                {"queue_name": "other", "queue_id": "1"},
                {"queue_name": "selvedge-outbox", "queue_id": "2"},
            ]})
            .to_string()
        };
        let peek = |Path(id): Path<String>, headers: HeaderMap, asked: String| async move {
            if headers["authorization"] != "Bearer good" {
                let errors = json!({"errors": [{"code": 10000, "message": "Authentication error"}]});
                return (StatusCode::FORBIDDEN, errors.to_string());
            }
            assert_eq!((id.as_str(), asked.as_str()), ("2", r#"{"batch_size":100}"#));
            let plain = r#"{"component":"a","events":[1]}"#;
            let messages = json!([
                {"id": "x", "body": plain, "attempts": 0},
                {"id": "y", "body": STANDARD.encode(plain)},
                {"id": "z", "body": "something else"},
            ]);
            let metadata = json!({"metrics": {"backlog_count": 7}});
            (StatusCode::OK, json!({"result": {"messages": messages, "metadata": metadata}}).to_string())
        };
        let router = Router::new()
            .route("/accounts/me/queues", get(queues))
            .route("/accounts/me/queues/{id}/messages/peek", post(peek));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async { axum::serve(listener, router).await });
        base
    }

    async fn peeked(token: &'static str, queue: &'static str) -> Result<(Vec<Value>, Option<u64>)> {
        let access = Access { base: platform().await, account: "me".into(), token: token.into() };
        tokio::task::spawn_blocking(move || access.peek(queue)).await.unwrap()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_queue_is_looked_into_by_its_name() {
        let (parcels, of) = peeked("good", QUEUE).await.unwrap();
        assert_eq!(parcels, vec![json!({"component": "a", "events": [1]}); 2]);
        assert_eq!(of, Some(7));
        let absent = peeked("good", "absent").await.unwrap_err();
        assert!(format!("{absent:#}").contains("no queue \"absent\": --queue NAME"), "{absent:#}");
        let stranger = format!("{:#}", peeked("bad", QUEUE).await.unwrap_err());
        assert!(
            stranger.contains("403, Authentication error") && stranger.contains("Queues: Edit"),
            "{stranger}"
        );
    }
}
