//! Programs that are started together with whatever they start, and ended together with it.

use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::signal::unix::{self, SignalKind};
use tokio::time::{Instant, sleep, timeout};

/// How long a program may take to end by itself once it is asked to.
const PATIENCE: Duration = Duration::from_secs(5);
/// And what it leaves behind.
const LINGER: Duration = Duration::from_secs(1);

/// A program and its descendants: a process group of their own, so that a signal reaches all of them and the terminal's
/// Ctrl-C reaches none of them before us.
#[derive(Debug)]
pub(super) struct Group {
    child: Child,
    id: Pid,
    gone: bool,
}

impl Group {
    /// Starts a program. What it prints goes to stderr; it has nothing to read.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(super) fn start(mut command: Command) -> Result<Self> {
        command.stdout(io::stderr().as_fd().try_clone_to_owned()?);
        Self::spawn(command)
    }

    /// The same, and each line that it prints is heard first: what `taken` takes goes nowhere else.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(super) fn heard(mut command: Command, taken: impl Fn(&str) -> bool + Send + 'static) -> Result<Self> {
        command.stdout(Stdio::piped());
        if io::stderr().is_terminal() {
            // What it prints still reaches one.
            command.env("FORCE_COLOR", "1");
        }
        let mut group = Self::spawn(command)?;
        if let Some(stdout) = group.child.stdout.take() {
            tokio::spawn(async move {
                let mut lines = BufReader::new(stdout).split(b'\n');
                while let Ok(Some(mut line)) = lines.next_segment().await {
                    if !taken(&String::from_utf8_lossy(&line)) {
                        line.push(b'\n');
                        // Nobody there to read it is no reason to stop listening.
                        drop(io::stderr().write_all(&line));
                    }
                }
            });
        }
        Ok(group)
    }

    fn spawn(mut command: Command) -> Result<Self> {
        command.stdin(Stdio::null()).process_group(0);
        let name = command.as_std().get_program().to_string_lossy().into_owned();
        let child = command.spawn().with_context(|| format!("cannot start {name}"))?;
        let id = child.id().and_then(|id| i32::try_from(id).ok()).context("a process without an id")?;
        Ok(Self { child, id: Pid::from_raw(id), gone: false })
    }

    /// Waits until the program itself ends.
    ///
    /// # Errors
    /// When the system does not say.
    pub(super) async fn ended(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Ends the program and its descendants: politely, then not.
    pub(super) async fn end(&mut self) {
        // As Ctrl-C in a terminal would: what both emulators know to clean up after.
        self.signal(Signal::SIGINT);
        drop(timeout(PATIENCE, self.child.wait()).await);
        // Shells start what is in the background deaf to Ctrl-C.
        self.signal(Signal::SIGTERM);
        self.empty().await;
        if !self.gone {
            self.signal(Signal::SIGKILL);
            drop(self.child.wait().await);
            self.empty().await;
        }
        self.gone = true;
    }

    /// Waits until nobody is left, but not long: what nobody waits for is never quite gone.
    async fn empty(&mut self) {
        let deadline = Instant::now() + LINGER;
        loop {
            // No signal: only asks whether there is anybody.
            self.gone = killpg(self.id, None).is_err();
            if self.gone || Instant::now() > deadline {
                return;
            }
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// The only failure is that nobody is left, which is what was wanted.
    fn signal(&self, signal: Signal) {
        let _ = killpg(self.id, signal);
    }
}

impl Drop for Group {
    /// Whatever goes wrong: nothing that was started stays.
    fn drop(&mut self) {
        if !self.gone {
            self.signal(Signal::SIGKILL);
        }
    }
}

/// The signals that ask us to end.
#[derive(Debug)]
pub(super) struct Signals([unix::Signal; 3]);

impl Signals {
    /// From now on, these signals no longer end the process by themselves.
    ///
    /// # Errors
    /// When the system refuses.
    pub(super) fn new() -> io::Result<Self> {
        let [interrupt, terminate, hangup] =
            [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(unix::signal);
        Ok(Self([interrupt?, terminate?, hangup?]))
    }

    /// Waits for one of them.
    pub(super) async fn received(&mut self) {
        let Self([interrupt, terminate, hangup]) = self;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a process lives: one that nobody has waited for yet does not.
    fn lives(pid: i32) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.rsplit(") ").next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'))
    }

    async fn grandchild(script: &str) -> (Group, i32) {
        let file = std::env::temp_dir().join(format!("selvedge-{}-{}", std::process::id(), script.len()));
        let mut command = Command::new("sh");
        command
            .arg("-c")
            .arg(format!("sleep 300 & echo $! >{0}.new; mv {0}.new {0}; {script}", file.display()));
        let group = Group::start(command).unwrap();
        for _ in 0..500 {
            if let Ok(pid) = std::fs::read_to_string(&file) {
                drop(std::fs::remove_file(&file));
                return (group, pid.trim().parse().unwrap());
            }
            sleep(Duration::from_millis(10)).await;
        }
        panic!("no grandchild");
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn grandchildren_end_too() {
        let (mut group, pid) = grandchild("wait").await;
        assert!(lives(pid));
        group.end().await;
        assert!(!lives(pid));
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn grandchildren_of_the_dead_end_too() {
        let (mut group, pid) = grandchild("exit 7").await;
        assert_eq!(group.ended().await.unwrap().code(), Some(7));
        assert!(lives(pid));
        group.end().await;
        assert!(!lives(pid));
    }
}
