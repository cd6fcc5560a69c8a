//! Rust types that represent WebAssembly types.

use crate::value::internal_type;
use crate::{
    AnyRef, ArrayRef, EqRef, ExnRef, ExternRef, Func, HeapType, I31, NoExtern, NoFunc, NoneRef, OwnedRooted,
    RefType, Rooted, StructRef, V128, ValType,
};
use core::arch::x86_64::__m128i;
use transom_error::{Result, bail};
use transom_types::HeapType as Heap;
use transom_vm::Store;
use transom_vm::layout::VmValue;
use transom_vm::raw::place::{vector_bits, vector_of_bits};

/// Supertraits that prevent implementations in other crates.
pub(super) mod sealed {
    /// For [`WasmTy`](super::WasmTy).
    pub trait Type {}

    /// For [`WasmTyList`](super::WasmTyList).
    pub trait List {}
}

/// A Rust type that represents a WebAssembly value type. Implemented for `i32`, `u32`, `i64`, `u64`, `f32`, `f64`,
/// [`V128`], [`Func`], [`NoFunc`], [`NoExtern`], [`NoneRef`], [`I31`], [`Rooted`] and [`OwnedRooted`] of every kind, and options of the
/// references.
///
/// The methods are an implementation detail and may change. Other crates cannot implement this trait, because
/// compiled code relies on the results of its methods.
pub trait WasmTy: Sized + Send + sealed::Type {
    /// The representation of a value in a register.
    #[doc(hidden)]
    type Abi: AbiValue;

    /// The WebAssembly type.
    #[doc(hidden)]
    fn valtype() -> ValType;

    /// Converts the value to its representation in a register.
    #[doc(hidden)]
    fn to_abi(self, store: &Store) -> Result<Self::Abi>;

    /// Converts a value from its representation in a register.
    #[doc(hidden)]
    fn from_abi(abi: Self::Abi, store: &mut Store) -> Self;

    /// The most precise type of the value, if it is a reference. A function may require a more specific type than the
    /// Rust type expresses.
    #[doc(hidden)]
    fn reference_type(&self, _: &Store) -> Result<Option<transom_types::RefType>> {
        Ok(None)
    }
}

/// A value in a register.
pub trait AbiValue: Copy {
    /// Whether the value is passed in an integer register.
    const IS_INT: bool;

    /// Converts the value to its representation in memory.
    fn to_value(self) -> VmValue;

    /// Converts a value from its representation in memory.
    fn from_value(value: VmValue) -> Self;
}

macro_rules! abi_values {
    ($($ty:ty, $int:literal, $value:ident => $to:expr, $from:expr;)*) => {
        $(impl AbiValue for $ty {
            const IS_INT: bool = $int;

            #[inline(always)]
            fn to_value(self) -> VmValue {
                let $value = self;
                VmValue { bytes: u128::from($to).to_le_bytes() }
            }

            #[inline(always)]
            fn from_value(value: VmValue) -> Self {
                let $value = u128::from_le_bytes(value.bytes);
                $from
            }
        })*
    };
}

abi_values! {
    u32, true, value => value, value as u32;
    u64, true, value => value, value as u64;
    f32, false, value => value.to_bits(), f32::from_bits(value as u32);
    f64, false, value => value.to_bits(), f64::from_bits(value as u64);
    __m128i, false, value => vector_bits(value), vector_of_bits(value);
}

macro_rules! numbers {
    ($($ty:ty as $abi:ty => $val:ident, $value:ident: $to:expr, $from:expr;)*) => {
        $(impl sealed::Type for $ty {}

        impl WasmTy for $ty {
            type Abi = $abi;

            fn valtype() -> ValType {
                ValType::$val
            }

            #[inline(always)]
            fn to_abi(self, _: &Store) -> Result<$abi> {
                let $value = self;
                Ok($to)
            }

            #[inline(always)]
            fn from_abi($value: $abi, _: &mut Store) -> $ty {
                $from
            }
        })*
    };
}

numbers! {
    i32 as u32 => I32, value: value as u32, value as i32;
    u32 as u32 => I32, value: value, value;
    i64 as u64 => I64, value: value as u64, value as i64;
    u64 as u64 => I64, value: value, value;
    f32 as f32 => F32, value: value, value;
    f64 as f64 => F64, value: value, value;
    V128 as __m128i => V128, value: vector_of_bits(value.as_u128()), V128::from(vector_bits(value));
}

impl sealed::Type for Option<Func> {}

impl WasmTy for Option<Func> {
    type Abi = u64;

    fn valtype() -> ValType {
        ValType::FUNCREF
    }

    #[inline(always)]
    fn to_abi(self, store: &Store) -> Result<u64> {
        self.map_or(Ok(0), |function| function.to_abi(store))
    }

    #[inline(always)]
    fn from_abi(abi: u64, store: &mut Store) -> Self {
        Func::of_bits(store, abi)
    }

    fn reference_type(&self, store: &Store) -> Result<Option<transom_types::RefType>> {
        crate::Ref::Func(*self).lowered_ty(store).map(Some)
    }
}

impl sealed::Type for Func {}

impl WasmTy for Func {
    type Abi = u64;

    fn valtype() -> ValType {
        ValType::Ref(RefType::new(false, HeapType::Func))
    }

    #[inline(always)]
    fn to_abi(self, store: &Store) -> Result<u64> {
        Ok(self.checked(store)?.address() as u64)
    }

    #[inline(always)]
    fn from_abi(abi: u64, store: &mut Store) -> Self {
        Func::of_bits(store, abi).expect("a reference whose type has no null")
    }

    fn reference_type(&self, store: &Store) -> Result<Option<transom_types::RefType>> {
        crate::Ref::Func(Some(*self)).lowered_ty(store).map(Some)
    }
}

/// References that can only be null, and their types, which have no values.
macro_rules! empty {
    ($($ty:ident: $abi:ty, $heap:ident;)*) => {
        $(impl sealed::Type for Option<$ty> {}

        impl WasmTy for Option<$ty> {
            type Abi = $abi;

            fn valtype() -> ValType {
                ValType::Ref(RefType::new(true, HeapType::$heap))
            }

            fn to_abi(self, _: &Store) -> Result<$abi> {
                Ok(0)
            }

            fn from_abi(_: $abi, _: &mut Store) -> Self {
                None
            }

            fn reference_type(&self, _: &Store) -> Result<Option<transom_types::RefType>> {
                Ok(Some(reference(true, Heap::$heap)))
            }
        }

        impl sealed::Type for $ty {}

        impl WasmTy for $ty {
            type Abi = $abi;

            fn valtype() -> ValType {
                ValType::Ref(RefType::new(false, HeapType::$heap))
            }

            fn to_abi(self, _: &Store) -> Result<$abi> {
                match self {}
            }

            fn from_abi(_: $abi, _: &mut Store) -> Self {
                unreachable!("a type without values")
            }

            fn reference_type(&self, _: &Store) -> Result<Option<transom_types::RefType>> {
                match *self {}
            }
        })*
    };
}

empty! {
    NoFunc: u64, NoFunc;
    NoExtern: u32, NoExtern;
    NoneRef: u32, None;
}

impl sealed::Type for Option<I31> {}

impl WasmTy for Option<I31> {
    type Abi = u32;

    fn valtype() -> ValType {
        ValType::Ref(RefType::new(true, HeapType::I31))
    }

    #[inline(always)]
    fn to_abi(self, _: &Store) -> Result<u32> {
        Ok(self.map_or(0, I31::bits))
    }

    #[inline(always)]
    fn from_abi(abi: u32, _: &mut Store) -> Self {
        (abi != 0).then(|| I31::of_bits(abi))
    }

    fn reference_type(&self, _: &Store) -> Result<Option<transom_types::RefType>> {
        Ok(Some(match self {
            Some(_) => reference(false, Heap::I31),
            None => reference(true, Heap::None),
        }))
    }
}

impl sealed::Type for I31 {}

impl WasmTy for I31 {
    type Abi = u32;

    fn valtype() -> ValType {
        ValType::Ref(RefType::new(false, HeapType::I31))
    }

    #[inline(always)]
    fn to_abi(self, _: &Store) -> Result<u32> {
        Ok(self.bits())
    }

    #[inline(always)]
    fn from_abi(abi: u32, _: &mut Store) -> Self {
        I31::of_bits(abi)
    }

    fn reference_type(&self, store: &Store) -> Result<Option<transom_types::RefType>> {
        Some(*self).reference_type(store)
    }
}

fn reference(nullable: bool, heap: Heap) -> transom_types::RefType {
    transom_types::RefType { nullable, heap }
}

macro_rules! handles {
    ($($handle:ident<$ty:ident> $heap:ident $null:ident $type_of:expr;)*) => {
        $(impl sealed::Type for Option<$handle<$ty>> {}

        impl sealed::Type for $handle<$ty> {}

        impl WasmTy for Option<$handle<$ty>> {
            type Abi = u32;

            fn valtype() -> ValType {
                ValType::Ref(RefType::new(true, HeapType::$heap))
            }

            #[inline(always)]
            fn to_abi(self, store: &Store) -> Result<u32> {
                self.map_or(Ok(0), |reference| reference.bits_in(store))
            }

            #[inline(always)]
            fn from_abi(abi: u32, store: &mut Store) -> Self {
                $handle::of_bits(store, abi)
            }

            fn reference_type(&self, store: &Store) -> Result<Option<transom_types::RefType>> {
                match self {
                    Some(handle) => handle.reference_type(store),
                    None => Ok(Some(reference(true, Heap::$null))),
                }
            }
        }

        impl WasmTy for $handle<$ty> {
            type Abi = u32;

            fn valtype() -> ValType {
                ValType::Ref(RefType::new(false, HeapType::$heap))
            }

            #[inline(always)]
            fn to_abi(self, store: &Store) -> Result<u32> {
                self.bits_in(store)
            }

            #[inline(always)]
            fn from_abi(abi: u32, store: &mut Store) -> Self {
                $handle::of_bits(store, abi).expect("a reference whose type has no null")
            }

            fn reference_type(&self, store: &Store) -> Result<Option<transom_types::RefType>> {
                let type_of: fn(&Store, u32) -> Heap = $type_of;
                Ok(Some(reference(false, type_of(store, self.bits_in(store)?))))
            }
        })*
    };
}

handles! {
    Rooted<ExternRef> Extern NoExtern |_, _| Heap::Extern;
    Rooted<AnyRef> Any None internal_type;
    Rooted<EqRef> Eq None internal_type;
    Rooted<StructRef> Struct None internal_type;
    Rooted<ArrayRef> Array None internal_type;
    Rooted<ExnRef> Exn NoExn |_, _| Heap::Exn;
    OwnedRooted<ExternRef> Extern NoExtern |_, _| Heap::Extern;
    OwnedRooted<AnyRef> Any None internal_type;
    OwnedRooted<EqRef> Eq None internal_type;
    OwnedRooted<StructRef> Struct None internal_type;
    OwnedRooted<ArrayRef> Array None internal_type;
    OwnedRooted<ExnRef> Exn NoExn |_, _| Heap::Exn;
}

/// A list of value types: `()`, a type, or a tuple of types.
pub trait WasmTyList: sealed::List {
    /// The types.
    fn valtypes() -> impl Iterator<Item = ValType>;
}

/// Checks an argument against the more specific type that a function requires.
pub(crate) fn check_reference(
    value: &impl WasmTy,
    expected: transom_types::ValType,
    store: &Store,
    engine: &crate::Engine,
) -> Result<()> {
    let (Some(actual), transom_types::ValType::Ref(expected)) = (value.reference_type(store)?, expected)
    else {
        return Ok(());
    };
    if let Some(mismatch) = engine.registry().explain_ref(actual, expected) {
        bail!("a reference of the wrong type: {mismatch}");
    }
    Ok(())
}
