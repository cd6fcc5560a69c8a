//! Modules with resolved imports.

use super::Instance;
use super::create::{instantiate, places};
use crate::func::call::ensure_plain;
use crate::store::StoreOpaque;
use crate::{AsContextMut, Extern, Module, StoreContextMut};
use std::sync::Arc;
use transom_error::Result;
use transom_vm::HostFunction;

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

    /// Instantiates the module, on a stack of its own; see [`Func::call_async`](crate::Func::call_async).
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
        let places = places(store.0, &self.module);
        store.on_fiber_in(places, work).await?
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
