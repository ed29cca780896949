//! An emulator as a child process: its log kept in a file and read line by line, and its end with its owner's.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::sinks::{self, Named, Written};

/// How long an emulator may take to compile what it is given; two run at once, on machines that are busy.
const START: Duration = Duration::from_secs(90);

/// A running emulator.
#[derive(Debug)]
pub(super) struct Emulator {
    child: Child,
    pub(super) address: SocketAddr,
    lines: Arc<Mutex<Vec<String>>>,
    written: Arc<Mutex<Vec<Written>>>,
}

impl Emulator {
    /// Starts it, and waits until it listens. `sinks` are those whose records it prints.
    pub(super) fn start(
        name: &str,
        command: &mut Command,
        port: u16,
        sinks: &[Named],
    ) -> Result<Self, String> {
        let path = crate::scratch().join(format!("{name}.log"));
        let file = File::create(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let file = Arc::new(Mutex::new(file));
        let (lines, written) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Vec::new())));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| format!("{:?}: {error}", command.get_program()))?;
        let outputs: [Option<Box<dyn Read + Send>>; 2] = [
            child.stdout.take().map(|out| Box::new(out) as Box<dyn Read + Send>),
            child.stderr.take().map(|out| Box::new(out) as Box<dyn Read + Send>),
        ];
        for output in outputs.into_iter().flatten() {
            let (file, lines, written) = (Arc::clone(&file), Arc::clone(&lines), Arc::clone(&written));
            let sinks = sinks.to_vec();
            std::thread::spawn(move || {
                follow(output, &file, |line| {
                    if let Some(record) = sinks::read(line, &sinks) {
                        written.lock().expect("no thread panics with the lock").push(record);
                    } else if let Some(start) = line.find("{\"selvedge\"") {
                        lines
                            .lock()
                            .expect("no thread panics with the lock")
                            .push(line.split_at(start).1.to_owned());
                    }
                });
            });
        }
        let mut emulator = Self { child, address: SocketAddr::from(([127, 0, 0, 1], port)), lines, written };
        let started = Instant::now();
        while TcpStream::connect(emulator.address).is_err() {
            let ended = emulator.child.try_wait().ok().flatten();
            if ended.is_some() || started.elapsed() > START {
                return Err(format!("the emulator does not start; its log is {}", path.display()));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(emulator)
    }

    /// The lines since the last time that are Selvedge's own.
    pub(super) fn log(&self) -> Vec<String> {
        std::mem::take(&mut *self.lines.lock().expect("no thread panics with the lock"))
    }

    /// The records since the last time.
    pub(super) fn written(&self) -> Vec<Written> {
        std::mem::take(&mut *self.written.lock().expect("no thread panics with the lock"))
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn follow(output: impl Read, file: &Mutex<File>, tell: impl Fn(&str)) {
    for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        tell(&line);
        drop(writeln!(file.lock().expect("no thread panics with the lock"), "{line}"));
    }
}
