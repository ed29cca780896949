//! Events: what they are, how a page or a browser says them ([`payload`]), how they are completed from what the edge
//! knows ([`context`]), whether a page that was opened was viewed ([`view`]), and how all of that is put together
//! ([`assemble`]).

mod agent;
pub mod assemble;
pub mod bots;
mod bounded;
pub mod context;
mod hints;
mod ids;
mod merge;
mod model;
pub mod payload;
pub(crate) mod time;
mod traffic;
mod url;
pub mod view;
mod zone;

pub use ids::Ids;
pub use model::*;
pub use traffic::{Channel, Traffic, classify};

#[cfg(test)]
mod golden;
