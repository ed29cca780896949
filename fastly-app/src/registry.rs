//! Third parties' components, where the artifact was built to carry any: the slot into which linking writes where they are.

use selvedge_core::component::{Foreign, Registry};

/// Everything that components can be made of, for as long as `make` takes.
pub(crate) fn with<T>(make: impl FnOnce(Registry<'_>) -> T) -> T {
    let foreign = foreign();
    make(Registry { kinds: selvedge_components::registry(), foreign: foreign.as_deref() })
}

#[cfg(feature = "guests")]
fn foreign() -> Option<Box<dyn Foreign>> {
    static SLOT: selvedge_guests::pack::Slot = selvedge_guests::pack::Slot::empty();
    Some(Box::new(SLOT.guests()))
}

#[cfg(not(feature = "guests"))]
fn foreign() -> Option<Box<dyn Foreign>> {
    None
}
