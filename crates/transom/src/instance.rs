//! Instances and their exports. They are made in the submodules, `create` and `pre`.
//!
//! An instance is not changed or removed while its store lives, so its exports stay the same.

mod create;
pub(crate) mod pre;
mod typed;

use crate::store::StoreOpaque;
use crate::{
    AsContext, Export, Extern, Func, Global, Memory, Module, ModuleExport, SharedMemory, StoreContext,
    StoreContextMut, Table, Tag,
};
use std::sync::Arc;
use transom_error::{Result, ensure};
use transom_vm::{InstanceId, StoreId};

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
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, r#"(module (func (export "f")) (memory (export "m") 1))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// let instance = Instance::new(&mut store, &module, &[])?;
    /// let functions: Vec<_> = instance.exports(&mut store).filter(|export| export.clone().into_func().is_some()).collect();
    /// assert_eq!(functions.len(), 1);
    /// assert_eq!(functions[0].name(), "f");
    /// # Ok::<(), Error>(())
    /// ```
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
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, r#"(module (memory (export "m") 1))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// let instance = Instance::new(&mut store, &module, &[])?;
    /// match instance.get_export(&store, "m") {
    ///     Some(Extern::Memory(memory)) => assert_eq!(memory.size(&store), 1),
    ///     other => panic!("{other:?}"),
    /// }
    /// assert!(instance.get_export(&store, "n").is_none());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn get_export(&self, store: impl AsContext, name: &str) -> Option<Extern> {
        let store = store.as_context();
        self.assert_store(store.0.vm());
        Extern::exported(store.0.vm(), self.id, name)
    }

    /// The export at a position from [`Module::get_export_index`]. `None` if the position belongs to another module.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, r#"(module (func (export "handle")))"#)?;
    /// let handle = module.get_export_index("handle").expect("exported");
    /// for _ in 0..2 {
    ///     let mut store = Store::new(&engine, ());
    ///     let instance = Instance::new(&mut store, &module, &[])?;
    ///     assert!(matches!(instance.get_module_export(&store, &handle), Some(Extern::Func(_))));
    /// }
    /// # Ok::<(), Error>(())
    /// ```
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

    /// The exported table `name`, or `None` if there is none.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, r#"(module (table (export "t") funcref (elem $f))
    ///     (func $f (result i32) (i32.const 5)))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// let table = Instance::new(&mut store, &module, &[])?.get_table(&store, "t").expect("exported");
    /// let Some(Ref::Func(Some(f))) = table.get(&mut store, 0) else { unreachable!() };
    /// assert_eq!(f.typed::<(), i32>(&store)?.call(&mut store, ())?, 5);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn get_table(&self, store: impl AsContext, name: &str) -> Option<Table> {
        self.get_export(store, name)?.into_table()
    }

    /// The exported memory `name`, or `None` if there is none or if it is shared.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, r#"(module (memory (export "memory") 1) (data (i32.const 16) "hello"))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// let instance = Instance::new(&mut store, &module, &[])?;
    /// let memory = instance.get_memory(&store, "memory").expect("exported");
    /// assert_eq!(&memory.data(&store)[16..21], b"hello");
    /// # Ok::<(), Error>(())
    /// ```
    pub fn get_memory(&self, store: impl AsContext, name: &str) -> Option<Memory> {
        self.get_export(store, name)?.into_memory()
    }

    /// The exported shared memory `name`, or `None` if there is none.
    pub fn get_shared_memory(&self, store: impl AsContext, name: &str) -> Option<SharedMemory> {
        self.get_export(store, name)?.into_shared_memory()
    }

    /// The exported global `name`, or `None` if there is none.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, r#"(module (global (export "version") i32 (i32.const 3)))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// let version = Instance::new(&mut store, &module, &[])?.get_global(&store, "version").expect("exported");
    /// assert_eq!(version.get(&mut store).i32(), Some(3));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn get_global(&self, store: impl AsContext, name: &str) -> Option<Global> {
        self.get_export(store, name)?.into_global()
    }

    /// The exported tag `name`, or `None` if there is none.
    pub fn get_tag(&self, store: impl AsContext, name: &str) -> Option<Tag> {
        self.get_export(store, name)?.into_tag()
    }
}
