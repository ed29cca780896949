//! Pinterest's API for Conversions: `POST /v5/ad_accounts/{id}/events`.
//!
//! As of 2026-11, from developers.pinterest.com/docs/track-conversions/track-conversions-in-the-api (events),
//! `define-your-own-event-types` (custom ones), and the schema `ConversionEvents` of Pinterest's own OpenAPI
//! (github.com/pinterest/api-description, v5; pypi.org/project/pinterest-generated-client, 0.1.12).

use selvedge_core::component::{
    Destination, Encoded, Fate, Kind, Moment, Reader, ResolvedSettings, Response, SettingError, SettingSpec,
};
use selvedge_core::consent::Purpose;
use selvedge_core::event::{Event, Properties};
use selvedge_core::visitor::native;
use serde_json::{Value, json};

use super::ads::{self, Said, put};
use crate::answer;
use crate::batch::together;
use crate::commerce::{Action, Commerce, json_number, text};
use crate::json::to_text;
use crate::request::{base, bearer, post_text};
use crate::secret::Secret;

/// Pinterest API for Conversions.
pub const KIND: Kind = Kind {
    name: "pinterest-capi",
    purposes: &[Purpose::Advertising],
    conversions: true,
    tcf_vendor: None,
    settings: &[
        SettingSpec {
            name: "ad_account_id",
            required: true,
            secret: false,
            help: "The ad account's id, digits: Ads Manager, in the account menu and in the page's URL.",
        },
        SettingSpec {
            name: "access_token",
            required: true,
            secret: true,
            help: "The conversion token: Ads Manager → Conversions → Set up API → Generate new token.",
        },
        SettingSpec {
            name: "is_test",
            required: false,
            secret: false,
            help: "true: Pinterest checks the events and records nothing.",
        },
        ads::USER_EVENT,
    ],
    build,
};

const BASE: &str = "https://api.pinterest.com";
/// Events of a request.
const EVENTS: usize = 1000;

/// Standard events beyond those of a shop, by their words.
const STANDARD: &[(&str, &str)] = &[
    ("page visit", "page_visit"),
    ("page view", "page_visit"),
    ("pageview", "page_visit"),
    ("add to wish list", "add_to_wishlist"),
    ("view category", "view_category"),
    ("view content", "view_content"),
    ("signup", "signup"),
    ("checkout", "checkout"),
    ("watch video", "watch_video"),
    ("contact", "contact"),
    ("customize product", "customize_product"),
    ("find location", "find_location"),
    ("schedule", "schedule"),
    ("submit application", "submit_application"),
];

#[derive(Debug)]
struct Pinterest {
    url: String,
    access_token: Secret,
    user_event: Option<String>,
}

fn build(settings: &ResolvedSettings) -> Result<Box<dyn Destination>, SettingError> {
    let digits = |c: char| c.is_ascii_digit();
    let id = ads::path_part(settings, "ad_account_id", digits, "an ad account's id, which is digits only")?;
    let test = if ads::flag(settings, "is_test") { "?test=true" } else { "" };
    Ok(Box::new(Pinterest {
        url: format!("{}/v5/ad_accounts/{id}/events{test}", base(settings, BASE)),
        access_token: ads::token(settings, "access_token")?,
        user_event: settings.text("user_event"),
    }))
}

impl Destination for Pinterest {
    fn encode(&self, batch: &[&Event], moment: &Moment<'_>) -> Encoded {
        together(
            batch,
            ads::room(EVENTS),
            |event| self.event(event, moment).map(|event| to_text(&event)),
            |events, _| {
                let body = format!(r#"{{"data":[{events}]}}"#);
                post_text(self.url.clone(), body, vec![bearer(&self.access_token.0)])
            },
        )
    }

    fn reader(&self) -> Option<Reader> {
        Some(read)
    }
}

impl Pinterest {
    fn event(&self, event: &Event, moment: &Moment<'_>) -> Option<Value> {
        let said = Said::of(event, self.user_event.as_deref())?;
        let user = user_data(&said);
        // Pinterest takes nothing less.
        if !user.contains_key("em") && !ads::is_browser(&user) {
            return None;
        }
        let name = said.name.map_or("page_visit", |name| event_name(said.commerce.action, name));
        let custom = custom_data(&said);
        let locale = event.context.client.locale.as_deref();
        let language = locale.and_then(|locale| locale.split('-').next()).filter(|word| word.len() == 2);
        let mut told = Properties::new();
        put(&mut told, "event_name", Some(name));
        put(&mut told, "action_source", Some("web"));
        put(&mut told, "event_time", Some(said.seconds(moment)));
        put(&mut told, "event_id", Some(event.uuid.to_string()));
        put(&mut told, "event_source_url", said.url());
        put(&mut told, "opt_out", Some(!said.may_personalise()));
        put(&mut told, "user_data", Some(user));
        put(&mut told, "custom_data", (!custom.is_empty()).then_some(custom));
        put(&mut told, "language", language);
        Some(told.into())
    }
}

/// Names that Pinterest does not know may be mapped by the owner in Ads Manager.
fn event_name(action: Option<Action>, name: &str) -> &str {
    action.and_then(standard).or_else(|| ads::standard(name, STANDARD)).unwrap_or(name)
}

/// Pinterest's own name for what happens in a shop.
fn standard(action: Action) -> Option<&'static str> {
    Some(match action {
        Action::AddPaymentInfo => "add_payment_info",
        Action::AddToCart => "add_to_cart",
        Action::AddToWishlist => "add_to_wishlist",
        Action::BeginCheckout => "initiate_checkout",
        Action::GenerateLead => "lead",
        Action::Purchase => "checkout",
        Action::Search => "search",
        Action::SignUp => "signup",
        Action::StartTrial => "start_trial",
        Action::Subscribe => "subscribe",
        Action::ViewItem => "view_content",
        Action::ViewItemList => "view_category",
        Action::AddShippingInfo
        | Action::Login
        | Action::Refund
        | Action::RemoveFromCart
        | Action::SelectItem
        | Action::SelectPromotion
        | Action::Share
        | Action::ViewCart
        | Action::ViewPromotion => return None,
    })
}

fn user_data(said: &Said<'_>) -> Properties {
    let mut user = said.user_data();
    // Of states only codes of two letters, of postal codes only digits: another hash would be nobody's.
    let is_code = |state: &str| state.trim().len() == 2 || crate::person::is_hash(state.trim());
    if !said.person.state.as_deref().is_some_and(is_code) {
        user.shift_remove("st");
    }
    let is_zip = |zip: &str| !zip.chars().any(char::is_alphabetic) || crate::person::is_hash(zip.trim());
    if !said.person.postal_code.as_deref().is_some_and(is_zip) {
        user.shift_remove("zp");
    }
    put(&mut user, "click_id", native::epik(&said.event.context.ids));
    user
}

/// Pinterest's fields and no others: it has no use for more.
fn custom_data(said: &Said<'_>) -> Properties {
    let commerce = &said.commerce;
    let mut data = Properties::new();
    for name in
        ["content_name", "content_category", "content_brand", "order_id", "search_string", "opt_out_type"]
    {
        put(&mut data, name, commerce.rest.get(name).and_then(text));
    }
    put(&mut data, "currency", commerce.currency.as_deref());
    put(&mut data, "value", commerce.value.map(amount));
    put(&mut data, "order_id", commerce.transaction_id.as_deref());
    put(&mut data, "search_string", commerce.search_term.as_deref());
    put(&mut data, "content_name", said.content_name());
    put(&mut data, "content_category", said.content_category());
    put(&mut data, "content_brand", said.content_brand());
    let ids: Vec<&str> = commerce.product_ids().collect();
    put(&mut data, "content_ids", (!ids.is_empty()).then(|| json!(ids)));
    put(&mut data, "contents", (!commerce.products.is_empty()).then(|| contents(commerce)));
    put(&mut data, "num_items", commerce.pieces().and_then(ads::count));
    data
}

fn contents(commerce: &Commerce) -> Value {
    let contents = commerce.products.iter().map(|product| {
        let mut content = Properties::new();
        put(&mut content, "id", product.id.as_deref());
        put(&mut content, "item_name", product.name.as_deref());
        put(&mut content, "item_category", product.category.as_deref());
        put(&mut content, "item_brand", product.brand.as_deref());
        put(&mut content, "item_price", product.price.map(amount));
        put(&mut content, "quantity", ads::count(product.quantity.unwrap_or(1.0)));
        content
    });
    contents.collect()
}

/// An amount, which Pinterest takes as text.
fn amount(amount: f64) -> Value {
    json_number(amount).to_string().into()
}

/// Pinterest: what became of each event, also beside a 422
/// (developers.pinterest.com/docs/api/v5/events-create, `ConversionApiResponse` and `DetailedError`).
fn read(response: &Response<'_>) -> Option<Vec<Fate>> {
    let answer = answer::json(response)?;
    let events = answer.get("events").or_else(|| answer.pointer("/details/events")).and_then(Value::as_array);
    let Some(events) = events else {
        return answer::refused(response, answer::words(&answer, ["/code", "/message"]));
    };
    let fate = |event: &Value| match answer::text(event, "/status").as_deref() {
        Some("failed") => Fate::Rejected(answer::words(event, ["/error_message"])),
        _ => Fate::Delivered,
    };
    Some(events.iter().map(fate).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_have_pinterests_names() {
        for (said, sent) in [
            ("Order Completed", "checkout"),
            ("checkout", "checkout"),
            ("Product List Viewed", "view_category"),
            ("ViewCategory", "view_category"),
            ("view_item", "view_content"),
            ("AddToWishList", "add_to_wishlist"),
            ("SignUp", "signup"),
            ("signup", "signup"),
            ("WatchVideo", "watch_video"),
            ("Newsletter opened", "Newsletter opened"),
        ] {
            assert_eq!(event_name(Action::of(said), said), sent, "{said}");
        }
    }

    #[test]
    fn amounts_are_text() {
        assert_eq!((amount(59.97), amount(60.0)), (json!("59.97"), json!("60")));
    }
}
