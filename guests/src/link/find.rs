//! The module in a component that does the work, and by which names it does so. A component is a tree of modules and
//! instances; those that bindings generators make have one main module, which holds the memory and every function that is
//! lifted, and small adapters around it, for which [`crate::host`] stands in.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use wasmparser::{
    BinaryReaderError, CanonicalFunction, CanonicalOption, ComponentAlias, ComponentExternalKind, Encoding,
    ExternalKind, Instance, Parser, Payload, TypeRef,
};

use super::Refusal;

/// The main module, and the names in it.
#[derive(Debug)]
pub(super) struct Found<'f> {
    pub(super) module: Cow<'f, [u8]>,
    /// Names of functions as the module exports them, by the names by which they are called.
    pub(super) functions: BTreeMap<String, String>,
    /// The name of the memory.
    pub(super) memory: String,
}

/// What a core function or memory is: an export of an instance, or made by the component.
type Core = Option<(u32, String)>;

#[derive(Default)]
struct Spaces {
    modules: Vec<Range<usize>>,
    /// The module that each core instance is of; none where it is a bundle of exports.
    instances: Vec<Option<u32>>,
    functions: Vec<Core>,
    memories: Vec<Core>,
    lifts: Vec<(u32, Box<[CanonicalOption]>)>,
}

/// A range of a file that is in memory.
#[allow(clippy::cast_possible_truncation)]
pub(super) fn slice(range: &Range<u64>) -> Range<usize> {
    range.start as usize..range.end as usize
}

impl From<BinaryReaderError> for Refusal {
    fn from(error: BinaryReaderError) -> Self {
        Self::NotAComponent(error.to_string())
    }
}

/// Finds the main module of a component that exports an interface.
pub(super) fn main<'f>(file: &'f [u8], export: &str) -> Result<Found<'f>, Refusal> {
    let spaces = spaces(file)?;
    let several = |what: &str| Refusal::Several(format!("{what}; what is linked here is one module"));
    let core = |core: &Core| -> Result<(u32, String), Refusal> {
        let (instance, name) =
            core.clone().ok_or_else(|| several("a function of it is made by the component itself"))?;
        let module = spaces.instances.get(instance as usize).copied().flatten();
        Ok((module.ok_or_else(|| several("its functions come by way of other instances"))?, name))
    };
    let function = |index: u32| core(spaces.functions.get(index as usize).unwrap_or(&None));
    let mut main = None;
    let mut functions = BTreeMap::new();
    let mut memory = None;
    for (index, options) in &spaces.lifts {
        let (module, name) = function(*index)?;
        // What else a component exports is not called.
        let Some((interface, short)) = name.rsplit_once('#') else { continue };
        if interface != export {
            continue;
        }
        if *main.get_or_insert(module) != module {
            return Err(several("its functions are in several modules"));
        }
        for option in options {
            match option {
                CanonicalOption::UTF8 => {}
                CanonicalOption::UTF16 | CanonicalOption::CompactUTF16 => {
                    return Err(Refusal::NotInterpreted("its texts are UTF-16; they must be UTF-8".into()));
                }
                CanonicalOption::Memory(index) => {
                    let (of, name) = core(spaces.memories.get(*index as usize).unwrap_or(&None))?;
                    if of != module {
                        return Err(several("its memory is another module's"));
                    }
                    memory = Some(name);
                }
                CanonicalOption::Realloc(index) => {
                    let (of, name) = function(*index)?;
                    if of != module {
                        return Err(several("its memory is allocated by another module"));
                    }
                    functions.insert(crate::guest::REALLOC.to_owned(), name);
                }
                CanonicalOption::PostReturn(index) => {
                    functions.insert(format!("{}{short}", crate::guest::POST), function(*index)?.1);
                }
                other => {
                    return Err(Refusal::NotInterpreted(format!("its functions are lifted with {other:?}")));
                }
            }
        }
        functions.insert(short.to_owned(), name);
    }
    let Some((main, memory)) = main.zip(memory) else {
        return Err(several("it is composed of other components"));
    };
    let module = spaces.modules.get(main as usize).and_then(|range| file.get(range.clone()));
    let module = module.ok_or_else(|| Refusal::NotAComponent("its module is not there".into()))?;
    if exports(module)?.iter().any(|name| name == "_initialize") {
        functions.insert(crate::guest::INITIALIZE.to_owned(), "_initialize".to_owned());
    }
    Ok(Found { module: module.into(), functions, memory })
}

/// The component's own index spaces. What is inside of modules and components in it is passed over.
fn spaces(file: &[u8]) -> Result<Spaces, Refusal> {
    let mut spaces = Spaces::default();
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(file) {
        match payload? {
            Payload::Version { encoding, .. } => {
                depth += 1;
                debug_assert!(depth > 1 || encoding == Encoding::Component);
            }
            Payload::End(_) => depth -= 1,
            Payload::ModuleSection { unchecked_range, .. } if depth == 1 => {
                spaces.modules.push(slice(&unchecked_range));
            }
            Payload::InstanceSection(section) if depth == 1 => {
                for instance in section {
                    spaces.instances.push(match instance? {
                        Instance::Instantiate { module_index, .. } => Some(module_index),
                        Instance::FromExports(_) => None,
                    });
                }
            }
            Payload::ComponentAliasSection(section) if depth == 1 => {
                for alias in section {
                    alias_of(&alias?, &mut spaces)?;
                }
            }
            Payload::ComponentCanonicalSection(section) if depth == 1 => {
                for function in section {
                    match function? {
                        CanonicalFunction::Lift { core_func_index, options, .. } => {
                            spaces.lifts.push((core_func_index, options));
                        }
                        _ => spaces.functions.push(None),
                    }
                }
            }
            _ => {}
        }
    }
    Ok(spaces)
}

fn alias_of(alias: &ComponentAlias<'_>, spaces: &mut Spaces) -> Result<(), Refusal> {
    match alias {
        ComponentAlias::CoreInstanceExport { kind, instance_index, name } => {
            let core = Some((*instance_index, (*name).to_owned()));
            match kind {
                ExternalKind::Func | ExternalKind::FuncExact => spaces.functions.push(core),
                ExternalKind::Memory => spaces.memories.push(core),
                _ => {}
            }
            Ok(())
        }
        ComponentAlias::InstanceExport { kind: ComponentExternalKind::Module, .. } => {
            Err(Refusal::Several("it takes modules from outside".into()))
        }
        _ => Ok(()),
    }
}

/// What a module imports.
pub(super) fn imports(module: &[u8]) -> Result<Vec<(String, String)>, Refusal> {
    let mut imports = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::ImportSection(section) = payload? {
            for import in section.into_imports() {
                let import = import?;
                let name = match import.ty {
                    TypeRef::Func(_) | TypeRef::FuncExact(_) => import.name.to_owned(),
                    TypeRef::Memory(_) => format!("{} (a memory)", import.name),
                    _ => format!("{} (not a function)", import.name),
                };
                imports.push((import.module.to_owned(), name));
            }
        }
    }
    Ok(imports)
}

/// The names of what a component imports.
pub(super) fn interfaces(file: &[u8]) -> Result<Vec<String>, Refusal> {
    let mut names = Vec::new();
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(file) {
        match payload? {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentImportSection(section) if depth == 1 => {
                for import in section {
                    names.push(import?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok(names)
}

fn exports(module: &[u8]) -> Result<Vec<String>, Refusal> {
    let mut names = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::ExportSection(section) = payload? {
            for export in section {
                names.push(export?.name.to_owned());
            }
        }
    }
    Ok(names)
}
