//! A visit told whole: a line of the log that says what arrived, what was learned of it, what was decided, and what each
//! destination is sent. It is what the inspector shows: of every visit where `selvedge build --trace` has asked for it, which
//! nobody deploys; else of visits of a debug session alone, kept apart from the log ([`crate::debug`]).
//!
//! The values of secrets do not stand in it: in what is sent they read `$NAME`.

mod hidden;

use std::net::IpAddr;
use std::sync::Arc;

use http::HeaderMap;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::budget::Budget;
use crate::component::Outbound;
use crate::consent::{self, Choice, Sources};
use crate::debug::{Record, Session};
use crate::edge::Edge;
use crate::event::Event;
use crate::event::payload::Payload;
use crate::facts::{Facts, Timestamp};
use crate::identity;
use crate::page::{Part, Released, Sdk};
use crate::plan::{Delivery, Plan};
use crate::receive::Arrival;
use crate::sink::Write;
use crate::visit::{Occasion, Visit};

pub(crate) use hidden::Hidden;

impl Edge {
    /// Whether every visit is told whole.
    #[must_use]
    pub fn tells_all(&self) -> bool {
        self.config.trace
    }
}

/// What of a response or a post no event needs, and the trace tells.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// The response's status.
    pub(crate) status: u16,
    /// A post's body, as it came.
    pub(crate) body: Option<String>,
}

impl Seen {
    /// What was seen, where the visit will be told whole.
    pub(crate) fn of(arrival: &Arrival, status: u16, body: Option<&[u8]>) -> Option<Box<Self>> {
        let told = arrival.edge.tells_all() || arrival.session().is_some();
        told.then_some(())?;
        let body = body.map(|body| String::from_utf8_lossy(body).into_owned());
        Some(Box::new(Self { status, body }))
    }
}

/// What is told of one visit.
#[derive(Debug)]
pub(crate) struct Trace {
    /// By which its lines are known as its own.
    id: Arc<str>,
    line: Map<String, Value>,
    /// The debug session that it is of.
    session: Option<Session>,
    ip: Option<IpAddr>,
    now: Timestamp,
}

impl Trace {
    /// Begins with what is known before there are events; `seed` is the visit's own, `budget` what it has left.
    pub(crate) fn begin(edge: &Edge, visit: &Visit, seed: &[u8]) -> Option<Self> {
        let session = visit.arrival.session();
        (edge.tells_all() || session.is_some()).then_some(())?;
        let hash = Sha256::new().chain_update("visit").chain_update(seed).finalize();
        let id = hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect::<String>();
        let Visit { arrival, identity, page, seen, .. } = visit;
        let seen = seen.as_deref();
        let data_layer = page.as_ref().and_then(|page| page.data_layer.as_deref());
        let read;
        let payload = match &visit.occasion {
            Occasion::Post(payload) => Some(&**payload),
            _ => {
                read = data_layer.and_then(|text| Payload::from_data_layer(text).ok().flatten());
                read.as_ref()
            }
        };
        let sources = identity::sources(arrival, payload.and_then(|payload| payload.consent));
        let geo = &arrival.facts.client.geo;
        let mut line = json!({
            "selvedge": "visit",
            "visit": id,
            "time": arrival.facts.now.rfc3339(),
            "occasion": occasion(&visit.occasion),
            "request": {
                "method": arrival.request.method.as_str(),
                "url": arrival.request.url(),
                "headers": fields(&arrival.request.headers),
                "body": seen.and_then(|seen| seen.body.as_deref()),
                "ip": arrival.facts.client.ip,
                "country": geo.country_code,
                "city": geo.city,
                "bot": arrival.facts.client.bot,
            },
            "answer": {
                "status": seen.map(|seen| seen.status),
                "diagnosis": if page.is_some() { "edge" } else { "collect" },
                "entered": page.as_ref().map(|page| page.read),
                "released": page.as_ref().map(|page| released(page.released)),
                "sdk": page.as_ref().map(|page| sdk(page.sdk)),
                "cookies": identity.cookies.iter().filter_map(|cookie| cookie.to_str().ok()).collect::<Vec<_>>(),
            },
            "page": page.as_ref().map(|page| json!({
                "title": page.title,
                "canonical": page.canonical,
                "keywords": page.keywords,
                "too_long": page.too_long.iter().map(|part| self::part(*part)).collect::<Vec<_>>(),
            })),
            "data_layer": data_layer,
            "visitor": {
                "user": identity.user(),
                "session": identity.session(),
                "pseudonym": identity.pseudonym,
                "ids": identity.ids,
                "kept": identity.visitor.is_some(),
            },
            "consent": decision(edge, &sources),
        });
        if let Some(line) = line.as_object_mut() {
            let line = std::mem::take(line);
            let Facts { client, now, .. } = &arrival.facts;
            return Some(Self { id: id.into(), line, session, ip: client.ip, now: *now });
        }
        None
    }

    /// The visit's id, for the deliveries that are made for it.
    pub(crate) fn id(&self) -> Arc<str> {
        Arc::clone(&self.id)
    }

    /// Tells the events, as the `webhook` sends them.
    pub(crate) fn events(&mut self, events: &[Event]) {
        self.line.insert("events".into(), json!(events));
    }

    /// Ends with what each destination is sent: as the line for the log, where every visit is told, and as what is kept of a
    /// visit of a session. `had` is what the visit might use.
    pub(crate) fn end(mut self, edge: &Edge, plan: &Plan, had: Budget) -> (Option<String>, Option<Record>) {
        let components = edge.components.iter().map(|component| {
            let (id, kind) = (&component.config.id, &component.config.kind);
            let requests: Vec<_> = sent(edge, plan, Some(id)).collect();
            let needs = &component.purposes;
            json!({"id": id, "kind": kind, "purposes": needs, "tcf_vendor": component.tcf_vendor, "requests": requests})
        });
        self.line.insert("components".into(), components.collect());
        let (of, left) = (edge.platform.budget, plan.budget);
        let spent = |of: u32, left: u32| json!({"used": of.saturating_sub(left), "of": of});
        let budget = json!({
            "platform": edge.platform.name,
            "origin": of.subrequests.saturating_sub(had.subrequests),
            "subrequests": spent(of.subrequests, left.subrequests),
            "lookups": spent(of.lookups, left.lookups),
        });
        self.line.insert("budget".into(), budget);
        let line = Value::Object(self.line).to_string();
        let record = self.session.map(|session| Record::new(&session, self.now, &self.id, &line, self.ip));
        (edge.tells_all().then_some(line), record)
    }
}

/// The line for what is sent later: what the outbox held, tried again; or what a visit has waited for a token with. None
/// where nothing is told whole.
pub(crate) fn again(edge: &Edge, now: Timestamp, plan: &Plan) -> Option<String> {
    edge.tells_all().then_some(())?;
    let requests: Vec<_> = sent(edge, plan, None).collect();
    let line = json!({"selvedge": "again", "time": now.rfc3339(), "requests": requests});
    (!requests.is_empty()).then(|| about(line.to_string(), plan.visit().as_deref()))
}

/// What is sent and what is written: for one component, or for all.
fn sent(edge: &Edge, plan: &Plan, component: Option<&str>) -> impl Iterator<Item = Value> {
    let own = move |id: &str| component.is_none_or(|component| component == id);
    let requests = plan.deliveries.iter().filter(move |each| own(&each.component));
    let writes = plan.writes.iter().filter(move |each| own(&each.component));
    requests.map(|each| request(edge, each)).chain(writes.map(|each| write(edge, each)))
}

/// The line for the CPU time that a visit has taken, in milliseconds, of so much that the platform allows.
#[must_use]
pub fn cpu(visit: &str, ms: u64, of: u64) -> String {
    json!({"selvedge": "cpu", "visit": visit, "ms": ms, "of": of}).to_string()
}

/// A line of the log with the visit that it is about.
pub(crate) fn about(line: String, visit: Option<&str>) -> String {
    match (visit, line.strip_suffix('}')) {
        (Some(visit), Some(open)) => format!("{open},\"visit\":\"{visit}\"}}"),
        _ => line,
    }
}

/// By what a request is known again where it arrives: half of the hash of its path, its query and its body. Platforms that
/// parse URLs as browsers do encode an apostrophe in a query (url.spec.whatwg.org, "special-query percent-encode set").
#[must_use]
pub fn print(path_and_query: &str, body: &[u8]) -> String {
    let path_and_query = path_and_query.replace('\'', "%27");
    let hash = Sha256::new().chain_update(path_and_query).chain_update([0]).chain_update(body).finalize();
    hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// A request as it is sent, but for its secrets.
fn request(edge: &Edge, delivery: &Delivery) -> Value {
    let Outbound { method, url, headers, body } = &delivery.request;
    let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
    let path = rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/");
    let hide = |text: &str| edge.hidden.hide(text);
    let headers: Vec<_> =
        headers.iter().map(|(name, value)| [(*name).to_owned(), edge.hidden.field(name, value)]).collect();
    let told = json!({
        "method": method.as_str(),
        "url": hide(url),
        "headers": headers,
        "body": hide(&String::from_utf8_lossy(body)),
        "bytes": body.len(),
        "print": print(path, body),
    });
    whose(delivery, told)
}

/// What a sink of the platform's is given, but for secrets.
fn write(edge: &Edge, delivery: &Delivery<Write>) -> Value {
    let Write { sink, name, records } = &delivery.request;
    let hide = |text: &String| edge.hidden.hide(text);
    let bytes = records.iter().map(String::len).sum::<usize>();
    let records: Vec<_> = records.iter().map(hide).collect();
    whose(delivery, json!({"sink": sink.word(), "name": name, "records": records, "bytes": bytes}))
}

/// The same with the component and the events that it is for.
fn whose<T>(delivery: &Delivery<T>, mut told: Value) -> Value {
    if let Some(fields) = told.as_object_mut() {
        let events = &delivery.events;
        fields.insert("component".into(), delivery.component.as_str().into());
        fields.insert("anonymous".into(), events.iter().any(|event| event.anonymous).into());
        fields.insert("ids".into(), json!(events.iter().map(|event| event.uuid).collect::<Vec<_>>()));
    }
    told
}

fn fields(headers: &HeaderMap) -> Vec<[String; 2]> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    headers.iter().map(|(name, value)| [name.to_string(), text(value.as_bytes())]).collect()
}

/// What was decided, and everybody who has said something, the one whose word counts first.
fn decision(edge: &Edge, sources: &Sources<'_>) -> Value {
    let config = &edge.config.consent;
    let decided = consent::decide(config, sources);
    let mut said = Vec::new();
    let mut say = |source: &str, choice: Option<Choice>, who: Value| {
        if let Some(Choice { state, purposes }) = choice {
            said.push(json!({"source": source, "consent": state, "purposes": purposes, "cmp": who}));
        }
    };
    let cmp = sources.cmp.as_ref();
    say("payload", sources.payload, Value::Null);
    say("cmp", cmp.map(|said| said.choice), json!(cmp.map(|said| said.cmp)));
    say("stored", sources.stored, Value::Null);
    let nobody = Sources { country: sources.country, ..Sources::default() };
    let by_region = consent::decide(config, &nobody);
    if by_region.source == consent::Source::Region {
        say("region", Some(by_region.state.into()), Value::Null);
    }
    say("default", Some(config.default.into()), Value::Null);
    let mut told = json!(decided);
    if let Some(told) = told.as_object_mut() {
        told.insert("said".into(), said.into());
        told.insert("country".into(), json!(sources.country));
        told.insert("sec_gpc".into(), sources.gpc.into());
        told.insert("vendors".into(), json!(decided.vendors.as_ref().map(|vendors| vendors.0.len())));
    }
    told
}

fn occasion(occasion: &Occasion) -> &'static str {
    match occasion {
        Occasion::Unseen(_) => "unseen",
        Occasion::Shown { .. } => "page",
        Occasion::Post(_) => "post",
        Occasion::ScriptError(_) => "script",
    }
}

fn released(why: Released) -> &'static str {
    match why {
        Released::Head => "head",
        Released::DataLayer => "data-layer",
        Released::Limit => "limit",
        Released::End => "end",
        Released::Refused => "refused",
        Released::Failed => "failed",
    }
}

fn sdk(sdk: Sdk) -> &'static str {
    match sdk {
        Sdk::Injected => "injected",
        Sdk::Present => "present",
        Sdk::Absent => "absent",
    }
}

fn part(part: Part) -> &'static str {
    match part {
        Part::Title => "title",
        Part::Canonical => "canonical",
        Part::Keywords => "keywords",
        Part::DataLayer => "data_layer",
    }
}

#[cfg(test)]
mod tests;
