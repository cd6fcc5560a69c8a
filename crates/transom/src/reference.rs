//! Handles of objects in the garbage-collected heap.
//!
//! A [`Rooted`] belongs to a scope: the call of a host function, a [`RootScope`](rooting::RootScope), or otherwise
//! the store. An [`OwnedRooted`] lives until its last copy is dropped. A valid handle keeps its object alive, and
//! follows the object when a collection moves it. Using a handle after its scope, or with another store, is an error.

mod convert;
pub(crate) mod rooting;

use std::fmt;
use transom_error::{Context, Result, ensure};
use transom_vm::StoreId;
use transom_vm::handles::{HandleId, OwnedHandle};

/// The position of a handle in its store.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct RootIndex {
    store: StoreId,
    handle: HandleId,
}

impl RootIndex {
    /// The bits of the reference in compiled code.
    pub(crate) fn bits(self, store: &transom_vm::Store) -> Result<u32> {
        ensure!(
            self.store == store.id(),
            "a reference is used with a store that it does not belong to"
        );
        store
            .objects
            .handles
            .get(self.handle)
            .context("a reference is used after the scope that it was made in")
    }
}

/// A kind of references. This trait is sealed: its name is not public.
pub trait ReferenceKind: Copy + fmt::Debug {
    /// Creates a reference of the kind.
    fn of(index: RootIndex) -> Self;

    /// The position of the handle.
    fn index(self) -> RootIndex;
}

/// A kind of references to objects: [`AnyRef`], [`ExternRef`] and the others. Only this crate implements it.
pub trait GcRef: ReferenceKind {}

impl<T: ReferenceKind> GcRef for T {}

/// A handle of an object, of whichever lifetime.
pub trait Handle {
    /// The bits of the reference in compiled code.
    #[doc(hidden)]
    fn bits(&self, store: &transom_vm::Store) -> Result<u32>;
}

/// A handle of an object: [`Rooted`] or [`OwnedRooted`]. Only this crate implements it.
pub trait RootedGcRef<T: GcRef>: Handle {}

impl<T: GcRef> Handle for Rooted<T> {
    fn bits(&self, store: &transom_vm::Store) -> Result<u32> {
        self.bits_in(store)
    }
}

impl<T: GcRef> RootedGcRef<T> for Rooted<T> {}

impl<T: GcRef> Handle for OwnedRooted<T> {
    fn bits(&self, store: &transom_vm::Store) -> Result<u32> {
        self.bits_in(store)
    }
}

impl<T: GcRef> RootedGcRef<T> for OwnedRooted<T> {}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        $($(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name(RootIndex);

        impl ReferenceKind for $name {
            fn of(index: RootIndex) -> Self {
                $name(index)
            }

            fn index(self) -> RootIndex {
                self.0
            }
        })*
    };
}

kinds! {
    /// A host value, which programs can hold and pass on, but not access; or an internal value that
    /// `extern.convert_any` converted.
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
    ExternRef;
    /// An internal value: a structure, an array, an [`I31`](crate::I31), or a host value that `any.convert_extern`
    /// converted.
    AnyRef;
    /// An exception.
    ExnRef;
    /// A structure, an array or an [`I31`](crate::I31): the values that `ref.eq` compares.
    EqRef;
    /// A structure.
    StructRef;
    /// An array.
    ArrayRef;
}

/// A handle of an object, which is valid during its scope.
pub struct Rooted<T>(T);

impl<T: Copy> Clone for Rooted<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Copy> Copy for Rooted<T> {}

impl<T: ReferenceKind> fmt::Debug for Rooted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Rooted").field(&self.0).finish()
    }
}

impl<T> std::ops::Deref for Rooted<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: ReferenceKind> Rooted<T> {
    /// Creates a handle in the current scope for a reference of compiled code. `None` for null.
    #[inline]
    pub(crate) fn of_bits(store: &mut transom_vm::Store, bits: u32) -> Option<Self> {
        if bits == 0 {
            return None;
        }
        let (store, handle) = (store.id(), store.objects.handles.push(bits));
        Some(Rooted(T::of(RootIndex { store, handle })))
    }

    /// The bits of the reference in compiled code.
    ///
    /// # Errors
    ///
    /// The handle belongs to another store, or its scope has ended.
    pub(crate) fn bits_in(self, store: &transom_vm::Store) -> Result<u32> {
        self.0.index().bits(store)
    }

    /// An existing handle, as another kind that the object also has.
    pub(crate) fn of_index(index: RootIndex) -> Self {
        Rooted(T::of(index))
    }

    /// The same handle, as another kind that the object also has.
    pub(crate) fn cast<U: ReferenceKind>(self) -> Rooted<U> {
        Rooted(U::of(self.0.index()))
    }
}

/// A handle of an object, which is valid in all scopes until its last copy is dropped.
///
/// ```
/// # use transom::*;
/// let engine = Engine::default();
/// let mut store = Store::new(&engine, ());
/// let kept = {
///     let mut scope = RootScope::new(&mut store);
///     ExternRef::new(&mut scope, 7)?.to_owned_rooted(&mut scope)?
/// };
/// store.gc(None)?;
/// let reference = kept.to_rooted(&mut store);
/// assert_eq!(reference.data(&store)?.unwrap().downcast_ref(), Some(&7));
/// # Ok::<(), Error>(())
/// ```
pub struct OwnedRooted<T> {
    /// Refers to the handle.
    reference: T,
    handle: OwnedHandle,
}

impl<T: Copy> Clone for OwnedRooted<T> {
    fn clone(&self) -> Self {
        OwnedRooted {
            reference: self.reference,
            handle: self.handle.clone(),
        }
    }
}

impl<T> fmt::Debug for OwnedRooted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedRooted").finish_non_exhaustive()
    }
}

impl<T> std::ops::Deref for OwnedRooted<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.reference
    }
}

impl<T: ReferenceKind> OwnedRooted<T> {
    /// Creates a handle for a reference of compiled code. `None` for null.
    pub(crate) fn of_bits(store: &mut transom_vm::Store, bits: u32) -> Option<Self> {
        (bits != 0).then(|| OwnedRooted::of_handle(store.id(), store.objects.handles.own(bits)))
    }

    /// A handle of a store.
    pub(crate) fn of_handle(store: StoreId, handle: OwnedHandle) -> Self {
        let index = RootIndex {
            store,
            handle: handle.id(),
        };
        OwnedRooted {
            reference: T::of(index),
            handle,
        }
    }

    /// The store's id, and the handle.
    pub(crate) fn into_handle(self) -> (StoreId, OwnedHandle) {
        (self.reference.index().store, self.handle)
    }

    /// The same handle, as another kind that the object also has.
    fn cast<U: ReferenceKind>(self) -> OwnedRooted<U> {
        OwnedRooted {
            reference: U::of(self.reference.index()),
            handle: self.handle,
        }
    }

    /// The bits of the reference in compiled code.
    ///
    /// # Errors
    ///
    /// The handle belongs to another store.
    pub(crate) fn bits_in(&self, store: &transom_vm::Store) -> Result<u32> {
        self.reference.index().bits(store)
    }
}
