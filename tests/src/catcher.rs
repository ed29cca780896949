//! The destinations' double: everything that leaves for a destination arrives here. The first segment of the path is
//! the component's id; an answer is for a component, or for a path of its.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::case::Catch;
use crate::origin::Seen;
use crate::server::Server;

/// The double.
#[derive(Debug)]
pub struct Catcher {
    /// Where it listens.
    pub server: Server,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    answers: Mutex<BTreeMap<String, Catch>>,
    seen: Mutex<Vec<Seen>>,
}

impl Catcher {
    /// Starts it.
    #[must_use]
    pub fn start() -> Self {
        let shared = Arc::new(Shared::default());
        let for_server = Arc::clone(&shared);
        let server = Server::start(move |stream| drop(for_server.serve(stream)));
        Self { server, shared }
    }

    /// What it answers from now on, by component.
    pub fn answers(&self, answers: BTreeMap<String, Catch>) {
        *self.shared.answers.lock().expect("no thread panics with the lock") = answers;
    }

    /// How much arrived since it was last taken.
    #[must_use]
    pub fn count(&self) -> usize {
        self.shared.seen.lock().expect("no thread panics with the lock").len()
    }

    /// What arrived since the last time.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        std::mem::take(&mut *self.shared.seen.lock().expect("no thread panics with the lock"))
    }
}

/// The component that a delivery is of.
#[must_use]
pub fn component(seen: &Seen) -> String {
    path(seen).split('/').next().unwrap_or_default().to_owned()
}

fn path(seen: &Seen) -> &str {
    let target = seen.head.word(1).trim_start_matches('/');
    target.split('?').next().unwrap_or_default()
}

impl Shared {
    fn serve(&self, stream: TcpStream) -> io::Result<()> {
        let mut to = stream.try_clone()?;
        let mut from = BufReader::new(stream);
        while let Some(seen) = Seen::read("catcher", &mut from)? {
            let answers = self.answers.lock().expect("no thread panics with the lock");
            let answer = answers.get(path(&seen)).or_else(|| answers.get(&component(&seen))).cloned();
            drop(answers);
            self.seen.lock().expect("no thread panics with the lock").push(seen);
            let answer = answer.unwrap_or_default();
            std::thread::sleep(Duration::from_millis(answer.delay_ms));
            if answer.hang_up {
                return to.shutdown(std::net::Shutdown::Both);
            }
            let status = answer.status.unwrap_or(if answer.body.is_empty() { 204 } else { 200 });
            let fields = match (status, answer.body.len()) {
                (204, _) => String::new(),
                (_, 0) => "Content-Length: 0\r\n".into(),
                (_, length) => format!("Content-Type: application/json\r\nContent-Length: {length}\r\n"),
            };
            write!(to, "HTTP/1.1 {status} Scripted\r\n{fields}\r\n{}", answer.body)?;
        }
        Ok(())
    }
}
