//! How a module becomes an instance (specification §4.7.2).

use crate::compiled::CompiledModule;
use crate::constant;
use crate::crossing::instance::instance;
use crate::external::Extern;
use crate::heap;
use crate::ids::InstanceId;
use crate::instance::Elements;
use crate::link::LinkMismatch;
use crate::memory::{MemoryInstance, SharedMemory};
use crate::raw::bytes;
use crate::segments::init_table;
use crate::store::{Host, Store};
use crate::table::{OutOfBounds, TableInstance};
use crate::unwind::TrapError;
use std::sync::Arc;
use transom_code::MachineClass;
use transom_layout::object::{FieldClass, VmTag};
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
    Resource(#[from] anyhow::Error),
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
    host.store()
        .check_imports(module.module(), imports)
        .map_err(InstantiateError::Link)?;
    ask_for_resources(host, module.module())?;
    if module.uses_heap() {
        heap::ensure(host)?;
    }
    let store = host.store();
    let id = InstanceId(store.instances.len() as u32);
    let instance = instance(store, id, module, imports)?;
    store.instances.push(instance);
    define_tables(store, id)?;
    define_memories(store, id)?;
    define_tags(store, id)?;
    initialize_globals(host, id)?;
    evaluate_elements(host, id)?;
    initialize_tables(host, id)?;
    copy_elements(host, id)?;
    copy_data(host, id)?;
    Ok(id)
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
            return Err(anyhow::anyhow!(
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
            return Err(
                anyhow::anyhow!("table minimum size of {elements} elements exceeds table limits").into(),
            );
        }
    }
    Ok(())
}

fn define_tables(store: &mut Store, id: InstanceId) -> Result<(), InstantiateError> {
    let module = store.instance(id).module.clone();
    let description = module.module();
    for own in 0..description.tables.len() as u32 - description.imported.tables {
        let ty = description.tables[(description.imported.tables + own) as usize].ty;
        let place = store.instance(id).context.own(module.offsets().table(own));
        let functions =
            MachineClass::of_heap(store.engine().registry(), ty.element.heap) == MachineClass::I64;
        let table = TableInstance::new(ty, functions, Some(place));
        let table =
            table.ok_or_else(|| anyhow::anyhow!("cannot allocate a table of {} elements", ty.limits.min))?;
        let table = store.add_table(table);
        store.instance_mut(id).tables.push(table);
    }
    Ok(())
}

fn define_memories(store: &mut Store, id: InstanceId) -> Result<(), InstantiateError> {
    let module = store.instance(id).module.clone();
    let description = module.module();
    for own in 0..description.memories.len() as u32 - description.imported.memories {
        let ty = description.memories[(description.imported.memories + own) as usize];
        let offset = module.offsets().memory(own);
        let engine = store.engine().clone();
        let memory = if ty.shared {
            let memory = SharedMemory::new(&engine, ty).map_err(anyhow::Error::new)?;
            let context = &store.instance(id).context;
            context.import_memory(offset, memory.place());
            MemoryInstance::of_shared(Arc::new(memory))
        } else {
            let place = store.instance(id).context.own(offset);
            MemoryInstance::new(&engine, ty, Some(place)).map_err(anyhow::Error::new)?
        };
        let memory = store.add_memory(memory);
        store.instance_mut(id).memories.push(memory);
    }
    Ok(())
}

fn define_tags(store: &mut Store, id: InstanceId) -> anyhow::Result<()> {
    let module = store.instance(id).module.clone();
    let description = module.module();
    for &ty in &description.tags[description.imported.tags as usize..] {
        let tag = store.add_tag(description.ty(ty).clone());
        store.instance_mut(id).tags.push(tag);
    }
    for (index, tag) in store.instance(id).tags.clone().into_iter().enumerate() {
        let ty = store.tag(tag).clone();
        let ty = store.objects_mut().type_word(&ty)?;
        let place = store.instance(id).context.own(module.offsets().tag(index as u32));
        place.set(VmTag { id: tag.0, ty });
    }
    Ok(())
}

/// Evaluates the expressions of element segments, once.
fn evaluate_elements(host: &mut dyn Host, id: InstanceId) -> Result<(), InstantiateError> {
    let module = host.store().instance(id).module.clone();
    for (index, segment) in module.module().elements.iter().enumerate() {
        let ElementItems::Expressions(expressions) = &segment.items else {
            continue;
        };
        let class = transom_code::heap_class(host.store().engine().registry(), segment.ty.heap);
        let mut values = Vec::with_capacity(expressions.len());
        for expression in expressions {
            values.push(constant::evaluate(host, id, expression)? as u64);
        }
        let elements = if class == FieldClass::Object {
            Elements::Objects(values.iter().map(|&value| value as u32).collect())
        } else {
            Elements::Functions(values.into())
        };
        host.store().instance_mut(id).elements[index] = elements;
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
            Some(init) => constant::evaluate(host, id, init)?,
            None => 0,
        };
        let store = host.store();
        let place = store
            .instance(id)
            .context
            .own(module.offsets().global(own as u32));
        let global = store.add_own_global(global.ty, place);
        store.global(global).set(value.to_le_bytes());
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
        let table = store.table(store.instance(id).tables[index]);
        if value != 0 {
            table
                .fill(0, table.len() as u64, value as u64)
                .expect("all elements of a table are inside it");
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
            let start = constant::evaluate(host, id, offset)? as u64;
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
    let mut mapped = vec![false; description.memories.len()];
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
            let start = constant::evaluate(host, id, offset)? as u64;
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
