//! Events: what they are ([`model`]), how a page or a browser says them ([`payload`]), how they are completed from
//! what the edge knows ([`context`]), and put together ([`assemble`]).

pub mod assemble;
pub mod context;
mod model;
pub mod payload;

pub use model::*;
