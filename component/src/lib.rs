//! One of the built-in destinations as a component of `edgee:components/data-collection@1.0.0`, so that it runs in any
//! host of that interface. `make components` builds them; which one this is, `SELVEDGE_KIND` says at build time.
//!
//! The interface knows less than Selvedge does: properties are texts, consent is one word, and each event is a request
//! of its own. What that means for a destination is said in `docs/components.md`.

mod event;
mod settings;

use std::cell::Cell;

use selvedge_components::registry;
use selvedge_core::component::{Encoded, Kind, Moment, Outbound};
use selvedge_core::consent::State;
use selvedge_core::event::Event;
use selvedge_core::facts::Random;
use selvedge_core::privacy::anonymous;

use bindings::exports::edgee::components::data_collection as wit;
use settings::Settings;

// What is generated hands memory over to the host.
#[allow(unsafe_code, missing_docs, missing_debug_implementations, unreachable_pub)]
mod bindings {
    wit_bindgen::generate!({
        inline: "package selvedge:component; world destination { export edgee:components/data-collection@1.0.0; }",
        path: "../wit/1.0.0/data-collection.wit",
        world: "selvedge:component/destination",
    });
    use super::Component;
    export!(Component with_types_in self);
}

/// The destination, chosen while this is compiled, so that the others are not in it.
const KIND: Kind = find(match option_env!("SELVEDGE_KIND") {
    Some(name) => name,
    None => "webhook",
});

/// The component.
struct Component;

impl wit::Guest for Component {
    fn page(event: wit::Event, settings: wit::Dict) -> Result<wit::EdgeeRequest, String> {
        request(event, settings)
    }

    fn track(event: wit::Event, settings: wit::Dict) -> Result<wit::EdgeeRequest, String> {
        request(event, settings)
    }

    fn user(event: wit::Event, settings: wit::Dict) -> Result<wit::EdgeeRequest, String> {
        request(event, settings)
    }
}

/// The request that an event becomes, or why it becomes none.
fn request(event: wit::Event, settings: wit::Dict) -> Result<wit::EdgeeRequest, String> {
    let settings = Settings::read(settings)?;
    let destination = (KIND.build)(&settings.resolved).map_err(|error| error.to_string())?;
    if destination.credentials().is_some() {
        return Err(format!(
            "{} needs a token that lives an hour, and a component cannot keep one",
            KIND.name
        ));
    }
    let event = permitted(event::read(event)?, settings.anonymous)?;
    // The interface has no clock, and no randomness: the event's own time and id stand in, so that an event that is tried
    // again is the same request.
    let mut seed = [0; 32];
    seed.iter_mut().zip(event.uuid.as_bytes()).for_each(|(to, from)| *to = *from);
    let fuel = Cell::new(0);
    let moment = Moment { now: event.timestamp, random: &Random::from_seed(seed), fuel: &fuel, token: None };
    single(destination.encode(&[&event], &moment))
}

/// The event as far as the visitor agreed to it. The host may not look at its own word.
fn permitted(event: Event, without_consent: bool) -> Result<Event, String> {
    match event.consent.state {
        State::Granted => Ok(event),
        _ if without_consent => Ok(anonymous(&event, None)),
        State::Denied => Err("consent is denied".into()),
        State::Pending => Err("consent is not given yet".into()),
    }
}

fn single(encoded: Encoded) -> Result<wit::EdgeeRequest, String> {
    if let Some((_, reason)) = encoded.dropped.first() {
        return Err(format!("{} has no use for this event: {reason}", KIND.name));
    }
    match <[_; 1]>::try_from(encoded.requests) {
        Ok([(request, _)]) => written(request),
        Err(requests) => {
            Err(format!("{} makes {} requests of this event, and not one", KIND.name, requests.len()))
        }
    }
}

fn written(request: Outbound) -> Result<wit::EdgeeRequest, String> {
    let method = match request.method.as_str() {
        "GET" => wit::HttpMethod::Get,
        "PUT" => wit::HttpMethod::Put,
        "POST" => wit::HttpMethod::Post,
        other => return Err(format!("{} asks by {other}", KIND.name)),
    };
    let body =
        String::from_utf8(request.body).map_err(|_| format!("{} makes a body that is no text", KIND.name))?;
    let headers = request.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    // Whatever the vendor is to know of the visitor stands in the request already.
    Ok(wit::EdgeeRequest { method, url: request.url, headers, forward_client_headers: false, body })
}

/// The kind of a name. Not finding it ends the build.
#[allow(clippy::indexing_slicing, clippy::panic)] // this runs while it is compiled
const fn find(name: &str) -> Kind {
    let kinds = registry();
    let mut at = 0;
    while at < kinds.len() {
        if same(kinds[at].name.as_bytes(), name.as_bytes()) {
            return kinds[at];
        }
        at += 1;
    }
    panic!("SELVEDGE_KIND names no kind of destination");
}

#[allow(clippy::indexing_slicing)] // as above
const fn same(a: &[u8], b: &[u8]) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    a.len() == b.len()
}
