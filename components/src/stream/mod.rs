//! The events themselves, to where the owner wants them.

pub mod segment;
pub mod snowplow;
pub mod webhook;

mod signature;
