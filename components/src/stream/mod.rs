//! The events themselves, to where the owner wants them.

pub mod segment;
pub mod webhook;

mod signature;
