//! What is an event's own, and therefore a line of the request's body: `en=…&ep.…&up.…&pr1=…`.

use std::collections::BTreeSet;

use selvedge_core::event::{Data, Event, Page, Properties};
use serde_json::Value;

use super::client_id::Visit;
use super::limit;
use super::value::{Scalar, number, scalars};
use super::{commerce, shared};
use crate::cut::characters;
use crate::ids::granted;
use crate::query::Query;

/// Parameters that Google documents as numbers, whatever the owner's template made of them.
const NUMBERS: &[&str] = &["value", "tax", "shipping"];

/// An event's line, and the currency of its amounts, which gtag sends among what is shared.
#[derive(Debug, PartialEq)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) currency: Option<String>,
}

/// What an event is to Google, by whichever protocol it goes.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) name: String,
    pub(super) currency: Option<String>,
    /// Milliseconds.
    pub(super) engagement: Option<u64>,
    /// What is left of the event's properties.
    pub(super) properties: Properties,
    pub(super) products: Vec<Properties>,
}

impl Content {
    /// None if the event has no name.
    pub(super) fn of(event: &Event) -> Option<Self> {
        let (google, name) = match &event.data {
            Data::Page(_) => (None, "page_view".to_owned()),
            // Google keeps no event for this; Edgee's name stays.
            Data::User(_) => (None, "user".to_owned()),
            Data::Track(track) => match commerce::event(&track.name) {
                Some(google) => (Some(google), google.to_owned()),
                None => (None, limit::name(&track.name, limit::EVENT_NAME)?),
            },
        };
        let none = Properties::new();
        let properties = match &event.data {
            Data::Page(page) => &page.properties,
            Data::Track(track) => &track.properties,
            // A user's traits are the user's, not the event's.
            Data::User(_) => &none,
        };
        let commerce::Commerce { mut properties, products } = commerce::read(google, properties);
        let currency = match properties.get("currency") {
            Some(Value::String(currency)) if !currency.is_empty() => {
                Some(characters(currency, 3).to_uppercase())
            }
            _ => None,
        };
        if currency.is_some() {
            properties.shift_remove("currency");
        }
        let engagement = engagement(&mut properties);
        Some(Self { name, currency, engagement, properties, products })
    }
}

/// Writes an event's line; none if the event has no name. `first` is whether it is the first that is sent.
pub(super) fn of(event: &Event, visit: &Visit, first: bool) -> Option<Line> {
    let content = Content::of(event)?;
    let mut line = Query::default();
    line.push("en", &content.name);
    visit.opens(event, first, &mut line);
    line.push("_ee", "1");
    if let Some(time) = content.engagement {
        line.push("_et", &time.to_string());
    }
    for (name, value) in parameters(event, &content.properties, limit::PARAMETERS) {
        push(&mut line, ("ep", "epn"), &name, &value);
    }
    for (name, value) in user_properties(event) {
        push(&mut line, ("up", "upn"), &name, &value);
    }
    for (index, item) in content.products.iter().filter_map(commerce::item).take(limit::ITEMS).enumerate() {
        let before = line.clone();
        line.push(&format!("pr{}", index + 1), &item);
        // What a request cannot hold, no request can.
        if line.as_str().len() > limit::BODY {
            line = before;
            break;
        }
    }
    Some(Line { text: line.into_string(), currency: content.currency })
}

/// How long the visitor was engaged, in milliseconds, under gtag's name or Edgee's.
fn engagement(properties: &mut Properties) -> Option<u64> {
    let named = ["engagement_time_msec", "engagement_time"];
    let time = named.into_iter().find_map(|name| properties.get(name).and_then(number)?.as_u64())?;
    for name in named {
        properties.shift_remove(name);
    }
    Some(time)
}

/// An event's parameters: its id, what is known of a page, and the owner's own, as many as there is room for.
pub(super) fn parameters(event: &Event, properties: &Properties, room: usize) -> Vec<(String, Scalar)> {
    let mut said = vec![("event_id".to_owned(), Scalar::Text(event.uuid.to_string()))];
    if let Data::Page(page) = &event.data {
        said.extend(page_parameters(page));
    }
    said.extend(scalars(properties));
    let mut parameters = limited(said, (room, limit::PARAMETER_NAME, limit::PARAMETER_VALUE));
    for (name, value) in &mut parameters {
        if let Scalar::Text(text) = value
            && NUMBERS.contains(&name.as_str())
            && let Some(number) = number(&Value::String(text.clone()))
        {
            *value = Scalar::Number(number);
        }
    }
    parameters
}

/// The first of each name, as many, with names and texts as long, as Google takes.
fn limited(said: Vec<(String, Scalar)>, (count, name, text): (usize, usize, usize)) -> Vec<(String, Scalar)> {
    let mut seen = BTreeSet::new();
    let mut kept = Vec::new();
    for (key, value) in said {
        let Some(name) = limit::name(&key, name) else { continue };
        if kept.len() == count {
            break;
        }
        if seen.insert(name.clone()) {
            let value = match value {
                Scalar::Text(said) => Scalar::Text(characters(&said, text).to_owned()),
                number @ Scalar::Number(_) => number,
            };
            kept.push((name, value));
        }
    }
    kept
}

fn page_parameters(page: &Page) -> impl Iterator<Item = (String, Scalar)> {
    let keywords = Some(page.keywords.join(",")).filter(|keywords| !keywords.is_empty());
    [
        ("page_name", page.name.clone()),
        ("page_category", page.category.clone()),
        ("page_keywords", keywords),
        ("page_search", page.search.clone().filter(|search| !search.is_empty())),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), Scalar::Text(value?))))
}

/// User properties: what is known of the user, with every event, because requests may arrive in any order. Nothing
/// without analytics, as with their ids.
pub(super) fn user_properties(event: &Event) -> Vec<(String, Scalar)> {
    if !granted(event) {
        return Vec::new();
    }
    let mut said = Vec::new();
    if let Some(id) = shared::anonymous_id(event) {
        said.push(("anonymous_id".to_owned(), Scalar::Text(id.to_owned())));
    }
    if let Data::User(user) = &event.data {
        said.extend(scalars(&user.properties));
    }
    said.extend(scalars(&event.context.user.properties));
    limited(said, (limit::USER_PROPERTIES, limit::USER_PROPERTY_NAME, limit::USER_PROPERTY_VALUE))
}

fn push(line: &mut Query, (text, number): (&str, &str), name: &str, value: &Scalar) {
    match value {
        Scalar::Text(value) => line.push(&format!("{text}.{name}"), value),
        Scalar::Number(value) => line.push(&format!("{number}.{name}"), &value.to_string()),
    }
}
