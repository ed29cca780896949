//! Who may ask: the page itself. Whatever else a browser of this machine shows must not read what is here, nor do anything.

use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderMap, HeaderValue, ORIGIN,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Nothing but what is served here; what visitors have sent is text, and never runs.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Lets a request pass that comes from the page, by an address of this machine.
pub(super) async fn guard(request: Request, next: Next) -> Response {
    let mut response = if allowed(request.method(), request.headers()) {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, "The inspector answers its own page, by 127.0.0.1 or localhost.\n")
            .into_response()
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// A name that a stranger has pointed to this machine is not ours (DNS rebinding); and what changes something is JSON, which
/// no other site's page may send without asking first, and says where it comes from.
fn allowed(method: &Method, headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let Some(host) = text(HOST) else { return false };
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let ours = matches!(name, "127.0.0.1" | "localhost" | "[::1]");
    let origin = text(ORIGIN).is_none_or(|origin| origin.strip_prefix("http://") == Some(host));
    let reads = matches!(*method, Method::GET | Method::HEAD);
    let json = text(CONTENT_TYPE).is_some_and(|media| media.starts_with("application/json"));
    ours && origin && (reads || json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_are_refused() {
        let json = ("content-type", "application/json");
        for (method, headers, expected) in [
            (Method::GET, vec![("host", "127.0.0.1:7679")], true),
            (Method::GET, vec![("host", "localhost:7679")], true),
            (Method::GET, vec![("host", "rebound.example:7679")], false),
            (Method::GET, vec![], false),
            (Method::GET, vec![("host", "localhost:7679"), ("origin", "http://evil.example")], false),
            (Method::POST, vec![("host", "localhost:7679"), ("origin", "http://localhost:7679"), json], true),
            (Method::POST, vec![("host", "localhost:7679"), json], true),
            (Method::POST, vec![("host", "localhost:7679"), ("origin", "http://localhost:80"), json], false),
            (Method::POST, vec![("host", "localhost:7679"), ("content-type", "text/plain")], false),
            (Method::POST, vec![("host", "localhost:7679")], false),
        ] {
            let map = headers.iter().map(|(name, value)| {
                (name.parse::<axum::http::HeaderName>().unwrap(), HeaderValue::from_static(value))
            });
            assert_eq!(allowed(&method, &map.collect()), expected, "{method} {headers:?}");
        }
    }
}
