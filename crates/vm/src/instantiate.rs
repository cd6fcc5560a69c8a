//! How a module becomes an instance (specification §4.7.2).

use crate::compiled::CompiledModule;
use crate::constant;
use crate::crossing::instance::{define_shared_memory, define_tag, instance};
use crate::crossing::segments::init_table;
use crate::external::Extern;
use crate::heap;
use crate::ids::InstanceId;
use crate::instance::Elements;
use crate::lease::lease;
use crate::link::LinkMismatch;
use crate::memory::MemoryInstance;
use crate::pool::Numbers;
use crate::raw::bytes;
use crate::store::{Host, Store, add};
use crate::table::OutOfBounds;
use crate::unwind::TrapError;
use crate::value::Value;
use smallvec::{SmallVec, smallvec};
use std::sync::Arc;
use transom_layout::object::FieldClass;
use transom_module::{DataIdx, DataMode, ElemIdx, ElementItems, Module, SegmentMode};
use transom_ops::Trap;

/// Why a module could not be instantiated.
#[derive(Debug, thiserror::Error)]
pub enum InstantiateError {
    /// Imports of other types than the module wants.
    #[error("{} imports do not match", .0.len())]
    Link(Vec<LinkMismatch>),
    /// There is no room for a memory or table, or a limit of the host's forbids it.
    #[error(transparent)]
    Resource(#[from] transom_error::Error),
    /// An active segment does not fit.
    #[error(transparent)]
    Trap(TrapError),
}

/// Makes an instance of a module, without running its start function. The instance stays in the store even if
/// its segments fail: others may hold its functions by then.
///
/// # Errors
///
/// See [`InstantiateError`].
pub fn instantiate(
    host: &mut dyn Host,
    module: &Arc<CompiledModule>,
    imports: &[Extern],
) -> Result<InstanceId, InstantiateError> {
    let imports = host.store().check_imports(module.module(), imports);
    let imports = imports.map_err(InstantiateError::Link)?;
    ask_for_resources(host, module.module())?;
    if module.uses_heap() {
        heap::ensure(host)?;
    }
    let places = lease(host, Numbers::of_instance(module.module()))?;
    let store = host.store();
    let id = InstanceId(store.instances.len() as u32);
    let instance = instance(store, id, module, imports)?;
    add(&mut store.instances, instance);
    store.add_lease(places);
    define_tables(store, id)?;
    define_memories(store, id)?;
    define_tags(store, id)?;
    let initialized = initialize_globals(host, id)
        .and_then(|()| evaluate_elements(host, id))
        .and_then(|()| initialize_tables(host, id))
        .and_then(|()| copy_elements(host, id));
    if initialized.is_err() {
        unmap_images(host.store(), id);
    }
    initialized?;
    copy_data(host, id)?;
    Ok(id)
}

/// Takes away what lies in memories already although its segments are not copied. Elements may have brought functions of the instance into tables
/// of others, so that its memories are seen.
fn unmap_images(store: &mut Store, id: InstanceId) {
    let module = store.instance(id).module.clone();
    let imported = module.module().imported.memories as usize;
    for own in 0..module.module().memories.len() - imported {
        if module.image(own).is_some() {
            let memory = store.instance(id).memories[imported + own];
            store.memory_mut(memory).unmap_image();
        }
    }
}

/// Asks the host whether the module's own memories and tables may exist.
fn ask_for_resources(host: &mut dyn Host, module: &Module) -> Result<(), InstantiateError> {
    let bytes = |pages: u64, page: u64| usize::try_from(pages.saturating_mul(page)).unwrap_or(usize::MAX);
    for ty in &module.memories[module.imported.memories as usize..] {
        let (minimum, maximum) = (
            bytes(ty.limits.min, ty.page_size()),
            ty.limits.max.map(|max| bytes(max, ty.page_size())),
        );
        if !host.memory_growing(0, minimum, maximum)? {
            return Err(transom_error::format_err!(
                "memory minimum size of {} pages exceeds memory limits",
                ty.limits.min
            )
            .into());
        }
    }
    for table in &module.tables[module.imported.tables as usize..] {
        let (minimum, maximum) = (
            bytes(table.ty.limits.min, 1),
            table.ty.limits.max.map(|max| bytes(max, 1)),
        );
        if !host.table_growing(0, minimum, maximum)? {
            let elements = table.ty.limits.min;
            return Err(transom_error::format_err!(
                "table minimum size of {elements} elements exceeds table limits"
            )
            .into());
        }
    }
    Ok(())
}

fn define_tables(store: &mut Store, id: InstanceId) -> Result<(), InstantiateError> {
    let module = store.instance(id).module.clone();
    let description = module.module();
    for own in 0..description.tables.len() as u32 - description.imported.tables {
        let ty = description.tables[(description.imported.tables + own) as usize].ty;
        let place = store.instance(id).own_table(own);
        let table = store.add_own_table(ty, place);
        let table = table.ok_or_else(|| {
            transom_error::format_err!("cannot allocate a table of {} elements", ty.limits.min)
        })?;
        store.instance_mut(id).tables.push(table);
    }
    Ok(())
}

fn define_memories(store: &mut Store, id: InstanceId) -> Result<(), InstantiateError> {
    let module = store.instance(id).module.clone();
    let description = module.module();
    for own in 0..description.memories.len() as u32 - description.imported.memories {
        let ty = description.memories[(description.imported.memories + own) as usize];
        if ty.shared {
            define_shared_memory(store, id, own)?;
            continue;
        }
        let place = store.instance(id).own_memory(own);
        let memory = MemoryInstance::with_image(store.engine(), ty, Some(place), module.image(own as usize))
            .map_err(transom_error::Error::new)?;
        let memory = store.add_memory(memory);
        store.instance_mut(id).memories.push(memory);
    }
    Ok(())
}

fn define_tags(store: &mut Store, id: InstanceId) -> transom_error::Result<()> {
    let module = store.instance(id).module.clone();
    let description = module.module();
    for &ty in &description.tags[description.imported.tags as usize..] {
        let tag = store.add_tag(description.ty(ty).clone());
        store.instance_mut(id).tags.push(tag);
    }
    (0..description.tags.len()).try_for_each(|index| define_tag(store, id, index))
}

/// Evaluates the expressions of element segments, once.
fn evaluate_elements(host: &mut dyn Host, id: InstanceId) -> Result<(), InstantiateError> {
    let module = host.store().instance(id).module.clone();
    for (index, segment) in module.module().elements.iter().enumerate() {
        let ElementItems::Expressions(expressions) = &segment.items else {
            continue;
        };
        let class = transom_code::heap_class(host.store().engine().registry(), segment.ty.heap);
        let (mut functions, mut objects) = (Vec::new(), Vec::new());
        for expression in expressions {
            match constant::evaluate(host, id, expression)? {
                Value::Function(function) => functions.push(function),
                Value::Object(reference) => objects.push(reference),
                Value::Number(_) => unreachable!("validation has found references"),
            }
        }
        let elements = if class == FieldClass::Object {
            Elements::Objects(objects.into())
        } else {
            Elements::Functions(functions.into())
        };
        host.store()
            .instance_mut(id)
            .set_elements(ElemIdx::new(index), elements);
    }
    Ok(())
}

fn initialize_globals(host: &mut dyn Host, id: InstanceId) -> Result<(), InstantiateError> {
    let module = host.store().instance(id).module.clone();
    let description = module.module();
    for (own, global) in description.globals[description.imported.globals as usize..]
        .iter()
        .enumerate()
    {
        let value = match &global.init {
            Some(init) => Some(constant::evaluate(host, id, init)?),
            None => None,
        };
        let store = host.store();
        let place = store.instance(id).own_global(own as u32);
        let global = store.add_own_global(global.ty, place);
        if let Some(value) = value {
            store.set_global(global, value);
        }
        store.instance_mut(id).globals.push(global);
    }
    Ok(())
}

/// Fills tables that have an initial value for all elements.
fn initialize_tables(host: &mut dyn Host, id: InstanceId) -> Result<(), InstantiateError> {
    let module = host.store().instance(id).module.clone();
    for (index, table) in module.module().tables.iter().enumerate() {
        let Some(init) = &table.init else { continue };
        let value = constant::evaluate(host, id, init)?;
        let store = host.store();
        let table = store.instance(id).tables[index];
        if !value.is_zero() {
            let len = store.table(table).len() as u64;
            let filled = store.fill_table(table, 0, len, value);
            filled.expect("all elements of a table are inside it");
        }
    }
    Ok(())
}

fn trap(trap: Trap, detail: String) -> InstantiateError {
    InstantiateError::Trap(TrapError {
        trap,
        detail: Some(detail),
        backtrace: Default::default(),
    })
}

fn copy_elements(host: &mut dyn Host, id: InstanceId) -> Result<(), InstantiateError> {
    let module = host.store().instance(id).module.clone();
    for (index, segment) in module.module().elements.iter().enumerate() {
        let segment_index = ElemIdx::new(index);
        if let SegmentMode::Active { table, offset } = &segment.mode {
            let start = constant::evaluate(host, id, offset)?.bits() as u64;
            let len = segment.items.len() as u32;
            init_table(host.store(), id, (*table, start), (segment_index, 0..len)).map_err(
                |OutOfBounds| {
                    let store = host.store();
                    let size = store.table(store.instance(id).table(*table)).len();
                    let detail =
                        format!("element segment {index}: {len} elements at {start} of a table of {size}");
                    trap(Trap::TableOutOfBounds, detail)
                },
            )?;
        }
        if !matches!(segment.mode, SegmentMode::Passive) {
            host.store().instance_mut(id).drop_elements(segment_index);
        }
    }
    Ok(())
}

fn copy_data(host: &mut dyn Host, id: InstanceId) -> Result<(), InstantiateError> {
    let module = host.store().instance(id).module.clone();
    let description = module.module();
    let imported = description.imported.memories as usize;
    let mut mapped: SmallVec<[bool; 8]> = smallvec![false; description.memories.len()];
    for own in 0..description.memories.len() - imported {
        let Some(image) = module.image(own) else { continue };
        let store = host.store();
        let memory = store.instance(id).memories[imported + own];
        mapped[imported + own] = store.memory_mut(memory).map_image(image).is_ok();
    }
    for (index, segment) in description.data.iter().enumerate() {
        let DataMode::Active { memory, offset } = &segment.mode else {
            continue;
        };
        let data = DataIdx::new(index);
        if !mapped[memory.index()] {
            let start = constant::evaluate(host, id, offset)?.bits() as u64;
            let store = host.store();
            let target = store.memory(store.instance(id).memory(*memory));
            let contents = description.data_bytes(data);
            if !bytes::copy_into(target.place(), start, contents) {
                let (len, size) = (contents.len(), target.len());
                let detail =
                    format!("data segment {index}: {len} bytes at {start:#x} of a memory of {size:#x} bytes");
                return Err(trap(Trap::MemoryOutOfBounds, detail));
            }
        }
        host.store().instance_mut(id).drop_data(data);
    }
    Ok(())
}
