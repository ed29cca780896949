//! BigQuery and Snowflake: limits, settings, and the tables of their documentation.

// Tests may assert as tests do.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use selvedge_components::registry;
use selvedge_core::component::{Destination, Encoded, ResolvedSettings, SettingError};
use selvedge_core::config::Setting;
use selvedge_core::event::{Channel, Event, Traffic};
use serde_json::{Value, json};

use support::track;

const PEM: &str = include_str!("../src/jwt/testdata/rsa2048.pem");

type Settings<'a> = &'a [(&'a str, &'a str)];

fn build(kind: &str, settings: Settings<'_>) -> Result<Box<dyn Destination>, SettingError> {
    let settings = settings.iter().filter(|(_, value)| !value.is_empty());
    let values: BTreeMap<_, _> =
        settings.map(|(name, value)| ((*name).to_owned(), Setting::Text((*value).to_owned()))).collect();
    let kind = registry().iter().find(|known| known.name == kind).unwrap();
    (kind.build)(&ResolvedSettings { values, endpoint: None })
}

fn account() -> String {
    let email = "selvedge@shop.iam.gserviceaccount.com";
    json!({"project_id": "shop", "private_key_id": "k", "private_key": PEM, "client_email": email})
        .to_string()
}

fn bigquery(key: &str, dataset: &str, table: &str) -> Result<Box<dyn Destination>, SettingError> {
    build("bigquery", &[("service_account_key", key), ("dataset_id", dataset), ("table_id", table)])
}

/// What is required, and these settings in place of it.
fn snowflake(other: Settings<'_>) -> Result<Box<dyn Destination>, SettingError> {
    let mut settings =
        BTreeMap::from([("account", "acme-shop"), ("token", "t"), ("database", "d"), ("table", "t")]);
    settings.extend(other.iter().copied());
    build("snowflake", &settings.into_iter().collect::<Vec<_>>())
}

fn said(result: Result<Box<dyn Destination>, SettingError>) -> String {
    result.map_or_else(|error| error.to_string(), |_| String::new())
}

fn bodies(encoded: &Encoded) -> Vec<(usize, usize, Value)> {
    let requests = encoded.requests.iter();
    requests
        .map(|(out, events)| (events.len(), out.body.len(), serde_json::from_slice(&out.body).unwrap()))
        .collect()
}

fn rows(kind: &str, body: &Value) -> usize {
    match kind {
        "bigquery" => body["rows"].as_array().unwrap().len(),
        _ => {
            let rows = body["bindings"]["1"]["value"].as_str().unwrap();
            serde_json::from_str::<Vec<Value>>(rows).unwrap().len()
        }
    }
}

#[test]
fn requests_keep_the_limits() {
    let small: Vec<Event> = (0..1100).map(|n| track("Clicked", json!({ "n": n }))).collect();
    // Quotes double where the rows are a text.
    let large: Vec<Event> = (0..6).map(|_| track("Big", json!({ "text": "\"".repeat(100_000) }))).collect();
    for (kind, destination, most) in [
        ("bigquery", bigquery(&account(), "d", "t").unwrap(), 10_000_000),
        ("snowflake", snowflake(&[]).unwrap(), 1_000_000),
    ] {
        for (events, counts) in [(&small, None), (&large, Some([vec![6], vec![2, 2, 2]]))] {
            let encoded = support::encode(destination.as_ref(), events);
            let bodies = bodies(&encoded);
            for (events, length, body) in &bodies {
                assert!(*length <= most && *events <= 500, "{kind}: {events} events, {length} bytes");
                assert_eq!(rows(kind, body), *events);
            }
            let sent: Vec<usize> = bodies.iter().map(|(events, _, _)| *events).collect();
            assert_eq!(sent.iter().sum::<usize>(), events.len(), "{kind}");
            if let Some(counts) = counts {
                assert!(counts.contains(&sent), "{kind}: {sent:?}");
            }
        }
        assert_eq!(support::encode(destination.as_ref(), &[]), Encoded::default());
    }
}

#[test]
fn each_request_to_snowflake_has_an_id_of_its_own() {
    let events: Vec<Event> = (0..1100).map(|n| track("Clicked", json!({ "n": n }))).collect();
    let encoded = support::encode(snowflake(&[]).unwrap().as_ref(), &events);
    let urls: BTreeSet<&str> = encoded.requests.iter().map(|(request, _)| request.url.as_str()).collect();
    assert_eq!(urls.len(), encoded.requests.len());
}

#[test]
fn a_service_account_s_key_is_its_whole_json() {
    assert_eq!(said(bigquery(&account(), "d", "events$20261122")), "");
    assert_eq!(said(bigquery("", "d", "t")), "setting `service_account_key`: is required");
    assert_eq!(said(bigquery(&account(), "", "t")), "setting `dataset_id`: is required");
    for (key, problem) in [
        ("/etc/key.json", "is not the JSON"),
        (PEM, "is not the JSON"),
        ("{}", "has no `private_key`"),
        (r#"{"private_key": "x"}"#, "has no `client_email`"),
        (r#"{"private_key": "x", "client_email": "e"}"#, "its `private_key` is not a PEM private key"),
        (&account().replace("project_id", "project"), "has no `project_id`"),
    ] {
        let said = said(bigquery(key, "d", "t"));
        assert!(said.contains("`service_account_key`") && said.contains(problem), "{said}");
        assert!(!said.contains("MII"), "{said}");
    }
    for (dataset, table) in
        [("shop.web", "t"), ("web", "shop.web.t"), ("a/b", "t"), ("d", "`t`"), ("d", "t\n")]
    {
        assert!(said(bigquery(&account(), dataset, table)).contains("one name"), "{dataset} {table}");
    }
}

#[test]
fn snowflake_has_a_key_pair_or_a_token() {
    assert_eq!(said(snowflake(&[])), "");
    let pair: Settings<'_> = &[("token", ""), ("private_key", PEM), ("user", "u")];
    assert_eq!(said(snowflake(pair)), "");
    for (settings, problem) in [
        (&[("token", "")][..], "`private_key`: is required, or `token`"),
        (&[("private_key", PEM), ("user", "u")], "`token`: and `private_key` exclude each other"),
        (&[("token", ""), ("private_key", PEM)], "`user`: is required"),
        (&[("token", ""), ("private_key", "x"), ("user", "u")], "`private_key`: is not a PEM private key"),
        (&[("account", "")], "`account`: is required"),
        (&[("account", "https://acme-shop.snowflakecomputing.com")], "`account`: is an account identifier"),
        (&[("account", "evil.example.com/#")], "`account`: is an account identifier"),
        (&[("database", "")], "`database`: is required"),
        (&[("table", "")], "`table`: is required"),
        (&[("table", "d.s.t")], "`table`: is one name"),
        (&[("table", "t (x) SELECT 1; --")], "`table`: is one name"),
        (&[("table", "\"t\"\"\"")], "`table`: is one name"),
        (&[("schema", "1st")], "`schema`: is one name"),
    ] {
        let said = said(snowflake(settings));
        assert!(said.starts_with(&format!("setting {problem}")), "{said}");
    }
}

#[test]
fn snowflake_s_names_are_read_as_sql_reads_them() {
    let event = [track("Clicked", json!({}))];
    for (settings, url, table, schema) in [
        (&[][..], "https://acme-shop.snowflakecomputing.com/", "\"T\"", "PUBLIC"),
        (
            &[
                ("account", "Acme-Web_Shop.snowflakecomputing.com"),
                ("table", "\"my events\""),
                ("schema", "web_1"),
            ],
            "https://acme-web-shop.snowflakecomputing.com/",
            "\"my events\"",
            "WEB_1",
        ),
    ] {
        let encoded = support::encode(snowflake(settings).unwrap().as_ref(), &event);
        let (request, _) = &encoded.requests[0];
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        assert!(request.url.starts_with(url), "{}", request.url);
        assert!(body["statement"].as_str().unwrap().starts_with(&format!("INSERT INTO {table} (")));
        assert_eq!((&body["schema"], &body["database"]), (&json!(schema), &json!("D")));
    }
}

/// The column names and types of the statement in a kind's documentation.
fn documented(kind: &str) -> BTreeMap<String, String> {
    let path = format!("{}/../docs/destinations/{kind}.md", env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(path).unwrap();
    let (_, statement) = page.split_once("CREATE TABLE").unwrap();
    let (statement, _) = statement.split_once("\n)").unwrap();
    let columns =
        statement.lines().skip(1).map(|line| line.split("--").next().unwrap().trim().trim_end_matches(','));
    let columns = columns.filter_map(|line| line.split_once(char::is_whitespace));
    columns.map(|(name, of)| (name.to_ascii_lowercase(), of.trim().replace(" NOT NULL", ""))).collect()
}

#[test]
fn what_is_sent_has_a_column_of_its_type() {
    let products = json!([{"sku": "T1", "price": 0.1, "quantity": 3}]);
    let mut event =
        track("Order Completed", json!({"products": products, "currency": "EUR", "order_id": "1"}));
    event.context.user.user_id = Some("u".into());
    event.context.user.anonymous_id = Some("a".into());
    for field in [&mut event.context.campaign.source, &mut event.context.campaign.medium] {
        *field = Some("x".into());
    }
    event.context.campaign.name = Some("x".into());
    event.context.client.browser = Some("Safari".into());
    event.context.client.device = Some("desktop".into());
    event.context.traffic = Some(Traffic { channel: Channel::OrganicSearch, source: Some("google".into()) });

    let encoded =
        support::encode(bigquery(&account(), "d", "t").unwrap().as_ref(), std::slice::from_ref(&event));
    let body = bodies(&encoded).remove(0).2;
    let columns = documented("bigquery");
    for (name, value) in body["rows"][0]["json"].as_object().unwrap() {
        let fits = match columns.get(name).map(String::as_str) {
            Some("STRING") => value.is_string(),
            Some("TIMESTAMP") => value.as_str().is_some_and(|text| text.ends_with('Z')),
            Some("BOOL") => value.is_boolean(),
            Some("FLOAT64") => value.is_number(),
            Some("JSON") => value.as_str().is_some_and(|text| serde_json::from_str::<Value>(text).is_ok()),
            _ => false,
        };
        assert!(fits, "{name}: {value}");
    }
    let row = &body["rows"][0]["json"];
    let sent = row.as_object().unwrap().keys().map(String::as_str);
    let missing: Vec<&str> =
        columns.keys().map(String::as_str).filter(|name| row.get(name).is_none()).collect();
    assert_eq!((sent.count(), missing), (columns.len(), vec![]));
    assert_eq!((&row["channel"], &row["value"]), (&json!("organic_search"), &json!(0.3)));

    let encoded = support::encode(snowflake(&[]).unwrap().as_ref(), &[event]);
    let body = bodies(&encoded).remove(0).2;
    let statement = body["statement"].as_str().unwrap();
    let casts = statement.split("value['").skip(1).map(|cast| {
        let (name, of) = cast.split_once("']::").unwrap();
        (name.to_owned(), of.split([',', ' ']).next().unwrap().to_owned())
    });
    let casts: BTreeMap<String, String> = casts.collect();
    assert_eq!(casts, documented("snowflake"));
    assert_eq!(casts.keys().collect::<Vec<_>>(), columns.keys().collect::<Vec<_>>(), "the tables are alike");
    let (_, list) = statement.split_once(" (").unwrap();
    let (list, _) = list.split_once(')').unwrap();
    let list: BTreeSet<String> = list.split(", ").map(str::to_ascii_lowercase).collect();
    assert_eq!(list, casts.into_keys().collect());
}
