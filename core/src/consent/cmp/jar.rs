//! The platforms' cookies of a request, found in one pass.

use http::HeaderMap;
use http::header::COOKIE;

/// The longest value that is looked into, in bytes. Browsers keep no cookie above 4 KB; some proxies join what was split.
pub(super) const MAX_VALUE: usize = 8192;

/// How many cookies are looked at: nobody has this many platforms.
const MAX_COOKIES: usize = 24;

/// The platforms' cookies, by name. A value that is not text, or too long, is empty: there, and unreadable.
#[derive(Debug, Default)]
pub(super) struct Jar<'h>(Vec<(&'h str, &'h str)>);

impl<'h> Jar<'h> {
    /// Those that `known` has a name for, under that name.
    pub(super) fn of(headers: &'h HeaderMap, known: impl Fn(&'h str) -> Option<&'h str>) -> Self {
        let mut found = Vec::new();
        let parts = headers.get_all(COOKIE).iter().flat_map(|field| field.as_bytes().split(|b| *b == b';'));
        for part in parts {
            let Some(at) = part.iter().position(|byte| *byte == b'=') else { continue };
            let Some((name, value)) = part.split_at_checked(at) else { continue };
            let Some(name) = std::str::from_utf8(name.trim_ascii()).ok().and_then(&known) else { continue };
            let value = value.strip_prefix(b"=").unwrap_or(value).trim_ascii();
            let value = if value.len() > MAX_VALUE { "" } else { std::str::from_utf8(value).unwrap_or("") };
            found.push((name, value));
            if found.len() == MAX_COOKIES {
                break;
            }
        }
        Self(found)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of a cookie. Of several of that name, the first: browsers send the most specific first.
    pub(super) fn get(&self, name: &str) -> Option<&'h str> {
        self.all(|found| found == name).next()
    }

    /// The values of the cookies of such names.
    pub(super) fn all(&self, of: impl Fn(&str) -> bool) -> impl Iterator<Item = &'h str> {
        self.0.iter().filter(move |(name, _)| of(name)).map(|(_, value)| *value)
    }
}
