//! The lifetime of handles: scopes and owned handles.
//!
//! Using a handle after its scope is an error. An owned handle can be converted to a handle in any later scope.

use super::{OwnedRooted, ReferenceKind, Rooted};
use crate::store::StoreOpaque;
use crate::{AsContext, AsContextMut, StoreContext, StoreContextMut};
use transom_error::Result;
use transom_vm::handles::ScopeStart;

impl<T: ReferenceKind> Rooted<T> {
    /// Whether `a` and `b` refer to the same object.
    ///
    /// # Errors
    ///
    /// A handle belongs to another store, or its scope has ended.
    pub fn ref_eq(store: impl AsContext, a: &Rooted<T>, b: &Rooted<T>) -> Result<bool> {
        let store = store.as_context();
        Ok(a.to_raw(store.0.vm())? == b.to_raw(store.0.vm())?)
    }

    /// Creates a handle that is valid until it is dropped.
    ///
    /// # Errors
    ///
    /// The handle belongs to another store, or its scope has ended.
    pub fn to_owned_rooted(&self, mut store: impl AsContextMut) -> Result<OwnedRooted<T>> {
        let vm = transom_vm::Host::store(store.as_context_mut().0);
        let bits = self.to_raw(vm)?;
        Ok(OwnedRooted::from_raw(vm, bits).expect("handles are never null"))
    }
}

impl<T: ReferenceKind> OwnedRooted<T> {
    /// Creates a handle in the current scope.
    ///
    /// # Panics
    ///
    /// If the handle belongs to another store; see [`try_to_rooted`](Self::try_to_rooted).
    pub fn to_rooted(&self, store: impl AsContextMut) -> Rooted<T> {
        self.try_to_rooted(store).expect("a handle of this store")
    }

    /// Creates a handle in the current scope.
    ///
    /// # Errors
    ///
    /// The handle belongs to another store.
    pub fn try_to_rooted(&self, mut store: impl AsContextMut) -> Result<Rooted<T>> {
        let vm = transom_vm::Host::store(store.as_context_mut().0);
        let bits = self.to_raw(vm)?;
        Ok(Rooted::from_raw(vm, bits).expect("handles are never null"))
    }

    /// Whether `a` and `b` refer to the same object.
    ///
    /// # Errors
    ///
    /// A handle belongs to another store.
    pub fn ref_eq(store: impl AsContext, a: &OwnedRooted<T>, b: &OwnedRooted<T>) -> Result<bool> {
        let store = store.as_context();
        Ok(a.to_raw(store.0.vm())? == b.to_raw(store.0.vm())?)
    }
}

/// A scope of handles. Handles that are created while this is the innermost scope become invalid when it ends. Then
/// their objects may be collected.
///
/// ```
/// # use transom::*;
/// let engine = Engine::default();
/// let mut store = Store::new(&engine, ());
/// let reference = {
///     let mut scope = RootScope::new(&mut store);
///     ExternRef::new(&mut scope, "gone soon")?
/// };
/// assert!(reference.data(&store).is_err());
/// # Ok::<(), Error>(())
/// ```
pub struct RootScope<C: AsContextMut> {
    store: C,
    start: ScopeStart,
}

impl<C: AsContextMut> RootScope<C> {
    /// Starts a scope.
    pub fn new(mut store: C) -> RootScope<C> {
        let vm = transom_vm::Host::store(store.as_context_mut().0);
        let start = vm.objects.handles.begin_scope();
        RootScope { store, start }
    }
}

impl<C: AsContextMut> Drop for RootScope<C> {
    fn drop(&mut self) {
        let start = self.start;
        let vm = transom_vm::Host::store(self.store.as_context_mut().0);
        vm.objects.handles.end_scope(start);
    }
}

impl<C: AsContextMut> AsContext for RootScope<C> {
    type Data = C::Data;

    fn as_context(&self) -> StoreContext<'_, C::Data> {
        self.store.as_context()
    }
}

impl<C: AsContextMut> AsContextMut for RootScope<C> {
    fn as_context_mut(&mut self) -> StoreContextMut<'_, C::Data> {
        self.store.as_context_mut()
    }
}
