//! Our cookies among the website's: read, and taken out before the request goes on to the origin.
//!
//! Browsers send more than RFC 6265 allows, and websites rely on it. So a `Cookie` field is bytes here, and whatever is
//! not ours stays as it came.

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

use crate::head::Edit;

/// The value of a cookie, where it is text. Of several of that name, the first: browsers send the most specific first.
#[must_use]
pub fn get<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    all(headers, name).next()
}

/// The values of every cookie of that name, where they are text. Another subdomain may have set one beside ours; only
/// opening them tells.
pub fn all<'h>(headers: &'h HeaderMap, name: &str) -> impl Iterator<Item = &'h str> {
    pairs(headers).filter_map(move |(found, value)| (found == name).then_some(value))
}

/// Every cookie whose name and value are text, in the browser's order.
pub(super) fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let text = |bytes| std::str::from_utf8(bytes).ok();
    headers
        .get_all(COOKIE)
        .iter()
        .flat_map(|field| field.as_bytes().split(|byte| *byte == b';'))
        .filter_map(pair)
        .filter_map(move |(name, value)| Some((text(name)?, text(value)?)))
}

/// What takes the cookies of these names out of a request; none when they are not there. All other bytes stay as they
/// are, in their order; of several fields one is made.
#[must_use]
pub fn without(headers: &HeaderMap, names: &[&str]) -> Option<Edit> {
    let ours = |part: &[u8]| names.iter().any(|name| value_of(part, name).is_some());
    let mut found = false;
    let mut kept: Vec<Vec<u8>> = Vec::new();
    for field in headers.get_all(COOKIE) {
        let mut rest: Option<Vec<u8>> = None;
        let mut first_taken = false;
        for (n, part) in field.as_bytes().split(|byte| *byte == b';').enumerate() {
            if ours(part) {
                found = true;
                first_taken |= n == 0;
                continue;
            }
            match &mut rest {
                // What now comes first loses the space that stood between it and what is gone.
                None => rest = Some(if first_taken { part.trim_ascii_start() } else { part }.to_vec()),
                Some(rest) => {
                    rest.push(b';');
                    rest.extend_from_slice(part);
                }
            }
        }
        kept.extend(rest.filter(|rest| !rest.trim_ascii().is_empty()));
    }
    if !found {
        return None;
    }
    if kept.is_empty() {
        return Some(Edit::Remove(COOKIE));
    }
    // Parts of a field's value are a field's value; should they not be, no cookie is better than ours at the origin.
    Some(match HeaderValue::from_bytes(&kept.join(&b"; "[..])) {
        Ok(value) => Edit::Set(COOKIE, value),
        Err(_) => Edit::Remove(COOKIE),
    })
}

/// The value of one part of a `Cookie` field, if it is of that name.
fn value_of<'h>(part: &'h [u8], name: &str) -> Option<&'h [u8]> {
    pair(part).and_then(|(found, value)| (found == name.as_bytes()).then_some(value))
}

/// Name and value of one part of a `Cookie` field.
fn pair(part: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = part.iter().position(|byte| *byte == b'=')?;
    let (name, value) = part.split_at_checked(at)?;
    Some((name.trim_ascii(), value.strip_prefix(b"=").unwrap_or(value).trim_ascii()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(fields: &[&str]) -> HeaderMap {
        fields.iter().map(|field| (COOKIE, HeaderValue::from_bytes(field.as_bytes()).unwrap())).collect()
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        for (fields, expected) in [
            (&["selvedge=x"][..], Some("x")),
            (&["a=1; selvedge=x; b=2"], Some("x")),
            (&["a=1;selvedge=x"], Some("x")),
            (&["a=1;  selvedge = x ;b=2"], Some("x")),
            (&["a=1", "b=2; selvedge=x"], Some("x")),
            (&["selvedge=v1.k.a=b=="], Some("v1.k.a=b==")),
            (&["selvedge="], Some("")),
            (&["selvedge=x; selvedge=y"], Some("x")),
            (&["Selvedge=x"], None),
            (&["selvedge_consent=x; myselvedge=y; a=selvedge=z"], None),
            (&["selvedge"], None),
            (&[""], None),
            (&[], None),
        ] {
            assert_eq!(get(&headers(fields), "selvedge"), expected, "{fields:?}");
        }
        assert_eq!(all(&headers(&["s=1; s=2", "s=3"]), "s").collect::<Vec<_>>(), ["1", "2", "3"]);
    }

    #[test]
    fn ours_are_taken_out_and_the_rest_stays_as_it_was() {
        for (fields, expected) in [
            (&["a=1; selvedge=x; b=2"][..], Some("a=1; b=2")),
            (&["selvedge=x; a=1"], Some("a=1")),
            (&["a=1; selvedge=x"], Some("a=1")),
            (&["a=1; selvedge=x; selvedge_consent=denied.1"], Some("a=1")),
            (&["selvedge_consent=denied.1;selvedge=x;a=1"], Some("a=1")),
            (&["a=1;;odd; =nameless;selvedge=x;  b=\"q;r\" ;"], Some("a=1;;odd; =nameless;  b=\"q;r\" ;")),
            (&["a=1", "selvedge=x", "b=2;c=3"], Some("a=1; b=2;c=3")),
            (&["a=1; selvedge=x", "b=ü"], Some("a=1; b=ü")),
            (&["a=1; selvedge=x; selvedge=y;b=2"], Some("a=1;b=2")),
        ] {
            let edit = without(&headers(fields), &["selvedge", "selvedge_consent"]);
            let expected =
                expected.map(|text| Edit::Set(COOKIE, HeaderValue::from_bytes(text.as_bytes()).unwrap()));
            assert_eq!(edit, expected, "{fields:?}");
        }
        for fields in [&["selvedge=x"][..], &["selvedge=x;"], &["selvedge=x; selvedge_consent=granted.1"]] {
            let edit = without(&headers(fields), &["selvedge", "selvedge_consent"]);
            assert_eq!(edit, Some(Edit::Remove(COOKIE)), "{fields:?}");
        }
        for fields in [&[][..], &["a=1; b=2"], &["a=1", "b=2"], &["selvedge"], &["myselvedge=1;;"]] {
            assert_eq!(without(&headers(fields), &["selvedge"]), None, "{fields:?}");
        }
    }
}
