//! The names that a module's custom section `name` gives.
//!
//! Names are for messages only, so nothing about them can be an error: what can't be read isn't there. They are
//! read when the first of them is asked for, as most modules run without anybody asking.

use crate::{FieldIdx, FuncIdx, GlobalIdx, LocalIdx, MemoryIdx, TableIdx, TagIdx, TypeIdx};
use core::ops::Range;
use std::collections::HashMap;
use std::sync::OnceLock;
use wasmparser::{BinaryReader, IndirectNameMap, Name, NameMap, NameSectionReader};

/// Names by index.
type Map = HashMap<u32, Box<str>>;

/// The names of a module and of what is in it.
#[derive(Default, Debug)]
pub struct Names {
    /// The content of the section in the module's bytes.
    section: Option<Range<usize>>,
    read: OnceLock<ReadNames>,
}

#[derive(Default, Debug)]
struct ReadNames {
    module: Option<Box<str>>,
    functions: Map,
    types: Map,
    tables: Map,
    memories: Map,
    globals: Map,
    tags: Map,
    locals: HashMap<u32, Map>,
    fields: HashMap<u32, Map>,
}

/// The names, read from the module's bytes. Made by [`Module::names`](crate::Module::names).
#[derive(Clone, Copy, Debug)]
pub struct NamesRef<'a>(&'a ReadNames);

impl Names {
    pub(crate) fn set_section(&mut self, range: Range<usize>) {
        self.section = Some(range);
        self.read = OnceLock::new();
    }

    pub(crate) fn read<'a>(&'a self, bytes: &[u8]) -> NamesRef<'a> {
        let read = || {
            let range = self.section.clone()?;
            Some(ReadNames::from_section(bytes.get(range)?))
        };
        NamesRef(self.read.get_or_init(|| read().unwrap_or_default()))
    }
}

impl ReadNames {
    fn from_section(bytes: &[u8]) -> Self {
        let mut names = ReadNames::default();
        // After a subsection that can't be read, the place of the next one isn't known.
        for subsection in NameSectionReader::new(BinaryReader::new(bytes, 0)).map_while(Result::ok) {
            match subsection {
                Name::Module { name, .. } => names.module = Some(name.into()),
                Name::Function(map) => names.functions = read_map(map),
                Name::Type(map) => names.types = read_map(map),
                Name::Table(map) => names.tables = read_map(map),
                Name::Memory(map) => names.memories = read_map(map),
                Name::Global(map) => names.globals = read_map(map),
                Name::Tag(map) => names.tags = read_map(map),
                Name::Local(map) => names.locals = read_indirect(map),
                Name::Field(map) => names.fields = read_indirect(map),
                _ => {}
            }
        }
        names
    }
}

fn read_map(map: NameMap<'_>) -> Map {
    map.map_while(Result::ok)
        .map(|naming| (naming.index, naming.name.into()))
        .collect()
}

fn read_indirect(map: IndirectNameMap<'_>) -> HashMap<u32, Map> {
    map.map_while(Result::ok)
        .map(|naming| (naming.index, read_map(naming.names)))
        .collect()
}

impl<'a> NamesRef<'a> {
    /// The name of the module.
    pub fn module(self) -> Option<&'a str> {
        self.0.module.as_deref()
    }

    /// The name of a function.
    pub fn function(self, index: FuncIdx) -> Option<&'a str> {
        self.0.functions.get(&index.as_u32()).map(|name| &**name)
    }

    /// The name of a type.
    pub fn ty(self, index: TypeIdx) -> Option<&'a str> {
        self.0.types.get(&index.as_u32()).map(|name| &**name)
    }

    /// The name of a table.
    pub fn table(self, index: TableIdx) -> Option<&'a str> {
        self.0.tables.get(&index.as_u32()).map(|name| &**name)
    }

    /// The name of a memory.
    pub fn memory(self, index: MemoryIdx) -> Option<&'a str> {
        self.0.memories.get(&index.as_u32()).map(|name| &**name)
    }

    /// The name of a global.
    pub fn global(self, index: GlobalIdx) -> Option<&'a str> {
        self.0.globals.get(&index.as_u32()).map(|name| &**name)
    }

    /// The name of a tag.
    pub fn tag(self, index: TagIdx) -> Option<&'a str> {
        self.0.tags.get(&index.as_u32()).map(|name| &**name)
    }

    /// The name of a local of a function.
    pub fn local(self, function: FuncIdx, index: LocalIdx) -> Option<&'a str> {
        self.0
            .locals
            .get(&function.as_u32())?
            .get(&index.as_u32())
            .map(|name| &**name)
    }

    /// The name of a field of a structure type.
    pub fn field(self, ty: TypeIdx, index: FieldIdx) -> Option<&'a str> {
        self.0
            .fields
            .get(&ty.as_u32())?
            .get(&index.as_u32())
            .map(|name| &**name)
    }
}

#[cfg(test)]
mod tests;
