//! A service whose decisions are the core's and whose store is a map; and the command that asks it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // helpers of tests are tests
#![allow(dead_code)] // each test uses a part of this

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use selvedge_core::Edge;
use selvedge_core::account::DropReason;
use selvedge_core::budget::Platform;
use selvedge_core::config::Config;
use selvedge_core::config::compiled::{decode, encode};
use selvedge_core::config::pushed::{CURRENT, choose, forgotten};
use selvedge_core::config::read::read;
use selvedge_core::facts::{Client, Facts, Random, Timestamp};
use selvedge_core::head::{Reply, Request};
use selvedge_core::outbox::{Label, Place};
use selvedge_core::owner::config::{self, Candidate, Kept};
use selvedge_core::owner::{self, Order};
use selvedge_core::receive::Received;
use serde_json::{Value, json};

pub(super) const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const CONFIG: &str = "[[site]]\norigin = 'https://a.example'\n[delivery]\noutbox = true\n";
const MINUTE: i64 = 60_000;

fn now() -> Timestamp {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    Timestamp(i64::try_from(now).unwrap())
}

fn configuration() -> Config {
    read(CONFIG, selvedge_components::registry()).unwrap().config
}

/// A service on this machine.
pub(super) struct Service {
    pub(super) url: String,
    pub(super) store: Arc<Mutex<BTreeMap<String, String>>>,
    edge: Arc<Edge>,
    /// When its configuration was compiled.
    made: Timestamp,
}

impl Service {
    pub(super) fn start() -> Self {
        Self::with(|service, order| service.obey(order))
    }

    pub(super) fn with(obey: impl Fn(&Service, Order) -> Reply + Send + 'static) -> Self {
        let config = configuration();
        let secrets = BTreeMap::from([("SELVEDGE_KEY".to_owned(), KEY.to_owned())]);
        let edge = Edge::new(config, selvedge_components::registry(), &secrets, Platform::FASTLY);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let service = Self { url, store: Arc::default(), edge, made: now() };
        let there = Self {
            url: service.url.clone(),
            store: Arc::clone(&service.store),
            edge: Arc::clone(&service.edge),
            made: service.made,
        };
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                there.serve(&stream.unwrap(), &obey);
            }
        });
        service
    }

    fn serve(&self, mut stream: &TcpStream, obey: &impl Fn(&Service, Order) -> Reply) {
        let mut from = BufReader::new(stream);
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if from.read_line(&mut line).unwrap() == 0 {
                return;
            }
            match line.trim_end() {
                "" => break,
                line => lines.push(line.to_owned()),
            }
        }
        let fields = lines[1..].iter().filter_map(|line| line.split_once(": "));
        let headers: http::HeaderMap =
            fields.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        let length = headers.get("content-length").map_or(0, |text| text.to_str().unwrap().parse().unwrap());
        let mut body = vec![0; length];
        from.read_exact(&mut body).unwrap();
        let mut words = lines[0].split(' ');
        let (method, path) = (words.next().unwrap().parse().unwrap(), words.next().unwrap());
        let request = Request::new(method, &format!("{}{path}", self.url), headers).unwrap();
        let facts = Facts { client: Client::default(), now: now(), random: Random::from_seed([1; 32]) };
        let reply = match self.edge.receive(request, facts) {
            Received::Reply(reply) => reply,
            Received::Owner(owner) => match owner.accept(Ok(&body)) {
                Ok(order) => obey(self, order),
                Err(reply) => *reply,
            },
            other => panic!("{other:?}"),
        };
        let head = format!("HTTP/1.1 {}\r\nconnection: close\r\ncontent-length: ", reply.status);
        write!(stream, "{head}{}\r\n\r\n", reply.body.len()).unwrap();
        stream.write_all(&reply.body).unwrap();
    }

    /// As an adapter with a store that can be listed; two keys a page. What is for "bad" is refused.
    fn obey(&self, order: Order) -> Reply {
        let order = match order {
            Order::Config { what } => return self.configure(what),
            order => order,
        };
        let mut store = self.store.lock().unwrap();
        match order {
            Order::Config { .. } => panic!("done already"),
            Order::List { dead, after } => {
                let prefix = if dead { Place::Dead } else { Place::Waiting }.prefix();
                let keys = store.keys().filter(|key| key.starts_with(prefix));
                let mut keys: Vec<_> =
                    keys.filter(|key| after.as_ref().is_none_or(|after| *key > after)).cloned().collect();
                let more = keys.len() > 2;
                keys.truncate(2);
                let next = keys.last().filter(|_| more).cloned();
                owner::listed(&self.edge, &keys, next.as_deref())
            }
            Order::Read { names } => {
                let texts: Vec<_> = names.iter().filter_map(|name| store.get(name).cloned()).collect();
                owner::read(&self.edge, &texts)
            }
            Order::Drain { names, .. } => {
                let lines: Vec<_> = names.iter().map(|name| {
                    store.remove(name);
                    let Label { component, events, .. } = Label::read(name).unwrap();
                    let (outcome, status) = if component == "bad" { ("rejected", 400) } else { ("delivered", 204) };
                    json!({"selvedge": "delivery", "component": component, "outcome": outcome, "events": events, "status": status}).to_string()
                }).collect();
                owner::drained(&self.edge, &lines)
            }
            Order::Replay { names, texts } => {
                let texts: Vec<_> = names.iter().filter_map(|name| store.remove(name)).chain(texts).collect();
                for text in &texts {
                    let parcel: Value = serde_json::from_str(text).unwrap();
                    let label = Label {
                        place: Place::Waiting,
                        due: now(),
                        since: now(),
                        attempts: 0,
                        events: parcel["events"].as_array().unwrap().len(),
                        reason: None,
                        component: parcel["component"].as_str().unwrap().to_owned(),
                    };
                    let unique = [u8::try_from(store.len()).unwrap(); 32];
                    store.insert(label.key(&unique), text.clone());
                }
                owner::replayed(&self.edge, texts.len())
            }
            Order::Debug { session, after } => {
                let own = store.iter().filter(|(key, _)| key.starts_with(&format!("{session}/")));
                let next = own.filter(|(key, _)| after.as_ref().is_none_or(|after| *key > after)).take(1);
                let visits: Vec<_> = next.map(|(key, text)| (key.clone(), text.clone())).collect();
                owner::visits(&self.edge, &visits)
            }
        }
    }

    /// As an adapter with a store for configurations.
    fn configure(&self, order: config::Order) -> Reply {
        let own = || Ok(Some(decode(&encode(&configuration(), self.made)).unwrap()));
        let mut store = self.store.lock().unwrap();
        let text = |key: &str| store.get(key).map(String::as_bytes);
        let candidate = match order {
            config::Order::List => {
                let (choice, keys) =
                    (choose(own(), text(CURRENT)), store.keys().cloned().collect::<Vec<_>>());
                let running = choice.stamped.clone().unwrap();
                return config::listed(&self.edge, &running, &choice, &keys);
            }
            config::Order::Stamped => {
                let done = config::stamped(&self.edge, &choose(own(), None)).unwrap();
                store.remove(CURRENT);
                return done;
            }
            config::Order::Push { configuration, note } => Candidate::pushed(configuration, note, now()),
            config::Order::Rollback { key } => Candidate::back(text(&key), now()),
        };
        let secrets = BTreeMap::from([("SELVEDGE_KEY".to_owned(), KEY.to_owned())]);
        let kinds = selvedge_components::registry();
        match candidate.and_then(|candidate| candidate.judge(&self.edge, kinds, &secrets)) {
            Ok(Kept { key, text, reply }) => {
                store.extend(key.map(|key| (key, text.clone())));
                store.insert(CURRENT.to_owned(), text);
                let keys: Vec<_> = store.keys().cloned().collect();
                forgotten(&keys).for_each(|key| drop(store.remove(key)));
                reply
            }
            Err(refusal) => *refusal,
        }
    }

    /// Puts a parcel there that is due in so many minutes.
    pub(super) fn add(&self, component: &str, events: usize, due: i64, reason: Option<DropReason>) {
        let (since, due) = (Timestamp(now().0 - 10 * MINUTE), Timestamp(now().0 + due * MINUTE));
        let label = Label {
            place: if reason.is_some() { Place::Dead } else { Place::Waiting },
            due,
            since,
            attempts: 3,
            events,
            reason,
            component: component.into(),
        };
        let text = json!({"component": component, "attempts": 3, "since": since, "due": due, "events": vec![event(); events]});
        let mut store = self.store.lock().unwrap();
        let unique = [u8::try_from(store.len()).unwrap(); 32];
        store.insert(label.key(&unique), text.to_string());
    }

    pub(super) fn waiting(&self) -> usize {
        self.store.lock().unwrap().keys().filter(|key| key.starts_with("parcel/")).count()
    }

    pub(super) fn run(&self, args: &[&str]) -> Seen {
        self.run_with(KEY, args, "")
    }

    pub(super) fn run_with(&self, key: &str, args: &[&str], input: &str) -> Seen {
        run(key, &[args, &["--url", &self.url]].concat(), input)
    }

    /// `selvedge config …`
    pub(super) fn config(&self, key: &str, args: &[&str]) -> Seen {
        command(key, &[&["config"], args, &["--url", &self.url]].concat(), "")
    }
}

/// The smallest event that is one.
pub(super) fn event() -> Value {
    json!({
        "uuid": "a11ce000-0000-4000-8000-000000000001", "timestamp": "2024-10-27T03:33:20.123Z",
        "type": "track", "data": {"name": "x", "properties": {}}, "context": {}, "consent": "granted",
        "purposes": {"analytics": true, "advertising": true, "personalization": true, "functional": true},
        "consent_source": "stored", "from": "client"
    })
}

#[derive(Debug)]
pub(super) struct Seen {
    pub(super) code: Option<i32>,
    pub(super) out: String,
    pub(super) err: String,
}

/// `selvedge outbox …`
pub(super) fn run(key: &str, args: &[&str], input: &str) -> Seen {
    command(key, &[&["outbox"], args].concat(), input)
}

pub(super) fn command(key: &str, args: &[&str], input: &str) -> Seen {
    let mut command = Command::new(env!("CARGO_BIN_EXE_selvedge"));
    // Where there is no configuration, and no emulator's key.
    command.current_dir(std::env::temp_dir()).args(args);
    command.env_remove("CLOUDFLARE_API_TOKEN").env("SELVEDGE_KEY", key);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // It may end without having read it.
    drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Seen { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

impl Seen {
    #[track_caller]
    pub(super) fn failed(&self, code: i32, with: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert_eq!(self.out, "", "errors belong to stderr");
        for part in with {
            assert!(self.err.contains(part), "no {part:?} in:\n{}", self.err);
        }
    }

    #[track_caller]
    pub(super) fn said(&self) -> &str {
        assert_eq!((self.code, self.err.as_str()), (Some(0), ""), "{self:?}");
        &self.out
    }

    pub(super) fn lines(&self) -> Vec<Value> {
        self.said().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}
