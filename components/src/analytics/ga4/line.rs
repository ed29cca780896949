//! What is an event's own, and therefore a line of the request's body: `en=…&ep.…&up.…&pr1=…`.

use std::collections::BTreeSet;

use selvedge_core::consent::Purpose;
use selvedge_core::event::{Data, Event, Page, Properties};
use serde_json::Value;

use super::client_id::Visit;
use super::limit::{self, truncated};
use super::value::{Scalar, number, scalars};
use super::{commerce, shared};
use crate::query::Query;

/// Parameters that Google documents as numbers, whatever the owner's template made of them.
const NUMBERS: &[&str] = &["value", "tax", "shipping"];

/// An event's line, and the currency of its amounts, which gtag sends among what is shared.
#[derive(Debug, PartialEq)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) currency: Option<String>,
}

/// Writes an event's line; none if the event has no name. `first` is whether it is the first that is sent.
pub(super) fn of(event: &Event, visit: &Visit, first: bool) -> Option<Line> {
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
    let commerce::Commerce { mut properties, items } = commerce::read(google, properties);
    let currency = match properties.get("currency") {
        Some(Value::String(currency)) if !currency.is_empty() => Some(truncated(currency, 3).to_uppercase()),
        _ => None,
    };
    if currency.is_some() {
        properties.shift_remove("currency");
    }

    let mut line = Query::default();
    line.push("en", &name);
    visit.opens(event, first, &mut line);
    line.push("_ee", "1");
    if let Some(time) = engagement(&mut properties) {
        line.push("_et", &time.to_string());
    }
    push_parameters(event, &properties, &mut line);
    push_user(event, &mut line);
    for (index, item) in items.iter().take(limit::ITEMS).enumerate() {
        let before = line.clone();
        line.push(&format!("pr{}", index + 1), item);
        // What a request cannot hold, no request can.
        if line.as_str().len() > limit::BODY {
            line = before;
            break;
        }
    }
    Some(Line { text: line.into_string(), currency })
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

/// `ep.` and `epn.`: the event's id, what is known of a page, and the owner's own, as many as Google takes.
fn push_parameters(event: &Event, properties: &Properties, line: &mut Query) {
    let mut parameters = vec![("event_id".to_owned(), Scalar::Text(event.uuid.to_string()))];
    if let Data::Page(page) = &event.data {
        parameters.extend(page_parameters(page));
    }
    parameters.extend(scalars(properties));
    let mut seen = BTreeSet::new();
    for (key, value) in parameters {
        let Some(name) = limit::name(&key, limit::PARAMETER_NAME) else { continue };
        if seen.len() == limit::PARAMETERS {
            break;
        }
        if !seen.insert(name.clone()) {
            continue;
        }
        let value = match value {
            Scalar::Text(text) if NUMBERS.contains(&name.as_str()) => {
                number(&Value::String(text.clone())).map_or(Scalar::Text(text), Scalar::Number)
            }
            value => value,
        };
        push(line, ("ep", "epn"), &name, &value, limit::PARAMETER_VALUE);
    }
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

/// `up.` and `upn.`: what is known of the user, with every event, because requests may arrive in any order. Nothing
/// without analytics, as with their ids.
fn push_user(event: &Event, line: &mut Query) {
    if !event.consent.purposes.has(Purpose::Analytics) {
        return;
    }
    let mut properties = Vec::new();
    if let Some(id) = shared::anonymous_id(event) {
        properties.push(("anonymous_id".to_owned(), Scalar::Text(id.to_owned())));
    }
    if let Data::User(user) = &event.data {
        properties.extend(scalars(&user.properties));
    }
    properties.extend(scalars(&event.context.user.properties));
    let mut seen = BTreeSet::new();
    for (key, value) in properties {
        let Some(name) = limit::name(&key, limit::USER_PROPERTY_NAME) else { continue };
        if seen.len() == limit::USER_PROPERTIES {
            break;
        }
        if seen.insert(name.clone()) {
            push(line, ("up", "upn"), &name, &value, limit::USER_PROPERTY_VALUE);
        }
    }
}

fn push(line: &mut Query, (text, number): (&str, &str), name: &str, value: &Scalar, characters: usize) {
    match value {
        Scalar::Text(value) => line.push(&format!("{text}.{name}"), truncated(value, characters)),
        Scalar::Number(value) => line.push(&format!("{number}.{name}"), &value.to_string()),
    }
}
