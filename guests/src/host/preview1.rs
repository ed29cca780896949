//! WASI 0.1, as far as there is nothing to be had by it (github.com/WebAssembly/WASI, legacy/preview1/docs.md).

use wasmi::{Caller, Error, Val};

use super::guest_memory::{fill, listen, read, returns, word, write};
use super::{Function, Host};

const SUCCESS: i32 = 0;
/// There is no such file: only standard input, output and error are open.
const BADF: i32 = 8;
/// This system has no such function.
const NOSYS: i32 = 52;
/// There is no way to go back in a stream.
const SPIPE: i32 = 70;

/// The function of this name, if it is on the list.
pub(super) fn function(name: &str) -> Option<Function> {
    Some(match name {
        "args_get" | "environ_get" | "sched_yield" | "fd_close" | "fd_datasync" | "fd_sync" => done,
        "args_sizes_get" | "environ_sizes_get" => |caller, given, result| {
            write(caller, word(given, 0)?, &[0; 4])?;
            write(caller, word(given, 1)?, &[0; 4])?;
            returns(result, Val::I32(SUCCESS))
        },
        "clock_res_get" => |caller, given, result| {
            write(caller, word(given, 1)?, &1_000_000_u64.to_le_bytes())?;
            returns(result, Val::I32(SUCCESS))
        },
        "clock_time_get" => |caller, given, result| {
            let nanoseconds = caller.data().now.saturating_mul(1_000_000);
            write(caller, word(given, 2)?, &nanoseconds.to_le_bytes())?;
            returns(result, Val::I32(SUCCESS))
        },
        "random_get" => |caller, given, result| {
            fill(caller, word(given, 0)?, word(given, 1)?)?;
            returns(result, Val::I32(SUCCESS))
        },
        "proc_exit" => |_, given, _| Err(Error::i32_exit(word(given, 0)?.cast_signed())),
        "fd_write" => fd_write,
        "fd_read" => |caller, given, result| {
            if word(given, 0)? != 0 {
                return returns(result, Val::I32(BADF));
            }
            write(caller, word(given, 3)?, &[0; 4])?;
            returns(result, Val::I32(SUCCESS))
        },
        "fd_fdstat_get" => |caller, given, result| {
            if word(given, 0)? > 2 {
                return returns(result, Val::I32(BADF));
            }
            // A character device, without flags and without rights.
            let mut stat = [0; 24];
            stat[0] = 2;
            write(caller, word(given, 1)?, &stat)?;
            returns(result, Val::I32(SUCCESS))
        },
        "fd_seek" | "fd_tell" => |_, _, result| returns(result, Val::I32(SPIPE)),
        "poll_oneoff" | "proc_raise" => |_, _, result| returns(result, Val::I32(NOSYS)),
        "fd_prestat_get"
        | "fd_prestat_dir_name"
        | "fd_advise"
        | "fd_allocate"
        | "fd_fdstat_set_flags"
        | "fd_fdstat_set_rights"
        | "fd_filestat_get"
        | "fd_filestat_set_size"
        | "fd_filestat_set_times"
        | "fd_pread"
        | "fd_pwrite"
        | "fd_readdir"
        | "fd_renumber"
        | "path_create_directory"
        | "path_filestat_get"
        | "path_filestat_set_times"
        | "path_link"
        | "path_open"
        | "path_readlink"
        | "path_remove_directory"
        | "path_rename"
        | "path_symlink"
        | "path_unlink_file" => |_, _, result| returns(result, Val::I32(BADF)),
        _ => return None,
    })
}

// All imported functions have this signature.
#[allow(clippy::unnecessary_wraps)]
fn done(_: &mut Caller<'_, Host>, _: &[Val], result: &mut [Val]) -> Result<(), Error> {
    returns(result, Val::I32(SUCCESS))
}

/// Writes pieces, each of which is an address and a length.
fn fd_write(caller: &mut Caller<'_, Host>, given: &[Val], result: &mut [Val]) -> Result<(), Error> {
    if !matches!(word(given, 0)?, 1 | 2) {
        return returns(result, Val::I32(BADF));
    }
    let (pieces, count) = (word(given, 1)?, word(given, 2)?.min(16));
    let mut written = 0u32;
    for nth in 0..count {
        let piece = read(caller, pieces.wrapping_add(nth * 8), 8)?;
        let piece: &[[u8; 4]] = piece.as_chunks().0;
        let &[at, length] = piece else { continue };
        let length = u32::from_le_bytes(length);
        listen(caller, u32::from_le_bytes(at), length)?;
        written = written.saturating_add(length);
    }
    write(caller, word(given, 3)?, &written.to_le_bytes())?;
    returns(result, Val::I32(SUCCESS))
}
