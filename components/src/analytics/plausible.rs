//! Plausible Analytics, by its Events API: `POST /api/event`, an event each, for it takes no batches.
//!
//! Plausible counts visitors without an id: by a hash of the day, the domain, the visitor's address and their
//! `User-Agent`, which therefore are sent in the fields that it reads them from. Nothing else that is sent tells who it
//! was.
//!
//! From plausible.io/docs/events-api, and for the limits and the order of the fields with the address
//! github.com/plausible/analytics, `lib/plausible/ingestion/request.ex` and `lib/plausible_web/remote_ip.ex`, as of
//! 2026-11.

use http::Method;
use selvedge_core::component::{
    Destination, Encoded, Kind, Moment, Outbound, ResolvedSettings, SettingError, SettingSpec,
};
use selvedge_core::consent::Purpose;
use selvedge_core::event::{Data, Event, Page, Properties, Track};
use serde_json::{Map, Value, json};

use crate::batch::alone;
use crate::browser;
use crate::commerce::{Action, Commerce, json_number};
use crate::cut::{self, url_bytes};
use crate::flat::{self, scalar};
use crate::json::{add, to_text};
use crate::location::Location;
use crate::request::base;

/// Plausible Analytics.
pub const KIND: Kind = Kind {
    name: "plausible",
    purposes: &[Purpose::Analytics],
    conversions: false,
    tcf_vendor: None,
    settings: &[SettingSpec {
        name: "domain",
        required: true,
        secret: false,
        help: "The site's domain as Plausible has it, without https://: Plausible, Site settings → General. Several are \
               separated by commas.",
    }],
    build,
};

/// Plausible's own servers; an instance of one's own is the `endpoint`.
const BASE: &str = "https://plausible.io";

/// Characters of an event's name. A longer one is refused.
const NAME: usize = 120;
/// Bytes of a URL. A longer one is refused, as it is of a referrer, which is cut.
const URL: usize = 2000;
/// Custom properties of an event; more are ignored.
const PROPERTIES: usize = 30;
/// Bytes of a property's name and of its text. A longer one is refused with the whole event.
const PROPERTY: (usize, usize) = (300, 2000);

#[derive(Debug)]
struct Plausible {
    domain: String,
    url: String,
}

fn build(settings: &ResolvedSettings) -> Result<Box<dyn Destination>, SettingError> {
    let domain = settings.required("domain")?;
    if domain.chars().any(|c| c.is_whitespace() || matches!(c, ':' | '?' | '#')) {
        let problem = format!("`{domain}` is not a site's domain, which looks like `example.com`");
        return Err(SettingError { name: "domain", problem });
    }
    Ok(Box::new(Plausible { domain, url: format!("{}/api/event", base(settings, BASE)) }))
}

impl Destination for Plausible {
    fn encode(&self, batch: &[&Event], _: &Moment<'_>) -> Encoded {
        alone(batch, |event| self.outbound(event))
    }
}

impl Plausible {
    fn outbound(&self, event: &Event) -> Option<Outbound> {
        let mut said = match &event.data {
            Data::Page(page) => Said::page(page),
            Data::Track(track) => Said::track(track)?,
            // Plausible knows no users.
            Data::User(_) => return None,
        };
        let location = Location::of(event);
        let mut body = Map::new();
        body.insert("name".into(), cut::characters(&said.name, NAME).into());
        body.insert("domain".into(), self.domain.as_str().into());
        body.insert("url".into(), url_bytes(&location.url?, URL).into());
        add(&mut body, "referrer", location.referrer.map(|referrer| url_bytes(referrer, URL)));
        add(&mut body, "interactive", said.interactive());
        add(&mut body, "revenue", said.revenue.take());
        let properties = said.properties();
        if !properties.is_empty() {
            body.insert("props".into(), Value::Object(properties));
        }
        let mut headers = vec![("content-type", "application/json".to_owned())];
        headers.extend(browser::user_agent(event).map(|agent| ("user-agent", agent)));
        if let Some(ip) = event.context.client.ip.as_deref().filter(|ip| !ip.is_empty()) {
            // The first is what the documentation names; the second counts before what a network in between adds.
            headers.push(("x-forwarded-for", ip.to_owned()));
            headers.push(("x-plausible-ip", ip.to_owned()));
        }
        let body = to_text(&body).into_bytes();
        Some(Outbound { method: Method::POST, url: self.url.clone(), headers, body })
    }
}

/// What an event says, as Plausible takes it.
struct Said {
    name: String,
    revenue: Option<Value>,
    properties: Properties,
}

impl Said {
    fn page(page: &Page) -> Self {
        let mut properties = Properties::new();
        let text = |text: &Option<String>| text.as_deref().map(Value::from);
        add(&mut properties, "page_name", text(&page.name));
        add(&mut properties, "page_category", text(&page.category));
        if !page.keywords.is_empty() {
            properties.insert("page_keywords".into(), page.keywords.join(",").into());
        }
        properties.extend(page.properties.clone());
        Self { name: "pageview".into(), revenue: None, properties }
    }

    fn track(track: &Track) -> Option<Self> {
        let name = track.name.trim();
        // What Plausible's script sends of its own, with fields that nobody here has.
        if name.is_empty() || name == "engagement" {
            return None;
        }
        let mut shop = Commerce::of(track);
        // What was paid back would be added to what was earned.
        let earned = shop.action != Some(Action::Refund) && shop.value.is_some() && shop.currency.is_some();
        let revenue = if earned {
            let amount = shop.value.take().map(json_number);
            Some(json!({ "currency": shop.currency.take(), "amount": amount }))
        } else {
            None
        };
        let properties = flat::shop(shop);
        Some(Self { name: name.to_owned(), revenue, properties })
    }

    /// Whether the event counts against the bounce rate, where the owner says so.
    fn interactive(&mut self) -> Option<Value> {
        self.properties.get("interactive").filter(|value| value.is_boolean())?;
        self.properties.shift_remove("interactive")
    }

    fn properties(self) -> Map<String, Value> {
        let values = flat::flat(&self.properties).into_iter();
        let values = values.filter_map(|(name, value)| {
            let value = match &value {
                Value::String(text) => Value::from(cut::bytes(text, PROPERTY.1)),
                _ => value,
            };
            // Blank ones are ignored, but count.
            let blank = name.trim().is_empty() || scalar(&value).is_none_or(|text| text.trim().is_empty());
            (!blank).then(|| (cut::bytes(&name, PROPERTY.0).to_owned(), value))
        });
        values.take(PROPERTIES).collect()
    }
}
