//! Requests as vendors want them: JSON, in batches of bounded count and size.

use http::Method;
use selvedge_core::component::{Outbound, ResolvedSettings};
use serde_json::Value;

/// What requests call themselves where they do not speak for the visitor's browser.
pub(crate) const USER_AGENT: &str = concat!("Selvedge/", env!("CARGO_PKG_VERSION"));

/// The vendor's base URL, or the `endpoint` that replaces it. Without a slash at the end.
pub(crate) fn base(settings: &ResolvedSettings, vendor: &str) -> String {
    settings.endpoint.as_deref().unwrap_or(vendor).trim_end_matches('/').to_owned()
}

/// A `POST` of JSON.
pub(crate) fn post(url: String, body: &Value, headers: Vec<(&'static str, String)>) -> Outbound {
    post_text(url, body.to_string(), headers)
}

/// A `POST` of text that is JSON already.
pub(crate) fn post_text(url: String, body: String, headers: Vec<(&'static str, String)>) -> Outbound {
    let mut all =
        vec![("content-type", "application/json".to_owned()), ("user-agent", USER_AGENT.to_owned())];
    all.extend(headers);
    Outbound { method: Method::POST, url, headers: all, body: body.into_bytes() }
}

/// `Authorization: Basic`, of a user name and a password.
pub(crate) fn basic(user: &str, password: &str) -> (&'static str, String) {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
    ("authorization", format!("Basic {text}"))
}

/// `Authorization: Bearer`.
pub(crate) fn bearer(token: &str) -> (&'static str, String) {
    ("authorization", format!("Bearer {token}"))
}

/// Items in the order in which they came, in batches of at most `count` items and `bytes` bytes, each item counting
/// `between` more. One that is larger goes alone, for it cannot be cut.
pub(crate) fn batches<T>(
    items: impl IntoIterator<Item = T>,
    size: impl Fn(&T) -> usize,
    (count, bytes, between): (usize, usize, usize),
) -> Vec<Vec<T>> {
    let mut batches: Vec<Vec<T>> = Vec::new();
    let mut used = 0;
    for item in items {
        let needed = size(&item) + between;
        match batches.last_mut().filter(|batch| batch.len() < count && used + needed <= bytes) {
            Some(batch) => {
                used += needed;
                batch.push(item);
            }
            None => {
                used = needed;
                batches.push(vec![item]);
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_keep_their_bounds() {
        let of = |items: &[usize], bounds| batches(items.to_vec(), |item| *item, bounds);
        assert_eq!(of(&[], (2, 10, 0)), Vec::<Vec<usize>>::new());
        assert_eq!(of(&[1, 1, 1], (2, 10, 0)), [vec![1, 1], vec![1]]);
        assert_eq!(of(&[4, 4, 4], (9, 10, 1)), [vec![4, 4], vec![4]]);
        assert_eq!(of(&[50, 1, 50], (9, 10, 0)), [vec![50], vec![1], vec![50]]);
    }
}
