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

/// The browser of a list such as `Chromium;130|Google Chrome;130.0.1.2|Not?A_Brand;99`, by the name that people know
/// it by, and its version. The engine's own name counts where there is no other.
pub(super) fn brand(versions: &str) -> Option<(&str, &str)> {
    let brands = versions.split('|').filter_map(|brand| brand.rsplit_once(';'));
    let mut real = brands.filter(|(name, _)| !made_up(name)).map(|(name, version)| (known_as(name), version));
    let first = real.next()?;
    if first.0 == ENGINE {
        Some(real.find(|(name, _)| *name != ENGINE).unwrap_or(first))
    } else {
        Some(first)
    }
}

/// What Chrome and its kin are made of.
pub(super) const ENGINE: &str = "Chromium";

/// Whether it is one of the names that browsers put in so that nobody relies on the list: `Not` and `Brand`, with
/// something odd between them (wicg.github.io/ua-client-hints, "create arbitrary brand").
fn made_up(name: &str) -> bool {
    name.contains("Not") && name.contains("Brand") || name.trim().is_empty()
}

fn known_as(brand: &str) -> &str {
    match brand {
        "Google Chrome" | "HeadlessChrome" => "Chrome",
        "Microsoft Edge" => "Edge",
        "Opera GX" | "OperaMobile" => "Opera",
        "Yandex" | "YaBrowser" | "Yowser" => "Yandex",
        "Microsoft Edge WebView2" => "Edge WebView2",
        "Avast Secure Browser" => "Avast",
        "Naver Whale" => "Whale",
        "HuaweiBrowser" => "Huawei Browser",
        brand => brand,
    }
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
    fn a_browser_is_known_by_its_brand() {
        for (versions, expected) in [
            ("Chromium;130|Google Chrome;130|Not?A_Brand;99", Some(("Chrome", "130"))),
            (
                "Not)A;Brand;99|Microsoft Edge;130.0.2849.56|Chromium;130.0.6723.70",
                Some(("Edge", "130.0.2849.56")),
            ),
            (" Not A;Brand;99|Chromium;142", Some(("Chromium", "142"))),
            ("Not.A/Brand;8|Chromium;114|Brave;114", Some(("Brave", "114"))),
            ("Not_A Brand;8|Chromium;120|YaBrowser;24.1|Yowser;2.5", Some(("Yandex", "24.1"))),
            ("Chromium;128|Not;A=Brand;24|Android WebView;128", Some(("Android WebView", "128"))),
            ("Notion;1", Some(("Notion", "1"))),
            ("Not A;Brand;99", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(brand(versions), expected, "{versions}");
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
