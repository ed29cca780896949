//! A destination: each function makes of an event the request that the host will send.

wit_bindgen::generate!({ path: "wit", world: "component", generate_all });

use exports::edgee::components::data_collection::{Data, Dict, EdgeeRequest, Event, Guest, HttpMethod};
use serde_json::json;

struct Component;

export!(Component);

impl Guest for Component {
    fn page(event: Event, settings: Dict) -> Result<EdgeeRequest, String> {
        let Data::Page(page) = &event.data else { return Err("this is no page view".into()) };
        send("page", &page.title, &event, &settings)
    }

    fn track(event: Event, settings: Dict) -> Result<EdgeeRequest, String> {
        let Data::Track(track) = &event.data else { return Err("this is no track event".into()) };
        send("track", &track.name, &event, &settings)
    }

    fn user(event: Event, settings: Dict) -> Result<EdgeeRequest, String> {
        let Data::User(user) = &event.data else { return Err("this is no user event".into()) };
        send("user", &user.user_id, &event, &settings)
    }
}

fn send(kind: &str, name: &str, event: &Event, settings: &Dict) -> Result<EdgeeRequest, String> {
    let key = setting(settings, "api_key").ok_or("the setting api_key is missing")?;
    let body = json!({
        "type": kind,
        "id": event.uuid,
        "at": event.timestamp_millis,
        "visitor": event.context.user.edgee_id,
        "name": name,
        "url": event.context.page.url,
    });
    Ok(EdgeeRequest {
        method: HttpMethod::Post,
        url: "https://collect.example.com/v1/events".into(),
        headers: vec![
            ("content-type".into(), "application/json".into()),
            ("authorization".into(), format!("Bearer {key}")),
        ],
        forward_client_headers: false,
        body: body.to_string(),
    })
}

fn setting<'a>(settings: &'a Dict, name: &str) -> Option<&'a str> {
    settings.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_found_by_its_name() {
        let settings = vec![("a".into(), "1".into()), ("b".into(), "2".into())];
        assert_eq!(setting(&settings, "b"), Some("2"));
        assert_eq!(setting(&settings, "c"), None);
    }
}
