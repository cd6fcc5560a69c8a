//! The description of a module, and the questions it answers.

use crate::hints::{BranchHint, BranchHints};
use crate::names::{Names, NamesRef};
use crate::symbols::{Budget, DebugInfo, DebugReader, FrameSymbol};
use crate::{
    Bodies, DataSegment, DefinedFuncIdx, ElementSegment, EntityIdx, Exports, FuncIdx, Function, Global,
    GlobalIdx, Import, ImportCounts, KnownBodies, MemoryIdx, ModuleError, Table, TableIdx, TagIdx, TypeIdx,
    convert,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use transom_types::{
    ExternType, FuncType, HeapType, MemoryType, RefType, RegisteredType, TagType, TypeId, ValType,
};

/// The bytes of a module. They are in memory that belongs to the process: what was validated is what is compiled and what
/// segments are copied from later, whatever happens to the file that they came from.
pub type Bytes = Arc<Vec<u8>>;

/// Tells modules apart: no two of a process have the same, whether they exist at the same time or not.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ModuleId(u64);

impl ModuleId {
    fn new() -> ModuleId {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        ModuleId(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// A valid module.
pub struct Module {
    /// The bytes that it was read from.
    pub bytes: Bytes,
    /// Its types, by [`TypeIdx`].
    pub types: Vec<RegisteredType>,
    /// What it declares, by index.
    pub spaces: IndexSpaces,
    /// What it asks for.
    pub imports: Vec<Import>,
    /// What it offers.
    pub exports: Exports,
    /// The function that instantiation calls at its end.
    pub start: Option<FuncIdx>,
    /// Its element segments, by [`ElemIdx`](crate::ElemIdx).
    pub elements: Vec<ElementSegment>,
    /// Its data segments, by [`DataIdx`](crate::DataIdx).
    pub data: Vec<DataSegment>,
    /// The bodies of the functions that it defines, by [`DefinedFuncIdx`].
    pub bodies: Bodies,
    /// How long it took to read it.
    pub times: ParseTimes,
    pub(crate) custom: CustomSections,
    id: ModuleId,
}

/// How long the phases of [`Module::parse`] took, by the clock on the wall.
#[derive(Clone, Copy, Default, Debug)]
pub struct ParseTimes {
    /// Decoding the sections, and validating all but the bodies of functions.
    pub decode: Duration,
    /// Validating the bodies of functions.
    pub validate: Duration,
}

/// What custom sections say. None of it changes what the module means.
#[derive(Default, Debug)]
pub(crate) struct CustomSections {
    pub(crate) names: Names,
    pub(crate) branch_hints: BranchHints,
    pub(crate) debug_info: DebugInfo,
}

/// The index spaces of a module, imports first.
#[derive(Default, Debug)]
pub struct IndexSpaces {
    /// Functions, by [`FuncIdx`].
    pub functions: Vec<Function>,
    /// Tables, by [`TableIdx`].
    pub tables: Vec<Table>,
    /// Memories, by [`MemoryIdx`].
    pub memories: Vec<MemoryType>,
    /// Globals, by [`GlobalIdx`].
    pub globals: Vec<Global>,
    /// The types of tags, by [`TagIdx`].
    pub tags: Vec<TypeIdx>,
    /// How many of each are imports.
    pub imported: ImportCounts,
    /// How many functions have a [`Function::funcref`].
    pub num_funcrefs: u32,
}

/// The index spaces are the module's own.
impl core::ops::Deref for Module {
    type Target = IndexSpaces;

    fn deref(&self) -> &IndexSpaces {
        &self.spaces
    }
}

impl Module {
    /// What nothing has been decoded of yet.
    pub(crate) fn empty(bytes: Bytes) -> Self {
        Module {
            bytes,
            types: Vec::new(),
            spaces: IndexSpaces::default(),
            imports: Vec::new(),
            exports: Exports::default(),
            start: None,
            elements: Vec::new(),
            data: Vec::new(),
            bodies: Bodies::default(),
            times: ParseTimes::default(),
            custom: CustomSections::default(),
            id: ModuleId::new(),
        }
    }

    /// What tells the module apart from all others.
    pub fn id(&self) -> ModuleId {
        self.id
    }

    /// The bytes that the module was read from.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes of a function body, from the declarations of locals to the final `end`.
    pub fn body_bytes(&self, func: DefinedFuncIdx) -> &[u8] {
        &self.bytes()[self.bodies[func.index()].range.clone()]
    }

    /// A function body for the parser; offsets are those of the module.
    pub fn body(&self, func: DefinedFuncIdx) -> wasmparser::FunctionBody<'_> {
        let offset = self.bodies[func.index()].range.start as u64;
        wasmparser::FunctionBody::new(wasmparser::BinaryReader::new(self.body_bytes(func), offset))
    }

    /// The content of a data segment.
    pub fn data_bytes(&self, data: crate::DataIdx) -> &[u8] {
        &self.bytes()[self.data[data.index()].range.clone()]
    }

    /// What was found in the bodies of functions, for [`parse_known`](Self::parse_known).
    pub fn known_bodies(&self) -> KnownBodies<'_> {
        KnownBodies::of(&self.bodies)
    }

    /// What is known of how likely the branches of a function are, by their offsets.
    pub fn branch_hints(&self, func: FuncIdx) -> &[BranchHint] {
        self.custom.branch_hints.of(func)
    }

    /// The names of the module and of what is in it.
    pub fn names(&self) -> NamesRef<'_> {
        self.custom.names.read(self.bytes())
    }

    /// Whether the module has debug information that [`symbols`](Self::symbols) might find something in.
    pub fn has_debug_info(&self) -> bool {
        self.custom.debug_info.sections(self.bytes()).is_some()
    }

    /// The debug information, to be read on a budget; `None` if there is none.
    pub fn debug_info<'a>(&'a self, budget: &'a Budget) -> Option<DebugReader<'a>> {
        self.custom.debug_info.read(self.bytes(), &self.bodies, budget)
    }

    /// The number of bytes of the debug information.
    pub fn debug_info_len(&self) -> u64 {
        self.custom.debug_info.len(self.bytes())
    }

    /// The functions that an instruction belongs to, by its offset in the module's bytes: the innermost of those that
    /// were inlined first, and the function that the module has last. Empty if nothing is known.
    pub fn symbols(&self, offset: usize) -> Vec<FrameSymbol> {
        let debug_info = &self.custom.debug_info;
        debug_info
            .symbols(self.bytes(), &self.bodies, offset)
            .unwrap_or_default()
    }

    /// The type of this index.
    pub fn ty(&self, index: TypeIdx) -> &RegisteredType {
        &self.types[index.index()]
    }

    /// The type of a function.
    pub fn func_registered_type(&self, func: FuncIdx) -> &RegisteredType {
        self.ty(self.functions[func.index()].ty)
    }

    /// The parameters and results of a function.
    pub fn func_type(&self, func: FuncIdx) -> &FuncType {
        self.func_registered_type(func)
            .as_func()
            .expect("functions have function types")
    }

    /// The engine-wide id of the type of a function.
    pub fn func_type_id(&self, func: FuncIdx) -> TypeId {
        self.func_registered_type(func).id()
    }

    /// The type of a tag.
    pub fn tag_registered_type(&self, tag: TagIdx) -> &RegisteredType {
        self.ty(self.tags[tag.index()])
    }

    /// The parameters of a tag.
    pub fn tag_type(&self, tag: TagIdx) -> &FuncType {
        self.tag_registered_type(tag)
            .as_func()
            .expect("tags have function types")
    }

    /// The export of this name.
    pub fn export(&self, name: &str) -> Option<EntityIdx> {
        self.exports.get(name)
    }

    /// The type of an import or export.
    pub fn extern_type(&self, entity: EntityIdx) -> ExternType {
        match entity {
            EntityIdx::Func(func) => ExternType::Func(self.func_type_id(func)),
            EntityIdx::Table(table) => ExternType::Table(self.tables[table.index()].ty),
            EntityIdx::Memory(memory) => ExternType::Memory(self.memories[memory.index()]),
            EntityIdx::Global(global) => ExternType::Global(self.globals[global.index()].ty),
            EntityIdx::Tag(tag) => ExternType::Tag(TagType {
                ty: self.tag_registered_type(tag).id(),
            }),
        }
    }

    /// The name of a function, if it has one.
    pub fn func_name(&self, func: FuncIdx) -> Option<&str> {
        self.names().function(func)
    }

    /// The name of a function, or else that of its first export.
    pub fn func_or_export_name(&self, func: FuncIdx) -> Option<&str> {
        let exported = || {
            let mut exports = self.exports.as_slice().iter();
            let export = exports.find(|(_, entity)| *entity == EntityIdx::Func(func));
            export.map(|(name, _)| &**name)
        };
        self.func_name(func).or_else(exported)
    }

    /// The name of a defined type, if the module has one for it.
    pub fn type_name(&self, id: TypeId) -> Option<&str> {
        let names = self.names();
        let mut same = self.types.iter().enumerate().filter(|(_, ty)| ty.id() == id);
        same.find_map(|(at, _)| names.ty(TypeIdx::new(at)))
    }

    /// The engine's value type for one of the parser. Types that validation puts in a body are of this module.
    ///
    /// # Errors
    /// If it needs a feature that this crate doesn't have.
    pub fn convert_val_type(&self, ty: wasmparser::ValType) -> Result<ValType, ModuleError> {
        convert::in_types(&self.types).val_type(ty)
    }

    /// The engine's reference type for one of the parser.
    ///
    /// # Errors
    /// If it needs a feature that this crate doesn't have.
    pub fn convert_ref_type(&self, ty: wasmparser::RefType) -> Result<RefType, ModuleError> {
        convert::in_types(&self.types).ref_type(ty)
    }

    /// The engine's heap type for one of the parser.
    ///
    /// # Errors
    /// If it needs a feature that this crate doesn't have.
    pub fn convert_heap_type(&self, ty: wasmparser::HeapType) -> Result<HeapType, ModuleError> {
        convert::in_types(&self.types).heap_type(ty)
    }
}

impl IndexSpaces {
    /// The position in the index space of a function that is defined here.
    pub fn func_index(&self, func: DefinedFuncIdx) -> FuncIdx {
        FuncIdx::from_u32(self.imported.functions + func.as_u32())
    }

    /// The function among those that are defined here, if it is one of them.
    pub fn defined_func(&self, func: FuncIdx) -> Option<DefinedFuncIdx> {
        func.as_u32()
            .checked_sub(self.imported.functions)
            .map(DefinedFuncIdx::from_u32)
    }

    /// How many functions are defined here.
    pub fn num_defined_functions(&self) -> usize {
        self.functions.len() - self.imported.functions as usize
    }

    /// Whether a function is imported.
    pub fn is_imported_function(&self, func: FuncIdx) -> bool {
        func.as_u32() < self.imported.functions
    }

    /// Whether a table is imported.
    pub fn is_imported_table(&self, table: TableIdx) -> bool {
        table.as_u32() < self.imported.tables
    }

    /// Whether a memory is imported.
    pub fn is_imported_memory(&self, memory: MemoryIdx) -> bool {
        memory.as_u32() < self.imported.memories
    }

    /// Whether a global is imported.
    pub fn is_imported_global(&self, global: GlobalIdx) -> bool {
        global.as_u32() < self.imported.globals
    }

    /// Whether a tag is imported.
    pub fn is_imported_tag(&self, tag: TagIdx) -> bool {
        tag.as_u32() < self.imported.tags
    }
}

impl core::fmt::Debug for Module {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Module")
            .field("bytes", &self.bytes().len())
            .field("types", &self.types.len())
            .field("functions", &self.functions.len())
            .field("imports", &self.imports)
            .field("exports", &self.exports.as_slice())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
