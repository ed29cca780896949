//! The compiled form: the configuration as it is deployed, checked already and cheap to load; and the slot in the
//! artifact that it is stamped into, so that changing a configuration needs no compiler.
//!
//! ```text
//! compiled  magic (8)  version (2)  made (8)  length (4)  start of the SHA-256 (8)  postcard (length)
//! slot      marker (32)  compiled, or filler while empty  filler to the end
//! ```
//!
//! Numbers are little-endian; `made` is in seconds since 1970, and the checksum is that of it and the postcard. The checksum guards against accidents, not against people: whoever can write to the
//! store or the artifact may well change the configuration.

use std::hint::black_box;

use memchr::memmem;
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::Config;
use crate::facts::Timestamp;

/// The size of the slot in bytes, its marker included.
pub const SLOT_BYTES: usize = 32 * 1024;

const MARKER: [u8; 32] = *b"<<selvedge:configuration:slot:>>";
/// Not zero: tools that shrink artifacts (`wasm-opt --memory-packing`) would cut the slot in two at a run of zeros.
const FILLER: u8 = b'.';
const EMPTY: [u8; 8] = [FILLER; 8];
const MAGIC: [u8; 8] = *b"SELVEDGE";
/// Raised with every change to the model that changes the compiled form.
const VERSION: u16 = 1;

/// How many bytes a compiled configuration may have: what the slot has room for, wherever it is kept.
pub const MAX_BYTES: usize = SLOT_BYTES - MARKER.len();

/// A configuration that was loaded, and what was noted when it was compiled.
#[derive(Debug, Clone, PartialEq)]
pub struct Compiled {
    /// The configuration.
    pub config: Config,
    /// When it was compiled, to the second.
    pub made: Timestamp,
    /// By what it is told from others: the start of its checksum, in 8 hexadecimal digits.
    pub id: String,
}

/// Why bytes are not a configuration. Trying again does not help; compiling the configuration anew does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CompiledError {
    /// Something else altogether.
    #[error("this is not a compiled configuration")]
    NotAConfiguration,
    /// Compiled by another version of Selvedge.
    #[error("the configuration was compiled as version {found}; this Selvedge reads version {known}")]
    OtherVersion {
        /// The version that it has.
        found: u16,
        /// The version that this Selvedge reads.
        known: u16,
    },
    /// Cut off or changed on the way.
    #[error("the compiled configuration is damaged")]
    Damaged,
}

/// Why an artifact cannot be stamped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum StampError {
    /// There is no slot.
    #[error("this is not an artifact of Selvedge: it has no slot for a configuration")]
    NoSlot,
    /// There is more than one slot, and only one of them is read.
    #[error("this artifact has {0} slots for a configuration; there must be one")]
    Several(usize),
    /// The configuration does not fit.
    #[error("the configuration takes {needed} bytes; the artifact has room for {available}")]
    TooLarge {
        /// The size of the compiled configuration in bytes.
        needed: usize,
        /// The room in the slot in bytes.
        available: usize,
    },
}

/// Compiles a configuration, at the time `made`, of which whole seconds are kept.
#[must_use]
pub fn encode(config: &Config, made: Timestamp) -> Vec<u8> {
    // Writing into memory what serde derived cannot fail. If it ever did, no bytes would be found damaged, not used.
    let body = postcard::to_allocvec(&(config, config.trace)).unwrap_or_default();
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
    let made = made.seconds().to_le_bytes();
    let sum = checksum(&made, &body);
    [&MAGIC[..], &VERSION.to_le_bytes(), &made, &length.to_le_bytes(), &sum, &body].concat()
}

/// Loads a compiled configuration; what follows it is not looked at.
///
/// # Errors
/// When the bytes are something else, of another version, or damaged.
pub fn decode(bytes: &[u8]) -> Result<Compiled, CompiledError> {
    let rest = bytes.strip_prefix(&MAGIC).ok_or(CompiledError::NotAConfiguration)?;
    let (version, rest) = rest.split_first_chunk().ok_or(CompiledError::Damaged)?;
    let found = u16::from_le_bytes(*version);
    if found != VERSION {
        return Err(CompiledError::OtherVersion { found, known: VERSION });
    }
    let (made, sum, body) = parts(rest).ok_or(CompiledError::Damaged)?;
    let (config, trace): (Config, bool) = postcard::from_bytes(body).map_err(|_| CompiledError::Damaged)?;
    let made = Timestamp(i64::from_le_bytes(made).saturating_mul(1000));
    let id = sum.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    Ok(Compiled { config: Config { trace, ..config }, made, id })
}

/// What follows the version, without the length, if that and the checksum are right.
fn parts(rest: &[u8]) -> Option<([u8; 8], [u8; 8], &[u8])> {
    let (made, rest) = rest.split_first_chunk()?;
    let (length, rest) = rest.split_first_chunk()?;
    let (sum, rest) = rest.split_first_chunk()?;
    let body = rest.get(..usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
    (checksum(made, body) == *sum).then_some((*made, *sum, body))
}

fn checksum(made: &[u8; 8], body: &[u8]) -> [u8; 8] {
    let mut start = [0; 8];
    let sum = Sha256::new().chain_update(made).chain_update(body).finalize();
    for (to, from) in start.iter_mut().zip(sum) {
        *to = from;
    }
    start
}

/// Room for a configuration in the artifact. An adapter has exactly one: `static SLOT: Slot = Slot::empty();`
pub struct Slot([u8; SLOT_BYTES]);

impl std::fmt::Debug for Slot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Slot")
    }
}

impl Slot {
    /// A slot that nothing was stamped into yet.
    #[must_use]
    pub const fn empty() -> Self {
        let mut bytes = [FILLER; SLOT_BYTES];
        if let Some((marker, _)) = bytes.split_first_chunk_mut() {
            *marker = MARKER;
        }
        Self(bytes)
    }

    /// The configuration that was stamped in; none while the slot is empty.
    ///
    /// # Errors
    /// As [`decode`].
    pub fn configuration(&'static self) -> Result<Option<Compiled>, CompiledError> {
        // The compiler knows what the slot held when it was compiled, and must not take it for what it holds.
        let Self(bytes) = black_box(self);
        // The marker is not compared: that would put a second one into the artifact.
        let content = bytes.get(MARKER.len()..).unwrap_or_default();
        if content.starts_with(&EMPTY) { Ok(None) } else { decode(content).map(Some) }
    }
}

/// Puts a configuration into the slot of an artifact, at the time `made`, whether or not there is one already, and says
/// how many bytes of the slot it takes. An artifact that cannot be stamped is left as it was.
///
/// # Errors
/// When there is not exactly one slot, or too little room in it.
pub fn stamp(wasm: &mut [u8], config: &Config, made: Timestamp) -> Result<usize, StampError> {
    let mut slots = memmem::find_iter(wasm, &MARKER).map(|at| at + MARKER.len()).filter(|start| {
        // A marker alone may be this function's own, in an artifact that can stamp others.
        let content = wasm.get(*start..start + SLOT_BYTES - MARKER.len());
        content.is_some_and(|content| content.starts_with(&EMPTY) || content.starts_with(&MAGIC))
    });
    let start = slots.next().ok_or(StampError::NoSlot)?;
    match slots.count() {
        0 => {}
        more => return Err(StampError::Several(more + 1)),
    }
    let compiled = encode(config, made);
    let (needed, available) = (compiled.len(), MAX_BYTES);
    let too_large = StampError::TooLarge { needed, available };
    let content = wasm.get_mut(start..start + available).ok_or(StampError::NoSlot)?;
    let (used, unused) = content.split_at_mut_checked(needed).ok_or(too_large)?;
    used.copy_from_slice(&compiled);
    unused.fill(FILLER);
    Ok(needed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use serde_json::{Value, json};

    use super::*;
    use crate::config::Setting;

    const MADE: Timestamp = Timestamp(1_795_343_700_123);

    /// A configuration by its keys, so that these tests outlive new ones.
    fn config(keys: Value) -> Config {
        serde_json::from_value(keys).unwrap()
    }

    fn sample() -> Config {
        config(json!({
            "site": [{
                "hosts": ["*.example.com"],
                "origin": "https://origin.example.com",
                "route": [{ "path": "/blog/*", "origin": "http://localhost:8080", "rewrite": "/$1" }],
                "redirect": [{ "from": "/old/*", "to": "/new/$1", "status": 308 }],
            }],
            "consent": { "region": [{ "countries": ["US"], "default": "granted" }] },
            "component": [{
                "kind": "webhook",
                "purposes": ["analytics"],
                "sample": 0.5,
                "filter": { "all": [
                    { "path": "data.name", "in": ["a", 1, 1.5, true] },
                    { "not": { "any": [{ "path": "type", "matches": "^p" }, { "path": "uuid", "present": true }] } },
                ] },
                "transform": [
                    { "drop": "context.client.ip" },
                    { "cast": { "path": "data.properties.x", "to": "integer" } },
                ],
                "settings": {
                    "url": "https://collector.example.com",
                    "batch": -20,
                    "gzip": true,
                    "tags": ["a", "b"],
                    "token": { "secret": "TOKEN" },
                },
            }],
        }))
    }

    fn with_setting(name: &str, setting: Setting) -> Config {
        let mut config = sample();
        config.components[0].settings.insert(name.into(), setting);
        config
    }

    static EMPTY_SLOT: Slot = Slot::empty();

    /// An artifact with slots where there are `true`s, surrounded by other bytes.
    fn artifact(slots: &[bool]) -> Vec<u8> {
        let mut wasm = b"\0asm\x01\0\0\0 other data".to_vec();
        for full in slots {
            wasm.extend_from_slice(if *full { &EMPTY_SLOT.0 } else { &MARKER });
            wasm.extend(b" and more");
        }
        wasm
    }

    /// What an adapter would read from an artifact whose one slot starts where the artifact's other data ends.
    fn stamped(wasm: &[u8]) -> Option<Config> {
        let at = memmem::find(wasm, &MARKER).unwrap();
        let slot: &'static Slot = Box::leak(Box::new(Slot(wasm[at..at + SLOT_BYTES].try_into().unwrap())));
        slot.configuration().unwrap().map(|compiled| compiled.config)
    }

    #[test]
    fn a_stamp_is_read_back_and_replaced_by_the_next() {
        let mut wasm = artifact(&[true]);
        let before = wasm.clone();
        assert_eq!(stamped(&wasm), None);
        let large = sample();
        let small = config(json!({ "site": [{ "origin": "http://localhost:8080" }] }));
        for config in [&large, &small, &large] {
            assert_eq!(stamp(&mut wasm, config, MADE), Ok(encode(config, MADE).len()));
            assert_eq!(stamped(&wasm).as_ref(), Some(config));
            assert_eq!(wasm.len(), before.len());
        }
        assert!(wasm.starts_with(b"\0asm\x01\0\0\0 other data") && wasm.ends_with(b" and more"));
    }

    #[test]
    fn only_an_artifact_with_one_slot_is_stamped() {
        assert_eq!(stamp(&mut artifact(&[]), &sample(), MADE), Err(StampError::NoSlot));
        assert_eq!(stamp(&mut artifact(&[false]), &sample(), MADE), Err(StampError::NoSlot));
        assert_eq!(stamp(&mut artifact(&[true, true]), &sample(), MADE), Err(StampError::Several(2)));
        assert!(stamp(&mut artifact(&[false, true, false]), &sample(), MADE).is_ok());
        let mut cut = artifact(&[true]);
        cut.truncate(SLOT_BYTES);
        assert_eq!(stamp(&mut cut, &sample(), MADE), Err(StampError::NoSlot));
    }

    #[test]
    fn a_configuration_that_is_too_large_changes_nothing() {
        let mut wasm = artifact(&[true]);
        let before = wasm.clone();
        let large = with_setting("long", Setting::Text("x".repeat(SLOT_BYTES)));
        let needed = encode(&large, MADE).len();
        let available = SLOT_BYTES - 32;
        assert_eq!(stamp(&mut wasm, &large, MADE), Err(StampError::TooLarge { needed, available }));
        assert_eq!(wasm, before);
    }

    #[test]
    fn the_empty_slot_has_no_zeros_and_one_marker() {
        assert!(EMPTY_SLOT.0.iter().all(|b| *b != 0));
        assert_eq!(memmem::find_iter(&EMPTY_SLOT.0, &MARKER).count(), 1);
        assert_eq!(EMPTY_SLOT.configuration(), Ok(None));
    }

    #[test]
    fn what_is_not_a_configuration_is_told_apart() {
        let good = encode(&sample(), MADE);
        assert_eq!(decode(b""), Err(CompiledError::NotAConfiguration));
        assert_eq!(decode(b"[[site]]"), Err(CompiledError::NotAConfiguration));
        let mut newer = good.clone();
        newer[8] = 2;
        newer[9] = 1;
        assert_eq!(decode(&newer), Err(CompiledError::OtherVersion { found: 258, known: VERSION }));
        for cut in 8..good.len() {
            assert_eq!(decode(&good[..cut]), Err(CompiledError::Damaged), "cut at {cut}");
        }
    }

    /// The version guards what is deployed already. Whoever changes the model sees this fail, raises `VERSION` (once a
    /// version was released with the old form) and writes the new checksum here.
    #[test]
    fn the_compiled_form_changes_with_the_version_alone() {
        let compiled = encode(&sample(), MADE);
        let sum = checksum(&[0; 8], &compiled).map(|b| format!("{b:02x}")).concat();
        assert_eq!((VERSION, sum.as_str()), (1, "069c422dcda9a2c7"));
    }

    fn setting() -> impl Strategy<Value = Setting> {
        prop_oneof![
            ".*".prop_map(Setting::Text),
            any::<i64>().prop_map(Setting::Integer),
            any::<bool>().prop_map(Setting::Bool),
            prop::collection::vec(".*", 0..4).prop_map(Setting::List),
            "[A-Z_]+".prop_map(Setting::Secret),
        ]
    }

    proptest! {
        #[test]
        fn what_is_compiled_is_loaded(
            hosts in prop::collection::vec("(\\*\\.)?[a-z]{1,8}\\.(com|net)", 0..4),
            moved in prop::collection::vec(("/[a-z/]{0,9}\\*?", any::<u16>()), 0..4),
            port in 1u16..,
            settings in prop::collection::btree_map("[a-z_]{1,9}", setting(), 0..6),
            rest in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            let moved = moved.iter().map(|(from, status)| json!({ "from": from, "to": "/$1", "status": status }));
            let origin = format!("https://a.b:{port}");
            let mut config = config(json!({
                "site": [{ "origin": origin, "hosts": hosts, "redirect": moved.collect::<Vec<_>>() }],
                "component": [{ "kind": "webhook" }],
            }));
            config.components[0].settings = settings;
            let mut bytes = encode(&config, MADE);
            bytes.extend(rest);
            let loaded = decode(&bytes).unwrap();
            prop_assert_eq!(loaded.config, config);
            prop_assert_eq!(loaded.made, Timestamp(1_795_343_700_000));
            prop_assert_eq!(loaded.id.len(), 8);
        }

        #[test]
        fn a_changed_byte_is_noticed(at in 0usize..10_000, by in 1u8..) {
            let mut bytes = encode(&sample(), MADE);
            let at = at % bytes.len();
            bytes[at] = bytes[at].wrapping_add(by);
            prop_assert!(decode(&bytes).is_err());
        }
    }
}
