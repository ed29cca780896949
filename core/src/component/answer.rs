//! What destinations answer, where the status does not say it all: some take a part of a request, and say which in the
//! answer's body.

use http::StatusCode;

use super::Outbound;

/// How much of an answer's body is read, in bytes. The longest that says something of each event is that of Kinesis: 500
/// records of some 150 bytes.
pub const ANSWER_BYTES: usize = 128 * 1024;

/// A destination's answer.
#[derive(Debug, Clone, Copy)]
pub struct Response<'a> {
    /// What it answers.
    pub request: &'a Outbound,
    /// Its status.
    pub status: StatusCode,
    /// Its body; at most [`ANSWER_BYTES`] of it.
    pub body: &'a [u8],
    /// How many events the request carried.
    pub events: usize,
}

/// What became of an event, by its destination's answer. What went wrong is told in the vendor's words: its code or reason,
/// and nothing that repeats what was sent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It was taken.
    Delivered,
    /// It was not taken, and another try might help.
    Retryable(String),
    /// It was not taken, and another try would not help.
    Rejected(String),
}

/// Reads an answer: what became of each of the request's events, in the order in which it carries them. None where the
/// body is nothing that the vendor documents: then the status decides.
pub type Reader = fn(&Response<'_>) -> Option<Vec<Fate>>;

impl Response<'_> {
    /// The same for every event.
    #[must_use]
    pub fn all(&self, fate: &Fate) -> Vec<Fate> {
        vec![fate.clone(); self.events]
    }

    /// What becomes of each event, which `of` says for its place in the request.
    #[must_use]
    pub fn each(&self, of: impl FnMut(usize) -> Fate) -> Vec<Fate> {
        (0..self.events).map(of).collect()
    }
}
