//! A hit: the query of one tracking request.

use selvedge_core::component::Moment;
use selvedge_core::event::{Client, Data, Event, Properties, Track};
use selvedge_core::visitor::native::matomo;
use serde_json::Map;

use super::shop;
use crate::browser::{brand_list, screen};
use crate::commerce::{number, text};
use crate::cut;
use crate::hash::hexadecimal;
use crate::ids::{Ids, digits, granted};
use crate::json::{add, to_text};
use crate::location::Location;
use crate::query::Query;

/// Bytes of a URL, a title, and the names of an event: what Matomo's columns hold.
const LONG: usize = 4096;
/// Bytes of a user's id and of a custom dimension, likewise.
const SHORT: usize = 200;
/// Digits of a visitor's id, hexadecimal ones.
const DIGITS: usize = 16;
/// Custom dimensions go by a number of at most three digits.
const DIMENSION: usize = 3;

/// What the hits of one visit share.
pub(super) struct Visit<'a> {
    site_id: &'a str,
    trusted: bool,
    /// For a visit without identity: drawn once, so that one visit is one visitor and the next is another.
    drawn: String,
    /// The page view that the events after it belong to.
    page_view: Option<String>,
}

impl<'a> Visit<'a> {
    pub(super) fn of(site_id: &'a str, trusted: bool, moment: &Moment<'_>) -> Self {
        let mut drawn = hexadecimal(&moment.random.bytes());
        drawn.truncate(DIGITS);
        Self { site_id, trusted, drawn, page_view: None }
    }

    /// None for what Matomo has no use for.
    pub(super) fn hit(&mut self, event: &Event) -> Option<String> {
        let mut own = Query::default();
        match &event.data {
            Data::Page(page) => {
                let title = Location::of(event).title.or(page.name.as_deref());
                own.push_some("action_name", title.map(|title| cut::bytes(title, LONG)));
                // The last digits: the first of a UUID may be its time.
                self.page_view = Some(event.uuid.simple().to_string().chars().skip(26).collect());
                dimensions(&page.properties, &mut own);
            }
            Data::Track(track) => {
                shop::push(track, &mut own).or_else(|| push_event(track, &mut own))?;
                dimensions(&track.properties, &mut own);
            }
            // A user's id goes with everything that they do; of its own Matomo takes none.
            Data::User(_) => return None,
        }
        let mut query = Query::default();
        query.push("idsite", self.site_id);
        query.push("rec", "1");
        query.push("apiv", "1");
        query.push("send_image", "0");
        self.push_visitor(event, &mut query);
        query.push("cdt", &event.timestamp.seconds().to_string());
        query.push_some("pv_id", self.page_view.as_deref());
        let location = Location::of(event);
        query.push_some("url", location.url.as_deref().map(|url| cut::bytes(url, LONG)));
        query.push_some("urlref", location.referrer.map(|referrer| cut::bytes(referrer, LONG)));
        self.push_client(&event.context.client, granted(event), &mut query);
        Some(format!("?{}&{}", query.as_str(), own.as_str()).trim_end_matches('&').to_owned())
    }

    /// `cid`, which Matomo takes as it is, where `_id` is a hint that it weighs against address and browser: the edge's
    /// would make one visitor of many.
    fn push_visitor(&self, event: &Event, query: &mut Query) {
        let native = matomo(&event.context.ids, self.site_id).filter(|_| granted(event));
        let id = native
            .map(str::to_ascii_lowercase)
            .or_else(|| Ids::granted(event).visitor.map(|id| digits(id, DIGITS)));
        query.push("cid", id.as_deref().unwrap_or(&self.drawn));
        query.push_some("uid", Ids::granted(event).user.map(|user| cut::bytes(user, SHORT)));
    }

    fn push_client(&self, client: &Client, granted: bool, query: &mut Query) {
        query.push_some("ua", client.user_agent.as_deref().map(|agent| cut::bytes(agent, LONG)));
        query.push_some("uadata", hints(client).as_deref());
        query.push_some("lang", client.accept_language.as_deref().or(client.locale.as_deref()));
        query.push_some("res", screen(client).as_deref());
        // Who says so without a token has the whole hit refused.
        if self.trusted {
            let country = client.country_code.as_deref().map(str::to_ascii_lowercase);
            query.push_some("country", country.as_deref());
            query.push_some("region", client.region.as_deref());
            query.push_some("city", client.city.as_deref());
        }
        if self.trusted && granted {
            let degrees = |degrees: Option<f64>| degrees.map(|degrees| degrees.to_string());
            query.push_some("cip", client.ip.as_deref());
            query.push_some("lat", degrees(client.latitude).as_deref());
            query.push_some("long", degrees(client.longitude).as_deref());
        }
    }
}

/// The client hints, as Matomo's own script collects them.
fn hints(client: &Client) -> Option<String> {
    let mut hints = Map::new();
    for (name, list) in [
        ("brands", &client.user_agent_version_list),
        ("fullVersionList", &client.user_agent_full_version_list),
    ] {
        add(&mut hints, name, list.as_deref().map(brand_list));
    }
    let mobile = client.user_agent_mobile.as_deref();
    add(&mut hints, "mobile", mobile.map(|mobile| mobile == "1"));
    for (name, text) in [
        ("model", &client.user_agent_model),
        ("platform", &client.os_name),
        ("platformVersion", &client.os_version),
    ] {
        add(&mut hints, name, text.as_deref());
    }
    (!hints.is_empty()).then(|| to_text(&hints))
}

/// `e_c`, `e_a`, `e_n` and `e_v`, or a goal where the event names one. None where the event has no name.
fn push_event(track: &Track, query: &mut Query) -> Option<()> {
    let said = |names: &[&str]| names.iter().find_map(|name| track.properties.get(*name).and_then(text));
    let name = Some(track.name.trim()).filter(|name| !name.is_empty())?;
    if let Some(goal) = said(&["idgoal"]).filter(|goal| is_number(goal)) {
        query.push("idgoal", &goal);
        let revenue = ["revenue", "value"].iter().find_map(|name| number(track.properties.get(*name)?));
        query.push_some("revenue", revenue.map(|revenue| revenue.to_string()).as_deref());
    }
    let category = said(&["e_c", "event_category", "category"]);
    push_named(category.as_deref().unwrap_or("Event"), name, query);
    query.push_some(
        "e_n",
        said(&["e_n", "event_label", "label", "name"])
            .map(|name| cut::bytes(&name, LONG).to_owned())
            .as_deref(),
    );
    let value = ["e_v", "event_value", "value"].iter().find_map(|name| number(track.properties.get(*name)?));
    query.push_some("e_v", value.map(|value| value.to_string()).as_deref());
    Some(())
}

/// `e_c` and `e_a`, and that the hit is no page view even where events are switched off.
pub(super) fn push_named(category: &str, action: &str, query: &mut Query) {
    let category = Some(category.trim()).filter(|category| !category.is_empty()).unwrap_or("Event");
    query.push("ca", "1");
    query.push("e_c", cut::bytes(category, LONG));
    query.push("e_a", cut::bytes(action, LONG));
}

/// `dimension1` to `dimension999`, which the owner numbers in Matomo.
fn dimensions(properties: &Properties, query: &mut Query) {
    for (name, value) in properties {
        let known = name.strip_prefix("dimension").is_some_and(|n| n.len() <= DIMENSION && is_number(n));
        if let Some(value) = crate::flat::scalar(value).filter(|_| known) {
            query.push_some(name, Some(cut::bytes(&value, SHORT)));
        }
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_numbered_dimensions_are_taken() {
        let properties = json!({"dimension1": "a&b", "dimension12": 3, "dimension": 1, "dimensionx": 1,
            "dimension1234": 1, "dimension2": {"a": 1}, "plan": "pro", "dimension3": ""});
        let mut query = Query::default();
        dimensions(properties.as_object().unwrap(), &mut query);
        assert_eq!(query.as_str(), "dimension1=a%26b&dimension12=3");
    }
}
