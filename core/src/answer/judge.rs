//! Whether a response is a document that a visitor reads, so that it is worth rewriting. Everything else passes, for a
//! reason that has a name.

use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, Method, StatusCode};

use crate::account::PassReason;
use crate::config::Views;
use crate::head::{Request, text, wants_websocket};
use crate::page::Charset;
use crate::receive::Arrival;

/// The page's character set, where one is declared; or why the response passes. The cheapest questions come first.
pub(super) fn judge(
    arrival: &Arrival,
    status: StatusCode,
    headers: &HeaderMap,
) -> Result<Option<Charset>, PassReason> {
    let request = &arrival.request;
    let page = &arrival.edge.config.page;
    if status == StatusCode::SWITCHING_PROTOCOLS || wants_websocket(&request.headers) {
        return Err(PassReason::Upgrade);
    }
    if !page.inject && page.views == Views::Off {
        return Err(PassReason::Disabled);
    }
    if !matches!(request.method, Method::GET | Method::POST) {
        return Err(PassReason::Method);
    }
    if !readable(status) {
        return Err(PassReason::Status);
    }
    let content_type = text(headers, CONTENT_TYPE.as_str()).unwrap_or_default();
    if !is_html(content_type) {
        return Err(PassReason::NotHtml);
    }
    opened(arrival)?;
    if text(headers, CONTENT_DISPOSITION.as_str()).is_some_and(|value| starts_with_word(value, "attachment"))
    {
        return Err(PassReason::Attachment);
    }
    let mut caching = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    if caching.any(|value| value.to_ascii_lowercase().contains("no-transform")) {
        return Err(PassReason::NoTransform);
    }
    if text(headers, CONTENT_LENGTH.as_str()) == Some("0") {
        return Err(PassReason::Empty);
    }
    let decodes = arrival.edge.platform.decodes;
    if text(headers, CONTENT_ENCODING.as_str()).is_some_and(|encoding| {
        let encoding = encoding.trim().to_ascii_lowercase();
        !encoding.is_empty() && encoding != "identity" && !decodes.contains(&encoding.as_str())
    }) {
        return Err(PassReason::Encoded);
    }
    Charset::from_content_type(content_type).map_err(|_| PassReason::Charset)
}

/// Documents, and the pages that say that one is gone; owners watch those closely.
fn readable(status: StatusCode) -> bool {
    match status {
        StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::PARTIAL_CONTENT => false,
        StatusCode::NOT_FOUND | StatusCode::GONE => true,
        other => other.is_success(),
    }
}

/// HTML by its media type, whatever the case; XHTML is parsed as XML by browsers, where the tag would be an error.
fn is_html(content_type: &str) -> bool {
    starts_with_word(content_type, "text/html")
}

fn starts_with_word(value: &str, word: &str) -> bool {
    let first = value.split(';').next().unwrap_or_default();
    first.trim().eq_ignore_ascii_case(word)
}

fn ahead(request: &Request) -> bool {
    request.header("sec-purpose").is_some_and(|purpose| purpose.contains("prefetch"))
}

/// Whether a visitor opened it, by what browsers say of their requests. Old browsers say nothing; then the marks that
/// libraries leave tell scripts apart.
fn opened(arrival: &Arrival) -> Result<(), PassReason> {
    let request = &arrival.request;
    match request.header("sec-fetch-dest") {
        Some("document") => Ok(()),
        // What is fetched ahead may be shown later, from what the browser has kept.
        Some("empty") if ahead(request) => Ok(()),
        Some("iframe" | "frame" | "embed" | "object" | "fencedframe") => Err(PassReason::Embedded),
        Some(_) => Err(PassReason::Fragment),
        None if request.method == Method::POST
            && request.header("accept").is_none_or(|a| !a.contains("text/html")) =>
        {
            Err(PassReason::Fragment)
        }
        None if request.headers.contains_key("x-requested-with")
            || request.headers.contains_key("hx-request") =>
        {
            Err(PassReason::Fragment)
        }
        None => Ok(()),
    }
}
