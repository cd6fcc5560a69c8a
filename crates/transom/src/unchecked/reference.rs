//! References to objects as bits.

use crate::reference::ReferenceKind;
use crate::store::{StoreInner, StoreOpaque};
use crate::{AnyRef, AsContextMut, ExnRef, ExternRef, OwnedRooted, Rooted};
use std::num::NonZeroU64;
use std::sync::Arc;
use transom_error::Result;
use transom_types::HeapType;
use transom_vm::StoreId;
use transom_vm::handles::OwnedHandle;

/// Checks that bits, which come from anywhere, are a reference of a hierarchy: of exceptions, or of everything else, since a value of
/// any type can be converted to a value of the host's and back.
///
/// # Panics
///
/// If they are not.
fn check<T: 'static>(store: &StoreInner<T>, bits: u32, exceptions: bool) {
    let heap = store.vm().objects();
    let is_reference = match bits & 1 {
        0 => heap.is_some_and(|heap| {
            heap.heap().is_object(bits) && (heap.heap_type(bits) == HeapType::Exn) == exceptions
        }),
        _ => !exceptions,
    };
    assert!(
        bits == 0 || is_reference,
        "{bits:#x} is no reference to an object of this store: only what `to_raw` has returned may be given back, and only \
         before the next collection"
    );
}

macro_rules! raw_references {
    ($($ty:ident, $exceptions:literal, $raw:literal;)*) => {
        $(impl $ty {
            /// The reference with these bits, as a handle in the present scope; `None` for null.
            ///
            /// It takes time in proportion to the young objects of the store, because the bits are checked.
            /// [`Val::from_raw`](crate::Val::from_raw) is unsafe, and checks nothing.
            ///
            /// ```
            /// # use transom::*;
            /// let mut store = Store::new(&Engine::default(), ());
            #[doc = $raw]
            /// let raw = reference.to_raw(&mut store)?;
            #[doc = concat!("let again = ", stringify!($ty), "::from_raw(&mut store, raw).unwrap();")]
            /// assert!(Rooted::ref_eq(&store, &reference, &again)?);
            /// # Ok::<(), Error>(())
            /// ```
            ///
            /// # Panics
            ///
            /// If the bits are no reference of this kind, for example because the object has been moved since.
            pub fn from_raw(mut store: impl AsContextMut, raw: u32) -> Option<Rooted<$ty>> {
                let store = store.as_context_mut();
                check(store.0, raw, $exceptions);
                Rooted::of_bits(transom_vm::Host::store(store.0), raw)
            }

            /// The bits of the reference in compiled code. They are valid until something of the store is collected, that is, until
            /// the store is used for anything that may allocate.
            ///
            /// # Errors
            ///
            /// The handle belongs to another store, or its scope has ended.
            pub fn to_raw(&self, mut store: impl AsContextMut) -> Result<u32> {
                self.index().bits(store.as_context_mut().0.vm())
            }
        })*
    };
}

raw_references! {
    AnyRef, false, "let reference = AnyRef::from_i31(&mut store, I31::wrapping_u32(7));";
    ExternRef, false, "let reference = ExternRef::new(&mut store, 7)?;";
    ExnRef, true, "let ty = FuncType::new(store.engine(), [], []);
let tag = Tag::new(&mut store, &TagType::new(ty.clone()))?;
let ty = ExnType::from_tag_type(&tag.ty(&store))?;
let pre = ExnRefPre::new(&mut store, ty);
let reference = ExnRef::new(&mut store, &pre, &tag, &[])?;";
}

/// For the C API of the `wasmtime` crate, which keeps these parts in structures of its own.
impl<T: ReferenceKind> OwnedRooted<T> {
    /// The store's id, the handle's number and place, and what keeps it alive until one of the functions below has taken it back.
    #[doc(hidden)]
    pub fn into_parts_for_c_api(self) -> (NonZeroU64, u32, u32, *const ()) {
        let (store, handle) = self.into_handle();
        let (index, number, alive) = handle.into_parts();
        (store.number(), number, index, Arc::into_raw(alive))
    }

    /// Another handle, of parts that stay in use.
    ///
    /// # Safety
    ///
    /// The parts are those of [`into_parts_for_c_api`](Self::into_parts_for_c_api) of a handle of this kind, and were not taken back.
    #[doc(hidden)]
    pub unsafe fn from_borrowed_raw_parts_for_c_api(
        store: NonZeroU64,
        number: u32,
        index: u32,
        alive: *const (),
    ) -> Self {
        // SAFETY: by the contract the flag is alive, and has one more owner from now on.
        unsafe {
            Arc::increment_strong_count(alive);
            Self::from_owned_raw_parts_for_c_api(store, number, index, alive)
        }
    }

    /// The handle of parts, which are taken back.
    ///
    /// # Safety
    ///
    /// As for [`from_borrowed_raw_parts_for_c_api`](Self::from_borrowed_raw_parts_for_c_api); and the parts are not used any more.
    #[doc(hidden)]
    pub unsafe fn from_owned_raw_parts_for_c_api(
        store: NonZeroU64,
        number: u32,
        index: u32,
        alive: *const (),
    ) -> Self {
        // SAFETY: by the contract the flag is that of `into_parts_for_c_api`, and this is its owner.
        let alive = unsafe { Arc::from_raw(alive) };
        OwnedRooted::of_handle(
            StoreId::of_number(store),
            OwnedHandle::of_parts(index, number, alive),
        )
    }
}
