//! An event of each type, with something in most of its fields, and a cookie: to measure what a component takes, and to try it.

use selvedge_core::event::{Event, EventType};
use serde_json::{Value, json};

/// What a consent platform's cookie may hold: JSON, escaped, as several of them write it.
pub const COOKIE: &str = "%7B%22version%22%3A1%2C%22updated%22%3A%222026-11-22T10%3A35%3A00.123Z%22%2C%22purposes%22%3A%7B\
    %22enabled%22%3A%5B%22analytics%22%5D%2C%22disabled%22%3A%5B%22advertising%22%5D%7D%7D";

/// A sample of this type.
#[must_use]
pub fn event(kind: EventType) -> Event {
    match kind {
        EventType::Page => page(),
        EventType::Track => track(),
        EventType::User => user(),
    }
}

/// A page view.
#[must_use]
pub fn page() -> Event {
    filled(&json!({ "type": "page", "data": {
        "name": "linen", "category": "fabrics", "title": "Toile de lin", "url": "https://shop.example.com/linen?size=2",
        "path": "/linen", "search": "?size=2", "referrer": "https://www.example.org/", "keywords": ["linen"],
        "properties": { "size": 2 }
    } }))
}

/// An order.
#[must_use]
pub fn track() -> Event {
    filled(&json!({ "type": "track", "data": { "name": "Order Completed", "properties": {
        "order_id": "A-1042", "total": 12.5, "currency": "EUR", "coupon": "SPRING",
        "products": [{ "sku": "1", "name": "Toile de lin", "price": 6.25, "quantity": 2 }, "not one"]
    } } }))
}

/// Somebody who signs in.
#[must_use]
pub fn user() -> Event {
    filled(&json!({ "type": "user", "data": {
        "user_id": "u-2", "anonymous_id": "a-1", "edgee_id": "e11ce000-0000-4000-8000-000000000001",
        "properties": { "email": "ann@example.com", "email_opt_in": true }
    } }))
}

fn filled(data: &Value) -> Event {
    let mut event = json!({
        "uuid": "0d9c1f3e-2b6a-4c58-9b7d-5a1e8f3c2b10",
        "timestamp": "2026-11-22T10:35:00.123Z",
        "context": {
            "page": {
                "title": "Toile de lin – écrue", "url": "https://shop.example.com/linen?size=2", "path": "/linen",
                "search": "?size=2", "referrer": "https://www.example.org/", "keywords": ["linen", "écru"],
                "properties": { "size": 2, "sold_out": false, "none": null, "tags": ["a", 1] }
            },
            "user": {
                "user_id": "u-1", "anonymous_id": "a-1", "edgee_id": "e11ce000-0000-4000-8000-000000000001",
                "properties": { "plan": "gold" }
            },
            "client": {
                "ip": "203.0.113.9", "locale": "fr-fr", "accept_language": "fr-FR,fr;q=0.9",
                "timezone": "Europe/Paris", "os_name": "Linux", "user_agent_mobile": "0",
                "user_agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
                "user_agent_version_list": "Chromium;142|Google Chrome;142|Not_A Brand;99",
                "screen_width": 1440, "screen_height": 900, "screen_density": 1.5, "continent": "EU",
                "country_code": "FR", "country_name": "France", "region": "ARA", "city": "Lyon"
            },
            "campaign": { "name": "spring", "source": "newsletter", "medium": "email" },
            "session": {
                "session_id": "1795343640", "previous_session_id": "1795257300", "session_count": 3,
                "session_start": true, "first_seen": "2026-10-13T10:35:00.000Z",
                "last_seen": "2026-11-22T10:34:00.000Z"
            }
        },
        "from": "edge", "consent": "granted", "consent_source": "payload",
        "purposes": { "analytics": true, "advertising": true, "personalization": true, "functional": true }
    });
    if let (Some(event), Some(data)) = (event.as_object_mut(), data.as_object()) {
        event.extend(data.clone());
    }
    // It is part of this program, and a test makes all of them.
    #[allow(clippy::expect_used)]
    serde_json::from_value(event).expect("an event")
}

#[cfg(test)]
mod tests {
    #[test]
    fn there_is_a_sample_of_each_type() {
        for kind in selvedge_core::event::EventType::all() {
            assert_eq!(super::event(kind).data.event_type(), kind);
        }
    }
}
