//! Woopra, by its HTTP Tracking API: `GET /track/ce` for events and `/track/identify` for users, a request each, for it takes
//! no batches. Everything is a parameter of the URL: `ce_` of the event, `cv_` of the visitor, `cs_` of the visit.
//!
//! From docs.woopra.com/reference/intro-http-tracking and woopra.com/docs/developer/http-tracking-api, and for what its
//! browser tracker calls things github.com/Woopra/browser-tracker, as of 2026-11.

use http::Method;
use selvedge_core::component::{
    Destination, Encoded, Kind, Moment, Outbound, ResolvedSettings, SettingError, SettingSpec,
};
use selvedge_core::consent::Purpose;
use selvedge_core::event::{Data, Event, Properties};
use serde_json::Value;

use crate::batch::alone;
use crate::browser::{screen, user_agent};
use crate::commerce::Commerce;
use crate::cut::characters;
use crate::flat::{flat, scalar, shop};
use crate::hash::hexadecimal;
use crate::ids::{Ids, digits, granted};
use crate::json::add;
use crate::location::Location;
use crate::query::{Query, encoded};
use crate::request::base;

/// Woopra.
pub const KIND: Kind = Kind {
    name: "woopra",
    purposes: &[Purpose::Analytics],
    conversions: false,
    tcf_vendor: None,
    settings: &[SettingSpec {
        name: "project",
        required: true,
        secret: false,
        help: "The project's name, such as example.com: Woopra, Settings → General settings → Project.",
    }],
    build,
};

const BASE: &str = "https://www.woopra.com";
/// How long somebody is online after an event, in milliseconds: what Woopra's browser tracker waits for.
const TIMEOUT: &str = "300000";

/// Characters of a device's id; Woopra cuts what is longer, so that two might become one.
const COOKIE: usize = 24;
/// Characters of `cv_id` and `cv_email`.
const ID: usize = 128;
/// Characters of any other value: ours.
const VALUE: usize = 1_000;
/// Bytes of the URL: what servers take without being asked to. The last properties are left out.
const URL: usize = 8_000;

#[derive(Debug)]
struct Woopra {
    project: String,
    base: String,
}

fn build(settings: &ResolvedSettings) -> Result<Box<dyn Destination>, SettingError> {
    Ok(Box::new(Woopra { project: settings.required("project")?, base: base(settings, BASE) }))
}

impl Destination for Woopra {
    fn encode(&self, batch: &[&Event], moment: &Moment<'_>) -> Encoded {
        // For a visit without identity: drawn once, so that one visit is one visitor and the next is another.
        let mut drawn = hexadecimal(&moment.random.bytes());
        drawn.truncate(COOKIE);
        alone(batch, |event| self.outbound(event, &drawn))
    }
}

impl Woopra {
    fn outbound(&self, event: &Event, drawn: &str) -> Option<Outbound> {
        let (endpoint, name, own) = match &event.data {
            Data::Page(page) => {
                let mut own = page_properties(event);
                own.extend(page.properties.clone());
                ("ce", Some("pv"), own)
            }
            Data::Track(track) => {
                let name = Some(track.name.trim()).filter(|name| !name.is_empty())?;
                ("ce", Some(name), shop(Commerce::of(track)))
            }
            Data::User(_) => ("identify", None, Properties::new()),
        };
        let visitor = visitor(event);
        if name.is_none() && visitor.is_empty() {
            return None;
        }
        let mut query = Query::default();
        query.push("project", &self.project);
        let cookie = Ids::granted(event).visitor.map(|id| digits(id, COOKIE));
        query.push("cookie", cookie.as_deref().unwrap_or(drawn));
        query.push_some("event", name.map(|name| characters(name, VALUE)));
        query.push("timestamp", &event.timestamp.0.to_string());
        query.push("app", "Selvedge");
        query.push("timeout", TIMEOUT);
        push_visit(event, &mut query);
        let mut url = format!("{}/track/{endpoint}?{}", self.base, query.as_str());
        let mut push = |prefix: &str, properties: &Properties| {
            for (name, value) in flat(properties) {
                append(&mut url, prefix, &name, &value);
            }
        };
        push("cv_", &visitor);
        push("ce_", &own);
        let headers = user_agent(event).map(|agent| ("user-agent", agent)).into_iter().collect();
        Some(Outbound { method: Method::GET, url, headers, body: Vec::new() })
    }
}

/// What Woopra knows of itself, without a prefix, and of the visit.
fn push_visit(event: &Event, query: &mut Query) {
    let client = &event.context.client;
    if granted(event) {
        query.push_some("ip", client.ip.as_deref());
    }
    query.push_some("language", client.locale.as_deref());
    query.push_some("screen", screen(client).as_deref());
    query.push_some("referer", Location::of(event).referrer.map(|referrer| characters(referrer, VALUE)));
    if let Some(session) = event.context.session.as_ref().filter(|_| granted(event)) {
        query.push("cs_session_id", &session.session_id);
        query.push("cs_session_count", &session.session_count.to_string());
    }
}

/// A page as Woopra's browser tracker has it: `url` is the path, and `uri` all of it.
fn page_properties(event: &Event) -> Properties {
    let Data::Page(page) = &event.data else { return Properties::new() };
    let location = Location::of(event);
    let path = page.path.as_deref().or(event.context.page.path.as_deref());
    let host = location.url.as_deref().and_then(|url| url.split_once("://"));
    let host = host.and_then(|(_, rest)| rest.split(['/', '?', '#']).next());
    let keywords = page.keywords.join(",");
    let campaign = &event.context.campaign;
    [
        ("url", path),
        ("uri", location.url.as_deref()),
        ("domain", host),
        ("title", location.title),
        ("page_name", page.name.as_deref()),
        ("page_category", page.category.as_deref()),
        ("page_keywords", Some(keywords.as_str())),
        ("campaign_name", campaign.name.as_deref()),
        ("campaign_source", campaign.source.as_deref()),
        ("campaign_medium", campaign.medium.as_deref()),
        ("campaign_term", campaign.term.as_deref()),
        ("campaign_content", campaign.content.as_deref()),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?))))
    .collect()
}

/// Who the visitor is: `id` and `email` are Woopra's own, by which it knows somebody on every device.
fn visitor(event: &Event) -> Properties {
    let mut visitor = Properties::new();
    if !granted(event) {
        return visitor;
    }
    let ids = [("id", Ids::granted(event).user), ("anonymous_id", Ids::granted(event).anonymous)];
    for (name, id) in ids {
        add(&mut visitor, name, id.map(|id| characters(id, ID)));
    }
    let traits = event.context.user.properties.iter();
    let own = if let Data::User(user) = &event.data { Some(user.properties.iter()) } else { None };
    for (name, value) in traits.chain(own.into_iter().flatten()) {
        // An id among the traits would be taken for Woopra's.
        if name != "id" || Ids::granted(event).user.is_none() {
            visitor.insert(name.clone(), value.clone());
        }
    }
    visitor
}

/// Adds a property, unless the URL is as long as it may be.
fn append(url: &mut String, prefix: &str, name: &str, value: &Value) {
    let Some(value) = scalar(value).filter(|value| !value.is_empty()) else { return };
    let most = if prefix == "cv_" && matches!(name, "id" | "email") { ID } else { VALUE };
    let parameter = format!(
        "&{prefix}{}={}",
        encoded(characters(&name.replace(' ', "_"), ID)),
        encoded(characters(&value, most))
    );
    if url.len() + parameter.len() <= URL {
        url.push_str(&parameter);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_an_end() {
        let mut url = String::from("https://www.woopra.com/track/ce?project=x");
        for nth in 0..100 {
            append(&mut url, "ce_", &format!("p{nth} q"), &Value::from("\u{e9}".repeat(50)));
        }
        assert!(url.len() <= URL && url.len() > URL - 400, "{}", url.len());
        assert!(url.contains("&ce_p3_q=%C3%A9"));
    }
}
