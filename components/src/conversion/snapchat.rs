//! Snapchat's Conversions API, version 3: `POST /v3/{pixel}/events`.
//!
//! As of 2026-11, from developers.snap.com/api/marketing-api/Conversions-API: `UsingTheAPI` (requests, what identifies
//! somebody) and `Parameters` (fields, normalising). How many events a request takes is as
//! github.com/rudderlabs/rudder-transformer has it, and which fields a shop's event has as
//! github.com/segmentio/action-destinations, whose part for Snapchat is Snap's own.
//!
//! Snap documents no header for the token of this version, only the URL's `access_token`.

use selvedge_core::component::{
    Destination, Encoded, Fate, Kind, Moment, Reader, ResolvedSettings, Response, SettingError, SettingSpec,
};
use selvedge_core::consent::Purpose;
use selvedge_core::event::{Event, Ids, Properties};
use selvedge_core::visitor::native;
use serde_json::{Value, json};

use super::ads::{self, Said, put};
use crate::answer;
use crate::batch::together;
use crate::commerce::{Action, Commerce, json_number, words};
use crate::json::to_text;
use crate::query::Query;
use crate::request::{base, post_text};
use crate::secret::Secret;

/// Snapchat Conversions API.
pub const KIND: Kind = Kind {
    name: "snapchat-capi",
    purposes: &[Purpose::Advertising],
    conversions: true,
    tcf_vendor: None,
    settings: &[
        SettingSpec {
            name: "pixel_id",
            required: true,
            secret: false,
            help: "The Snap Pixel's id, a UUID: Ads Manager → Events Manager → your pixel.",
        },
        SettingSpec {
            name: "access_token",
            required: true,
            secret: true,
            help: "The Conversions API token: Business Manager → Business details → Conversions API tokens → Generate.",
        },
        SettingSpec {
            name: "test_event_code",
            required: false,
            secret: false,
            help: "Shows events in Events Manager → Test events, which shows the code. Not for production.",
        },
        custom_event("custom_event_1"),
        custom_event("custom_event_2"),
        custom_event("custom_event_3"),
        custom_event("custom_event_4"),
        custom_event("custom_event_5"),
        ads::USER_EVENT,
    ],
    build,
};

const fn custom_event(name: &'static str) -> SettingSpec {
    SettingSpec {
        name,
        required: false,
        secret: false,
        help: "The name of the track event that is sent as Snapchat's custom event of this number: it has five, and takes \
               no other names.",
    }
}

const BASE: &str = "https://tr.snapchat.com";
/// Events of a request.
const EVENTS: usize = 2000;

/// The settings that name custom events, and the events.
const CUSTOM: &[(&str, &str)] = &[
    ("custom_event_1", "CUSTOM_EVENT_1"),
    ("custom_event_2", "CUSTOM_EVENT_2"),
    ("custom_event_3", "CUSTOM_EVENT_3"),
    ("custom_event_4", "CUSTOM_EVENT_4"),
    ("custom_event_5", "CUSTOM_EVENT_5"),
];

/// Standard events beyond those of a shop, by their words.
const STANDARD: &[(&str, &str)] = &[
    ("page view", "PAGE_VIEW"),
    ("pageview", "PAGE_VIEW"),
    ("achievement unlocked", "ACHIEVEMENT_UNLOCKED"),
    ("ad click", "AD_CLICK"),
    ("ad view", "AD_VIEW"),
    ("add billing", "ADD_BILLING"),
    ("add cart", "ADD_CART"),
    ("complete tutorial", "COMPLETE_TUTORIAL"),
    ("invite", "INVITE"),
    ("level complete", "LEVEL_COMPLETE"),
    ("list view", "LIST_VIEW"),
    ("rate", "RATE"),
    ("reserve", "RESERVE"),
    ("save", "SAVE"),
    ("spent credits", "SPENT_CREDITS"),
    ("start checkout", "START_CHECKOUT"),
    ("custom event 1", "CUSTOM_EVENT_1"),
    ("custom event 2", "CUSTOM_EVENT_2"),
    ("custom event 3", "CUSTOM_EVENT_3"),
    ("custom event 4", "CUSTOM_EVENT_4"),
    ("custom event 5", "CUSTOM_EVENT_5"),
];

/// What else an event may say, in Snapchat's own words.
const FIELDS: &[&str] = &[
    "sign_up_method",
    "brands",
    "content_ids",
    "content_name",
    "content_category",
    "content_type",
    "contents",
    "num_items",
    "order_id",
    "search_string",
    "predicted_ltv",
    "status",
    "delivery_category",
    "description",
];

#[derive(Debug)]
struct Snapchat {
    /// With the token.
    url: Secret,
    test_event_code: Option<String>,
    /// The words of the owner's names, and the events that they are sent as.
    custom: Vec<(String, &'static str)>,
    user_event: Option<String>,
}

fn build(settings: &ResolvedSettings) -> Result<Box<dyn Destination>, SettingError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let id = ads::path_part(settings, "pixel_id", fits, "a pixel's id, which is letters, digits and dashes")?;
    let mut query = Query::default();
    query.push("access_token", &settings.required("access_token")?);
    let named = CUSTOM.iter().filter_map(|(name, event)| Some((words(&settings.text(name)?), *event)));
    let snapchat = Snapchat {
        url: Secret(format!("{}/v3/{id}/events?{}", base(settings, BASE), query.as_str())),
        test_event_code: settings.text("test_event_code"),
        custom: named.collect(),
        user_event: settings.text("user_event"),
    };
    match &snapchat.user_event {
        Some(name) if snapchat.event_name(Action::of(name), name).is_none() => Err(SettingError {
            name: "user_event",
            problem: format!("`{name}` is not an event of Snapchat's, such as `SIGN_UP` or `LOGIN`"),
        }),
        _ => Ok(Box::new(snapchat)),
    }
}

impl Destination for Snapchat {
    fn encode(&self, batch: &[&Event], moment: &Moment<'_>) -> Encoded {
        let code = ads::test_code(self.test_event_code.as_deref());
        together(
            batch,
            ads::room(EVENTS),
            |event| self.event(event, moment).map(|event| to_text(&event)),
            |events, _| post_text(self.url.0.clone(), format!(r#"{{"data":[{events}]{code}}}"#), Vec::new()),
        )
    }

    fn reader(&self) -> Option<Reader> {
        Some(read)
    }
}

impl Snapchat {
    fn event(&self, event: &Event, moment: &Moment<'_>) -> Option<Value> {
        let said = Said::of(event, self.user_event.as_deref())?;
        let user = user_data(&said);
        // Snapchat takes nothing less.
        if !["em", "ph"].iter().any(|id| user.contains_key(*id)) && !ads::is_browser(&user) {
            return None;
        }
        let name = match said.name {
            None => "PAGE_VIEW",
            Some(name) => self.event_name(said.commerce.action, name)?,
        };
        let custom = custom_data(&said);
        let mut told = Properties::new();
        put(&mut told, "event_name", Some(name));
        put(&mut told, "event_time", Some(said.seconds(moment)));
        put(&mut told, "event_id", Some(event.uuid.to_string()));
        put(&mut told, "event_source_url", said.url());
        put(&mut told, "action_source", Some("WEB"));
        // Limited use, for a visitor who did not agree to advertising that knows them.
        put(&mut told, "data_processing_options", (!said.may_personalise()).then(|| json!(["LMU"])));
        put(&mut told, "user_data", Some(user));
        put(&mut told, "custom_data", (!custom.is_empty()).then_some(custom));
        Some(told.into())
    }

    /// The owner's choice, else Snapchat's name. It refuses what it does not know.
    fn event_name(&self, action: Option<Action>, name: &str) -> Option<&'static str> {
        let words = words(name);
        let chosen = self.custom.iter().find(|(custom, _)| *custom == words).map(|(_, event)| *event);
        chosen.or_else(|| action.and_then(standard)).or_else(|| ads::standard(name, STANDARD))
    }
}

/// Snapchat's own name for what happens in a shop.
fn standard(action: Action) -> Option<&'static str> {
    Some(match action {
        Action::AddPaymentInfo => "ADD_BILLING",
        Action::AddToCart => "ADD_CART",
        Action::AddToWishlist => "ADD_TO_WISHLIST",
        Action::BeginCheckout => "START_CHECKOUT",
        Action::Login => "LOGIN",
        Action::Purchase => "PURCHASE",
        Action::Search => "SEARCH",
        Action::SelectPromotion => "AD_CLICK",
        Action::Share => "SHARE",
        Action::SignUp => "SIGN_UP",
        Action::StartTrial => "START_TRIAL",
        Action::Subscribe => "SUBSCRIBE",
        Action::ViewItem => "VIEW_CONTENT",
        Action::ViewItemList => "LIST_VIEW",
        Action::ViewPromotion => "AD_VIEW",
        Action::AddShippingInfo
        | Action::GenerateLead
        | Action::Refund
        | Action::RemoveFromCart
        | Action::SelectItem
        | Action::ViewCart => return None,
    })
}

fn user_data(said: &Said<'_>) -> Properties {
    let mut user = said.user_data();
    let ids = &said.event.context.ids;
    put(&mut user, "sc_click_id", click(ids));
    put(&mut user, "sc_cookie1", native::scid(ids));
    user
}

/// The id of the click that brought the visitor, now or before.
fn click(ids: &Ids) -> Option<&str> {
    ids.get("_scclid").or_else(|| ids.get("ScCid"))
}

/// Snapchat's fields and no others.
fn custom_data(said: &Said<'_>) -> Properties {
    let commerce = &said.commerce;
    let mut data = Properties::new();
    for name in FIELDS {
        put(&mut data, name, commerce.rest.get(*name).filter(|value| !value.is_null()).cloned());
    }
    put(&mut data, "value", commerce.value.map(json_number));
    put(&mut data, "currency", commerce.currency.as_deref());
    put(&mut data, "order_id", commerce.transaction_id.as_deref());
    put(&mut data, "search_string", commerce.search_term.as_deref());
    put(&mut data, "content_name", said.content_name());
    put(&mut data, "content_category", said.content_category());
    let ids: Vec<&str> = commerce.product_ids().collect();
    if !ids.is_empty() {
        put(&mut data, "content_ids", Some(json!(ids)));
        put(&mut data, "contents", Some(contents(commerce)));
    }
    put(&mut data, "num_items", commerce.pieces().and_then(ads::count));
    data
}

fn contents(commerce: &Commerce) -> Value {
    let known = commerce.products.iter().filter_map(|product| Some((product.id.as_deref()?, product)));
    let contents = known.map(|(id, product)| {
        let mut content = Properties::new();
        put(&mut content, "id", Some(id));
        put(&mut content, "quantity", ads::count(product.quantity.unwrap_or(1.0)));
        put(&mut content, "item_price", product.price.map(json_number));
        put(&mut content, "brand", product.brand.as_deref());
        put(&mut content, "delivery_category", product.rest.get("delivery_category").cloned());
        content
    });
    contents.collect()
}

/// Snapchat: a status beside the status
/// (developers.snap.com/api/marketing-api/Conversions-API/VerifySetUp).
fn read(response: &Response<'_>) -> Option<Vec<Fate>> {
    let answer = answer::json(response)?;
    let taken = !matches!(
        answer::text(&answer, "/status")?.to_ascii_uppercase().as_str(),
        "FAILED" | "INVALID" | "ERROR"
    );
    if taken && response.status.is_success() {
        return Some(response.all(&Fate::Delivered));
    }
    let why = answer::words(&answer, ["/status", "/reason"]);
    if response.status.is_success() {
        Some(response.all(&Fate::Rejected(why)))
    } else {
        answer::refused(response, why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_have_snapchats_names_or_none() {
        let custom =
            vec![("newsletter opened".to_owned(), "CUSTOM_EVENT_2"), ("lead".to_owned(), "CUSTOM_EVENT_3")];
        let snapchat = Snapchat {
            url: Secret("?access_token=t0ken".into()),
            test_event_code: None,
            custom,
            user_event: None,
        };
        for (said, sent) in [
            ("Order Completed", Some("PURCHASE")),
            ("PURCHASE", Some("PURCHASE")),
            ("ADD_CART", Some("ADD_CART")),
            ("Product Added", Some("ADD_CART")),
            ("view_item_list", Some("LIST_VIEW")),
            ("reserve", Some("RESERVE")),
            ("Newsletter Opened", Some("CUSTOM_EVENT_2")),
            ("Lead", Some("CUSTOM_EVENT_3")),
            ("CUSTOM_EVENT_5", Some("CUSTOM_EVENT_5")),
            ("refund", None),
            ("Clicked", None),
        ] {
            assert_eq!(snapchat.event_name(Action::of(said), said), sent, "{said}");
        }
        assert!(!format!("{snapchat:?}").contains("t0ken"));
    }
}
