//! The demo shop's server: what an ordinary origin does with static files, and the few answers that are not files.

use std::path::Path;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use tower_http::compression::CompressionLayer;
use tower_http::services::{ServeDir, ServeFile};

const STRICT: &str = "strict-csp.html";
const LATIN1: &str = "/blog/latin1.html";

/// The shop in a directory.
pub(crate) fn router(shop: &Path) -> Router {
    let files = ServeDir::new(shop).not_found_service(ServeFile::new(shop.join("404.html")));
    // Forms end as in any shop: the browser is sent on. Asked for with GET, their paths are files that are not there.
    let form = |next| post(move |_: Bytes| async move { Redirect::to(next) }).fallback_service(files.clone());
    Router::new()
        .route("/checkout", form("/thank-you.html"))
        .route("/sign-in", form("/welcome.html"))
        .route("/strict-csp.html", get(strict).with_state(shop.join(STRICT).into()))
        .fallback_service(files.clone())
        .layer(middleware::from_fn(charset))
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn(weak))
}

/// A page with a policy that lets no script run but those that carry the nonce of this very response.
async fn strict(State(page): State<Box<Path>>) -> Response {
    let nonce = crate::dev::secrets::random_hex::<16>();
    match (tokio::fs::read_to_string(&page).await, nonce) {
        (Ok(page), Ok(nonce)) => {
            let policy =
                format!("default-src 'self'; script-src 'nonce-{nonce}' 'strict-dynamic'; style-src 'self'");
            let headers = [(CONTENT_SECURITY_POLICY, policy), (CACHE_CONTROL, "no-store".to_owned())];
            (headers, Html(page.replace("__NONCE__", &nonce))).into_response()
        }
        (Err(error), _) => {
            (StatusCode::INTERNAL_SERVER_ERROR, format!("{STRICT}: {error}\n")).into_response()
        }
        (_, Err(error)) => {
            (StatusCode::INTERNAL_SERVER_ERROR, format!("no randomness: {error}\n")).into_response()
        }
    }
}

/// Says how text is encoded, as far as the file's name does not.
async fn charset(request: Request, next: Next) -> Response {
    let latin1 = request.uri().path() == LATIN1;
    let mut response = next.run(request).await;
    // The page's own, not that of the error page in its place.
    let latin1 = latin1 && response.status() != StatusCode::NOT_FOUND;
    if let Some(value) = response.headers_mut().get_mut(CONTENT_TYPE) {
        let full = match value.as_bytes() {
            b"text/html" if latin1 => "text/html; charset=iso-8859-1",
            b"text/html" => "text/html; charset=utf-8",
            b"text/css" => "text/css; charset=utf-8",
            b"text/javascript" => "text/javascript; charset=utf-8",
            b"text/plain" => "text/plain; charset=utf-8",
            _ => return response,
        };
        *value = HeaderValue::from_static(full);
    }
    response
}

/// What was compressed is no longer the file byte for byte, and a strong tag would say that it is (RFC 9110 §8.8.3).
async fn weak(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if response.headers().contains_key(CONTENT_ENCODING)
        && let Some(tag) = response.headers_mut().get_mut(ETAG)
        && tag.as_bytes().starts_with(b"\"")
        && let Ok(weak) = HeaderValue::from_bytes(&[b"W/", tag.as_bytes()].concat())
    {
        *tag = weak;
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Method;
    use axum::http::header::{
        ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
        LOCATION, RANGE,
    };
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    /// A shop of its own, so that these tests are about the server and not about the shop.
    fn shop() -> Router {
        static SHOP: std::sync::OnceLock<std::path::PathBuf> = std::sync::OnceLock::new();
        let shop = SHOP.get_or_init(|| {
            let shop = std::env::temp_dir().join(format!("selvedge-shop-{}", std::process::id()));
            std::fs::create_dir_all(shop.join("blog")).unwrap();
            std::fs::create_dir_all(shop.join("assets")).unwrap();
            let page = format!("<!doctype html><title>Shop</title>{}", "<p>linen ".repeat(100));
            for (name, content) in [
                ("index.html", page.as_bytes()),
                ("404.html", b"<!doctype html><title>Nothing here</title>"),
                (
                    "strict-csp.html",
                    b"<script nonce=\"__NONCE__\"></script><script nonce=\"__NONCE__\"></script>",
                ),
                (
                    "blog/latin1.html",
                    b"<!doctype html><title>caf\xe9</title> a page that says how it is encoded",
                ),
                ("assets/shop.js", b"'use strict'"),
                ("assets/denim.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
            ] {
                std::fs::write(shop.join(name), content).unwrap();
            }
            shop
        });
        router(shop)
    }

    async fn ask(request: axum::http::request::Builder) -> (Response<()>, Vec<u8>) {
        let response = shop().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        (Response::from_parts(parts, ()), body.collect().await.unwrap().to_bytes().to_vec())
    }

    async fn fetch(path: &str) -> (Response<()>, Vec<u8>) {
        ask(Request::get(path)).await
    }

    #[tokio::test]
    async fn files_have_their_types() {
        for (path, expected) in [
            ("/", "text/html; charset=utf-8"),
            ("/index.html", "text/html; charset=utf-8"),
            ("/strict-csp.html", "text/html; charset=utf-8"),
            ("/blog/latin1.html", "text/html; charset=iso-8859-1"),
            ("/assets/shop.js", "text/javascript; charset=utf-8"),
            ("/assets/denim.svg", "image/svg+xml"),
        ] {
            let (response, _) = fetch(path).await;
            assert_eq!(response.status(), StatusCode::OK, "{path}");
            assert_eq!(response.headers()[CONTENT_TYPE], expected, "{path}");
        }
    }

    #[tokio::test]
    async fn bytes_are_left_alone() {
        assert!(fetch("/blog/latin1.html").await.1.windows(4).any(|window| window == b"caf\xe9"));
    }

    #[tokio::test]
    async fn what_is_not_there_is_404_with_the_shops_page() {
        for path in ["/nothing", "/products/", "/checkout", "/../secret"] {
            let (response, body) = fetch(path).await;
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
            assert_eq!(response.headers()[CONTENT_TYPE], "text/html; charset=utf-8", "{path}");
            assert!(String::from_utf8(body).unwrap().contains("Nothing here"), "{path}");
        }
    }

    #[tokio::test]
    async fn forms_send_the_browser_on() {
        for (path, next) in [("/checkout", "/thank-you.html"), ("/sign-in", "/welcome.html")] {
            let (response, _) = ask(Request::post(path)).await;
            assert_eq!(response.status(), StatusCode::SEE_OTHER);
            assert_eq!(response.headers()[LOCATION], next);
        }
    }

    #[tokio::test]
    async fn a_nonce_is_used_once_and_everywhere() {
        let (first, page) = fetch("/strict-csp.html").await;
        let (second, _) = fetch("/strict-csp.html").await;
        let policy = first.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
        let (_, rest) = policy.split_once("'nonce-").unwrap();
        let (nonce, rest) = rest.split_once('\'').unwrap();
        assert_eq!(rest, " 'strict-dynamic'; style-src 'self'");
        assert_eq!(nonce.len(), 32);
        assert_eq!(String::from_utf8(page).unwrap().matches(&format!("nonce=\"{nonce}\"")).count(), 2);
        assert_ne!(first.headers()[CONTENT_SECURITY_POLICY], second.headers()[CONTENT_SECURITY_POLICY]);
    }

    #[tokio::test]
    async fn what_has_not_changed_is_304() {
        let (response, _) = fetch("/").await;
        let (tag, changed) = (&response.headers()[ETAG], &response.headers()[LAST_MODIFIED]);
        for request in [
            Request::get("/").header(IF_NONE_MATCH, tag),
            Request::get("/").header(IF_MODIFIED_SINCE, changed),
        ] {
            let (response, body) = ask(request).await;
            assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
            assert!(body.is_empty());
        }
        let (response, _) = ask(Request::get("/").header(IF_NONE_MATCH, "\"other\"")).await;
        assert_eq!(response.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn a_range_is_a_part() {
        let (response, body) = ask(Request::get("/").header(RANGE, "bytes=0-8")).await;
        assert_eq!(response.status(), StatusCode::PARTIAL_CONTENT);
        assert!(response.headers().contains_key(CONTENT_RANGE));
        assert_eq!(body, b"<!doctype");
    }

    #[tokio::test]
    async fn whoever_takes_gzip_gets_it_with_a_weak_tag() {
        let (response, body) = ask(Request::get("/").header(ACCEPT_ENCODING, "gzip, br")).await;
        assert_eq!(response.headers()[CONTENT_ENCODING], "gzip");
        assert_eq!(body[..2], [0x1f, 0x8b]);
        let tag = &response.headers()[ETAG];
        assert!(tag.to_str().unwrap().starts_with("W/\""));
        let again = Request::get("/").header(ACCEPT_ENCODING, "gzip").header(IF_NONE_MATCH, tag);
        assert_eq!(ask(again).await.0.status(), StatusCode::NOT_MODIFIED);
        assert!(!fetch("/").await.0.headers().contains_key(CONTENT_ENCODING));
    }

    #[tokio::test]
    async fn head_is_get_without_the_body() {
        let (response, body) = ask(Request::builder().method(Method::HEAD).uri("/")).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert!(response.headers().contains_key(CONTENT_LENGTH) && body.is_empty());
    }
}
