//! The two small patterns of the configuration: hosts with a leading `*.`, and paths with `*`.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Origin;

/// Text that is not the pattern that it should be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{text:?} {problem}")]
pub struct BadPattern {
    text: String,
    problem: &'static str,
}

fn bad(text: &str, problem: &'static str) -> BadPattern {
    BadPattern { text: text.to_owned(), problem }
}

/// A host, or with a leading `*.` every subdomain of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct HostPattern {
    subdomains: bool,
    host: String,
}

impl TryFrom<String> for HostPattern {
    type Error = BadPattern;

    fn try_from(text: String) -> Result<Self, BadPattern> {
        let (subdomains, host) = match text.strip_prefix("*.") {
            Some(host) => (true, host),
            None => (false, text.as_str()),
        };
        if host.is_empty() || host.contains(['/', ':', '*', ' ', '@']) {
            return Err(bad(&text, "is not a host such as \"shop.example.com\" or \"*.example.com\""));
        }
        Ok(Self { subdomains, host: host.trim_end_matches('.').to_ascii_lowercase() })
    }
}

impl From<HostPattern> for String {
    fn from(pattern: HostPattern) -> Self {
        if pattern.subdomains { format!("*.{}", pattern.host) } else { pattern.host }
    }
}

impl HostPattern {
    /// Whether a lower-case host without a port matches.
    #[must_use]
    pub fn matches(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.');
        if self.subdomains {
            host.strip_suffix(self.host.as_str()).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
        } else {
            host == self.host
        }
    }
}

/// A path in which each `*` stands for any run of characters, slashes included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct PathPattern {
    /// What stands before, between and after the stars; at least one.
    pieces: Vec<String>,
}

impl TryFrom<String> for PathPattern {
    type Error = BadPattern;

    fn try_from(text: String) -> Result<Self, BadPattern> {
        if !text.starts_with('/') {
            return Err(bad(&text, "is not a path: it must start with \"/\""));
        }
        if text.contains(['?', '#', ' ']) {
            return Err(bad(&text, "must be a path alone, without query, fragment or spaces"));
        }
        if text.contains("**") {
            return Err(bad(&text, "has two stars in a row; one matches slashes too"));
        }
        Ok(Self { pieces: text.split('*').map(str::to_owned).collect() })
    }
}

impl From<PathPattern> for String {
    fn from(pattern: PathPattern) -> Self {
        pattern.pieces.join("*")
    }
}

impl PathPattern {
    /// How many stars it has.
    #[must_use]
    pub fn stars(&self) -> usize {
        self.pieces.len().saturating_sub(1)
    }

    /// What the stars stand for in a path, or `None` where it does not match. Each star but the last takes as little
    /// as it can, so this never takes more than one pass.
    #[must_use]
    pub fn captures<'p>(&self, path: &'p str) -> Option<Vec<&'p str>> {
        let (first, rest) = self.pieces.split_first()?;
        let mut left = path.strip_prefix(first.as_str())?;
        let Some((last, between)) = rest.split_last() else {
            return left.is_empty().then(Vec::new);
        };
        let mut captured = Vec::with_capacity(rest.len());
        for piece in between {
            let (star, after) = left.split_once(piece.as_str())?;
            captured.push(star);
            left = after;
        }
        captured.push(left.strip_suffix(last.as_str())?);
        Some(captured)
    }
}

/// Puts what stars stood for into a template: `$1` is the first. `$0`, `$` alone and numbers without a star stay away
/// from here: checking the configuration refuses them.
#[must_use]
pub fn expand(template: &str, captured: &[&str]) -> String {
    let mut out = String::with_capacity(template.len() + 16);
    let mut parts = template.split('$');
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let (number, text) = part.split_at(digits);
        let star = number.parse::<usize>().ok().and_then(|n| n.checked_sub(1)).and_then(|n| captured.get(n));
        out.push_str(star.copied().unwrap_or_default());
        out.push_str(text);
    }
    out
}

impl TryFrom<String> for Origin {
    type Error = BadPattern;

    fn try_from(text: String) -> Result<Self, BadPattern> {
        let (https, rest) = if let Some(rest) = text.strip_prefix("https://") {
            (true, rest)
        } else if let Some(rest) = text.strip_prefix("http://") {
            (false, rest)
        } else {
            return Err(bad(&text, "is not an origin such as \"https://origin.example.com\""));
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.is_empty() || authority.contains(['/', '?', '#', '@', ' ', '*']) {
            return Err(bad(&text, "must be scheme, host and perhaps a port: no path, query or user"));
        }
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => {
                let port = port.parse().ok().filter(|port| *port > 0);
                (host, port.ok_or_else(|| bad(&text, "has a port that is not a number from 1 to 65535"))?)
            }
            _ => (authority, if https { 443 } else { 80 }),
        };
        let origin = Self { https, host: host.to_ascii_lowercase(), port };
        if !https && !origin.is_loopback() {
            return Err(bad(&text, "must be https: plain http is for loopback addresses alone"));
        }
        Ok(origin)
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        origin.to_string()
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://{}", if self.https { "https" } else { "http" }, self.authority())
    }
}

impl Origin {
    /// Host and, where it is not the scheme's own, port: what goes into `Host`.
    #[must_use]
    pub fn authority(&self) -> String {
        let own = if self.https { 443 } else { 80 };
        if self.port == own { self.host.clone() } else { format!("{}:{}", self.host, self.port) }
    }

    /// Whether it is this very machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> PathPattern {
        PathPattern::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn paths_match_whole_and_stars_take_slashes() {
        for (pattern, given, expected) in [
            ("/", "/", Some(vec![])),
            ("/", "/a", None),
            ("/blog/*", "/blog/a/b", Some(vec!["a/b"])),
            ("/blog/*", "/blog/", Some(vec![""])),
            ("/blog/*", "/blog", None),
            ("/*/p/*.html", "/fr/p/x.html", Some(vec!["fr", "x"])),
            ("/*/p/*.html", "/fr/p/x.htm", None),
            ("/a*a", "/a", None),
        ] {
            assert_eq!(path(pattern).captures(given), expected, "{pattern} on {given}");
        }
    }

    #[test]
    fn templates_take_what_stars_stood_for() {
        assert_eq!(expand("/x/$2/$1.html", &["a", "b"]), "/x/b/a.html");
        assert_eq!(expand("/plain", &["a"]), "/plain");
    }

    #[test]
    fn hosts_match_whole_or_as_subdomains() {
        let any = HostPattern::try_from("*.Example.com".to_owned()).unwrap();
        assert!(any.matches("a.example.com") && any.matches("a.b.example.com"));
        assert!(!any.matches("example.com") && !any.matches("badexample.com"));
        assert!(HostPattern::try_from("shop.example.com".to_owned()).unwrap().matches("shop.example.com."));
        assert!(HostPattern::try_from("shop.example.com:80".to_owned()).is_err());
    }

    #[test]
    fn origins_are_https_except_on_loopback() {
        let origin = |text: &str| Origin::try_from(text.to_owned());
        assert_eq!(origin("https://Example.com/").unwrap().to_string(), "https://example.com");
        assert_eq!(origin("http://127.0.0.1:8080").unwrap().authority(), "127.0.0.1:8080");
        assert_eq!(origin("http://[::1]:81").unwrap().port, 81);
        assert_eq!(origin("https://[::1]").unwrap().host, "[::1]");
        for wrong in
            ["example.com", "http://example.com", "https://", "https://a/b", "https://a:0", "https://a:x"]
        {
            assert!(origin(wrong).is_err(), "{wrong}");
        }
    }
}
