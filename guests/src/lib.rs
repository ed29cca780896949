//! Third parties' components: what was written for Edgee's interfaces, in any language, runs here as it is.
//!
//! A component is linked in at build time ([`link`]): of its file, the module that does the work is kept, its imports are
//! held against a short list, and it is packed into the artifact ([`pack`]). There it is interpreted ([`Guest`]): in a memory
//! of its own, with so many instructions and no more, on every platform with the same result. Whatever it does (trap, loop,
//! fill its memory, return nonsense) costs that delivery, and nothing else.
//!
//! No I/O happens here: what a component believes to be a clock is the moment of the visit, what it takes for randomness
//! is drawn from the visit's, and there are no files, no environment and no network.

#![deny(unsafe_code)]

mod abi;
mod destination;
mod failure;
mod guest;
mod host;
mod limits;
mod login;
mod outbound;
pub mod pack;

#[cfg(feature = "link")]
pub mod link;
#[cfg(feature = "link")]
pub mod sample;

pub use failure::Failure;
pub use guest::{AuthRequest, Called, Guest, Interface, Request, Run, Settings};
pub use limits::Limits;
pub use outbound::sendable;
