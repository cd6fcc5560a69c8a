//! How a module becomes an instance: imports, contents, and the start function.

use super::Instance;
use crate::func::call::ensure_plain;
use crate::link_error::mismatch_error;
use crate::parsed::module_label;
use crate::store::call_hook::CallHook;
use crate::store::{StoreInner, StoreOpaque};
use crate::trap::{trap_error, unwind_error};
use crate::{AsContextMut, Engine, Extern, Module};
use transom_error::{Result, ensure};
use transom_ops::events;
use transom_vm::crossing::enter::enter_start;
use transom_vm::{Host, InstanceId, InstantiateError, Numbers};

impl Instance {
    /// Instantiates a module with its imports, in the order of [`Module::imports`], and runs its start function.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let mut store = Store::new(&engine, ());
    /// // Imports are given in the order of the module; `Linker` finds them by name.
    /// let module = Module::new(&engine, r#"(module (import "a" "memory" (memory 1)) (import "a" "f" (func)))"#)?;
    /// let memory = Memory::new(&mut store, MemoryType::new(1, None))?;
    /// let f = Func::wrap(&mut store, || ());
    /// assert!(Instance::new(&mut store, &module, &[f.into(), memory.into()]).is_err());
    /// Instance::new(&mut store, &module, &[memory.into(), f.into()])?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// An import is missing, has another type, or belongs to another store; the limits of the store forbid the
    /// instance; or the instance trapped. The error lists all mismatched imports.
    pub fn new(mut store: impl AsContextMut, module: &Module, imports: &[Extern]) -> Result<Instance> {
        let store = store.as_context_mut().0;
        ensure_plain(store.vm())?;
        create(store, module, imports)
    }

    /// Instantiates a module, on a stack of its own; see [`new`](Self::new) and [`Func::call_async`](crate::Func::call_async).
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new); or there is no memory for a stack.
    pub async fn new_async<T: Send + 'static>(
        mut store: impl AsContextMut<Data = T>,
        module: &Module,
        imports: &[Extern],
    ) -> Result<Instance> {
        let mut store = store.as_context_mut();
        let places = places(store.0, module);
        store
            .on_fiber_in(places, |store| create(store.0, module, imports))
            .await?
    }
}

/// The places that an instance needs in the pool of the store's engine.
pub(super) fn places(store: &mut dyn StoreOpaque, module: &Module) -> Numbers {
    transom_vm::needs(store.vm(), module.compiled())
}

fn create<T: 'static>(store: &mut StoreInner<T>, module: &Module, imports: &[Extern]) -> Result<Instance> {
    let expected = module.imports().len();
    ensure!(
        imports.len() == expected,
        "expected {expected} imports, found {}",
        imports.len()
    );
    let imports = imports
        .iter()
        .map(|import| import.lower(store.store()))
        .collect::<Result<Vec<_>>>()?;
    instantiate(store, module, &imports)
}

pub(super) fn instantiate<T: 'static>(
    store: &mut StoreInner<T>,
    module: &Module,
    imports: &[transom_vm::Extern],
) -> Result<Instance> {
    ensure!(
        Engine::same(store.engine(), module.engine()),
        "cross-`Engine` instantiation is not supported: the module belongs to another engine than the store"
    );
    let description = module.description();
    let own = |all: usize, imported: u32| all - imported as usize;
    let memories = own(description.memories.len(), description.imported.memories);
    let tables = own(description.tables.len(), description.imported.tables);
    store.count(1, memories, tables)?;
    let before = store.vm().instance_ids().len();
    let instantiated = transom_vm::instantiate(store, module.compiled(), imports);
    store.note_module(before, module);
    let id = match instantiated {
        Ok(id) => id,
        Err(InstantiateError::Trap(trap)) => return Err(trap_error(trap)),
        Err(InstantiateError::Resource(error)) => return Err(error),
        Err(InstantiateError::Link(mismatches)) => return Err(mismatch_error(module, &mismatches)),
    };
    log::info!(
        target: events::INSTANCE,
        "instance of {}; own memories: {memories}, own tables: {tables}, imports: {}",
        module_label(description),
        imports.len()
    );
    if let Some(start) = description.start {
        call_start(store, id, start)?;
    }
    Ok(Instance::of(store.vm(), id))
}

fn call_start(store: &mut dyn StoreOpaque, id: InstanceId, start: transom_module::FuncIdx) -> Result<()> {
    let function = store.vm().instance(id).function(start);
    let info = store.store().func_info(function)?.clone();
    store.cross(CallHook::CallingWasm)?;
    let outcome = enter_start(store.as_host(), &info, function, id);
    store.cross(CallHook::ReturningFromWasm)?;
    outcome.map_err(|unwind| unwind_error(store, unwind))
}
