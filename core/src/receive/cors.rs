//! Who may post events: pages of the site itself, its other hosts included, and nobody else's.

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE, VARY,
};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::config::Site;
use crate::head::{Reply, Request, Told};

/// The `Origin` that was let in, where one was sent.
#[derive(Debug)]
pub(crate) struct Cors {
    origin: Option<HeaderValue>,
    /// Whether the browser may send its cookies along, and keep ours.
    credentials: bool,
}

/// Posted by a page that is not the site's.
#[derive(Debug)]
pub(crate) struct Stranger;

/// Lets in pages whose host is the one asked or one of the site's `hosts`. Programs send no `Origin` and no
/// `Sec-Fetch-Site`; browsers cannot help sending at least one of them across sites.
pub(crate) fn judge(request: &Request, site: &Site) -> Result<Cors, Stranger> {
    let Some(origin) = request.headers.get("origin") else {
        let cross = request.header("sec-fetch-site").is_some_and(|value| value == "cross-site");
        return if cross { Err(Stranger) } else { Ok(Cors { origin: None, credentials: true }) };
    };
    let text = origin.to_str().map_err(|_| Stranger)?;
    let page = Request::new(http::Method::GET, text, HeaderMap::new()).map_err(|_| Stranger)?;
    let same = page.authority == request.authority || page.host() == request.host();
    let own = site.hosts.iter().any(|pattern| pattern.matches(page.host()));
    // A page over plain HTTP must not speak for a site over TLS.
    let as_safe = page.https || !request.https;
    if (same || own) && as_safe {
        Ok(Cors { origin: Some(origin.clone()), credentials: true })
    } else {
        Err(Stranger)
    }
}

impl Cors {
    /// Any page may read the answer, and no browser sends a cookie along.
    pub(crate) fn anyone() -> Self {
        Self { origin: Some(HeaderValue::from_static("*")), credentials: false }
    }

    /// Adds what lets the page read the answer.
    pub(crate) fn allow(&self, headers: &mut HeaderMap) {
        if self.credentials {
            headers.append(VARY, HeaderValue::from_static("Origin"));
        }
        let Some(origin) = &self.origin else { return };
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        if self.credentials {
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
    }

    /// The answer to a preflight. `headers` are the fields that a page may send.
    pub(crate) fn preflight(&self, headers: &'static str) -> Reply {
        let mut reply = Reply::new(StatusCode::NO_CONTENT, Told::Collect)
            .with(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST, OPTIONS"))
            .with(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(headers))
            .with(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3600"));
        self.allow(&mut reply.headers);
        reply
    }
}
