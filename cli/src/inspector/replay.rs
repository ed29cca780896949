//! A visit's request once more, to the same address: as real as the first time, and marked as what it is.

use std::fmt::Write;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::rerun::fields;
use super::text;

/// Names the visit that a request repeats.
const MARK: &str = "x-selvedge-replay";
const PATIENCE: Duration = Duration::from_secs(20);

/// Sends a visit's request again to the edge at `address`, and waits until the answer is there. Returns its status.
///
/// # Errors
/// When nobody answers.
pub(super) async fn replay(told: &Value, address: &str) -> Result<u16> {
    let request = written(told)?;
    let sent = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = BufReader::new(stream.take(64 << 20));
        let mut status = String::new();
        answer.read_line(&mut status).await?;
        // To the end: a visitor who leaves early is another visit.
        tokio::io::copy(&mut answer, &mut tokio::io::sink()).await?;
        std::io::Result::Ok(status)
    };
    let status = timeout(PATIENCE, sent).await.context("the edge did not answer in time")?;
    let status = status.context("the edge does not answer")?;
    status.split(' ').nth(1).and_then(|status| status.parse().ok()).context("that was no answer")
}

/// The request as it is written. What concerns one connection is ours to say, and what a platform adds is its.
fn written(told: &Value) -> Result<String> {
    let (Some(method), Some(url)) = (text(told, "/request/method"), text(told, "/request/url")) else {
        bail!("this visit was not told whole");
    };
    let (_, rest) = url.split_once("://").context("not a URL")?;
    let at = rest.find('/').unwrap_or(rest.len());
    let (host, target) = rest.split_at(at);
    let target = if target.is_empty() { "/" } else { target };
    let body = text(told, "/request/body").unwrap_or_default();
    let mut written = format!("{method} {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
    if !body.is_empty() {
        let _ = write!(written, "content-length: {}\r\n", body.len());
    }
    for (name, value) in &fields(told) {
        let name = name.as_str();
        let ours = matches!(
            name,
            "host"
                | "connection"
                | "content-length"
                | "transfer-encoding"
                | "keep-alive"
                | "upgrade"
                | "te"
                | MARK
        );
        let platforms =
            ["cf-", "fastly-", "x-forwarded-", "x-real-ip", "mf-"].iter().any(|p| name.starts_with(p));
        // What changes on the way would no longer be a page.
        let conditional = name.starts_with("if-");
        if let (false, Ok(value)) = (ours || platforms || conditional, value.to_str()) {
            let _ = write!(written, "{name}: {value}\r\n");
        }
    }
    let visit = text(told, "/visit").unwrap_or_default();
    let _ = write!(written, "{MARK}: {visit}\r\n\r\n{body}");
    if method.contains(['\r', '\n', ' ']) || target.contains(['\r', '\n', ' ']) || host.contains(['\r', '\n'])
    {
        bail!("this is no request");
    }
    Ok(written)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told() -> Value {
        json!({"visit": "a1", "request": {
            "method": "POST", "url": "http://127.0.0.1:7676/_selvedge/event?x=1", "body": "{\"é\":1}",
            "headers": [["Host", "old"], ["cookie", "a=b"], ["cf-ray", "x"], ["connection", "keep-alive"], ["if-none-match", "1"]],
        }})
    }

    #[test]
    fn a_request_is_written_as_it_was_but_for_the_connection() {
        assert_eq!(
            written(&told()).unwrap(),
            "POST /_selvedge/event?x=1 HTTP/1.1\r\nhost: 127.0.0.1:7676\r\nconnection: close\r\ncontent-length: 8\r\n\
             cookie: a=b\r\nx-selvedge-replay: a1\r\n\r\n{\"é\":1}"
        );
        let mut odd = told();
        odd["request"]["url"] = "http://a/ HTTP/1.1\r\nx: y".into();
        assert!(written(&odd).is_err());
        assert!(written(&json!({})).is_err());
    }

    #[tokio::test]
    async fn the_answer_is_waited_for() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let router = axum::Router::new()
            .route("/_selvedge/event", axum::routing::post(|| async { axum::http::StatusCode::ACCEPTED }));
        tokio::spawn(async { axum::serve(listener, router).await });
        assert_eq!(replay(&told(), &address).await.unwrap(), 202);
        let nobody = format!("127.0.0.1:{}", crate::ports::free().unwrap());
        assert!(replay(&told(), &nobody).await.is_err());
    }
}
