//! What imported functions read and write: their arguments and results, and the component's memory. What a component hands
//! over is no more to be believed here than what it returns; and work that is done for it costs it fuel.

use wasmi::{Caller, Error, Extern, Memory, TrapCode, Val};

use super::Host;
use crate::guest::{MEMORY, REALLOC};

/// An argument of 32 bits.
pub(super) fn word(given: &[Val], nth: usize) -> Result<u32, Error> {
    match given.get(nth) {
        Some(Val::I32(word)) => Ok(word.cast_unsigned()),
        _ => Err(Error::new("an import of another type")),
    }
}

/// An argument of 64 bits.
pub(super) fn long(given: &[Val], nth: usize) -> Result<u64, Error> {
    match given.get(nth) {
        Some(Val::I64(long)) => Ok(long.cast_unsigned()),
        _ => Err(Error::new("an import of another type")),
    }
}

/// Sets the result.
pub(super) fn returns(result: &mut [Val], value: Val) -> Result<(), Error> {
    match result {
        [only] if only.ty() == value.ty() => {
            *only = value;
            Ok(())
        }
        _ => Err(Error::new("an import of another type")),
    }
}

/// Takes fuel for work that is done outside of the component.
pub(super) fn charge(caller: &mut Caller<'_, Host>, fuel: u64) -> Result<(), Error> {
    let left = caller.get_fuel()?;
    match left.checked_sub(fuel) {
        Some(left) => caller.set_fuel(left),
        None => {
            caller.set_fuel(0)?;
            Err(TrapCode::OutOfFuel.into())
        }
    }
}

fn memory(caller: &Caller<'_, Host>) -> Result<Memory, Error> {
    match caller.get_export(MEMORY) {
        Some(Extern::Memory(memory)) => Ok(memory),
        _ => Err(Error::new("there is no memory")),
    }
}

/// Writes to the component's memory.
pub(super) fn write(caller: &mut Caller<'_, Host>, at: u32, bytes: &[u8]) -> Result<(), Error> {
    let outside = |_| Error::from(TrapCode::MemoryOutOfBounds);
    memory(caller)?.write(&mut *caller, at as usize, bytes).map_err(outside)
}

/// Reads from the component's memory.
pub(super) fn read<'c>(caller: &'c Caller<'_, Host>, at: u32, length: u32) -> Result<&'c [u8], Error> {
    let data = memory(caller)?.data(caller);
    let end = (at as usize).checked_add(length as usize);
    let bytes = end.and_then(|end| data.get(at as usize..end));
    bytes.ok_or_else(|| TrapCode::MemoryOutOfBounds.into())
}

/// Room in the component's memory for `length` bytes, asked of the component itself.
pub(super) fn alloc(caller: &mut Caller<'_, Host>, length: u32) -> Result<u32, Error> {
    let Some(Extern::Func(realloc)) = caller.get_export(REALLOC) else {
        return Err(Error::new("there is no way to ask for memory"));
    };
    let realloc = realloc.typed::<(u32, u32, u32, u32), u32>(&*caller)?;
    realloc.call(&mut *caller, (0, 0, 1, length))
}

/// Fills a piece of the component's memory with randomness.
pub(super) fn fill(caller: &mut Caller<'_, Host>, at: u32, length: u32) -> Result<(), Error> {
    // SHA-256 in software takes a few instructions for each byte.
    charge(caller, u64::from(length) * 4)?;
    read(caller, at, length)?;
    let mut bytes = vec![0; length as usize];
    caller.data().fill(&mut bytes);
    write(caller, at, &bytes)
}

/// Hears what the component says.
pub(super) fn listen(caller: &mut Caller<'_, Host>, at: u32, length: u32) -> Result<(), Error> {
    charge(caller, u64::from(length) / 16)?;
    let heard = read(caller, at, length.min(1024))?.to_vec();
    caller.data_mut().listen(&heard);
    Ok(())
}
