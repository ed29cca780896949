//! The main module as it is packed: with the exports that are called, by the names by which they are called, and without
//! what only debuggers read.

use wasm_encoder::{ExportKind, ExportSection, Module, RawSection};
use wasmparser::{ExternalKind, Parser, Payload};

use super::Refusal;
use super::find::{Found, slice};

pub(super) fn prepare(found: &Found<'_>) -> Result<Vec<u8>, Refusal> {
    let mut out = Module::new();
    for payload in Parser::new(0).parse_all(&found.module) {
        let payload = payload?;
        if let Payload::ExportSection(section) = payload {
            let mut exports = ExportSection::new();
            for export in section {
                let export = export?;
                match export.kind {
                    ExternalKind::Memory if export.name == found.memory => {
                        exports.export(crate::guest::MEMORY, ExportKind::Memory, export.index);
                    }
                    ExternalKind::Func => {
                        for (name, of) in &found.functions {
                            if of == export.name {
                                exports.export(name, ExportKind::Func, export.index);
                            }
                        }
                    }
                    _ => {}
                }
            }
            out.section(&exports);
        } else if let Some((id, range)) = payload.as_section()
            && !matches!(payload, Payload::CustomSection(_))
        {
            let data = found.module.get(slice(&range)).unwrap_or_default();
            out.section(&RawSection { id, data });
        }
    }
    Ok(out.finish())
}
