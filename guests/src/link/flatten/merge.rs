//! Modules at their places, written as one. It is done twice: first to find what can be reached from the exports, then to
//! write that.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use wasm_encoder::Function;
use wasm_encoder::reencode::{Error, Reencode};
use wasmparser::{ElementKind, ExternalKind, FuncType, Import, Operator};

use super::Refusal;
use super::graph::{Given, Graph, Item};
use super::parsed::{Parsed, Slot, functions, is_active, table_of};

/// A thing of a module: the place of the module, and the index in it.
pub(super) type Place = (usize, u32);

/// A function of the result.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Source {
    Import(String, String, FuncType),
    /// Traps.
    Nothing(FuncType),
    Own(Place),
}

/// Things in the order in which they were first met.
#[derive(Debug)]
pub(super) struct Order<T> {
    pub(super) list: Vec<T>,
    index: HashMap<T, u32>,
}

impl<T> Default for Order<T> {
    fn default() -> Self {
        Self { list: Vec::new(), index: HashMap::new() }
    }
}

impl<T: Clone + Eq + Hash> Order<T> {
    #[allow(clippy::cast_possible_truncation)] // indices of a module that is in memory
    pub(super) fn of(&mut self, thing: &T) -> u32 {
        if let Some(index) = self.index.get(thing) {
            return *index;
        }
        let index = self.list.len() as u32;
        self.list.push(thing.clone());
        self.index.insert(thing.clone(), index);
        index
    }
}

pub(super) struct Merge<'g, 'f> {
    graph: &'g Graph<'f>,
    modules: Vec<Parsed<'f>>,
    /// The place of the module whose code is being read.
    pub(super) here: usize,
    pub(super) types: Order<FuncType>,
    pub(super) functions: Order<Source>,
    pub(super) tables: Order<Place>,
    pub(super) globals: Order<Place>,
    pub(super) elements: Order<Place>,
    pub(super) data: Order<Place>,
    pub(super) memory: Place,
    /// The start functions, with the places of their modules.
    pub(super) starts: Vec<(usize, Source)>,
}

pub(super) fn several(what: &str) -> Refusal {
    Refusal::Several(what.to_owned())
}

/// Writes the modules of a graph as one that exports these functions, and this memory.
pub(super) fn merge(
    graph: &Graph<'_>,
    roots: &BTreeMap<String, Item>,
    memory: &Item,
) -> Result<Vec<u8>, Refusal> {
    let modules =
        graph.placed.iter().map(|placed| Parsed::read(placed.module)).collect::<Result<Vec<_>, _>>()?;
    let mut merge = Merge {
        graph,
        modules,
        here: 0,
        types: Order::default(),
        functions: Order::default(),
        tables: Order::default(),
        globals: Order::default(),
        elements: Order::default(),
        data: Order::default(),
        memory: (0, 0),
        starts: Vec::new(),
    };
    merge.memory = merge.exported(memory, ExternalKind::Memory)?;
    merge.memory = merge.definition(merge.memory, ExternalKind::Memory)?;
    let mut exports = Vec::new();
    for (name, item) in roots {
        let place = merge.exported(item, ExternalKind::Func)?;
        let source = merge.source(place)?;
        merge.functions.of(&source);
        exports.push((name.as_str(), source));
    }
    merge.discover()?;
    // Imports come first in a module.
    let mut sources = std::mem::take(&mut merge.functions).list;
    sources.sort_by_key(|source| !matches!(source, Source::Import(..)));
    for source in &sources {
        merge.functions.of(source);
    }
    merge.write(&exports)
}

impl<'f> Merge<'_, 'f> {
    pub(super) fn module(&self, place: usize) -> Result<&Parsed<'f>, Refusal> {
        self.modules.get(place).ok_or_else(|| several("a module of it is missing"))
    }

    fn exported(&self, item: &Item, kind: ExternalKind) -> Result<Place, Refusal> {
        let Item::Export(place, name) = item else { return Err(several("it exports what it only imports")) };
        let index = self.module(*place)?.export(name, kind);
        Ok((*place, index.ok_or_else(|| several(&format!("a module of it has no {name}")))?))
    }

    /// What an import of the module at a place is.
    fn given(&self, place: usize, import: &Import<'_>) -> Result<Item, Refusal> {
        let missing = || several(&format!("nobody gives its modules {} {}", import.module, import.name));
        let placed = self.graph.placed.get(place).ok_or_else(missing)?;
        match placed.given.get(import.module).ok_or_else(missing)? {
            Given::Instance(from) => Ok(Item::Export(*from, import.name.to_owned())),
            Given::Picked(picked) => picked.get(import.name).cloned().ok_or_else(missing),
        }
    }

    /// Where a table, memory or global is that a module may have imported.
    fn definition(&self, (place, index): Place, kind: ExternalKind) -> Result<Place, Refusal> {
        let module = self.module(place)?;
        let import = match kind {
            ExternalKind::Table => module.tables.get(index as usize).map(import_of),
            ExternalKind::Memory => module.memories.get(index as usize).map(import_of),
            _ => module.globals.get(index as usize).map(import_of),
        };
        match import.ok_or_else(|| several("an index in it points nowhere"))? {
            None => Ok((place, index)),
            Some(import) => self.definition(self.exported(&self.given(place, &import)?, kind)?, kind),
        }
    }

    /// What a function is, through all that only passes it on.
    pub(super) fn source(&self, (place, index): Place) -> Result<Source, Refusal> {
        let module = self.module(place)?;
        let nowhere = || several("an index in it points nowhere");
        let Slot::Imported(import) = module.functions.get(index as usize).ok_or_else(nowhere)? else {
            return match self.detour(place, index)? {
                Some(to) => self.source(to),
                None => Ok(Source::Own((place, index))),
            };
        };
        let wasmparser::TypeRef::Func(ty) = import.ty else { return Err(nowhere()) };
        let ty = module.types.get(ty as usize).cloned().ok_or_else(nowhere)?;
        // The host has these itself: whatever adapts them to something newer is left out.
        if import.module == "wasi_snapshot_preview1" {
            return Ok(Source::Import(import.module.to_owned(), import.name.to_owned(), ty));
        }
        match self.given(place, import)? {
            Item::Import(module, name) => Ok(Source::Import(module, name, ty)),
            Item::Nothing => Ok(Source::Nothing(ty)),
            item @ Item::Export(..) => self.source(self.exported(&item, ExternalKind::Func)?),
        }
    }

    /// Where a function leads that does nothing but call an entry of a table: components have modules of such, because what
    /// they call is made later than they are. Only modules without memory are looked at: those can do nothing else.
    fn detour(&self, place: usize, index: u32) -> Result<Option<Place>, Refusal> {
        let module = self.module(place)?;
        let Some(body) = module.body(index).filter(|_| module.memories.is_empty()) else { return Ok(None) };
        let mut entry = None;
        let mut table = None;
        for operator in body.get_operators_reader()? {
            match operator? {
                Operator::LocalGet { .. } | Operator::End => {}
                Operator::I32Const { value } if entry.is_none() => entry = Some(value),
                Operator::CallIndirect { table_index, .. } if table.is_none() => table = Some(table_index),
                _ => return Ok(None),
            }
        }
        let Some((entry, table)) = entry.zip(table) else { return Ok(None) };
        let table = self.definition((place, table), ExternalKind::Table)?;
        for (at, module) in self.modules.iter().enumerate() {
            for element in &module.elements {
                let ElementKind::Active { offset_expr, .. } = &element.kind else { continue };
                let Some(own) = table_of(element) else { continue };
                if self.definition((at, own), ExternalKind::Table)? != table {
                    continue;
                }
                let first = self.number(at, offset_expr)?.unwrap_or(i32::MAX);
                let found = functions(element)?;
                let found =
                    entry.checked_sub(first).and_then(|nth| found.get(usize::try_from(nth).ok()?).copied());
                if let Some(function) = found {
                    return Ok(Some((at, function)));
                }
            }
        }
        Ok(None)
    }

    /// What an expression comes to, if it is a number that can be known: an address or an entry of a table.
    pub(super) fn number(
        &self,
        place: usize,
        expression: &wasmparser::ConstExpr<'_>,
    ) -> Result<Option<i32>, Refusal> {
        let mut stack = Vec::new();
        for operator in expression.get_operators_reader() {
            let value = match operator? {
                Operator::I32Const { value } => value,
                Operator::GlobalGet { global_index } => {
                    let (at, index) = self.definition((place, global_index), ExternalKind::Global)?;
                    let global = self.module(at)?.globals.get(index as usize).and_then(Slot::own);
                    let Some(global) = global.filter(|global| !global.ty.mutable) else { return Ok(None) };
                    let Some(value) = self.number(at, &global.init_expr)? else { return Ok(None) };
                    value
                }
                Operator::I32Add => match (stack.pop(), stack.pop()) {
                    (Some(b), Some(a)) => i32::wrapping_add(a, b),
                    _ => return Ok(None),
                },
                Operator::End => break,
                _ => return Ok(None),
            };
            stack.push(value);
        }
        Ok(stack.pop().filter(|_| stack.is_empty()))
    }

    pub(super) fn type_of(&self, source: &Source) -> Result<FuncType, Refusal> {
        match source {
            Source::Import(_, _, ty) | Source::Nothing(ty) => Ok(ty.clone()),
            Source::Own((place, index)) => {
                let module = self.module(*place)?;
                let ty = module.functions.get(*index as usize).and_then(Slot::own);
                let ty = ty.and_then(|ty| module.types.get(*ty as usize));
                ty.cloned().ok_or_else(|| several("a function of it has no type"))
            }
        }
    }

    /// A function's code, with the result's indices.
    pub(super) fn body(&mut self, (place, index): Place) -> Result<Function, Refusal> {
        self.here = place;
        let body = self.module(place)?.body(index).cloned();
        let body = body.ok_or_else(|| several("a function of it has no body"))?;
        let mut function = self.new_function_with_parsed_locals(&body).map_err(refusal)?;
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            function.instruction(&self.parse_instruction(&mut operators).map_err(refusal)?);
        }
        Ok(function)
    }

    /// Meets everything that can be reached.
    fn discover(&mut self) -> Result<(), Refusal> {
        let (mut functions_met, mut tables_met, mut places_met) = (0, 0, vec![false; self.modules.len()]);
        loop {
            if let Some(source) = self.functions.list.get(functions_met).cloned() {
                functions_met += 1;
                self.types.of(&self.type_of(&source)?);
                if let Source::Own(place) = source {
                    self.body(place)?;
                    self.meet(place.0, &mut places_met)?;
                }
            } else if let Some(table) = self.tables.list.get(tables_met).copied() {
                tables_met += 1;
                self.meet(table.0, &mut places_met)?;
                for (place, index) in self.active_in(table)? {
                    self.here = place;
                    for function in self.functions_of((place, index))? {
                        let source = self.source((place, function))?;
                        self.functions.of(&source);
                    }
                    self.elements.of(&(place, index));
                }
            } else if !std::mem::replace(places_met.get_mut(self.memory.0).unwrap_or(&mut true), true) {
                self.meet(self.memory.0, &mut vec![false; self.modules.len()])?;
            } else {
                return Ok(());
            }
        }
    }

    /// Once something of a module is there, what it does as it starts is, too.
    #[allow(clippy::cast_possible_truncation)]
    fn meet(&mut self, place: usize, met: &mut [bool]) -> Result<(), Refusal> {
        if std::mem::replace(met.get_mut(place).unwrap_or(&mut true), true) {
            return Ok(());
        }
        if let Some(start) = self.module(place)?.start {
            let source = self.source((place, start))?;
            self.functions.of(&source);
            self.starts.push((place, source));
        }
        let active: Vec<_> =
            self.module(place)?.data.iter().enumerate().filter(|(_, data)| is_active(data)).collect();
        let active: Vec<Place> = active.into_iter().map(|(index, _)| (place, index as u32)).collect();
        if !active.is_empty() && self.definition((place, 0), ExternalKind::Memory)? != self.memory {
            return Err(several("its modules have memories of their own"));
        }
        for data in active {
            self.data.of(&data);
        }
        Ok(())
    }

    /// The elements that fill a table as modules start.
    #[allow(clippy::cast_possible_truncation)]
    fn active_in(&self, table: Place) -> Result<Vec<Place>, Refusal> {
        let mut found = Vec::new();
        for (at, module) in self.modules.iter().enumerate() {
            for (index, element) in module.elements.iter().enumerate() {
                if let Some(own) = table_of(element)
                    && self.definition((at, own), ExternalKind::Table)? == table
                {
                    found.push((at, index as u32));
                }
            }
        }
        Ok(found)
    }

    pub(super) fn functions_of(&self, (place, index): Place) -> Result<Vec<u32>, Refusal> {
        self.module(place)?.elements.get(index as usize).map_or(Ok(Vec::new()), functions)
    }
}

fn import_of<'f, T>(slot: &Slot<'f, T>) -> Option<Import<'f>> {
    match slot {
        Slot::Imported(import) => Some(*import),
        Slot::Own(_) => None,
    }
}

/// What stopped the re-encoding, as a reason.
pub(super) fn refusal(error: Error<Refusal>) -> Refusal {
    match error {
        Error::UserError(refusal) => refusal,
        other => Refusal::NotInterpreted(other.to_string()),
    }
}

impl Reencode for Merge<'_, '_> {
    type Error = Refusal;

    fn function_index(&mut self, index: u32) -> Result<u32, Error<Refusal>> {
        let source = self.source((self.here, index)).map_err(Error::UserError)?;
        Ok(self.functions.of(&source))
    }

    fn type_index(&mut self, index: u32) -> Result<u32, Error<Refusal>> {
        let ty = self.module(self.here).map_err(Error::UserError)?.types.get(index as usize).cloned();
        let ty = ty.ok_or_else(|| Error::UserError(several("a type of it is missing")))?;
        Ok(self.types.of(&ty))
    }

    fn global_index(&mut self, index: u32) -> Result<u32, Error<Refusal>> {
        let place = self.definition((self.here, index), ExternalKind::Global).map_err(Error::UserError)?;
        Ok(self.globals.of(&place))
    }

    fn table_index(&mut self, index: u32) -> Result<u32, Error<Refusal>> {
        let place = self.definition((self.here, index), ExternalKind::Table).map_err(Error::UserError)?;
        Ok(self.tables.of(&place))
    }

    fn memory_index(&mut self, index: u32) -> Result<u32, Error<Refusal>> {
        let place = self.definition((self.here, index), ExternalKind::Memory).map_err(Error::UserError)?;
        if place == self.memory {
            Ok(0)
        } else {
            Err(Error::UserError(several("its modules have memories of their own")))
        }
    }

    fn data_index(&mut self, index: u32) -> Result<u32, Error<Refusal>> {
        Ok(self.data.of(&(self.here, index)))
    }

    fn element_index(&mut self, index: u32) -> Result<u32, Error<Refusal>> {
        Ok(self.elements.of(&(self.here, index)))
    }
}
