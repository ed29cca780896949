//! `selvedge outbox` from outside: what it prints, where, and how it ends.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // helpers of tests are tests

mod service;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;

use selvedge_core::account::DropReason;
use selvedge_core::head::Reply;
use selvedge_core::owner::Order;
use serde_json::json;

use service::{KEY, Service, event, run};

#[test]
fn list_shows_what_waits_and_what_was_set_aside() {
    let service = Service::start();
    assert_eq!(service.run(&["list"]).said(), "nothing waits\n");
    assert_eq!(service.run(&["list", "--dead"]).said(), "nothing was set aside\n");
    service.add("events", 2, -1, None);
    service.add("warehouse", 10, 5, None);
    service.add("events", 1, 200, None);
    service.add("bad", 4, -3, Some(DropReason::Rejected));

    let seen = service.run(&["list"]);
    let lines: Vec<_> = seen.said().lines().collect();
    assert_eq!(lines.len(), 4, "{seen:?}");
    assert!(
        lines[0].starts_with("events     2 events   tried 3 times  since 2") && lines[0].ends_with("  due"),
        "{seen:?}"
    );
    assert!(lines[1].starts_with("warehouse  10 events") && lines[1].ends_with("due in 4 min"), "{seen:?}");
    assert!(lines[2].ends_with("due in 3 h"), "{seen:?}");
    assert_eq!(lines[3], "13 events waiting, in 3 parcels, 1 of them due");

    let seen = service.run(&["list", "--dead"]);
    let lines: Vec<_> = seen.said().lines().collect();
    assert!(
        lines[0].starts_with("bad  4 events  tried 3 times  since ") && lines[0].contains("  rejected 2"),
        "{seen:?}"
    );
    assert_eq!(lines[1], "4 events set aside, in 1 parcel");

    let lines = service.run(&["list", "--json", "--component", "events"]).lines();
    assert_eq!(lines.iter().map(|line| line["events"].as_u64()).collect::<Vec<_>>(), [Some(2), Some(1)]);
    assert!(lines[0]["due"].as_str().unwrap().ends_with('Z') && lines[0]["attempts"] == 3);
    assert_eq!(service.run(&["list", "--dead", "--json"]).lines()[0]["reason"], "rejected");
    let full = service.run(&["list", "--full", "--json"]).lines();
    assert_eq!(full.iter().map(|parcel| parcel["events"].as_array().unwrap().len()).sum::<usize>(), 13);
}

#[test]
fn drain_tries_what_is_due_and_says_what_became_of_it() {
    let service = Service::start();
    assert_eq!(service.run(&["drain"]).said(), "nothing to try\n");
    (0..6).for_each(|_| service.add("events", 2, -1, None));
    service.add("later", 1, 5, None);
    service.add("bad", 3, -1, None);
    let seen = service.run(&["drain", "--component", "events"]);
    let said = seen.said();
    assert!(said.starts_with("events  2 events  delivered  answered 204\n"), "{said}");
    assert!(said.ends_with("\n12 of 12 events delivered\n"), "{said}");
    assert_eq!(service.waiting(), 2);
    let seen = service.run(&["drain"]);
    assert_eq!((seen.code, seen.err.as_str()), (Some(1), ""), "not all of it was delivered: {seen:?}");
    assert_eq!(seen.out, "bad  3 events  rejected  answered 400\n0 of 3 events delivered\n");
    assert_eq!(service.waiting(), 1, "what is not due yet waits");
    assert_eq!(service.run(&["drain", "--all", "--json"]).lines()[0]["outcome"], "delivered");
    assert_eq!(service.waiting(), 0);
}

#[test]
fn replay_puts_back_what_list_has_shown() {
    let service = Service::start();
    (0..7).for_each(|_| service.add("events", 2, 5, None));
    let export = service.run(&["list", "--full", "--json"]).said().to_owned();
    assert_eq!(export.lines().count(), 7);
    service.store.lock().unwrap().clear();
    let seen = service.run_with(KEY, &["replay", "-"], &export);
    assert_eq!(seen.said(), "14 events in 7 parcels are in the outbox again, due now\n");
    assert_eq!(service.waiting(), 7);
    assert!(service.run(&["list", "--json"]).lines().iter().all(|line| line["attempts"] == 0));

    service.store.lock().unwrap().clear();
    let file = std::env::temp_dir().join(format!("selvedge-outbox-{}.jsonl", std::process::id()));
    std::fs::write(&file, &export).unwrap();
    let seen = service.run(&["replay", file.to_str().unwrap(), "--json"]);
    assert_eq!(seen.lines(), [json!({"parcels": 7, "events": 14})]);
    std::fs::remove_file(&file).unwrap();

    service.store.lock().unwrap().clear();
    service.add("events", 1, -5, Some(DropReason::Expired));
    service.add("bad", 2, -5, Some(DropReason::Rejected));
    let seen = service.run(&["replay", "--dead", "--component", "events"]);
    assert_eq!(seen.said(), "1 event in 1 parcel is in the outbox again, due now\n");
    assert_eq!((service.waiting(), service.run(&["list", "--dead", "--json"]).lines().len()), (1, 1));
    assert_eq!(service.run_with(KEY, &["replay", "-"], "\n").said(), "nothing to put back\n");
}

#[test]
fn what_is_wrong_is_told_before_anything_is_done() {
    let service = Service::start();
    let good = json!({"component": "a", "attempts": 0, "since": 1, "due": 1, "events": [event()]});
    for input in ["{}", "not JSON", "{\"component\":\"a\"}"] {
        let seen = service.run_with(KEY, &["replay", "-"], &format!("{good}\n{input}\n"));
        seen.failed(1, &["error: line 2 of the standard input is not a parcel", "nothing was put back"]);
    }
    assert_eq!(service.waiting(), 0);
    service.run(&["replay", "absent.jsonl"]).failed(1, &["cannot read absent.jsonl", "No such file"]);
    service.run(&["replay"]).failed(2, &["required", "<FILE|-|--dead>"]);
    service.run(&["replay", "-", "--dead"]).failed(2, &["cannot be used with"]);
    service.run(&["list", "--full"]).failed(2, &["--json"]);
    run(KEY, &[], "").failed(2, &["list", "drain", "replay"]);

    let other = "f".repeat(64);
    service.run_with(&other, &["list"], "").failed(
        1,
        &["/_selvedge/outbox answers 403: signed with another key", "the environment's SELVEDGE_KEY"],
    );
    service.run_with("abc", &["list"], "").failed(1, &["SELVEDGE_KEY", "64 hexadecimal digits", "found 3"]);
    service.run_with("", &["list"], "").failed(1, &["SELVEDGE_KEY is not in the environment", ".dev.vars"]);
    service
        .run(&["list", "--config", "absent.toml"])
        .failed(1, &["cannot read the configuration absent.toml"]);
    run(KEY, &["list", "--url", "http://shop.example.com"], "")
        .failed(1, &["--url http://shop.example.com", "https"]);
    run(KEY, &["list", "--url", "shop"], "").failed(1, &["--url shop"]);
    run("", &["list", "--url", "https://shop.example.com"], "")
        .failed(1, &["SELVEDGE_KEY is not in the environment; "]);
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    run(KEY, &["list", "--url", &format!("http://{closed}")], "")
        .failed(1, &["cannot reach http://127", "selvedge dev"]);
}

#[test]
fn another_server_is_not_taken_for_the_service() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]).unwrap();
            stream
                .write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno")
                .unwrap();
        }
    });
    run(KEY, &["list", "--url", &url], "")
        .failed(1, &["answers 404, and not as Selvedge does", "collect.path"]);
}

#[test]
fn a_queue_says_what_can_be_known_and_what_cannot() {
    let queue =
        json!({"names": null, "queue": {"backlogCount": 3, "backlogBytes": 900}, "platform": "cloudflare"});
    let service = Service::with(move |_, order| {
        let body = match order {
            Order::List { dead: false, .. } => queue.to_string(),
            _ => panic!("nothing else is asked"),
        };
        Reply { status: http::StatusCode::OK, headers: http::HeaderMap::new(), body: body.into_bytes() }
    });
    let seen = service.run(&["list"]);
    assert!(
        seen.said().starts_with("3 parcels in the queue, by the platform's count\n(a Worker cannot look"),
        "{seen:?}"
    );
    assert_eq!(service.run(&["list", "--json"]).lines()[0]["queue"]["backlogBytes"], 900);
    service.run(&["list", "--full", "--json"]).failed(1, &["a Worker cannot look into its queue"]);
    service.run(&["drain"]).failed(1, &["a queue cannot be drained", "selvedge outbox replay --dead"]);
}

#[test]
fn keys_of_the_emulators_are_found() {
    let service = Service::start();
    let directory = std::env::temp_dir().join(format!("selvedge-outbox-keys-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join(".dev.vars"), format!("SELVEDGE_KEY=\"{}\"\n", "a".repeat(64))).unwrap();
    std::fs::write(
        directory.join("fastly.toml"),
        format!("[[local_server.secret_stores.selvedge]]\nkey = \"SELVEDGE_KEY\"\ndata = \"{KEY}\"\n"),
    )
    .unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_selvedge"));
    command.current_dir(&directory).env_remove("SELVEDGE_KEY").args([
        "outbox",
        "list",
        "--url",
        &service.url,
    ]);
    let output = command.output().unwrap();
    std::fs::remove_dir_all(&directory).unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "nothing waits\n", "{:?}", output.stderr);
}
