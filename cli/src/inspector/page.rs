//! The page's files, which are in the program.

use std::sync::Arc;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;

use super::Inspector;

macro_rules! files {
    ($($path:literal $name:literal $media:literal,)+) => {
        /// Path, media type and content of each.
        const FILES: &[(&str, &str, &str)] = &[$(($path, $media, include_str!(concat!("page/", $name))),)+];
    };
}

files! {
    "/" "index.html" "text/html; charset=utf-8",
    "/style.css" "style.css" "text/css; charset=utf-8",
    "/details.css" "details.css" "text/css; charset=utf-8",
    "/icon.svg" "icon.svg" "image/svg+xml",
    "/app.js" "app.js" "text/javascript; charset=utf-8",
    "/compare.js" "compare.js" "text/javascript; charset=utf-8",
    "/curl.js" "curl.js" "text/javascript; charset=utf-8",
    "/details.js" "details.js" "text/javascript; charset=utf-8",
    "/dom.js" "dom.js" "text/javascript; charset=utf-8",
    "/filter.js" "filter.js" "text/javascript; charset=utf-8",
    "/keys.js" "keys.js" "text/javascript; charset=utf-8",
    "/list.js" "list.js" "text/javascript; charset=utf-8",
    "/pretty.js" "pretty.js" "text/javascript; charset=utf-8",
    "/theme.js" "theme.js" "text/javascript; charset=utf-8",
    "/timeline.js" "timeline.js" "text/javascript; charset=utf-8",
    "/visits.js" "visits.js" "text/javascript; charset=utf-8",
    "/warnings.js" "warnings.js" "text/javascript; charset=utf-8",
    "/words.js" "words.js" "text/javascript; charset=utf-8",
}

pub(super) fn router() -> Router<Arc<Inspector>> {
    FILES.iter().fold(Router::new(), |router, (path, media, content)| {
        router.route(path, get(|| async { ([(CONTENT_TYPE, *media)], *content) }))
    })
}
