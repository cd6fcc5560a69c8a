//! Writes the module that a plan makes of another.
//!
//! Code is written first: it says which functions have to be declared because references to them are taken. If something
//! that was declared by an export or a segment isn't any more, a declaring segment is added.

use crate::module::Module;
use crate::plan::{Edit, Plan, Site, Space};
use crate::remap::{Gone, Remap};
use crate::rewrite;
use std::borrow::Cow;
use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{
    CodeSection, ConstExpr, CustomSection, DataCountSection, DataSection, ElementSection, Elements,
    ExportSection, Function, FunctionSection, GlobalSection, ImportSection, Instruction, MemorySection,
    Section, StartSection, TableSection, TagSection,
};
use wasmparser::{MemoryType, Operator, TableInit, TableType, TypeRef, ValType};

/// The module with the changes of the plan, which may be invalid.
///
/// # Errors
///
/// Something that is gone is needed.
pub(crate) fn encode(module: &Module<'_>, plan: &Plan) -> Result<Vec<u8>, Gone> {
    let mut encoder = Encoder {
        remap: Remap::new(module, plan),
        module,
        plan,
    };
    let code = encoder.code()?;
    let names_data = encoder.remap.names_data && module.rest.counts_data;
    let mut output = Output::new(encoder.customs());
    let types = crate::types::section(&mut encoder.remap)?;
    output.list(1, types.len(), &types);
    let imports = encoder.imports()?;
    output.list(2, imports.len(), &imports);
    let functions = encoder.functions()?;
    output.list(3, functions.len(), &functions);
    let tables = encoder.tables()?;
    output.list(4, tables.len(), &tables);
    let memories = encoder.memories()?;
    output.list(5, memories.len(), &memories);
    let tags = encoder.tags()?;
    output.list(13, tags.len(), &tags);
    let globals = encoder.globals()?;
    output.list(6, globals.len(), &globals);
    let exports = encoder.exports()?;
    output.list(7, exports.len(), &exports);
    let start = module.rest.start.filter(|_| !plan.removes(Site::Start));
    if let Some(Ok(function_index)) = start.map(|start| encoder.remap.function_index(start)) {
        output.section(8, &StartSection { function_index });
    }
    let elements = encoder.elements()?;
    output.list(9, elements.len(), &elements);
    let data = encoder.data()?;
    if names_data {
        output.section(12, &DataCountSection { count: data.len() });
    }
    output.list(10, code.len(), &code);
    output.list(11, data.len(), &data);
    Ok(output.finish())
}

/// The binary as far as it is written, and the custom sections that go between.
struct Output<'a> {
    module: wasm_encoder::Module,
    customs: Vec<(usize, CustomSection<'a>)>,
}

/// The order of sections by number, beginning with none.
const ORDER: [u8; 14] = [0, 1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];

fn rank(section: u8) -> usize {
    ORDER.iter().position(|id| *id == section).unwrap_or(ORDER.len())
}

impl<'a> Output<'a> {
    fn new(customs: Vec<(u8, CustomSection<'a>)>) -> Self {
        let customs = customs
            .into_iter()
            .map(|(after, custom)| (rank(after), custom))
            .collect();
        Output {
            module: wasm_encoder::Module::new(),
            customs,
        }
    }

    fn section(&mut self, id: u8, section: &impl Section) {
        self.customs_before(rank(id));
        self.module.section(section);
    }

    /// Writes a section that holds a list, unless the list is empty.
    fn list(&mut self, id: u8, count: u32, section: &impl Section) {
        if count > 0 {
            self.section(id, section);
        }
    }

    fn customs_before(&mut self, rank: usize) {
        let due = self.customs.partition_point(|(after, _)| *after < rank);
        for (_, custom) in self.customs.drain(..due) {
            self.module.section(&custom);
        }
    }

    fn finish(mut self) -> Vec<u8> {
        self.customs_before(usize::MAX);
        self.module.finish()
    }
}

struct Encoder<'m, 'a> {
    remap: Remap<'m, 'a>,
    module: &'m Module<'a>,
    plan: &'m Plan,
}

impl<'m, 'a> Encoder<'m, 'a> {
    fn customs(&self) -> Vec<(u8, CustomSection<'a>)> {
        let customs = (0..).zip(&self.module.rest.customs);
        let kept = customs.filter(|(index, _)| !self.plan.removes(Site::Item(Space::Custom, *index)));
        kept.map(|(_, custom)| {
            let section = CustomSection {
                name: custom.name.into(),
                data: custom.data.into(),
            };
            (custom.after, section)
        })
        .collect()
    }

    /// The imports of a space that are defined from now on, as what they are.
    fn defined_imports(&self, of: Space) -> Vec<(u32, TypeRef)> {
        let imports = (0..self.module.imports.len()).filter_map(|import| {
            let (space, index) = self.remap.import_site(import);
            let defined = self.plan.get(Site::Item(space, index)) == Some(Edit::Define);
            (space == of && defined).then(|| (index, self.module.imports[import].ty))
        });
        imports.collect()
    }

    /// The items of a space that the module defines and keeps, with their indices.
    fn kept<T: Clone>(&self, of: Space, items: &[T]) -> Vec<(u32, T)> {
        let indices = self.module.imported(of)..;
        let kept = indices
            .zip(items)
            .filter(|(index, _)| self.remap.index(of, *index).is_ok());
        kept.map(|(index, item)| (index, item.clone())).collect()
    }

    fn imports(&mut self) -> Result<ImportSection, Gone> {
        let mut section = ImportSection::new();
        for (at, import) in self.module.imports.iter().enumerate() {
            if !self.remap.stays_import(at) {
                continue;
            }
            let (_, index) = self.remap.import_site(at);
            let ty = match import.ty {
                TypeRef::Table(table) => TypeRef::Table(self.table_type(index, table)),
                TypeRef::Memory(memory) => TypeRef::Memory(self.memory_type(index, memory)),
                other => other,
            };
            section.import(import.module, import.name, self.remap.entity_type(ty)?);
        }
        Ok(section)
    }

    fn functions(&mut self) -> Result<FunctionSection, Gone> {
        let mut section = FunctionSection::new();
        for func in self.order_of_functions() {
            section.function(self.remap.type_index(self.module.functions[func as usize])?);
        }
        Ok(section)
    }

    /// Which functions are defined, in the order of their new indices.
    fn order_of_functions(&self) -> Vec<u32> {
        let imports = self
            .defined_imports(Space::Func)
            .into_iter()
            .map(|(func, _)| func);
        let kept = self.kept(
            Space::Func,
            &self.module.bodies.iter().map(|_| ()).collect::<Vec<_>>(),
        );
        imports.chain(kept.into_iter().map(|(func, ())| func)).collect()
    }

    fn code(&mut self) -> Result<CodeSection, Gone> {
        let mut section = CodeSection::new();
        for func in self.order_of_functions() {
            let Some(body) = self.module.body(func) else {
                section.function(&self.stub(func)?);
                continue;
            };
            match self.plan.get(Site::Item(Space::Func, func)) {
                Some(Edit::Trap) => {
                    let mut function = Function::new([]);
                    function.instructions().unreachable().end();
                    section.function(&function);
                }
                Some(_) => {
                    section.function(&self.stub(func)?);
                }
                None if self.plan.touches(func) => {
                    section.function(&rewrite::rewrite(&mut self.remap, func, body)?);
                }
                None => {
                    self.note_names(body);
                    section.raw(body.source.as_bytes());
                }
            }
        }
        Ok(section)
    }

    /// What a body that is copied names.
    fn note_names(&mut self, body: &crate::body::Body<'_>) {
        for op in &body.ops {
            match op.operator {
                Operator::RefFunc { function_index } => {
                    self.remap.referred.insert(function_index);
                }
                Operator::MemoryInit { .. }
                | Operator::DataDrop { .. }
                | Operator::ArrayNewData { .. }
                | Operator::ArrayInitData { .. } => self.remap.names_data = true,
                _ => {}
            }
        }
    }

    /// A function that does nothing but return defaults; if there are none, it traps.
    fn stub(&mut self, func: u32) -> Result<Function, Gone> {
        let ty = self.module.functions[func as usize];
        let results = self.module.types.func(ty).ok_or(Gone)?.results();
        let kept = &results[..self.remap.kept_results(ty, results.len())];
        let values: Result<Vec<_>, Gone> = kept.iter().map(|ty| self.remap.default_value(*ty)).collect();
        let mut function = Function::new([]);
        for instruction in values
            .unwrap_or_else(|Gone| vec![vec![Instruction::Unreachable]])
            .concat()
        {
            self.remap.note(&instruction);
            function.instruction(&instruction);
        }
        function.instruction(&Instruction::End);
        Ok(function)
    }

    fn limits(&self, of: Space, index: u32, initial: &mut u64, maximum: &mut Option<u64>) {
        match self.plan.get(Site::Limits(of, index)) {
            Some(Edit::Number(number)) => *initial = number.unsigned_abs(),
            Some(_) => *maximum = None,
            None => {}
        }
    }

    fn table_type(&self, index: u32, mut ty: TableType) -> TableType {
        self.limits(Space::Table, index, &mut ty.initial, &mut ty.maximum);
        ty
    }

    fn memory_type(&self, index: u32, mut ty: MemoryType) -> MemoryType {
        self.limits(Space::Memory, index, &mut ty.initial, &mut ty.maximum);
        ty
    }

    fn tables(&mut self) -> Result<TableSection, Gone> {
        let mut section = TableSection::new();
        for (index, ty) in self.defined_imports(Space::Table) {
            if let TypeRef::Table(ty) = ty {
                section.table(self.remap.table_type(self.table_type(index, ty))?);
            }
        }
        for (index, table) in self.kept(Space::Table, &self.module.tables) {
            let ty = self.remap.table_type(self.table_type(index, table.ty))?;
            let edit = self.plan.get(Site::Init(Space::Table, index));
            match table.init {
                TableInit::Expr(_) if edit == Some(Edit::Remove) => section.table(ty),
                TableInit::Expr(init) => {
                    let init = self.expr(&init, ValType::Ref(table.ty.element_type), edit)?;
                    section.table_with_init(ty, &init)
                }
                TableInit::RefNull => section.table(ty),
            };
        }
        Ok(section)
    }

    fn memories(&mut self) -> Result<MemorySection, Gone> {
        let mut section = MemorySection::new();
        for (index, ty) in self.defined_imports(Space::Memory) {
            if let TypeRef::Memory(ty) = ty {
                section.memory(self.remap.memory_type(self.memory_type(index, ty))?);
            }
        }
        for (index, ty) in self.kept(Space::Memory, &self.module.memories) {
            section.memory(self.remap.memory_type(self.memory_type(index, ty))?);
        }
        Ok(section)
    }

    fn tags(&mut self) -> Result<TagSection, Gone> {
        let mut section = TagSection::new();
        for (_, ty) in self.defined_imports(Space::Tag) {
            if let TypeRef::Tag(ty) = ty {
                section.tag(self.remap.tag_type(ty)?);
            }
        }
        for (_, ty) in self.kept(Space::Tag, &self.module.tags) {
            section.tag(self.remap.tag_type(ty)?);
        }
        Ok(section)
    }

    fn globals(&mut self) -> Result<GlobalSection, Gone> {
        let mut section = GlobalSection::new();
        for (_, ty) in self.defined_imports(Space::Global) {
            if let TypeRef::Global(ty) = ty {
                let init = ConstExpr::extended(self.remap.default_value(ty.content_type)?);
                section.global(self.remap.global_type(ty)?, &init);
            }
        }
        for (index, global) in self.kept(Space::Global, &self.module.globals) {
            let edit = self.plan.get(Site::Init(Space::Global, index));
            let init = self.expr(&global.init_expr, global.ty.content_type, edit)?;
            section.global(self.remap.global_type(global.ty)?, &init);
        }
        Ok(section)
    }

    fn exports(&mut self) -> Result<ExportSection, Gone> {
        let mut section = ExportSection::new();
        for (at, export) in (0..).zip(&self.module.exports) {
            let target = self.remap.external_index(export.kind, export.index);
            let (false, Ok(target)) = (self.plan.removes(Site::Item(Space::Export, at)), target) else {
                continue;
            };
            let kind = self.remap.export_kind(export.kind)?;
            if kind == wasm_encoder::ExportKind::Func {
                self.remap.declared.insert(target);
            }
            section.export(export.name, kind, target);
        }
        Ok(section)
    }

    /// A constant expression, or its type's default if that is wanted or what it names is gone.
    fn expr(
        &mut self,
        expr: &wasmparser::ConstExpr<'_>,
        ty: ValType,
        edit: Option<Edit>,
    ) -> Result<ConstExpr, Gone> {
        if edit.is_none()
            && let Ok(same) = self.remap.const_expr(expr.clone())
        {
            let mut reader = expr.get_operators_reader();
            while let Ok(operator) = reader.read() {
                if let Operator::RefFunc { function_index } = operator {
                    self.remap
                        .declared
                        .insert(self.remap.index(Space::Func, function_index)?);
                }
            }
            return Ok(same);
        }
        let value = self.remap.default_value(ty)?;
        for instruction in &value {
            if let Instruction::RefFunc(function) = instruction {
                self.remap.declared.insert(*function);
            }
        }
        Ok(ConstExpr::extended(value))
    }

    fn elements(&mut self) -> Result<ElementSection, Gone> {
        let mut section = ElementSection::new();
        for (index, element) in self.kept(Space::Elem, &self.module.elements) {
            let entries = self.entries(index, &element.items)?;
            match element.kind {
                wasmparser::ElementKind::Active {
                    table_index,
                    offset_expr,
                } => {
                    let table = table_index.unwrap_or(0);
                    let edit = self.plan.get(Site::Init(Space::Elem, index));
                    let offset = self.expr(&offset_expr, self.table_address(table), edit)?;
                    let table = Some(self.remap.table_index(table)?);
                    section.active(
                        table.filter(|table| table_index.is_some() || *table > 0),
                        &offset,
                        entries,
                    )
                }
                wasmparser::ElementKind::Passive => section.passive(entries),
                wasmparser::ElementKind::Declared => section.declared(entries),
            };
        }
        let undeclared: Vec<u32> = self
            .remap
            .referred
            .difference(&self.remap.declared)
            .copied()
            .collect();
        if !undeclared.is_empty() {
            section.declared(Elements::Functions(undeclared.into()));
        }
        Ok(section)
    }

    fn entries(
        &mut self,
        segment: u32,
        items: &wasmparser::ElementItems<'_>,
    ) -> Result<Elements<'static>, Gone> {
        let edit = |entry| self.plan.get(Site::Entry(segment, entry));
        match items {
            wasmparser::ElementItems::Functions(functions) => {
                let mut kept = Vec::new();
                for (entry, function) in (0..).zip(functions.clone()) {
                    let function = self.remap.function_index(function.map_err(Error::ParseError)?);
                    kept.extend(function.ok().filter(|_| edit(entry) != Some(Edit::Remove)));
                }
                self.remap.declared.extend(&kept);
                Ok(Elements::Functions(kept.into()))
            }
            wasmparser::ElementItems::Expressions(ty, exprs) => {
                let mut kept = Vec::new();
                for (entry, expr) in (0..).zip(exprs.clone()) {
                    let expr = expr.map_err(Error::ParseError)?;
                    if edit(entry) != Some(Edit::Remove) {
                        kept.push(self.expr(&expr, ValType::Ref(*ty), edit(entry))?);
                    }
                }
                Ok(Elements::Expressions(self.remap.ref_type(*ty)?, Cow::from(kept)))
            }
        }
    }

    fn table_address(&self, index: u32) -> ValType {
        let imported = self.module.imported(Space::Table);
        let imports = self.module.imports.iter().filter_map(|import| match import.ty {
            TypeRef::Table(ty) => Some(ty),
            _ => None,
        });
        let ty = match index.checked_sub(imported) {
            Some(defined) => self.module.tables.get(defined as usize).map(|table| table.ty),
            None => imports.into_iter().nth(index as usize),
        };
        address(ty.is_some_and(|ty| ty.table64))
    }

    fn memory_address(&self, index: u32) -> ValType {
        let imported = self.module.imports.iter().filter_map(|import| match import.ty {
            TypeRef::Memory(ty) => Some(ty),
            _ => None,
        });
        let ty = imported
            .chain(self.module.memories.iter().copied())
            .nth(index as usize);
        address(ty.is_some_and(|ty| ty.memory64))
    }

    fn data(&mut self) -> Result<DataSection, Gone> {
        let mut section = DataSection::new();
        for (index, segment) in self.kept(Space::Data, &self.module.data) {
            let bytes = self.bytes(index, segment.data);
            match segment.kind {
                wasmparser::DataKind::Active {
                    memory_index,
                    offset_expr,
                } => {
                    let edit = self.plan.get(Site::Init(Space::Data, index));
                    let offset = self.expr(&offset_expr, self.memory_address(memory_index), edit)?;
                    section.active(self.remap.memory_index(memory_index)?, &offset, bytes)
                }
                wasmparser::DataKind::Passive => section.passive(bytes),
            };
        }
        Ok(section)
    }

    /// What is left of a segment, whose pieces are those that [`pieces`] makes.
    fn bytes(&self, segment: u32, data: &[u8]) -> Vec<u8> {
        let mut kept = Vec::with_capacity(data.len());
        for (from, to) in pieces(data.len()) {
            let piece = &data[from as usize..to as usize];
            match self.plan.get(Site::Bytes(segment, from, to)) {
                Some(Edit::Remove) => {}
                Some(_) => kept.extend(piece.iter().map(|_| 0)),
                None => kept.extend(piece),
            }
        }
        kept
    }
}

/// The pieces that a data segment is taken apart into: few enough to be tried, ever smaller as the segment shrinks.
pub(crate) fn pieces(length: usize) -> impl Iterator<Item = (u32, u32)> {
    const PIECES: usize = 64;
    let size = length.div_ceil(PIECES).max(1);
    (0..length)
        .step_by(size)
        .map(move |from| (from as u32, (from + size).min(length) as u32))
}

fn address(wide: bool) -> ValType {
    if wide { ValType::I64 } else { ValType::I32 }
}
