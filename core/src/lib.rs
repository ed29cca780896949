//! The pipeline of Selvedge: what happens between a visitor's request and the events that leave for the owner's
//! destinations. It knows no platform, performs no I/O, reads no clock: an adapter gives it facts and bytes, and it
//! answers with decisions and bytes.
//!
//! The modules stand in the order in which a request meets them.

#![forbid(unsafe_code)]

// What everything is said in.
pub mod head;
pub mod path;
pub mod facts;
pub mod budget;
pub mod account;
pub mod sink;

// What the owner wrote, and what it becomes once per instance.
pub mod config;
pub mod component;
pub mod edge;

// A request on its way through.
pub mod receive;
pub mod forward;
pub mod answer;
pub mod page;
pub mod collect;
pub mod edgee;

// Who was there, what they agreed to, what happened.
pub mod visitor;
pub mod consent;
pub mod event;
mod identity;
pub mod visit;
pub mod privacy;

// After the response.
pub mod rules;
pub mod counts;
pub mod plan;
pub mod settle;
pub mod trace;
pub mod outbox;

// Beside the visitors' requests.
pub mod owner;
pub mod debug;

pub use edge::Edge;
