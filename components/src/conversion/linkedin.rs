//! LinkedIn's Conversions API.
//!
//! After learn.microsoft.com/linkedin/marketing/integrations/ads-reporting/conversions-api and
//! learn.microsoft.com/linkedin/marketing/conversions/custom-matching-identifiers, version 202607, as of 2026-11.
//!
//! A conversion is one that the owner made in the Campaign Manager; its number is that of the rule, and only events that
//! a rule is for are sent.

use http::StatusCode;
use selvedge_core::component::{
    Destination, Encoded, Fate, Kind, Moment, Outbound, Reader, ResolvedSettings, Response, SettingError,
    SettingSpec,
};
use selvedge_core::consent::Purpose;
use selvedge_core::event::{Data, Event};
use selvedge_core::visitor::native;
use serde_json::{Map, Value, json};

use super::contact;
use super::rules::{Rules, is_number};
use crate::answer;
use crate::batch::{Room, together};
use crate::commerce::{Commerce, money, take_text};
use crate::ids::Ids;
use crate::json::{add, to_text};
use crate::person::{self, Person, hashed, is_hash};
use crate::request;
use crate::secret::Secret;

/// LinkedIn's Conversions API.
pub const KIND: Kind = Kind {
    name: "linkedin-capi",
    purposes: &[Purpose::Advertising],
    conversions: true,
    // It has one, which we could not look up.
    tcf_vendor: None,
    settings: &[
        SettingSpec {
            name: "access_token",
            required: true,
            secret: true,
            help: "The access token with the scope `rw_conversions`: Campaign Manager → Data → Signals manager → your \
                   Conversions API source, or your app in LinkedIn's developer portal.",
        },
        SettingSpec {
            name: "conversions",
            required: true,
            secret: false,
            help: "Which events are which conversions, [\"purchase=104012\"]: Campaign Manager → Analyze → Conversion \
                   tracking; the number is the last of the conversion's URL.",
        },
        SettingSpec {
            name: "version",
            required: false,
            secret: false,
            help: "The version of LinkedIn's API, YYYYMM; LinkedIn drops each after a year. 202607 unless said.",
        },
    ],
    build,
};

const BASE: &str = "https://api.linkedin.com";
/// The version that this was made after.
const VERSION: &str = "202607";
const URN: &str = "urn:lla:llaPartnerConversion:";
/// LinkedIn names no limit of bytes.
const ROOM: Room = Room { events: 5000, bytes: 1_000_000, around: 20 };

#[derive(Debug)]
struct LinkedIn {
    url: String,
    access_token: Secret,
    version: String,
    rules: Rules,
}

fn build(settings: &ResolvedSettings) -> Result<Box<dyn Destination>, SettingError> {
    let version = settings.text("version").unwrap_or_else(|| VERSION.into());
    if version.len() != 6 || !is_number(&version) {
        return Err(SettingError { name: "version", problem: "is not of the form YYYYMM".into() });
    }
    Ok(Box::new(LinkedIn {
        url: format!("{}/rest/conversionEvents", request::base(settings, BASE)),
        access_token: Secret(settings.required("access_token")?),
        version,
        rules: Rules::of(settings, "conversions")?,
    }))
}

impl Destination for LinkedIn {
    fn encode(&self, batch: &[&Event], _: &Moment<'_>) -> Encoded {
        together(
            batch,
            ROOM,
            |event| self.line(event).map(|line| to_text(&line)),
            |events, count| self.outbound(events, count),
        )
    }

    fn reader(&self) -> Option<Reader> {
        Some(read)
    }
}

impl LinkedIn {
    /// The event, if it is one of the owner's conversions and tells LinkedIn who it was.
    fn line(&self, event: &Event) -> Option<Value> {
        let conversion = self.conversion(event)?;
        let (person, _) = Person::of(event);
        let mut line = json!({
            "conversion": format!("{URN}{conversion}"),
            "conversionHappenedAt": event.timestamp.0,
            "eventId": event.uuid,
            "user": user(event, &person)?,
        });
        if let (Data::Track(track), Some(line)) = (&event.data, line.as_object_mut()) {
            let Commerce { value, currency, .. } = Commerce::of(track);
            if let (Some(value), Some(currency)) = (value, currency) {
                // An amount is text, of a decimal number.
                let amount = money(value).to_string();
                line.insert("conversionValue".into(), json!({"currencyCode": currency, "amount": amount}));
            }
        }
        Some(line)
    }

    /// The conversion's number. Edgee's users name the event itself by the conversion's URN.
    fn conversion<'a>(&'a self, event: &'a Event) -> Option<&'a str> {
        let named = if let Data::Track(track) = &event.data { track.name.strip_prefix(URN) } else { None };
        named.filter(|number| is_number(number)).or_else(|| self.rules.find(event))
    }

    /// One event goes as itself, so that LinkedIn's answer is about it; several go as a batch.
    fn outbound(&self, events: &str, count: usize) -> Outbound {
        let mut headers = vec![
            request::bearer(&self.access_token.0),
            ("linkedin-version", self.version.clone()),
            ("x-restli-protocol-version", "2.0.0".to_owned()),
        ];
        if count == 1 {
            return request::post_text(self.url.clone(), events.to_owned(), headers);
        }
        headers.push(("x-restli-method", "BATCH_CREATE".to_owned()));
        request::post_text(self.url.clone(), format!(r#"{{"elements":[{events}]}}"#), headers)
    }
}

/// Who it was. None where nothing tells: LinkedIn wants an id, a name, or an id of the owner's.
fn user(event: &Event, person: &Person) -> Option<Value> {
    // LinkedIn has no word for consent: without it nobody is named.
    if event.anonymous || !event.consent.purposes.has(Purpose::Advertising) {
        return None;
    }
    let mut ids = Vec::new();
    if let Some(email) = person.email.as_deref().and_then(person::email) {
        ids.push(json!({"idType": "SHA256_EMAIL", "idValue": hashed(&email)}));
    }
    if let Some(click) = native::linkedin(&event.context.ids) {
        ids.push(json!({"idType": "LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID", "idValue": click}));
    }
    let info = info(event, person);
    // LinkedIn keeps one.
    let external = contact::external_id(event).or_else(|| Ids::of(event).visitor.map(str::to_owned));
    if ids.is_empty() && info.is_none() && external.is_none() {
        return None;
    }
    // The list must be there, even without anything in it.
    let mut user = Map::from_iter([("userIds".to_owned(), Value::Array(ids))]);
    add(&mut user, "userInfo", info);
    add(&mut user, "externalIds", external.map(|id| json!([id])));
    Some(Value::Object(user))
}

/// The name, in plain text as LinkedIn wants it. Both parts must be there.
fn info(event: &Event, person: &Person) -> Option<Value> {
    let plain = |text: &Option<String>| {
        text.as_deref().map(str::trim).filter(|text| !text.is_empty() && !is_hash(text)).map(str::to_owned)
    };
    let mut info = Map::new();
    info.insert("firstName".into(), plain(&person.first_name)?.into());
    info.insert("lastName".into(), plain(&person.last_name)?.into());
    // Only of what is said of the user: an event's title is another.
    let mut traits = event.context.user.properties.clone();
    if let Data::User(user) = &event.data {
        traits.extend(user.properties.clone());
    }
    for (name, others) in [
        ("title", &["job_title", "jobTitle", "title"][..]),
        ("companyName", &["company_name", "companyName", "company"][..]),
    ] {
        add(&mut info, name, take_text(&mut traits, others));
    }
    let country = person.country.as_deref().and_then(person::country).filter(|country| country.len() == 2);
    add(&mut info, "countryCode", country.map(|country| country.to_uppercase()));
    Some(Value::Object(info))
}

/// LinkedIn: a status for each event of a batch
/// (learn.microsoft.com/linkedin/marketing/conversions/conversions-api, "Streaming multiple conversion events"). The
/// message is left alone: names go there in plain text.
fn read(response: &Response<'_>) -> Option<Vec<Fate>> {
    if response.status == StatusCode::CREATED {
        return Some(response.all(&Fate::Delivered));
    }
    let answer = answer::json(response)?;
    let Some(elements) = answer.get("elements").and_then(Value::as_array) else {
        let why = answer::words(&answer, ["/code", "/serviceErrorCode"]);
        return answer::refused(response, why);
    };
    let fate = |element: &Value| {
        let why = || answer::words(element, ["/status", "/error/code"]);
        match element.get("status").and_then(Value::as_u64).unwrap_or_default() {
            200..=299 => Fate::Delivered,
            429 | 500.. => Fate::Retryable(why()),
            _ => Fate::Rejected(why()),
        }
    };
    Some(elements.iter().map(fate).collect())
}
