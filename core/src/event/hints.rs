//! Client hints: what a browser says of itself in `Sec-CH-UA-*`, which are structured fields (RFC 9651).

/// The members of a list such as `"Chromium";v="130", "Not?A_Brand";v="99"`, as `Chromium;130|Not?A_Brand;99`.
pub(super) fn version_list(field: &str) -> Option<String> {
    let mut brands = Vec::new();
    let mut rest = field.trim_start();
    while !rest.is_empty() {
        let (brand, after) = string(rest)?;
        let mut version = String::new();
        rest = after.trim_start();
        while let Some(parameter) = rest.strip_prefix(';') {
            let (name, after) = parameter.trim_start().split_once('=')?;
            let (value, after) = string(after)?;
            if name == "v" {
                version = value;
            }
            rest = after.trim_start();
        }
        brands.push(format!("{brand};{version}"));
        rest = match rest.strip_prefix(',') {
            Some(after) => after.trim_start(),
            None if rest.is_empty() => rest,
            None => return None,
        };
    }
    (!brands.is_empty()).then(|| brands.join("|"))
}

/// A list of brands and major versions as one of full versions: `Brand;130` as `Brand;130.0.0.0`.
pub(super) fn padded(versions: &str) -> String {
    let pad = |brand: &str| match brand.rsplit_once(';') {
        None | Some((_, "")) => brand.to_owned(),
        Some((_, version)) => {
            format!("{brand}{}", ".0".repeat(4_usize.saturating_sub(version.split('.').count())))
        }
    };
    versions.split('|').map(pad).collect::<Vec<_>>().join("|")
}

/// The text of a field that is one string. One that forgot its quotes is taken as it is.
pub(super) fn item(field: &str) -> Option<String> {
    let field = field.trim();
    let text = if field.starts_with('"') { string(field)?.0 } else { field.to_owned() };
    (!text.is_empty()).then_some(text)
}

/// `0` or `1` for `?0` or `?1`.
pub(super) fn boolean(field: &str) -> Option<String> {
    match field.trim().strip_prefix('?') {
        Some(digit @ ("0" | "1")) => Some(digit.to_owned()),
        _ => None,
    }
}

/// A quoted string, and what follows it.
fn string(text: &str) -> Option<(String, &str)> {
    let mut chars = text.strip_prefix('"')?.chars();
    let mut out = String::new();
    loop {
        match chars.next()? {
            '"' => return Some((out, chars.as_str())),
            '\\' => out.push(chars.next()?),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brands_are_listed_whatever_they_are_called() {
        for (field, expected) in [
            (
                r#""Chromium";v="130", "Google Chrome";v="130", "Not?A_Brand";v="99""#,
                Some("Chromium;130|Google Chrome;130|Not?A_Brand;99"),
            ),
            // Browsers put odd brands in, so that nobody splits at the first comma that comes.
            (r#""Not;A,Brand";v="8" , "A\"B\\";v="1.2""#, Some(r#"Not;A,Brand;8|A"B\;1.2"#)),
            (r#""A";x="y";v="1""#, Some("A;1")),
            (r#""A""#, Some("A;")),
            ("", None),
            ("Chromium", None),
            (r#""A";v=1"#, None),
            (r#""A";v="1" "B";v="2""#, None),
            (r#""A"#, None),
        ] {
            assert_eq!(version_list(field).as_deref(), expected, "{field}");
        }
    }

    #[test]
    fn versions_are_padded_to_four_parts() {
        assert_eq!(
            padded("Chromium;130|Not;A;99.1|B;1.2.3.4.5|C;"),
            "Chromium;130.0.0.0|Not;A;99.1.0.0|B;1.2.3.4.5|C;"
        );
    }

    #[test]
    fn items_lose_their_quotes() {
        for (field, expected) in [
            (r#""macOS""#, Some("macOS")),
            ("macOS", Some("macOS")),
            (r#""""#, None),
            ("", None),
            (r#""x"#, None),
        ] {
            assert_eq!(item(field).as_deref(), expected, "{field}");
        }
        assert_eq!([boolean("?1"), boolean("?0"), boolean("1")], [Some("1".into()), Some("0".into()), None]);
    }
}
