//! How a post is answered: by what Edgee's SDK understands.

use http::header::CACHE_CONTROL;
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};

use crate::config;
use crate::consent::stored;
use crate::head::{Reply, Request, Told};
use crate::receive::json_reply;

/// The words in which a post is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Dialect {
    /// Ours.
    #[default]
    Selvedge,
    /// Edgee's, for pages of the site itself.
    Edgee,
    /// Edgee's, for pages of other sites, whose script keeps what the answer says in its storage.
    Query,
    /// Edgee's, for pages of other sites, whose script keeps what the answer says as cookies of that site.
    Carried,
}

/// In place of an identity that is to be forgotten: the script keeps what it had unless it is told something.
const NOBODY: &str = "none";

impl Dialect {
    /// The answer to a post that was good, with the cookies that it sets.
    pub(crate) fn accepted(
        self,
        events: usize,
        cookies: &[HeaderValue],
        visitor: &config::Visitor,
    ) -> (Reply, Vec<HeaderValue>) {
        let body = json!({"accepted": events});
        match self {
            Self::Selvedge => (json_reply(StatusCode::ACCEPTED, &body), cookies.to_vec()),
            // Edgee's clients take nothing else for success.
            Self::Edgee => (json_reply(StatusCode::OK, &body), cookies.to_vec()),
            Self::Query | Self::Carried => {
                (json_reply(StatusCode::OK, &self.kept(cookies, visitor)), Vec::new())
            }
        }
    }

    /// What the script is to keep: `e`, who the visitor is; `u`, what they have agreed to, which Edgee had no place
    /// for; `c`, whatever else would have been a cookie.
    fn kept(self, cookies: &[HeaderValue], visitor: &config::Visitor) -> Value {
        let choice = stored::cookie_name(visitor);
        let (mut e, mut u, mut c) = (String::new(), String::new(), Vec::new());
        for cookie in cookies {
            let Some((name, value)) = cookie.to_str().ok().and_then(named) else { continue };
            let or_nobody = if value.is_empty() { NOBODY } else { value };
            if name == visitor.cookie {
                or_nobody.clone_into(&mut e);
            } else if name == choice {
                or_nobody.clone_into(&mut u);
            } else if !value.is_empty() {
                c.push(json!({"name": name, "value": value}));
            }
        }
        match self {
            Self::Carried => json!({"e": e, "u": u, "c": c}),
            _ => json!({"e": e, "u": u}),
        }
    }
}

/// Name and value of a `Set-Cookie` field.
fn named(field: &str) -> Option<(&str, &str)> {
    field.split(';').next()?.trim().split_once('=')
}

/// How much of a script's own complaint is logged, in characters.
const SHOWN: usize = 200;

/// A post in which Edgee's SDK complains about itself is no event: the answer, and what to log of it. The page's URL
/// and the browser's name are in it too, and are left there.
pub(crate) fn client_error(request: &Request, body: &[u8]) -> Option<(Reply, String)> {
    let says = request.header("x-edgee-client-error")?;
    if !says.eq_ignore_ascii_case("true") {
        return None;
    }
    let said: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| said.get(name).and_then(Value::as_str).unwrap_or_default();
    let complaint: String = format!("{}: {}", text("message"), text("error")).chars().take(SHOWN).collect();
    let reply = Reply::new(StatusCode::NO_CONTENT, Told::Collect)
        .with(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Some((reply, complaint))
}
