//! What a delivery says, by the formats that are understood.

use serde_json::{Map, Value};

use super::Delivery;

/// An event as it is shown, or a delivery that was not understood.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Caught {
    pub(super) component: String,
    /// `ga4`, `webhook`, `lines` or `other`.
    pub(super) format: &'static str,
    /// In the destination's words: `page_view`, `track`, …
    pub(super) kind: String,
    /// What tells it from others of its type: a name, a title, an id.
    pub(super) subject: Option<String>,
    /// The page's path.
    pub(super) path: Option<String>,
    pub(super) consent: Option<String>,
    /// The visitor, short; `None` where nobody is to be known again.
    pub(super) visitor: Option<String>,
    pub(super) session: Option<String>,
    /// Everything that was sent about it.
    pub(super) event: Option<Value>,
}

/// The events of a delivery; itself, if they are not understood.
pub(super) fn read(delivery: &Delivery) -> Vec<Caught> {
    let events = ga4(delivery).or_else(|| webhook(delivery)).or_else(|| lines(delivery)).unwrap_or_default();
    if !events.is_empty() {
        return events;
    }
    vec![Caught {
        component: delivery.component.clone(),
        format: "other",
        kind: delivery.method.to_string(),
        subject: Some(format!("{} bytes", delivery.body.len())),
        path: Some(delivery.path.clone()),
        ..Caught::default()
    }]
}

/// Google Analytics 4: what events share is the query; each line of the body is an event, none: the query is the event.
fn ga4(delivery: &Delivery) -> Option<Vec<Caught>> {
    if !delivery.path.ends_with("/g/collect") {
        return None;
    }
    let body = std::str::from_utf8(&delivery.body).ok()?;
    let parameters = |text: &str| {
        let pairs = form_urlencoded::parse(text.as_bytes());
        pairs.map(|(name, value)| (name.into_owned(), Value::from(value.into_owned()))).collect::<Map<_, _>>()
    };
    let shared = parameters(&delivery.query);
    let lines = body.lines().filter(|line| !line.is_empty()).map(parameters);
    let mut events: Vec<_> = lines.map(|own| shared.clone().into_iter().chain(own).collect()).collect();
    if events.is_empty() {
        events.push(shared);
    }
    Some(events.into_iter().map(|event: Map<_, _>| ga4_event(delivery, &event)).collect())
}

fn ga4_event(delivery: &Delivery, event: &Map<String, Value>) -> Caught {
    let get = |name: &str| event.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let value = get("epn.value")
        .map(|value| format!("{value} {}", get("cu").unwrap_or_default()).trim_end().to_owned());
    Caught {
        component: delivery.component.clone(),
        format: "ga4",
        kind: get("en").unwrap_or("(no en)").to_owned(),
        subject: value.or_else(|| get("dt").map(str::to_owned)),
        path: get("dl").map(|url| path_of(url).to_owned()),
        consent: get("gcs").map(google_consent),
        // The random half tells visitors apart; the other is a time.
        visitor: get("cid").map(|cid| short(cid.split('.').next().unwrap_or(cid))),
        session: get("sct").map(str::to_owned),
        event: Some(Value::Object(event.clone())),
    }
}

/// `gcs` is `G1`, then a digit for advertising and one for analytics.
fn google_consent(gcs: &str) -> String {
    match gcs {
        "G111" => "granted",
        "G100" => "denied",
        "G101" => "analytics only",
        "G110" => "advertising only",
        other => other,
    }
    .to_owned()
}

/// Selvedge's own events: `{"events":[…]}`.
fn webhook(delivery: &Delivery) -> Option<Vec<Caught>> {
    let mut body: Value = serde_json::from_slice(&delivery.body).ok()?;
    let Some(Value::Array(events)) = body.get_mut("events").map(Value::take) else { return None };
    Some(events.into_iter().map(|event| own_event(delivery, "webhook", &event)).collect())
}

/// What the platform would take itself: an event a line, or a data point a line.
fn lines(delivery: &Delivery) -> Option<Vec<Caught>> {
    let body = std::str::from_utf8(&delivery.body).ok()?;
    let lines = body.lines().map(|line| serde_json::from_str(line).ok().filter(Value::is_object));
    let lines: Vec<Value> = lines.collect::<Option<_>>()?;
    let known = |line: &Value| line.get("uuid").or(line.get("blobs")).is_some();
    lines.iter().all(known).then(|| lines.iter().map(|line| line_of(delivery, line)).collect())
}

fn line_of(delivery: &Delivery, line: &Value) -> Caught {
    let Some(blobs) = line.get("blobs").and_then(Value::as_array) else {
        return own_event(delivery, "lines", line);
    };
    let blobs: Vec<_> = blobs.iter().filter_map(Value::as_str).filter(|blob| !blob.is_empty()).collect();
    Caught {
        component: delivery.component.clone(),
        format: "lines",
        kind: "point".to_owned(),
        subject: Some(blobs.join(", ")),
        path: line.pointer("/indexes/0").and_then(Value::as_str).map(str::to_owned),
        event: Some(line.clone()),
        ..Caught::default()
    }
}

fn own_event(delivery: &Delivery, format: &'static str, event: &Value) -> Caught {
    let get = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
    let path = get("/data/path").or_else(|| get("/context/page/path"));
    let path = path.or_else(|| get("/context/page/url").map(path_of));
    let subject = get("/data/name").or_else(|| get("/data/title")).or_else(|| get("/data/user_id"));
    let visitor = get("/context/user/edgee_id").or_else(|| get("/data/edgee_id"));
    Caught {
        component: delivery.component.clone(),
        format,
        kind: get("/type").unwrap_or("(no type)").to_owned(),
        subject: subject.map(str::to_owned),
        path: path.map(str::to_owned),
        consent: get("/consent").map(str::to_owned),
        visitor: visitor.map(short),
        session: event.pointer("/context/session/session_count").map(Value::to_string),
        event: Some(event.clone()),
    }
}

/// The path of a URL, and what was not a URL as it is.
fn path_of(url: &str) -> &str {
    let Some((_, rest)) = url.split_once("://") else { return url };
    let rest = rest.split(['?', '#']).next().unwrap_or(rest);
    rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/")
}

/// As much of an id as tells a few visitors apart.
fn short(id: &str) -> String {
    id.chars().take(8).collect()
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;
    use axum::http::{HeaderMap, Method};

    use super::*;

    fn delivery(path: &str, query: &str, body: &str) -> Delivery {
        Delivery {
            number: 1,
            component: "x".into(),
            method: Method::POST,
            path: path.into(),
            query: query.into(),
            headers: HeaderMap::new(),
            body: Bytes::copy_from_slice(body.as_bytes()),
        }
    }

    #[test]
    fn each_line_of_ga4_is_an_event_with_what_all_share() {
        let query = "v=2&tid=G-X&cid=108670052.1700000000&sct=3&gcs=G101&dl=https%3A%2F%2Fshop.example%2Fcart%3Fa%3D1&dt=Cart";
        let events = read(&delivery(
            "/eu/g/collect",
            query,
            "en=page_view\nen=purchase&epn.value=129.9&cu=EUR&dt=Done",
        ));
        assert_eq!(events.len(), 2);
        let Caught { kind, subject, path, consent, visitor, session, event, .. } = &events[0];
        assert_eq!(
            (kind.as_str(), subject.as_deref(), path.as_deref()),
            ("page_view", Some("Cart"), Some("/cart"))
        );
        assert_eq!((consent.as_deref(), visitor.as_deref()), (Some("analytics only"), Some("10867005")));
        assert_eq!(session.as_deref(), Some("3"));
        assert_eq!(event.as_ref().unwrap()["tid"], "G-X");
        assert_eq!((events[1].kind.as_str(), events[1].subject.as_deref()), ("purchase", Some("129.9 EUR")));
        // The line's own wins.
        assert_eq!(events[1].event.as_ref().unwrap()["dt"], "Done");
    }

    #[test]
    fn ga4_without_a_body_is_one_event() {
        let events = read(&delivery("/g/collect", "v=2&en=scroll&gcs=G100", ""));
        assert_eq!(events.len(), 1);
        assert_eq!((events[0].kind.as_str(), events[0].consent.as_deref()), ("scroll", Some("denied")));
        assert_eq!(events[0].visitor, None);
    }

    #[test]
    fn each_event_of_a_webhook_is_an_event() {
        let body = r#"{"events":[
            {"type":"page","data":{"title":"Linen","path":"/linen"},"consent":"granted",
             "context":{"user":{"edgee_id":"be9f76b3-2c50-4d12-b14c-85c343745691"},"session":{"session_count":2}}},
            {"type":"track","data":{"name":"Order Completed"},"consent":"pending",
             "context":{"page":{"url":"https://shop.example/thanks?order=1"}}},
            {"type":"user","data":{"user_id":"u-1"}}]}"#;
        let events = read(&delivery("/events", "", body));
        let seen: Vec<_> = events
            .iter()
            .map(|event| {
                (
                    event.kind.as_str(),
                    event.subject.as_deref(),
                    event.path.as_deref(),
                    event.visitor.as_deref(),
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                ("page", Some("Linen"), Some("/linen"), Some("be9f76b3")),
                ("track", Some("Order Completed"), Some("/thanks"), None),
                ("user", Some("u-1"), None, None),
            ]
        );
        assert_eq!(events[0].session.as_deref(), Some("2"));
        assert_eq!(events[1].consent.as_deref(), Some("pending"));
    }

    #[test]
    fn each_line_for_the_platform_is_an_event_or_a_point() {
        let body = concat!(
            r#"{"uuid":"1","type":"page","data":{"title":"Linen","path":"/linen"},"consent":"granted"}"#,
            "\n",
            r#"{"indexes":["/cart"],"blobs":["track","","Added"],"doubles":[1]}"#,
            "\n"
        );
        let events = read(&delivery("/", "", body));
        let seen: Vec<_> =
            events.iter().map(|event| (event.format, &*event.kind, event.path.as_deref())).collect();
        assert_eq!(seen, [("lines", "page", Some("/linen")), ("lines", "point", Some("/cart"))]);
        assert_eq!(events[1].subject.as_deref(), Some("track, Added"));
    }

    #[test]
    fn anything_else_is_shown_by_its_size() {
        for body in ["hello", "[1]", "{}\n{}", r#"{"events":[]}"#, r#"{"events":7}"#] {
            let caught = read(&delivery("/v1/track", "", body));
            assert_eq!(caught.len(), 1);
            assert_eq!((caught[0].format, caught[0].kind.as_str()), ("other", "POST"));
            assert_eq!(caught[0].subject, Some(format!("{} bytes", body.len())));
        }
    }

    #[test]
    fn a_path_is_what_is_between_host_and_query() {
        for (url, path) in [
            ("https://a.b/c/d?e#f", "/c/d"),
            ("https://a.b", "/"),
            ("https://a.b?x=/y", "/"),
            ("/already", "/already"),
        ] {
            assert_eq!(path_of(url), path, "{url}");
        }
    }
}
