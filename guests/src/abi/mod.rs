//! The canonical ABI of the fixed interfaces (github.com/WebAssembly/component-model, design/mvp/CanonicalABI.md): how
//! values lie in a component's memory. Numbers are little-endian, each at a multiple of its size; a text or a list is its
//! address and its length; an empty one has no address that matters.

mod event;
mod lift;
mod room;

pub(crate) use event::event;
pub(crate) use lift::{Lifted, auth_request, consent, request};
pub(crate) use room::{Image, Realloc, Room};
