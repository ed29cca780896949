//! Events for tests, out of what a case says, and requests as a person reads them.

// Each test uses a part of this.
#![allow(dead_code, unreachable_pub)]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use selvedge_core::component::{Ask, Destination, Encoded, Kind, Moment, Outbound, ResolvedSettings};
use selvedge_core::config::Setting;
use selvedge_core::consent::{Decision, Purpose, Purposes, Source, State};
use selvedge_core::event::{
    Campaign, Client, Context, Data, Event, From, Ids, Page, Selection, Session, Track, User,
};
use selvedge_core::facts::{Random, Timestamp};
use selvedge_core::privacy::anonymous;
use serde::Deserialize;
use uuid::Uuid;

/// When every case happens: 2026-11-22T10:35:00.123Z.
pub const NOW: Timestamp = Timestamp(1_795_343_700_123);

/// Who was there, and what happened.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What the case is about.
    pub about: String,
    /// What the owner told the destination.
    #[serde(default)]
    pub settings: BTreeMap<String, Setting>,
    /// The base URL that replaces the vendor's.
    #[serde(default)]
    pub endpoint: Option<String>,
    #[serde(default)]
    identity: Identity,
    /// What vendors' own cookies and the click's URL said.
    #[serde(default)]
    ids: Ids,
    #[serde(default)]
    consent: Consent,
    #[serde(default = "page")]
    page: Page,
    #[serde(default)]
    campaign: Campaign,
    #[serde(default)]
    user: User,
    /// Whether the events are what the plan makes of them for `without_consent = "anonymous"`.
    #[serde(default)]
    anonymous: bool,
    events: Vec<Happened>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Identity {
    /// In the middle of the second session.
    #[default]
    Returning,
    /// The very first event.
    New,
    /// An id without a session.
    Day,
    /// The id of Google's own cookie.
    Google,
    /// None.
    Nobody,
}

#[derive(Debug, Default, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Consent {
    #[default]
    Granted,
    /// Granted, and `Sec-GPC: 1`.
    Gpc,
    Denied,
}

#[derive(Debug, Deserialize)]
struct Happened {
    #[serde(flatten)]
    data: Happening,
    /// The visit's page, where it is another.
    #[serde(default)]
    on: Option<Page>,
    /// The consent, where it is another.
    #[serde(default)]
    consent: Option<Consent>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Happening {
    Page(Page),
    Track(Track),
    User(User),
}

fn page() -> Page {
    Page {
        title: Some("Tee & Co".into()),
        url: Some("https://shop.example.com/tees?color=red".into()),
        path: Some("/tees".into()),
        search: Some("?color=red".into()),
        referrer: Some("https://www.example.net/".into()),
        ..Page::default()
    }
}

fn client() -> Client {
    Client {
        ip: Some("203.0.113.7".into()),
        locale: Some("fr-fr".into()),
        accept_language: Some("fr-FR,fr;q=0.9".into()),
        timezone: Some("Europe/Paris".into()),
        user_agent: Some("Mozilla/5.0 (Macintosh) AppleWebKit/537.36 Chrome/130.0.0.0 Safari/537.36".into()),
        user_agent_version_list: Some("Chromium;130|Google Chrome;130".into()),
        user_agent_full_version_list: Some("Chromium;130.0.6723.70|Google Chrome;130.0.6723.70".into()),
        user_agent_mobile: Some("0".into()),
        user_agent_architecture: Some("arm".into()),
        user_agent_bitness: Some("64".into()),
        os_name: Some("macOS".into()),
        os_version: Some("15.0.1".into()),
        screen_width: Some(1512),
        screen_height: Some(982),
        screen_density: Some(2.0),
        continent: Some("EU".into()),
        country_code: Some("FR".into()),
        country_name: Some("France".into()),
        region: Some("IDF".into()),
        city: Some("Paris".into()),
        ..Client::default()
    }
}

impl Consent {
    fn decision(self) -> Decision {
        let (state, purposes) = match self {
            Self::Granted => (State::Granted, Purposes::ALL),
            Self::Gpc => (State::Granted, Purposes::ALL.without(Purpose::Advertising)),
            Self::Denied => (State::Denied, Purposes::NONE),
        };
        Decision {
            state,
            purposes,
            source: Source::Stored,
            cmp: None,
            vendors: None,
            gpc: matches!(self, Self::Gpc),
        }
    }
}

impl Case {
    /// The events, a second apart.
    pub fn events(&self) -> Vec<Event> {
        (0_i64..)
            .zip(&self.events)
            .map(|(nth, happened)| {
                let consent = happened.consent.unwrap_or(self.consent);
                let mut user = self.user.clone();
                user.edgee_id = self.id().map(str::to_owned);
                let data = match &happened.data {
                    Happening::Page(page) => Data::Page(page.clone()),
                    Happening::Track(track) => Data::Track(track.clone()),
                    Happening::User(said) => {
                        Data::User(User { edgee_id: user.edgee_id.clone(), ..said.clone() })
                    }
                };
                let event = Event {
                    uuid: Uuid::from_u128(0x4000_8000_0000_0000_0001 + u128::from(nth.unsigned_abs())),
                    timestamp: Timestamp(NOW.0 + nth * 1000),
                    data,
                    context: Context {
                        page: happened.on.clone().unwrap_or_else(|| self.page.clone()),
                        user,
                        client: client(),
                        campaign: self.campaign.clone(),
                        traffic: None,
                        ids: self.ids.clone(),
                        session: self.session(nth == 0),
                    },
                    components: Selection::default(),
                    from: From::Edge,
                    consent: consent.decision(),
                    anonymous: false,
                };
                if self.anonymous { anonymous(&event, None) } else { event }
            })
            .collect()
    }

    /// What the kind makes of the events.
    pub fn encode(&self, kind: &Kind, events: &[Event]) -> Encoded {
        encode(self.build(kind).as_ref(), events)
    }

    /// The destination of the case's settings.
    pub fn build(&self, kind: &Kind) -> Box<dyn Destination> {
        let settings = ResolvedSettings { values: self.settings.clone(), endpoint: self.endpoint.clone() };
        (kind.build)(&settings).unwrap()
    }

    fn id(&self) -> Option<&'static str> {
        match self.identity {
            Identity::Nobody => None,
            Identity::Google => Some("944266522.1681654733"),
            Identity::Returning | Identity::New | Identity::Day => {
                Some("be9f76b3-2c50-4d12-b14c-85c343745691")
            }
        }
    }

    fn session(&self, first: bool) -> Option<Session> {
        match self.identity {
            Identity::Nobody | Identity::Day => None,
            Identity::New => Some(Session {
                session_id: NOW.seconds().to_string(),
                previous_session_id: None,
                session_count: 1,
                session_start: first,
                first_seen: NOW,
                last_seen: NOW,
            }),
            Identity::Returning | Identity::Google => Some(Session {
                session_id: "1795343000".into(),
                previous_session_id: Some("1795000000".into()),
                session_count: 2,
                session_start: false,
                first_seen: Timestamp(1_794_000_000_000),
                last_seen: NOW,
            }),
        }
    }
}

/// Something that happened to a returning visitor who granted everything.
pub fn track(name: &str, properties: serde_json::Value) -> Event {
    let case = Case {
        about: String::new(),
        settings: BTreeMap::new(),
        endpoint: None,
        identity: Identity::Returning,
        ids: Ids::default(),
        consent: Consent::Granted,
        page: page(),
        campaign: Campaign::default(),
        user: User::default(),
        anonymous: false,
        events: vec![Happened {
            data: Happening::Track(Track {
                name: name.into(),
                properties: serde_json::from_value(properties).unwrap(),
            }),
            on: None,
            consent: None,
        }],
    };
    case.events().remove(0)
}

/// Encodes at [`NOW`], with randomness that is always the same.
pub fn encode(destination: &dyn selvedge_core::component::Destination, events: &[Event]) -> Encoded {
    let random = Random::from_seed([7; 32]);
    let fuel = std::cell::Cell::new(0);
    let mut moment = Moment { now: NOW, random: &random, fuel: &fuel, token: None };
    // A token that is asked for is anything; one that the credentials make themselves is that.
    let token = destination.credentials().map(|credentials| match credentials.ask(&moment) {
        Some(Ask::Made(token)) => token.value,
        Some(Ask::Request(_)) | None => "the-access-token".to_owned(),
    });
    moment.token = token.as_deref();
    destination.encode(&events.iter().collect::<Vec<_>>(), &moment)
}

/// Requests for people: a line for each parameter, field, and parameter of a body's line; JSON is indented.
pub fn rendered(encoded: &Encoded) -> String {
    let mut text = String::new();
    for (request, events) in &encoded.requests {
        render(request, events, &mut text);
    }
    for (write, events) in &encoded.writes {
        writeln!(text, "# events {events:?}\n{} {}", write.sink.word(), write.name).unwrap();
        json_lines(write.records.iter().map(String::as_str), &mut text);
        text.push('\n');
    }
    for (event, reason) in &encoded.dropped {
        writeln!(text, "event {event} is dropped: {reason}").unwrap();
    }
    text
}

fn render(request: &Outbound, events: &[usize], text: &mut String) {
    let (url, query) = request.url.split_once('?').unwrap_or((&request.url, ""));
    writeln!(text, "# events {events:?}\n{} {url}", request.method).unwrap();
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        writeln!(text, "  {parameter}").unwrap();
    }
    for (name, value) in &request.headers {
        let value = value.replace(env!("CARGO_PKG_VERSION"), "<version>");
        writeln!(text, "{name}: {value}").unwrap();
    }
    let body = std::str::from_utf8(&request.body).unwrap();
    if let Some(lines) = body.strip_suffix('\n') {
        // Newline-delimited JSON.
        json_lines(lines.split('\n'), text);
    } else if let Ok(json) = serde_json::from_str::<serde_json::Value>(body) {
        assert_eq!(serde_json::to_string(&json).unwrap(), body, "indenting changes nothing but spaces");
        writeln!(text, "\n{:#}", decoded(json)).unwrap();
    } else {
        for line in body.split('\n') {
            writeln!(text, "\n{}", line.replace('&', "\n  ")).unwrap();
        }
    }
    text.push('\n');
}

fn json_lines<'l>(lines: impl Iterator<Item = &'l str>, text: &mut String) {
    for line in lines {
        let json: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(serde_json::to_string(&json).unwrap(), line, "indenting changes nothing but spaces");
        writeln!(text, "\n{json:#}").unwrap();
    }
}

/// The records of Amazon's streams, with what is in base64 in them instead of it: the text's end, and the JSON before.
fn decoded(mut json: serde_json::Value) -> serde_json::Value {
    use base64::Engine as _;
    for record in json.get_mut("Records").and_then(serde_json::Value::as_array_mut).into_iter().flatten() {
        let data =
            base64::engine::general_purpose::STANDARD.decode(record["Data"].as_str().unwrap()).unwrap();
        let data = std::str::from_utf8(&data).unwrap();
        let event: serde_json::Value = serde_json::from_str(data).unwrap();
        let end = data.strip_prefix(&event.to_string()).unwrap();
        record["Data"] = serde_json::json!({ "base64 of": event, "and": end });
    }
    json
}
