//! A component's own rules: whether it wants an event (`sample`, `filter`) and what it makes of its copy (`transform`).
//! They come after consent, on the event in the form in which the component may have it, and are decided upon there: a
//! rule sees nothing that the destination would not.

mod fields;
mod filter;
pub(crate) mod known;
pub(crate) mod node;
mod open;
pub(crate) mod path;
mod pattern;
mod sample;
mod single;
mod transform;
mod values;
mod walk;

pub use path::{BadPath, Path};
pub use pattern::{LONGEST_PATTERN, Pattern};
pub use single::{single, value};

pub(crate) use filter::passes;
pub(crate) use sample::keeps;
pub(crate) use transform::{apply, within};

/// The longest text that rules compare with or set, in bytes.
pub const LONGEST_VALUE: usize = 2_048;

#[cfg(test)]
#[cfg(feature = "toml")]
#[path = "manual_tests.rs"]
mod manual_tests;
