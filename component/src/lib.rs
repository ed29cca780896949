//! One of the built-in destinations as a component of `edgee:components/data-collection@1.0.0`, so that it runs in any
//! host of that interface. `make components` builds them all; which one this is, `SELVEDGE_KIND` says at build time.
//!
//! The interface knows less than Selvedge does: properties are texts, consent is one word, and each event is a request
//! of its own. What that means for a destination is said in `docs/components.md`.

// The bindings hand memory over to the host.
#![allow(unsafe_code)]

mod event;

use std::cell::Cell;

use selvedge_components::registry;
use selvedge_core::component::{Encoded, Kind, Moment, Outbound, ResolvedSettings};
use selvedge_core::config::Setting;
use selvedge_core::facts::Random;

#[allow(missing_docs, missing_debug_implementations, unreachable_pub)]
mod bindings {
    wit_bindgen::generate!({
        inline: "package selvedge:component; world destination { export edgee:components/data-collection@1.0.0; }",
        path: "../wit/1.0.0/data-collection.wit",
        world: "selvedge:component/destination",
        pub_export_macro: true,
    });
}

use bindings::exports::edgee::components::data_collection::{Dict, EdgeeRequest, Event, Guest, HttpMethod};

/// The destination, chosen while this is compiled, so that the others are not in it.
const KIND: Kind = find(env!("SELVEDGE_KIND"));

/// The component.
#[derive(Debug)]
struct Component;

#[allow(unreachable_pub)]
mod export {
    crate::bindings::export!(Component with_types_in crate::bindings);
    use super::Component;
}

impl Guest for Component {
    fn page(event: Event, settings: Dict) -> Result<EdgeeRequest, String> {
        request(event, settings)
    }

    fn track(event: Event, settings: Dict) -> Result<EdgeeRequest, String> {
        request(event, settings)
    }

    fn user(event: Event, settings: Dict) -> Result<EdgeeRequest, String> {
        request(event, settings)
    }
}

/// The request that an event becomes, or why it becomes none.
fn request(event: Event, settings: Dict) -> Result<EdgeeRequest, String> {
    let destination = (KIND.build)(&resolved(settings)).map_err(|error| error.to_string())?;
    let event = event::read(event)?;
    let mut seed = [0; 32];
    // The same event makes the same request, whoever asks: a retry is known again.
    seed.iter_mut().zip(event.uuid.as_bytes()).for_each(|(to, from)| *to = *from);
    let fuel = Cell::new(0);
    let moment = Moment { now: event.timestamp, random: &Random::from_seed(seed), fuel: &fuel };
    single(destination.encode(&[&event], &moment))
}

fn single(encoded: Encoded) -> Result<EdgeeRequest, String> {
    if let Some((_, reason)) = encoded.dropped.first() {
        return Err(format!("{} has no use for this event: {reason}", KIND.name));
    }
    let mut requests = encoded.requests.into_iter().map(|(request, _)| request);
    match (requests.next(), requests.len()) {
        (Some(request), 0) => written(request),
        (_, more) => Err(format!("{} makes {} requests of this event, and not one", KIND.name, more + 1)),
    }
}

fn written(request: Outbound) -> Result<EdgeeRequest, String> {
    let method = match request.method.as_str() {
        "GET" => HttpMethod::Get,
        "PUT" => HttpMethod::Put,
        _ => HttpMethod::Post,
    };
    let body =
        String::from_utf8(request.body).map_err(|_| format!("{} makes a body that is no text", KIND.name))?;
    let headers = request.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    // Whatever the vendor is to know of the visitor stands in the request already.
    Ok(EdgeeRequest { method, url: request.url, headers, forward_client_headers: false, body })
}

/// Settings by the names that `selvedge.toml` has for them, and `endpoint`.
fn resolved(settings: Dict) -> ResolvedSettings {
    let mut resolved = ResolvedSettings::default();
    for (name, value) in settings {
        if name == "endpoint" {
            resolved.endpoint = Some(value.trim_end_matches('/').to_owned()).filter(|url| !url.is_empty());
        } else {
            resolved.values.insert(name, Setting::Text(value));
        }
    }
    resolved
}

/// The kind of a name. Not finding it ends the build.
const fn find(name: &str) -> Kind {
    let kinds = registry();
    let mut at = 0;
    while at < kinds.len() {
        #[allow(clippy::indexing_slicing)]
        if same(kinds[at].name.as_bytes(), name.as_bytes()) {
            return kinds[at];
        }
        at += 1;
    }
    #[allow(clippy::panic)]
    {
        panic!("SELVEDGE_KIND names no kind of destination");
    }
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() {
        #[allow(clippy::indexing_slicing)]
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    a.len() == b.len()
}
