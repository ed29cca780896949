//! The origin's double: it answers what the case says, byte for byte and in its own time, and remembers what it was
//! asked.

use std::io::{self, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::case::Answer;
use crate::server::Server;
use crate::wire::{Head, LAST_CHUNK, chunk, latin1};

/// A request as it reached a double.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Which double: `origin`, `origin2`, `catcher`.
    pub by: &'static str,
    /// Its head.
    pub head: Head,
    /// Its body.
    pub body: Vec<u8>,
    /// Whether the body came to its end.
    pub complete: bool,
    /// How long the body took from its first byte to its last.
    pub spread: Duration,
}

impl Seen {
    /// Reads a request; none when there is no other on this connection.
    ///
    /// # Errors
    /// When what comes is not one.
    pub fn read(by: &'static str, from: &mut BufReader<TcpStream>) -> io::Result<Option<Self>> {
        let Some(head) = Head::read(from)? else { return Ok(None) };
        let mut framing = head.request_body();
        let mut seen = Self { by, head, body: Vec::new(), complete: true, spread: Duration::ZERO };
        let mut first: Option<Instant> = None;
        loop {
            match framing.piece(from, usize::MAX) {
                Ok(piece) if piece.is_empty() => return Ok(Some(seen)),
                Ok(piece) => {
                    seen.spread = first.get_or_insert_with(Instant::now).elapsed();
                    seen.body.extend(piece);
                }
                Err(_) => {
                    seen.complete = false;
                    return Ok(Some(seen));
                }
            }
        }
    }
}

/// An answer, ready to be sent.
#[derive(Debug, Default)]
pub struct Script {
    delay: Duration,
    head: Vec<u8>,
    writes: Vec<Vec<u8>>,
    pause: Duration,
    chunked: bool,
    /// The connection ends after it.
    last: bool,
    /// Without its end.
    cut: bool,
}

impl Script {
    /// Prepares what a case says.
    #[must_use]
    pub fn new(answer: &Answer, dir: &Path, put: &dyn Fn(&str) -> String) -> Self {
        let delay = Duration::from_millis(answer.delay_ms);
        if let Some(raw) = &answer.raw {
            return Self { delay, head: latin1(raw), last: true, cut: true, ..Self::default() };
        }
        let body = answer.body.bytes(dir, put);
        let writes = answer.body.cut(&body);
        let head = put(&answer.head);
        let mut lines: Vec<String> =
            head.lines().map(str::trim_end).filter(|line| !line.is_empty()).map(String::from).collect();
        let status = lines.first().cloned().unwrap_or_default();
        let bodiless = ["1", "204", "304"].iter().any(|start| status.starts_with(start));
        let framed = ["content-length:", "transfer-encoding:"]
            .iter()
            .any(|name| lines.iter().any(|line| line.to_ascii_lowercase().starts_with(name)));
        let chunked = answer.body.chunked();
        if !bodiless && !framed && !answer.body.ends_with_connection() {
            lines.push(if chunked {
                "Transfer-Encoding: chunked".into()
            } else {
                format!("Content-Length: {}", body.len())
            });
        }
        let cut = answer.body.stop_after.is_some();
        Self {
            delay,
            head: latin1(&format!("HTTP/1.1 {}\r\n\r\n", lines.join("\r\n"))),
            writes: if bodiless { Vec::new() } else { writes },
            pause: Duration::from_millis(answer.body.pause_ms),
            chunked: chunked && !bodiless,
            last: cut || answer.body.ends_with_connection(),
            cut,
        }
    }

    fn play(&self, method: &str, to: &mut TcpStream) -> io::Result<()> {
        std::thread::sleep(self.delay);
        to.write_all(&self.head)?;
        if method == "HEAD" {
            return Ok(());
        }
        for (n, piece) in self.writes.iter().enumerate() {
            if n > 0 {
                std::thread::sleep(self.pause);
            }
            if self.chunked { to.write_all(&chunk(piece))? } else { to.write_all(piece)? }
        }
        if self.chunked && !self.cut { to.write_all(LAST_CHUNK) } else { Ok(()) }
    }
}

/// The double.
#[derive(Debug)]
pub struct Origin {
    /// Where it listens.
    pub server: Server,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    script: Mutex<Option<Arc<Script>>>,
    seen: Mutex<Vec<Seen>>,
}

impl Origin {
    /// Starts it under a name.
    #[must_use]
    pub fn start(name: &'static str) -> Self {
        let shared = Arc::new(Shared::default());
        let for_server = Arc::clone(&shared);
        let server = Server::start(move |stream| drop(for_server.serve(name, stream)));
        Self { server, shared }
    }

    /// What it answers from now on; none: nobody should ask.
    pub fn script(&self, script: Option<Arc<Script>>) {
        *self.shared.script.lock().expect("no thread panics with the lock") = script;
    }

    /// What it was asked since the last time.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        std::mem::take(&mut *self.shared.seen.lock().expect("no thread panics with the lock"))
    }
}

impl Shared {
    fn serve(&self, name: &'static str, stream: TcpStream) -> io::Result<()> {
        let mut to = stream.try_clone()?;
        let mut from = BufReader::new(stream);
        while let Some(seen) = Seen::read(name, &mut from)? {
            let method = seen.head.word(0).to_owned();
            let complete = seen.complete;
            self.seen.lock().expect("no thread panics with the lock").push(seen);
            let script = self.script.lock().expect("no thread panics with the lock").clone();
            let Some(script) = script.filter(|_| complete) else {
                return to.write_all(
                    b"HTTP/1.1 500 Not In This Case\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                );
            };
            script.play(&method, &mut to)?;
            if script.last {
                return to.shutdown(std::net::Shutdown::Both);
            }
        }
        Ok(())
    }
}
