//! Reddit's Conversions API, version 3.
//!
//! After ads-api.reddit.com/docs/v3 ("Direct Integration", "capi-migration", "Post Conversion Events"), as of 2026-11.

use selvedge_core::component::{
    Destination, Encoded, Kind, Moment, Outbound, ResolvedSettings, SettingError, SettingSpec,
};
use selvedge_core::consent::{Purpose, State};
use selvedge_core::event::{Client, Data, Event, Track};
use selvedge_core::visitor::native;
use serde_json::{Map, Value, json};

use super::contact;
use crate::batch::{Room, together};
use crate::commerce::{Action, Commerce, Product, money, pieces};
use crate::cut;
use crate::ids::Ids;
use crate::json::{add, to_text};
use crate::page;
use crate::person::{Person, hashed};
use crate::query::encoded;
use crate::request;
use crate::secret::Secret;

/// Reddit's Conversions API.
pub const KIND: Kind = Kind {
    name: "reddit-capi",
    purposes: &[Purpose::Advertising],
    conversions: true,
    // Not known to be on the list.
    tcf_vendor: None,
    settings: &[
        SettingSpec {
            name: "pixel_id",
            required: true,
            secret: false,
            help: "The pixel's id, often that of the account (t2_… or a2_…): Reddit Ads → Events Manager.",
        },
        SettingSpec {
            name: "access_token",
            required: true,
            secret: true,
            help: "The conversion access token: Reddit Ads → Events Manager → Conversions API → Generate access token.",
        },
        SettingSpec {
            name: "test_id",
            required: false,
            secret: false,
            help: "Shows events in Reddit Ads → Events Manager → Event testing, which shows the id, and counts none of \
                   them. Not for production.",
        },
    ],
    build,
};

const BASE: &str = "https://ads-api.reddit.com";
/// Reddit names no limit of bytes.
const ROOM: Room = Room { events: 1000, bytes: 1_000_000, around: 200 };
/// Characters of a custom event's name.
const NAME: usize = 64;

/// Reddit's own events.
const TYPES: &[(Action, &str)] = &[
    (Action::ViewItem, "VIEW_CONTENT"),
    (Action::Search, "SEARCH"),
    (Action::AddToCart, "ADD_TO_CART"),
    (Action::AddToWishlist, "ADD_TO_WISHLIST"),
    (Action::Purchase, "PURCHASE"),
    (Action::GenerateLead, "LEAD"),
    (Action::SignUp, "SIGN_UP"),
];
/// Events that may not have a currency and a value.
const WORTHLESS: &[&str] = &["PAGE_VISIT", "VIEW_CONTENT", "SEARCH"];
/// Events that may say how many pieces there are.
const COUNTED: &[&str] = &["ADD_TO_CART", "ADD_TO_WISHLIST", "PURCHASE", "CUSTOM"];

#[derive(Debug)]
struct Reddit {
    url: String,
    access_token: Secret,
    test_id: Option<String>,
}

fn build(settings: &ResolvedSettings) -> Result<Box<dyn Destination>, SettingError> {
    let pixel = settings.required("pixel_id")?;
    Ok(Box::new(Reddit {
        url: format!("{}/api/v3/pixels/{}/conversion_events", request::base(settings, BASE), encoded(&pixel)),
        access_token: Secret(settings.required("access_token")?),
        test_id: settings.text("test_id"),
    }))
}

impl Destination for Reddit {
    fn encode(&self, batch: &[&Event], _: &Moment<'_>) -> Encoded {
        together(
            batch,
            ROOM,
            |event| line(event).map(|line| to_text(&line)),
            |events, _| self.outbound(events),
        )
    }
}

impl Reddit {
    fn outbound(&self, events: &str) -> Outbound {
        let test = self.test_id.as_ref().map(|id| format!(r#","test_id":{}"#, Value::from(id.as_str())));
        let body = format!(r#"{{"data":{{"events":[{events}]{}}}}}"#, test.unwrap_or_default());
        request::post_text(self.url.clone(), body, vec![request::bearer(&self.access_token.0)])
    }
}

/// The event, if Reddit has use for it and can tell who it was.
fn line(event: &Event) -> Option<Value> {
    let limited = limited(event)?;
    let (kind, metadata) = match &event.data {
        Data::Page(_) => (json!({"tracking_type": "PAGE_VISIT"}), Map::new()),
        Data::Track(track) => of_track(track)?,
        Data::User(_) => return None,
    };
    let mut user = user(event);
    let click = native::reddit_click(&event.context.ids);
    if click.is_none() && user.is_empty() {
        return None;
    }
    // What follows tells nobody apart, and so does not count.
    user.extend(beside(&event.context.client, limited));
    let mut line = Map::new();
    line.insert("event_at".into(), event.timestamp.0.into());
    line.insert("action_source".into(), "WEBSITE".into());
    add(&mut line, "event_source_url", page::url(event));
    add(&mut line, "click_id", click);
    line.insert("type".into(), kind);
    // Reddit tells by it which of its pixel's events this is.
    let mut all = Map::from_iter([("conversion_id".to_owned(), event.uuid.to_string().into())]);
    all.extend(metadata);
    line.insert("metadata".into(), all.into());
    line.insert("user".into(), user.into());
    Some(Value::Object(line))
}

/// `type` and `metadata`; none of an event without a name.
fn of_track(track: &Track) -> Option<(Value, Map<String, Value>)> {
    let commerce = Commerce::of(track);
    let standard = TYPES.iter().find(|(action, _)| Some(*action) == commerce.action);
    let name = standard.map_or("CUSTOM", |(_, name)| *name);
    let mut kind = json!({"tracking_type": name});
    if standard.is_none() {
        let own = Some(cut::characters(track.name.trim(), NAME)).filter(|own| !own.is_empty())?;
        kind = json!({"tracking_type": name, "custom_event_name": own});
    }
    let mut metadata = Map::new();
    // Each only with the other.
    if let (Some(currency), Some(value)) = (&commerce.currency, commerce.value)
        && !WORTHLESS.contains(&name)
    {
        metadata.insert("currency".into(), currency.as_str().into());
        metadata.insert("value".into(), money(value));
    }
    if let Some(count) = commerce.pieces().and_then(pieces).filter(|_| COUNTED.contains(&name)) {
        metadata.insert("item_count".into(), count);
    }
    let products: Vec<Value> = commerce.products.iter().filter_map(product).collect();
    if !products.is_empty() {
        metadata.insert("products".into(), products.into());
    }
    Some((kind, metadata))
}

/// A product, which must have an id.
fn product(product: &Product) -> Option<Value> {
    let mut sent = Map::from_iter([("id".to_owned(), product.id.as_deref()?.into())]);
    for (name, text) in [("name", &product.name), ("category", &product.category)] {
        add(&mut sent, name, text.as_deref());
    }
    add(&mut sent, "quantity", product.quantity.and_then(pieces));
    add(&mut sent, "item_price", product.price.map(money));
    Some(Value::Object(sent))
}

/// Whether Reddit may only use it in a limited way: that is for somebody whose browser opted out (`Sec-GPC`) of what they
/// agreed to otherwise. None where they did not agree, and where nothing may tell who it was: that is nothing for Reddit.
fn limited(event: &Event) -> Option<bool> {
    let decision = &event.consent;
    let granted = decision.purposes.has(Purpose::Advertising);
    let opted_out = decision.gpc && decision.state == State::Granted;
    (!event.anonymous && (granted || opted_out)).then_some(!granted)
}

/// What Reddit knows people by, hashed where it may be.
fn user(event: &Event) -> Map<String, Value> {
    let mut user = Map::new();
    let (person, _) = Person::of(event);
    let hash = |text: String| hashed(&text);
    let client = &event.context.client;
    let ids = Ids::of(event);
    let visitor = ids.user.or(ids.visitor).map(|id| hashed(id.trim()));
    for (name, value) in [
        ("email", person.email.as_deref().and_then(contact::email_without_tag).map(hash)),
        ("phone_number", person.phone.as_deref().and_then(contact::e164).map(hash)),
        ("external_id", visitor),
        ("uuid", native::reddit(&event.context.ids).map(str::to_owned)),
        ("ip_address", client.ip.as_deref().map(hashed)),
        ("user_agent", client.user_agent.clone()),
    ] {
        add(&mut user, name, value);
    }
    user
}

/// What goes with it: the screen, and "limited data use" with the place whose law that is of.
fn beside(client: &Client, limited: bool) -> Map<String, Value> {
    let mut beside = Map::new();
    if let (Some(width @ 1..), Some(height @ 1..)) = (client.screen_width, client.screen_height) {
        beside.insert("screen_dimensions".into(), json!({"width": width, "height": height}));
    }
    if limited {
        let mut options = Map::from_iter([("modes".to_owned(), json!(["LDU"]))]);
        if let Some(country) = client.country_code.as_deref() {
            options.insert("country".into(), country.into());
            let region = client.region.as_deref().map(|region| format!("{country}-{region}"));
            add(&mut options, "region", region);
        }
        beside.insert("data_processing_options".into(), options.into());
    }
    beside
}
