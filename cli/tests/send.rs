//! `selvedge send` from outside: what destinations would get, why others would not, and how it ends.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // helpers of tests are tests

mod support;

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use serde_json::Value;
use support::{Directory, Seen};

const CONFIG: &str = r#"
[[site]]
hosts = ["shop.example"]
origin = "https://origin.shop.example"
[[component]]
kind = "ga4"
settings = { measurement_id = "G-TEST", api_secret = { secret = "GA4_SECRET" } }
[[component]]
kind = "meta-capi"
settings = { pixel_id = "123", access_token = { secret = "META_TOKEN" } }
[[component]]
kind = "segment"
purposes = []
delivery = "queue"
settings = { write_key = { secret = "SEGMENT.KEY" } }
[[component]]
kind = "webhook"
id = "events"
events = ["track"]
settings = { url = "https://in.example/x", secret = { secret = "HOOK" } }
[[component]]
kind = "bigquery"
settings = { service_account_key = { secret = "BIGQUERY" }, dataset_id = "web", table_id = "events" }
[delivery]
outbox = true
"#;

const POST: &str = r#"{"data_collection": {
    "context": {"page": {"url": "https://shop.example/p", "title": "It's $5"}},
    "events": [{"type": "page"}, {"type": "track", "data": {"name": "purchase", "properties": {"value": 3}}}]
}}"#;

fn directory(name: &str, input: &str) -> Directory {
    let directory = Directory::with(&format!("send-{name}"), CONFIG);
    std::fs::write(directory.0.join("input"), input).unwrap();
    directory
}

fn sent(directory: &Directory, args: &[&str]) -> Value {
    let seen = directory.run(&[&["send", "input", "--json"], args].concat());
    assert_eq!(seen.code, Some(0), "{seen:?}");
    serde_json::from_str(&seen.out).unwrap()
}

/// What is said of one destination.
fn of(said: &Value, id: &str) -> Value {
    let all = said["destinations"].as_array().unwrap();
    all.iter().find(|one| one["destination"] == *id).unwrap().clone()
}

#[test]
fn send_says_what_each_gets_and_why_others_do_not() {
    let directory = directory("post", POST);
    let seen = directory.run(&["send", "input", "--consent", "analytics"]);
    assert_eq!((seen.code, seen.err.as_str()), (Some(0), ""), "{seen:?}");
    for line in [
        "ga4\n  page, track purchase\n  POST https://www.google-analytics.com/mp/collect?measurement_id=G-TEST&api_secret=$GA4_SECRET\n",
        "\nmeta-capi gets nothing\n  without-consent (2 events): A purpose that the component needs is not granted",
        "; consent is denied, says the payload\n",
        "\nsegment\n",
        "  authorization: Basic base64($SEGMENT_KEY:)\n",
        "\nevents (webhook)\n  track purchase\n  POST https://in.example/x\n",
        "  what is signed in it is not right: the secret is not in the environment\n",
        "  event-type (1 event): The component's `events` does not list this type\n",
        "\nbigquery gets nothing\n",
    ] {
        assert!(seen.out.contains(line), "no {line:?} in:\n{}", seen.out);
    }
}

#[test]
fn consent_decides_as_it_is_said() {
    let directory = directory("consent", POST);
    for (consent, ga4, meta) in [
        ("granted", 1, 1),
        ("denied", 0, 0),
        ("pending", 0, 0),
        ("analytics", 1, 0),
        ("advertising,analytics", 1, 1),
    ] {
        let said = sent(&directory, &["--consent", consent]);
        let requests = |id| of(&said, id)["requests"].as_array().unwrap().len();
        // Meta has no use for page views without anybody to match; a purchase it gets.
        assert_eq!((requests("ga4"), requests("segment")), (ga4, 1), "{consent}");
        let refused = of(&said, "meta-capi")["dropped"].to_string().contains("without-consent");
        assert_eq!(refused, meta == 0, "{consent}: {}", of(&said, "meta-capi"));
    }
    let seen = directory.run(&["send", "input", "--consent", "marketing"]);
    assert_eq!(seen.code, Some(2));
    assert!(
        seen.err.contains("granted, denied, pending or a list of: analytics, advertising"),
        "{}",
        seen.err
    );
}

/// Runs what was printed, with a `curl` that says what it was given.
fn shell(directory: &Directory, script: &str, secret: (&str, &str)) -> String {
    let curl = directory.0.join("curl");
    std::fs::write(&curl, "#!/bin/sh\nprintf '<%s>\\n' \"$@\"\n").unwrap();
    std::fs::set_permissions(&curl, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", directory.0.display(), std::env::var("PATH").unwrap());
    let ran =
        Command::new("sh").args(["-euc", script]).env("PATH", path).env(secret.0, secret.1).output().unwrap();
    assert!(ran.status.success(), "{ran:?}\n{script}");
    String::from_utf8(ran.stdout).unwrap()
}

#[test]
fn commands_run_and_hold_no_secrets() {
    let directory = directory("curl", POST);
    let seen = directory.run(&["send", "input", "--consent", "granted", "--curl", "--destination", "ga4"]);
    assert_eq!(seen.code, Some(0), "{seen:?}");
    assert!(
        seen.out.starts_with("# Set first: GA4_SECRET\n# ga4: page, track purchase\ncurl "),
        "{}",
        seen.out
    );
    let ran = shell(&directory, &seen.out, ("GA4_SECRET", "s p"));
    assert!(
        ran.contains("<https://www.google-analytics.com/mp/collect?measurement_id=G-TEST&api_secret=s p>")
    );
    assert!(ran.contains("<content-type: application/json>"));
    let body = ran.split("<--data-raw>\n<").nth(1).unwrap().trim_end().strip_suffix('>').unwrap();
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["events"][0]["params"]["page_title"], "It's $5");

    let seen = directory.run(&["send", "input", "--curl", "--destination", "segment"]);
    let ran = shell(&directory, &seen.out, ("SEGMENT_KEY", "abc"));
    assert!(ran.contains("<authorization: Basic YWJjOg==>"), "{ran}");
}

#[test]
fn secrets_of_the_environment_sign_and_are_shown_only_when_asked_for() {
    let directory = directory("secrets", POST);
    let run = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_selvedge"));
        let args = [&["send", "input", "--consent", "granted"], args].concat();
        let secrets =
            [("HOOK", "hook-secret"), ("GA4_SECRET", "ga4-secret"), ("SEGMENT_KEY", "segment-secret")];
        Seen::of(command.current_dir(&directory.0).args(args).envs(secrets).output().unwrap())
    };
    for format in [&["--json"][..], &["--curl"], &[]] {
        let seen = run(format);
        assert_eq!(seen.code, Some(0), "{seen:?}");
        for secret in ["hook-secret", "ga4-secret", "segment-secret", "c2VnbWVudC1zZWNyZXQ"] {
            assert!(
                !format!("{}{}", seen.out, seen.err).contains(secret),
                "{secret} is shown with {format:?}"
            );
        }
    }
    let said: Value = serde_json::from_str(&run(&["--json"]).out).unwrap();
    assert_eq!(of(&said, "events")["requests"][0]["signature_is_right"], true);
    assert_eq!(
        of(&said, "bigquery")["problem"].as_str().map(|problem| problem.contains("service_account_key")),
        Some(true)
    );
    let shown = run(&["--reveal"]).out;
    assert!(shown.contains("api_secret=ga4-secret") && shown.contains("$META_TOKEN"), "{shown}");
}

#[test]
fn an_event_of_the_webhooks_is_the_same_visitors() {
    let docs = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/events.md")).unwrap();
    let event = docs
        .split("## The event")
        .nth(1)
        .unwrap()
        .split("```json")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let directory = directory(
        "event",
        &event.replace("\"page\",\n  \"data\"", "\"track\",\n  \"data\": {\"name\": \"x\"},\n  \"old\""),
    );
    let said = sent(&directory, &[]);
    let got: Value =
        serde_json::from_str(of(&said, "events")["requests"][0]["body"]["text"].as_str().unwrap()).unwrap();
    let got = &got["events"][0];
    assert_eq!(got["uuid"], "065c3ecf-b1cf-49d0-b9a0-ee4f29d1eb33");
    assert_eq!(got["context"]["user"]["edgee_id"], "ddb14b31-e762-4eb9-890a-5245053dc544");
    assert_eq!(got["context"]["session"]["session_id"], "1730000000");
    assert_eq!(got["context"]["client"]["browser"], "Firefox");
    assert_eq!(got["context"]["client"]["ip"], "203.0.113.7");
    assert_eq!(got["purposes"]["advertising"], false);
    assert!(of(&said, "meta-capi")["dropped"].to_string().contains("without-consent"));
    let granted = of(&sent(&directory, &["--consent", "granted"]), "meta-capi");
    assert!(!granted["dropped"].to_string().contains("without-consent"), "{granted}");
}

#[test]
fn a_recorded_visit_goes_through_the_page() {
    let page = "<!doctype html><html><head><title>Linen</title>\
        <script type='application/json' id='__SELVEDGE_DATA_LAYER__'>{\"data_collection\":{\"events\":[{\"type\":\"page\"},\
        {\"type\":\"track\",\"data\":{\"name\":\"seen\"}}]}}</script></head><body></body></html>";
    let visit = serde_json::json!({
        "url": "https://shop.example/linen?utm_source=letter",
        "headers": {"accept-language": "fr"},
        "client": {"ip": "198.51.100.9", "country_code": "FR"},
        "answer": {"headers": {"content-type": "text/html"}, "body": page},
    });
    let said =
        sent(&directory("visit", &visit.to_string()), &["--consent", "analytics", "--destination", "events"]);
    assert_eq!(said["destinations"].as_array().unwrap().len(), 1);
    let body = of(&said, "events")["requests"][0]["body"]["text"].as_str().unwrap().to_owned();
    let event = &serde_json::from_str::<Value>(&body).unwrap()["events"][0];
    assert_eq!(
        (&event["data"]["name"], &event["context"]["page"]["title"]),
        (&"seen".into(), &"Linen".into())
    );
    assert_eq!((&event["context"]["client"]["country_code"], &event["from"]), (&"FR".into(), &"edge".into()));
    assert_eq!(event["consent_source"], "stored");

    let bot = visit.to_string().replace("\"accept-language\":\"fr\"", "\"user-agent\":\"Googlebot/2.1\"");
    let seen = directory("bot", &bot).run(&["send", "input", "--consent", "granted"]);
    assert!(seen.code == Some(0) && seen.err.starts_with("no page view: bot: "), "{seen:?}");
}

#[test]
fn a_page_may_come_by_stdin() {
    let directory = Directory::with("send-stdin", CONFIG);
    let mut command = Command::new(env!("CARGO_BIN_EXE_selvedge"))
        .current_dir(&directory.0)
        .args(["send", "-", "--consent", "granted", "--destination", "ga4"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    command.stdin.take().unwrap().write_all(b"<title>Linen</title>").unwrap();
    let out = String::from_utf8(command.wait_with_output().unwrap().stdout).unwrap();
    assert!(out.contains("page_view") && out.contains("https://shop.example/"), "{out}");
}

#[test]
fn what_cannot_be_sent_is_explained() {
    for (name, input, told) in [
        ("neither", "{}", "neither a payload (`data_collection`), nor an event"),
        ("text", "hello", "neither JSON nor a page"),
        (
            "click",
            r#"{"data_collection": {"events": [{"type": "click"}]}}"#,
            "data_collection.events[0].type: expected",
        ),
        ("typed", r#"{"type": "page"}"#, "not an event as the webhook sends it"),
        ("visit", r#"{"url": "https://shop.example/"}"#, "missing field `answer`"),
        (
            "host",
            r#"{"url": "https://else.example/", "answer": {}}"#,
            "No website is configured for else.example",
        ),
        (
            "image",
            r#"{"url": "https://shop.example/a.png", "answer": {"headers": {"content-type": "image/png"}}}"#,
            "not-html",
        ),
    ] {
        directory(&format!("wrong-{name}"), input).run(&["send", "input"]).failed(&["error: input: ", told]);
    }
    let directory = directory("wrong", POST);
    directory.run(&["send", "absent"]).failed(&["cannot read absent", "No such file"]);
    directory
        .run(&["send", "input", "--destination", "ga5"])
        .failed(&["no component is called \"ga5\"; did you mean `ga4`?"]);
    directory
        .run(&["send", "input", "--config", "absent.toml"])
        .failed(&["cannot read the configuration absent.toml"]);
}
