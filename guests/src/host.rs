//! What a component may import: a short list, of functions that give it nothing. There is no environment, there are no
//! arguments and no files; what it writes to its standard output and error is told with its failures; time stands still;
//! randomness is drawn from the visit's.
//!
//! A name is a WASI 0.1 function (`wasi_snapshot_preview1`), or one of an interface of WASI 0.2, of any 0.2.x version, as
//! the canonical ABI lowers it.

mod guest_memory;
mod preview1;
mod preview2;

use selvedge_core::component::Moment;
use selvedge_core::facts::Random;
use wasmi::{Caller, Engine, Error, ExternType, Linker, Module, StoreLimits, StoreLimitsBuilder, Val};

use crate::{Failure, Limits};

/// How much of what a component says is listened to, in bytes.
const WORDS: usize = 1024;

/// How many elements a component's tables may have: function pointers, mostly.
const TABLE: usize = 200_000;

/// What an instance knows of its surroundings.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) limits: Limits,
    pub(crate) store: StoreLimits,
    /// Milliseconds since 1970.
    now: i64,
    random: Random,
    said: Vec<u8>,
}

impl Host {
    pub(crate) fn new(moment: &Moment<'_>, limits: Limits) -> Self {
        let store = StoreLimitsBuilder::new()
            .memory_size(limits.memory)
            .table_elements(TABLE)
            .instances(1)
            .tables(8)
            .memories(1)
            // A component that is refused memory can do no better than trap; this way it is known why it did.
            .trap_on_grow_failure(true)
            .build();
        let random = Random::from_seed(moment.random.bytes());
        Self { limits, store, now: moment.now.0, random, said: Vec::new() }
    }

    /// What it has said since this was last asked.
    pub(crate) fn said(&mut self) -> String {
        Failure::said(String::from_utf8_lossy(&std::mem::take(&mut self.said)).trim())
    }

    /// Listens, up to what the log may have.
    fn listen(&mut self, words: &[u8]) {
        let room = WORDS.saturating_sub(self.said.len());
        self.said.extend_from_slice(words.get(..room).unwrap_or(words));
    }

    fn fill(&self, to: &mut [u8]) {
        for chunk in to.chunks_mut(32) {
            for (to, from) in chunk.iter_mut().zip(self.random.bytes()) {
                *to = from;
            }
        }
    }

    fn number(&self) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }
}

/// An imported function at work: what it was given, and where its result goes.
type Function = fn(&mut Caller<'_, Host>, &[Val], &mut [Val]) -> Result<(), Error>;

/// The function of this name, if it is on the list.
fn function(module: &str, name: &str) -> Option<Function> {
    match module.split_once('@') {
        None if module == "wasi_snapshot_preview1" => preview1::function(name),
        Some((interface, version)) if version.starts_with("0.2.") => preview2::function(interface, name),
        _ => None,
    }
}

/// Whether a component may import this. For those that may not, linking says why.
#[cfg(feature = "link")]
pub(crate) fn allows(module: &str, name: &str) -> bool {
    function(module, name).is_some()
}

/// Whether there are functions of this interface on the list.
#[cfg(feature = "link")]
pub(crate) fn knows(interface: &str) -> bool {
    ["wasi:cli/", "wasi:clocks/", "wasi:filesystem/", "wasi:io/", "wasi:random/"]
        .iter()
        .any(|known| interface.starts_with(known))
}

/// Everything that a module imports.
///
/// # Errors
/// With the first import that is not on the list.
pub(crate) fn linker(engine: &Engine, module: &Module) -> Result<Linker<Host>, String> {
    let mut linker = Linker::new(engine);
    for import in module.imports() {
        let name = || format!("{} {}", import.module(), import.name());
        let ExternType::Func(ty) = import.ty() else { return Err(name()) };
        let function = function(import.module(), import.name()).ok_or_else(name)?;
        let called = move |mut caller: Caller<'_, Host>, given: &[Val], result: &mut [Val]| {
            function(&mut caller, given, result)
        };
        // A name that is imported twice is defined already.
        let _ = linker.func_new(import.module(), import.name(), ty.clone(), called);
    }
    Ok(linker)
}
