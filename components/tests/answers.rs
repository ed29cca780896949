//! What vendors answer, and what is made of it. `tests/answers/<kind>.json` has answers as their documentation shows them.

// Tests may assert as tests do.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::fs;
use std::path::Path;

use selvedge_components::registry;
use selvedge_core::component::{Fate, Outbound, Response};
use serde::Deserialize;
use serde_json::Value;

use support::Case;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    about: String,
    status: u16,
    /// JSON; or a text, which is sent as it is.
    answer: Value,
    /// How many events the request carried, unless `fates` says it.
    events: Option<usize>,
    #[serde(default)]
    request: Value,
    fates: Option<Vec<String>>,
}

#[test]
fn answers_say_what_became_of_each_event() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    for kind in registry() {
        let page = fs::read_to_string(root.join("golden").join(kind.name).join("page/case.json")).ok();
        let case = page.map(|page| serde_json::from_str::<Case>(&page).unwrap());
        let reader = case.and_then(|case| case.build(kind).reader());
        let answers = fs::read_to_string(root.join("answers").join(format!("{}.json", kind.name))).ok();
        assert_eq!(reader.is_some(), answers.is_some(), "{}: whoever reads has answers to read", kind.name);
        let (Some(read), Some(answers)) = (reader, answers) else { continue };
        for case in serde_json::from_str::<Vec<Answer>>(&answers).unwrap() {
            let of = format!("{}: {}", kind.name, case.about);
            let events = case.events.or(case.fates.as_ref().map(Vec::len)).unwrap();
            let request = Outbound {
                method: http::Method::POST,
                url: String::new(),
                headers: Vec::new(),
                body: case.request.to_string().into_bytes(),
            };
            let body = match case.answer {
                Value::String(text) => text,
                json => json.to_string(),
            };
            let status = http::StatusCode::from_u16(case.status).unwrap();
            let read = |body: &[u8]| read(&Response { request: &request, status, body, events });
            let fates = read(body.as_bytes()).map(|fates| fates.into_iter().map(word).collect::<Vec<_>>());
            assert_eq!(fates, case.fates, "{of}");
            // However much of it came.
            for end in 0..body.len() {
                let _ = read(&body.as_bytes()[..end]);
            }
        }
    }
}

fn word(fate: Fate) -> String {
    match fate {
        Fate::Delivered => "delivered".into(),
        Fate::Retryable(said) => format!("retryable: {said}"),
        Fate::Rejected(said) => format!("rejected: {said}"),
    }
}
