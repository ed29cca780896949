//! `selvedge debug` from outside: what it prints, and how it ends.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // helpers of tests are tests

#[path = "outbox/service.rs"]
mod service;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use selvedge_core::debug::{is_session, token};
use selvedge_core::facts::Timestamp;
use selvedge_core::visitor::KeyRing;
use serde_json::{Value, json};

use service::{KEY, Service};

fn debug(key: Option<&str>, args: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_selvedge"));
    command.arg("debug").args(args).current_dir(std::env::temp_dir()).env_remove("SELVEDGE_KEY");
    if let Some(key) = key {
        command.env("SELVEDGE_KEY", key);
    }
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_link_is_signed_with_the_services_key() {
    let service = Service::start();
    let (code, out, err) = debug(Some(KEY), &[&service.url, "--link", "--json", "--minutes", "5"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let said: Value = serde_json::from_str(&out).unwrap();
    let link = said["link"].as_str().unwrap();
    let signed = link.strip_prefix(&format!("{}/_selvedge/debug?token=", service.url)).unwrap();
    let [session, until, _] = signed.split('.').collect::<Vec<_>>()[..] else { panic!("{signed}") };
    assert!(is_session(session));
    let until = Timestamp(until.parse::<i64>().unwrap() * 1000);
    let keys = KeyRing::new::<&[u8]>(KEY.as_bytes(), &[]).unwrap();
    assert_eq!(token(&keys, session, until), signed);
    // The token has whole seconds.
    assert!(said["until"].as_str().unwrap().starts_with(until.rfc3339().trim_end_matches(".000Z")));
    assert_eq!(said["off"], format!("{}/_selvedge/debug?off", service.url));
    let (_, other, _) = debug(Some(KEY), &[&service.url, "--link"]);
    assert!(other.starts_with(&service.url) && other.trim_end() != link);
}

#[test]
fn what_is_wrong_is_said() {
    let service = Service::start();
    let other = KEY.replace("00", "ff");
    for (key, args, status, said) in [
        (None, vec!["https://shop.example.com"], 1, "SELVEDGE_KEY is not in the environment"),
        (Some("short"), vec![&*service.url], 1, "is not a key"),
        (Some(&*other), vec![&*service.url, "--link"], 1, "answers 403: signed with another key"),
        (Some(KEY), vec!["http://shop.example.com"], 1, "https"),
        (Some(KEY), vec!["http://127.0.0.1:9", "--link"], 1, "cannot reach"),
        (Some(KEY), vec![&*service.url, "--minutes", "481"], 2, "481 is not in 1..=480"),
    ] {
        let (code, out, err) = debug(key, &args);
        assert_eq!((code, out.as_str()), (Some(status), ""), "{args:?}: {err}");
        assert!(err.contains(said), "{args:?}: {err}");
    }
}

/// What the service keeps shows up in the inspector, in its order and once.
#[test]
fn visits_are_shown_as_they_come() {
    let service = Service::start();
    let mut child = Command::new(env!("CARGO_BIN_EXE_selvedge"))
        .args(["debug", &service.url, "--json", "--port", "0"])
        .current_dir(std::env::temp_dir())
        .env("SELVEDGE_KEY", KEY)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let ready: Value = serde_json::from_str::<Value>(&line).unwrap()["ready"].clone();
    let session = ready["link"].as_str().unwrap().split("token=").nth(1).unwrap().split('.').next().unwrap();
    let visit = |id: &str| json!({"selvedge": "visit", "visit": id}).to_string() + "\n";
    let mut store = service.store.lock().unwrap();
    for (key, text) in [
        (
            format!("{session}/0000000000001-a"),
            visit("a") + &json!({"selvedge": "drop", "visit": "a"}).to_string(),
        ),
        (format!("{session}/0000000000002-b"), visit("b")),
        (format!("{}/0000000000001-c", "f".repeat(32)), visit("c")),
    ] {
        store.insert(key, text);
    }
    drop(store);
    let address = ready["inspector"].as_str().unwrap().strip_prefix("http://").unwrap().trim_end_matches('/');
    let saved = || {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "GET /session.ndjson HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")
            .unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let of = |line: &str| {
            Some(serde_json::from_str::<Value>(line).ok()?["line"]["visit"].as_str()?.to_owned())
        };
        text.lines().filter_map(of).collect::<Vec<_>>()
    };
    let since = Instant::now();
    while saved().len() < 3 && since.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(200));
    }
    std::thread::sleep(Duration::from_millis(2_500));
    let seen = saved();
    child.kill().unwrap();
    let _ = child.wait();
    assert_eq!(seen, ["a", "a", "b"]);
}
