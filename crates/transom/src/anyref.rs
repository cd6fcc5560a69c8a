//! Internal references, and the kinds of their objects.

use crate::reference::ReferenceKind;
use crate::store::{StoreInner, StoreOpaque};
use crate::value::internal_type;
use crate::{AnyRef, ArrayRef, AsContext, AsContextMut, EqRef, ExternRef, HeapType, Rooted, StructRef};
use transom_error::Result;
use transom_types::TypeKind;
use transom_vm::objects::ObjectType;

/// An unboxed 31-bit integer.
///
/// ```
/// # use transom::*;
/// assert_eq!(I31::new_i32(-1).map(I31::get_i32), Some(-1));
/// assert_eq!(I31::new_i32(1 << 30), None, "it needs 32 bits with its sign");
/// assert_eq!(I31::wrapping_u32(1 << 31 | 5).get_u32(), 5);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct I31(u32);

impl I31 {
    /// An integer from an unsigned value, or `None` if the value needs more than 31 bits.
    pub fn new_u32(value: u32) -> Option<I31> {
        (value >> 31 == 0).then_some(I31(value))
    }

    /// An integer from a signed value, or `None` if the value needs more than 31 bits.
    pub fn new_i32(value: i32) -> Option<I31> {
        let wrapped = I31::wrapping_i32(value);
        (wrapped.get_i32() == value).then_some(wrapped)
    }

    /// An integer from the low 31 bits of an unsigned value.
    pub fn wrapping_u32(value: u32) -> I31 {
        I31(value & 0x7fff_ffff)
    }

    /// An integer from the low 31 bits of a signed value.
    pub fn wrapping_i32(value: i32) -> I31 {
        I31::wrapping_u32(value as u32)
    }

    /// The value of the integer, zero-extended.
    pub fn get_u32(self) -> u32 {
        self.0
    }

    /// The value of the integer, sign-extended.
    pub fn get_i32(self) -> i32 {
        (self.0 << 1) as i32 >> 1
    }

    pub(crate) fn bits(self) -> u32 {
        transom_vm::layout::object::i31(self.0)
    }

    /// The integer of a reference with these bits.
    pub(crate) fn of_bits(bits: u32) -> I31 {
        I31(bits >> 1)
    }
}

impl std::fmt::Debug for I31 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "I31({})", self.0)
    }
}

/// The object type and the bits of a reference.
fn object_type<T>(store: &StoreInner<T>, reference: impl ReferenceKind) -> Result<(u32, ObjectType)> {
    let vm = store.vm();
    let bits = reference.index().bits(vm)?;
    let ty = match vm.objects() {
        Some(heap) => heap.object_type(bits),
        // Nothing but integers can be without a heap.
        None => ObjectType::I31,
    };
    Ok((bits, ty))
}

fn is_of_kind(ty: &ObjectType, kind: TypeKind) -> bool {
    matches!(ty, ObjectType::Defined(ty) if ty.kind() == kind)
}

/// Methods of every kind of internal reference.
macro_rules! internal {
    ($($name:ident)*) => {
        $(impl $name {
            /// Whether the reference is an unboxed integer.
            ///
            /// # Errors
            ///
            /// The reference belongs to another store, or its scope has ended.
            pub fn is_i31(&self, store: impl AsContext) -> Result<bool> {
                Ok(object_type(store.as_context().0, *self)?.1 == ObjectType::I31)
            }

            /// The integer, if the reference is an unboxed integer.
            ///
            /// # Errors
            ///
            /// The reference belongs to another store, or its scope has ended.
            pub fn as_i31(&self, store: impl AsContext) -> Result<Option<I31>> {
                let (bits, ty) = object_type(store.as_context().0, *self)?;
                Ok((ty == ObjectType::I31).then_some(I31::of_bits(bits)))
            }

            /// The integer.
            ///
            /// # Errors
            ///
            /// The reference belongs to another store, or its scope has ended.
            ///
            /// # Panics
            ///
            /// If the reference is not an unboxed integer.
            pub fn unwrap_i31(&self, store: impl AsContext) -> Result<I31> {
                Ok(self.as_i31(store)?.expect("a reference that is an integer"))
            }

            /// Whether the reference is to a structure.
            ///
            /// # Errors
            ///
            /// The reference belongs to another store, or its scope has ended.
            pub fn is_struct(&self, store: impl AsContext) -> Result<bool> {
                Ok(is_of_kind(&object_type(store.as_context().0, *self)?.1, TypeKind::Struct))
            }

            /// The structure, if the reference is to a structure.
            ///
            /// # Errors
            ///
            /// The reference belongs to another store, or its scope has ended.
            pub fn as_struct(&self, store: impl AsContext) -> Result<Option<Rooted<StructRef>>> {
                Ok(self.is_struct(store)?.then(|| Rooted::of_index(self.index())))
            }

            /// The structure.
            ///
            /// # Errors
            ///
            /// The reference belongs to another store, or its scope has ended.
            ///
            /// # Panics
            ///
            /// If the reference is of another kind.
            pub fn unwrap_struct(&self, store: impl AsContext) -> Result<Rooted<StructRef>> {
                Ok(self.as_struct(store)?.expect("a reference to a structure"))
            }

            /// Whether the reference is to an array.
            ///
            /// # Errors
            ///
            /// The reference belongs to another store, or its scope has ended.
            pub fn is_array(&self, store: impl AsContext) -> Result<bool> {
                Ok(is_of_kind(&object_type(store.as_context().0, *self)?.1, TypeKind::Array))
            }

            /// The array, if the reference is to an array.
            ///
            /// # Errors
            ///
            /// The reference belongs to another store, or its scope has ended.
            pub fn as_array(&self, store: impl AsContext) -> Result<Option<Rooted<ArrayRef>>> {
                Ok(self.is_array(store)?.then(|| Rooted::of_index(self.index())))
            }

            /// The array.
            ///
            /// # Errors
            ///
            /// The reference belongs to another store, or its scope has ended.
            ///
            /// # Panics
            ///
            /// If the reference is of another kind.
            pub fn unwrap_array(&self, store: impl AsContext) -> Result<Rooted<ArrayRef>> {
                Ok(self.as_array(store)?.expect("a reference to an array"))
            }

            /// The most precise heap type of the referenced value.
            ///
            /// # Errors
            ///
            /// The reference belongs to another store, or its scope has ended.
            pub fn ty(&self, store: impl AsContext) -> Result<HeapType> {
                let store = store.as_context();
                let (bits, _) = object_type(store.0, *self)?;
                Ok(HeapType::lift(store.engine(), internal_type(store.0.vm(), bits)))
            }

            /// Whether the referenced value has the heap type `ty`.
            ///
            /// # Errors
            ///
            /// The reference belongs to another store, or its scope has ended.
            ///
            /// # Panics
            ///
            /// If the type belongs to another engine.
            pub fn matches_ty(&self, store: impl AsContext, ty: &HeapType) -> Result<bool> {
                Ok(self.ty(store)?.matches(ty))
            }
        })*
    };
}

internal!(AnyRef EqRef);

impl AnyRef {
    /// Whether `ref.eq` can compare the reference. This is the case unless it is to a host value.
    ///
    /// # Errors
    ///
    /// The reference belongs to another store, or its scope has ended.
    pub fn is_eqref(&self, store: impl AsContext) -> Result<bool> {
        Ok(object_type(store.as_context().0, *self)?.1 != ObjectType::Host)
    }

    /// The reference as an `eqref`, if `ref.eq` can compare it.
    ///
    /// # Errors
    ///
    /// The reference belongs to another store, or its scope has ended.
    pub fn as_eqref(&self, store: impl AsContext) -> Result<Option<Rooted<EqRef>>> {
        Ok(self.is_eqref(store)?.then(|| Rooted::of_index(self.index())))
    }

    /// The reference as an `eqref`.
    ///
    /// # Errors
    ///
    /// The reference belongs to another store, or its scope has ended.
    ///
    /// # Panics
    ///
    /// If `ref.eq` cannot compare the reference.
    pub fn unwrap_eqref(&self, store: impl AsContext) -> Result<Rooted<EqRef>> {
        Ok(self.as_eqref(store)?.expect("a reference that can be compared"))
    }

    /// Whether the reference is to a host value.
    ///
    /// # Errors
    ///
    /// The reference belongs to another store, or its scope has ended.
    pub fn is_externref(&self, store: impl AsContext) -> Result<bool> {
        Ok(!self.is_eqref(store)?)
    }

    /// Creates a reference that is an unboxed integer.
    pub fn from_i31(mut store: impl AsContextMut, value: I31) -> Rooted<AnyRef> {
        let vm = transom_vm::Host::store(store.as_context_mut().0);
        Rooted::of_bits(vm, value.bits()).expect("an integer is not null")
    }

    /// Converts a host reference, as `any.convert_extern` does.
    ///
    /// # Errors
    ///
    /// The reference belongs to another store, or its scope has ended.
    pub fn convert_extern(
        mut store: impl AsContextMut,
        reference: Rooted<ExternRef>,
    ) -> Result<Rooted<AnyRef>> {
        let vm = transom_vm::Host::store(store.as_context_mut().0);
        let bits = reference.bits_in(vm)?;
        Ok(Rooted::of_bits(vm, bits).expect("a handle is not null"))
    }
}

impl EqRef {
    /// Creates a reference that is an unboxed integer.
    ///
    /// ```
    /// # use transom::*;
    /// let mut store = Store::<()>::default();
    /// let reference = EqRef::from_i31(&mut store, I31::wrapping_u32(7));
    /// assert_eq!(reference.unwrap_i31(&store)?.get_u32(), 7);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn from_i31(mut store: impl AsContextMut, value: I31) -> Rooted<EqRef> {
        let vm = transom_vm::Host::store(store.as_context_mut().0);
        Rooted::of_bits(vm, value.bits()).expect("an integer is not null")
    }
}
