//! Consent: what a visitor agreed to, who says so ([`decide`]), how their choice is kept ([`stored`]), and what
//! follows for a destination. Unknown is not granted.

pub mod cmp;
mod decide;
mod model;
pub mod stored;

pub use decide::{Sources, decide, global_privacy_control};
pub use model::*;
