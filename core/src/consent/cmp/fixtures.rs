//! Cookies as the platforms write them, and what they mean: data, by platform.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::tests::{encoded, of, said};
use super::*;

/// Each case is read by name and by `auto`, and must say the same.
fn check(cmp: Cmp, cases: &[(String, &str)]) {
    for (cookies, expected) in cases {
        let expected = (*expected != "none").then(|| (*expected).to_owned());
        assert_eq!(said(&of(cmp), cookies), expected, "{cmp:?}: {cookies}");
        assert_eq!(said(&of(Cmp::Auto), cookies), expected, "auto: {cookies}");
        assert_eq!(said(&of(Cmp::None), cookies), None);
    }
}

fn token(json: &str) -> String {
    format!("didomi_token={}", encoded(&STANDARD.encode(json)))
}

#[test]
fn didomi() {
    check(
        Cmp::Didomi,
        &[
            ("other=1".into(), "none"),
            // Edgee's component.
            (token("{}"), "pending"),
            (
                token(
                    r#"{"purposes":{"disabled":[]},"purposes_li":{"disabled":[]},"vendors":{"disabled":[]},
                        "vendors_li":{"disabled":[]}}"#,
                ),
                "adpf",
            ),
            (token(r#"{"purposes":{"disabled":[]}}"#), "adpf"),
            (token(r#"{"purposes":{"disabled":["test"]}}"#), ""),
            // support.didomi.io/en/didomi-cookies-storage-1: an example, everything accepted.
            (
                "didomi_token=eyJ1c2VyX2lkIjoiMTc4NDExNGMtZjhiMy02NTkwLWE2ZGYtYjlmYjI0MGJkZWE1IiwiY3JlYXRlZCI6IjI\
                 wMjEtMDMtMTdUMTY6NDY6MzIuMzQ0WiIsInVwZGF0ZWQiOiIyMDIxLTAzLTE3VDE2OjQ2OjMyLjM0NFoiLCJ2ZW5kb3JzIjp\
                 7ImVuYWJsZWQiOlsiYW1hem9uIiwiZ29vZ2xlIiwiYzpyZXNlYXV4c28tVkZlcEtyTFIiLCJjOnBhcnRlbmFpcmUtWDlTRFd\
                 rZzIiLCJjOnBlcnNvbm5hbGktWDNWY3h6UkQiLCJjOmdvb2dsZWFuYS1oN0tjM2U3WSIsImM6cHVibGljaXRlLXRGUkY0ZDM\
                 5Il19LCJwdXJwb3NlcyI6eyJlbmFibGVkIjpbInA0ZW05YThtIiwicGFydGVuYWlyZS1jQXNEZThqQyIsIkNMLVQxUmdtNyI\
                 sIk05TlJISmUzRyIsInE0emxKcWRjRCJdfSwidmVuZG9yc19saSI6eyJlbmFibGVkIjpbImdvb2dsZSJdfSwidmVyc2lvbiI\
                 6Mn0="
                    .into(),
                "adpf",
            ),
            // One purpose after the other.
            (
                token(
                    r#"{"purposes":{"enabled":["cookies","measure_content_performance"],
                        "disabled":["select_basic_ads"]}}"#,
                ),
                "af",
            ),
            (token(r#"{"purposes":{"enabled":["measure_content_performance"],"disabled":["cookies"]}}"#), ""),
            (token(r#"{"purposes":{"enabled":["cookies"]},"purposes_li":{"disabled":["cookies"]}}"#), ""),
            (token(r#"{"purposes":{"enabled":["cookies"]},"vendors":{"disabled":["google"]}}"#), ""),
            // Before the visitor chose.
            (token(r#"{"user_id":"x","created":"2024-04-15T09:16:39.232Z","version":null}"#), "pending"),
            (token(r#"{"purposes":{"enabled":[],"disabled":[]},"vendors":{"enabled":[]}}"#), "pending"),
            (token(r#"{"vendors_li":{"enabled":["google"]}}"#), "pending"),
            (token(r#"{"purposes":{}}"#), "pending"),
            (token(r#"{"purposes":7,"vendors":null}"#), "pending"),
            (token(r#"{"purposes":{"enabled":["cookies"],"disabled":"cookies"}}"#), "f"),
            (token("[]"), "pending"),
            ("didomi_token=".into(), "pending"),
            ("didomi_token=%7B%7D".into(), "pending"),
            ("didomi_dcs=CAAA".into(), "pending"),
        ],
    );
    let mut config = of(Cmp::Didomi);
    config.cookie = Some("edgee_cookie".into());
    let cookies = token(r#"{"purposes":{"disabled":[]}}"#);
    assert_eq!(said(&config, &cookies.replace("didomi_token", "edgee_cookie")).as_deref(), Some("adpf"));
    assert_eq!(said(&config, &cookies), None, "the owner says that it is another");
    config = of(Cmp::Didomi);
    config.names.analytics = vec!["mesure".into(), "google".into()];
    let cookies = token(
        r#"{"purposes":{"enabled":["mesure"]},"vendors":{"enabled":["google"],"disabled":["c:meta"]}}"#,
    );
    assert_eq!(said(&config, &cookies).as_deref(), Some("a"), "vendors too have names");
}

fn axeptio_cookie(json: &str) -> String {
    format!("axeptio_cookies={}", encoded(json))
}

#[test]
fn axeptio() {
    check(
        Cmp::Axeptio,
        &[
            // Edgee's component.
            (axeptio_cookie(r#"{"$$completed":true}"#), "adpf"),
            (axeptio_cookie(r#"{"$$completed":true,"granted":false}"#), ""),
            (axeptio_cookie("{}"), "pending"),
            (axeptio_cookie(r#"{"$$completed":false,"google_analytics":true}"#), "pending"),
            (axeptio_cookie(r#"{"$$completed":"true"}"#), "pending"),
            (
                axeptio_cookie(
                    r#"{"$$token":"x","$$date":"2024-10-27T00:00:00.000Z","$$completed":true,
                        "google_analytics":true,"$$googleConsentMode":{"version":2,"wait_for_update":"500",
                        "analytics_storage":"granted","ad_storage":"granted","ad_user_data":"granted"}}"#,
                ),
                "adpf",
            ),
            (
                axeptio_cookie(
                    r#"{"$$completed":true,"google_analytics":true,"facebook_pixel":false,
                        "$$googleConsentMode":{"analytics_storage":"granted","ad_storage":"denied"}}"#,
                ),
                "a",
            ),
            (
                axeptio_cookie(
                    r#"{"$$completed":true,"$$googleConsentMode":{"analytics_storage":"denied",
                        "ad_storage":"granted","ad_user_data":"granted","functionality_storage":"granted",
                        "personalization_storage":"granted"}}"#,
                ),
                "dpf",
            ),
            ("axeptio_cookies={\"$$completed\":true}".into(), "adpf"),
            ("axeptio_cookies=%7B%22$$completed%22:true".into(), "pending"),
            ("axeptio_cookies=%7".into(), "pending"),
        ],
    );
    let mut config = of(Cmp::Axeptio);
    config.names.analytics = vec!["matomo".into()];
    config.names.advertising = vec!["facebook_pixel".into(), "ad_storage".into()];
    config.names.functional = vec!["missing".into()];
    config.names.personalization = vec!["$$completed".into()];
    let cookies = axeptio_cookie(
        r#"{"$$completed":true,"matomo":false,"facebook_pixel":true,"$$googleConsentMode":{"ad_storage":"granted"}}"#,
    );
    assert_eq!(said(&config, &cookies).as_deref(), Some("d"));
}

#[test]
fn cookieyes() {
    let of_fields = |fields: &str| format!("cookieyes-consent={fields}");
    check(
        Cmp::Cookieyes,
        &[
            // Edgee's component.
            (of_fields("action:pending"), "pending"),
            (of_fields("action:yes"), "adpf"),
            (of_fields("action:yes,granted:no"), ""),
            // As the plugin's script writes it: not yet, all, some, none.
            (
                of_fields(
                    "consentid:eHh4,consent:no,action:,necessary:yes,functional:no,analytics:no,performance:no,\
                     advertisement:no",
                ),
                "pending",
            ),
            (
                of_fields(
                    "consentid:eHh4,consent:yes,action:yes,necessary:yes,functional:yes,analytics:yes,\
                     performance:yes,advertisement:yes,other:yes",
                ),
                "adpf",
            ),
            (
                of_fields(
                    "consent:yes,action:yes,necessary:yes,functional:no,analytics:yes,advertisement:no",
                ),
                "a",
            ),
            (
                of_fields(
                    "consent:yes,action:yes,necessary:yes,functional:yes,analytics:no,advertisement:yes",
                ),
                "dpf",
            ),
            (of_fields("consent:no,action:yes,necessary:yes,functional:no,analytics:no"), ""),
            (of_fields("consent:no,action:yes,analytics:yes"), ""),
            (of_fields("action%3Ayes%2Canalytics%3Ayes%2Cadvertisement%3Ano"), "a"),
            (of_fields(""), "pending"),
            (of_fields("%zz"), "pending"),
            (of_fields("analytics:yes"), "pending"),
        ],
    );
}

#[test]
fn onetrust() {
    // npmjs.com/package/@commercetools-frontend/cookie-consent, and gist.github.com/jdjuan/d26f30773323a3009dfeab97b2811e3c.
    let of_groups = |groups: &str, rest: &str| {
        format!(
            "OptanonConsent=isGpcEnabled=0&datestamp=Wed+Feb+01+2023+12%3A35%3A32+GMT%2B0100+(Central+European+Standard\
             +Time)&version=202209.1.0&isIABGlobal=false&hosts=&consentId=7f3cf16d-b3e1-4781-8db1-61482d0a9dff&\
             interactionCount=1&landingPath=NotLandingPage&groups={groups}&geolocation=AT%3B9{rest}"
        )
    };
    const CLOSED: &str = "OptanonAlertBoxClosed=2022-09-22T07:22:21.804Z; ";
    let answered = |groups: &str| format!("{CLOSED}{}", of_groups(groups, "&AwaitingReconsent=false"));
    check(
        Cmp::Onetrust,
        &[
            (answered("C0001%3A1%2CC0002%3A0%2CC0003%3A1%2CC0004%3A1%2CC0005%3A1"), "dpf"),
            (answered("C0001%3A1%2CC0002%3A0%2CC0004%3A0"), ""),
            (answered("C0001%3A1%2CC0002%3A1%2CC0004%3A0"), "a"),
            (answered("C0001:1,C0002:1,C0003:1,C0004:1"), "adpf"),
            (answered("C0002:1,C0002:0"), ""),
            (answered(""), "pending"),
            (answered("%"), "pending"),
            (answered("C0001"), "pending"),
            // The banner is still open, or was never shown.
            (of_groups("C0001%3A1%2CC0002%3A1", ""), "pending"),
            (format!("OptanonAlertBoxClosed=; {}", of_groups("C0002%3A1", "")), "pending"),
            (format!("{CLOSED}{}", of_groups("C0002%3A1", "&AwaitingReconsent=true")), "pending"),
            (format!("{CLOSED}OptanonConsent="), "pending"),
            (CLOSED.into(), "none"),
        ],
    );
    let mut config = of(Cmp::Onetrust);
    config.names.analytics = vec!["STATS".into(), "C0001".into()];
    config.names.advertising = vec!["C0004".into(), "C0005".into()];
    let cookies = answered("C0001%3A1%2CSTATS%3A1%2CC0004%3A1");
    assert_eq!(said(&config, &cookies).as_deref(), Some("a"), "a name that is not there is not granted");
}

#[test]
fn cookiebot() {
    let of_text = |text: &str| format!("CookieConsent={}", encoded(text));
    check(
        Cmp::Cookiebot,
        &[
            // sprtags.io/resources/blog/read-cookiebot-consent-state-sgtm.
            (
                of_text(
                    "{stamp:'abcd1234',necessary:true,preferences:false,statistics:true,marketing:false,ver:1,\
                     utc:1740000000000,region:'fr'}",
                ),
                "a",
            ),
            // As its script writes it: with braces and colons as they are.
            (
                "CookieConsent={stamp:%27x==%27%2Cnecessary:true%2Cpreferences:true%2Cstatistics:true%2C\
                 marketing:true%2Cmethod:%27explicit%27%2Cver:1%2Cutc:1740000000000}"
                    .into(),
                "adpf",
            ),
            (
                of_text(
                    "{stamp:'0',necessary:true,preferences:false,statistics:false,marketing:false,\
                     method:'explicit',ver:1}",
                ),
                "",
            ),
            (of_text("{stamp:'x',necessary:true,preferences:true,statistics:false,marketing:true}"), "dpf"),
            ("CookieConsent=-1".into(), "adpf"),
            ("CookieConsent=0".into(), ""),
            ("CookieConsent=1".into(), "pending"),
            (of_text("{necessary:true,statistics:true,statistics:false}"), ""),
            (of_text("{stamp:'x',necessary:true,statistics:tr"), "pending"),
            (of_text("{}"), "pending"),
            ("CookieConsent=".into(), "pending"),
        ],
    );
}

#[test]
fn osano() {
    let of_json = |json: &str| format!("osano_consentmanager={}", encoded(json));
    check(
        Cmp::Osano,
        &[
            // What Osano itself writes cannot be read.
            (
                "osano_consentmanager=t5e_8v4OumSWIPLrZ4C41VM5pbZtizjk9iq9tINRnyNKTilP8TdS6VVw4LRuPqu7"
                    .into(),
                "pending",
            ),
            (
                of_json(
                    r#"{"ESSENTIAL":"ACCEPT","STORAGE":"ACCEPT","ANALYTICS":"ACCEPT","MARKETING":"ACCEPT",
                        "PERSONALIZATION":"ACCEPT","OPT_OUT":"DENY"}"#,
                ),
                "adpf",
            ),
            (of_json(r#"{"ANALYTICS":"ACCEPT","MARKETING":"DENY","PERSONALIZATION":"DENY"}"#), "a"),
            (
                of_json(
                    r#"{"ANALYTICS":"ACCEPT","MARKETING":"ACCEPT","PERSONALIZATION":"ACCEPT","OPT_OUT":"ACCEPT"}"#,
                ),
                "apf",
            ),
            (of_json(r#"{"ANALYTICS":"DENY","MARKETING":"DENY","PERSONALIZATION":"DENY"}"#), ""),
            (of_json(r#"{"ANALYTICS":"ACCEPT","MARKETING":"ACCEPT"}"#), "pending"),
            (of_json(r#"{"ANALYTICS":true,"MARKETING":"ACCEPT","PERSONALIZATION":"ACCEPT"}"#), "pending"),
            ("osano_consentmanager=".into(), "pending"),
            ("osano_consentmanager_uuid=4ce48adc-1373-43c0-b623-22767c848deb".into(), "none"),
        ],
    );
}

#[test]
fn iubenda() {
    let of_json = |name: &str, json: &str| format!("_iub_cs-{name}={}", encoded(json));
    // The fixture of RudderStack's SDK.
    let some = r#"{"timestamp":"2024-10-1T01:57:25.825Z","version":"1.67.1",
        "purposes":{"1":true,"2":false,"3":false,"4":true,"5":true},"id":252372,"cons":{"rand":"92f72a"}}"#;
    let all = r#"{"purposes":{"1":true,"2":true,"3":true,"4":true,"5":true}}"#;
    check(
        Cmp::Iubenda,
        &[
            (of_json("252372", some), "ad"),
            (of_json("s2520998", all), "adpf"),
            (format!("{}; {}", of_json("1", all), of_json("2", some)), "ad"),
            (format!("{}; {}", of_json("1", all), of_json("2", "{")), "pending"),
            (of_json("1", r#"{"consent":true}"#), "adpf"),
            (of_json("1", r#"{"consent":false}"#), ""),
            (of_json("1", r#"{"consent":false,"purposes":{"4":true}}"#), ""),
            (of_json("1", r#"{"consent":true,"purposes":{"4":true}}"#), "a"),
            (of_json("1", r#"{"consent":"yes"}"#), "pending"),
            (of_json("1", r#"{"purposes":[true]}"#), "pending"),
            (of_json("1", "{}"), "pending"),
            (of_json("252372-granular", "x"), "none"),
            (of_json("252372-uspr", all), "none"),
            (of_json("", all), "none"),
            (of_json("s", all), "none"),
        ],
    );
    let mut config = of(Cmp::Iubenda);
    config.cookie = Some("_iub_cs-of_ours".into());
    assert_eq!(said(&config, &of_json("of_ours", some)).as_deref(), Some("ad"));
}

#[test]
fn usercentrics() {
    let of_json = |json: &str| format!("ucData={}", encoded(json));
    check(
        Cmp::Usercentrics,
        &[
            (of_json(r#"{"consent":{"services":{"x":{"name":"Google Analytics","consent":true}}}}"#), "adpf"),
            (
                of_json(
                    r#"{"consent":{"services":{"x":{"name":"A","consent":true},"y":{"name":"B","consent":false}}},
                        "gcm":{"analyticsStorage":"granted","adStorage":"granted","adUserData":"denied"}}"#,
                ),
                "a",
            ),
            (of_json(r#"{"consent":{"type":"IMPLICIT","services":{"x":{"consent":true}}}}"#), "pending"),
            (of_json(r#"{"consent":{"services":{}}}"#), "pending"),
            (of_json(r#"{"gcm":{"analyticsStorage":"granted"}}"#), "pending"),
            ("uc_settings=x; uc_user_interaction=true".into(), "none"),
        ],
    );
    let mut config = of(Cmp::Usercentrics);
    config.names.analytics = vec!["Google Analytics".into()];
    config.names.functional = vec!["y".into()];
    let cookies = of_json(
        r#"{"consent":{"services":{"x":{"name":"Google Analytics","consent":true},"y":{"consent":false}}}}"#,
    );
    assert_eq!(said(&config, &cookies).as_deref(), Some("a"));
}
