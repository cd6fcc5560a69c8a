//! References to values of the host.
//!
//! Until the collected heap exists, what a reference refers to lives as long as its store.

use crate::store::StoreOpaque;
use crate::{AsContextMut, StoreContext, StoreContextMut};
use anyhow::{Result, ensure};
use std::any::Any;
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
#[derive(Clone, Copy, Debug)]
pub struct ExternRef(Reference);

/// An internal value; programs can't make any yet.
#[derive(Clone, Copy, Debug)]
pub struct AnyRef(Reference);

/// An exception; programs can't make any yet.
#[derive(Clone, Copy, Debug)]
pub struct ExnRef(Reference);

/// A reference as compiled code knows it, with the store that it belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Reference {
    store: StoreId,
    bits: u32,
}

/// A kind of references: only those of this module, whose name nobody else can say.
pub trait ReferenceKind: Copy {
    /// The reference as one of the kind.
    fn of(reference: Reference) -> Self;

    /// The reference.
    fn reference(self) -> Reference;
}

macro_rules! kinds {
    ($($name:ident)*) => {
        $(impl ReferenceKind for $name {
            fn of(reference: Reference) -> Self {
                $name(reference)
            }

            fn reference(self) -> Reference {
                self.0
            }
        })*
    };
}

kinds!(ExternRef AnyRef ExnRef);

/// A reference of a store, kept alive.
#[derive(Clone, Copy, Debug)]
pub struct Rooted<T>(T);

impl<T> std::ops::Deref for Rooted<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: ReferenceKind> Rooted<T> {
    /// The reference that compiled code knows as a number; `None` for null.
    pub(crate) fn from_raw(store: &transom_vm::Store, bits: u32) -> Option<Self> {
        (bits != 0).then(|| {
            Rooted(T::of(Reference {
                store: store.id(),
                bits,
            }))
        })
    }

    /// The number by which compiled code knows the reference.
    ///
    /// # Errors
    ///
    /// It belongs to another store.
    pub(crate) fn to_raw(self, store: &transom_vm::Store) -> Result<u32> {
        self.0.reference().bits_in(store)
    }
}

impl<T: ReferenceKind> Rooted<T> {
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

impl Reference {
    fn bits_in(self, store: &transom_vm::Store) -> Result<u32> {
        ensure!(
            self.store == store.id(),
            "a reference is used with a store that it does not belong to"
        );
        Ok(self.bits)
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
        let bits = vm.add_host_value(Box::new(value));
        Ok(Rooted(ExternRef(Reference { store: vm.id(), bits })))
    }

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
        let reference = self.0.bits_in(store.0.vm())?;
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
        let reference = self.0.bits_in(store.0.vm())?;
        Ok(transom_vm::Host::store(store.0).host_value_mut(reference))
    }
}
