//! Google Ads: conversions by Google's Data Manager API, which takes the place of the Google Ads API for them, and with
//! them "enhanced conversions".
//!
//! After developers.google.com/data-manager/api/devguides/events/google-ads/online/send-events, …/concepts/formatting and
//! …/concepts/destinations, and the messages of github.com/googleapis/googleapis `google/ads/datamanager/v1`, as of
//! 2026-11.
//!
//! It wants an OAuth access token, which lives for an hour: the host has it anew, for what is said here of how
//! (`oauth.rs`).

use std::collections::BTreeMap;

use selvedge_core::component::{
    Credentials, Destination, Encoded, Fate, Kind, Moment, Outbound, Reader, ResolvedSettings, Response,
    SettingError, SettingSpec,
};
use selvedge_core::consent::Purpose;
use selvedge_core::consent::google::{Signal, Signals};
use selvedge_core::event::{Client, Data, Event, Ids};
use selvedge_core::visitor::native;
use serde_json::{Map, Value, json};

use super::contact;
use super::rules::{Rules, is_number};
use crate::answer;
use crate::batch::{Room, requests, told};
use crate::commerce::{Commerce, Product, money, pieces};
use crate::json::{add, to_text};
use crate::oauth;
use crate::person::{self, Person, hashed};
use crate::request;
use crate::secret::Secret;

/// Google Ads.
pub const KIND: Kind = Kind {
    name: "google-ads",
    purposes: &[Purpose::Advertising],
    conversions: true,
    // Google Advertising Products.
    tcf_vendor: Some(755),
    settings: &[
        SettingSpec {
            name: "client_id",
            required: false,
            secret: false,
            help: "The OAuth client: Google Cloud console → APIs & Services → Credentials; with `client_secret` and \
                   `refresh_token`.",
        },
        SettingSpec {
            name: "client_secret",
            required: false,
            secret: true,
            help: "The OAuth client's secret, beside its id.",
        },
        SettingSpec {
            name: "refresh_token",
            required: false,
            secret: true,
            help: "What Google gave for a user's consent to the scope https://www.googleapis.com/auth/datamanager.",
        },
        SettingSpec {
            name: "service_account_key",
            required: false,
            secret: true,
            help: "Instead of these, the whole JSON of a service account's key: Google Cloud console → IAM & Admin → \
                   Service accounts → the account → Keys → Add key → JSON.",
        },
        SettingSpec {
            name: "access_token",
            required: false,
            secret: true,
            help: "Instead of all that, an access token, which lives for an hour: something of yours must renew it.",
        },
        SettingSpec {
            name: "customer_id",
            required: true,
            secret: false,
            help: "The account's customer id, 123-456-7890: Google Ads, at the top right.",
        },
        SettingSpec {
            name: "login_customer_id",
            required: false,
            secret: false,
            help: "The manager account's customer id, where the token is of a user of that.",
        },
        SettingSpec {
            name: "conversion_actions",
            required: true,
            secret: false,
            help: "Which events are which conversion actions, [\"purchase=123456789\"]: Google Ads → Goals → \
                   Conversions → the action; the number is `ctId` of the page's URL.",
        },
    ],
    build,
};

const BASE: &str = "https://datamanager.googleapis.com";
const SCOPE: &str = "https://www.googleapis.com/auth/datamanager";
/// Google names no limit of bytes.
const ROOM: Room = Room { events: 2000, bytes: 1_000_000, around: 400 };
/// Countries where Google may not match by address: the European Economic Area, the United Kingdom, Switzerland.
const NO_ADDRESS: &[&str] = &[
    "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR", "HU", "IE",
    "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
];

#[derive(Debug)]
struct GoogleAds {
    url: String,
    access: Access,
    customer_id: String,
    login_customer_id: Option<String>,
    rules: Rules,
}

#[derive(Debug)]
enum Access {
    Google(Box<oauth::Google>),
    Token(Secret),
}

fn build(settings: &ResolvedSettings) -> Result<Box<dyn Destination>, SettingError> {
    let login = settings.text("login_customer_id");
    Ok(Box::new(GoogleAds {
        url: format!("{}/v1/events:ingest", request::base(settings, BASE)),
        access: access(settings)?,
        customer_id: customer(&settings.required("customer_id")?, "customer_id")?,
        login_customer_id: login.map(|id| customer(&id, "login_customer_id")).transpose()?,
        rules: Rules::of(settings, "conversion_actions")?,
    }))
}

fn access(settings: &ResolvedSettings) -> Result<Access, SettingError> {
    let wrong = |problem: &str| SettingError { name: "access_token", problem: problem.into() };
    match (oauth::Google::of(settings, SCOPE)?, settings.text("access_token")) {
        (Some(google), None) => Ok(Access::Google(Box::new(google))),
        (None, Some(token)) => Ok(Access::Token(Secret(token))),
        (Some(_), Some(_)) => Err(wrong("and what a token is given for exclude each other")),
        (None, None) => Err(wrong(
            "is required, or `refresh_token` with `client_id` and `client_secret`, or `service_account_key`",
        )),
    }
}

/// Ten digits, with dashes or without.
fn customer(id: &str, name: &'static str) -> Result<String, SettingError> {
    let digits = id.replace('-', "");
    if digits.len() == 10 && is_number(&digits) {
        return Ok(digits);
    }
    Err(SettingError {
        name,
        problem: format!("`{id}` is not a customer id, which looks like `123-456-7890`"),
    })
}

impl Destination for GoogleAds {
    fn encode(&self, batch: &[&Event], moment: &Moment<'_>) -> Encoded {
        let mut encoded = Encoded::default();
        let token = match &self.access {
            Access::Google(_) => moment.token.unwrap_or_default(),
            Access::Token(token) => &token.0,
        };
        // A request of its own for each conversion action: one that Google will not have takes no other with it.
        let mut actions: Vec<(&str, Vec<(usize, String)>)> = Vec::new();
        for (index, (action, line)) in
            told(batch, &mut encoded, |event| Some((self.rules.find(event)?, to_text(&line(event)?))))
        {
            match actions.iter_mut().find(|(known, _)| *known == action) {
                Some((_, lines)) => lines.push((index, line)),
                None => actions.push((action, vec![(index, line)])),
            }
        }
        for (action, lines) in actions {
            let outbound = |events: &str, _| self.outbound(action, events, token);
            encoded.requests.extend(requests(lines, ROOM, outbound));
        }
        encoded
    }

    fn credentials(&self) -> Option<&dyn Credentials> {
        match &self.access {
            Access::Google(google) => Some(&**google),
            Access::Token(_) => None,
        }
    }

    fn reader(&self) -> Option<Reader> {
        Some(read)
    }
}

impl GoogleAds {
    fn outbound(&self, action: &str, events: &str, token: &str) -> Outbound {
        let account = |id: &str| json!({"accountType": "GOOGLE_ADS", "accountId": id});
        let mut destination = Map::new();
        destination.insert("operatingAccount".into(), account(&self.customer_id));
        let login = self.login_customer_id.as_deref().unwrap_or(&self.customer_id);
        destination.insert("loginAccount".into(), account(login));
        destination.insert("productDestinationId".into(), action.into());
        let destination = Value::Object(destination);
        let body = format!(r#"{{"destinations":[{destination}],"events":[{events}],"encoding":"HEX"}}"#);
        request::post_text(self.url.clone(), body, vec![request::bearer(token)])
    }
}

/// The event, if it tells Google who it was: by a click, or by what is known of the person.
fn line(event: &Event) -> Option<Map<String, Value>> {
    // As with the tag where `ad_storage` is denied, nobody is known then.
    if event.anonymous || !event.consent.purposes.has(Purpose::Advertising) {
        return None;
    }
    let (person, _) = Person::of(event);
    let (click, identifiers) = (click(&event.context.ids), identifiers(&person));
    if click.is_none() && identifiers.is_empty() {
        return None;
    }
    let commerce =
        if let Data::Track(track) = &event.data { Commerce::of(track) } else { Commerce::default() };
    let mut line = Map::new();
    // Google's tag sends the order's id. The two are one conversion by it.
    let transaction = commerce.transaction_id.clone().unwrap_or_else(|| event.uuid.to_string());
    line.insert("transactionId".into(), transaction.into());
    line.insert("eventTimestamp".into(), event.timestamp.rfc3339().into());
    line.insert("eventSource".into(), "WEB".into());
    line.insert("consent".into(), consent(event));
    line.extend(click.map(|(name, id)| ("adIdentifiers".to_owned(), json!({name: id}))));
    if !identifiers.is_empty() {
        line.insert("userData".into(), json!({"userIdentifiers": identifiers}));
    }
    add(&mut line, "eventDeviceInfo", device(&event.context.client));
    if let Some(value) = commerce.value {
        line.insert("conversionValue".into(), money(value));
        add(&mut line, "currency", commerce.currency);
    }
    let items: Vec<Value> = commerce.products.iter().filter_map(item).collect();
    if !items.is_empty() {
        line.insert("cartData".into(), json!({"items": items}));
    }
    Some(line)
}

fn consent(event: &Event) -> Value {
    let signals = Signals::of(&event.consent);
    let word = |signal: Signal| if signal.is_granted() { "CONSENT_GRANTED" } else { "CONSENT_DENIED" };
    json!({"adUserData": word(signals.ad_user_data), "adPersonalization": word(signals.ad_personalization)})
}

/// The click: Google takes one.
fn click(ids: &Ids) -> Option<(&'static str, &str)> {
    let gclid = native::gclid(ids).map(|id| ("gclid", id));
    gclid
        .or_else(|| ids.get("gbraid").map(|id| ("gbraid", id)))
        .or_else(|| native::wbraid(ids).map(|id| ("wbraid", id)))
}

/// What is known of the person, hashed.
fn identifiers(person: &Person) -> Vec<Value> {
    let mut identifiers = Vec::new();
    if let Some(email) = person.email.as_deref().and_then(contact::email_of_google) {
        identifiers.push(json!({"emailAddress": hashed(&email)}));
    }
    if let Some(phone) = person.phone.as_deref().and_then(contact::e164) {
        identifiers.push(json!({"phoneNumber": hashed(&phone)}));
    }
    identifiers.extend(address(person).map(|address| json!({"address": address})));
    identifiers
}

/// An address, all four parts of which must be there. Country and postal code Google wants as they are.
fn address(person: &Person) -> Option<Value> {
    let name = |name: &Option<String>| name.as_deref().and_then(person::name).map(|name| hashed(&name));
    let country = person::country(person.country.as_deref()?).filter(|country| country.len() == 2)?;
    let postal = person.postal_code.as_deref()?.trim();
    if postal.is_empty() || person::is_hash(postal) {
        return None;
    }
    Some(json!({
        "givenName": name(&person.first_name)?,
        "familyName": name(&person.last_name)?,
        "regionCode": country.to_uppercase(),
        "postalCode": postal,
    }))
}

/// The browser, and its address where Google may have that.
fn device(client: &Client) -> Option<Value> {
    let elsewhere = client.country_code.as_deref().is_some_and(|country| !NO_ADDRESS.contains(&country));
    let mut device = Map::new();
    add(&mut device, "userAgent", client.user_agent.as_deref());
    add(&mut device, "ipAddress", client.ip.as_deref().filter(|_| elsewhere));
    (!device.is_empty()).then_some(Value::Object(device))
}

fn item(product: &Product) -> Option<Value> {
    let mut item = Map::from_iter([("merchantProductId".to_owned(), product.id.as_deref()?.into())]);
    // A 64-bit number, which Google's JSON has as text.
    let quantity = pieces(product.quantity.unwrap_or(1.0)).map(|quantity| quantity.to_string());
    add(&mut item, "quantity", quantity);
    add(&mut item, "unitPrice", product.price.map(money));
    Some(Value::Object(item))
}

/// Google's Data Manager API takes all of a request or nothing
/// (developers.google.com/data-manager/api/devguides/concepts/understand-errors): one bad event has the others refused,
/// which are good, and may be sent without it.
fn read(response: &Response<'_>) -> Option<Vec<Fate>> {
    if response.status.is_success() {
        return Some(response.all(&Fate::Delivered));
    }
    let fate = answer::google_error(response)?;
    let answer = answer::json(response)?;
    let details = answer.pointer("/error/details").and_then(Value::as_array).into_iter().flatten();
    let violations = details.filter_map(|one| one.get("fieldViolations")?.as_array()).flatten();
    let mut wrong = BTreeMap::new();
    for violation in violations {
        let Some(place) = answer::text(violation, "/field").and_then(|field| event_of(&field)) else {
            // It is the request that is wrong.
            return Some(response.all(&fate));
        };
        let why = answer::words(violation, ["/reason", "/field"]);
        wrong.entry(place).or_insert(Fate::Rejected(why));
    }
    if wrong.is_empty() {
        return Some(response.all(&fate));
    }
    Some(answer::all_but(response, &Fate::Retryable("refused beside another event".into()), &wrong))
}

/// The event of a field such as `events.events[3].user_data`.
fn event_of(field: &str) -> Option<usize> {
    let (_, rest) = field.split_once("events[")?;
    rest.split_once(']')?.0.parse().ok()
}
