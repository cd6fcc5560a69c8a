//! References to values of the host.
//!
//! Until the collected heap exists, what a reference refers to lives as long as its store.

use crate::store::StoreOpaque;
use crate::{AsContextMut, StoreContext, StoreContextMut};
use anyhow::{Result, ensure};
use std::any::Any;
use std::marker::PhantomData;
use transom_vm::StoreId;

/// A value of the host's that programs can hold and pass on, but not look into.
///
/// ```
/// # use transom::*;
/// let engine = Engine::default();
/// let mut store = Store::new(&engine, ());
/// let reference = ExternRef::new(&mut store, "hello".to_string())?;
/// let value = reference.data(&store)?.and_then(|value| value.downcast_ref::<String>());
/// assert_eq!(value.unwrap(), "hello");
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug)]
pub struct ExternRef(());

/// An internal value; programs can't make any yet.
#[derive(Debug)]
pub struct AnyRef(());

/// An exception; programs can't make any yet.
#[derive(Debug)]
pub struct ExnRef(());

/// A reference of a store, kept alive.
pub struct Rooted<T> {
    store: StoreId,
    reference: u32,
    kind: PhantomData<fn() -> T>,
}

impl<T> Clone for Rooted<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Rooted<T> {}

impl<T> std::fmt::Debug for Rooted<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rooted({})", self.reference)
    }
}

impl<T> Rooted<T> {
    /// The reference that compiled code knows as a number; `None` for null.
    pub(crate) fn from_raw(store: &transom_vm::Store, reference: u32) -> Option<Self> {
        (reference != 0).then_some(Rooted { store: store.id(), reference, kind: PhantomData })
    }

    /// The number by which compiled code knows the reference.
    ///
    /// # Errors
    ///
    /// It belongs to another store.
    pub(crate) fn to_raw(self, store: &transom_vm::Store) -> Result<u32> {
        ensure!(self.store == store.id(), "a reference is used with a store that it does not belong to");
        Ok(self.reference)
    }

    /// Whether two are the same reference.
    ///
    /// # Errors
    ///
    /// One of them belongs to another store.
    pub fn ref_eq(store: impl crate::AsContext, a: &Rooted<T>, b: &Rooted<T>) -> Result<bool> {
        let store = store.as_context();
        Ok(a.to_raw(store.0.vm())? == b.to_raw(store.0.vm())?)
    }
}

impl ExternRef {
    /// A reference to a value, which lives as long as the store.
    ///
    /// # Errors
    ///
    /// None yet; a collected heap may be full.
    pub fn new<V: Any + Send + Sync>(mut store: impl AsContextMut, value: V) -> Result<Rooted<ExternRef>> {
        let store = store.as_context_mut();
        let vm = transom_vm::Host::store(store.0);
        let reference = vm.add_host_value(Box::new(value));
        Ok(Rooted { store: vm.id(), reference, kind: PhantomData })
    }
}

impl Rooted<ExternRef> {
    /// The value.
    ///
    /// # Errors
    ///
    /// The reference belongs to another store.
    pub fn data<'a, T: 'static>(
        &self,
        store: impl Into<StoreContext<'a, T>>,
    ) -> Result<Option<&'a (dyn Any + Send + Sync)>> {
        let store: StoreContext<'a, T> = store.into();
        let reference = self.to_raw(store.0.vm())?;
        Ok(store.0.vm().host_value(reference))
    }

    /// The value, to be changed.
    ///
    /// # Errors
    ///
    /// The reference belongs to another store.
    pub fn data_mut<'a, T: 'static>(
        &self,
        store: impl Into<StoreContextMut<'a, T>>,
    ) -> Result<Option<&'a mut (dyn Any + Send + Sync)>> {
        let store: StoreContextMut<'a, T> = store.into();
        let reference = self.to_raw(store.0.vm())?;
        Ok(transom_vm::Host::store(store.0).host_value_mut(reference))
    }
}
