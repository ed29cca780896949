//! A module's parts, as they lie in its sections.

use std::collections::BTreeMap;

use wasmparser::{
    CompositeInnerType, Data, DataKind, Element, ElementItems, ElementKind, Export, ExternalKind, FuncType,
    FunctionBody, Global, Import, MemoryType, Parser, Payload, Table, TypeRef,
};

use super::Refusal;

/// The parts. What is imported comes first in each index space, and is listed here by its import.
#[derive(Default)]
pub(super) struct Parsed<'f> {
    pub(super) types: Vec<FuncType>,
    pub(super) functions: Vec<Slot<'f, u32>>,
    pub(super) tables: Vec<Slot<'f, Table<'f>>>,
    pub(super) memories: Vec<Slot<'f, MemoryType>>,
    pub(super) globals: Vec<Slot<'f, Global<'f>>>,
    pub(super) exports: BTreeMap<&'f str, Export<'f>>,
    pub(super) start: Option<u32>,
    pub(super) elements: Vec<Element<'f>>,
    pub(super) data: Vec<Data<'f>>,
    /// Of the functions that are not imported.
    pub(super) bodies: Vec<FunctionBody<'f>>,
}

/// An entry of an index space.
#[derive(Debug)]
pub(super) enum Slot<'f, T> {
    Imported(Import<'f>),
    Own(T),
}

impl<T> Slot<'_, T> {
    pub(super) fn own(&self) -> Option<&T> {
        match self {
            Self::Own(own) => Some(own),
            Self::Imported(_) => None,
        }
    }
}

impl<'f> Parsed<'f> {
    pub(super) fn read(module: &'f [u8]) -> Result<Self, Refusal> {
        let mut parsed = Self::default();
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::TypeSection(types) => {
                    for group in types {
                        for ty in group?.types() {
                            let CompositeInnerType::Func(ty) = &ty.composite_type.inner else {
                                return Err(Refusal::NotInterpreted(
                                    "it has types that are not functions".into(),
                                ));
                            };
                            parsed.types.push(ty.clone());
                        }
                    }
                }
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        let import = import?;
                        match import.ty {
                            TypeRef::Func(_) | TypeRef::FuncExact(_) => {
                                parsed.functions.push(Slot::Imported(import));
                            }
                            TypeRef::Table(_) => parsed.tables.push(Slot::Imported(import)),
                            TypeRef::Memory(_) => parsed.memories.push(Slot::Imported(import)),
                            TypeRef::Global(_) => parsed.globals.push(Slot::Imported(import)),
                            TypeRef::Tag(_) => {
                                return Err(Refusal::NotInterpreted("it has exceptions".into()));
                            }
                        }
                    }
                }
                Payload::FunctionSection(types) => {
                    for ty in types {
                        parsed.functions.push(Slot::Own(ty?));
                    }
                }
                Payload::TableSection(tables) => {
                    for table in tables {
                        parsed.tables.push(Slot::Own(table?));
                    }
                }
                Payload::MemorySection(memories) => {
                    for memory in memories {
                        parsed.memories.push(Slot::Own(memory?));
                    }
                }
                Payload::GlobalSection(globals) => {
                    for global in globals {
                        parsed.globals.push(Slot::Own(global?));
                    }
                }
                Payload::ExportSection(exports) => {
                    for export in exports {
                        let export = export?;
                        parsed.exports.insert(export.name, export);
                    }
                }
                Payload::StartSection { func, .. } => parsed.start = Some(func),
                Payload::ElementSection(elements) => {
                    for element in elements {
                        parsed.elements.push(element?);
                    }
                }
                Payload::DataSection(data) => {
                    for data_ in data {
                        parsed.data.push(data_?);
                    }
                }
                Payload::CodeSectionEntry(body) => parsed.bodies.push(body),
                _ => {}
            }
        }
        Ok(parsed)
    }

    /// The index of an export of this kind.
    pub(super) fn export(&self, name: &str, kind: ExternalKind) -> Option<u32> {
        self.exports.get(name).filter(|export| export.kind == kind).map(|export| export.index)
    }

    /// The body of a function that is not imported.
    pub(super) fn body(&self, function: u32) -> Option<&FunctionBody<'f>> {
        let imported = self.functions.iter().filter(|slot| slot.own().is_none()).count();
        self.bodies.get((function as usize).checked_sub(imported)?)
    }
}

/// The functions in an element, and the table and offset where it is active.
pub(super) fn functions(element: &Element<'_>) -> Result<Vec<u32>, Refusal> {
    match &element.items {
        ElementItems::Functions(functions) => Ok(functions.clone().into_iter().collect::<Result<_, _>>()?),
        ElementItems::Expressions(..) => {
            Err(Refusal::NotInterpreted("its tables are filled by expressions".into()))
        }
    }
}

/// Whether data is written as the module starts.
pub(super) fn is_active(data: &Data<'_>) -> bool {
    matches!(data.kind, DataKind::Active { .. })
}

/// The table of an element that is written as the module starts.
pub(super) fn table_of(element: &Element<'_>) -> Option<u32> {
    match element.kind {
        ElementKind::Active { table_index, .. } => Some(table_index.unwrap_or(0)),
        ElementKind::Passive | ElementKind::Declared => None,
    }
}
