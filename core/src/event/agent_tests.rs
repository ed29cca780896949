use proptest::prelude::*;

use super::*;

/// User agent; browser and version; system and version; device. Some are facts of ua-parser's test data
/// (github.com/ua-parser/uap-core, `tests/test_ua.yaml`), the others what current browsers send.
#[rustfmt::skip]
const SEEN: [(&str, &str, &str, &str); 66] = [
    // Safari.
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1", "Safari 17.5", "iOS 17_5_1", "mobile"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1", "Safari 26.0", "iOS 18_6", "mobile"),
    ("Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/12.1.2 Mobile/15E148 Safari/604.1", "Safari 12.1.2", "iOS 12_5", "tablet"),
    ("Mozilla/5.0 (iPod touch; CPU iPhone OS 12_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/12.0 Mobile/15E148 Safari/604.1", "Safari 12.0", "iOS 12_0", "mobile"),
    ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15", "Safari 18.1", "macOS", "desktop"),
    ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_13_6) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1.2 Safari/605.1.15", "Safari 13.1.2", "macOS 10_13_6", "desktop"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148", "iOS WebView", "iOS 17_5", "mobile"),
    // Firefox.
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0", "Firefox 132.0", "Windows", "desktop"),
    ("Mozilla/5.0 (Windows NT 6.1; Win64; x64; rv:109.0) Gecko/20100101 Firefox/115.0", "Firefox 115.0", "Windows 7", "desktop"),
    ("Mozilla/5.0 (Windows NT 6.3; rv:36.0) Gecko/20100101 Firefox/36.0", "Firefox 36.0", "Windows 8.1", "desktop"),
    ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:132.0) Gecko/20100101 Firefox/132.0", "Firefox 132.0", "macOS", "desktop"),
    ("Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0", "Firefox 132.0", "Linux", "desktop"),
    ("Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0", "Firefox 132.0", "Linux", "desktop"),
    ("Mozilla/5.0 (Android 14; Mobile; rv:132.0) Gecko/132.0 Firefox/132.0", "Firefox 132.0", "Android 14", "mobile"),
    ("Mozilla/5.0 (Android 13; Tablet; rv:120.0) Gecko/120.0 Firefox/120.0", "Firefox 120.0", "Android 13", "tablet"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/125.0 Mobile/15E148 Safari/605.1.15", "Firefox 125.0", "iOS 17_4", "mobile"),
    ("Mozilla/5.0 (X11; FreeBSD amd64; rv:109.0) Gecko/20100101 Firefox/114.0", "Firefox 114.0", "FreeBSD", "desktop"),
    ("Mozilla/5.0 (Mobile; Nokia_8110_4G; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5", "Firefox 48.0", "KaiOS 2.5", "mobile"),
    ("Mozilla/5.0 (Mobile; rv:15.0) Gecko/15.0 Firefox/15.0", "Firefox 15.0", "", "mobile"),
    ("Mozilla/5.0 (X11; U; Linux x86_64; en-US; rv:1.9.2.12) Gecko/20101027 Ubuntu/10.04 (lucid) Firefox/3.6.12", "Firefox 3.6.12", "Linux", "desktop"),
    // Chrome and its kin, where no hints come with them.
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36", "Chrome 142", "Windows", "desktop"),
    ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36", "Chrome 142", "macOS", "desktop"),
    ("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36", "Chrome 142", "Android", "mobile"),
    ("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36", "Chrome 142", "Android", "tablet"),
    ("Mozilla/5.0 (Linux; Android 9; CUBOT X19) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/110.0.5481.65 Mobile Safari/537.36", "Chrome 110.0.5481.65", "Android 9", "mobile"),
    ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36", "Chrome 142", "Chrome OS", "desktop"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/125.0.6422.80 Mobile/15E148 Safari/604.1", "Chrome 125.0.6422.80", "iOS 17_5", "mobile"),
    ("Mozilla/5.0 (X11; U; Linux i686; en-US) AppleWebKit/534.16 (KHTML, like Gecko) Ubuntu/10.10 Chromium/10.0.648.133 Chrome/10.0.648.133 Safari/534.16", "Chromium 10.0.648.133", "Linux", "desktop"),
    ("Mozilla/5.0 (Linux; Android 7.1.2; Nexus 5X Build/N2G47W; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/58.0.3029.83 Mobile Safari/537.36", "Android WebView 58.0.3029.83", "Android 7.1.2", "mobile"),
    ("Mozilla/5.0 (Linux; U; Android 2.2.2; en-gb; HTC Desire Build/FRG83G) AppleWebKit/533.1 (KHTML, like Gecko) Version/4.0 Mobile Safari/533.1", "Android Browser 4.0", "Android 2.2.2", "mobile"),
    ("Mozilla/5.0 (Linux; U; Android 3.0.1; en-us; GT-P7510 Build/HRI83) AppleWebKit/534.13 (KHTML, like Gecko) Version/4.0 Safari/534.13", "Android Browser 4.0", "Android 3.0.1", "tablet"),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0", "Edge 130", "Windows", "desktop"),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/64.0.3282.140 Safari/537.36 Edge/18.17763", "Edge 18.17763", "Windows", "desktop"),
    ("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36 EdgA/130.0.0.0", "Edge 130", "Android", "mobile"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 EdgiOS/125.0.2535.60 Mobile/15E148 Safari/605.1.15", "Edge 125.0.2535.60", "iOS 17_5", "mobile"),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36 OPR/114.0.0.0", "Opera 114", "Windows", "desktop"),
    ("Opera/9.80 (Windows NT 6.1; WOW64) Presto/2.12.388 Version/12.18", "Opera 12.18", "Windows 7", "desktop"),
    ("Opera/9.80 (Android; Opera Mini/36.2.2254/119.132; U; en) Presto/2.12.423 Version/12.16", "Opera Mini 36.2.2254", "Android", "mobile"),
    ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36 Vivaldi/6.9.3447.37", "Vivaldi 6.9.3447.37", "Linux", "desktop"),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 YaBrowser/24.10.0.0 Safari/537.36", "Yandex 24.10.0.0", "Windows", "desktop"),
    ("Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36", "Samsung Internet 26.0", "Android 14", "mobile"),
    ("Mozilla/5.0 (Linux; Android 12; SM-X906C) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/20.0 Chrome/106.0.5249.126 Safari/537.36", "Samsung Internet 20.0", "Android 12", "tablet"),
    ("Mozilla/5.0 (Linux; U; Android 11; en-US; M2101K6G) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/100.0.4896.58 UCBrowser/13.4.0.1306 Mobile Safari/537.36", "UC Browser 13.4.0.1306", "Android 11", "mobile"),
    ("Mozilla/5.0 (Windows NT 5.1) AppleWebKit/535.11 (KHTML, like Gecko) Chrome/17.0.963.15 Safari/535.11 QQBrowser/6.13.13719.201", "QQ Browser 6.13.13719.201", "Windows XP", "desktop"),
    ("Mozilla/5.0 (Linux; Android 12; HarmonyOS; ELS-AN00) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/99.0.4844.88 HuaweiBrowser/14.0.5.303 Mobile Safari/537.36", "Huawei Browser 14.0.5.303", "HarmonyOS", "mobile"),
    ("Mozilla/5.0 (Linux; Android 9; KFMAWI) AppleWebKit/537.36 (KHTML, like Gecko) Silk/108.9.6 like Chrome/108.0.5359.220 Safari/537.36", "Silk 108.9.6", "Android 9", "tablet"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 DuckDuckGo/7 Safari/605.1.15", "DuckDuckGo 7", "iOS 17_5", "mobile"),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Whale/3.28.266.14 Safari/537.36", "Whale 3.28.266.14", "Windows", "desktop"),
    // Internet Explorer.
    ("Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko", "Internet Explorer 11.0", "Windows 7", "desktop"),
    ("Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; ARM; Trident/6.0)", "Internet Explorer 10.0", "Windows 8", "desktop"),
    ("Mozilla/5.0 (compatible; MSIE 10.0; Windows Phone 8.0; Trident/6.0; IEMobile/10.0; ARM; Touch; NOKIA; Lumia 920)", "Internet Explorer 10.0", "Windows Phone 8.0", "mobile"),
    // Views in applications.
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/460.0.0.31.103;FBBV/591;FBDV/iPhone14,5]", "Facebook 460.0.0.31.103", "iOS 17_5", "mobile"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 331.0.3.30.92 (iPhone14,5; iOS 17_5; en_US)", "Instagram 331.0.3.30.92", "iOS 17_5", "mobile"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) GSA/317.0.634488990 Mobile/15E148 Safari/604.1", "Google 317.0.634488990", "iOS 17_5", "mobile"),
    ("Mozilla/5.0 (Linux; Android 13; M2102J20SG; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116.0.0.0 Mobile Safari/537.36 trill_310503 BytedanceWebview/d8a21c6", "TikTok", "Android 13", "mobile"),
    ("Mozilla/5.0 (Linux; Android 13; V2145; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116.0.0.0 Mobile Safari/537.36 MicroMessenger/8.0.43", "WeChat 8.0.43", "Android 13", "mobile"),
    // What is no computer and no telephone.
    ("Mozilla/5.0 (SMART-TV; LINUX; Tizen 6.0) AppleWebKit/537.36 (KHTML, like Gecko) 76.0.3809.146/6.0 TV Safari/537.36", "", "Tizen 6.0", "tv"),
    ("Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/87.0.4280.88 Safari/537.36 WebAppManager", "Chrome 87.0.4280.88", "webOS", "tv"),
    ("Mozilla/5.0 (Linux; Android 9; AFTKA) AppleWebKit/537.36 (KHTML, like Gecko) Silk/108.9.6 like Chrome/108.0.5359.220 Safari/537.36", "Silk 108.9.6", "Android 9", "tv"),
    ("Mozilla/5.0 (Linux; Android 10; BRAVIA 4K UR2) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0.0.0 Safari/537.36", "Chrome 109", "Android 10", "tv"),
    ("Mozilla/5.0 (PlayStation; PlayStation 5/2.26) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.0 Safari/605.1.15", "", "PlayStation", "console"),
    ("Mozilla/5.0 (Nintendo Switch; WebApplet) AppleWebKit/613.0 (KHTML, like Gecko) NF/6.0.3.15.4 NintendoBrowser/5.1.0.22434", "", "Nintendo", "console"),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; Xbox; Xbox One) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0", "Edge 130", "Windows", "console"),
    ("Mozilla/5.0 (BB10; Touch) AppleWebKit/537.3+ (KHTML, like Gecko) Version/10.0.9.388 Mobile Safari/537.3+", "", "BlackBerry", "mobile"),
    ("Mozilla/5.0", "", "", "other"),
    ("curl/8.5.0", "", "", "other"),
];

fn said(name: Option<&str>, version: Option<&str>) -> String {
    [name, version].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

#[test]
fn browsers_are_told() {
    let mut wrong = Vec::new();
    for (text, browser, os, device) in SEEN {
        let agent = parse(text);
        let told = (said(agent.browser, agent.version), said(agent.os, agent.os_version), agent.device);
        if told != (browser.to_owned(), os.to_owned(), Some(device)) {
            wrong.push(format!("{text}\n  {told:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_is_told_of_nothing() {
    assert_eq!(parse(""), Agent::default());
    assert_eq!(parse(" ;() "), Agent::default());
}

#[test]
fn versions_are_numbers() {
    for (text, expected) in [
        ("17.5", Some("17.5")),
        ("142.0.0.0", Some("142")),
        ("24.10.0.0", Some("24.10.0.0")),
        ("4.0b8pre", Some("4.0")),
        ("9.", Some("9")),
        ("", None),
        (".5", None),
        ("x", None),
        ("<script>", None),
        ("1111111111111111111111111111111111111111", None),
    ] {
        assert_eq!(version(text), expected, "{text}");
    }
}

proptest! {
    #[test]
    fn no_user_agent_panics(text in "\\PC{0,700}", words in "([A-Za-z0-9/.;:() _-]|Android|Windows NT |Version/|é){0,60}") {
        parse(&text);
        let agent = parse(&words);
        prop_assert!(agent.version.is_none_or(|version| version.len() <= 32));
    }
}

/// Prints what a call costs: `cargo test --release -p selvedge-core agent -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn cost() {
    let start = std::time::Instant::now();
    for _ in 0..1000 {
        for (text, ..) in SEEN {
            std::hint::black_box(parse(std::hint::black_box(text)));
        }
    }
    println!("{} ns a user agent", start.elapsed().as_nanos() / 1000 / SEEN.len() as u128);
}
