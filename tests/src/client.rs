//! The visitor's end: sends exactly what the case says from the address that it says, and times what comes back.

use std::io::{self, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

use crate::case::{Preset, Step};
use crate::wire::{Head, LAST_CHUNK, chunk};

const BROWSER: &[(&str, &str)] = &[
    ("Host", "shop.example.com"),
    (
        "User-Agent",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    ),
    ("Sec-CH-UA", "\"Chromium\";v=\"142\", \"Not_A Brand\";v=\"99\""),
    ("Sec-CH-UA-Mobile", "?0"),
    ("Sec-CH-UA-Platform", "\"Linux\""),
    ("Accept-Language", "fr-FR,fr;q=0.9,en;q=0.8"),
    ("Accept-Encoding", "gzip, deflate, br"),
];

const OPENS: &[(&str, &str)] = &[
    ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    ("Sec-Fetch-Site", "none"),
    ("Sec-Fetch-Mode", "navigate"),
    ("Sec-Fetch-Dest", "document"),
];

const FETCHES: &[(&str, &str)] = &[
    ("Accept", "*/*"),
    ("Origin", "http://shop.example.com"),
    ("Referer", "http://shop.example.com/products/linen"),
    ("Sec-Fetch-Site", "same-origin"),
    ("Sec-Fetch-Mode", "cors"),
    ("Sec-Fetch-Dest", "empty"),
];

const CURL: &[(&str, &str)] =
    &[("Host", "shop.example.com"), ("User-Agent", "curl/8.5.0"), ("Accept", "*/*")];

/// The fields that a preset has.
#[must_use]
pub fn preset(preset: Preset) -> Vec<(String, String)> {
    let fields = match preset {
        Preset::Browser => [BROWSER, OPENS].concat(),
        Preset::Fetch => [BROWSER, FETCHES].concat(),
        Preset::Curl => CURL.to_vec(),
        Preset::Bare => Vec::new(),
    };
    fields.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The head of a step's request: what is written, completed by the preset.
#[must_use]
pub fn head(step: &Step, put: &dyn Fn(&str) -> String) -> Head {
    let written = put(&step.request);
    let mut lines = written.lines().filter(|line| !line.trim().is_empty());
    let start = lines.next().unwrap_or("GET /");
    let mut fields: Vec<(String, Vec<u8>)> = Vec::new();
    let mut own: Vec<String> = Vec::new();
    for line in lines {
        let (name, value) = line.split_once(':').unwrap_or_else(|| panic!("not a field: {line:?}"));
        own.push(name.to_ascii_lowercase());
        if !value.trim().is_empty() {
            fields.push((name.to_owned(), value.trim().as_bytes().to_vec()));
        }
    }
    let given = preset(step.as_).into_iter().filter(|(name, _)| !own.contains(&name.to_ascii_lowercase()));
    let mut all: Vec<_> = given.map(|(name, value)| (name, value.into_bytes())).collect();
    all.extend(fields);
    Head { start: format!("{start} HTTP/1.1"), fields: all }
}

/// What the visitor got, and when.
#[derive(Debug, Clone, Default)]
pub struct Got {
    /// The head; empty where there was none.
    pub head: Head,
    /// The body.
    pub body: Vec<u8>,
    /// Whether the connection broke before the end.
    pub cut: bool,
    /// From the request's first byte to the response's head.
    pub head_after: Duration,
    /// To the response's last byte.
    pub total: Duration,
    /// From the body's first byte to its last.
    pub spread: Duration,
}

/// Sends a request and reads the answer.
///
/// # Errors
/// When the host cannot be reached; a connection that breaks later is told in the answer.
pub fn ask(
    to: SocketAddr,
    from: Ipv4Addr,
    mut head: Head,
    body: Vec<Vec<u8>>,
    step: &Step,
) -> io::Result<Got> {
    let chunked = step.body.chunked();
    let length: usize = body.iter().map(Vec::len).sum();
    if chunked {
        head.fields.push(("Transfer-Encoding".into(), b"chunked".to_vec()));
    } else if (length > 0 || matches!(head.word(0), "POST" | "PUT" | "PATCH"))
        && head.get("content-length").is_none()
    {
        head.fields.push(("Content-Length".into(), length.to_string().into_bytes()));
    }
    let stream = connect(to, from)?;
    let started = Instant::now();
    let method = head.word(0).to_owned();
    let bytes = head.bytes();
    let pause = Duration::from_millis(step.body.pause_ms);
    let cut = step.body.stop_after.is_some();
    let mut out = stream.try_clone()?;
    // In a thread, because the answer may come before the request has ended.
    let sending = std::thread::spawn(move || -> io::Result<()> {
        out.write_all(&bytes)?;
        for piece in body {
            if chunked {
                out.write_all(&chunk(&piece))?;
            } else {
                out.write_all(&piece)?;
            }
            std::thread::sleep(pause);
        }
        if cut {
            return out.shutdown(std::net::Shutdown::Both);
        }
        if chunked { out.write_all(LAST_CHUNK) } else { Ok(()) }
    });
    let got = read(&stream, &method, started);
    // A refusal before the body's end breaks the sending; that is the host's right.
    drop(sending.join());
    Ok(got)
}

fn read(stream: &TcpStream, method: &str, started: Instant) -> Got {
    let mut got = Got::default();
    let Ok(mut from) = stream.try_clone().map(BufReader::new) else { return Got { cut: true, ..got } };
    let head = loop {
        match Head::read(&mut from) {
            Ok(Some(head)) if matches!(head.status(), 100 | 103) => {}
            Ok(Some(head)) => break head,
            Ok(None) | Err(_) => return Got { cut: true, total: started.elapsed(), ..got },
        }
    };
    got.head_after = started.elapsed();
    let mut framing = head.response_body(method);
    got.head = head;
    let mut first: Option<Instant> = None;
    loop {
        match framing.piece(&mut from, usize::MAX) {
            Ok(piece) if piece.is_empty() => break,
            Ok(piece) => {
                got.spread = first.get_or_insert_with(Instant::now).elapsed();
                got.body.extend(piece);
            }
            Err(_) => {
                got.cut = true;
                break;
            }
        }
    }
    got.total = started.elapsed();
    got
}

fn connect(to: SocketAddr, from: Ipv4Addr) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((from, 0)).into())?;
    socket.connect(&to.into())?;
    let stream = TcpStream::from(socket);
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    Ok(stream)
}
