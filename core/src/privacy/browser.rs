//! Browsers as far as millions have the same. Nothing of what a browser sent passes through here but words of closed
//! lists and major versions.

/// Brands of `Sec-CH-UA` that are told. What browsers put between them to confuse parsers is not.
#[rustfmt::skip]
const BRANDS: &[&str] = &[
    "Chromium", "Google Chrome", "Microsoft Edge", "Opera", "Brave", "Vivaldi", "Samsung Internet",
    "YaBrowser", "DuckDuckGo", "Android WebView", "HeadlessChrome",
];

/// Other browsers that many have. An application's own view tells more of its user than that it is a browser.
#[rustfmt::skip]
const BROWSERS: &[&str] = &[
    "Chrome", "Edge", "Firefox", "Firefox Focus", "Internet Explorer", "Mobile Safari", "Safari",
    "UC Browser", "Yandex",
];

#[rustfmt::skip]
const SYSTEMS: &[&str] = &[
    "Android", "Chrome OS", "Chromium OS", "ChromeOS", "iOS", "iPadOS", "Linux", "macOS", "Mac OS",
    "Windows", "Fuchsia", "FreeBSD", "OpenBSD", "HarmonyOS", "KaiOS", "Tizen", "webOS", "Ubuntu", "tvOS",
    "PlayStation", "Xbox",
];

/// The areas of the IANA time zone database.
#[rustfmt::skip]
const AREAS: &[&str] = &[
    "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian",
    "Pacific", "Etc",
];

/// CSS pixels at which designs break: a screen is at least so wide.
const SCREENS: [u32; 8] = [2560, 1920, 1536, 1280, 1024, 768, 480, 320];

/// The first tag of `Accept-Language`, with no more of it than language, script and region.
pub(super) fn language(field: &str) -> Option<String> {
    let tag = field.split([',', ';']).next()?.trim();
    let mut parts = tag.split('-');
    let alphabetic = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphabetic());
    let mut kept = parts.next().filter(|part| matches!(part.len(), 2..=3) && alphabetic(part))?.to_owned();
    for part in parts {
        let script = part.len() == 4 && alphabetic(part);
        let region = part.len() == 2 && alphabetic(part)
            || part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit());
        if !script && !region {
            break;
        }
        kept.push('-');
        kept.push_str(part);
        if region {
            break;
        }
    }
    Some(kept)
}

/// Whether a text has the shape of an IANA time zone's name.
pub(super) fn is_timezone(zone: &str) -> bool {
    if matches!(zone, "UTC" | "GMT") {
        return true;
    }
    let Some((area, place)) = zone.split_once('/') else { return false };
    let letter = |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-' | b'/');
    let offset = area == "Etc" && place.len() <= 6 && place.starts_with("GMT");
    AREAS.contains(&area) && (offset || (1..=32).contains(&place.len()) && place.bytes().all(letter))
}

/// The brands that are known, with their major versions.
pub(super) fn major_versions(list: &str) -> Option<String> {
    let brand = |entry: &str| {
        let (brand, version) = entry.rsplit_once(';')?;
        let brand = BRANDS.iter().find(|known| **known == brand)?;
        Some(format!("{brand};{}", major(version)?))
    };
    let known: Vec<_> = list.split('|').take(16).filter_map(brand).collect();
    (!known.is_empty()).then(|| known.join("|"))
}

/// The digits that a version begins with.
pub(super) fn major(version: &str) -> Option<String> {
    let digits = version.bytes().take_while(u8::is_ascii_digit).count();
    version.get(..digits).filter(|digits| (1..=4).contains(&digits.len())).map(str::to_owned)
}

/// The operating system, if it is a known one.
pub(super) fn os(name: &str) -> Option<&'static str> {
    SYSTEMS.iter().copied().find(|known| known.eq_ignore_ascii_case(name))
}

/// The browser's name, if many have it.
pub(super) fn known(name: &str) -> Option<&'static str> {
    BRANDS.iter().chain(BROWSERS).copied().find(|known| *known == name)
}

/// A program's name, as short and plain as they are.
pub(super) fn plain_name(name: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '_' | '-' | '!');
    ((1..=32).contains(&name.len()) && name.chars().all(plain)).then(|| name.to_owned())
}

/// How wide a screen is at least, of few widths.
pub(super) fn screen_class(width: u32) -> u32 {
    SCREENS.into_iter().find(|at_least| width >= *at_least).unwrap_or(0)
}

/// A `User-Agent` made anew of the system and the browser's major version, in the form that Chromium's own reduction
/// gave it (chromium.org/updates/ua-reduction). None for a browser that is not known.
pub(super) fn reduced_user_agent(agent: &str) -> Option<String> {
    let has = |word: &str| agent.contains(word);
    let version = |token: &str| agent.split_once(token).and_then(|(_, rest)| major(rest));
    let mobile = has("Mobile");
    let apple = has("iPhone") || has("iPad");
    let system = if has("Windows NT") {
        "Windows NT 10.0; Win64; x64".to_owned()
    } else if apple {
        let os = version("OS ").unwrap_or_else(|| "18".into());
        match has("iPad") {
            true => format!("iPad; CPU OS {os}_0 like Mac OS X"),
            false => format!("iPhone; CPU iPhone OS {os}_0 like Mac OS X"),
        }
    } else if has("Android") {
        "Linux; Android 10; K".to_owned()
    } else if has("CrOS") {
        "X11; CrOS x86_64 14541.0.0".to_owned()
    } else if has("Macintosh") {
        "Macintosh; Intel Mac OS X 10_15_7".to_owned()
    } else if has("Linux") {
        "X11; Linux x86_64".to_owned()
    } else {
        return None;
    };
    let phone = if mobile { " Mobile" } else { "" };
    if let Some(version) = version("Firefox/") {
        let android = has("Android");
        let system = if android { "Android 10; Mobile" } else { system.as_str() };
        let gecko = if android { format!("{version}.0") } else { "20100101".to_owned() };
        return Some(format!("Mozilla/5.0 ({system}; rv:{version}.0) Gecko/{gecko} Firefox/{version}.0"));
    }
    if apple || has("Version/") && has("Safari/") && !has("Chrome/") {
        let name = [("CriOS/", "CriOS"), ("FxiOS/", "FxiOS"), ("EdgiOS/", "EdgiOS"), ("Version/", "Version")]
            .into_iter()
            .find_map(|(token, name)| Some(format!("{name}/{}.0", version(token)?)));
        let name = name.map(|name| format!(" {name}")).unwrap_or_default();
        let phone = if apple { " Mobile/15E148" } else { "" };
        return Some(format!(
            "Mozilla/5.0 ({system}) AppleWebKit/605.1.15 (KHTML, like Gecko){name}{phone} Safari/604.1"
        ));
    }
    let chrome = version("Chrome/")?;
    let other = [("Edg/", "Edg"), ("EdgA/", "EdgA"), ("OPR/", "OPR"), ("SamsungBrowser/", "SamsungBrowser")]
        .into_iter()
        .find_map(|(token, name)| Some(format!(" {name}/{}.0.0.0", version(token)?)))
        .unwrap_or_default();
    Some(format!(
        "Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{chrome}.0.0.0{phone} Safari/537.36{other}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_agents_are_made_anew() {
        for (agent, expected) in [
            (
                "Mozilla/5.0 (Linux; Android 13; SM-G991B Build/TP1A) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.6723.102 Mobile Safari/537.36",
                Some(
                    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36",
                ),
            ),
            (
                "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0.5414.120 Safari/537.36 Edg/109.0.1518.78",
                Some(
                    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0.0.0 Safari/537.36 Edg/109.0.0.0",
                ),
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1 someone/1",
                Some(
                    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1",
                ),
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_6) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15",
                Some(
                    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/604.1",
                ),
            ),
            (
                "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
                Some("Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"),
            ),
            (
                "Mozilla/5.0 (Android 14; Mobile; rv:132.0) Gecko/132.0 Firefox/132.0",
                Some("Mozilla/5.0 (Android 10; Mobile; rv:132.0) Gecko/132.0 Firefox/132.0"),
            ),
            ("curl/8.5.0", None),
            ("Mozilla/5.0 (Windows NT 10.0) jane", None),
            ("", None),
        ] {
            assert_eq!(reduced_user_agent(agent).as_deref(), expected, "{agent}");
        }
    }

    #[test]
    fn a_language_is_a_language() {
        for (field, expected) in [
            ("fr-CA,fr;q=0.9,en;q=0.8", Some("fr-CA")),
            ("zh-Hant-TW", Some("zh-Hant-TW")),
            ("es-419", Some("es-419")),
            ("en", Some("en")),
            ("en-US-x-jane", Some("en-US")),
            ("en-x-jane", Some("en")),
            ("sl-rozaj-biske", Some("sl")),
            ("jane-doe", None),
            ("*", None),
            ("", None),
        ] {
            assert_eq!(language(field).as_deref(), expected, "{field}");
        }
    }

    #[test]
    fn a_time_zone_is_one() {
        for (zone, expected) in [
            ("Europe/Paris", true),
            ("America/Argentina/Buenos_Aires", true),
            ("America/Port-au-Prince", true),
            ("Etc/GMT+12", true),
            ("UTC", true),
            ("Paris", false),
            ("Europe/jane@example.com", false),
            ("Europe/4111111111111111", false),
            ("", false),
        ] {
            assert_eq!(is_timezone(zone), expected, "{zone}");
        }
    }

    #[test]
    fn versions_are_major_ones_of_known_brands() {
        assert_eq!(
            major_versions("Chromium;130.0.6723.70|Not?A_Brand;99|Google Chrome;130").as_deref(),
            Some("Chromium;130|Google Chrome;130")
        );
        assert_eq!(major_versions("jane;1"), None);
        assert_eq!(major("18.1.1").as_deref(), Some("18"));
        assert_eq!(major("jane"), None);
        assert_eq!(major("4111111111111111"), None);
        assert_eq!((os("windows"), os("jane")), (Some("Windows"), None));
    }

    #[test]
    fn screens_are_of_few_kinds() {
        for (width, class) in [(0, 0), (360, 320), (393, 320), (1512, 1280), (1920, 1920), (5120, 2560)] {
            assert_eq!(screen_class(width), class);
        }
    }
}
