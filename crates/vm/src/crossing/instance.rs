//! The context of a new instance, linked: what compiled code finds in it, and what keeps that valid.

use crate::compiled::CompiledModule;
use crate::external::Extern;
use crate::ids::InstanceId;
use crate::instance::{Elements, Instance};
use crate::raw::context::{ContextParts, InstanceContext};
use crate::store::Store;
use std::sync::Arc;
use transom_module::Module;
use transom_types::{RegisteredType, TypeKind};

/// What compiled code finds at the place of each type: see `VmOffsets::type_descriptor`.
fn type_entries(store: &mut Store, module: &Module) -> anyhow::Result<Vec<usize>> {
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
    imports: &[Extern],
) -> anyhow::Result<Instance> {
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
        tables: Vec::with_capacity(description.tables.len()),
        memories: Vec::with_capacity(description.memories.len()),
        globals: Vec::with_capacity(description.globals.len()),
        tags: Vec::with_capacity(description.tags.len()),
        dropped_elements: vec![false; description.elements.len()],
        elements: description.elements.iter().map(|_| Elements::Listed).collect(),
        dropped_data: vec![false; description.data.len()],
    };
    let mut functions = 0;
    for &import in imports {
        match import {
            Extern::Func(function) => {
                instance.context.import_function(functions, function);
                functions += 1;
            }
            Extern::Table(table) => {
                let offset = offsets.imported_table(instance.tables.len() as u32);
                instance.context.import_table(offset, store.table(table).place());
                instance.tables.push(table);
            }
            Extern::Memory(memory) => {
                let offset = offsets.imported_memory(instance.memories.len() as u32);
                instance
                    .context
                    .import_memory(offset, store.memory(memory).place());
                instance.memories.push(memory);
            }
            Extern::Global(global) => {
                let offset = offsets.imported_global(instance.globals.len() as u32);
                instance.context.import_global(offset, store.global(global).place);
                instance.globals.push(global);
            }
            Extern::Tag(tag) => instance.tags.push(tag),
        }
    }
    for (index, slot) in module.slots().iter().enumerate() {
        let function = &description.functions[functions as usize + index];
        if let Some(reference) = function.funcref {
            let ty = description.ty(function.ty).descriptor();
            // SAFETY: the instance keeps the module, which has the slot and keeps its types.
            unsafe { instance.context.define_function(reference, slot, ty) };
        }
    }
    Ok(instance)
}
