//! The pack: the components as they lie in the artifact, and how they got there.
//!
//! ```text
//! slot  marker (32)  address (4)  length (4)         compiled into the artifact, empty
//! pack  magic (8)  and for each component: interface (1)  length (4), file  length (4), module
//! ```
//!
//! Numbers are little-endian. Linking appends the pack behind the artifact's memory, in pages of its own, and writes into the
//! slot where it is; so components are linked in without a compiler.

use std::fmt::Debug;
use std::hint::black_box;
use std::sync::Arc;

use selvedge_core::component::{Destination, Foreign, Mapping, Moment, ResolvedSettings};
use selvedge_core::config::{self, Setting};
use selvedge_core::consent::State;
use thiserror::Error;

use crate::destination::Foreigner;
use crate::{Guest, Interface, Limits};

pub(crate) const MARKER: [u8; 32] = *b"<<selvedge:third-parties:slot:>>";
const MAGIC: [u8; 8] = *b"SELVPACK";

/// Why bytes are not a pack: they were damaged on the way. Building the artifact anew helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the third parties' components in this artifact are damaged: build it anew")]
pub struct Damaged;

/// Room in the artifact for where the pack is. An adapter has exactly one: `static SLOT: Slot = Slot::empty();`
pub struct Slot([u8; MARKER.len() + 8]);

impl Debug for Slot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Slot")
    }
}

impl Slot {
    /// A slot that nothing was written into yet.
    #[must_use]
    pub const fn empty() -> Self {
        let mut bytes = [b'.'; MARKER.len() + 8];
        if let Some((marker, _)) = bytes.split_first_chunk_mut() {
            *marker = MARKER;
        }
        Self(bytes)
    }

    /// The components that were linked in. That they are damaged is told by those who ask for one.
    #[must_use]
    pub fn guests(&'static self) -> Guests {
        self.read().unwrap_or_else(|Damaged| Guests { damaged: true, ..Guests::default() })
    }

    fn read(&'static self) -> Result<Guests, Damaged> {
        // The compiler knows what the slot held when it was compiled, and must not take it for what it holds.
        let Self(bytes) = black_box(self);
        let (_, place) = bytes.split_first_chunk::<{ MARKER.len() }>().ok_or(Damaged)?;
        if place == [b'.'; 8] {
            return Ok(Guests::default());
        }
        let (address, length) = place.split_first_chunk().ok_or(Damaged)?;
        let length = length.try_into().map(u32::from_le_bytes).map_err(|_| Damaged)?;
        Guests::read(behind(u32::from_le_bytes(*address), length))
    }
}

/// What linking has put into the memory behind that of the program.
#[cfg(target_family = "wasm")]
#[allow(unsafe_code)]
fn behind(address: u32, length: u32) -> &'static [u8] {
    let start = std::ptr::with_exposed_provenance(address as usize);
    // SAFETY: these pages are part of the memory from the start, nothing else was told of them, and nobody writes there:
    // allocators begin with the pages that the linker knew, and go on with those that they ask for.
    unsafe { std::slice::from_raw_parts(start, length as usize) }
}

/// Only an artifact has such memory.
#[cfg(not(target_family = "wasm"))]
fn behind(_: u32, _: u32) -> &'static [u8] {
    &[]
}

/// Third parties' components, by the files that the configuration names.
#[derive(Debug, Default)]
pub struct Guests {
    all: Vec<(String, Arc<Guest>)>,
    damaged: bool,
}

impl Guests {
    /// Reads a pack.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn read(pack: &'static [u8]) -> Result<Self, Damaged> {
        let mut rest = pack.strip_prefix(&MAGIC).ok_or(Damaged)?;
        let mut guests = Vec::new();
        while let Some((interface, after)) = rest.split_first() {
            let (file, after) = piece(after)?;
            let (module, after) = piece(after)?;
            let file = std::str::from_utf8(file).map_err(|_| Damaged)?;
            guests.push((file.to_owned(), Arc::new(Guest::new(interface_of(*interface)?, module))));
            rest = after;
        }
        Ok(Self { all: guests, damaged: false })
    }

    /// The component of a file.
    fn get(&self, file: Option<&str>) -> Result<&Arc<Guest>, String> {
        let file = file.unwrap_or_default();
        if self.damaged {
            return Err(Damaged.to_string());
        }
        let found = self.all.iter().find(|(name, _)| name == file).map(|(_, guest)| guest);
        found.ok_or_else(|| match self.all.is_empty() {
            true => config::WITHOUT_GUESTS.to_owned(),
            false => format!("the artifact does not carry {file:?}: build it with this configuration"),
        })
    }
}

fn piece(bytes: &'static [u8]) -> Result<(&'static [u8], &'static [u8]), Damaged> {
    let (length, rest) = bytes.split_first_chunk().ok_or(Damaged)?;
    rest.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or(Damaged)
}

fn interface_of(byte: u8) -> Result<Interface, Damaged> {
    Ok(match byte {
        0 => Interface::DataCollection { authenticates: false },
        1 => Interface::DataCollection { authenticates: true },
        2 => Interface::ConsentMapping,
        _ => return Err(Damaged),
    })
}

/// A pack of components: of each the file by which the configuration names it, its interface and its module.
#[must_use]
pub fn pack<'c>(components: impl IntoIterator<Item = (&'c str, Interface, &'c [u8])>) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    for (file, interface, module) in components {
        out.push(match interface {
            Interface::DataCollection { authenticates } => authenticates.into(),
            Interface::ConsentMapping => 2,
        });
        for piece in [file.as_bytes(), module] {
            out.extend(u32::try_from(piece.len()).unwrap_or(u32::MAX).to_le_bytes());
            out.extend(piece);
        }
    }
    out
}

impl Foreign for Guests {
    fn destination(
        &self,
        component: &config::Component,
        settings: &ResolvedSettings,
    ) -> Result<Box<dyn Destination>, String> {
        let guest = self.get(component.file.as_deref())?;
        if guest.interface == Interface::ConsentMapping {
            return Err("it maps consent, and is no destination: name it in `[consent]`".into());
        }
        let config::GuestLimits { fuel, memory_mib } = component.limits;
        let limits = Limits { fuel: fuel.into(), memory: usize::from(memory_mib) << 20, ..Limits::default() };
        Ok(Box::new(Foreigner {
            guest: Arc::clone(guest),
            settings: texts(settings.values.iter()),
            limits,
            endpoint: settings.endpoint.clone(),
            names: std::sync::Mutex::default(),
            login: std::sync::OnceLock::new(),
        }))
    }

    fn mapping(&self, consent: &config::Consent) -> Result<Box<dyn Mapping>, String> {
        let guest = self.get(consent.file.as_deref())?;
        if guest.interface != Interface::ConsentMapping {
            return Err("it is a destination, and maps no consent: name it in a `[[component]]`".into());
        }
        Ok(Box::new(Mapper { guest: Arc::clone(guest), settings: texts(&consent.settings) }))
    }
}

/// A component that reads consent.
#[derive(Debug)]
struct Mapper {
    guest: Arc<Guest>,
    settings: Vec<(String, String)>,
}

impl Mapping for Mapper {
    fn map(&self, (name, value): (&str, &str), moment: &Moment<'_>) -> Result<Option<State>, String> {
        let limits = Limits { fuel: moment.fuel.get(), ..Limits::default() };
        let called =
            self.guest.run(moment, limits).map(&[(name.to_owned(), value.to_owned())], &self.settings);
        called.result.map_err(|failure| failure.to_string())
    }
}

/// Settings as components get them: all of them texts.
pub fn texts<'s>(settings: impl IntoIterator<Item = (&'s String, &'s Setting)>) -> Vec<(String, String)> {
    let text = |setting: &Setting| match setting {
        Setting::Text(text) | Setting::Secret(text) => text.clone(),
        Setting::Integer(number) => number.to_string(),
        Setting::Bool(yes) => yes.to_string(),
        Setting::List(texts) => texts.join(","),
    };
    settings.into_iter().map(|(name, setting)| (name.clone(), text(setting))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pack_is_read_back_and_damage_is_noticed() {
        let both = [
            ("a.wasm", Interface::DataCollection { authenticates: true }, &b"module"[..]),
            ("dir/b.wasm", Interface::ConsentMapping, &b""[..]),
        ];
        let packed: &'static [u8] = pack(both).leak();
        let guests = Guests::read(packed).unwrap();
        let read: Vec<_> = guests.all.iter().map(|(file, guest)| (file.as_str(), guest.interface)).collect();
        assert_eq!(read, both.map(|(file, interface, _)| (file, interface)));
        assert!(Guests::read(&[]).is_err());
        let whole = [MAGIC.len(), MAGIC.len() + 1 + 4 + 6 + 4 + 6, packed.len()];
        for cut in 0..packed.len() {
            assert_eq!(Guests::read(&packed[..cut]).is_ok(), whole.contains(&cut), "cut at {cut}");
        }
    }

    #[test]
    fn an_empty_slot_has_no_guests() {
        static SLOT: Slot = Slot::empty();
        assert!(SLOT.guests().all.is_empty());
    }
}
