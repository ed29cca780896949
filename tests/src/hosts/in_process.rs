//! The core in this process, driven as an adapter drives it. What is here is all that an adapter does, in its order:
//! convert, fetch, stream, send. Sockets and threads stand in for a platform (`sockets.rs`).

mod deliver;
mod sockets;

use std::collections::BTreeMap;
use std::io::{self, BufReader, Read};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderValue, Method, StatusCode};
use selvedge_core::Edge;
use selvedge_core::answer::{Body, Rewriter};
use selvedge_core::budget::{Budget, Platform};
use selvedge_core::collect::BodyFault;
use selvedge_core::component::Registry;
use selvedge_core::config::Config;
use selvedge_core::edge::Secrets;
use selvedge_core::facts::{Client, Facts, Geo, Random, Timestamp};
use selvedge_core::forward::{Forward, OriginFailure};
use selvedge_core::head::Request;
use selvedge_core::outbox::Parcel;
use selvedge_core::owner;
use selvedge_core::page::Progress;
use selvedge_core::receive::Received;
use selvedge_core::sink::Sink;
use selvedge_core::visit::Visit;
use selvedge_guests::pack::Guests;
use serde_json::json;

use self::sockets::{From, drain, fetch, header_map, reply, request_head, respond_head, stream};
use super::{Host, PLACES, Written, guests};
use crate::server::Server;
use crate::wire::{BodyReader, Framing, Head, write_chunk};

/// This platform undoes gzip and brotli, has every sink, and as little of everything else as Fastly.
const PLATFORM: Platform = Platform {
    name: "in-process",
    budget: Budget {
        subrequests: Platform::FASTLY.budget.subrequests,
        lookups: Platform::FASTLY.budget.lookups,
        ..Platform::CLOUDFLARE.budget
    },
    decodes: &["gzip", "br"],
    sinks: Sink::ALL,
};

/// A server that is the core and this file.
#[derive(Debug)]
pub(super) struct InProcess {
    server: Server,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    edge: Arc<Edge>,
    log: Mutex<Vec<String>>,
    busy: AtomicUsize,
    /// What is kept to be tried again, as Fastly's store would have it.
    outbox: Mutex<Vec<Parcel>>,
    /// What sinks were given.
    written: Mutex<Vec<Written>>,
    /// The store of tokens.
    tokens: Mutex<BTreeMap<String, String>>,
}

impl InProcess {
    pub(super) fn start(config: Config, secrets: &Secrets) -> Result<Self, String> {
        let guests = match guests::pack(&config)? {
            Some(pack) => Guests::read(pack.leak()).map_err(|error| error.to_string())?,
            None => Guests::default(),
        };
        let registry = Registry { kinds: selvedge_components::registry(), foreign: Some(&guests) };
        let edge = Edge::new(config, registry, secrets, PLATFORM);
        let shared = Arc::new(Shared {
            edge,
            log: Mutex::default(),
            busy: AtomicUsize::new(0),
            outbox: Mutex::default(),
            written: Mutex::default(),
            tokens: Mutex::default(),
        });
        shared.edge.problems().iter().for_each(|line| shared.say(line.clone()));
        let for_server = Arc::clone(&shared);
        let server = Server::start(move |stream| {
            for_server.busy.fetch_add(1, Ordering::SeqCst);
            // A visitor who leaves in the middle is nobody's fault.
            drop(for_server.serve(&stream));
            drop(drain(&stream));
            for_server.busy.fetch_sub(1, Ordering::SeqCst);
        });
        Ok(Self { server, shared })
    }
}

impl Host for InProcess {
    fn address(&self) -> SocketAddr {
        self.server.address
    }

    fn log(&self) -> Vec<String> {
        std::mem::take(&mut *self.shared.log.lock().expect("no thread panics with the lock"))
    }

    fn written(&self) -> Vec<Written> {
        std::mem::take(&mut *self.shared.written.lock().expect("no thread panics with the lock"))
    }

    fn busy(&self) -> Option<bool> {
        Some(self.shared.busy.load(Ordering::SeqCst) > 0)
    }
}

impl Shared {
    fn say(&self, line: String) {
        self.log.lock().expect("no thread panics with the lock").push(line);
    }

    /// One request, from its first byte to the last delivery.
    fn serve(&self, stream: &TcpStream) -> io::Result<()> {
        let mut from = BufReader::new(stream.try_clone()?);
        let Some(head) = Head::read(&mut from)? else { return Ok(()) };
        let mut budget = PLATFORM.budget;
        let Some(request) = request(&head) else {
            return respond_head(stream, StatusCode::BAD_REQUEST, &HeaderMap::new(), Framing::Length(0));
        };
        let facts = facts(stream)?;
        let visit = match self.edge.receive(request, facts) {
            Received::Reply(answer) => return reply(stream, &answer, head.word(0)),
            Received::Collect(collect) => {
                let body = body(&mut from, &head, collect.limit());
                let (answer, visit) = collect.accept(body.as_deref().map_err(|fault| *fault));
                reply(stream, &answer, head.word(0))?;
                visit
            }
            Received::Owner(order) => {
                let body = body(&mut from, &head, order.limit());
                let answer = match order.accept(body.as_deref().map_err(|fault| *fault)) {
                    // What is done on a platform is shown there: tests/faults.
                    Ok(_) => owner::unavailable("this host has no store", "a platform's"),
                    Err(refusal) => *refusal,
                };
                return reply(stream, &answer, head.word(0));
            }
            Received::Forward(forward) => {
                let _ = budget.take_subrequest();
                self.forward(stream, &mut from, &head, *forward)?
            }
        };
        // The visitor has been served: what follows costs nobody any time.
        stream.shutdown(Shutdown::Write)?;
        if let Some(visit) = visit {
            self.deliver(visit, budget);
        }
        Ok(())
    }

    /// Fetches from the origin, and answers.
    fn forward(
        &self,
        to: &TcpStream,
        from: &mut From,
        head: &Head,
        forward: Forward,
    ) -> io::Result<Option<Visit>> {
        let target = forward.target();
        let wait = Duration::from_secs(target.timeout_seconds.into());
        let mut headers = header_map(head);
        forward.edits().iter().for_each(|edit| edit.apply(&mut headers));
        headers.insert(
            "host",
            HeaderValue::from_str(&target.host).expect("the configuration's, or the visitor's"),
        );
        let framing = head.request_body();
        let start = format!("{} {} HTTP/1.1", head.word(0), target.path_and_query);
        let body = BodyReader { from, framing };
        let answered = fetch(&target.origin, wait, &request_head(start, &headers, framing), body);
        let (mut origin, head_back) = match answered {
            Ok(answered) => answered,
            Err(error) => {
                let late = matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut);
                self.say(json!({"selvedge": "problem", "problem": format!("origin: {error}")}).to_string());
                let failure = if late { OriginFailure::TimedOut } else { OriginFailure::Unreachable };
                return reply(to, &forward.failed(failure), head.word(0)).map(|()| None);
            }
        };
        let status = StatusCode::from_u16(head_back.status()).unwrap_or(StatusCode::BAD_GATEWAY);
        let mut headers = header_map(&head_back);
        let answer = forward.answer(status, &headers);
        answer.edits.iter().for_each(|edit| edit.apply(&mut headers));
        let framing = head_back.response_body(head.word(0));
        match answer.body {
            Body::Pass => {
                let through = if framing == Framing::Length(0) { Framing::Close } else { framing };
                respond_head(to, status, &headers, through)?;
                stream(to, through, BodyReader { from: &mut origin, framing })?;
                Ok(None)
            }
            Body::Rewrite(rewriter) => {
                // This platform decodes what it reads, and does not encode it again.
                let encoding = headers.remove("content-encoding");
                respond_head(to, status, &headers, Framing::Chunk(0))?;
                let body = BodyReader { from: &mut origin, framing };
                match encoding.as_ref().map(HeaderValue::as_bytes) {
                    Some(b"gzip") => rewrite(to, flate2::read::MultiGzDecoder::new(body), *rewriter),
                    Some(b"br") => rewrite(to, brotli::Decompressor::new(body, 4096), *rewriter),
                    _ => rewrite(to, body, *rewriter),
                }
                .map(Some)
            }
        }
    }
}

/// Streams a page through the core until that releases it, and then past it.
fn rewrite(mut to: &TcpStream, mut page: impl Read, mut rewriter: Rewriter) -> io::Result<Visit> {
    let (mut chunk, mut out) = (vec![0; 16_384], Vec::new());
    loop {
        let Ok(read) = page.read(&mut chunk) else {
            // The origin broke off: without its last chunk, the visitor does not take it for the whole page.
            let visit = rewriter.finish(&mut out);
            return write_chunk(&mut to, &out).map(|()| visit);
        };
        let released = read > 0 && rewriter.write(&chunk[..read], &mut out) == Progress::Released;
        if read == 0 || released {
            let visit = rewriter.finish(&mut out);
            write_chunk(&mut to, &out)?;
            stream(to, Framing::Chunk(0), page)?;
            return Ok(visit);
        }
        write_chunk(&mut to, &out)?;
        out.clear();
    }
}

fn now() -> Timestamp {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    Timestamp(i64::try_from(now).unwrap_or_default())
}

/// A request's body, and one byte more than `limit` where it is longer.
fn body(from: &mut From, head: &Head, limit: usize) -> Result<Vec<u8>, BodyFault> {
    let mut body = Vec::new();
    let reader = BodyReader { from, framing: head.request_body() };
    reader.take(limit as u64 + 1).read_to_end(&mut body).map_err(|_| BodyFault::Broken)?;
    Ok(body)
}

fn request(head: &Head) -> Option<Request> {
    let method = Method::from_bytes(head.word(0).as_bytes()).ok()?;
    let url = format!("http://{}{}", head.get("host")?, head.word(1));
    Request::new(method, &url, header_map(head)).ok()
}

fn facts(stream: &TcpStream) -> io::Result<Facts> {
    let ip = stream.peer_addr()?.ip();
    let place = PLACES.iter().find(|place| ip == IpAddr::V4(Ipv4Addr::new(127, 0, 0, place.address)));
    let word = |word: &str| Some(word.to_owned());
    let geo = place.and_then(|place| place.geo).map(|geo| Geo {
        continent: word(geo.continent),
        country_code: word(geo.country_code),
        country_name: word(geo.country),
        region: word(geo.region_code),
        city: word(geo.city),
        postal_code: word(geo.postal_code),
        latitude: Some(geo.at.0),
        longitude: Some(geo.at.1),
        timezone: word(geo.timezone),
    });
    let mut seed = [0; 32];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut seed)?;
    Ok(Facts {
        client: Client { ip: Some(ip), geo: geo.unwrap_or_default(), bot: None },
        now: now(),
        random: Random::from_seed(seed),
    })
}
