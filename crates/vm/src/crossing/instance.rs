//! The context of a new instance, linked: what compiled code finds in it, and what keeps that valid.

use crate::compiled::CompiledModule;
use crate::external::Extern;
use crate::ids::InstanceId;
use crate::instance::{Ids, Instance, Segments};
use crate::link::Linked;
use crate::memory::{MemoryInstance, SharedMemory};
use crate::pool::Kind;
use crate::raw::context::{ContextParts, InstanceContext};
use crate::raw::place::Place;
use crate::store::Store;
use std::sync::Arc;
use transom_layout::object::VmTag;
use transom_layout::{VmGlobal, VmMemory, VmTable};
use transom_module::Module;
use transom_types::{MemoryType, RegisteredType, TypeKind};

/// What compiled code finds at the place of each type: see `VmOffsets::type_descriptor`.
fn type_entries(store: &mut Store, module: &Module) -> transom_error::Result<Vec<usize>> {
    let mut entry = |ty: &RegisteredType| match ty.kind() {
        TypeKind::Func => Ok(std::ptr::from_ref(ty.descriptor()) as usize),
        TypeKind::Struct | TypeKind::Array => Ok(store.objects_mut().type_word(ty)? as usize),
    };
    module.types.iter().map(&mut entry).collect()
}

/// The instance with all its imports and function references, and nothing else of its own.
pub(crate) fn instance(
    store: &mut Store,
    id: InstanceId,
    module: &Arc<CompiledModule>,
    imports: Linked<'_>,
) -> transom_error::Result<Instance> {
    let (description, offsets) = (module.module(), module.offsets());
    let types = type_entries(store, description)?;
    let parts = ContextParts {
        store: store.core().context(),
        instance: id.0 as usize,
        libcalls: store.engine().runtime().libcalls.as_ptr(),
        slots: module.slots(),
        heap: store
            .objects()
            .map_or(std::ptr::null_mut(), |heap| heap.heap().base()),
        types: &types,
    };
    // SAFETY: the instance below keeps the module, which has the slots and keeps its types; the store keeps its own context, and its
    // heap with the type words; libcalls are part of the program.
    let context = unsafe { InstanceContext::new(store.id(), offsets, parts) };
    let mut instance = Instance {
        module: module.clone(),
        context,
        tables: Ids::with_capacity(description.tables.len()),
        memories: Ids::with_capacity(description.memories.len()),
        globals: Ids::with_capacity(description.globals.len()),
        tags: Ids::with_capacity(description.tags.len()),
        segments: Segments::default(),
    };
    let functions = link(store, &mut instance, imports);
    for (index, slot) in module.slots().iter().enumerate() {
        let function = &description.functions[functions + index];
        if let Some(reference) = function.funcref {
            let ty = description.ty(function.ty).descriptor();
            // SAFETY: the instance keeps the module, which has the slot and keeps its types.
            unsafe { instance.context.define_function(reference, slot, ty) };
        }
    }
    Ok(instance)
}

/// Links the imports, in their order; the number of functions among them.
fn link(store: &Store, instance: &mut Instance, imports: Linked<'_>) -> usize {
    let imports = imports.given(store.id(), instance.module.module());
    let (context, offsets) = (&instance.context, instance.module.offsets());
    let mut functions = 0;
    for &import in imports {
        // SAFETY: the layout has the module's imports, and something of a matching type was given for each: that is what `Linked`
        // means. The store keeps all its tables, memories and globals until it is dropped, as it does this instance.
        unsafe {
            match import {
                Extern::Func(function) => {
                    context.import_function(functions, function);
                    functions += 1;
                }
                Extern::Table(table) => {
                    let offset = offsets.imported_table(instance.tables.len() as u32);
                    context.import_table(offset, store.table(table).elements.place());
                    instance.tables.push(table);
                }
                Extern::Memory(memory) => {
                    let offset = offsets.imported_memory(instance.memories.len() as u32);
                    context.import_memory(offset, store.memory(memory).place());
                    instance.memories.push(memory);
                }
                Extern::Global(global) => {
                    let offset = offsets.imported_global(instance.globals.len() as u32);
                    context.import_global(offset, &store.global(global).place);
                    instance.globals.push(global);
                }
                Extern::Tag(tag) => instance.tags.push(tag),
            }
        }
    }
    functions as usize
}

/// Where compiled code finds the module's own tables, memories and globals, by their numbers among those.
impl Instance {
    pub(crate) fn own_table(&self, own: u32) -> Place<VmTable> {
        // SAFETY: that is what the layout has at this offset.
        unsafe { self.context.own(self.module.offsets().table(own)) }
    }

    /// Where a memory is that is not shared.
    pub(crate) fn own_memory(&self, own: u32) -> Place<VmMemory> {
        assert!(!self.own_memory_type(own).shared, "shared memories lie elsewhere");
        // SAFETY: that is what the layout has at this offset for memories that are not shared.
        unsafe { self.context.own(self.module.offsets().memory(own)) }
    }

    fn own_memory_type(&self, own: u32) -> MemoryType {
        let module = self.module.module();
        module.memories[(module.imported.memories + own) as usize]
    }

    pub(crate) fn own_global(&self, own: u32) -> Place<VmGlobal> {
        // SAFETY: that is what the layout has at this offset.
        unsafe { self.context.own(self.module.offsets().global(own)) }
    }
}

/// Adds a shared memory of the module's own, by its number among the module's own memories.
///
/// # Errors
///
/// The system has not that much memory, or no such range of addresses left.
///
/// # Panics
///
/// If the module's memory is not shared.
pub(crate) fn define_shared_memory(store: &mut Store, id: InstanceId, own: u32) -> transom_error::Result<()> {
    let instance = store.instance(id);
    let ty = instance.own_memory_type(own);
    assert!(ty.shared, "the context of an instance has its own memories");
    let place = store.split_lease(Kind::Memory.one());
    let memory = SharedMemory::in_place(store.engine(), ty, place).map_err(transom_error::Error::new)?;
    let memory = Arc::new(memory);
    let instance = store.instance(id);
    let offset = instance.module.offsets().memory(own);
    // SAFETY: the layout has a shared memory of this type at the offset; the store keeps it from now on, and the instance as long.
    unsafe { instance.context.import_memory(offset, memory.place()) };
    let memory = store.add_memory(MemoryInstance::of_shared(memory));
    store.instance_mut(id).memories.push(memory);
    Ok(())
}

/// Tells compiled code about a tag of an instance's module.
pub(crate) fn define_tag(store: &mut Store, id: InstanceId, index: usize) -> transom_error::Result<()> {
    let tag = store.instance(id).tags[index];
    let ty = store.tag(tag).clone();
    let ty = store.objects_mut().type_word(&ty)?;
    let instance = store.instance(id);
    let offset = instance.module.offsets().tag(index as u32);
    // SAFETY: that is what the layout has at this offset, and the type word is that of the tag's exceptions.
    unsafe { instance.context.own(offset).set(VmTag { id: tag.0, ty }) };
    Ok(())
}
