use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use http::header::COOKIE;
use proptest::prelude::*;

use super::tcf::tests::Tc;
use super::*;

pub(super) const NOW: Timestamp = Timestamp(1_730_000_000_000);

/// A request with these cookies.
pub(super) fn headers(cookies: &str) -> HeaderMap {
    HeaderMap::from_iter([(COOKIE, HeaderValue::from_bytes(cookies.as_bytes()).unwrap())])
}

/// What a platform's cookies say: `None`, `pending`, or the purposes by their first letters, `p` for personalization and
/// `d` for advertising: `adpf` is all of them.
pub(super) fn said(config: &config::Consent, cookies: &str) -> Option<String> {
    let statement = read(config, &headers(cookies), NOW)?;
    let Choice { state, purposes } = statement.choice;
    let letters = [
        (Purpose::Analytics, 'a'),
        (Purpose::Advertising, 'd'),
        (Purpose::Personalization, 'p'),
        (Purpose::Functional, 'f'),
    ];
    let given: String = letters.iter().filter(|(p, _)| purposes.has(*p)).map(|(_, letter)| letter).collect();
    assert_eq!(state == State::Granted, given == "adpf", "granted is everything");
    Some(match state {
        State::Pending => {
            assert_eq!(given, "");
            "pending".into()
        }
        State::Granted | State::Denied => given,
    })
}

pub(super) fn of(cmp: Cmp) -> config::Consent {
    config::Consent { cmp, ..config::Consent::default() }
}

pub(super) fn encoded(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

/// Every cookie that is read.
const NAMES: [&str; 14] = [
    "didomi_token",
    "didomi_dcs",
    "axeptio_cookies",
    "cookieyes-consent",
    "OptanonConsent",
    "OptanonAlertBoxClosed",
    "CookieConsent",
    "osano_consentmanager",
    "_iub_cs-s1",
    "ucData",
    "euconsent-v2",
    "__gpp",
    "__gpp_sid",
    "us_privacy",
];

fn tcf(consent: &'static [u32]) -> String {
    let at = NOW.seconds();
    format!("euconsent-v2={}", Tc { created: at, updated: at, consent, ..Tc::default() }.text())
}

const EVERY: &[u32] = &[1, 2, 3, 4, 5, 6, 7, 8];

#[test]
fn of_several_statements_what_all_grant_is_granted() {
    let yes = "cookieyes-consent=action:yes";
    let some = "cookieyes-consent=action:yes,analytics:yes,advertisement:no";
    let asks = "cookieyes-consent=action:";
    let sealed = "osano_consentmanager=t5e_8v4OumSWIPLrZ4C41VM5pbZ";
    for (cookies, expected) in [
        (vec![yes.into(), tcf(EVERY)], Some((Cmp::Cookieyes, "adpf"))),
        (vec![yes.into(), tcf(&[1, 8])], Some((Cmp::Cookieyes, "af"))),
        (vec![tcf(EVERY), some.into()], Some((Cmp::Cookieyes, "a"))),
        (vec![some.into(), tcf(&[1, 5, 6])], Some((Cmp::Cookieyes, ""))),
        (vec![yes.into(), "CookieConsent=0".into()], Some((Cmp::Cookieyes, ""))),
        (vec![tcf(EVERY), "us_privacy=1YYN".into()], Some((Cmp::Tcf, "apf"))),
        (vec![tcf(EVERY), "us_privacy=1---".into()], Some((Cmp::Tcf, "adpf"))),
        // One that still asks makes it pending, and so does one that is broken.
        (vec![asks.into(), tcf(EVERY)], Some((Cmp::Cookieyes, "pending"))),
        (vec![yes.into(), "euconsent-v2=CO".into()], Some((Cmp::Tcf, "pending"))),
        (vec![yes.into(), "__gpp=x".into()], Some((Cmp::Gpp, "pending"))),
        // One that cannot be read says what it has written for others.
        (vec![sealed.into(), tcf(&[1, 8])], Some((Cmp::Tcf, "af"))),
        (vec!["didomi_dcs=CAAA".into(), tcf(&[1, 8])], Some((Cmp::Tcf, "af"))),
        (vec![sealed.into()], Some((Cmp::Osano, "pending"))),
        (vec!["_ga=1".into(), "selvedge=x".into()], None),
        (vec![String::new()], None),
    ] {
        let cookies = cookies.join("; ");
        let config = of(Cmp::Auto);
        let by = read(&config, &headers(&cookies), NOW).map(|statement| statement.cmp);
        assert_eq!(said(&config, &cookies), expected.map(|(_, said)| said.to_owned()), "{cookies}");
        assert_eq!(by, expected.map(|(cmp, _)| cmp), "{cookies}");
    }
}

#[test]
fn a_platform_that_is_named_is_the_only_one() {
    let cookies = format!("cookieyes-consent=action:yes; CookieConsent=0; {}", tcf(&[1]));
    for (cmp, expected) in [
        (Cmp::Cookieyes, Some("adpf")),
        (Cmp::Cookiebot, Some("")),
        (Cmp::Tcf, Some("f")),
        (Cmp::Onetrust, None),
        (Cmp::None, None),
    ] {
        assert_eq!(said(&of(cmp), &cookies).as_deref(), expected, "{cmp:?}");
    }
}

#[test]
fn vendors_are_the_strings() {
    let at = NOW.seconds();
    let text =
        Tc { created: at, updated: at, vendors: "00000000000000110101".into(), ..Tc::default() }.text();
    let cookies = headers(&format!("CookieConsent=-1; euconsent-v2={text}"));
    let statement = read(&of(Cmp::Auto), &cookies, NOW).unwrap();
    assert_eq!(statement.vendors, Some(Vendors::of([1, 3])));
    let cookies = headers(&format!("CookieConsent=-1; euconsent-v2={text}; __gpp=DBABM~{text}"));
    assert_eq!(read(&of(Cmp::Auto), &cookies, NOW).unwrap().vendors, Some(Vendors::of([1, 3])));
    let without = read(&of(Cmp::Cookiebot), &cookies, NOW).unwrap();
    assert_eq!(without.vendors, None);
}

#[test]
fn the_owners_names_are_not_for_the_iabs_numbers_unless_those_are_named() {
    let yes = encoded(r#"{"purposes":{"4":true,"5":false}}"#);
    let cookies = format!("_iub_cs-1={yes}; {}", tcf(&[1, 8]));
    let mut config = of(Cmp::Auto);
    config.names.analytics = vec!["4".into()];
    assert_eq!(said(&config, &cookies).as_deref(), Some("a"));
    config.cmp = Cmp::Tcf;
    assert_eq!(said(&config, &cookies).as_deref(), Some("f"), "purpose 4 is not agreed to");
}

#[test]
fn cookies_are_found_wherever_they_are() {
    for (fields, expected) in [
        (&["a=1; CookieConsent=-1", "b=2"][..], Some("adpf")),
        (&["a=1", "b=2;CookieConsent = -1 ;"], Some("adpf")),
        (&["CookieConsent=0; CookieConsent=-1"], Some("")),
        (&["cookieconsent=-1", "xCookieConsent=-1", "CookieConsent"], None),
    ] {
        let headers: HeaderMap =
            fields.iter().map(|field| (COOKIE, HeaderValue::from_static(field))).collect();
        let statement = read(&of(Cmp::Auto), &headers, NOW);
        let all = |s: Statement| if s.choice.state == State::Granted { "adpf" } else { "" };
        assert_eq!(statement.map(all), expected, "{fields:?}");
    }
}

#[test]
fn what_is_too_long_or_too_deep_is_pending() {
    let deep = format!("{}{}", "[".repeat(4000), "]".repeat(4000));
    let nested = format!("{}1{}", r#"{"purposes":"#.repeat(300), "}".repeat(300));
    let long = format!("cookieyes-consent=action:yes,x:{}", "y".repeat(8192));
    assert_eq!(said(&of(Cmp::Auto), &long).as_deref(), Some("pending"));
    for name in ["axeptio_cookies", "osano_consentmanager", "_iub_cs-1", "ucData", "didomi_token"] {
        for text in [&deep, &nested] {
            for value in [text.clone(), encoded(text), STANDARD.encode(text)] {
                assert_eq!(
                    said(&of(Cmp::Auto), &format!("{name}={value}")).as_deref(),
                    Some("pending"),
                    "{name}"
                );
            }
        }
    }
    for name in NAMES {
        let cookies = format!("{name}={}", "A".repeat(9000));
        let said = said(&of(Cmp::Auto), &cookies);
        assert!(matches!(said.as_deref(), None | Some("pending")), "{name}: {said:?}");
    }
}

#[test]
fn hostile_ranges_take_no_time() {
    // As many ranges of every vendor as 8 KB hold.
    let ranges: String = (0..1400).map(|_| format!("1{:016b}{:016b}", 1, 65_535)).collect();
    let at = NOW.seconds();
    let vendors = format!("{:016b}1{:012b}{ranges}", 65_535, 1400);
    let text = Tc { created: at, updated: at, vendors, ..Tc::default() }.text();
    assert!(text.len() < jar::MAX_VALUE);
    let start = Instant::now();
    let statement = read(&of(Cmp::Tcf), &headers(&format!("euconsent-v2={text}")), NOW).unwrap();
    assert_eq!(statement.vendors.unwrap().0.len(), 65_535);
    assert!(start.elapsed().as_millis() < 500, "{:?}", start.elapsed());
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -:<-~]{0,200}",
        "[A-Za-z0-9_~.-]{0,300}",
        "(C|D|B)[A-Za-z0-9_-]{0,400}(~[A-Za-z0-9_.-]{0,60}){0,4}",
        r#"\{("(purposes|vendors|consent|services|gcm|\$\$completed|[1-5])":(true|false|\{\}|\[\]|"x"),?){0,4}\}"#
            .prop_map(|json| encoded(&json)),
        r#"\{"(purposes|vendors)(_li)?":\{"(enabled|disabled)":\["[a-z]{0,8}"\]\}\}"#
            .prop_map(|json| STANDARD.encode(json)),
        "((action|consent|analytics|groups|necessary|1YNN)[:=](yes|no|true|[0-9]|C0002:1)[,&]){0,6}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn never_panics(name in 0..NAMES.len(), value in value(), interest: bool, seconds in -10_i64..4_000_000_000) {
        let cookies = headers(&format!("{}={value}", NAMES[name]));
        for cmp in PLATFORMS.iter().map(|platform| platform.cmp).chain([Cmp::Auto]) {
            let mut config = of(cmp);
            config.legitimate_interest = interest;
            if let Some(statement) = read(&config, &cookies, Timestamp(seconds * 1000)) {
                let all = statement.choice.purposes == Purposes::ALL;
                prop_assert_eq!(statement.choice.state == State::Granted, all);
            }
        }
    }

    /// Whatever is there beside it, a refusal stays one.
    #[test]
    fn nobody_outvotes_a_refusal(name in 0..NAMES.len(), value in value()) {
        prop_assume!(NAMES[name] != "CookieConsent");
        let cookies = headers(&format!("{}={value}; CookieConsent=0", NAMES[name]));
        let statement = read(&of(Cmp::Auto), &cookies, NOW).unwrap();
        prop_assert_eq!(statement.choice.purposes, Purposes::NONE);
    }
}
