//! The fields of a response that change: what belongs to the connection, what rewriting makes untrue, what a cookie of
//! ours asks of caches, and what is told about the response itself.

use http::header::{CACHE_CONTROL, CONTENT_LENGTH, ETAG, UPGRADE, VARY};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::head::{Edit, Told, hop_by_hop};

/// What must not travel on. A connection that is being upgraded keeps its fields.
pub(super) fn hop_by_hop_edits(status: StatusCode, headers: &HeaderMap) -> Vec<Edit> {
    if status == StatusCode::SWITCHING_PROTOCOLS || headers.contains_key(UPGRADE) && status.is_informational()
    {
        return Vec::with_capacity(4);
    }
    let mut edits = Vec::with_capacity(8);
    edits.extend(hop_by_hop(headers).into_iter().map(Edit::Remove));
    edits
}

/// What happened, for whoever looks at the response.
pub(super) fn diagnostics(told: Told) -> [Edit; 2] {
    let [(name, said), (timing, entry)] = told.fields();
    [Edit::Set(name, said), Edit::Append(timing, entry)]
}

/// A page that is opened has the tag, and one that a script fetches has not: neither may be kept for the other.
pub(super) fn vary() -> Edit {
    Edit::Append(VARY, HeaderValue::from_static("Sec-Fetch-Dest"))
}

/// What a page with one more element no longer is: of that length, of those digests, cut into those ranges, and the
/// same byte for byte, which is what a strong `ETag` claims (RFC 9110 §8.8.1). A weak one still revalidates.
pub(super) fn rewritten(headers: &HeaderMap) -> Vec<Edit> {
    const UNTRUE: [&str; 6] =
        ["content-length", "accept-ranges", "content-md5", "digest", "content-digest", "repr-digest"];
    let gone = UNTRUE.iter().filter(|name| headers.contains_key(**name) || **name == CONTENT_LENGTH.as_str());
    let mut edits: Vec<_> = gone.map(|name| Edit::Remove(HeaderName::from_static(name))).collect();
    let strong = headers.get(ETAG).filter(|tag| tag.as_bytes().starts_with(b"\""));
    if let Some(weak) = strong.and_then(|tag| HeaderValue::from_bytes(&[b"W/", tag.as_bytes()].concat()).ok())
    {
        edits.push(Edit::Set(ETAG, weak));
    }
    edits
}

/// A response with a visitor's cookie is for that visitor: no shared cache may keep it. The browser's own cache may,
/// for as long as the origin said, and nothing here stops the back/forward cache.
pub(super) fn keep_private(headers: &HeaderMap, edits: &mut Vec<Edit>) {
    let said: Vec<&str> =
        headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok()).collect();
    let directives = said.iter().flat_map(|value| value.split(',')).map(str::trim).filter(|d| !d.is_empty());
    let name = |directive: &str| directive.split('=').next().unwrap_or_default().trim().to_ascii_lowercase();
    let shared = ["public", "s-maxage", "proxy-revalidate", "private"];
    let mut kept: Vec<&str> = vec!["private"];
    let mut no_store = false;
    for directive in directives {
        no_store |= name(directive) == "no-store";
        if !shared.contains(&name(directive).as_str()) {
            kept.push(directive);
        }
    }
    if !no_store && let Ok(value) = HeaderValue::from_str(&kept.join(", ")) {
        edits.push(Edit::Set(CACHE_CONTROL, value));
    }
    for name in ["surrogate-control", "cdn-cache-control", "cloudflare-cdn-cache-control"] {
        if headers.contains_key(name) {
            edits.push(Edit::Remove(HeaderName::from_static(name)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(fields: &[(&'static str, &str)]) -> HeaderMap {
        fields.iter().map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_str(v).unwrap())).collect()
    }

    #[test]
    fn a_cookie_keeps_shared_caches_out_and_browsers_in() {
        for (said, expected) in [
            (None, Some("private")),
            (Some("public, max-age=600"), Some("private, max-age=600")),
            (Some("max-age=0, s-maxage=60, must-revalidate"), Some("private, max-age=0, must-revalidate")),
            (Some("private"), Some("private")),
            (Some("no-store"), None),
        ] {
            let headers = said.map(|said| head(&[("cache-control", said)])).unwrap_or_default();
            let mut edits = Vec::new();
            keep_private(&headers, &mut edits);
            let wanted = expected.map(|v| Edit::Set(CACHE_CONTROL, HeaderValue::from_static(v)));
            assert_eq!(edits.into_iter().next(), wanted, "{said:?}");
        }
    }

    #[test]
    fn a_rewritten_page_has_no_strong_tag_and_no_length() {
        let headers = head(&[("etag", "\"v1\""), ("content-length", "12"), ("accept-ranges", "bytes")]);
        let mut after = headers.clone();
        rewritten(&headers).iter().for_each(|edit| edit.apply(&mut after));
        assert_eq!(after, head(&[("etag", "W/\"v1\"")]));
    }
}
