//! Requests as vendors want them: where to, with which fields.

use crate::json::to_text;
use http::Method;
use selvedge_core::component::{Outbound, ResolvedSettings, SettingError};
use serde_json::Value;

/// What requests call themselves where they do not speak for the visitor's browser.
pub(crate) const USER_AGENT: &str = concat!("Selvedge/", env!("CARGO_PKG_VERSION"));

/// The vendor's base URL, or the `endpoint` that replaces it. Without a slash at the end.
pub(crate) fn base(settings: &ResolvedSettings, vendor: &str) -> String {
    settings.endpoint.as_deref().unwrap_or(vendor).trim_end_matches('/').to_owned()
}

/// The server of the owner's own that the setting names, or the `endpoint` that replaces it.
pub(crate) fn own_server(settings: &ResolvedSettings, name: &'static str) -> Result<String, SettingError> {
    settings.endpoint.clone().map_or_else(|| settings.required(name), Ok)
}

/// The vendor's base URL in the `region` that the owner named, `us` or `eu`: the former unless said. Or the `endpoint`
/// that replaces it.
pub(crate) fn base_of_region(
    settings: &ResolvedSettings,
    us: &str,
    eu: &str,
) -> Result<String, SettingError> {
    match settings.text("region").as_deref() {
        None | Some("us") => Ok(base(settings, us)),
        Some("eu") => Ok(base(settings, eu)),
        Some(other) => {
            Err(SettingError { name: "region", problem: format!("`{other}` is neither `us` nor `eu`") })
        }
    }
}

/// A `POST` of JSON.
pub(crate) fn post(url: String, body: &Value, headers: Vec<(&'static str, String)>) -> Outbound {
    post_text(url, to_text(body), headers)
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
