//! What the interface carries of golden events, and what built-in destinations make of that.

// Each of those who use it uses a part.
#![allow(dead_code, unreachable_pub)]

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};

use selvedge_core::component::{Kind, Moment, ResolvedSettings};
use selvedge_core::consent::{Choice, Decision, Source, State};
use selvedge_core::event::{Channel, Client, Data, Event, Properties, Traffic};
use selvedge_core::facts::{Random, Timestamp};
use selvedge_core::privacy::anonymous;
use selvedge_guests::pack::texts;
use serde_json::{Value, json};

use super::support::Case;

/// Those that `scripts/test.sh` builds: some of each category, and of each way in which a vendor takes events.
pub const KINDS: [&str; 5] = ["ga4", "meta-capi", "plausible", "segment", "webhook"];

/// What was made of an event: method, URL, fields and body; or why nothing was.
pub type Made = Result<(String, String, Vec<(String, String)>, String), String>;

/// The golden cases of a kind, by their files.
pub fn cases(name: &str) -> Vec<(PathBuf, Case)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../components/tests/golden").join(name);
    let entries = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path().join("case.json"));
    let files = entries.filter(|file| file.is_file());
    files
        .map(|file| {
            let case = serde_json::from_str(&fs::read_to_string(&file).unwrap());
            let case = case.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            (file, case)
        })
        .collect()
}

/// The settings of a case, as a component takes them.
pub fn settings(case: &Case) -> Vec<(String, String)> {
    let mut settings = texts(&case.settings);
    settings.extend(case.endpoint.clone().map(|url| ("endpoint".to_owned(), url)));
    settings.push(("without_consent".to_owned(), "anonymous".to_owned()));
    settings
}

/// What the built-in destination makes of what the interface carries of an event.
pub fn built_in(kind: &Kind, case: &Case, event: &Event) -> Made {
    let endpoint = case.endpoint.as_deref().map(|url| url.trim_end_matches('/').to_owned());
    let settings = ResolvedSettings { values: case.settings.clone(), endpoint };
    let event = carried(event);
    let mut seed = [0; 32];
    seed[..16].copy_from_slice(event.uuid.as_bytes());
    let fuel = Cell::new(0);
    let moment = Moment { now: event.timestamp, random: &Random::from_seed(seed), fuel: &fuel, token: None };
    let encoded = (kind.build)(&settings).unwrap().encode(&[&event], &moment);
    if let [(_, reason)] = encoded.dropped[..] {
        return Err(format!("{} has no use for this event: {reason}", kind.name));
    }
    let [(request, _)] = &encoded.requests[..] else { panic!("{encoded:?}") };
    let headers = request.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    let body = String::from_utf8(request.body.clone()).unwrap();
    Ok((request.method.to_string(), request.url.clone(), headers.collect(), body))
}

/// What the golden cases do not say, and the interface does not carry, or not as it is.
pub fn more(event: &mut Event) {
    let context = &mut event.context;
    context.traffic = Some(Traffic { channel: Channel::OrganicSearch, source: Some("duckduckgo".into()) });
    context.client.browser = Some("Firefox".into());
    context.client.device = Some("desktop".into());
    context.client.postal_code = Some("75001".into());
    context.client.latitude = Some(48.85);
    let more = json!({
        "a_number": "12", "a_half": 0.5, "no_number": "00123", "nothing": null, "a_word": "true", "words": "null",
        "a_list": ["x", null, 1], "an_object": { "deep": [{ "er": "1" }] }, "a_date": "2026-11-22", "quoted": "\"x\"",
    });
    for properties in [&mut context.page.properties, &mut context.user.properties, own(&mut event.data)] {
        properties.extend(more.as_object().unwrap().clone());
    }
}

fn own(data: &mut Data) -> &mut Properties {
    match data {
        Data::Page(page) => &mut page.properties,
        Data::Track(track) => &mut track.properties,
        Data::User(user) => &mut user.properties,
    }
}

/// An event with what the interface carries of it, as `docs/components.md` says: this is the whole difference.
fn carried(event: &Event) -> Event {
    let mut event = event.clone();
    let granted = event.consent.state == State::Granted;
    let Choice { state, purposes } = Choice::from(event.consent.state);
    event.consent = Decision { state, purposes, source: Source::Event, cmp: None, vendors: None, gpc: false };
    event.anonymous = false;
    let context = &mut event.context;
    context.traffic = None;
    context.ids.retain(|_| false);
    context.client = Client {
        accept_language: None,
        browser: None,
        browser_version: None,
        device: None,
        bot: None,
        postal_code: None,
        latitude: None,
        longitude: None,
        ..context.client.clone()
    };
    if let Some(session) = &mut context.session {
        for time in [&mut session.first_seen, &mut session.last_seen] {
            *time = Timestamp(time.seconds() * 1000);
        }
    }
    typed(&mut context.page.properties);
    typed(&mut context.user.properties);
    match &mut event.data {
        Data::Page(page) => typed(&mut page.properties),
        Data::User(user) => typed(&mut user.properties),
        Data::Track(track) => {
            let products = track.properties.shift_remove("products");
            typed(&mut track.properties);
            if let Some(Value::Array(products)) = products {
                let mut products: Vec<Value> = products.into_iter().filter(Value::is_object).collect();
                products.iter_mut().filter_map(Value::as_object_mut).for_each(typed);
                if !products.is_empty() {
                    track.properties.insert("products".into(), products.into());
                }
            }
        }
    }
    if granted { event } else { anonymous(&event, None) }
}

/// Texts, and back: nothing is not said, and a text that is written as JSON writes a number, `true`, a list or an object is one.
fn typed(properties: &mut Properties) {
    properties.retain(|_, value| !value.is_null());
    for value in properties.values_mut() {
        let Some(text) = value.as_str() else { continue };
        match serde_json::from_str(text) {
            Ok(Value::Null | Value::String(_)) | Err(_) => {}
            Ok(read) if Value::to_string(&read) == text => *value = read,
            Ok(_) => {}
        }
    }
}
