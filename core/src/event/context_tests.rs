use http::{HeaderMap, HeaderName, HeaderValue, Method};
use proptest::prelude::*;

use super::*;

fn request(url: &str, fields: &[(&'static str, &str)]) -> Request {
    let field = |(name, value): &(&'static str, &str)| {
        (HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap())
    };
    let headers: HeaderMap = fields.iter().map(field).collect();
    Request::new(Method::GET, url, headers).unwrap()
}

fn facts() -> facts::Client {
    facts::Client {
        ip: Some("::ffff:203.0.113.7".parse().unwrap()),
        geo: facts::Geo {
            country_code: Some("FR".into()),
            city: Some("Lyon".into()),
            latitude: Some(45.75),
            longitude: Some(4.85),
            ..facts::Geo::default()
        },
        bot: None,
    }
}

#[test]
fn the_client_is_what_the_browser_and_the_platform_say() {
    let request = request(
        "https://shop.example/",
        &[
            ("user-agent", "Mozilla/5.0 (X11) Chrome/130"),
            ("accept-language", "fr-CH, fr;q=0.9, en;q=0.8, *;q=0.5"),
            ("sec-ch-ua", r#""Chromium";v="130", "Not?A_Brand";v="99""#),
            ("sec-ch-ua-full-version-list", r#""Chromium";v="130.0.6723.58""#),
            ("sec-ch-ua-mobile", "?0"),
            ("sec-ch-ua-platform", r#""macOS""#),
            ("sec-ch-ua-platform-version", r#""15.1""#),
            ("sec-ch-ua-arch", r#""arm""#),
            ("sec-ch-ua-bitness", r#""64""#),
            ("sec-ch-ua-model", r#""""#),
            // A visitor can write these; they are not believed.
            ("x-forwarded-for", "198.51.100.1"),
            ("x-real-ip", "198.51.100.1"),
        ],
    );
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        client(&request, &facts()),
        Client {
            ip: text("203.0.113.7"),
            locale: text("fr-ch"),
            accept_language: text("fr-CH, fr;q=0.9, en;q=0.8, *;q=0.5"),
            user_agent: text("Mozilla/5.0 (X11) Chrome/130"),
            user_agent_version_list: text("Chromium;130|Not?A_Brand;99"),
            user_agent_full_version_list: text("Chromium;130.0.6723.58"),
            user_agent_mobile: text("0"),
            user_agent_architecture: text("arm"),
            user_agent_bitness: text("64"),
            os_name: text("macOS"),
            os_version: text("15.1"),
            browser: text("Chromium"),
            browser_version: text("130.0.6723.58"),
            device: Some("desktop".into()),
            country_code: text("FR"),
            city: text("Lyon"),
            latitude: Some(45.75),
            longitude: Some(4.85),
            timezone: text("Europe/Paris"),
            ..Client::default()
        }
    );
}

#[test]
fn hints_win_over_the_user_agent_that_completes_them() {
    const CHROME: &str = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";
    const SAFARI: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1";
    const VIVALDI: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36 Vivaldi/6.9.3447.37";
    let brands = r#""Google Chrome";v="142", "Chromium";v="142", "Not_A Brand";v="99""#;
    let full = r#""Google Chrome";v="142.0.7444.60", "Not_A Brand";v="99.0.0.0""#;
    let engine = r#""Chromium";v="128", "Not;A=Brand";v="24""#;
    for (fields, expected) in [
        (&[("user-agent", SAFARI)][..], "Safari 17.5 on iOS 17.5, mobile"),
        (&[("user-agent", CHROME)], "Chrome 142 on Android -, tablet"),
        (
            &[("user-agent", CHROME), ("sec-ch-ua", brands), ("sec-ch-ua-mobile", "?1")],
            "Chrome 142 on Android -, mobile",
        ),
        (
            &[
                ("user-agent", CHROME),
                ("sec-ch-ua", brands),
                ("sec-ch-ua-mobile", "?0"),
                ("sec-ch-ua-platform", "\"Android\""),
            ],
            "Chrome 142 on Android -, tablet",
        ),
        (
            &[("user-agent", CHROME), ("sec-ch-ua", brands), ("sec-ch-ua-full-version-list", full)],
            "Chrome 142.0.7444.60 on Android -, tablet",
        ),
        (
            &[("user-agent", VIVALDI), ("sec-ch-ua", engine), ("sec-ch-ua-mobile", "?0")],
            "Vivaldi 6.9.3447.37 on Linux -, desktop",
        ),
        (&[("user-agent", CHROME), ("sec-ch-ua", engine)], "Chromium 128 on Android -, tablet"),
        // A hint that speaks of another system takes the version with it.
        (&[("user-agent", SAFARI), ("sec-ch-ua-platform", "\"macOS\"")], "Safari 17.5 on macOS -, mobile"),
        (
            &[
                ("user-agent", SAFARI),
                ("sec-ch-ua-platform", "\"iOS\""),
                ("sec-ch-ua-platform-version", "\"18.0\""),
            ],
            "Safari 17.5 on iOS 18.0, mobile",
        ),
        (
            &[("sec-ch-ua", brands), ("sec-ch-ua-mobile", "?0"), ("sec-ch-ua-platform", "\"Windows\"")],
            "Chrome 142 on Windows -, desktop",
        ),
        (&[("sec-ch-ua", "garbage"), ("user-agent", "x")], "- - on - -, other"),
    ] {
        let client = client(&request("https://shop.example/", fields), &facts::Client::default());
        let word = |field: &Option<String>| field.clone().unwrap_or("-".into());
        let told = format!(
            "{} {} on {} {}, {}",
            word(&client.browser),
            word(&client.browser_version),
            word(&client.os_name),
            word(&client.os_version),
            client.device.as_deref().unwrap_or("-")
        );
        assert_eq!(told, expected, "{fields:?}");
    }
}

#[test]
fn the_platforms_time_zone_wins_over_the_countrys() {
    let geo = |country: &str, region: &str, timezone: Option<&str>| facts::Geo {
        country_code: Some(country.into()),
        region: Some(region.into()),
        timezone: timezone.map(str::to_owned),
        ..facts::Geo::default()
    };
    for (geo, expected) in [
        (geo("US", "CA", None), Some("America/Los_Angeles")),
        (geo("US", "TX", None), None),
        (geo("US", "TX", Some("America/Chicago")), Some("America/Chicago")),
        (facts::Geo::default(), None),
    ] {
        let facts = facts::Client { geo, ..facts::Client::default() };
        let client = client(&request("https://shop.example/", &[]), &facts);
        assert_eq!(client.timezone.as_deref(), expected);
    }
}

#[test]
fn a_silent_browser_gives_nothing() {
    let request = request("https://shop.example/", &[("user-agent", " "), ("sec-ch-ua", "")]);
    assert_eq!(client(&request, &facts::Client::default()), Client::default());
}

#[test]
fn long_fields_are_cut_at_a_character() {
    let agent = format!("x{}", "é".repeat(MAX_TEXT));
    let client = client(&request("https://shop.example/", &[("user-agent", &agent)]), &facts());
    assert_eq!(client.user_agent.unwrap().len(), MAX_TEXT - 1);
}

#[test]
fn the_locale_is_the_language_with_the_greatest_weight() {
    for (field, expected) in [
        ("fr-FR", Some("fr-fr")),
        ("en;q=0.8, fr-FR", Some("fr-fr")),
        ("en;q=0.5,de;q=0.9,fr;q=0.9", Some("de")),
        ("*, en;q=0.5", Some("en")),
        ("en;q=0, de;q=0.1", Some("de")),
        ("en;q=oops, de;q=0.1", Some("de")),
        ("zh-Hant-TW ; q=1.0", Some("zh-hant-tw")),
        ("*", None),
        ("", None),
        ("1337, <b>", None),
        ("en;q=0", None),
        ("en;q=0.000, *;q=0.1", None),
        ("*;q=1, de;q=0", None),
        ("  de-AT  ;  q=0.3 ,  it ; q=0.4 ", Some("it")),
        ("de ; Q=0.5, en", Some("en")),
        (",, ;q=1, nl,", Some("nl")),
        ("fr;q=2, en", Some("en")),
        ("fr;q=-1, en;q=0.1", Some("en")),
        ("fr;q=NaN, en;q=0.1", Some("en")),
        ("fr;q=inf, en;q=0.1", Some("en")),
        ("fr;q=, en;q=0.1", Some("en")),
        ("fr;q=1e0, en;q=0.1", Some("en")),
        ("fr;level=1;q=0.2, en;q=0.3", Some("en")),
        ("fr_FR", None),
        ("-fr, fr-", Some("fr-")),
        ("a-tag-that-is-longer-than-any-language-is", None),
    ] {
        assert_eq!(preferred_language(field).as_deref(), expected, "{field}");
    }
}

#[test]
fn a_campaign_is_decoded_and_bounded() {
    let query = "a=b&utm_source=news%20letter+5&utm_medium=%C3%A9mail&utm_campaign=100%&utm_term=&utm_term=shoes\
                 &utm_content=%zz%4&utm_source=second&utm_creative_format=x&utm_marketing_tactic=y&utm_id=7";
    let text = |text: &str| Some(text.to_owned());
    let expected = Campaign {
        name: text("100%"),
        source: text("news letter 5"),
        medium: text("émail"),
        term: text("shoes"),
        content: text("%zz%4"),
        creative_format: text("x"),
        marketing_tactic: text("y"),
    };
    assert_eq!(campaign(query), expected);
    assert_eq!(campaign(&format!("?{query}")), expected);
    assert_eq!(campaign(""), Campaign::default());
    assert_eq!(campaign(&format!("utm_source={}", "x".repeat(9000))).source.unwrap().len(), MAX_TEXT);
    assert_eq!(campaign("utm_source=%FF").source, text("\u{fffd}"), "what is no text is not refused");
}

#[test]
fn a_page_is_canonical_but_keeps_the_query_that_brought_the_visitor() {
    let visited =
        request("https://shop.example/p/?utm_source=x", &[("referer", "https://search.example/?q=y")]);
    let text = |text: &str| Some(text.to_owned());
    let keywords = ["shoes", " ", "  red  shoes ", ""].map(str::to_owned);
    let facts = PageFacts { title: Some("\n  Shoes\t &  more "), canonical: Some("/p"), keywords: &keywords };
    assert_eq!(
        page(&visited, &facts),
        Page {
            keywords: vec!["shoes".into(), "red shoes".into()],
            title: text("Shoes & more"),
            url: text("https://shop.example/p"),
            path: text("/p"),
            search: text("?utm_source=x"),
            referrer: text("https://search.example/?q=y"),
            ..Page::default()
        }
    );
    for (canonical, url, path) in [
        (None, "https://shop.example/p/?utm_source=x", "/p/"),
        (Some("https://www.shop.example/q?r=s"), "https://www.shop.example/q?r=s", "/q"),
        (Some("../q"), "https://shop.example/q", "/q"),
        (Some("javascript:void(0)"), "https://shop.example/p/?utm_source=x", "/p/"),
        (Some(""), "https://shop.example/p/?utm_source=x", "/p/"),
    ] {
        let page = page(&visited, &PageFacts { canonical, ..PageFacts::default() });
        assert_eq!((page.url.as_deref(), page.path.as_deref()), (Some(url), Some(path)), "{canonical:?}");
        assert_eq!(page.search.as_deref(), Some("?utm_source=x"));
        assert_eq!((page.title, page.keywords.len()), (None, 0));
    }
}

#[test]
fn an_application_may_be_the_page_before() {
    for (referer, expected) in [
        ("android-app://com.google.android.gm/", true),
        ("https://search.example/", true),
        ("about:blank", false),
        ("javascript://x", false),
    ] {
        let visited = request("https://shop.example/p", &[("referer", referer)]);
        let found = page(&visited, &PageFacts::default()).referrer;
        assert_eq!(found.as_deref(), expected.then_some(referer));
    }
}

#[test]
fn the_referer_of_a_post_is_the_page_itself() {
    let post = request(
        "https://shop.example/_selvedge/event",
        &[("referer", "https://shop.example/p?utm_source=x")],
    );
    let page = posting_page(&post);
    assert_eq!(page.url.as_deref(), Some("https://shop.example/p?utm_source=x"));
    assert_eq!((page.path.as_deref(), page.search.as_deref()), (Some("/p"), Some("?utm_source=x")));
    assert_eq!(page.referrer, None);
    for fields in [&[][..], &[("referer", "about:blank")]] {
        assert_eq!(posting_page(&request("https://shop.example/_selvedge/event", fields)), Page::default());
    }
}

proptest! {
    #[test]
    fn nothing_that_a_browser_sends_panics(field in "\\PC{0,60}", query in "[a-z_%+&=?#é0-9]{0,60}") {
        let names = ["user-agent", "accept-language", "referer", "sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-arch"];
        let fields: Vec<_> = names.iter().map(|name| (*name, field.as_str())).collect();
        let request = request("https://shop.example/a/b?c", &fields);
        let _ = client(&request, &facts());
        let _ = campaign(&query);
        let _ = posting_page(&request);
        let keywords = [field.clone()];
        let _ = page(&request, &PageFacts { title: Some(&field), canonical: Some(&query), keywords: &keywords });
        let _ = page(&request, &PageFacts { canonical: Some(&field), ..PageFacts::default() });
    }
}
