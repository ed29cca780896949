//! Calls of components, for hosts that are not ours: what each is given, and what must come out.
//!
//! `cargo run -q -p selvedge-component --example calls -- FILE…` prints a line of JSON for each call. First those of our own
//! destinations, with the requests that they make when they are built in; then those of the components of these files, with what
//! they answer here, where they are interpreted.

// As tests do.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../../components/tests/support/mod.rs"]
mod support;

#[path = "../tests/carried/mod.rs"]
mod carried;

use std::cell::Cell;

use carried::{KINDS, Made, built_in, cases, more, settings};
use selvedge_components::registry;
use selvedge_core::component::Moment;
use selvedge_core::event::{Event, EventType};
use selvedge_core::facts::{Random, Timestamp};
use selvedge_guests::{Failure, Guest, Interface, Limits, Run, link, sample};
use serde_json::{Value, json};

/// Settings that the tests' components ask for.
const SETTINGS: [(&str, &str); 3] = [("api_key", "k-1"), ("access_token", "t-1"), ("key", "s-1")];

/// Cookies that the tests' mappings read.
const COOKIES: [(&str, &str); 5] =
    [("consent", "yes"), ("consent", "no"), ("choice", "yes"), ("choice", "later"), ("other", "yes")];

fn main() {
    for name in KINDS {
        let kind = registry().iter().find(|kind| kind.name == name).unwrap();
        for (_, case) in cases(name) {
            for mut event in case.events() {
                more(&mut event);
                let made = made(built_in(kind, &case, &event), false);
                told(&format!("target/components/{name}.wasm"), &event, &settings(&case), &made);
            }
        }
    }
    std::env::args().skip(1).for_each(|file| foreign(&file));
}

fn foreign(file: &str) {
    let component = std::fs::read(file).unwrap_or_else(|error| panic!("{file}: {error}"));
    let component = link::open(&component).unwrap_or_else(|refusal| panic!("{file}: {refusal}"));
    let guest = component.guest();
    let settings = SETTINGS.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    if component.interface == Interface::ConsentMapping {
        for (name, value) in COOKIES {
            let cookies = [(name.to_owned(), value.to_owned())];
            let state =
                run(&guest).map(&cookies, &[]).result.unwrap_or_else(|failure| panic!("{file}: {failure}"));
            let state = state.map(|state| format!("{state:?}").to_lowercase());
            println!("{}", json!({ "component": file, "cookies": cookies, "made": state }));
        }
        return;
    }
    for settings in [&settings, &Vec::new()] {
        for kind in EventType::all() {
            let mut event = sample::event(kind);
            more(&mut event);
            let answer = match run(&guest).event(&event, settings).result {
                Ok(made) => {
                    let request = (made.method.to_string(), made.url, made.headers, made.body);
                    self::made(Ok(request), made.forward_client_headers)
                }
                Err(Failure::Refused(why)) => made(Err(why), false),
                Err(failure) => panic!("{file}: {failure}"),
            };
            told(file, &event, settings, &answer);
        }
    }
}

fn run(guest: &Guest) -> Run {
    let fuel = Cell::new(Limits::MOST.fuel);
    let moment = Moment { now: Timestamp(0), random: &Random::from_seed([9; 32]), fuel: &fuel, token: None };
    guest.run(&moment, Limits::MOST)
}

/// What was made, as the interface returns it.
fn made(made: Made, forward_client_headers: bool) -> Value {
    match made {
        Ok((method, url, headers, body)) => json!({
            "method": method, "url": url, "headers": headers,
            "forward-client-headers": forward_client_headers, "body": body,
        }),
        Err(why) => why.into(),
    }
}

fn told(component: &str, event: &Event, settings: &[(String, String)], made: &Value) {
    println!("{}", json!({ "component": component, "event": event, "settings": settings, "made": made }));
}
