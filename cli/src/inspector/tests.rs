use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::*;

#[test]
fn the_log_is_told_from_whatever_an_emulator_prints() {
    for (text, expected) in [
        (r#"{"selvedge":"drop","events":1}"#, Some("drop")),
        (r#"stdout: {"selvedge":"visit"} trailing"#, Some("visit")),
        (r#"{"other":"{\"selvedge\":"}"#, None),
        (r#"{"selvedge":"cut"#, None),
        ("GET / 200 OK", None),
    ] {
        assert_eq!(
            log_line(text).as_ref().map(|line| line["selvedge"].as_str().unwrap()),
            expected,
            "{text}"
        );
    }
}

async fn post(inspector: &Arc<Inspector>, path: &str, body: &Value) -> StatusCode {
    let request = Request::post(path)
        .header("host", "127.0.0.1:7679")
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    router(inspector).oneshot(request).await.unwrap().status()
}

/// What a browser is told at once that comes with a `Last-Event-ID`.
async fn told(inspector: &Arc<Inspector>, seen: Option<&str>, until: &str) -> String {
    let mut request = Request::get("/stream").header("host", "127.0.0.1:7679");
    if let Some(seen) = seen {
        request = request.header("last-event-id", seen);
    }
    let response = router(inspector).oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let mut body = response.into_body();
    let mut text = String::new();
    while !text.contains(until) {
        let frame = body.frame().await.unwrap().unwrap();
        text.push_str(std::str::from_utf8(frame.data_ref().unwrap()).unwrap());
    }
    text
}

#[tokio::test]
async fn who_comes_back_is_told_what_is_new() {
    let inspector = Inspector::new();
    inspector.about(json!({"title": "Fastly Compute"}));
    assert!(inspector.printed(r#"{"selvedge":"visit","visit":"a"}"#));
    assert!(!inspector.printed(r#"{"selvedge":"drop","visit":"a"}"#));
    assert!(!inspector.printed("something else"));
    let all = told(&inspector, None, "\"drop\"").await;
    assert!(all.contains("event: about") && all.contains("Fastly Compute"), "{all}");
    assert!(all.contains("\"selvedge\":\"visit\""), "{all}");
    let seen = format!("{}.1", inspector.epoch);
    let rest = told(&inspector, Some(&seen), "\"drop\"").await;
    assert!(!rest.contains("\"selvedge\":\"visit\""), "{rest}");
    // The numbers of another run say nothing.
    let again = told(&inspector, Some("1.2"), "\"drop\"").await;
    assert!(again.contains("\"selvedge\":\"visit\""), "{again}");

    assert_eq!(post(&inspector, "/clear", &json!({})).await, StatusCode::NO_CONTENT);
    inspector.caught(&json!({"component": "ga4"}));
    let rest = told(&inspector, Some(&seen), "caught").await;
    assert!(rest.contains("event: clear") && !rest.contains("drop"), "{rest}");
}

#[tokio::test]
async fn the_catchers_answer_is_chosen() {
    let inspector = Inspector::new();
    inspector.about(json!({}));
    assert_eq!(inspector.answer("ga4"), Answer::Taken);
    let chosen = json!({"component": "ga4", "answer": "429"});
    assert_eq!(post(&inspector, "/answers", &chosen).await, StatusCode::NO_CONTENT);
    assert_eq!((inspector.answer("ga4"), inspector.answer("events")), (Answer::Later, Answer::Taken));
    assert!(told(&inspector, None, "answers").await.contains(r#""answers":{"ga4":"429"}"#));
    for wrong in [json!({}), json!({"component": "ga4", "answer": "418"}), json!([])] {
        assert_eq!(post(&inspector, "/answers", &wrong).await, StatusCode::BAD_REQUEST, "{wrong}");
    }
}

#[tokio::test]
async fn the_page_is_served_under_a_strict_policy() {
    for path in ["/", "/style.css", "/app.js", "/nothing"] {
        let request = Request::get(path).header("host", "localhost:7679").body(Body::empty()).unwrap();
        let response = router(&Inspector::new()).oneshot(request).await.unwrap();
        let expected = if path == "/nothing" { StatusCode::NOT_FOUND } else { StatusCode::OK };
        assert_eq!(response.status(), expected, "{path}");
        let policy = response.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    }
}
