//! TikTok's Events API 2.0, for the web: `POST /open_api/v1.3/event/track/`.
//!
//! As of 2026-11, from ads.tiktok.com/help/article/supported-standard-events and
//! `how-to-adopt-tiktoks-updated-standard-events` (names), `event-deduplication`; from TikTok's own template
//! github.com/tiktok/gtm-template-eapi (request, `Pageview`), and for what business-api.tiktok.com/portal/docs shows only
//! to those who signed in, from github.com/segmentio/action-destinations, whose part for TikTok is TikTok's own (which
//! fields of `user` are hashed, `limited_data_use`) and hightouch.com/docs/destinations/tiktok (1000 events a request).

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
use crate::json::to_text;
use crate::person;
use crate::request::{base, post_text};
use crate::secret::Secret;

/// TikTok Events API.
pub const KIND: Kind = Kind {
    name: "tiktok-events",
    purposes: &[Purpose::Advertising],
    conversions: true,
    tcf_vendor: None,
    settings: &[
        SettingSpec {
            name: "pixel_code",
            required: true,
            secret: false,
            help: "The pixel's id, capitals and digits: TikTok Ads Manager → Tools → Events → your web data source.",
        },
        SettingSpec {
            name: "access_token",
            required: true,
            secret: true,
            help: "The Events API's token: TikTok Ads Manager → Tools → Events → your web data source → Settings → \
                   Generate access token.",
        },
        SettingSpec {
            name: "test_event_code",
            required: false,
            secret: false,
            help: "Shows events in the data source's tab Test events, which shows the code. Not for production.",
        },
        ads::USER_EVENT,
    ],
    build,
};

const BASE: &str = "https://business-api.tiktok.com";
/// Events of a request.
const EVENTS: usize = 1000;

/// Standard events beyond those of a shop, by their words.
const STANDARD: &[(&str, &str)] = &[
    ("page view", "Pageview"),
    ("pageview", "Pageview"),
    ("application approval", "ApplicationApproval"),
    // What purchases were called until 2025-05.
    ("complete payment", "Purchase"),
    ("contact", "Contact"),
    ("customize product", "CustomizeProduct"),
    ("download", "Download"),
    ("find location", "FindLocation"),
    ("schedule", "Schedule"),
    ("submit application", "SubmitApplication"),
    ("submit form", "SubmitForm"),
];

#[derive(Debug)]
struct TikTok {
    url: String,
    pixel_code: String,
    access_token: Secret,
    test_event_code: Option<String>,
    user_event: Option<String>,
}

fn build(settings: &ResolvedSettings) -> Result<Box<dyn Destination>, SettingError> {
    let fits = |c: char| c.is_ascii_alphanumeric();
    Ok(Box::new(TikTok {
        url: format!("{}/open_api/v1.3/event/track/", base(settings, BASE)),
        pixel_code: ads::path_part(
            settings,
            "pixel_code",
            fits,
            "a pixel's id, which is letters and digits",
        )?,
        access_token: ads::token(settings, "access_token")?,
        test_event_code: settings.text("test_event_code"),
        user_event: settings.text("user_event"),
    }))
}

impl Destination for TikTok {
    fn encode(&self, batch: &[&Event], moment: &Moment<'_>) -> Encoded {
        let code = ads::test_code(self.test_event_code.as_deref());
        together(
            batch,
            ads::room(EVENTS),
            |event| self.event(event, moment).map(|event| to_text(&event)),
            |events, _| {
                // The id is letters and digits.
                let id = &self.pixel_code;
                let body =
                    format!(r#"{{"event_source":"web","event_source_id":"{id}"{code},"data":[{events}]}}"#);
                post_text(self.url.clone(), body, vec![("access-token", self.access_token.0.clone())])
            },
        )
    }

    fn reader(&self) -> Option<Reader> {
        Some(read)
    }
}

impl TikTok {
    fn event(&self, event: &Event, moment: &Moment<'_>) -> Option<Value> {
        let said = Said::of(event, self.user_event.as_deref())?;
        let user = user(&said);
        if !is_somebody(&user) {
            return None;
        }
        let name = said.name.map_or("Pageview", |name| event_name(said.commerce.action, name));
        let properties = properties(&said);
        let mut page = Properties::new();
        put(&mut page, "url", said.url());
        put(&mut page, "referrer", said.referrer());
        let mut told = Properties::new();
        put(&mut told, "event", Some(name));
        put(&mut told, "event_time", Some(said.seconds(moment)));
        put(&mut told, "event_id", Some(event.uuid.to_string()));
        put(&mut told, "user", Some(user));
        put(&mut told, "properties", (!properties.is_empty()).then_some(properties));
        put(&mut told, "page", (!page.is_empty()).then_some(page));
        put(&mut told, "limited_data_use", Some(!said.may_personalise()));
        Some(told.into())
    }
}

/// TikTok's name. What has none keeps the owner's.
fn event_name(action: Option<Action>, name: &str) -> &str {
    action.and_then(ads::metas_name).or_else(|| ads::standard(name, STANDARD)).unwrap_or(name)
}

/// Who it was: ids, names and postal code hashed, the ids in lists; the place plain, as TikTok has it.
fn user(said: &Said<'_>) -> Properties {
    let person = &said.person;
    let list = |value: String| json!([person::hashed(&value)]);
    let hash = |value: &Option<String>, normalised: fn(&str) -> Option<String>| {
        value.as_deref().and_then(normalised).map(|value| Value::from(person::hashed(&value)))
    };
    let plain = |value: &Option<String>, normalised: fn(&str) -> Option<String>| {
        // Who hashed it already knows something that TikTok cannot compare.
        let value = value.as_deref().and_then(normalised);
        value.filter(|value| !person::is_hash(value)).map(Value::from)
    };
    let mut user = Properties::new();
    put(&mut user, "email", person.email.as_deref().and_then(person::email).map(list));
    put(&mut user, "phone", person.phone.as_deref().and_then(e164).map(list));
    let ids = said.external_ids();
    put(&mut user, "external_id", (!ids.is_empty()).then(|| json!(ids)));
    put(&mut user, "first_name", hash(&person.first_name, person::place));
    put(&mut user, "last_name", hash(&person.last_name, person::place));
    put(&mut user, "zip_code", hash(&person.postal_code, person::zip_code));
    put(&mut user, "city", plain(&person.city, person::place));
    put(&mut user, "state", plain(&person.state, person::place));
    put(&mut user, "country", plain(&person.country, person::country));
    let context = &said.event.context;
    put(&mut user, "ttclid", native::ttclid(&context.ids));
    put(&mut user, "ttp", native::ttp(&context.ids));
    put(&mut user, "ip", said.ip());
    put(&mut user, "user_agent", said.user_agent());
    put(&mut user, "locale", context.client.locale.as_deref());
    user
}

/// A telephone number as E.164 has it: `+` and at most 15 digits.
fn e164(value: &str) -> Option<String> {
    let digits = person::phone(value)?;
    if person::is_hash(&digits) {
        return Some(digits);
    }
    (digits.len() <= 15).then(|| format!("+{digits}"))
}

/// Whether TikTok may find somebody by it.
fn is_somebody(user: &Properties) -> bool {
    let has = |field| user.contains_key(field);
    ["email", "phone", "external_id", "ttclid", "ttp"].into_iter().any(has) || has("ip") && has("user_agent")
}

fn properties(said: &Said<'_>) -> Properties {
    let commerce = &said.commerce;
    let mut data = commerce.rest.clone();
    data.retain(|_, value| !value.is_null());
    put(&mut data, "value", commerce.value.map(json_number));
    put(&mut data, "currency", commerce.currency.as_deref());
    put(&mut data, "order_id", commerce.transaction_id.as_deref());
    put(&mut data, "search_string", commerce.search_term.as_deref());
    if !commerce.products.is_empty() {
        put(&mut data, "content_type", Some("product"));
        put(&mut data, "contents", Some(contents(commerce)));
        put(&mut data, "num_items", commerce.pieces().and_then(ads::count));
    }
    put(&mut data, "coupon", commerce.coupon.as_deref());
    put(&mut data, "tax", commerce.tax.map(json_number));
    put(&mut data, "shipping", commerce.shipping.map(json_number));
    data
}

fn contents(commerce: &Commerce) -> Value {
    let contents = commerce.products.iter().map(|product| {
        let mut content = Properties::new();
        put(&mut content, "content_id", product.id.as_deref());
        put(&mut content, "content_name", product.name.as_deref());
        put(&mut content, "content_category", product.category.as_deref());
        put(&mut content, "brand", product.brand.as_deref());
        put(&mut content, "price", product.price.map(json_number));
        put(&mut content, "quantity", ads::count(product.quantity.unwrap_or(1.0)));
        content
    });
    contents.collect()
}

/// TikTok: 200 whatever happened, and a code (business-api.tiktok.com/portal/docs?id=1737172488964097): 0 is good, 40100 is
/// too many requests, from 50000 on it is TikTok's own fault, and 20001 says that a part was taken without saying which.
fn read(response: &Response<'_>) -> Option<Vec<Fate>> {
    let answer = answer::json(response)?;
    let code = answer.get("code").and_then(Value::as_u64)?;
    let why = answer::words(&answer, ["/code", "/message"]);
    match code {
        0 => Some(response.all(&Fate::Delivered)),
        20_001 => None,
        40_100 | 50_000.. => Some(response.all(&Fate::Retryable(why))),
        _ => Some(response.all(&Fate::Rejected(why))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_have_tiktoks_names() {
        for (said, sent) in [
            ("Order Completed", "Purchase"),
            ("CompletePayment", "Purchase"),
            ("begin_checkout", "InitiateCheckout"),
            ("sign_up", "CompleteRegistration"),
            ("generate_lead", "Lead"),
            ("submit_form", "SubmitForm"),
            ("page_view", "Pageview"),
            ("Newsletter opened", "Newsletter opened"),
        ] {
            assert_eq!(event_name(Action::of(said), said), sent, "{said}");
        }
    }

    #[test]
    fn telephone_numbers_are_e164() {
        assert_eq!(e164("+33 6 12 34 56 78").as_deref(), Some("+33612345678"));
        assert_eq!(e164("0033 6 12 34 56 78").as_deref(), Some("+33612345678"));
        assert_eq!(e164("1234567890123456"), None);
        let hash = "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f";
        assert_eq!(e164(hash).as_deref(), Some(hash));
    }
}
