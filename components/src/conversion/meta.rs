//! Meta's Conversions API: `POST /{version}/{pixel}/events` of the Graph API.
//!
//! As of 2026-11, from developers.facebook.com/docs/marketing-api/conversions-api: `using-the-api` (requests, batches),
//! `parameters/customer-information-parameters` (normalising, hashing), `parameters/custom-data`,
//! `parameters/server-event` (`opt_out`, data processing options), docs/meta-pixel/reference (standard events); the
//! version is that of Meta's own SDK (pypi.org/project/facebook-business, 26.0.3).
//!
//! Meta refuses a request whole for one event that it does not like, so what it would refuse is not sent: events that
//! name nobody, and purchases without value or currency.

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
use crate::commerce::{Action, Commerce, json_number};
use crate::cut;
use crate::json::to_text;
use crate::request::{base, bearer, post_text};
use crate::secret::Secret;

/// Meta Conversions API.
pub const KIND: Kind = Kind {
    name: "meta-capi",
    purposes: &[Purpose::Advertising],
    conversions: true,
    // Meta is not on the Global Vendor List.
    tcf_vendor: None,
    settings: &[
        SettingSpec {
            name: "pixel_id",
            required: true,
            secret: false,
            help: "The dataset's (pixel's) id, digits: Events Manager → Data sources → your dataset → Settings.",
        },
        SettingSpec {
            name: "access_token",
            required: true,
            secret: true,
            help: "The Conversions API's token: Events Manager → your dataset → Settings → Conversions API → Generate \
                   access token.",
        },
        SettingSpec {
            name: "test_event_code",
            required: false,
            secret: false,
            help: "Shows events in Events Manager → Test events, which shows the code. Not for production.",
        },
        SettingSpec {
            name: "api_version",
            required: false,
            secret: false,
            help: "The Graph API's version, v26.0 unless you say another; Meta keeps each for about two years.",
        },
        ads::USER_EVENT,
    ],
    build,
};

const BASE: &str = "https://graph.facebook.com";
const VERSION: &str = "v26.0";
/// Events of a request.
const EVENTS: usize = 1000;
/// Characters of a custom event's name.
const NAME: usize = 50;

/// Standard events beyond those of a shop, by their words.
const STANDARD: &[(&str, &str)] = &[
    ("page view", "PageView"),
    ("pageview", "PageView"),
    ("contact", "Contact"),
    ("customize product", "CustomizeProduct"),
    ("donate", "Donate"),
    ("find location", "FindLocation"),
    ("schedule", "Schedule"),
    ("submit application", "SubmitApplication"),
];

#[derive(Debug)]
struct Meta {
    url: String,
    access_token: Secret,
    test_event_code: Option<String>,
    user_event: Option<String>,
}

fn build(settings: &ResolvedSettings) -> Result<Box<dyn Destination>, SettingError> {
    let digits = |c: char| c.is_ascii_digit();
    let pixel_id = ads::path_part(settings, "pixel_id", digits, "a dataset's id, which is digits only")?;
    let version = settings.text("api_version").unwrap_or_else(|| VERSION.to_owned());
    let numbers = version.strip_prefix('v').and_then(|version| version.split_once('.'));
    let is_number = |text: &str| !text.is_empty() && text.chars().all(digits);
    if !numbers.is_some_and(|(major, minor)| is_number(major) && is_number(minor)) {
        return Err(SettingError {
            name: "api_version",
            problem: format!("`{version}` is not a version of the Graph API, which looks like `{VERSION}`"),
        });
    }
    Ok(Box::new(Meta {
        url: format!("{}/{version}/{pixel_id}/events", base(settings, BASE)),
        access_token: ads::token(settings, "access_token")?,
        test_event_code: settings.text("test_event_code"),
        user_event: settings.text("user_event"),
    }))
}

impl Destination for Meta {
    fn encode(&self, batch: &[&Event], moment: &Moment<'_>) -> Encoded {
        let code = ads::test_code(self.test_event_code.as_deref());
        together(
            batch,
            ads::room(EVENTS),
            |event| self.event(event, moment).map(|event| to_text(&event)),
            |events, _| {
                let body = format!(r#"{{"data":[{events}]{code}}}"#);
                post_text(self.url.clone(), body, vec![bearer(&self.access_token.0)])
            },
        )
    }

    fn reader(&self) -> Option<Reader> {
        Some(read)
    }
}

impl Meta {
    fn event(&self, event: &Event, moment: &Moment<'_>) -> Option<Value> {
        let said = Said::of(event, self.user_event.as_deref())?;
        let user = user_data(&said);
        let custom = custom_data(&said);
        let name = said.name.map_or("PageView", |name| event_name(said.commerce.action, name));
        let missing = |field| !custom.contains_key(field);
        if !is_somebody(&user) || name == "Purchase" && (missing("value") || missing("currency")) {
            return None;
        }
        let mut told = Properties::new();
        put(&mut told, "event_name", Some(name));
        put(&mut told, "event_time", Some(said.seconds(moment)));
        put(&mut told, "event_id", Some(event.uuid.to_string()));
        put(&mut told, "event_source_url", said.url());
        put(&mut told, "referrer_url", said.referrer());
        put(&mut told, "action_source", Some("website"));
        // For attribution, not for deciding whom to show advertisements.
        put(&mut told, "opt_out", (!said.may_personalise()).then_some(true));
        if !said.may_advertise() {
            // Limited Data Use, wherever Meta finds the visitor to be. Without, the setting of Events Manager counts.
            put(&mut told, "data_processing_options", Some(json!(["LDU"])));
            put(&mut told, "data_processing_options_country", Some(0));
            put(&mut told, "data_processing_options_state", Some(0));
        }
        put(&mut told, "user_data", Some(user));
        put(&mut told, "custom_data", (!custom.is_empty()).then_some(custom));
        Some(told.into())
    }
}

fn event_name(action: Option<Action>, name: &str) -> &str {
    action
        .and_then(ads::metas_name)
        .or_else(|| ads::standard(name, STANDARD))
        .unwrap_or_else(|| cut::characters(name, NAME))
}

fn user_data(said: &Said<'_>) -> Properties {
    let mut user = said.user_data();
    let ids = &said.event.context.ids;
    put(&mut user, "fbc", native::fbc(ids));
    put(&mut user, "fbp", native::fbp(ids));
    user
}

/// Whether it is enough for Meta: an id, or a browser. A name or a place is not.
fn is_somebody(user: &Properties) -> bool {
    ["em", "ph", "external_id", "fbc", "fbp"].iter().any(|id| user.contains_key(*id)) || ads::is_browser(user)
}

fn custom_data(said: &Said<'_>) -> Properties {
    let commerce = &said.commerce;
    let mut data = commerce.rest.clone();
    data.retain(|_, value| !value.is_null());
    put(&mut data, "value", commerce.value.map(json_number));
    put(&mut data, "currency", commerce.currency.as_deref());
    put(&mut data, "order_id", commerce.transaction_id.as_deref());
    put(&mut data, "search_string", commerce.search_term.as_deref());
    put(&mut data, "content_name", said.content_name());
    put(&mut data, "content_category", said.content_category());
    let ids: Vec<&str> = commerce.product_ids().collect();
    if !ids.is_empty() {
        put(&mut data, "content_type", Some("product"));
        put(&mut data, "content_ids", Some(json!(ids)));
        put(&mut data, "contents", Some(contents(commerce)));
    }
    put(&mut data, "num_items", commerce.pieces().and_then(ads::count));
    put(&mut data, "coupon", commerce.coupon.as_deref());
    put(&mut data, "tax", commerce.tax.map(json_number));
    put(&mut data, "shipping", commerce.shipping.map(json_number));
    data
}

/// The products that have an id, which Meta asks for.
fn contents(commerce: &Commerce) -> Value {
    let known = commerce.products.iter().filter_map(|product| Some((product.id.as_deref()?, product)));
    let contents = known.map(|(id, product)| {
        let mut content = Properties::new();
        put(&mut content, "id", Some(id));
        put(&mut content, "quantity", ads::count(product.quantity.unwrap_or(1.0)));
        put(&mut content, "item_price", product.price.map(json_number));
        put(&mut content, "title", product.name.as_deref());
        put(&mut content, "brand", product.brand.as_deref());
        put(&mut content, "category", product.category.as_deref());
        put(&mut content, "delivery_category", product.rest.get("delivery_category").cloned());
        content
    });
    contents.collect()
}

/// Meta: errors that pass are 400 as well (developers.facebook.com/docs/graph-api/guides/error-handling and
/// …/docs/graph-api/overview/rate-limiting).
fn read(response: &Response<'_>) -> Option<Vec<Fate>> {
    if response.status.is_success() {
        return Some(response.all(&Fate::Delivered));
    }
    let answer = answer::json(response)?;
    let error = answer.get("error")?;
    let code = error.get("code").and_then(Value::as_u64);
    let passes = error.get("is_transient").and_then(Value::as_bool) == Some(true)
        || matches!(code, Some(1 | 2 | 4 | 17 | 32 | 341 | 613 | 80_000..=80_014))
        || response.status.is_server_error();
    let why = answer::words(error, ["/code", "/error_subcode", "/message"]);
    Some(response.all(&answer::refusal(passes, why)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_have_metas_names() {
        for (said, sent) in [
            ("Order Completed", "Purchase"),
            ("purchase", "Purchase"),
            ("begin_checkout", "InitiateCheckout"),
            ("InitiateCheckout", "InitiateCheckout"),
            ("Product Viewed", "ViewContent"),
            ("sign_up", "CompleteRegistration"),
            ("Lead", "Lead"),
            ("submit_application", "SubmitApplication"),
            ("page_view", "PageView"),
            ("remove_from_cart", "remove_from_cart"),
            ("Newsletter: opened", "Newsletter: opened"),
        ] {
            assert_eq!(event_name(Action::of(said), said), sent, "{said}");
        }
        assert_eq!(event_name(None, &"ä".repeat(60)).chars().count(), 50);
    }
}
