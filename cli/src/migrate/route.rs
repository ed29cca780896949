//! `[[routing.rules]]`: Edgee's were compared with path and query, ours with the path; Edgee's could be regular
//! expressions, of which the plain ones are patterns too.

use selvedge_core::config::pattern::PathPattern;

use super::fields::Fields;
use super::site::Backend;
use super::{Migration, commented, text};

/// A rule as we write it.
struct Route {
    path: String,
    rewrite: Option<String>,
}

impl Migration {
    pub(super) fn rule(&mut self, rule: &mut Fields, backends: &[Backend]) {
        let mut take = |key: &str| rule.text(key, &mut self.notes);
        let (path, prefix, regexp) = (take("path"), take("path_prefix"), take("path_regexp"));
        let (rewrite, backend) = (take("rewrite"), take("backend"));
        // The first of them counted.
        let (key, said, route) = match (path, prefix, regexp) {
            (Some(path), ..) => ("path", path.clone(), exact(&path, rewrite.as_deref())),
            (None, Some(prefix), _) => ("path_prefix", prefix.clone(), prefixed(&prefix, rewrite.as_deref())),
            (None, None, Some(regexp)) => {
                ("path_regexp", regexp.clone(), pattern(&regexp, rewrite.as_deref()))
            }
            (None, None, None) => {
                self.note(
                    rule.path("path"),
                    "neither a path nor a prefix nor an expression: it never matched",
                );
                return;
            }
        };
        let named = backend.as_ref().map(|name| backends.iter().find(|backend| backend.name == *name));
        if let (Some(name), Some(None)) = (&backend, named) {
            let what = format!("there is no backend {name:?}; Edgee took the default, and so does this");
            self.note(rule.path("backend"), what);
        }
        let origin = named.flatten().map(|backend| format!("origin = {}\n", text(&backend.origin)));
        let origin = origin.unwrap_or_default();
        match route.filter(written) {
            Some(Route { path, rewrite }) => {
                let rewrite = rewrite.map(|to| format!("rewrite = {}\n", text(&to))).unwrap_or_default();
                self.head("[[site.route]]");
                self.line(format!("path = {}\n{origin}{rewrite}", text(&path)).trim_end());
            }
            None => {
                let rewrite = rewrite.map(|to| format!("rewrite = {}\n", text(&to))).unwrap_or_default();
                let lines =
                    format!("[[site.route]]\npath = {}  # as Edgee had it\n{origin}{rewrite}", text(&said));
                self.head(commented(&lines).trim_end());
                self.note(
                    rule.path(key),
                    format!(
                        "{said:?} cannot be written as a path with stars, and is commented out: see to it"
                    ),
                );
            }
        }
    }
}

/// Whether both sides are what our configuration takes.
fn written(route: &Route) -> bool {
    let to = route.rewrite.as_deref();
    PathPattern::try_from(route.path.clone()).is_ok()
        && to.is_none_or(|to| to.starts_with('/') && !to.contains(['?', '#', '*']) && to.is_ascii())
}

fn exact(path: &str, rewrite: Option<&str>) -> Option<Route> {
    let plain = !path.contains('*') && rewrite.is_none_or(|to| !to.contains('$'));
    plain.then(|| Route { path: path.to_owned(), rewrite: rewrite.map(str::to_owned) })
}

fn prefixed(prefix: &str, rewrite: Option<&str>) -> Option<Route> {
    let plain = !prefix.contains('*') && rewrite.is_none_or(|to| !to.contains('$'));
    plain.then(|| Route { path: format!("{prefix}*"), rewrite: rewrite.map(|to| format!("{to}$1")) })
}

/// A regular expression that is anchored at its start and has nothing in it but plain characters, `.*` and `(.*)`.
fn pattern(regexp: &str, rewrite: Option<&str>) -> Option<Route> {
    let mut left = regexp.strip_prefix('^')?;
    // Groups by number, and the stars that they are.
    let (mut path, mut stars, mut groups) = (String::new(), 0_usize, Vec::new());
    let mut ended = false;
    while !left.is_empty() {
        if ended {
            return None;
        }
        if let Some(rest) = left.strip_prefix("(.*)") {
            stars += 1;
            groups.push(stars);
            path.push('*');
            left = rest;
        } else if let Some(rest) = left.strip_prefix(".*") {
            stars += 1;
            path.push('*');
            left = rest;
        } else if let Some(rest) = left.strip_prefix('$') {
            ended = true;
            left = rest;
        } else {
            let (c, rest) = literal(left)?;
            path.push(c);
            left = rest;
        }
    }
    let open = !ended && !path.ends_with('*');
    if open {
        stars += 1;
        path.push('*');
    }
    let rewrite = match rewrite {
        None => None,
        Some(to) => {
            let to = renumbered(to, &groups)?;
            // What the expression did not match stayed as it was.
            Some(if open { format!("{to}${stars}") } else { to })
        }
    };
    Some(Route { path, rewrite })
}

/// The character that stands for itself at the start of an expression.
fn literal(left: &str) -> Option<(char, &str)> {
    let mut chars = left.chars();
    let c = match chars.next()? {
        '\\' => chars.next().filter(|c| c.is_ascii_punctuation())?,
        c if "^$.|?*+()[]{}".contains(c) => return None,
        c => c,
    };
    let rest = chars.as_str();
    // A quantifier makes it something else.
    (!rest.starts_with(['?', '*', '+', '{'])).then_some((c, rest))
}

/// A replacement with the numbers of stars instead of those of groups.
fn renumbered(to: &str, groups: &[usize]) -> Option<String> {
    let mut parts = to.split('$');
    let mut out = parts.next()?.to_owned();
    for part in parts {
        let braced = part.strip_prefix('{');
        let inner = braced.unwrap_or(part);
        let digits: String = inner.chars().take_while(char::is_ascii_digit).collect();
        let rest = inner.strip_prefix(digits.as_str())?;
        let rest = if braced.is_some() { rest.strip_prefix('}')? } else { rest };
        // To Edgee `$1x` was a group named `1x`; to us, digits that follow would be of the number.
        if braced.is_none() && rest.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
            return None;
        }
        if rest.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let group = digits.parse::<usize>().ok()?.checked_sub(1)?;
        out = format!("{out}${}{rest}", groups.get(group)?);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(route: Option<Route>) -> Option<(String, String)> {
        route.filter(written).map(|route| (route.path, route.rewrite.unwrap_or_default()))
    }

    #[test]
    fn plain_expressions_are_patterns() {
        for (regexp, rewrite, expected) in [
            ("^/blog/(.*)$", Some("/posts/$1"), Some(("/blog/*", "/posts/$1"))),
            ("^/a/(.*)/b/(.*)$", Some("/$2/${1}"), Some(("/a/*/b/*", "/$2/$1"))),
            ("^/a/.*/(.*)$", Some("/$1"), Some(("/a/*/*", "/$2"))),
            ("^/blog", Some("/posts"), Some(("/blog*", "/posts$1"))),
            ("^/blog", None, Some(("/blog*", ""))),
            ("^/a\\.html$", None, Some(("/a.html", ""))),
            ("^/x/.*", None, Some(("/x/*", ""))),
            ("/blog", None, None),
            ("^/(a|b)/", None, None),
            ("^/a?$", None, None),
            ("^/[0-9]+$", None, None),
            ("^/a.b$", None, None),
            ("^/(.*)$", Some("/$2"), None),
            ("^/(.*)$", Some("/$name"), None),
            ("^/(.*)$", Some("/x?y=$1"), None),
            ("^blog", None, None),
        ] {
            let expected = expected.map(|(path, to)| (path.to_owned(), to.to_owned()));
            assert_eq!(both(pattern(regexp, rewrite)), expected, "{regexp} {rewrite:?}");
        }
    }

    #[test]
    fn prefixes_end_in_a_star() {
        let route = |prefix, to| both(prefixed(prefix, to));
        assert_eq!(route("/api/", Some("/v2/")), Some(("/api/*".into(), "/v2/$1".into())));
        assert_eq!(route("/api?x", None), None);
        assert_eq!(route("/a*b", None), None);
        assert_eq!(both(exact("/a?x=1", None)), None);
        assert_eq!(both(exact("/a", Some("/b"))), Some(("/a".into(), "/b".into())));
    }
}
