//! Whether the edge answers yet.

use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// How long one answer may take: the first request may meet an edge that is still compiling its module.
const ANSWER: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(100);

/// Waits until `GET path` on a port of this machine is answered with 200.
pub(super) async fn healthy(port: u16, path: &str) {
    while !timeout(ANSWER, is_ok(port, path)).await.is_ok_and(|answer| answer.unwrap_or(false)) {
        sleep(PAUSE).await;
    }
}

async fn is_ok(port: u16, path: &str) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut status = String::new();
    BufReader::new(stream.take(1024)).read_line(&mut status).await?;
    Ok(status.split(' ').nth(1) == Some("200"))
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use axum::routing::get;

    use super::*;

    #[tokio::test]
    async fn only_200_is_healthy() {
        let router = axum::Router::new()
            .route("/good", get(|| async {}))
            .route("/bad", get(|| async { StatusCode::BAD_GATEWAY }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async { axum::serve(listener, router).await });
        assert!(is_ok(port, "/good").await.unwrap());
        assert!(!is_ok(port, "/bad").await.unwrap());
        timeout(ANSWER, healthy(port, "/good")).await.unwrap();
        assert!(is_ok(crate::ports::free().unwrap(), "/good").await.is_err());
    }
}
