//! An event as a row: flat columns with types for what is asked most, and everything as JSON beside them.
//!
//! Properties keep their types and their nesting (Edgee wrote dictionaries as lists of pairs of text), times
//! are times.

use selvedge_core::event::{Data, Event};
use serde_json::{Map, Value, to_value};

use crate::commerce::{Commerce, money};
use crate::ids::Ids;
use crate::page;

/// The columns of an event, without those of which nothing is known. `purposes`, `data` and `context` are
/// objects, `session_start` and `anonymous` are true or false, `value` is a number, and all others are texts.
pub(super) fn columns(event: &Event) -> Map<String, Value> {
    let (context, client) = (&event.context, &event.context.client);
    let ids = Ids::of(event);
    let session = context.session.as_ref();

    let mut row = Row::default();
    row.text("uuid", Some(&event.uuid.to_string()));
    row.text("timestamp", Some(&event.timestamp.rfc3339()));
    row.text("event_type", Some(event.data.event_type().word()));
    row.text("event_name", name(event));
    row.json("source", to_value(event.from));
    row.json("anonymous", Ok(event.anonymous.into()));
    row.text("visitor_id", ids.visitor);
    row.text("user_id", ids.user);
    row.text("anonymous_id", ids.anonymous);
    row.text("session_id", session.map(|session| session.session_id.as_str()));
    if let Some(session) = session {
        row.json("session_start", Ok(session.session_start.into()));
    }
    row.text("page_url", page::url(event));
    row.text("page_path", page::text(event, |page| page.path.as_deref()));
    row.text("page_title", page::title(event));
    row.text("page_referrer", page::referrer(event));
    if let Some(traffic) = &context.traffic {
        row.json("channel", to_value(traffic.channel));
    }
    row.text("utm_source", context.campaign.source.as_deref());
    row.text("utm_medium", context.campaign.medium.as_deref());
    row.text("utm_campaign", context.campaign.name.as_deref());
    row.text("country_code", client.country_code.as_deref());
    row.text("device", client.device.as_deref());
    row.text("browser", client.browser.as_deref());
    row.text("os", client.os_name.as_deref());
    if let Data::Track(track) = &event.data {
        let order = Commerce::of(track);
        row.text("transaction_id", order.transaction_id.as_deref());
        row.text("currency", order.currency.as_deref());
        if let Some(value) = order.value {
            row.json("value", Ok(money(value)));
        }
    }
    row.json("consent", to_value(event.consent.state));
    row.json("purposes", to_value(event.consent.purposes));
    row.json(
        "data",
        match &event.data {
            Data::Page(page) => to_value(page),
            Data::Track(track) => to_value(track),
            Data::User(user) => to_value(user),
        },
    );
    row.json("context", to_value(context));
    row.0
}

/// What happened, or what the owner calls the page.
fn name(event: &Event) -> Option<&str> {
    match &event.data {
        Data::Page(page) => page.name.as_deref(),
        Data::Track(track) => Some(track.name.as_str()),
        Data::User(_) => None,
    }
}

#[derive(Default)]
struct Row(Map<String, Value>);

impl Row {
    fn text(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            self.0.insert(name.to_owned(), text.into());
        }
    }

    /// Nothing here fails to be written: all maps have text for keys.
    fn json(&mut self, name: &str, value: serde_json::Result<Value>) {
        if let Ok(value) = value {
            self.0.insert(name.to_owned(), value);
        }
    }
}
