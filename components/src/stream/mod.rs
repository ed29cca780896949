//! The events themselves, to where the owner wants them.

pub mod webhook;

mod signature;
