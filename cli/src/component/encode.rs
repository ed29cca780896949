//! From a core module to a component, where a language's tools do not get that far.

use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, bail};
use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wasmparser::{Parser, Payload};
use wit_bindgen_core::wit_parser::Resolve;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};

/// The component that a core module is by its bindings, or by the WIT in one of some directories. None where it is a component
/// already.
///
/// # Errors
/// When it is neither, or its functions are not what the WIT says.
pub(crate) fn component(bytes: &[u8], wit: &[PathBuf]) -> Result<Option<Vec<u8>>> {
    if Parser::is_component(bytes) {
        return Ok(None);
    }
    if !Parser::is_core_wasm(bytes) {
        bail!("this is not WebAssembly");
    }
    let facts = facts(bytes)?;
    let mut module = bytes.to_owned();
    if !facts.typed {
        embed(&mut module, wit)?;
    }
    let mut encoder = ComponentEncoder::default();
    encoder.validate(true).module(&module)?;
    if facts.preview1 {
        encoder.adapter(WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER)?;
    }
    Ok(Some(encoder.encode().context("no component can be made of this module")?))
}

struct Facts {
    /// Whether bindings have said which interfaces it has.
    typed: bool,
    /// Whether it wants the first version of WASI, which components have no more.
    preview1: bool,
}

fn facts(module: &[u8]) -> Result<Facts> {
    let mut facts = Facts { typed: false, preview1: false };
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::CustomSection(section) if section.name().starts_with("component-type") => {
                facts.typed = true;
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    facts.preview1 |= import?.module == WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME;
                }
            }
            _ => {}
        }
    }
    Ok(facts)
}

/// Writes into a module what its WIT says.
fn embed(module: &mut Vec<u8>, wit: &[PathBuf]) -> Result<()> {
    let Some(directory) = wit.iter().find(|directory| directory.is_dir()) else {
        let places: Vec<_> = wit.iter().map(|directory| directory.display().to_string()).collect();
        bail!(
            "this module does not say which interface it has, and there is no WIT in {}",
            places.join(" or ")
        );
    };
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(directory).map_err(|error| anyhow!("{error:#}"))?;
    let world = resolve
        .select_world(&[package], None)
        .or_else(|_| resolve.select_world(&[package], Some("component")))
        .with_context(|| format!("{} must have one world, or one called component", directory.display()))?;
    embed_component_metadata(module, &resolve, world, StringEncoding::UTF8, false)
}
