//! GoSquared, by its Tracking API: `POST /tracking/v1/pageview`, `event`, `transaction` and `identify`, a request each.
//!
//! The key is part of the URL: GoSquared documents no other place for it. It can do no more than write, if its scope is
//! `write_tracking`.
//!
//! From gosquared.com/docs/tracking (pageview, event, transaction, identify) and /docs/configuration, and for the parts of a
//! transaction github.com/gosquared/php-sdk and node-gosquared, as of 2026-11.

use selvedge_core::component::{
    Destination, Encoded, Kind, Moment, Outbound, ResolvedSettings, SettingError, SettingSpec,
};
use selvedge_core::consent::Purpose;
use selvedge_core::event::{Client, Data, Event, Properties, Track, User};
use serde_json::{Map, Value, json};

use crate::batch::alone;
use crate::commerce::{Action, Commerce, Product, json_number, text};
use crate::ids::{Ids, granted};
use crate::json::add;
use crate::location::Location;
use crate::query::Query;
use crate::request::{base, post};
use crate::secret::Secret;

/// GoSquared.
pub const KIND: Kind = Kind {
    name: "gosquared",
    purposes: &[Purpose::Analytics],
    conversions: false,
    tcf_vendor: None,
    settings: &[
        SettingSpec {
            name: "api_key",
            required: true,
            secret: true,
            help: "An API key with the scope write_tracking and no other: GoSquared, Settings → API access.",
        },
        SettingSpec {
            name: "site_token",
            required: true,
            secret: false,
            help: "The project's token, GSN-000000-X: GoSquared, Settings → Current project → General.",
        },
    ],
    build,
};

const BASE: &str = "https://api.gosquared.com";

/// Properties of a person that GoSquared knows; all others are `custom`.
const SPECIAL: &[&str] = &[
    "avatar",
    "company",
    "company_industry",
    "company_name",
    "company_position",
    "company_size",
    "created_at",
    "description",
    "email",
    "first_name",
    "last_name",
    "name",
    "phone",
    "username",
];

#[derive(Debug)]
struct GoSquared {
    base: String,
    /// With the key.
    query: Secret,
}

fn build(settings: &ResolvedSettings) -> Result<Box<dyn Destination>, SettingError> {
    let site_token = settings.required("site_token")?;
    if !site_token.starts_with("GSN-") {
        let problem = format!("`{site_token}` is not a project's token, which looks like `GSN-000000-X`");
        return Err(SettingError { name: "site_token", problem });
    }
    let mut query = Query::default();
    query.push("api_key", &settings.required("api_key")?);
    query.push("site_token", &site_token);
    Ok(Box::new(GoSquared { base: base(settings, BASE), query: Secret(query.into_string()) }))
}

impl Destination for GoSquared {
    fn encode(&self, batch: &[&Event], moment: &Moment<'_>) -> Encoded {
        // For a visit without identity: drawn once, so that one visit is one visitor and the next is another.
        let drawn = moment.random.uuid().to_string();
        alone(batch, |event| self.outbound(event, &drawn))
    }
}

impl GoSquared {
    fn outbound(&self, event: &Event, drawn: &str) -> Option<Outbound> {
        let (endpoint, body) = match &event.data {
            Data::Page(_) => ("pageview", visit(event, drawn)),
            Data::Track(track) => {
                let (endpoint, said) = track_of(track)?;
                let mut body = visit(event, drawn);
                body.insert(endpoint.into(), said);
                (endpoint, body)
            }
            Data::User(user) => ("identify", identify(event, user, drawn)?),
        };
        let url = format!("{}/tracking/v1/{endpoint}?{}", self.base, self.query.0);
        Some(post(url, &Value::Object(body), Vec::new()))
    }
}

/// A transaction or an event. None where the event has no name.
fn track_of(track: &Track) -> Option<(&'static str, Value)> {
    let name = Some(track.name.trim()).filter(|name| !name.is_empty())?;
    let shop = Commerce::of(track);
    if shop.action == Some(Action::Purchase) {
        return Some(("transaction", transaction(&shop)));
    }
    let mut event = json!({ "name": name });
    if let (Some(event), false) = (event.as_object_mut(), track.properties.is_empty()) {
        event.insert("data".into(), Value::Object(track.properties.clone()));
    }
    Some(("event", event))
}

/// GoSquared adds up what the items cost, unless it is told.
fn transaction(shop: &Commerce) -> Value {
    let mut options = Map::new();
    add(&mut options, "revenue", shop.value.map(json_number));
    add(&mut options, "quantity", shop.pieces().map(json_number));
    let mut transaction = Map::new();
    // By which GoSquared takes a transaction only once.
    add(&mut transaction, "id", shop.transaction_id.as_deref());
    transaction.insert("items".into(), shop.products.iter().filter_map(item).collect());
    transaction.insert("opts".into(), Value::Object(options));
    Value::Object(transaction)
}

/// An item has to have a name.
fn item(product: &Product) -> Option<Value> {
    let mut item = Map::new();
    item.insert("name".into(), product.name.as_deref().or(product.id.as_deref())?.into());
    add(&mut item, "category", product.category.as_deref());
    add(&mut item, "price", product.price.map(json_number));
    item.insert("quantity".into(), json_number(product.quantity.unwrap_or(1.0)));
    Some(Value::Object(item))
}

/// Who somebody is. None where nobody says.
fn identify(event: &Event, user: &User, drawn: &str) -> Option<Map<String, Value>> {
    let person = person(event)?;
    let mut properties = Map::new();
    let mut custom = Properties::new();
    for (name, value) in &user.properties {
        if SPECIAL.contains(&name.as_str()) {
            properties.insert(name.clone(), value.clone());
        } else {
            custom.insert(name.clone(), value.clone());
        }
    }
    add(&mut properties, "id", Ids::granted(event).user);
    if !custom.is_empty() {
        properties.insert("custom".into(), Value::Object(custom));
    }
    let mut body = Map::new();
    body.insert("person_id".into(), person.into());
    body.insert("visitor_id".into(), Ids::granted(event).visitor.unwrap_or(drawn).into());
    body.insert("properties".into(), Value::Object(properties));
    Some(body)
}

/// The user's id, else their address, marked as one.
fn person(event: &Event) -> Option<String> {
    let own = if let Data::User(user) = &event.data { user.properties.get("email") } else { None };
    let email = own.or_else(|| event.context.user.properties.get("email")).and_then(text);
    let email = email.filter(|email| granted(event) && email.contains('@'));
    Ids::granted(event).user.map(str::to_owned).or_else(|| email.map(|email| format!("email:{email}")))
}

/// What GoSquared takes with everything that is tracked.
fn visit(event: &Event, drawn: &str) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("visitor_id".into(), Ids::granted(event).visitor.unwrap_or(drawn).into());
    add(&mut body, "person_id", person(event));
    body.insert("timestamp".into(), event.timestamp.rfc3339().into());
    let location = Location::of(event);
    let mut page = Map::new();
    add(&mut page, "url", location.url);
    add(&mut page, "title", location.title);
    body.insert("page".into(), Value::Object(page));
    add(&mut body, "referrer", location.referrer);
    push_client(&event.context.client, granted(event), &mut body);
    if let Some(session) = event.context.session.as_ref().filter(|_| granted(event)) {
        body.insert("returning".into(), (session.session_count > 1).into());
    }
    let campaign = &event.context.campaign;
    let campaign: Map<String, Value> = [
        ("name", &campaign.name),
        ("source", &campaign.source),
        ("medium", &campaign.medium),
        ("term", &campaign.term),
        ("content", &campaign.content),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value.as_deref()?.into())))
    .collect();
    if !campaign.is_empty() {
        body.insert("campaign".into(), Value::Object(campaign));
    }
    body
}

fn push_client(client: &Client, granted: bool, body: &mut Map<String, Value>) {
    let ip = client.ip.as_ref().filter(|_| granted);
    for (name, value) in
        [("ip", ip), ("language", client.locale.as_ref()), ("user_agent", client.user_agent.as_ref())]
    {
        add(body, name, value.map(String::as_str));
    }
    let mut screen = Map::new();
    for (name, pixels) in [("height", client.screen_height), ("width", client.screen_width)] {
        add(&mut screen, name, pixels.filter(|pixels| *pixels > 0));
    }
    let density = client.screen_density.filter(|density| *density > 0.0);
    add(&mut screen, "pixel_ratio", density.map(|density| json_number(f64::from(density))));
    if !screen.is_empty() {
        body.insert("screen".into(), Value::Object(screen));
    }
}
