//! The lifetime of handles: scopes and owned handles.
//!
//! Using a handle after its scope is an error. An owned handle can be converted to a handle in any later scope.

use super::{OwnedRooted, ReferenceKind, Rooted, RootedGcRef};
use crate::store::StoreOpaque;
use crate::{AsContext, AsContextMut, StoreContext, StoreContextMut};
use std::hash::{Hash, Hasher};
use transom_error::Result;
use transom_vm::handles::ScopeStart;

impl<T: ReferenceKind> Rooted<T> {
    /// Whether `a` and `b` refer to the same object.
    ///
    /// ```
    /// # use transom::*;
    /// let mut store = Store::<()>::default();
    /// let (one, two) = (ExternRef::new(&mut store, 5)?, ExternRef::new(&mut store, 5)?);
    /// let owned = one.to_owned_rooted(&mut store)?;
    /// assert!(Rooted::ref_eq(&store, &one, &owned)?, "two handles of one object");
    /// assert!(!Rooted::ref_eq(&store, &one, &two)?, "two objects with equal values");
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A handle belongs to another store, or its scope has ended.
    pub fn ref_eq(store: impl AsContext, a: &impl RootedGcRef<T>, b: &impl RootedGcRef<T>) -> Result<bool> {
        let store = store.as_context();
        Ok(a.bits(store.0.vm())? == b.bits(store.0.vm())?)
    }

    /// Whether `a` and `b` are copies of one handle. Handles of one object may differ; see [`ref_eq`](Self::ref_eq).
    pub fn rooted_eq(a: Self, b: Self) -> bool {
        a.index() == b.index()
    }

    /// Hashes the handle, as [`rooted_eq`](Self::rooted_eq) compares it.
    pub fn rooted_hash<H: Hasher>(&self, state: &mut H) {
        self.index().hash(state);
    }

    /// Hashes the reference, as [`ref_eq`](Self::ref_eq) compares it. A collection may move the object, and then its hash is another.
    ///
    /// # Errors
    ///
    /// The handle belongs to another store, or its scope has ended.
    pub fn ref_hash<H: Hasher>(&self, store: impl AsContext, state: &mut H) -> Result<()> {
        self.bits_in(store.as_context().0.vm())?.hash(state);
        Ok(())
    }

    /// Creates a handle that is valid until it is dropped.
    ///
    /// # Errors
    ///
    /// The handle belongs to another store, or its scope has ended.
    pub fn to_owned_rooted(&self, mut store: impl AsContextMut) -> Result<OwnedRooted<T>> {
        let vm = transom_vm::Host::store(store.as_context_mut().0);
        let bits = self.bits_in(vm)?;
        Ok(OwnedRooted::of_bits(vm, bits).expect("handles are never null"))
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
        let bits = self.bits_in(vm)?;
        Ok(Rooted::of_bits(vm, bits).expect("handles are never null"))
    }

    /// Whether `a` and `b` refer to the same object.
    ///
    /// # Errors
    ///
    /// A handle belongs to another store.
    pub fn ref_eq(store: impl AsContext, a: &impl RootedGcRef<T>, b: &impl RootedGcRef<T>) -> Result<bool> {
        Rooted::ref_eq(store, a, b)
    }

    /// Hashes the handle. Copies of one handle have the same hash; other handles of its object may have another.
    pub fn rooted_hash<H: Hasher>(&self, state: &mut H) {
        self.index().hash(state);
    }

    /// Hashes the reference, as [`ref_eq`](Self::ref_eq) compares it. A collection may move the object, and then its hash is another.
    ///
    /// # Panics
    ///
    /// If the handle belongs to another store.
    pub fn ref_hash<H: Hasher>(&self, store: impl AsContext, state: &mut H) {
        let bits = self.bits_in(store.as_context().0.vm());
        bits.expect("a handle of this store").hash(state);
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

    /// Prepares for so many more handles, so that their creation does not allocate.
    pub fn reserve(&mut self, additional: usize) {
        let vm = transom_vm::Host::store(self.store.as_context_mut().0);
        vm.objects.handles.reserve(additional);
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
