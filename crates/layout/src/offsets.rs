//! Where the arrays of an instance context begin.

use crate::context::VmContextHeader;
use crate::entities::{VmGlobal, VmMemory, VmMemoryImport, VmTable};
use crate::func::VmFuncRef;
use crate::object::VmTag;

/// How many of each a module has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct VmCounts {
    /// Types.
    pub types: u32,
    /// Imported functions.
    pub imported_functions: u32,
    /// Imported tables.
    pub imported_tables: u32,
    /// Imported memories.
    pub imported_memories: u32,
    /// Imported globals.
    pub imported_globals: u32,
    /// Tables of its own.
    pub tables: u32,
    /// Memories of its own.
    pub memories: u32,
    /// Globals of its own.
    pub globals: u32,
    /// Functions of its own that something may refer to.
    pub func_refs: u32,
    /// Tags, imported and its own.
    pub tags: u32,
}

/// The layout of the context of a module's instances. Offsets are in bytes from its beginning.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VmOffsets {
    counts: VmCounts,
    imported_functions: u32,
    imported_tables: u32,
    imported_memories: u32,
    imported_globals: u32,
    tables: u32,
    memories: u32,
    globals: u32,
    func_refs: u32,
    tags: u32,
    size: u32,
}

/// Where the functions of a context are: a small part of [`VmOffsets`], for whoever keeps it for each instance.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VmFunctionOffsets {
    imported: u32,
    imported_count: u32,
    own: u32,
    own_count: u32,
}

impl VmFunctionOffsets {
    /// Where the `*VmFuncRef` of an imported function is.
    ///
    /// # Panics
    ///
    /// If there are not so many.
    pub fn imported_function(self, index: u32) -> i32 {
        at(self.imported, index, self.imported_count, POINTER)
    }

    /// Where the [`VmFuncRef`] of a function is, by its index among those that something may refer to.
    ///
    /// # Panics
    ///
    /// If there are not so many.
    pub fn func_ref(self, index: u32) -> i32 {
        at(self.own, index, self.own_count, VmFuncRef::SIZE)
    }
}

const POINTER: u32 = size_of::<usize>() as u32;

impl VmOffsets {
    /// Offset of the address of the table of libcalls.
    pub const LIBCALLS: i32 = size_of::<VmContextHeader>() as i32;
    /// Offset of the address of the module's code slots.
    pub const SLOTS: i32 = Self::LIBCALLS + POINTER as i32;
    /// Offset of the base of the store's heap, if the module uses it.
    pub const HEAP: i32 = Self::SLOTS + POINTER as i32;
    const TYPES: u32 = Self::HEAP as u32 + POINTER;

    /// The layout for a module with these counts.
    pub fn new(counts: VmCounts) -> VmOffsets {
        let mut end = Self::TYPES;
        let mut array = |count: u32, size: usize, align: u32| {
            let start = end.next_multiple_of(align);
            end = start + count * size as u32;
            start
        };
        array(counts.types, size_of::<usize>(), POINTER);
        let imported_functions = array(counts.imported_functions, size_of::<usize>(), POINTER);
        let imported_tables = array(counts.imported_tables, size_of::<usize>(), POINTER);
        let imported_memories = array(counts.imported_memories, size_of::<VmMemoryImport>(), POINTER);
        let imported_globals = array(counts.imported_globals, size_of::<usize>(), POINTER);
        let tables = array(counts.tables, size_of::<VmTable>(), POINTER);
        let memories = array(counts.memories, size_of::<VmMemory>(), POINTER);
        let globals = array(counts.globals, size_of::<VmGlobal>(), 16);
        let func_refs = array(counts.func_refs, size_of::<VmFuncRef>(), POINTER);
        let tags = array(counts.tags, size_of::<VmTag>(), POINTER);
        let size = array(0, 0, 16);
        VmOffsets {
            counts,
            imported_functions,
            imported_tables,
            imported_memories,
            imported_globals,
            tables,
            memories,
            globals,
            func_refs,
            tags,
            size,
        }
    }

    /// The counts that the layout was made for.
    pub fn counts(&self) -> &VmCounts {
        &self.counts
    }

    /// Bytes of the whole context; its alignment is 16.
    pub fn size(&self) -> u32 {
        self.size
    }

    /// Where a type is, by type index: of a function type the address of its descriptor, of others the type word of their
    /// objects in as many bytes.
    pub fn type_descriptor(&self, index: u32) -> i32 {
        at(Self::TYPES, index, self.counts.types, POINTER)
    }

    /// Where functions are.
    pub fn functions(&self) -> VmFunctionOffsets {
        VmFunctionOffsets {
            imported: self.imported_functions,
            imported_count: self.counts.imported_functions,
            own: self.func_refs,
            own_count: self.counts.func_refs,
        }
    }

    /// Where the `*VmFuncRef` of an imported function is.
    pub fn imported_function(&self, index: u32) -> i32 {
        self.functions().imported_function(index)
    }

    /// Where the `*VmTable` of an imported table is.
    pub fn imported_table(&self, index: u32) -> i32 {
        at(self.imported_tables, index, self.counts.imported_tables, POINTER)
    }

    /// Where the [`VmMemoryImport`] of an imported memory is.
    pub fn imported_memory(&self, index: u32) -> i32 {
        let size = size_of::<VmMemoryImport>() as u32;
        at(self.imported_memories, index, self.counts.imported_memories, size)
    }

    /// Where the `*VmGlobal` of an imported global is.
    pub fn imported_global(&self, index: u32) -> i32 {
        at(
            self.imported_globals,
            index,
            self.counts.imported_globals,
            POINTER,
        )
    }

    /// Where the [`VmTable`] of a table is; the index counts only the module's own.
    pub fn table(&self, index: u32) -> i32 {
        at(
            self.tables,
            index,
            self.counts.tables,
            size_of::<VmTable>() as u32,
        )
    }

    /// Where the [`VmMemory`] of a memory is, or if it is shared, the [`VmMemoryImport`] that leads to it; the index
    /// counts only the module's own.
    pub fn memory(&self, index: u32) -> i32 {
        at(
            self.memories,
            index,
            self.counts.memories,
            size_of::<VmMemory>() as u32,
        )
    }

    /// Where the [`VmGlobal`] of a global is; the index counts only the module's own.
    pub fn global(&self, index: u32) -> i32 {
        at(
            self.globals,
            index,
            self.counts.globals,
            size_of::<VmGlobal>() as u32,
        )
    }

    /// Where the [`VmTag`] of a tag is.
    pub fn tag(&self, index: u32) -> i32 {
        at(self.tags, index, self.counts.tags, size_of::<VmTag>() as u32)
    }

    /// Where the [`VmFuncRef`] of a function is, by its index among those that something may refer to.
    pub fn func_ref(&self, index: u32) -> i32 {
        self.functions().func_ref(index)
    }
}

fn at(start: u32, index: u32, count: u32, size: u32) -> i32 {
    assert!(index < count, "index {index} is beyond an array of {count}");
    (start + index * size) as i32
}

#[cfg(test)]
mod tests;
