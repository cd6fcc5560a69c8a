//! Handles on objects of the garbage-collected heap.
//!
//! A [`Rooted`] belongs to a scope: that of the call of a host function in which it was made, of a
//! [`RootScope`](rooting::RootScope), or else of its store. An [`OwnedRooted`] lives until its last copy is dropped. While a
//! handle is valid, what it refers to is alive, and the handle follows it when it is moved. Using one after its scope, or with
//! another store, is an error.

pub(crate) mod rooting;

use anyhow::{Context, Result, ensure};
use std::fmt;
use std::marker::PhantomData;
use transom_vm::StoreId;
use transom_vm::handles::{HandleId, OwnedHandle};

/// A handle's place in its store.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct RootIndex {
    store: StoreId,
    handle: HandleId,
}

impl RootIndex {
    /// The number by which compiled code knows the object.
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

/// A kind of references: only those of this crate, whose name nobody else can say.
pub trait ReferenceKind: Copy + fmt::Debug {
    /// The reference as one of the kind.
    fn of(index: RootIndex) -> Self;

    /// Where it is.
    fn index(self) -> RootIndex;
}

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
    /// A value of the host's that programs can hold and pass on, but not look into; or an internal value that has become
    /// one by `extern.convert_any`.
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
    /// An internal value: a structure, an array, an [`I31`](crate::I31), or a value of the host's that has become one by
    /// `any.convert_extern`.
    AnyRef;
    /// An exception.
    ExnRef;
    /// A structure, an array or an [`I31`](crate::I31): what `ref.eq` compares.
    EqRef;
    /// A structure.
    StructRef;
    /// An array.
    ArrayRef;
}

/// A handle on an object, valid as long as the scope that it was made in.
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
    /// A new handle in the present scope on what compiled code knows by a number; `None` for null.
    #[inline]
    pub(crate) fn from_raw(store: &mut transom_vm::Store, bits: u32) -> Option<Self> {
        if bits == 0 {
            return None;
        }
        let (store, handle) = (store.id(), store.objects.handles.push(bits));
        Some(Rooted(T::of(RootIndex { store, handle })))
    }

    /// The number by which compiled code knows the object.
    ///
    /// # Errors
    ///
    /// The handle belongs to another store, or its scope has ended.
    pub(crate) fn to_raw(self, store: &transom_vm::Store) -> Result<u32> {
        self.0.index().bits(store)
    }

    /// A handle that exists, for another kind that the object is of as well.
    pub(crate) fn of_index(index: RootIndex) -> Self {
        Rooted(T::of(index))
    }

    /// The same handle, for another kind that the object is of as well.
    pub(crate) fn cast<U: ReferenceKind>(self) -> Rooted<U> {
        Rooted(U::of(self.0.index()))
    }
}

/// A handle on an object that lives until its last copy is dropped, in whatever scope.
///
/// ```
/// # use transom::*;
/// let engine = Engine::default();
/// let mut store = Store::new(&engine, ());
/// let kept = {
///     let mut scope = RootScope::new(&mut store);
///     ExternRef::new(&mut scope, 7)?.to_owned_rooted(&mut scope)?
/// };
/// store.gc();
/// let reference = kept.to_rooted(&mut store);
/// assert_eq!(reference.data(&store)?.unwrap().downcast_ref(), Some(&7));
/// # Ok::<(), Error>(())
/// ```
pub struct OwnedRooted<T> {
    store: StoreId,
    handle: OwnedHandle,
    kind: PhantomData<fn() -> T>,
}

impl<T> Clone for OwnedRooted<T> {
    fn clone(&self) -> Self {
        OwnedRooted {
            store: self.store,
            handle: self.handle.clone(),
            kind: PhantomData,
        }
    }
}

impl<T> fmt::Debug for OwnedRooted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedRooted").finish_non_exhaustive()
    }
}

impl<T: ReferenceKind> OwnedRooted<T> {
    /// A new handle on what compiled code knows by a number; `None` for null.
    pub(crate) fn from_raw(store: &mut transom_vm::Store, bits: u32) -> Option<Self> {
        (bits != 0).then(|| OwnedRooted {
            store: store.id(),
            handle: store.objects.handles.own(bits),
            kind: PhantomData,
        })
    }

    /// The number by which compiled code knows the object.
    ///
    /// # Errors
    ///
    /// The handle belongs to another store.
    pub(crate) fn to_raw(&self, store: &transom_vm::Store) -> Result<u32> {
        ensure!(
            self.store == store.id(),
            "a reference is used with a store that it does not belong to"
        );
        Ok(self.handle.bits())
    }
}
