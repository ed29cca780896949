//! What the page's own policy allows its scripts (`Content-Security-Policy`, CSP Level 3): the nonce that they carry, and
//! whether one may stand in the page itself.

use http::HeaderMap;

/// The policies that are enforced come first: their nonce is the one that counts.
const FIELDS: [&str; 2] = ["content-security-policy", "content-security-policy-report-only"];

/// What a script that is put into the page has to say, and may be.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Scripts {
    /// The nonce that the page gives its scripts. With several policies a script needs the nonce of each; pages give
    /// them all the same.
    pub(super) nonce: Option<String>,
    /// Whether a script with that nonce may be inline, for all of the policies. One that only reports counts too: its
    /// owner shall not be told of violations that are ours.
    pub(super) inline: bool,
}

/// Policies in `<meta>` are not looked at: the response's head is sent before the page is read.
pub(super) fn scripts(headers: &HeaderMap) -> Scripts {
    let policies = FIELDS
        .iter()
        .flat_map(|name| headers.get_all(*name))
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    let lists: Vec<Vec<&str>> = policies.filter_map(sources).collect();
    let nonce = lists.iter().flatten().find_map(|source| nonce(source));
    let inline = lists.iter().all(|list| allow_inline(list, nonce));
    Scripts { nonce: nonce.map(str::to_owned), inline }
}

/// What one policy says of script elements: its most specific directive, and of the same one twice the first.
fn sources(policy: &str) -> Option<Vec<&str>> {
    let mut found = [None, None, None];
    for directive in policy.split(';') {
        let mut words = directive.split_ascii_whitespace();
        let place = match words.next().map(str::to_ascii_lowercase).as_deref() {
            Some("script-src-elem") => 0,
            Some("script-src") => 1,
            Some("default-src") => 2,
            _ => continue,
        };
        if let Some(slot) = found.get_mut(place) {
            slot.get_or_insert_with(|| words.collect());
        }
    }
    found.into_iter().flatten().next()
}

fn nonce(source: &str) -> Option<&str> {
    let nonce = keyword(source, "nonce-")?;
    // base64 in either alphabet (CSP Level 3, base64-value); anything else could end the attribute.
    nonce.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/-_=".contains(&b)).then_some(nonce)
}

/// CSP Level 3, §6.7.3.2: a nonce, a hash or 'strict-dynamic' take away what 'unsafe-inline' would allow.
fn allow_inline(sources: &[&str], nonce_of_ours: Option<&str>) -> bool {
    if nonce_of_ours.is_some() && sources.iter().any(|source| nonce(source) == nonce_of_ours) {
        return true;
    }
    let is = |starts: &[&str]| {
        sources.iter().any(|source| starts.iter().any(|start| keyword(source, start).is_some()))
    };
    is(&["unsafe-inline"]) && !is(&["nonce-", "sha256-", "sha384-", "sha512-", "strict-dynamic"])
}

/// What follows `start` in a quoted source, whatever its case.
fn keyword<'a>(source: &'a str, start: &str) -> Option<&'a str> {
    let inner = source.strip_prefix('\'')?.strip_suffix('\'')?;
    let (before, rest) = inner.split_at_checked(start.len())?;
    before.eq_ignore_ascii_case(start).then_some(rest)
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn a_script_carries_the_nonce_and_is_inline_only_where_every_policy_agrees() {
        const CSP: &str = FIELDS[0];
        const ONLY: &str = FIELDS[1];
        type Case = (&'static [(&'static str, &'static str)], Option<&'static str>, bool);
        let cases: &[Case] = &[
            (&[], None, true),
            (&[(CSP, "default-src 'self'")], None, false),
            (&[(CSP, "style-src 'nonce-d'")], None, true),
            (&[(CSP, "script-src 'self' 'unsafe-inline'")], None, true),
            (&[(CSP, "script-src 'self' 'Unsafe-Inline' 'sha256-abc='")], None, false),
            (&[(CSP, "script-src 'unsafe-inline' 'strict-dynamic'")], None, false),
            (&[(CSP, "script-src 'none'; script-src 'unsafe-inline'")], None, false),
            (&[(CSP, "default-src 'nonce-aa=='; script-src 'self' 'nonce-b-_/+'")], Some("b-_/+"), true),
            (&[(CSP, "default-src 'unsafe-inline'; script-src 'self'")], None, false),
            (&[(CSP, "script-src 'nonce-b'; SCRIPT-SRC-ELEM 'nonce-c' 'strict-dynamic'")], Some("c"), true),
            (&[(CSP, "script-src 'nonce-\"><x'")], None, false),
            (&[(CSP, "script-src 'nonce-a', default-src 'nonce-a'")], Some("a"), true),
            (&[(CSP, "script-src 'nonce-a', default-src 'self'")], Some("a"), false),
            (&[(CSP, "script-src 'nonce-a'"), (CSP, "script-src 'nonce-b'")], Some("a"), false),
            (&[(CSP, "script-src 'unsafe-inline'"), (ONLY, "script-src 'nonce-r'")], Some("r"), true),
            (&[(CSP, "img-src *"), (ONLY, "script-src 'self'")], None, false),
        ];
        for (fields, nonce, inline) in cases {
            let mut headers = HeaderMap::new();
            for (name, value) in *fields {
                headers.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
            }
            let expected = Scripts { nonce: nonce.map(str::to_owned), inline: *inline };
            assert_eq!(scripts(&headers), expected, "{fields:?}");
        }
    }
}
