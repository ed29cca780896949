//! How a call of a component fails. Trying again does not help: the same event gives the same failure.

use selvedge_core::privacy;
use thiserror::Error;

/// Why a component gave nothing that can be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Failure {
    /// It gave up, by way of a trap: a panic, an `abort`, an access outside of its memory.
    #[error("it trapped: {0}")]
    Trapped(String),
    /// It did not come to an end within the instructions that it may spend.
    #[error("it was not done after {0} instructions")]
    OutOfFuel(u64),
    /// It trapped after it had been refused more memory.
    #[error("it needed more than {} MiB of memory", .0 >> 20)]
    OutOfMemory(usize),
    /// What it returned is not what its interface promises, or too large.
    #[error("it returned {0}")]
    Output(String),
    /// It has no such function, or is no module that can be run; linking refuses such.
    #[error("it cannot be run: {0}")]
    Unusable(String),
    /// It answered with an error, in its own words.
    #[error("{0}")]
    Refused(String),
}

impl Failure {
    /// A component's words, as the log may have them: what looks like personal data is taken out, and they are not many.
    pub(crate) fn said(words: &str) -> String {
        privacy::words(words)
    }
}
