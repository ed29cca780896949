//! What is to be sent: the payload of a post, an event as the webhook sends it, a recorded visit, or a page.

use anyhow::{Context, Result, bail};
use selvedge_core::config::Config;
use selvedge_core::event::Event;
use selvedge_core::facts::{Geo, Timestamp};
use selvedge_core::visitor::{Landing, Visitor};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::consent::Consent;

/// A browser of today, where nothing is said of one.
const BROWSER: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                       Chrome/140.0.0.0 Safari/537.36";
/// An address that nobody has (RFC 5737).
const NOBODY: &str = "203.0.113.7";

/// A request as a visitor made it, and what it met.
#[derive(Debug, Default)]
pub(crate) struct Input {
    pub(crate) url: String,
    pub(crate) method: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) ip: Option<String>,
    pub(crate) geo: Geo,
    /// Whose sealed cookie it carries.
    pub(crate) visitor: Option<Visitor>,
    pub(crate) meets: Meets,
}

/// What a request met.
#[derive(Debug)]
pub(crate) enum Meets {
    /// The event endpoint, with this body.
    Post(Vec<u8>),
    /// The website, which answered so.
    Answer { status: u16, headers: Vec<(String, String)>, body: Vec<u8> },
}

impl Default for Meets {
    fn default() -> Self {
        Self::Post(Vec::new())
    }
}

/// A recorded visit, as a file has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Recorded {
    url: String,
    #[serde(default = "get")]
    method: String,
    #[serde(default)]
    headers: Map<String, Value>,
    #[serde(default)]
    client: Client,
    answer: Answered,
}

/// Who it was, as the platform said.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Client {
    ip: Option<String>,
    continent: Option<String>,
    country_code: Option<String>,
    country_name: Option<String>,
    region: Option<String>,
    city: Option<String>,
    postal_code: Option<String>,
    timezone: Option<String>,
}

/// What the website answered.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answered {
    #[serde(default = "ok")]
    status: u16,
    #[serde(default)]
    headers: Map<String, Value>,
    #[serde(default)]
    body: String,
}

fn get() -> String {
    "GET".into()
}

fn ok() -> u16 {
    200
}

/// Understands a file.
///
/// # Errors
/// When it is none of the four.
pub(super) fn read(text: &str, config: &Config, consent: Option<&Consent>, now: Timestamp) -> Result<Input> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.starts_with('<') {
        let answer = json!({"headers": {"content-type": "text/html; charset=utf-8"}, "body": text});
        return recorded(json!({"url": format!("https://{}/", host(config)), "answer": answer}));
    }
    let value: Value = serde_json::from_str(text)
        .context("it is neither JSON nor a page; docs/command.md says what can be sent")?;
    match value {
        Value::Object(map) if map.contains_key("data_collection") => Ok(payload(map, config, consent)),
        Value::Object(map) if map.contains_key("url") => recorded(Value::Object(map)),
        Value::Object(map) if map.contains_key("type") => event(&[Value::Object(map)], config, consent, now),
        Value::Array(events) if !events.is_empty() => event(&events, config, consent, now),
        _ => bail!(
            "it is neither a payload (`data_collection`), nor an event (`type`) or a list of them, nor a recorded \
             visit (`url` and `answer`), nor a page"
        ),
    }
}

/// A post of the SDK's.
fn payload(mut post: Map<String, Value>, config: &Config, consent: Option<&Consent>) -> Input {
    if let (Some(consent), Some(Value::Object(payload))) = (consent, post.get_mut("data_collection")) {
        payload.insert("consent".into(), consent.json());
        let events = payload.get_mut("events").and_then(Value::as_array_mut);
        for event in events.into_iter().flatten().filter_map(Value::as_object_mut) {
            event.remove("consent");
        }
    }
    let said = |pointer: &str| {
        let text = post.get("data_collection").and_then(|payload| payload.pointer(pointer));
        text.and_then(Value::as_str).map(str::to_owned)
    };
    let page = said("/context/page/url").unwrap_or_else(|| format!("https://{}/", host(config)));
    let (scheme, rest) = page.split_once("://").unwrap_or(("https", "www.example.com"));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let authority = if serves(config, authority) { authority.to_owned() } else { host(config) };
    Input {
        url: format!("{scheme}://{authority}{}/event", config.collect.path),
        method: "POST".into(),
        headers: vec![
            ("user-agent".into(), BROWSER.into()),
            ("content-type".into(), "application/json".into()),
            ("referer".into(), page),
        ],
        ip: Some(NOBODY.into()),
        meets: Meets::Post(Value::Object(post).to_string().into_bytes()),
        ..Input::default()
    }
}

/// Events as the webhook sends them: said once more, by the same visitor in the same browser.
fn event(events: &[Value], config: &Config, consent: Option<&Consent>, now: Timestamp) -> Result<Input> {
    let typed =
        |event: &Value| Event::deserialize(event).context("it is not an event as the webhook sends it");
    let typed = events.iter().map(typed).collect::<Result<Vec<_>>>()?;
    let Some(first) = typed.first() else { bail!("there is no event") };
    let said = |event: &Value| event.get("purposes").or_else(|| event.get("consent")).cloned();
    let drafts = events.iter().map(|event| {
        let mut draft = Map::new();
        for key in ["type", "uuid", "timestamp", "data", "components"] {
            draft.extend(event.get(key).map(|value| (key.to_owned(), value.clone())));
        }
        let of = |key: &str| event.pointer(&format!("/context/{key}")).cloned().unwrap_or_else(|| json!({}));
        let context = json!({"page": of("page"), "user": of("user"), "client": of("client"), "campaign": of("campaign")});
        draft.insert("context".into(), context);
        draft.extend(said(event).map(|consent| ("consent".to_owned(), consent)));
        draft
    });
    let page = first.context.page.url.clone().unwrap_or_else(|| format!("https://{}/", host(config)));
    let shared = json!({"page": {"url": page}});
    // Whether there is an identity is decided for all of them.
    let choice = events.first().and_then(said);
    let events_said = drafts.collect::<Vec<_>>();
    let post = json!({"data_collection": {"events": events_said, "context": shared, "consent": choice}});
    let Value::Object(post) = post else { bail!("there is no event") };
    let input = payload(post, config, consent);

    let client = &first.context.client;
    let mut headers = input.headers;
    let mut say = |name: &str, value: &Option<String>| {
        if let Some(value) = value {
            headers.retain(|(known, _)| known != name);
            headers.push((name.to_owned(), value.clone()));
        }
    };
    say("user-agent", &client.user_agent);
    say("accept-language", &client.accept_language.clone().or_else(|| client.locale.clone()));
    // Vendors' ids came in their cookies, or in the page's URL, which the event has.
    let ids = events.iter().filter_map(|event| event.pointer("/context/ids")?.as_object()).flatten();
    let cookies = ids.filter_map(|(name, id)| Some(format!("{name}={}", id.as_str()?))).collect::<Vec<_>>();
    say("cookie", &Some(cookies.join("; ")).filter(|cookies| !cookies.is_empty()));
    let geo = Geo {
        continent: client.continent.clone(),
        country_code: client.country_code.clone(),
        country_name: client.country_name.clone(),
        region: client.region.clone(),
        city: client.city.clone(),
        ..Geo::default()
    };
    let ip = client.ip.clone().or(input.ip);
    Ok(Input { headers, ip, geo, visitor: visitor(first, now), ..input })
}

/// Who an event is about, in a session that goes on.
fn visitor(event: &Event, now: Timestamp) -> Option<Visitor> {
    let session = event.context.session.as_ref()?;
    let seconds = |id: &String| id.parse::<i64>().ok().map(|seconds| Timestamp(seconds.saturating_mul(1000)));
    Some(Visitor {
        id: event.context.user.edgee_id.as_ref()?.parse().ok()?,
        first_seen: session.first_seen,
        last_seen: now,
        session_start: seconds(&session.session_id)?,
        previous_session: session.previous_session_id.as_ref().and_then(seconds),
        session_count: session.session_count,
        user: None,
        landing: Landing::default(),
    })
}

fn recorded(value: Value) -> Result<Input> {
    let Recorded { url, method, headers, client, answer } =
        serde_json::from_value(value).context("it is not a recorded visit")?;
    let mut headers = fields(headers);
    for (name, value) in [("user-agent", BROWSER), ("accept", "text/html"), ("sec-fetch-dest", "document")] {
        if !headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
            headers.push((name.into(), value.into()));
        }
    }
    let Client { ip, continent, country_code, country_name, region, city, postal_code, timezone } = client;
    Ok(Input {
        url,
        method,
        headers,
        ip: ip.or_else(|| Some(NOBODY.into())),
        geo: Geo {
            continent,
            country_code,
            country_name,
            region,
            city,
            postal_code,
            timezone,
            ..Geo::default()
        },
        visitor: None,
        meets: Meets::Answer {
            status: answer.status,
            headers: fields(answer.headers),
            body: answer.body.into_bytes(),
        },
    })
}

fn fields(headers: Map<String, Value>) -> Vec<(String, String)> {
    let text = |value: Value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    headers.into_iter().map(|(name, value)| (name, text(value))).collect()
}

/// A host that the first site has.
fn host(config: &Config) -> String {
    let host =
        config.sites.first().and_then(|site| site.hosts.first()).map(|host| String::from(host.clone()));
    host.map_or_else(|| "www.example.com".into(), |host| host.replacen("*.", "www.", 1))
}

/// Whether one of the sites has this host.
fn serves(config: &Config, authority: &str) -> bool {
    let host = authority.split(':').next().unwrap_or_default();
    config
        .sites
        .iter()
        .any(|site| site.hosts.is_empty() || site.hosts.iter().any(|known| known.matches(host)))
}
