//! Selvedge on Cloudflare Workers: the core as a WebAssembly module with a small binary interface.
//!
//! The module imports nothing and never waits: the TypeScript beside this file does all input and output with the
//! platform's own streams and promises, and calls in here for each decision. So a request costs a handful of calls
//! with one copy each; no request's future lives in the module, and if it ever traps, the requests in flight pass
//! through and the next one gets a fresh instance.
//!
//! The interface: the caller asks for room with [`input`], fills it, and names its length in the call. A call leaves
//! its result where [`output`] says: a head of text, whose length it returns, and after it the bytes of a body, up to
//! [`output_len`]. What lasts longer than a call is known by a handle.

// An export by its plain name is `unsafe` to declare, because two could clash; these are all there are.
#![allow(unsafe_code)]

mod registry;
mod state;
mod wire;

use selvedge_core::collect::BodyFault;
use selvedge_core::facts::{Random, Timestamp};
use selvedge_core::forward::OriginFailure;
use selvedge_core::settle::Outcome;

use state::with;

/// A place for `len` bytes of input, good until the next call.
#[unsafe(no_mangle)]
pub extern "C" fn input(len: usize) -> *mut u8 {
    with(|state| state.room(len))
}

/// Where the last call's result is.
#[unsafe(no_mangle)]
pub extern "C" fn output() -> *const u8 {
    with(|state| state.out.as_ptr())
}

/// How long it is in all.
#[unsafe(no_mangle)]
pub extern "C" fn output_len() -> usize {
    with(|state| state.out.len())
}

/// Chooses the configuration: the artifact's own, or the newer one that was pushed, given as the store has it, if it has any.
/// See [`state::State::configure`].
#[unsafe(no_mangle)]
pub extern "C" fn configure(len: usize) -> usize {
    with(|state| state.configure(len))
}

/// Sets to work with the secrets, given as a JSON object. Returns JSON: what is amiss, and the origins to fall back to.
#[unsafe(no_mangle)]
pub extern "C" fn start(len: usize) -> usize {
    with(|state| state.start(len))
}

/// What the owner wants of the configuration; see [`state::State::configuration`].
#[unsafe(no_mangle)]
pub extern "C" fn configuration(len: usize, now: f64) -> usize {
    with(|state| state.configuration(len, moment(now)))
}

/// A request has arrived: [`wire::arrival`] says how it is written. Returns a reply, or what to collect or forward.
#[unsafe(no_mangle)]
pub extern "C" fn receive(len: usize) -> usize {
    with(|state| state.receive(len))
}

/// The body of a post has been read. Returns the reply, or `order` and what the owner wants, as JSON; a handle that was not
/// given up has a visit.
#[unsafe(no_mangle)]
pub extern "C" fn collect(handle: u32, len: usize) -> usize {
    with(|state| {
        let body = std::mem::take(&mut state.input);
        let written = state.collect(handle, body.get(..len).ok_or(BodyFault::Broken));
        state.input = body;
        written
    })
}

/// The body of a post could not be read: it was too large (1), or broke off (0). Returns the reply.
#[unsafe(no_mangle)]
pub extern "C" fn collect_failed(handle: u32, too_large: u32) -> usize {
    let fault = if too_large == 1 { BodyFault::TooLarge } else { BodyFault::Broken };
    with(|state| state.collect(handle, Err(fault)))
}

/// The origin has answered: its status on the first line, then its fields. Returns `rewrite` or
/// `pass`, and edits; after `pass` the handle is gone.
#[unsafe(no_mangle)]
pub extern "C" fn answer(handle: u32, len: usize) -> usize {
    with(|state| state.answer(handle, len))
}

/// The origin has not answered: it was late (1), or not there (0). Returns the reply.
#[unsafe(no_mangle)]
pub extern "C" fn failed(handle: u32, late: u32) -> usize {
    let failure = if late == 1 { OriginFailure::TimedOut } else { OriginFailure::Unreachable };
    with(|state| state.failed(handle, failure))
}

/// Some of the page has been read. Leaves what goes to the visitor; returns 1 once the rest may pass by itself.
#[unsafe(no_mangle)]
pub extern "C" fn write(handle: u32, len: usize) -> u32 {
    with(|state| u32::from(state.write(handle, len)))
}

/// The page has ended without having been released. Leaves what is still to go to the visitor.
#[unsafe(no_mangle)]
pub extern "C" fn finish(handle: u32) {
    with(|state| state.finish(handle));
}

/// Plans what a visit asks for, once its page was released or has ended, with so many subrequests spent. Returns the lines for the log; [`delivery`] has the
/// requests.
#[unsafe(no_mangle)]
pub extern "C" fn plan(handle: u32, spent: u32) -> usize {
    with(|state| state.plan(handle, spent))
}

/// The tokens that a plan waits for: a line each, of its name in the platform's store, empty where that is not to be asked.
/// Returns 0 where it waits for none.
#[unsafe(no_mangle)]
pub extern "C" fn waiting(handle: u32) -> usize {
    with(|state| state.waiting(handle))
}

/// What is to be done about a token: `len` bytes of input are 32 random ones, and what the store has of it. Returns what
/// [`wire::seek`] writes.
#[unsafe(no_mangle)]
pub extern "C" fn seek_token(handle: u32, index: usize, len: usize, now: f64) -> usize {
    with(|state| state.seek_token(handle, index, len, moment(now)))
}

/// Somebody was asked for a token and has answered: 32 random bytes of input, and the rest as [`settle`] has it. Returns
/// what is to be stored, as [`wire::stored_token`] writes it.
#[unsafe(no_mangle)]
pub extern "C" fn token_answered(handle: u32, index: usize, status: u16, len: usize, now: f64) -> usize {
    with(|state| {
        let now = moment(now);
        let input = std::mem::take(&mut state.input);
        let given = input.get(..len).unwrap_or_default().split_first_chunk::<32>();
        let written = given.map_or(0, |(seed, given)| {
            let (outcome, body) = wire::answered(status, given, now);
            state.token_answered(handle, index, &outcome, body, now, &Random::from_seed(*seed))
        });
        state.input = input;
        written
    })
}

/// Somebody was asked for a token and has not answered, as [`settle_failed`] has it.
#[unsafe(no_mangle)]
pub extern "C" fn token_failed(handle: u32, index: usize, late: u32, len: usize, now: f64) -> usize {
    with(|state| {
        let outcome = state.failed_outcome(late, len);
        // There is nothing to seal.
        state.token_answered(handle, index, &outcome, &[], moment(now), &Random::from_seed([0; 32]))
    })
}

/// Goes on with a plan, now that the tokens are there or that it is known why not: [`delivery`] has more requests. 32 bytes
/// of input are random. Returns the lines for the log.
#[unsafe(no_mangle)]
pub extern "C" fn resume(handle: u32, len: usize, now: f64) -> usize {
    with(|state| state.resume(handle, len, moment(now)))
}

/// One write of a plan (see [`wire::write`]) or, after those, one request: its head, and its body after it. Returns 0 where
/// there is none.
#[unsafe(no_mangle)]
pub extern "C" fn delivery(handle: u32, index: usize) -> usize {
    with(|state| state.delivery(handle, index))
}

/// A delivery was answered with a status; `len` bytes of input are its `Retry-After`, a line, and what was read of the
/// body. `now` is in milliseconds since 1970. Returns the lines for the log, and after `!` the name of a token that the
/// store is to forget.
#[unsafe(no_mangle)]
pub extern "C" fn settle(handle: u32, index: usize, status: u16, len: usize, now: f64) -> usize {
    with(|state| {
        let now = moment(now);
        let input = std::mem::take(&mut state.input);
        let (outcome, body) = wire::answered(status, input.get(..len).unwrap_or_default(), now);
        let written = state.settle(handle, index, &outcome, body, now);
        state.input = input;
        written
    })
}

/// A sink has taken a write. Returns the line for the log.
#[unsafe(no_mangle)]
pub extern "C" fn settle_written(handle: u32, index: usize, now: f64) -> usize {
    with(|state| state.settle(handle, index, &Outcome::Written, &[], moment(now)))
}

/// A delivery was not answered: in time (1), or at all, with the platform's words. Returns the lines for the log.
#[unsafe(no_mangle)]
pub extern "C" fn settle_failed(handle: u32, index: usize, late: u32, len: usize, now: f64) -> usize {
    with(|state| {
        let outcome = state.failed_outcome(late, len);
        state.settle(handle, index, &outcome, &[], moment(now))
    })
}

/// What of a plan is to be kept in the outbox, once all of its deliveries are settled; see [`state::State::parcels`].
#[unsafe(no_mangle)]
pub extern "C" fn parcels(handle: u32, now: f64) -> usize {
    with(|state| state.parcels(handle, moment(now)))
}

/// Whether there is a store for the visits of debug sessions (1). Without one there are no sessions.
#[unsafe(no_mangle)]
pub extern "C" fn keep_visits(there: u32) {
    with(|state| state.keep_visits(there == 1));
}

/// What is to be kept of a visit for its owner, once all of its deliveries are settled; 0 where that is nothing. See
/// [`state::State::record`].
#[unsafe(no_mangle)]
pub extern "C" fn record(handle: u32) -> usize {
    with(|state| state.record(handle))
}

/// What a plan has counted; see [`state::State::counts`].
#[unsafe(no_mangle)]
pub extern "C" fn counts(handle: u32, len: usize) -> usize {
    with(|state| state.counts(handle, len))
}

/// Parcels that the owner wants in the outbox again; see [`state::State::afresh`].
#[unsafe(no_mangle)]
pub extern "C" fn afresh(len: usize, now: f64) -> usize {
    with(|state| state.afresh(len, moment(now)))
}

/// Plans what the outbox held; see [`state::State::again`].
#[unsafe(no_mangle)]
pub extern "C" fn again(len: usize, now: f64) -> usize {
    with(|state| state.again(len, moment(now)))
}

/// What JavaScript's clock says.
#[allow(clippy::cast_possible_truncation)]
fn moment(now: f64) -> Timestamp {
    Timestamp(now as i64)
}

/// Nothing more will be asked of a handle.
#[unsafe(no_mangle)]
pub extern "C" fn forget(handle: u32) {
    with(|state| state.forget(handle));
}
