//! The configuration: what the owner wrote ([`Config`]), read with errors for people ([`read`], with the `toml`
//! feature), judged as a whole ([`check`]), and carried inside the artifact ([`compiled`]).

pub mod check;
pub mod compiled;
mod model;
pub mod pattern;
pub mod place;
pub mod pushed;
#[cfg(feature = "toml")]
pub mod read;
#[cfg(feature = "schema")]
pub mod schema;

pub use model::*;
