//! WASI 0.2, lowered by the canonical ABI, as far as there is nothing to be had by it (github.com/WebAssembly/WASI).
//!
//! A result that is more than one number is written to where the last argument points. Handles are numbers that mean
//! nothing: 1 is a stream or what is waited for, and whatever is done with it has been done.

use wasmi::{Caller, Error, Val};

use super::guest_memory::{alloc, fill, listen, long, returns, word, write};
use super::{Function, Host};

/// The function of this name, if it is on the list. The interface's name is without version.
pub(super) fn function(interface: &str, name: &str) -> Option<Function> {
    Some(match (interface, name) {
        ("wasi:cli/environment", "get-environment" | "get-arguments")
        | ("wasi:filesystem/preopens", "get-directories") => empty,
        ("wasi:cli/environment", "initial-cwd")
        | ("wasi:cli/terminal-stdin", "get-terminal-stdin")
        | ("wasi:cli/terminal-stdout", "get-terminal-stdout")
        | ("wasi:cli/terminal-stderr", "get-terminal-stderr") => none,
        ("wasi:cli/exit", _) => |_, given, _| Err(Error::i32_exit(word(given, 0)?.cast_signed())),
        ("wasi:cli/stdin", "get-stdin")
        | ("wasi:cli/stdout", "get-stdout")
        | ("wasi:cli/stderr", "get-stderr") => handle,
        ("wasi:clocks/wall-clock", "now") => |caller, given, _| {
            let now = caller.data().now.max(0).cast_unsigned();
            datetime(caller, given, (now / 1000, now % 1000 * 1_000_000))
        },
        ("wasi:clocks/wall-clock", "resolution") => {
            |caller, given, _| datetime(caller, given, (0, 1_000_000))
        }
        ("wasi:clocks/monotonic-clock", "now") => {
            |caller, _, result| returns(result, Val::I64(caller.data().now.saturating_mul(1_000_000)))
        }
        ("wasi:clocks/monotonic-clock", "resolution") => |_, _, result| returns(result, Val::I64(1_000_000)),
        ("wasi:clocks/monotonic-clock", "subscribe-instant" | "subscribe-duration") => handle,
        ("wasi:random/random", "get-random-bytes")
        | ("wasi:random/insecure", "get-insecure-random-bytes") => random_bytes,
        ("wasi:random/random", "get-random-u64") | ("wasi:random/insecure", "get-insecure-random-u64") => {
            |caller, _, result| {
                let number = caller.data().number();
                returns(result, Val::I64(number.cast_signed()))
            }
        }
        ("wasi:random/insecure-seed", "insecure-seed") => {
            |caller, given, _| fill(caller, word(given, 0)?, 16)
        }
        ("wasi:io/streams", name) => return streams(name),
        ("wasi:io/poll", "[method]pollable.ready") => |_, _, result| returns(result, Val::I32(1)),
        ("wasi:io/poll", "[method]pollable.block" | "[resource-drop]pollable")
        | ("wasi:io/error", "[resource-drop]error")
        | ("wasi:cli/terminal-input", "[resource-drop]terminal-input")
        | ("wasi:cli/terminal-output", "[resource-drop]terminal-output")
        | ("wasi:filesystem/types", "[resource-drop]descriptor" | "[resource-drop]directory-entry-stream") => {
            |_, _, _| Ok(())
        }
        ("wasi:filesystem/types", "filesystem-error-code") => none,
        // Whoever waits for several things at once would wait for ever.
        ("wasi:io/poll", "poll") => |_, _, _| Err(Error::new("there is nothing to wait for")),
        // Whoever calls these has a file; and there are none.
        ("wasi:filesystem/types", _) | ("wasi:io/error", "[method]error.to-debug-string") => {
            |_, _, _| Err(Error::new("there are no files"))
        }
        _ => return None,
    })
}

fn streams(name: &str) -> Option<Function> {
    Some(match name {
        // As much as anybody would write at once.
        "[method]output-stream.check-write" => |caller, given, _| {
            let at = word(given, 1)?;
            write(caller, at, &[0])?;
            write(caller, at.wrapping_add(8), &4096_u64.to_le_bytes())
        },
        "[method]output-stream.write" | "[method]output-stream.blocking-write-and-flush" => {
            |caller, given, _| {
                listen(caller, word(given, 1)?, word(given, 2)?)?;
                write(caller, word(given, 3)?, &[0])
            }
        }
        "[method]output-stream.flush" | "[method]output-stream.blocking-flush" => {
            |caller, given, _| write(caller, word(given, 1)?, &[0])
        }
        // It has ended.
        "[method]input-stream.read" | "[method]input-stream.blocking-read" => |caller, given, _| {
            let at = word(given, 2)?;
            write(caller, at, &[1])?;
            write(caller, at.wrapping_add(4), &[1])
        },
        "[method]output-stream.subscribe" | "[method]input-stream.subscribe" => handle,
        "[resource-drop]output-stream" | "[resource-drop]input-stream" => |_, _, _| Ok(()),
        _ => return None,
    })
}

/// A list of nothing.
fn empty(caller: &mut Caller<'_, Host>, given: &[Val], _: &mut [Val]) -> Result<(), Error> {
    let at = word(given, 0)?;
    write(caller, at, &4_u32.to_le_bytes())?;
    write(caller, at.wrapping_add(4), &[0; 4])
}

/// None. What is asked about comes before where the answer goes.
fn none(caller: &mut Caller<'_, Host>, given: &[Val], _: &mut [Val]) -> Result<(), Error> {
    write(caller, word(given, given.len().saturating_sub(1))?, &[0])
}

fn handle(_: &mut Caller<'_, Host>, _: &[Val], result: &mut [Val]) -> Result<(), Error> {
    returns(result, Val::I32(1))
}

fn datetime(
    caller: &mut Caller<'_, Host>,
    given: &[Val],
    (seconds, nanoseconds): (u64, u64),
) -> Result<(), Error> {
    let at = word(given, 0)?;
    write(caller, at, &seconds.to_le_bytes())?;
    // Less than a milliard: the upper half is zero, and the record has room for it.
    write(caller, at.wrapping_add(8), &nanoseconds.to_le_bytes())
}

fn random_bytes(caller: &mut Caller<'_, Host>, given: &[Val], _: &mut [Val]) -> Result<(), Error> {
    let Ok(length) = u32::try_from(long(given, 0)?) else { return Err(Error::new("too many random bytes")) };
    let bytes = alloc(caller, length)?;
    fill(caller, bytes, length)?;
    let at = word(given, 1)?;
    write(caller, at, &bytes.to_le_bytes())?;
    write(caller, at.wrapping_add(4), &length.to_le_bytes())
}
