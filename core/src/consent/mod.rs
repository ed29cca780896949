//! Consent: what a visitor agreed to, who says so, and what follows for a destination. Unknown is not granted.

mod decide;
mod model;


pub use model::*;
