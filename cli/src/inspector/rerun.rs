//! A visit once more with another consent: the request that was recorded, through the same configuration, in this process,
//! as `selvedge send` does it. Nothing is fetched and nothing is sent; what would be is told.

use std::fmt::Write;

use anyhow::{Context, Result, anyhow};
use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use selvedge_core::budget::Platform;
use selvedge_core::config::Config;
use selvedge_core::consent::stored;
use selvedge_core::edge::Secrets;
use selvedge_core::event::payload::without_comments;
use selvedge_core::facts::{Geo, Timestamp};
use selvedge_core::visitor;
use serde_json::{Value, json};

use super::text;
use crate::send::consent::Consent;
use crate::send::input::{Input, Meets};
use crate::send::run::run;

/// The id that the data layer goes by.
const DATA_LAYER: &str = "__SELVEDGE_DATA_LAYER__";

/// What visits are run through.
#[derive(Debug)]
pub(crate) struct Runner {
    config: Config,
    secrets: Secrets,
    platform: Platform,
}

impl Runner {
    /// For a configuration as it is stamped into the artifact, and the secrets of this machine.
    pub(crate) fn new(config: &Config, secrets: &Secrets, platform: Platform) -> Self {
        let mut config = config.clone();
        config.trace = true;
        Self { config, secrets: secrets.clone(), platform }
    }

    /// Runs a visit as it was told. `consent` is `granted`, `denied`, `pending`, or a list of purposes that are granted;
    /// what else could say something about it has no word. Returns the lines of the log.
    ///
    /// # Errors
    /// When the visit was not told whole, or is none any more under this configuration.
    pub(crate) fn run(&self, told: &Value, consent: &str) -> Result<Vec<Value>> {
        let consent: Consent = consent.parse().map_err(|problem: String| anyhow!(problem))?;
        let now = Timestamp(chrono::Utc::now().timestamp_millis());
        let mut config = self.config.clone();
        let mut headers = fields(told);
        if let Some(edit) = visitor::without(&headers, &[&stored::cookie_name(&config.visitor)]) {
            edit.apply(&mut headers);
        }
        if let Some(choice) = consent.store(&mut config, now) {
            headers.append(COOKIE, HeaderValue::from_str(&choice)?);
        }
        let at = |place: &str| text(told, place).map(str::to_owned);
        let input = Input {
            url: at("/request/url").unwrap_or_default(),
            method: at("/request/method").unwrap_or_default(),
            headers: headers
                .iter()
                .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
                .collect(),
            ip: at("/request/ip"),
            geo: Geo { country_code: at("/request/country"), city: at("/request/city"), ..Geo::default() },
            visitor: None,
            meets: meets(told),
        };
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).context("no randomness")?;
        let lines = run(&config, &self.secrets, &input, now, seed, self.platform)?.plan.lines;
        lines.iter().map(|line| serde_json::from_str(line).context("a line that is not JSON")).collect()
    }
}

/// What the request met: the event endpoint, or the page as far as it was recorded.
fn meets(told: &Value) -> Meets {
    if let Some(body) = text(told, "/request/body") {
        return Meets::Post(silenced(body).into_bytes());
    }
    let status = told.pointer("/answer/status").and_then(Value::as_u64);
    Meets::Answer {
        status: status.and_then(|status| u16::try_from(status).ok()).unwrap_or(200),
        headers: vec![("content-type".into(), "text/html; charset=utf-8".into())],
        body: page(told).into_bytes(),
    }
}

/// What of a page was recorded, as a page.
fn page(told: &Value) -> String {
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    let mut html = String::from("<!doctype html><html><head>");
    // Text takes whatever is written to it.
    if let Some(title) = text(told, "/page/title") {
        let _ = write!(html, "<title>{}</title>", escaped(title));
    }
    if let Some(canonical) = text(told, "/page/canonical") {
        let _ = write!(html, "<link rel=\"canonical\" href=\"{}\">", escaped(canonical));
    }
    let keywords = told.pointer("/page/keywords").and_then(Value::as_array).into_iter().flatten();
    let keywords: Vec<_> = keywords.filter_map(Value::as_str).collect();
    if !keywords.is_empty() {
        let _ = write!(html, "<meta name=\"keywords\" content=\"{}\">", escaped(&keywords.join(",")));
    }
    if let Some(layer) = text(told, "/data_layer") {
        let layer = silenced(layer).replace("</", "<\\/");
        let _ = write!(html, "<script type=\"application/json\" id=\"{DATA_LAYER}\">{layer}</script>");
    }
    html.push_str("</head><body></body></html>");
    html
}

/// A payload without what it says of consent; as it is where it cannot be read.
fn silenced(payload: &str) -> String {
    let Ok(mut payload) = serde_json::from_str::<Value>(&without_comments(payload)) else {
        return payload.to_owned();
    };
    let mut silence = |at: &str| {
        if let Some(fields) = payload.pointer_mut(at).and_then(Value::as_object_mut) {
            drop(fields.shift_remove("consent"));
        }
    };
    silence("");
    silence("/data_collection");
    for root in ["/data_collection/events", "/events"] {
        let events = payload.pointer(root).and_then(Value::as_array).map_or(0, Vec::len);
        (0..events).for_each(|at| {
            let event = payload.pointer_mut(&format!("{root}/{at}")).and_then(Value::as_object_mut);
            event.into_iter().for_each(|event| drop(event.shift_remove("consent")));
        });
    }
    payload.to_string()
}

/// The fields of a visit's request, which are told as pairs of name and value.
pub(super) fn fields(told: &Value) -> HeaderMap {
    let pairs = told.pointer("/request/headers").and_then(Value::as_array);
    let pairs = pairs.map(Vec::as_slice).unwrap_or_default().iter();
    let field = |pair: &Value| {
        let name: HeaderName = text(pair, "/0")?.parse().ok()?;
        Some((name, HeaderValue::from_str(text(pair, "/1")?).ok()?))
    };
    let mut headers = HeaderMap::new();
    for (name, value) in pairs.filter_map(field) {
        headers.append(name, value);
    }
    headers
}

/// The answer to somebody who asks for it.
pub(super) fn answer(runner: Option<&Runner>, told: Option<&Value>, consent: &str) -> Result<Value, String> {
    let runner = runner.ok_or("there is no configuration to run it through")?;
    let told = told.ok_or("this visit is not kept any more")?;
    let lines = runner.run(told, consent).map_err(|error| format!("{error:#}"))?;
    Ok(json!({"lines": lines}))
}

#[cfg(test)]
mod tests {
    use selvedge_core::config::read::read;

    use super::*;

    const CONFIG: &str = "[[site]]\norigin = 'https://a.example'\n[consent]\ndefault = 'granted'\n\
        [[consent.region]]\ncountries = ['FR']\ndefault = 'granted'\n\
        [[component]]\nkind = 'webhook'\nsettings = { url = 'https://b.example' }\n\
        [[component]]\nkind = 'ga4'\nwithout_consent = 'anonymous'\nsettings = { measurement_id = 'G-X' }\n\
        [[component]]\nkind = 'meta-capi'\nsettings = { pixel_id = '1', access_token = { secret = 'META' } }";

    fn runner() -> Runner {
        let config = read(CONFIG, selvedge_components::registry()).unwrap().config;
        let key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
        let secrets = [("META", "meta-token"), ("SELVEDGE_KEY", key)];
        Runner::new(&config, &secrets.map(|(n, v)| (n.to_owned(), v.to_owned())).into(), Platform::FASTLY)
    }

    fn told(method: &str, url: &str, more: &Value) -> Value {
        let headers = json!([
            ["user-agent", "Mozilla/5.0 Firefox/132.0"],
            ["content-type", "application/json"],
            ["sec-fetch-dest", if method == "GET" { "document" } else { "empty" }],
            ["cookie", "selvedge_consent=granted.1; didomi_token=broken; other=1"],
        ]);
        let mut told = json!({"request": {"method": method, "url": url, "headers": headers, "ip": "192.0.2.1", "country": "FR"}, "answer": {"status": 200}});
        for (name, value) in more.as_object().unwrap() {
            match name.as_str() {
                "body" => told["request"]["body"] = value.clone(),
                name => told[name] = value.clone(),
            }
        }
        told
    }

    /// Which components are sent something, which of them without names, and which nothing.
    fn outcome(lines: &[Value]) -> (Vec<&str>, Vec<&str>, Vec<&str>) {
        let components = lines[0]["components"].as_array().unwrap();
        let sent = |anonymous: bool| {
            let has = move |each: &&Value| {
                each["requests"].as_array().unwrap().iter().any(|r| r["anonymous"] == anonymous)
            };
            components.iter().filter(has).map(|each| each["id"].as_str().unwrap()).collect()
        };
        let dropped = lines.iter().filter(|line| line["reason"] == "without-consent");
        (sent(false), sent(true), dropped.map(|line| line["component"].as_str().unwrap()).collect())
    }

    #[test]
    fn a_visit_is_run_with_any_consent_whatever_was_said_then() {
        let layer = "{ // what the page says\n\"data_collection\":{\"consent\":\"granted\",\"events\":[{\"type\":\"page\"},\
            {\"type\":\"track\",\"data\":{\"name\":\"x\"},\"consent\":\"granted\"}]}}";
        let page = told(
            "GET",
            "https://shop.example/p?a=1",
            &json!({"page": {"title": "A <b> & \"c\""}, "data_layer": layer}),
        );
        let body =
            r#"{"data_collection":{"consent":"denied","events":[{"type":"page","consent":"denied"}]}}"#;
        let post = told("POST", "https://shop.example/_selvedge/event", &json!({"body": body}));
        let all = ["webhook", "ga4", "meta-capi"];
        for visit in [&page, &post] {
            for (consent, sent, anonymous, dropped) in [
                ("granted", &all[..], &[][..], &[][..]),
                ("denied", &[], &["ga4"], &["webhook", "meta-capi"]),
                ("pending", &[], &["ga4"], &["webhook", "meta-capi"]),
                ("analytics", &["webhook", "ga4"], &[], &["meta-capi"]),
                ("analytics,advertising", &all, &[], &[]),
            ] {
                let lines = runner().run(visit, consent).unwrap();
                let expected = (sent.to_vec(), anonymous.to_vec(), dropped.to_vec());
                assert_eq!(outcome(&lines), expected, "{consent}: {visit}");
            }
        }
        let lines = runner().run(&page, "granted").unwrap();
        assert_eq!(lines[0]["page"]["title"], "A <b> & \"c\"");
        assert_eq!(lines[0]["events"].as_array().unwrap().len(), 2);
        assert_eq!(lines[0]["request"]["url"], "https://shop.example/p?a=1");
        assert!(!lines.iter().any(|line| line.to_string().contains("meta-token")), "a secret");
    }

    #[test]
    fn what_is_no_visit_is_told() {
        let runner = runner();
        for (visit, consent, expected) in [
            (
                told("GET", "https://shop.example/_selvedge/health", &json!({})),
                "granted",
                "answers this request itself",
            ),
            (told("GET", "nonsense", &json!({})), "granted", "`url`"),
            (
                told("GET", "https://shop.example/", &json!({})),
                "granted.1; other=2",
                "granted, denied, pending or",
            ),
            (told("GET", "https://shop.example/", &json!({})), "", "granted, denied, pending or"),
            (json!({}), "granted", "`method`"),
        ] {
            let error = format!("{:#}", runner.run(&visit, consent).unwrap_err());
            assert!(error.contains(expected), "{error}");
        }
        assert!(answer(None, None, "granted").unwrap_err().contains("no configuration"));
        assert!(answer(Some(&runner), None, "granted").unwrap_err().contains("not kept"));
    }
}
