//! Instances: instantiation of modules, and exports.
//!
//! An instance is not changed or removed while its store lives, so its exports stay the same.

use crate::func::call::ensure_plain;
use crate::link_error::mismatch_error;
use crate::parsed::module_label;
use crate::store::call_hook::CallHook;
use crate::store::{StoreInner, StoreOpaque};
use crate::trap::{trap_error, unwind_error};
use crate::{
    AsContext, AsContextMut, Engine, Export, Extern, Func, Global, Memory, Module, ModuleExport,
    SharedMemory, StoreContext, StoreContextMut, Table, Tag, TypedFunc, WasmParams, WasmResults,
};
use std::sync::Arc;
use transom_error::{Context, Result, ensure};
use transom_ops::events;
use transom_types::Escaped;
use transom_vm::crossing::enter::enter_plain;
use transom_vm::{Host, HostFunction, InstanceId, InstantiateError, StoreId};

/// An instance of a module in a store.
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
#[repr(C)]
pub struct Instance {
    store: StoreId,
    id: InstanceId,
}

const _: () = assert!(size_of::<Instance>() == 16, "the size in the C API");

impl Instance {
    /// Instantiates a module with its imports, in the order of [`Module::imports`], and runs its start function.
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

    /// Instantiates a module, on a stack of its own; see [`new`](Self::new) and [`Func::call_async`].
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
        store.on_fiber(|store| create(store.0, module, imports)).await?
    }

    pub(crate) fn of(store: &transom_vm::Store, id: InstanceId) -> Instance {
        Instance {
            store: store.id(),
            id,
        }
    }

    /// Returns an error if the instance belongs to another store.
    pub(crate) fn ensure_store(&self, store: &transom_vm::Store) -> Result<()> {
        ensure!(
            self.store == store.id(),
            "an instance is used with a store that it does not belong to"
        );
        Ok(())
    }

    /// Panics if the instance belongs to another store.
    fn assert_store(&self, store: &transom_vm::Store) {
        assert!(
            self.store == store.id(),
            "an instance is used with a store that it does not belong to"
        );
    }

    /// The instance's id, if it belongs to the store.
    pub(crate) fn id(&self, store: &transom_vm::Store) -> InstanceId {
        self.assert_store(store);
        self.id
    }

    fn get<'s>(&self, store: &'s transom_vm::Store) -> &'s transom_vm::Instance {
        self.assert_store(store);
        store.instance(self.id)
    }

    /// The module of the instance.
    ///
    /// # Panics
    ///
    /// If the instance belongs to another store. This applies to all infallible methods.
    pub fn module<'a, T: 'static>(&self, store: impl Into<StoreContext<'a, T>>) -> &'a Module {
        let store: StoreContext<'a, T> = store.into();
        self.assert_store(store.0.vm());
        store.0.module(self.id)
    }

    /// The exports, in their order in the module.
    pub fn exports<'a, T: 'static>(
        &'a self,
        store: impl Into<StoreContextMut<'a, T>>,
    ) -> impl ExactSizeIterator<Item = Export<'a>> + 'a {
        let store: StoreContextMut<'a, T> = store.into();
        let vm = StoreContext::from(store).0.vm();
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

    /// The export `name`, or `None` if there is no such export.
    pub fn get_export(&self, store: impl AsContext, name: &str) -> Option<Extern> {
        let store = store.as_context();
        self.assert_store(store.0.vm());
        Extern::exported(store.0.vm(), self.id, name)
    }

    /// The export at a position from [`Module::get_export_index`]. `None` if the position belongs to another module.
    pub fn get_module_export(&self, store: impl AsContext, export: &ModuleExport) -> Option<Extern> {
        let store = store.as_context();
        let instance = self.get(store.0.vm());
        let same = Arc::as_ptr(instance.module()) as usize == export.module;
        same.then(|| Extern::lift(store.0.vm(), instance.external(export.entity)))
    }

    /// The exported function `name`, or `None` if there is none.
    pub fn get_func(&self, store: impl AsContext, name: &str) -> Option<Func> {
        self.get_export(store, name)?.into_func()
    }

    /// The exported function `name`, with static types.
    ///
    /// # Errors
    ///
    /// There is no such function, it has other types, or the instance belongs to another store.
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

    /// The exported table `name`, or `None` if there is none.
    pub fn get_table(&self, store: impl AsContext, name: &str) -> Option<Table> {
        self.get_export(store, name)?.into_table()
    }

    /// The exported memory `name`, or `None` if there is none or if it is shared.
    pub fn get_memory(&self, store: impl AsContext, name: &str) -> Option<Memory> {
        self.get_export(store, name)?.into_memory()
    }

    /// The exported shared memory `name`, or `None` if there is none.
    pub fn get_shared_memory(&self, store: impl AsContext, name: &str) -> Option<SharedMemory> {
        self.get_export(store, name)?.into_shared_memory()
    }

    /// The exported global `name`, or `None` if there is none.
    pub fn get_global(&self, store: impl AsContext, name: &str) -> Option<Global> {
        self.get_export(store, name)?.into_global()
    }

    /// The exported tag `name`, or `None` if there is none.
    pub fn get_tag(&self, store: impl AsContext, name: &str) -> Option<Tag> {
        self.get_export(store, name)?.into_tag()
    }
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
    store.add_module(id, module);
    if let Some(start) = description.start {
        call_start(store, id, start)?;
    }
    Ok(Instance::of(store.vm(), id))
}

fn call_start(store: &mut dyn StoreOpaque, id: InstanceId, start: transom_module::FuncIdx) -> Result<()> {
    let function = store.vm().instance(id).function(start);
    let info = store.store().func_info(function)?.clone();
    store.cross(CallHook::CallingWasm)?;
    let outcome = enter_plain(store.as_host(), &info, function);
    store.cross(CallHook::ReturningFromWasm)?;
    outcome.map_err(|unwind| unwind_error(store.engine(), unwind))
}

/// A module with resolved imports, for repeated instantiation.
pub struct InstancePre<T> {
    module: Module,
    items: Arc<[PreImport]>,
    data: std::marker::PhantomData<fn() -> T>,
}

/// A resolved import.
#[derive(Clone)]
pub(crate) enum PreImport {
    /// An item of a store.
    Extern(Extern),
    /// A host function, which is created in each store.
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
        let imports = self.imports(store)?;
        ensure_plain(store.vm())?;
        instantiate(store, &self.module, &imports)
    }

    /// Instantiates the module, on a stack of its own; see [`Func::call_async`].
    ///
    /// # Errors
    ///
    /// As [`Instance::new_async`].
    pub async fn instantiate_async(&self, mut store: impl AsContextMut<Data = T>) -> Result<Instance>
    where
        T: Send,
    {
        let mut store = store.as_context_mut();
        let work = |store: StoreContextMut<'_, T>| {
            let imports = self.imports(store.0)?;
            instantiate(store.0, &self.module, &imports)
        };
        store.on_fiber(work).await?
    }

    fn imports(&self, store: &mut dyn StoreOpaque) -> Result<Vec<transom_vm::Extern>> {
        self.items.iter().map(|item| item.lower(store)).collect()
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
