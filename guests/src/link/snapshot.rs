//! A language's runtime that takes long to start has started when it is linked: its start is run here, and the memory and
//! the globals that it leaves become those that every instance begins with. (Wizer's idea.)

use std::cell::Cell;

use selvedge_core::component::Moment;
use selvedge_core::facts::{Random, Timestamp};
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{
    ConstExpr, DataCountSection, DataSection, ExportKind, ExportSection, GlobalSection, MemorySection,
    Module, RawSection,
};
use wasmi::{Store, Val};
use wasmparser::{DataKind, Operator, Parser, Payload};

use super::find::slice;
use super::{Refusal, host};
use crate::Limits;
use crate::guest::{INITIALIZE, MEMORY, engine, parse};
use crate::host::Host;

/// A start that takes fewer instructions is left to each instance.
const SLOW: u64 = 100_000;
/// So many zeros in a row are not written; what separates two pieces of data costs some 10 bytes.
const GAP: usize = 16;
const PAGE: u64 = 1 << 16;

/// How globals are exported for a moment, by their index.
const GLOBAL: &str = "global ";

/// What a start has left.
struct Left {
    memory: Vec<u8>,
    /// By index; none where it cannot change.
    globals: Vec<Option<ConstExpr>>,
}

/// The module, started if that takes long. A start that fails is left to fail where its failure is told.
pub(super) fn started(module: Vec<u8>) -> Result<Vec<u8>, Refusal> {
    if !has_start(&module)? || changes_tables(&module)? {
        return Ok(module);
    }
    match start(&exposed(&module)?) {
        Some(left) => rewritten(&module, &left),
        None => Ok(module),
    }
}

fn has_start(module: &[u8]) -> Result<bool, Refusal> {
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::StartSection { .. } => return Ok(true),
            Payload::ExportSection(exports) => {
                for export in exports {
                    if export?.name == INITIALIZE {
                        return Ok(true);
                    }
                }
            }
            _ => {}
        }
    }
    Ok(false)
}

/// Whether there is code that could change a table, which is not kept here.
fn changes_tables(module: &[u8]) -> Result<bool, Refusal> {
    for payload in Parser::new(0).parse_all(module) {
        let Payload::CodeSectionEntry(body) = payload? else { continue };
        for operator in body.get_operators_reader()? {
            if let Operator::TableSet { .. }
            | Operator::TableGrow { .. }
            | Operator::TableFill { .. }
            | Operator::TableCopy { .. }
            | Operator::TableInit { .. } = operator?
            {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// The module with its globals exported, so that they can be read.
fn exposed(module: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut out = Module::new();
    let mut mutable = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        if let Payload::GlobalSection(globals) = &payload {
            for (index, global) in (0..).zip(globals.clone()) {
                if global?.ty.mutable {
                    mutable.push(index);
                }
            }
        }
        if let Payload::ExportSection(exports) = &payload {
            let mut section = ExportSection::new();
            RoundtripReencoder.parse_export_section(&mut section, exports.clone()).map_err(wrong)?;
            for index in &mutable {
                section.export(&format!("{GLOBAL}{index}"), ExportKind::Global, *index);
            }
            out.section(&section);
        } else {
            copy(&mut out, &payload, module);
        }
    }
    Ok(out.finish())
}

/// What a start leaves, if it comes to its end and takes long.
fn start(module: &[u8]) -> Option<Left> {
    let limits = Limits { fuel: 10 * Limits::MOST.fuel, ..Limits::MOST };
    let fuel = Cell::new(limits.fuel);
    let random = Random::from_seed([0; 32]);
    // Any time will do but none: Go's runtime gives up where it is 1970.
    let moment = Moment { now: Timestamp(1_800_000_000_000), random: &random, fuel: &fuel, token: None };
    let engine = engine();
    let module = parse(&engine, module).ok()?;
    let linker = host::linker(&engine, &module).ok()?;
    let mut store = Store::new(&engine, Host::new(&moment, limits));
    store.limiter(|host| &mut host.store);
    store.set_fuel(limits.fuel).ok()?;
    let instance = linker.instantiate_and_start(&mut store, &module).ok()?;
    if let Ok(initialize) = instance.get_typed_func::<(), ()>(&store, INITIALIZE) {
        initialize.call(&mut store, ()).ok()?;
    }
    if limits.fuel - store.get_fuel().ok()? < SLOW {
        return None;
    }
    let mut globals = Vec::new();
    for export in module.exports() {
        let Some(index) = export.name().strip_prefix(GLOBAL) else { continue };
        let index: usize = index.parse().ok()?;
        let value = instance.get_global(&store, export.name())?.get(&store);
        globals.resize(globals.len().max(index + 1), None);
        *globals.get_mut(index)? = Some(match value {
            Val::I32(value) => ConstExpr::i32_const(value),
            Val::I64(value) => ConstExpr::i64_const(value),
            Val::F32(value) => ConstExpr::f32_const(f32::from_bits(value.to_bits()).into()),
            Val::F64(value) => ConstExpr::f64_const(f64::from_bits(value.to_bits()).into()),
            _ => return None,
        });
    }
    let memory = instance.get_memory(&store, MEMORY)?.data(&store).to_vec();
    Some(Left { memory, globals })
}

/// The module as its start has left it, without the start.
fn rewritten(module: &[u8], left: &Left) -> Result<Vec<u8>, Refusal> {
    let mut out = Module::new();
    let mut data = DataSection::new();
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::DataSection(section) = payload? {
            for piece in section {
                // Others keep their index. What was written as the module started is in the memory.
                match piece? {
                    piece if matches!(piece.kind, DataKind::Passive) => {
                        data.passive(piece.data.iter().copied())
                    }
                    _ => data.passive([]),
                };
            }
        }
    }
    for (at, piece) in pieces(&left.memory) {
        data.active(0, &ConstExpr::i32_const(at.cast_signed()), piece.iter().copied());
    }
    let mut counted = false;
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        match &payload {
            Payload::MemorySection(memories) => {
                let mut section = MemorySection::new();
                for memory in memories.clone() {
                    let mut memory = RoundtripReencoder.memory_type(memory?).map_err(wrong)?;
                    memory.minimum = left.memory.len() as u64 / PAGE;
                    section.memory(memory);
                }
                out.section(&section);
            }
            Payload::GlobalSection(globals) => {
                let mut section = GlobalSection::new();
                for (index, global) in globals.clone().into_iter().enumerate() {
                    let global = global?;
                    let ty = RoundtripReencoder.global_type(global.ty).map_err(wrong)?;
                    let value = match left.globals.get(index) {
                        Some(Some(value)) => value.clone(),
                        _ => RoundtripReencoder.const_expr(global.init_expr).map_err(wrong)?,
                    };
                    section.global(ty, &value);
                }
                out.section(&section);
            }
            Payload::ExportSection(exports) => {
                let mut section = ExportSection::new();
                for export in exports.clone() {
                    let export = export?;
                    if export.name != INITIALIZE {
                        let kind = RoundtripReencoder.export_kind(export.kind).map_err(wrong)?;
                        section.export(export.name, kind, export.index);
                    }
                }
                out.section(&section);
            }
            Payload::StartSection { .. } | Payload::DataSection(_) => {}
            Payload::DataCountSection { .. } => {
                counted = true;
                out.section(&DataCountSection { count: data.len() });
            }
            Payload::CodeSectionStart { .. } => {
                if !counted {
                    out.section(&DataCountSection { count: data.len() });
                }
                copy(&mut out, &payload, module);
            }
            _ => copy(&mut out, &payload, module),
        }
    }
    out.section(&data);
    Ok(out.finish())
}

/// The parts of a memory that are not zero, and where they begin.
#[allow(clippy::cast_possible_truncation)] // a memory has at most 4 GiB
fn pieces(memory: &[u8]) -> Vec<(u32, &[u8])> {
    let mut pieces = Vec::new();
    let mut rest = 0;
    while let Some(start) = memory.iter().skip(rest).position(|byte| *byte != 0).map(|skipped| rest + skipped)
    {
        let after = memory.get(start..).unwrap_or_default();
        // Up to where only zeros come for a while.
        let mut end = 0;
        let mut zeros = 0;
        for (at, byte) in after.iter().enumerate() {
            if *byte == 0 {
                zeros += 1;
                if zeros > GAP {
                    break;
                }
            } else {
                (zeros, end) = (0, at + 1);
            }
        }
        pieces.push((start as u32, after.get(..end).unwrap_or_default()));
        rest = start + end;
    }
    pieces
}

fn copy(out: &mut Module, payload: &Payload<'_>, module: &[u8]) {
    if let Some((id, range)) = payload.as_section() {
        out.section(&RawSection { id, data: module.get(slice(&range)).unwrap_or_default() });
    }
}

fn wrong(error: impl std::fmt::Display) -> Refusal {
    Refusal::NotInterpreted(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::pieces;

    #[test]
    fn zeros_are_not_kept_unless_they_are_few() {
        let mut memory = vec![0; 100];
        memory[3] = 1;
        memory[10] = 2;
        memory[60] = 3;
        memory[99] = 4;
        assert_eq!(pieces(&memory), [(3, &memory[3..11]), (60, &[3][..]), (99, &[4][..])]);
        assert_eq!(pieces(&[0; 20]), []);
    }
}
