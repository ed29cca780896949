//! Some of the destinations both ways: as they are built in, and as components, which get the events as the interface carries
//! them. Both make the same requests of every golden event.

// Tests may assert as tests do.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../../components/tests/support/mod.rs"]
mod support;

mod carried;

use std::cell::Cell;
use std::fs;

use carried::{KINDS, Made, built_in, cases, more, settings};
use selvedge_components::registry;
use selvedge_core::component::Moment;
use selvedge_core::consent::State;
use selvedge_core::event::Event;
use selvedge_core::facts::{Random, Timestamp};
use selvedge_guests::link::{self, Component};
use selvedge_guests::{Failure, Interface, Limits};
use support::Case;

#[test]
fn components_make_the_requests_that_are_made_without_them() {
    for name in KINDS {
        let kind = registry().iter().find(|kind| kind.name == name).unwrap();
        let component = component(name);
        assert_eq!(component.interface, Interface::DataCollection { authenticates: false }, "{name}");
        let mut requests = 0;
        for (file, case) in cases(name) {
            for mut event in case.events() {
                more(&mut event);
                let made = by_component(&component, &case, &event);
                assert_eq!(made, built_in(kind, &case, &event), "{}", file.display());
                requests += usize::from(made.is_ok());
            }
        }
        assert!(requests > 5, "{name}: {requests}");
    }
}

#[test]
fn without_consent_nothing_leaves_unless_the_owner_says_so() {
    let component = component("plausible");
    let mut event = selvedge_guests::sample::page();
    let mut settings = vec![("domain".to_owned(), "shop.example.com".to_owned())];
    assert!(call(&component, &event, &settings).is_ok());
    for (state, why) in [(State::Denied, "consent is denied"), (State::Pending, "consent is not given yet")] {
        event.consent.state = state;
        assert_eq!(call(&component, &event, &settings), Err(why.into()));
    }
    settings.push(("without_consent".to_owned(), "anonymous".to_owned()));
    let (_, _, headers, body) = call(&component, &event, &settings).unwrap();
    assert!(!format!("{headers:?} {body}").contains("203.0.113.9"), "{headers:?} {body}");
}

#[test]
fn what_is_wrong_with_a_setting_is_said() {
    let event = selvedge_guests::sample::page();
    assert_eq!(call(&component("plausible"), &event, &[]), Err("setting `domain`: is required".into()));
}

fn component(name: &str) -> Component {
    let path = format!("{}/../target/components/{name}.wasm", env!("CARGO_MANIFEST_DIR"));
    let file = fs::read(&path);
    let file = file.unwrap_or_else(|e| panic!("{path}: {e}; build it with: scripts/components.sh {name}"));
    let component = link::open(&file).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
    assert_eq!(component.interfaces(), Vec::<String>::new(), "{name} needs nothing of its host");
    component
}

fn by_component(component: &Component, case: &Case, event: &Event) -> Made {
    call(component, event, &settings(case))
}

fn call(component: &Component, event: &Event, settings: &[(String, String)]) -> Made {
    let fuel = Cell::new(Limits::MOST.fuel);
    // The host's clock and randomness are not the component's.
    let moment = Moment { now: Timestamp(0), random: &Random::from_seed([9; 32]), fuel: &fuel, token: None };
    let called = component.guest().run(&moment, Limits::MOST).event(event, settings);
    match called.result {
        Ok(request) => {
            assert!(!request.forward_client_headers);
            Ok((request.method.to_string(), request.url, request.headers, request.body))
        }
        Err(Failure::Refused(why)) => Err(why),
        Err(failure) => panic!("{failure}: {}", called.said),
    }
}
