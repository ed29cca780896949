//! A destination that puts all that it is given into its request, so that tests see it; or does what the setting `does`
//! says, which is what no component should do.

use serde_json::json;

wit_bindgen::generate!({
    inline: "
        package tests:probe;
        world probe { export edgee:components/data-collection@1.0.0; }
    ",
    path: "../../../wit/1.0.0",
    world: "tests:probe/probe",
    additional_derives: [serde::Serialize],
    generate_all,
});

use exports::edgee::components::data_collection::{Dict, EdgeeRequest, Event, Guest, HttpMethod};

struct Probe;

fn request(event: Event, settings: Dict) -> Result<EdgeeRequest, String> {
    let setting = |name: &str| settings.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone());
    let url = setting("url").unwrap_or_else(|| "https://collector.example.com/probe".into());
    let mut answer = EdgeeRequest {
        method: HttpMethod::Post,
        url,
        headers: vec![("content-type".into(), "application/json".into()), ("X-Probe".into(), "1".into())],
        forward_client_headers: setting("forward").is_some(),
        body: String::new(),
    };
    match setting("does").as_deref().unwrap_or("echo") {
        "echo" => answer.body = json!({ "event": event, "settings": settings }).to_string(),
        // No state survives from visit to visit.
        "count" => answer.body = counted().to_string(),
        "refuse" => return Err(format!("no thanks, {}", event.context.client.city)),
        "panic" => panic!("out of order"),
        "trap-on-track" if matches!(event.event_type, exports::edgee::components::data_collection::EventType::Track) => {
            core::arch::wasm32::unreachable()
        }
        "trap-on-track" => answer.body = "{}".into(),
        "loop" => loop {
            std::hint::black_box(0);
        },
        "allocate" => {
            let mut all = Vec::new();
            loop {
                all.push(std::hint::black_box(vec![1_u8; 1 << 20]));
            }
        }
        "megabyte" => answer.body = "x".repeat(1 << 20),
        "header" => answer.headers.push(("no such\r\nheader".into(), "x".into())),
        "get-with-body" => {
            answer.method = HttpMethod::Get;
            answer.body = "x".into();
        }
        other => return Err(format!("what is {other:?}?")),
    }
    Ok(answer)
}

fn counted() -> u32 {
    use core::sync::atomic::{AtomicU32, Ordering};
    static CALLS: AtomicU32 = AtomicU32::new(0);
    CALLS.fetch_add(1, Ordering::Relaxed) + 1
}

impl Guest for Probe {
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

export!(Probe);
