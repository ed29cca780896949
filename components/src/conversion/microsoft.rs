//! Microsoft Advertising's Conversions API for Universal Event Tracking.
//!
//! After learn.microsoft.com/advertising/guides/uet-conversion-api-integration, as of 2026-11.

use selvedge_core::account::DropReason;
use selvedge_core::component::{
    Destination, Encoded, Kind, Moment, ResolvedSettings, SettingError, SettingSpec,
};
use selvedge_core::consent::Purpose;
use selvedge_core::event::{Data, Event, Track};
use selvedge_core::visitor::native;
use serde_json::{Map, Value, json};

use super::contact;
use super::rules::is_number;
use crate::batch::{Room, requests};
use crate::commerce::{Action, Commerce, Product, money, pieces, take_number, take_text};
use crate::ids::Ids;
use crate::json::{add, to_text};
use crate::page;
use crate::person::{Person, hashed};
use crate::request;
use crate::secret::Secret;

/// Microsoft's Conversions API.
pub const KIND: Kind = Kind {
    name: "microsoft-capi",
    purposes: &[Purpose::Advertising],
    conversions: true,
    // It has one, which we could not look up.
    tcf_vendor: None,
    settings: &[
        SettingSpec {
            name: "tag_id",
            required: true,
            secret: false,
            help: "The UET tag's id, digits: Microsoft Advertising → Conversions → UET tag.",
        },
        SettingSpec {
            name: "access_token",
            required: true,
            secret: true,
            help: "The tag's token: Microsoft Advertising → Conversions → UET tag → Set up tagging → Use Conversions \
                   API.",
        },
    ],
    build,
};

const BASE: &str = "https://capi.uet.microsoft.com";
const ROOM: Room = Room { events: 1000, bytes: 1_000_000, around: 100 };
/// What stands around the events.
const CLOSE: &str = r#"],"dataProvider":"selvedge","continueOnValidationError":true}"#;

/// What UET calls events (Google's names), and of which kind of page they are.
const NAMES: &[(Action, &str, &str)] = &[
    (Action::AddPaymentInfo, "add_payment_info", ""),
    (Action::AddShippingInfo, "add_shipping_info", ""),
    (Action::AddToCart, "add_to_cart", ""),
    (Action::AddToWishlist, "add_to_wishlist", ""),
    (Action::BeginCheckout, "begin_checkout", ""),
    (Action::GenerateLead, "generate_lead", ""),
    (Action::Login, "login", ""),
    (Action::Purchase, "purchase", "purchase"),
    (Action::Refund, "refund", ""),
    (Action::RemoveFromCart, "remove_from_cart", ""),
    (Action::Search, "search", "searchresults"),
    (Action::SelectItem, "select_item", ""),
    (Action::SelectPromotion, "select_promotion", ""),
    (Action::Share, "share", ""),
    (Action::SignUp, "sign_up", ""),
    (Action::StartTrial, "start_trial", ""),
    (Action::Subscribe, "subscribe", ""),
    (Action::ViewCart, "view_cart", "cart"),
    (Action::ViewItem, "view_item", "product"),
    (Action::ViewItemList, "view_item_list", "category"),
    (Action::ViewPromotion, "view_promotion", ""),
];

#[derive(Debug)]
struct Microsoft {
    url: String,
    access_token: Secret,
}

fn build(settings: &ResolvedSettings) -> Result<Box<dyn Destination>, SettingError> {
    let tag = settings.required("tag_id")?;
    if !is_number(&tag) {
        return Err(SettingError {
            name: "tag_id",
            problem: format!("`{tag}` is not a UET tag's id, which is digits: Conversions → UET tag"),
        });
    }
    Ok(Box::new(Microsoft {
        url: format!("{}/v1/{tag}/events", request::base(settings, BASE)),
        access_token: Secret(settings.required("access_token")?),
    }))
}

impl Destination for Microsoft {
    fn encode(&self, batch: &[&Event], _: &Moment<'_>) -> Encoded {
        let mut encoded = Encoded::default();
        let mut lines = Vec::new();
        for (index, event) in batch.iter().enumerate() {
            match line(event, batch.get(..index).unwrap_or_default()) {
                Some(line) => lines.push((index, to_text(&line))),
                None => encoded.dropped.push((index, DropReason::NotSupported)),
            }
        }
        encoded.requests = requests(lines, ROOM, |events, _| {
            let body = format!(r#"{{"data":[{events}{CLOSE}"#);
            request::post_text(self.url.clone(), body, vec![request::bearer(&self.access_token.0)])
        });
        encoded
    }
}

/// The event, if Microsoft has use for it. `before` is what came before it in the visit.
fn line(event: &Event, before: &[&Event]) -> Option<Value> {
    let user = user(event)?;
    let mut line = Map::new();
    let custom = match &event.data {
        Data::Page(page) => {
            // A page view is one of a page.
            page::url(event)?;
            line.insert("eventType".into(), "pageLoad".into());
            let keywords = page.keywords.join(",");
            if !keywords.is_empty() {
                line.insert("keywords".into(), keywords.into());
            }
            Map::new()
        }
        Data::Track(track) => {
            let (name, custom) = of_track(track)?;
            line.insert("eventType".into(), "custom".into());
            line.insert("eventName".into(), name.into());
            custom
        }
        Data::User(_) => return None,
    };
    line.insert("eventId".into(), event.uuid.to_string().into());
    line.insert("eventTime".into(), event.timestamp.seconds().into());
    for (name, text) in [
        ("eventSourceUrl", page::url(event)),
        ("referrerUrl", page::referrer(event)),
        ("pageTitle", page::title(event)),
    ] {
        add(&mut line, name, text);
    }
    add(&mut line, "pageLoadId", page_load(event, before));
    let granted = event.consent.purposes.has(Purpose::Advertising);
    line.insert("adStorageConsent".into(), if granted { "G" } else { "D" }.into());
    line.insert("userData".into(), user.into());
    if !custom.is_empty() {
        line.insert("customData".into(), custom.into());
    }
    Some(Value::Object(line))
}

/// What ties the events of a page to its view: the view's id, which Microsoft takes if it is a UUID of version 4.
fn page_load(event: &Event, before: &[&Event]) -> Option<String> {
    let view = if matches!(event.data, Data::Page(_)) {
        event
    } else {
        let same = |view: &&&Event| matches!(view.data, Data::Page(_)) && page::url(view) == page::url(event);
        before.iter().rev().find(same)?
    };
    (view.uuid.get_version_num() == 4).then(|| view.uuid.to_string())
}

/// A track event's name and `customData`; none without a name.
fn of_track(track: &Track) -> Option<(String, Map<String, Value>)> {
    let mut commerce = Commerce::of(track);
    let known = NAMES.iter().find(|(action, ..)| Some(*action) == commerce.action);
    let name = known.map_or_else(|| track.name.trim().to_owned(), |(_, name, _)| (*name).to_owned());
    if name.is_empty() {
        return None;
    }
    let mut custom = Map::new();
    for (name, text) in [
        ("eventCategory", take_text(&mut commerce.rest, &["event_category"])),
        ("eventLabel", take_text(&mut commerce.rest, &["event_label"])),
        ("searchTerm", commerce.search_term.clone()),
        ("transactionId", commerce.transaction_id.clone()),
        ("currency", commerce.currency.clone().filter(|_| commerce.value.is_some())),
    ] {
        add(&mut custom, name, text);
    }
    let own = take_number(&mut commerce.rest, &["event_value"]);
    add(&mut custom, "eventValue", own.or(commerce.value).map(money));
    add(&mut custom, "value", commerce.value.map(money));
    let page = known.map_or("", |(_, _, page)| *page);
    if !page.is_empty() {
        custom.insert("pageType".into(), page.into());
    }
    if matches!(page, "cart" | "purchase") {
        add(&mut custom, "ecommTotalValue", commerce.value.map(money));
    }
    if page == "category" {
        let category = take_text(&mut commerce.rest, &["category"]);
        add(&mut custom, "ecommCategory", category);
    }
    let ids: Vec<&str> = commerce.product_ids().collect();
    if !ids.is_empty() {
        custom.insert("itemIds".into(), json!(ids));
    }
    let items: Vec<Value> = commerce.products.iter().filter_map(item).collect();
    if !items.is_empty() {
        custom.insert("items".into(), items.into());
    }
    Some((name, custom))
}

fn item(product: &Product) -> Option<Value> {
    let mut item = Map::new();
    add(&mut item, "id", product.id.as_deref());
    add(&mut item, "name", product.name.as_deref());
    add(&mut item, "price", product.price.map(money));
    add(&mut item, "quantity", product.quantity.and_then(pieces));
    (!item.is_empty()).then_some(Value::Object(item))
}

/// What Microsoft knows people by. Where advertising is not granted, the browser and no more, as with the tag; none of
/// an event that is nobody's.
fn user(event: &Event) -> Option<Map<String, Value>> {
    if event.anonymous {
        return None;
    }
    let client = &event.context.client;
    let mut user = Map::new();
    if event.consent.purposes.has(Purpose::Advertising) {
        let (person, _) = Person::of(event);
        let hash = |text: String| hashed(&text);
        // The tag's own id of the visitor, so that it and this are one.
        let anonymous = event.context.ids.get("_uetvid").or(Ids::of(event).visitor);
        for (name, value) in [
            ("em", person.email.as_deref().and_then(contact::email_without_tag).map(hash)),
            ("ph", person.phone.as_deref().and_then(contact::e164).map(hash)),
            ("externalId", contact::external_id(event)),
            ("anonymousId", anonymous.map(str::to_owned)),
            ("msclkid", native::microsoft(&event.context.ids).map(str::to_owned)),
            ("clientIpAddress", client.ip.clone()),
        ] {
            add(&mut user, name, value);
        }
    }
    add(&mut user, "clientUserAgent", client.user_agent.as_deref());
    (!user.is_empty()).then_some(user)
}
