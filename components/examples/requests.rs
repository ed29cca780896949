//! The requests of golden cases, for receivers that are not written in Rust.
//!
//! `cargo run -q -p selvedge-components --example requests -- KIND CASE.json…` prints for each case one line of JSON: its
//! requests, with the body as text.

// As tests do.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../tests/support/mod.rs"]
mod support;

use selvedge_components::registry;
use serde_json::{Map, Value, json};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let kind = arguments.next().unwrap();
    let kind = registry().iter().find(|known| known.name == kind).unwrap_or_else(|| panic!("no kind {kind}"));
    for path in arguments {
        let text = std::fs::read_to_string(&path).unwrap();
        let case: support::Case =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
        let requests = case.encode(kind, &case.events()).requests;
        let requests: Vec<Value> = requests
            .iter()
            .map(|(request, events)| {
                let headers: Map<String, Value> =
                    request.headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
                json!({
                    "method": request.method.as_str(),
                    "url": request.url,
                    "headers": headers,
                    "body": std::str::from_utf8(&request.body).unwrap(),
                    "events": events,
                })
            })
            .collect();
        println!("{}", Value::from(requests));
    }
}
