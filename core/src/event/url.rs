//! As much of URLs as a page's own address needs.

use crate::head::Request;

/// A query with its `?`; none when it is empty.
pub(super) fn search(query: &str) -> Option<String> {
    let query = query.strip_prefix('?').unwrap_or(query);
    (!query.is_empty()).then(|| format!("?{query}"))
}

/// Path, and query with its `?`, of an absolute URL of any scheme.
pub(super) fn path_and_search(url: &str) -> Option<(String, Option<String>)> {
    let (_, rest) = without_fragment(url).split_once("://")?;
    let (_, target) = rest.split_at_checked(rest.find(['/', '?']).unwrap_or(rest.len()))?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    Some((if path.is_empty() { "/".to_owned() } else { path.to_owned() }, search(query)))
}

/// The absolute http or https URL, without its fragment, that a reference on a page stands for (RFC 3986 §5, with the
/// white space that HTML tolerates). None when it refers to the page itself, or to something that is not on the web.
pub(super) fn resolve(page: &Request, reference: &str) -> Option<String> {
    let reference: String = reference.trim().chars().filter(|c| !matches!(c, '\t' | '\n' | '\r')).collect();
    let reference = without_fragment(&reference);
    let (scheme, authority) = (page.scheme(), &page.authority);
    if let Some(rest) = reference.strip_prefix("//") {
        return absolute(scheme, rest);
    }
    if let Some((before, rest)) = reference.split_once(':')
        && before.starts_with(|c: char| c.is_ascii_alphabetic())
        && before.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    {
        let before = before.to_ascii_lowercase();
        let rest = rest.strip_prefix("//").filter(|_| before == "https" || before == "http")?;
        return absolute(&before, rest);
    }
    let (path, query) = match reference.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (reference, None),
    };
    let path = match path {
        "" if query.is_none() => return None,
        "" => page.path.clone(),
        path if path.starts_with('/') => without_dots(path),
        path => {
            let folder = page.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            without_dots(&format!("{folder}/{path}"))
        }
    };
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    Some(format!("{scheme}://{authority}{path}{query}"))
}

fn absolute(scheme: &str, rest: &str) -> Option<String> {
    let host = rest.split(['/', '?', '\\']).next().unwrap_or_default();
    (!host.is_empty() && !host.contains([' ', '@'])).then(|| format!("{scheme}://{rest}"))
}

fn without_fragment(url: &str) -> &str {
    url.split_once('#').map_or(url, |(before, _)| before)
}

/// An absolute path with its `.` and `..` resolved (RFC 3986 §5.2.4).
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            "." | ".." => {
                if segment == ".." {
                    kept.pop();
                }
                if last {
                    kept.push("");
                }
            }
            segment => kept.push(segment),
        }
    }
    format!("/{}", kept.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_resolved_against_the_page() {
        let page =
            Request::new(http::Method::GET, "https://shop.example:8443/a/b?c=d", http::HeaderMap::new())
                .unwrap();
        let site = "https://shop.example:8443";
        for (reference, expected) in [
            ("/x", Some(format!("{site}/x"))),
            ("/x?y=z#f", Some(format!("{site}/x?y=z"))),
            ("x", Some(format!("{site}/a/x"))),
            ("x/", Some(format!("{site}/a/x/"))),
            ("./x", Some(format!("{site}/a/x"))),
            ("../x", Some(format!("{site}/x"))),
            ("../../../x", Some(format!("{site}/x"))),
            ("..", Some(format!("{site}/"))),
            (".", Some(format!("{site}/a/"))),
            ("/a/./b/../c/", Some(format!("{site}/a/c/"))),
            ("/a//b", Some(format!("{site}/a//b"))),
            ("?q", Some(format!("{site}/a/b?q"))),
            ("?", Some(format!("{site}/a/b?"))),
            ("x:y/z", None),
            ("./x:y", Some(format!("{site}/a/x:y"))),
            ("//other.example/x", Some("https://other.example/x".into())),
            ("https://other.example/x#f", Some("https://other.example/x".into())),
            ("HTTP://other.example", Some("http://other.example".into())),
            (" \n/x\ty ", Some(format!("{site}/xy"))),
            ("", None),
            ("#top", None),
            ("//", None),
            ("https:///x", None),
            ("https:x", None),
            ("https://user@other.example/", None),
            ("javascript:alert(1)", None),
            ("data:text/plain,x", None),
        ] {
            assert_eq!(resolve(&page, reference), expected, "{reference:?}");
        }
    }

    #[test]
    fn urls_are_taken_apart() {
        for (url, expected) in [
            ("https://shop.example/p?q=1#f", Some(("/p", Some("?q=1")))),
            ("https://shop.example", Some(("/", None))),
            ("https://shop.example?q", Some(("/", Some("?q")))),
            ("https://shop.example/p?", Some(("/p", None))),
            ("app://screen/home", Some(("/home", None))),
            ("/p", None),
        ] {
            let expected =
                expected.map(|(path, search): (&str, Option<&str>)| (path.into(), search.map(str::to_owned)));
            assert_eq!(path_and_search(url), expected, "{url}");
        }
    }
}
