//! What was met is written, section by section.

use std::borrow::Cow;

use wasm_encoder::reencode::{Reencode, utils};
use wasm_encoder::{
    CodeSection, ConstExpr, DataCountSection, DataSection, ElementSection, Elements, EntityType, ExportKind,
    ExportSection, Function, FunctionSection, GlobalSection, ImportSection, MemorySection, Module,
    StartSection, TableSection, TypeSection,
};
use wasmparser::{DataKind, ElementKind};

use super::Refusal;
use super::merge::{Merge, Place, Source, refusal, several};
use super::parsed::Slot;

impl Merge<'_, '_> {
    /// The module.
    pub(super) fn write(&mut self, exports: &[(&str, Source)]) -> Result<Vec<u8>, Refusal> {
        // These meet nothing new but globals, which other globals begin with.
        let elements = self.element_section()?;
        let data = self.data_section()?;
        let mut imports = ImportSection::new();
        let mut functions = FunctionSection::new();
        let mut code = CodeSection::new();
        for source in self.functions.list.clone() {
            let ty = self.type_of(&source)?;
            let ty = self.types.of(&ty);
            match source {
                Source::Import(module, name, _) => {
                    imports.import(&module, &name, EntityType::Function(ty));
                    continue;
                }
                Source::Own(place) => code.function(&self.body(place)?),
                Source::Nothing(_) => {
                    let mut function = Function::new([]);
                    function.instructions().unreachable().end();
                    code.function(&function)
                }
            };
            functions.function(ty);
        }
        let start = self.start(&mut functions, &mut code);
        let globals = self.global_section()?;

        let mut module = Module::new();
        module.section(&self.type_section()?).section(&imports).section(&functions);
        module.section(&self.table_section()?).section(&self.memory_section()?).section(&globals);
        let mut section = ExportSection::new();
        section.export(crate::guest::MEMORY, ExportKind::Memory, 0);
        for (name, source) in exports {
            section.export(name, ExportKind::Func, self.functions.of(source));
        }
        module.section(&section);
        if let Some(function_index) = start {
            module.section(&StartSection { function_index });
        }
        module.section(&elements);
        module.section(&DataCountSection { count: data.len() });
        module.section(&code).section(&data);
        Ok(module.finish())
    }

    /// One start function, which calls all of them in the order of their modules.
    #[allow(clippy::cast_possible_truncation)]
    fn start(&mut self, functions: &mut FunctionSection, code: &mut CodeSection) -> Option<u32> {
        self.starts.sort_by_key(|(place, _)| *place);
        let calls: Vec<_> = self.starts.clone().iter().map(|(_, source)| self.functions.of(source)).collect();
        if let [] | [_] = calls[..] {
            return calls.first().copied();
        }
        let mut function = Function::new([]);
        for call in calls {
            function.instructions().call(call);
        }
        function.instructions().end();
        code.function(&function);
        functions.function(self.types.of(&wasmparser::FuncType::new([], [])));
        Some(self.functions.list.len() as u32)
    }

    fn type_section(&mut self) -> Result<TypeSection, Refusal> {
        let mut section = TypeSection::new();
        for ty in self.types.list.clone() {
            section.ty().func_type(&self.func_type(ty).map_err(refusal)?);
        }
        Ok(section)
    }

    fn table_section(&mut self) -> Result<TableSection, Refusal> {
        let mut section = TableSection::new();
        for (place, index) in self.tables.list.clone() {
            let table =
                self.module(place)?.tables.get(index as usize).and_then(Slot::own).map(|table| table.ty);
            let table = table.ok_or_else(|| several("a table of it is missing"))?;
            section.table(self.table_type(table).map_err(refusal)?);
        }
        Ok(section)
    }

    fn memory_section(&mut self) -> Result<MemorySection, Refusal> {
        let (place, index) = self.memory;
        let memory = self.module(place)?.memories.get(index as usize).and_then(Slot::own).copied();
        let memory = memory.ok_or_else(|| several("its memory is missing"))?;
        let mut section = MemorySection::new();
        section.memory(self.memory_type(memory).map_err(refusal)?);
        Ok(section)
    }

    fn global_section(&mut self) -> Result<GlobalSection, Refusal> {
        let mut section = GlobalSection::new();
        let mut written = 0;
        while let Some((place, index)) = self.globals.list.get(written).copied() {
            written += 1;
            let global = self.module(place)?.globals.get(index as usize).and_then(Slot::own).cloned();
            let global = global.ok_or_else(|| several("a global of it is missing"))?;
            let init = self.constant(place, global.init_expr)?;
            section.global(self.global_type(global.ty).map_err(refusal)?, &init);
        }
        Ok(section)
    }

    fn element_section(&mut self) -> Result<ElementSection, Refusal> {
        let mut section = ElementSection::new();
        for (place, index) in self.elements.list.clone() {
            let listed = self.functions_of((place, index))?;
            let kind = self.module(place)?.elements.get(index as usize).map(|element| element.kind.clone());
            let kind = kind.ok_or_else(|| several("an element of it is missing"))?;
            self.here = place;
            let mut functions = Vec::with_capacity(listed.len());
            for function in listed {
                functions.push(self.function_index(function).map_err(refusal)?);
            }
            let functions = Elements::Functions(Cow::Owned(functions));
            match kind {
                ElementKind::Active { table_index, offset_expr } => {
                    let table = self.table_index(table_index.unwrap_or(0)).map_err(refusal)?;
                    section.active(Some(table), &self.constant(place, offset_expr)?, functions);
                }
                ElementKind::Passive => {
                    section.passive(functions);
                }
                ElementKind::Declared => {
                    section.declared(functions);
                }
            }
        }
        Ok(section)
    }

    /// In the order of their modules, because a later one may write over what an earlier one wrote.
    fn data_section(&mut self) -> Result<DataSection, Refusal> {
        let mut places: Vec<Place> = std::mem::take(&mut self.data).list;
        places.sort_unstable();
        let mut section = DataSection::new();
        for (place, index) in places {
            self.data.of(&(place, index));
            let data = self.module(place)?.data.get(index as usize).cloned();
            let data = data.ok_or_else(|| several("data of it is missing"))?;
            match data.kind {
                DataKind::Active { offset_expr, .. } => {
                    section.active(0, &self.constant(place, offset_expr)?, data.data.iter().copied());
                }
                DataKind::Passive => {
                    section.passive(data.data.iter().copied());
                }
            }
        }
        Ok(section)
    }

    /// An expression, with what other modules' globals begin with in it.
    fn constant(
        &mut self,
        place: usize,
        expression: wasmparser::ConstExpr<'_>,
    ) -> Result<ConstExpr, Refusal> {
        if let Some(number) = self.number(place, &expression)? {
            return Ok(ConstExpr::i32_const(number));
        }
        self.here = place;
        utils::const_expr(self, expression).map_err(refusal)
    }
}
