//! The request that is sent, of what a component returned. A component may ask for any server by https; what it asks for must be
//! a request that both platforms can send.

use std::fmt::Write;

use http::{HeaderName, HeaderValue, Method};
use selvedge_core::component::Outbound;
use selvedge_core::config::Origin;
use selvedge_core::event::Event;

use crate::{Failure, Request};

/// Fields that belong to the connection, or that the platform writes. Components set some of them, and need not.
const NOT_THEIRS: [&str; 12] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
];

/// What requests call themselves where they do not speak for the visitor's browser.
const USER_AGENT: &str = concat!("Selvedge/", env!("CARGO_PKG_VERSION"));

/// The names of fields that a component has used, each kept for as long as the process lasts: a request's names live that long,
/// because nearly all are written in this program. A component has few; one that makes them up comes to an end here.
#[derive(Debug, Default)]
pub(crate) struct Names(Vec<&'static str>);

impl Names {
    const MOST: usize = 64;

    fn get(&mut self, name: &str) -> Result<&'static str, Failure> {
        let wrong = || Failure::Output(format!("a field {:?}", Failure::said(name)));
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?;
        if let Some(known) = self.0.iter().find(|known| **known == name.as_str()) {
            return Ok(known);
        }
        if self.0.len() == Self::MOST {
            return Err(Failure::Output(format!("more than {} different fields", Self::MOST)));
        }
        let name: &'static str = name.as_str().to_owned().leak();
        self.0.push(name);
        Ok(name)
    }
}

/// What is sent. Without an event there is nobody whose browser it could look like.
pub(crate) fn outbound(
    request: Request,
    event: Option<&Event>,
    endpoint: Option<&str>,
    names: &mut Names,
) -> Result<Outbound, Failure> {
    if request.method == Method::GET && !request.body.is_empty() {
        return Err(Failure::Output("a GET with a body".into()));
    }
    let url = url(&request.url, endpoint)?;
    let mut headers: Vec<(&'static str, String)> = Vec::new();
    for (name, value) in request.headers {
        let name = names.get(name.trim())?;
        if NOT_THEIRS.contains(&name) {
            continue;
        }
        let value = value.trim().to_owned();
        if HeaderValue::from_str(&value).is_err() {
            return Err(Failure::Output(format!("a field {name:?} whose value cannot be sent")));
        }
        headers.retain(|(known, _)| *known != name);
        headers.push((name, value));
    }
    if let Some(event) = event.filter(|_| request.forward_client_headers) {
        let theirs = forwarded(event);
        headers.retain(|(known, _)| theirs.iter().all(|(name, _)| name != known));
        headers.extend(theirs);
    }
    if headers.iter().all(|(name, _)| *name != "user-agent") {
        headers.push(("user-agent", USER_AGENT.to_owned()));
    }
    Ok(Outbound { method: request.method, url, headers, body: request.body.into_bytes() })
}

/// A URL that can be sent to, perhaps of another server.
fn url(url: &str, endpoint: Option<&str>) -> Result<String, Failure> {
    let escaped = sendable(url);
    // Queries have the events' data: the log gets what comes before.
    let shown = Failure::said(escaped.split('?').next().unwrap_or_default());
    let wrong = || Failure::Output(format!("the URL {shown:?}, which is neither https nor on this machine"));
    let parsed: http::Uri = escaped.parse().map_err(|_| wrong())?;
    let (scheme, authority) = parsed.scheme_str().zip(parsed.authority()).ok_or_else(wrong)?;
    let target = parsed.path_and_query().map_or("/", |target| target.as_str());
    match endpoint {
        Some(endpoint) => Ok(format!("{}{target}", endpoint.trim_end_matches('/'))),
        None => {
            Origin::try_from(format!("{scheme}://{authority}")).map_err(|_| wrong())?;
            Ok(format!("{scheme}://{authority}{target}"))
        }
    }
}

/// A component's URL as it is sent: without a fragment, and with those characters escaped that URLs do not have.
#[must_use]
pub fn sendable(url: &str) -> String {
    let url = url.trim().split('#').next().unwrap_or_default();
    let mut out = String::with_capacity(url.len());
    for byte in url.bytes() {
        match byte {
            b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' => drop(write!(out, "%{byte:02X}")),
            byte if byte.is_ascii_graphic() => out.push(byte.into()),
            byte => drop(write!(out, "%{byte:02X}")),
        }
    }
    out
}

/// As if the visitor's browser had sent it: what the event says of it, which is what the visitor's consent leaves there.
fn forwarded(event: &Event) -> Vec<(&'static str, String)> {
    let client = &event.context.client;
    let page = event.context.page.url.as_deref().unwrap_or_default();
    let page = page.split(['?', '#']).next().unwrap_or_default();
    let origin = page
        .split_once("://")
        .map(|(scheme, rest)| format!("{scheme}://{}", rest.split('/').next().unwrap_or_default()));
    let given = [
        ("x-forwarded-for", client.ip.clone()),
        ("user-agent", client.user_agent.clone()),
        ("accept-language", client.accept_language.clone()),
        ("referer", Some(page.to_owned())),
        ("origin", origin),
    ];
    let sendable = |value: &String| !value.is_empty() && HeaderValue::from_str(value).is_ok();
    given.into_iter().filter_map(|(name, value)| Some((name, value.filter(sendable)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_servers_by_https_are_asked() {
        for (given, endpoint, expected) in [
            ("https://a.example/x?y=1#z", None, Some("https://a.example/x?y=1")),
            (" https://a.example ", None, Some("https://a.example/")),
            ("https://a.example/a b?q={é|\"}", None, Some("https://a.example/a%20b?q=%7B%C3%A9%7C%22%7D")),
            ("https://a.example:8443/x", Some("http://localhost:1/a/"), Some("http://localhost:1/a/x")),
            ("http://localhost:8080/x", None, Some("http://localhost:8080/x")),
            ("http://a.example/", None, None),
            ("ftp://a.example/", None, None),
            ("https://user:word@a.example/", None, None),
            ("https:///x", None, None),
            ("/x", None, None),
            ("", Some("http://localhost:1"), None),
        ] {
            assert_eq!(url(given, endpoint).ok().as_deref(), expected, "{given:?}");
        }
    }

    #[test]
    fn names_of_fields_are_few_and_clean() {
        let mut names = Names::default();
        assert_eq!(names.get("Content-Type"), Ok("content-type"));
        assert!(names.get("a\r\nb").is_err());
        for nth in 1..Names::MOST {
            assert!(names.get(&format!("x-{nth}")).is_ok());
        }
        assert!(names.get("x-1").is_ok());
        assert!(names.get("x-one-more").is_err());
    }
}
