//! Instances of modules.
//!
//! Every import, function, table, memory and global of an instance is known twice: to compiled code through the
//! instance's context, and to Rust through the lists here. Both are filled in the same place, and what they hold
//! never changes.

use crate::compiled::CompiledModule;
use crate::external::Extern;
use crate::ids::{GlobalId, MemoryId, TableId, TagId};
use crate::raw::context::InstanceContext;
use crate::raw::function::FuncPtr;
use crate::value::Value;
use smallvec::SmallVec;
use std::sync::Arc;
use transom_module::{DataIdx, ElemIdx, ElementItems, EntityIdx, FuncIdx, GlobalIdx, MemoryIdx, TableIdx};

/// What an instance has of a kind, by index. Few need memory of their own.
pub(crate) type Ids<T> = SmallVec<[T; 4]>;

/// A module instance.
#[derive(Debug)]
pub struct Instance {
    pub(crate) module: Arc<CompiledModule>,
    pub(crate) context: InstanceContext,
    pub(crate) tables: Ids<TableId>,
    pub(crate) memories: Ids<MemoryId>,
    pub(crate) globals: Ids<GlobalId>,
    pub(crate) tags: Ids<TagId>,
    /// Its segments, apart from what its module says of them.
    pub(crate) segments: Segments,
}

/// What the segments of an instance are by now.
#[derive(Debug, Default)]
pub(crate) struct Segments {
    dropped_elements: IndexSet,
    dropped_data: IndexSet,
    /// The elements of segments with expressions, once they are evaluated. Others are not here, or beyond the end.
    elements: Box<[Elements]>,
}

impl Segments {
    fn elements(&self, index: ElemIdx) -> &Elements {
        self.elements.get(index.index()).unwrap_or(&Elements::Listed)
    }
}

/// A set of small numbers. Most have none beyond the first 64.
#[derive(Debug, Default)]
pub(crate) struct IndexSet {
    first: u64,
    others: Box<[u64]>,
}

impl IndexSet {
    fn contains(&self, index: usize) -> bool {
        let word = match index / 64 {
            0 => Some(&self.first),
            word => self.others.get(word - 1),
        };
        word.is_some_and(|word| word & 1 << (index % 64) != 0)
    }

    fn insert(&mut self, index: usize) {
        let word = match index / 64 {
            0 => &mut self.first,
            word => {
                lengthen(&mut self.others, word);
                &mut self.others[word - 1]
            }
        };
        *word |= 1 << (index % 64);
    }
}

/// Gives a list so many entries at least: these lists are empty in most instances, and seldom grow.
fn lengthen<T: Default>(list: &mut Box<[T]>, length: usize) {
    if list.len() < length {
        let mut longer = std::mem::take(list).into_vec();
        longer.resize_with(length, T::default);
        *list = longer.into();
    }
}

/// The elements of a segment.
#[derive(Debug, Default)]
pub(crate) enum Elements {
    /// Functions that the module lists; or none, after the segment was dropped.
    #[default]
    Listed,
    /// Functions or nulls.
    Functions(Box<[Option<FuncPtr>]>),
    /// References to objects, or 0 for null.
    Objects(Box<[u32]>),
}

impl Instance {
    /// The module.
    pub fn module(&self) -> &Arc<CompiledModule> {
        &self.module
    }

    /// Bytes that it takes.
    pub(crate) fn size(&self) -> usize {
        size_of::<Instance>() + self.context.size()
    }

    /// Whether everything is there that its exports may name. It is not, if its module could not be instantiated for want of memory;
    /// then nothing outside of the instance refers to it.
    pub fn is_defined(&self) -> bool {
        let module = self.module.module();
        self.tables.len() == module.tables.len()
            && self.memories.len() == module.memories.len()
            && self.globals.len() == module.globals.len()
            && self.tags.len() == module.tags.len()
    }

    /// A function of the index space.
    pub fn function(&self, index: FuncIdx) -> FuncPtr {
        let module = self.module.module();
        if module.is_imported_function(index) {
            return self.context.imported_function(index.as_u32());
        }
        let funcref = module.functions[index.index()].funcref;
        self.context
            .own_function(funcref.expect("only functions that escape are looked up"))
    }

    /// A table of the index space.
    pub fn table(&self, index: TableIdx) -> TableId {
        self.tables[index.index()]
    }

    /// A memory of the index space.
    pub fn memory(&self, index: MemoryIdx) -> MemoryId {
        self.memories[index.index()]
    }

    /// The memories, by index.
    pub fn memories(&self) -> &[MemoryId] {
        &self.memories
    }

    /// The globals, by index.
    pub fn globals(&self) -> &[GlobalId] {
        &self.globals
    }

    /// A global of the index space.
    pub fn global(&self, index: GlobalIdx) -> GlobalId {
        self.globals[index.index()]
    }

    /// Something of the index spaces.
    pub fn external(&self, entity: EntityIdx) -> Extern {
        match entity {
            EntityIdx::Func(index) => Extern::Func(self.function(index)),
            EntityIdx::Table(index) => Extern::Table(self.table(index)),
            EntityIdx::Memory(index) => Extern::Memory(self.memory(index)),
            EntityIdx::Global(index) => Extern::Global(self.global(index)),
            EntityIdx::Tag(index) => Extern::Tag(self.tags[index.index()]),
        }
    }

    /// The bytes of a data segment; none once it was dropped.
    pub fn data(&self, index: DataIdx) -> &[u8] {
        if self.segments.dropped_data.contains(index.index()) {
            &[]
        } else {
            self.module.module().data_bytes(index)
        }
    }

    pub(crate) fn drop_data(&mut self, index: DataIdx) {
        self.segments.dropped_data.insert(index.index());
    }

    pub(crate) fn drop_elements(&mut self, index: ElemIdx) {
        self.segments.dropped_elements.insert(index.index());
        if let Some(elements) = self.segments.elements.get_mut(index.index()) {
            *elements = Elements::Listed;
        }
    }

    /// Sets the elements of a segment with expressions.
    pub(crate) fn set_elements(&mut self, index: ElemIdx, elements: Elements) {
        // At once for all segments.
        lengthen(&mut self.segments.elements, self.module.module().elements.len());
        self.segments.elements[index.index()] = elements;
    }

    /// How many elements an element segment has; none once it was dropped.
    pub(crate) fn segment_len(&self, index: ElemIdx) -> usize {
        if self.segments.dropped_elements.contains(index.index()) {
            0
        } else {
            self.module.module().elements[index.index()].items.len()
        }
    }

    /// An element of a segment that has not been dropped.
    pub(crate) fn element(&self, index: ElemIdx, item: usize) -> Value {
        match (
            self.segments.elements(index),
            &self.module.module().elements[index.index()].items,
        ) {
            (Elements::Functions(functions), _) => Value::Function(functions[item]),
            (Elements::Objects(references), _) => Value::Object(references[item]),
            (Elements::Listed, ElementItems::Functions(functions)) => {
                Value::Function(Some(self.function(functions[item])))
            }
            (Elements::Listed, ElementItems::Expressions(_)) => {
                unreachable!("expressions are evaluated before anything uses them")
            }
        }
    }

    /// Visits the references to objects in element segments.
    pub(crate) fn visit_elements(&mut self, visit: &mut dyn FnMut(*mut u32)) {
        for elements in &mut self.segments.elements {
            if let Elements::Objects(references) = elements {
                references.iter_mut().for_each(|reference| visit(reference));
            }
        }
    }
}

#[cfg(test)]
mod tests;
