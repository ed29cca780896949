//! Tokens: how they are asked for, and what is made of the answer.

// Tests may assert as tests do.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::collections::BTreeMap;

use base64::Engine as _;
use selvedge_components::registry;
use selvedge_core::component::{
    Ask, Credentials, Destination, Moment, Outbound, ResolvedSettings, SettingError, Token,
};
use selvedge_core::config::Setting;
use selvedge_core::facts::{Random, Timestamp};
use serde_json::{Value, json};

use support::NOW;

const PEM: &str = include_str!("../src/jwt/testdata/rsa2048.pem");

type Settings<'s> = &'s [(&'s str, &'s str)];

const GOOGLE_ADS: Settings<'_> = &[("customer_id", "123-456-7890"), ("conversion_actions", "purchase=111")];
const REFRESH: Settings<'_> = &[
    ("client_id", "id.apps.googleusercontent.com"),
    ("client_secret", "s&cret"),
    ("refresh_token", "1//refresh"),
];

fn account() -> String {
    json!({
        "type": "service_account", "project_id": "shop", "private_key_id": "k1", "private_key": PEM,
        "client_email": "selvedge@shop.iam.gserviceaccount.com", "token_uri": "https://evil.example/token",
    })
    .to_string()
}

fn build(
    kind: &str,
    settings: &[Settings<'_>],
    endpoint: Option<&str>,
) -> Result<Box<dyn Destination>, SettingError> {
    let values: BTreeMap<_, _> = settings
        .iter()
        .flat_map(|settings| settings.iter())
        .map(|(name, value)| ((*name).to_owned(), Setting::Text((*value).to_owned())))
        .collect();
    let kind = registry().iter().find(|known| known.name == kind).unwrap();
    (kind.build)(&ResolvedSettings { values, endpoint: endpoint.map(str::to_owned) })
}

fn ask(credentials: &dyn Credentials, now: Timestamp) -> Ask {
    let fuel = std::cell::Cell::new(0);
    credentials.ask(&Moment { now, random: &Random::from_seed([7; 32]), fuel: &fuel, token: None }).unwrap()
}

fn request(destination: &dyn Destination) -> Outbound {
    match ask(destination.credentials().unwrap(), NOW) {
        Ask::Request(request) => request,
        Ask::Made(_) => panic!("it is asked for"),
    }
}

fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[test]
fn google_gives_a_token_for_a_refresh_token() {
    let ads = build("google-ads", &[GOOGLE_ADS, REFRESH], None).unwrap();
    let request = request(&*ads);
    assert_eq!((request.method.as_str(), &*request.url), ("POST", "https://oauth2.googleapis.com/token"));
    assert!(request.headers.contains(&("content-type", "application/x-www-form-urlencoded".to_owned())));
    assert_eq!(
        String::from_utf8(request.body).unwrap(),
        "grant_type=refresh_token&client_id=id.apps.googleusercontent.com&client_secret=s%26cret\
         &refresh_token=1%2F%2Frefresh"
    );
    let there = build("google-ads", &[GOOGLE_ADS, REFRESH], Some("https://proxy.example/ads")).unwrap();
    assert_eq!(self::request(&*there).url, "https://proxy.example/ads/token");
}

#[test]
fn google_gives_a_token_for_what_an_account_has_signed() {
    let account = account();
    let settings: Settings<'_> = &[("service_account_key", &account)];
    let request = request(&*build("google-ads", &[GOOGLE_ADS, settings], None).unwrap());
    assert_eq!(request.url, "https://oauth2.googleapis.com/token", "and not where the file says");
    let body = String::from_utf8(request.body).unwrap();
    let grant = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
    assert_eq!(
        claims(body.strip_prefix(grant).unwrap()),
        json!({
            "iss": "selvedge@shop.iam.gserviceaccount.com", "scope": "https://www.googleapis.com/auth/datamanager",
            "aud": "https://oauth2.googleapis.com/token", "iat": 1_795_343_400, "exp": 1_795_347_000,
        })
    );
}

#[test]
fn a_token_is_read_and_sent() {
    let ads = build("google-ads", &[GOOGLE_ADS, REFRESH], None).unwrap();
    let credentials = ads.credentials().unwrap();
    for (body, expected) in [
        // developers.google.com/identity/protocols/oauth2/web-server#offline
        (
            r#"{"access_token":"1/fFAGRNJru1FTz70BzhT3Zg","expires_in":3920,"scope":"x","token_type":"Bearer"}"#,
            Some(("1/fFAGRNJru1FTz70BzhT3Zg", 3920)),
        ),
        (r#"{"access_token":"t","expires_in":"60"}"#, Some(("t", 60))),
        (r#"{"access_token":"t"}"#, Some(("t", 600))),
        (r#"{"access_token":"a\r\nb","expires_in":60}"#, None),
        (r#"{"access_token":"","expires_in":60}"#, None),
        (r#"{"id_token":"t"}"#, None),
        ("<html>", None),
    ] {
        let expected = expected.map(|(value, seconds)| Token { value: value.into(), seconds });
        assert_eq!(credentials.read(body.as_bytes()), expected, "{body}");
    }
    let mut event = support::track("Order Completed", json!({"email": "ada@example.com"}));
    event.context.ids = selvedge_core::event::Ids::default();
    let sent = support::encode(&*ads, &[event]);
    assert!(sent.requests[0].0.headers.contains(&("authorization", "Bearer the-access-token".to_owned())));
}

#[test]
fn a_token_that_is_made_is_good_for_most_of_an_hour() {
    let account = account();
    let bigquery: Settings<'_> = &[("service_account_key", &account), ("dataset_id", "d"), ("table_id", "t")];
    let snowflake: Settings<'_> =
        &[("account", "acme-shop"), ("user", "u"), ("private_key", PEM), ("database", "d"), ("table", "t")];
    for (kind, settings) in [("bigquery", bigquery), ("snowflake", snowflake)] {
        let destination = build(kind, &[settings], None).unwrap();
        for late in [0, 899] {
            let now = Timestamp((1_795_343_400 + late) * 1000);
            let Ask::Made(token) = ask(destination.credentials().unwrap(), now) else {
                panic!("nobody is asked")
            };
            assert_eq!(i64::from(token.seconds), 3600 - late, "{kind}");
            assert_eq!(claims(&token.value)["exp"], json!(1_795_347_000), "{kind}");
        }
    }
}

#[test]
fn keys_tell_credentials_apart() {
    let account = account();
    let key = |settings: &[Settings<'_>], endpoint| {
        let ads = build("google-ads", settings, endpoint).unwrap();
        ads.credentials().map(|credentials| credentials.key().to_owned())
    };
    let other: Settings<'_> = &[("refresh_token", "1//other")];
    let keys = [
        key(&[GOOGLE_ADS, REFRESH], None),
        key(&[GOOGLE_ADS, REFRESH, other], None),
        key(&[GOOGLE_ADS, REFRESH], Some("https://proxy.example")),
        key(&[GOOGLE_ADS, &[("service_account_key", &account)]], None),
    ];
    assert_eq!(keys.iter().flatten().collect::<std::collections::BTreeSet<_>>().len(), 4);
    assert_eq!(key(&[GOOGLE_ADS, REFRESH], None), keys[0]);
    assert_eq!(key(&[GOOGLE_ADS, &[("access_token", "t")]], None), None, "who has a token needs none");
}

#[test]
fn what_a_token_is_given_for_is_whole_and_one() {
    let account = account();
    for (settings, said) in [
        (&[][..], "setting `access_token`: is required, or `refresh_token` with"),
        (&REFRESH[..2], "setting `refresh_token`: is required"),
        (&REFRESH[1..], "setting `client_id`: is required"),
        (
            &[REFRESH, &[("access_token", "t")][..]].concat(),
            "setting `access_token`: and what a token is given for",
        ),
        (&[REFRESH, &[("service_account_key", account.as_str())][..]].concat(), "exclude each other"),
        (&[("service_account_key", "/key.json")], "is not the JSON of a service account's key"),
        (&[("service_account_key", "{}")], "has no `private_key`"),
    ] {
        let problem = build("google-ads", &[GOOGLE_ADS, settings], None).unwrap_err().to_string();
        assert!(problem.contains(said), "{problem}");
    }
    let ads = build("google-ads", &[GOOGLE_ADS, REFRESH], None).unwrap();
    assert!(!format!("{ads:?}").contains("s&cret") && !format!("{ads:?}").contains("1//"), "{ads:?}");
}
