//! Consent: what a visitor agreed to, who says so ([`decide`]), what consent platforms have written down
//! ([`cmp`]), how the choice is kept ([`stored`]), and what follows for a destination, in Google's words too ([`google`]). Unknown is not granted.

pub mod cmp;
mod decide;
pub mod google;
mod model;
pub mod stored;

pub use decide::{Sources, decide, global_privacy_control};
pub use model::*;
