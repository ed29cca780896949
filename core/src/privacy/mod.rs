//! What may leave of an event: without consent nothing that could tell who it was ([`anonymous`]), and with it no
//! personal data that the destination is not made for ([`redacted`]).
//!
//! Both are written once, over the typed event. `docs/privacy.md` has the tables of what goes and what stays, and says
//! what is not recognised.

mod anonymous;
mod browser;
mod names;
mod patterns;
mod redacted;
mod scrub;
mod told;
mod urls;

pub use anonymous::anonymous;
pub(crate) use anonymous::anonymous_after;
pub use redacted::redacted;
pub(crate) use redacted::redacted_after;
pub(crate) use told::told;

#[cfg(test)]
pub(crate) use anonymous::tests::event as well_known;

/// What stands where personal data stood.
pub const REDACTED: &str = "[redacted]";

/// The most of somebody else's words that a log line repeats, in characters.
const WORDS: usize = 200;

/// What a vendor says, for the log: the beginning of it, in one line, without what looks like personal data.
#[must_use]
pub fn words(said: &str) -> String {
    let said: String = said.chars().take(WORDS).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let said = said.trim();
    patterns::redacted(said, patterns::Numbers::All).unwrap_or_else(|| said.to_owned())
}
