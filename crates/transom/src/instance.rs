//! Instances: how a module becomes one, and what it exports.
//!
//! An instance is never changed or removed while its store lives, so its exports stay what they are.

use crate::link_error::mismatch_error;
use crate::parsed::module_label;
use crate::store::{StoreInner, StoreOpaque};
use crate::trap::{trap_error, unwind_error};
use crate::{
    AsContext, AsContextMut, Engine, Export, Extern, Func, Global, Memory, Module, ModuleExport,
    SharedMemory, StoreContext, Table, Tag, TypedFunc, WasmParams, WasmResults,
};
use anyhow::{Context, Result, ensure};
use std::sync::Arc;
use transom_ops::events;
use transom_types::Escaped;
use transom_vm::crossing::enter::enter_plain;
use transom_vm::{Host, HostFunction, InstanceId, InstantiateError, StoreId};

/// A module instance of a store.
///
/// ```
/// # use transom::*;
/// let engine = Engine::default();
/// let mut store = Store::new(&engine, ());
/// let module = Module::new(&engine, "(module (import \"\" \"f\" (func $f)) (start $f))")?;
/// let f = Func::wrap(&mut store, || println!("started"));
/// Instance::new(&mut store, &module, &[f.into()])?;
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Instance {
    store: StoreId,
    id: InstanceId,
}

impl Instance {
    /// Instantiates a module with what it imports, in the order of [`Module::imports`], and runs its start function.
    ///
    /// # Errors
    ///
    /// An import is missing, of another type, or of another store; the store's limits forbid the instance; or it
    /// trapped. All imports that do not match are listed.
    pub fn new(mut store: impl AsContextMut, module: &Module, imports: &[Extern]) -> Result<Instance> {
        let store = store.as_context_mut().0;
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

    pub(crate) fn of(store: &transom_vm::Store, id: InstanceId) -> Instance {
        Instance {
            store: store.id(),
            id,
        }
    }

    /// Fails if the instance belongs to another store.
    pub(crate) fn ensure_store(&self, store: &transom_vm::Store) -> Result<()> {
        ensure!(
            self.store == store.id(),
            "an instance is used with a store that it does not belong to"
        );
        Ok(())
    }

    /// The same, where there is no way to say that it does.
    fn assert_store(&self, store: &transom_vm::Store) {
        assert!(
            self.store == store.id(),
            "an instance is used with a store that it does not belong to"
        );
    }

    fn get<'s>(&self, store: &'s transom_vm::Store) -> &'s transom_vm::Instance {
        self.assert_store(store);
        store.instance(self.id)
    }

    /// The module.
    ///
    /// # Panics
    ///
    /// If the instance belongs to another store, as for all methods that can't fail.
    pub fn module(&self, store: impl AsContext) -> Module {
        let store = store.as_context();
        Module::of(store.0.engine(), self.get(store.0.vm()).module())
    }

    /// The exports, in the order of the module.
    pub fn exports<'a, T: 'static>(
        &'a self,
        store: impl Into<StoreContext<'a, T>>,
    ) -> impl ExactSizeIterator<Item = Export<'a>> + 'a {
        let store: StoreContext<'a, T> = store.into();
        let vm = store.0.vm();
        let instance = self.get(vm);
        instance
            .module()
            .module()
            .exports
            .iter()
            .map(move |(name, entity)| Export {
                name,
                definition: Extern::lift(vm, instance.external(entity)),
            })
    }

    /// An export.
    pub fn get_export(&self, store: impl AsContext, name: &str) -> Option<Extern> {
        let store = store.as_context();
        self.assert_store(store.0.vm());
        Extern::exported(store.0.vm(), self.id, name)
    }

    /// An export that was found before. `None` if it was found in another module.
    pub fn get_module_export(&self, store: impl AsContext, export: &ModuleExport) -> Option<Extern> {
        let store = store.as_context();
        let instance = self.get(store.0.vm());
        let same = Arc::as_ptr(instance.module()) as usize == export.module;
        same.then(|| Extern::lift(store.0.vm(), instance.external(export.entity)))
    }

    /// An exported function.
    pub fn get_func(&self, store: impl AsContext, name: &str) -> Option<Func> {
        self.get_export(store, name)?.into_func()
    }

    /// An exported function, with its types.
    ///
    /// # Errors
    ///
    /// There is no such function, or it has other types; or the instance belongs to another store.
    pub fn get_typed_func<Params: WasmParams, Results: WasmResults>(
        &self,
        mut store: impl AsContextMut,
        name: &str,
    ) -> Result<TypedFunc<Params, Results>> {
        self.ensure_store(store.as_context_mut().0.vm())?;
        let func = self.get_export(&mut store, name).and_then(Extern::into_func);
        let func = func.with_context(|| format!("failed to find function export `{}`", Escaped(name)))?;
        func.typed(store)
            .with_context(|| format!("failed to convert function `{}` to given type", Escaped(name)))
    }

    /// An exported table.
    pub fn get_table(&self, store: impl AsContext, name: &str) -> Option<Table> {
        self.get_export(store, name)?.into_table()
    }

    /// An exported memory that is not shared.
    pub fn get_memory(&self, store: impl AsContext, name: &str) -> Option<Memory> {
        self.get_export(store, name)?.into_memory()
    }

    /// An exported shared memory.
    pub fn get_shared_memory(&self, store: impl AsContext, name: &str) -> Option<SharedMemory> {
        self.get_export(store, name)?.into_shared_memory()
    }

    /// An exported global.
    pub fn get_global(&self, store: impl AsContext, name: &str) -> Option<Global> {
        self.get_export(store, name)?.into_global()
    }

    /// An exported tag.
    pub fn get_tag(&self, store: impl AsContext, name: &str) -> Option<Tag> {
        self.get_export(store, name)?.into_tag()
    }
}

fn instantiate<T: 'static>(
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
    let instantiated = transom_vm::instantiate(store, module.compiled(), imports);
    let id = match instantiated {
        Ok(id) => id,
        Err(InstantiateError::Trap(trap)) => return Err(trap_error(store.engine(), trap)),
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
    let outcome = enter_plain(store.as_host(), &info, function);
    outcome.map_err(|unwind| unwind_error(store.engine(), unwind))
}

/// A module whose imports are known, to be instantiated many times.
pub struct InstancePre<T> {
    module: Module,
    items: Arc<[PreImport]>,
    data: std::marker::PhantomData<fn() -> T>,
}

/// An import that is known.
#[derive(Clone)]
pub(crate) enum PreImport {
    /// Something of a store.
    Extern(Extern),
    /// A function of the host, to be made in each store.
    Host(Arc<HostFunction>),
}

impl<T> Clone for InstancePre<T> {
    fn clone(&self) -> Self {
        InstancePre {
            module: self.module.clone(),
            items: self.items.clone(),
            data: std::marker::PhantomData,
        }
    }
}

impl<T: 'static> InstancePre<T> {
    pub(crate) fn new(module: &Module, items: Vec<PreImport>) -> InstancePre<T> {
        InstancePre {
            module: module.clone(),
            items: items.into(),
            data: std::marker::PhantomData,
        }
    }

    /// The module.
    pub fn module(&self) -> &Module {
        &self.module
    }

    /// Instantiates the module.
    ///
    /// # Errors
    ///
    /// As [`Instance::new`].
    pub fn instantiate(&self, mut store: impl AsContextMut<Data = T>) -> Result<Instance> {
        let store = store.as_context_mut().0;
        let imports = self
            .items
            .iter()
            .map(|item| item.lower(store))
            .collect::<Result<Vec<_>>>()?;
        instantiate(store, &self.module, &imports)
    }
}

impl PreImport {
    fn lower(&self, store: &mut dyn StoreOpaque) -> Result<transom_vm::Extern> {
        match self {
            PreImport::Extern(external) => external.lower(store.store()),
            PreImport::Host(function) => Ok(transom_vm::Extern::Func(
                store.store().add_host_function(function.clone())?,
            )),
        }
    }
}
