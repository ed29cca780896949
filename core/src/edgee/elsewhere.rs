//! Pages of other sites: their script carries to us what it kept for the visitor, because the browser does not.

use http::HeaderValue;
use http::header::COOKIE;

use super::CARRIED;
use crate::config;
use crate::consent::stored;
use crate::head::Request;

/// The longest list of cookies that is looked at, in bytes.
const MAX_CARRIED: usize = 16 * 1024;

/// The longest value that a page can have been given by us, or by Edgee, in bytes.
const MAX_KEPT: usize = 4096;

/// Puts what was carried where cookies are, under their names of today: `e` and `u` of a query, else the field's. What
/// the browser may have sent of this site's own cookies is not for another site's page to use.
pub(super) fn take_cookies(request: &mut Request, query: Option<&str>, visitor: &config::Visitor) {
    let mut cookies = Vec::new();
    if let Some(query) = query {
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            match name {
                "e" => kept(Kept::Identity, value, visitor, &mut cookies),
                "u" => kept(Kept::User, value, visitor, &mut cookies),
                _ => {}
            }
        }
    } else {
        let carried = request.header(CARRIED).filter(|list| list.len() <= MAX_CARRIED).unwrap_or_default();
        let (edgee, user) = (old_name(visitor), format!("{}_u", old_name(visitor)));
        for (name, value) in carried.split(';').filter_map(|part| part.trim().split_once('=')) {
            if name == edgee {
                kept(Kept::Identity, value, visitor, &mut cookies);
            } else if name == user {
                kept(Kept::User, value, visitor, &mut cookies);
            } else {
                // Those of consent management platforms and vendors, where the script was told to carry them.
                cookies.push(format!("{name}={value}"));
            }
        }
    }
    request.headers.remove(COOKIE);
    if let Ok(value) = HeaderValue::from_str(&cookies.join("; ")) {
        request.headers.insert(COOKIE, value);
    }
}

#[derive(Clone, Copy)]
enum Kept {
    Identity,
    User,
}

/// A kept value: ours, or one that Edgee's proxy once gave out, which is hexadecimal.
fn kept(what: Kept, value: &str, visitor: &config::Visitor, cookies: &mut Vec<String>) {
    // What nobody gave out: a semicolon would begin another cookie.
    let plain = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.+".contains(&byte));
    if value.is_empty() || value.len() > MAX_KEPT || !plain {
        return;
    }
    let old = value.bytes().all(|byte| byte.is_ascii_hexdigit());
    let name = match (what, old) {
        (Kept::Identity, true) => old_name(visitor).to_owned(),
        (Kept::User, true) => format!("{}_u", old_name(visitor)),
        (Kept::Identity, false) => visitor.cookie.clone(),
        (Kept::User, false) => stored::cookie_name(visitor),
    };
    cookies.push(format!("{name}={value}"));
}

/// What Edgee's cookie was called.
fn old_name(visitor: &config::Visitor) -> &str {
    visitor.edgee.as_ref().map_or("edgee", |old| &old.cookie)
}
