//! Puts a pack into an artifact: behind its memory, in pages of its own, so that nothing of the program moves.

use thiserror::Error;
use wasm_encoder::{ConstExpr, DataCountSection, DataSection, MemorySection, MemoryType, Module, RawSection};
use wasmparser::{Parser, Payload};

use super::find::slice;
use crate::pack::MARKER;

const PAGE: usize = 1 << 16;

/// Why an artifact cannot take components.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AttachError {
    /// There is no slot, or it is taken.
    #[error("this artifact was not built for third parties' components, or has some already")]
    NoSlot,
    /// It is not as an artifact is.
    #[error("this is not an artifact of Selvedge: {0}")]
    NotAnArtifact(String),
    /// More than memory can be addressed.
    #[error("the components are too large: {0} bytes")]
    TooLarge(usize),
}

impl From<wasmparser::BinaryReaderError> for AttachError {
    fn from(error: wasmparser::BinaryReaderError) -> Self {
        Self::NotAnArtifact(error.to_string())
    }
}

/// An artifact with a pack in it.
///
/// # Errors
/// When it has no slot for it, or is no artifact.
pub fn attach(artifact: &[u8], pack: &[u8]) -> Result<Vec<u8>, AttachError> {
    let too_large = || AttachError::TooLarge(pack.len());
    let mut artifact = artifact.to_vec();
    let memory = memory(&artifact)?;
    let address = usize::try_from(memory.initial).ok().and_then(|pages| pages.checked_mul(PAGE));
    let address = address.ok_or_else(too_large)?;
    let number = |number: usize| u32::try_from(number).map(u32::to_le_bytes).map_err(|_| too_large());
    let place = [number(address)?, number(pack.len())?].concat();
    let end = address.checked_add(pack.len()).ok_or_else(too_large)?;
    let wider = MemoryType {
        minimum: end.div_ceil(PAGE) as u64,
        maximum: memory.maximum,
        memory64: false,
        shared: false,
        page_size_log2: None,
    };
    if wider.maximum.is_some_and(|most| most < wider.minimum) || end > u32::MAX as usize {
        return Err(too_large());
    }

    let slots = memchr::memmem::find_iter(&artifact, &MARKER).map(|at| at + MARKER.len());
    let empty = |at: &usize| artifact.get(*at..at + 8) == Some(b"........");
    let slots: Vec<_> = slots.filter(empty).collect();
    let [slot] = slots[..] else { return Err(AttachError::NoSlot) };
    artifact.get_mut(slot..slot + 8).ok_or(AttachError::NoSlot)?.copy_from_slice(&place);

    let mut out = Module::new();
    for payload in Parser::new(0).parse_all(&artifact) {
        let payload = payload?;
        match &payload {
            Payload::MemorySection(_) => {
                let mut memories = MemorySection::new();
                memories.memory(wider);
                out.section(&memories);
            }
            Payload::DataCountSection { count, .. } => {
                out.section(&DataCountSection { count: count + 1 });
            }
            Payload::DataSection(section) => {
                let mut data = DataSection::new();
                for segment in section.clone() {
                    let segment = segment?;
                    match segment.kind {
                        wasmparser::DataKind::Passive => data.passive(segment.data.iter().copied()),
                        wasmparser::DataKind::Active { memory_index, offset_expr } => {
                            data.active(memory_index, &offset(&offset_expr)?, segment.data.iter().copied())
                        }
                    };
                }
                let at = ConstExpr::i32_const(u32::try_from(address).map_err(|_| too_large())?.cast_signed());
                data.active(0, &at, pack.iter().copied());
                out.section(&data);
            }
            other => {
                if let Some((id, range)) = other.as_section() {
                    let data = artifact.get(slice(&range)).unwrap_or_default();
                    out.section(&RawSection { id, data });
                }
            }
        }
    }
    Ok(out.finish())
}

fn memory(artifact: &[u8]) -> Result<wasmparser::MemoryType, AttachError> {
    for payload in Parser::new(0).parse_all(artifact) {
        if let Payload::MemorySection(section) = payload?
            && let Some(memory) = section.into_iter().next()
        {
            return Ok(memory?);
        }
    }
    Err(AttachError::NotAnArtifact("it has no memory".into()))
}

/// Where a segment goes: a plain number, in an artifact.
fn offset(expression: &wasmparser::ConstExpr<'_>) -> Result<ConstExpr, AttachError> {
    match expression.get_operators_reader().read()? {
        wasmparser::Operator::I32Const { value } => Ok(ConstExpr::i32_const(value)),
        other => Err(AttachError::NotAnArtifact(format!("its data begin at {other:?}"))),
    }
}
