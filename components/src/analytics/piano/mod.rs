//! Piano Analytics, by its Collection API: `POST /event?s=…&idclient=…` of `{"events":[…]}`, the events of one visitor.
//!
//! From developers.atinternet-solutions.com/piano-analytics/data-collection (how-to-send-events/collection-api, consent,
//! sales-insights; consent/modes-rules), and for the properties, the ids and what each consent mode allows
//! github.com/at-internet/piano-analytics-js, `src/core/steps` and `src/business/privacy`, as of 2026-11.

mod consent;
mod data;
mod shop;

use http::Method;
use selvedge_core::account::DropReason;
use selvedge_core::component::{
    Destination, Encoded, Kind, Moment, Outbound, ResolvedSettings, SettingError, SettingSpec,
};
use selvedge_core::consent::Purpose;
use selvedge_core::event::{Data, Event};
use serde_json::json;

use crate::browser::user_agent;
use crate::ids::granted;
use crate::json::to_text;
use crate::query::Query;
use crate::request::own_server;
use consent::Mode;
use data::Visit;

/// Piano Analytics.
pub const KIND: Kind = Kind {
    name: "piano",
    purposes: &[Purpose::Analytics],
    conversions: false,
    tcf_vendor: None,
    settings: &[
        SettingSpec {
            name: "collect_domain",
            // Not where there is an `endpoint`.
            required: false,
            secret: false,
            help: "Your collection domain, such as xxxxxxx.pa-cd.com: Piano Analytics, Tools → Collection domains; required \
                   unless `endpoint` says it.",
        },
        SettingSpec {
            name: "site",
            required: true,
            secret: false,
            help: "The site's number: Piano Analytics, Access management → Sites, column ID.",
        },
        SettingSpec {
            name: "consent_mode",
            required: false,
            secret: false,
            help: "Piano's consent mode for visitors who did not agree to analytics, where they are not left out: `opt-out` \
                   unless you say otherwise, or `essential`, for which Piano has to have set up your exemption.",
        },
    ],
    build,
};

/// Events and bytes of a request. Piano names no limit.
const EVENTS: usize = 50;
const BODY: usize = 200_000;

#[derive(Debug)]
struct Piano {
    url: String,
    site: String,
    /// Without consent to analytics.
    refused: Mode,
}

fn build(settings: &ResolvedSettings) -> Result<Box<dyn Destination>, SettingError> {
    let domain = own_server(settings, "collect_domain")?;
    // As Piano's own SDK has it.
    let domain = if domain.contains("://") { domain } else { format!("https://{domain}") };
    let site = settings.required("site")?;
    if !site.bytes().all(|byte| byte.is_ascii_digit()) {
        let problem = format!("`{site}` is not a site's number: Access management → Sites, column ID");
        return Err(SettingError { name: "site", problem });
    }
    let refused = match settings.text("consent_mode").as_deref() {
        None | Some("opt-out") => Mode::OptOut,
        Some("essential") => Mode::Essential,
        Some(other) => {
            let problem = format!("`{other}` is neither `opt-out` nor `essential`");
            return Err(SettingError { name: "consent_mode", problem });
        }
    };
    Ok(Box::new(Piano { url: format!("{}/event", domain.trim_end_matches('/')), site, refused }))
}

/// A request in the making: Piano takes the events of one visitor, and reads their browser and address from the fields.
struct Request {
    id: String,
    user_agent: Option<String>,
    ip: Option<String>,
    bodies: Vec<String>,
    size: usize,
    events: Vec<usize>,
}

impl Destination for Piano {
    fn encode(&self, batch: &[&Event], moment: &Moment<'_>) -> Encoded {
        let mut visit = Visit::of(moment);
        let mut requests: Vec<Request> = Vec::new();
        let mut dropped = Vec::new();
        for (index, event) in batch.iter().enumerate() {
            let mode = if granted(event) { Mode::OptIn } else { self.refused };
            let bodies = match &event.data {
                // Of its own a user is nothing to Piano: their id goes with everything that they do.
                Data::User(_) => Vec::new(),
                Data::Page(_) | Data::Track(_) => said(&mut visit, event, mode),
            };
            if bodies.is_empty() {
                dropped.push((index, DropReason::NotSupported));
            } else {
                add(&mut requests, visit.id(event, mode), event, mode, bodies, index);
            }
        }
        let requests = requests.into_iter().map(|request| self.outbound(request)).collect();
        Encoded { requests, dropped, ..Encoded::default() }
    }
}

/// Piano's events for one of ours, as JSON; more than one where it has products. None where the mode allows none of them.
fn said(visit: &mut Visit, event: &Event, mode: Mode) -> Vec<String> {
    let events = visit.events(event, mode).into_iter().filter(|(name, _)| mode.allows_event(name));
    events
        .map(|(name, mut data)| {
            data.retain(|property, _| mode.allows_property(property));
            to_text(&json!({ "name": name, "data": data }))
        })
        .collect()
}

/// Adds an event to the first request that can hold it, or to a new one.
fn add(
    requests: &mut Vec<Request>,
    id: String,
    event: &Event,
    mode: Mode,
    bodies: Vec<String>,
    index: usize,
) {
    let user_agent = user_agent(event);
    let ip = event.context.client.ip.clone().filter(|_| mode != Mode::OptOut);
    let size = bodies.iter().map(|body| body.len() + 1).sum::<usize>();
    let held = requests.iter_mut().find(|request| {
        request.id == id
            && request.user_agent == user_agent
            && request.ip == ip
            && request.bodies.len() + bodies.len() <= EVENTS
            && request.size + size <= BODY
    });
    if let Some(request) = held {
        request.bodies.extend(bodies);
        request.size += size;
        request.events.push(index);
    } else {
        requests.push(Request { id, user_agent, ip, bodies, size, events: vec![index] });
    }
}

impl Piano {
    fn outbound(&self, request: Request) -> (Outbound, Vec<usize>) {
        let mut query = Query::default();
        query.push("s", &self.site);
        query.push("idclient", &request.id);
        let mut headers = vec![("content-type", "text/plain".to_owned())];
        headers.extend(request.user_agent.map(|agent| ("user-agent", agent)));
        headers.extend(request.ip.map(|ip| ("x-forwarded-for", ip)));
        let url = format!("{}?{}", self.url, query.as_str());
        let body = format!(r#"{{"events":[{}]}}"#, request.bodies.join(",")).into_bytes();
        (Outbound { method: Method::POST, url, headers, body }, request.events)
    }
}
