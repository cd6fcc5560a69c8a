//! What the sections of a module declare.

use crate::{ConstExpr, FuncIdx, GlobalIdx, MemoryIdx, TableIdx, TagIdx, TypeIdx};
use core::ops::Range;
use std::collections::HashMap;
use transom_types::{GlobalType, RefType, TableType};

/// Something that can be imported or exported.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum EntityIdx {
    /// A function.
    Func(FuncIdx),
    /// A table.
    Table(TableIdx),
    /// A memory.
    Memory(MemoryIdx),
    /// A global.
    Global(GlobalIdx),
    /// A tag.
    Tag(TagIdx),
}

/// An import: two names, and what it becomes in the module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Import {
    /// The name of the module that it is asked from.
    pub module: String,
    /// The name of the export of that module.
    pub name: String,
    /// What it becomes here.
    pub entity: EntityIdx,
}

/// How many entries at the start of each index space are imports.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct ImportCounts {
    /// Imported functions.
    pub functions: u32,
    /// Imported tables.
    pub tables: u32,
    /// Imported memories.
    pub memories: u32,
    /// Imported globals.
    pub globals: u32,
    /// Imported tags.
    pub tags: u32,
}

/// A function, imported or defined.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Function {
    /// Its type.
    pub ty: TypeIdx,
    /// A dense number among the functions defined here that a reference may be made of: those that are exported,
    /// stand in an element segment, or are named by `ref.func`. `None` for an import, as a reference to it is the
    /// one that was given.
    pub funcref: Option<u32>,
}

/// A table, imported or defined.
#[derive(Clone, PartialEq, Debug)]
pub struct Table {
    /// Its type.
    pub ty: TableType,
    /// What its elements are at first, if not null.
    pub init: Option<ConstExpr>,
}

/// A global, imported or defined.
#[derive(Clone, PartialEq, Debug)]
pub struct Global {
    /// Its type.
    pub ty: GlobalType,
    /// Its initial value; `None` iff it is imported.
    pub init: Option<ConstExpr>,
}

/// When an element segment is used.
#[derive(Clone, PartialEq, Debug)]
pub enum SegmentMode {
    /// Copied to a table during instantiation.
    Active {
        /// Where to.
        table: TableIdx,
        /// At which index.
        offset: ConstExpr,
    },
    /// Used by `table.init` and `array.new_elem`.
    Passive,
    /// Never: it only declares which functions `ref.func` may name.
    Declared,
}

/// The content of an element segment.
#[derive(Clone, PartialEq, Debug)]
pub enum ElementItems {
    /// References to functions.
    Functions(Vec<FuncIdx>),
    /// Any references.
    Expressions(Vec<ConstExpr>),
}

impl ElementItems {
    /// How many elements there are.
    pub fn len(&self) -> usize {
        match self {
            ElementItems::Functions(items) => items.len(),
            ElementItems::Expressions(items) => items.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// An element segment.
#[derive(Clone, PartialEq, Debug)]
pub struct ElementSegment {
    /// When it is used.
    pub mode: SegmentMode,
    /// The type of its elements.
    pub ty: RefType,
    /// Its elements.
    pub items: ElementItems,
}

/// When a data segment is used.
#[derive(Clone, PartialEq, Debug)]
pub enum DataMode {
    /// Copied to a memory during instantiation.
    Active {
        /// Where to.
        memory: MemoryIdx,
        /// At which address.
        offset: ConstExpr,
    },
    /// Used by `memory.init`, `array.new_data` and `array.init_data`.
    Passive,
}

/// A data segment.
#[derive(Clone, PartialEq, Debug)]
pub struct DataSegment {
    /// When it is used.
    pub mode: DataMode,
    /// Where in the module's bytes its content is.
    pub range: Range<usize>,
}

/// How many names are faster compared than hashed.
const FEW: usize = 16;

/// The exports of a module, in order and by name.
#[derive(Clone, Default, Debug)]
pub struct Exports {
    list: Vec<(String, EntityIdx)>,
    by_name: HashMap<String, usize>,
}

impl Exports {
    pub(crate) fn push(&mut self, name: &str, entity: EntityIdx) {
        self.by_name.insert(name.to_owned(), self.list.len());
        self.list.push((name.to_owned(), entity));
    }

    /// The export of this name.
    pub fn get(&self, name: &str) -> Option<EntityIdx> {
        self.index_of(name).map(|at| self.list[at].1)
    }

    /// The position of the export of this name.
    pub fn index_of(&self, name: &str) -> Option<usize> {
        // Host functions look for what their caller exports at each call, and a program exports next to nothing.
        if self.list.len() <= FEW {
            return self.list.iter().position(|(export, _)| export == name);
        }
        self.by_name.get(name).copied()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All exports, in the order of the module.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, EntityIdx)> {
        self.list.iter().map(|(name, entity)| (name.as_str(), *entity))
    }

    /// All exports, in the order of the module.
    pub fn as_slice(&self) -> &[(String, EntityIdx)] {
        &self.list
    }
}
