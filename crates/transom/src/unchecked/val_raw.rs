//! A value without its type.

use crate::store::StoreOpaque;
use crate::{AsContextMut, Func, Val, ValType};
use std::ffi::c_void;
use std::fmt;
use transom_error::Result;
use transom_vm::layout::VmValue;

/// A value without its type, as programs and unchecked functions of the host exchange it: see
/// [`Func::call_unchecked`](crate::Func::call_unchecked). It takes 16 bytes; which of them count depends on the type. All
/// numbers are little-endian.
///
/// ```
/// # use transom::*;
/// assert_eq!(ValRaw::i32(-1).get_u32(), u32::MAX);
/// assert_eq!(f32::from_bits(ValRaw::f32(1.5f32.to_bits()).get_f32()), 1.5);
/// assert!(ValRaw::null().get_funcref().is_null());
/// ```
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ValRaw {
    // Two words rather than a union: every constructor initialises all bytes, so each reading is of defined memory.
    low: u64,
    high: u64,
}

const _: () = {
    assert!(size_of::<ValRaw>() == size_of::<VmValue>());
    assert!(align_of::<ValRaw>() == align_of::<u64>());
};

impl fmt::Debug for ValRaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ValRaw({:#x})", self.get_v128())
    }
}

/// Constructors, and what reads their values.
macro_rules! numbers {
    ($($what:literal $new:ident $get:ident $ty:ty, $value:ident => $to:expr, $low:ident => $from:expr;)*) => {
        $(
        #[doc = concat!("A value of ", $what, ".")]
        #[inline]
        pub fn $new($value: $ty) -> ValRaw {
            ValRaw { low: $to, high: 0 }
        }

        #[doc = concat!("The value, if it is of ", $what, "; otherwise whatever its bytes mean.")]
        #[inline]
        pub fn $get(&self) -> $ty {
            let $low = self.low;
            $from
        }
        )*
    };
}

impl ValRaw {
    /// The null reference of every type.
    #[inline]
    pub fn null() -> ValRaw {
        ValRaw { low: 0, high: 0 }
    }

    numbers! {
        "type `i32`" i32 get_i32 i32, value => u64::from(value as u32), low => low as i32;
        "type `i32`, without a sign" u32 get_u32 u32, value => u64::from(value), low => low as u32;
        "type `i64`" i64 get_i64 i64, value => value as u64, low => low as i64;
        "type `i64`, without a sign" u64 get_u64 u64, value => value, low => low;
        "type `f32`, by its bits" f32 get_f32 u32, bits => u64::from(bits), low => low as u32;
        "type `f64`, by its bits" f64 get_f64 u64, bits => bits, low => low;
        "the hierarchy of `funcref`, from [`Func::to_raw`]" funcref get_funcref *mut c_void,
            function => function.expose_provenance() as u64, low => std::ptr::with_exposed_provenance_mut(low as usize);
        "the hierarchy of `externref`, from [`ExternRef::to_raw`](crate::ExternRef::to_raw)" externref get_externref u32,
            reference => u64::from(reference), low => low as u32;
        "the hierarchy of `anyref`, from [`AnyRef::to_raw`](crate::AnyRef::to_raw)" anyref get_anyref u32,
            reference => u64::from(reference), low => low as u32;
        "the hierarchy of `exnref`, from [`ExnRef::to_raw`](crate::ExnRef::to_raw)" exnref get_exnref u32,
            reference => u64::from(reference), low => low as u32;
    }

    /// A vector, by its bits.
    #[inline]
    pub fn v128(bits: u128) -> ValRaw {
        ValRaw {
            low: bits as u64,
            high: (bits >> 64) as u64,
        }
    }

    /// The bits of the vector, if it is one; otherwise whatever its bytes mean.
    #[inline]
    pub fn get_v128(&self) -> u128 {
        u128::from(self.high) << 64 | u128::from(self.low)
    }
}

impl Val {
    /// The value without its type. A reference to an object is not kept: it is valid until something of the store is collected,
    /// that is, until the store is used for anything that may allocate.
    ///
    /// # Errors
    ///
    /// The handle of a reference belongs to another store, or its scope has ended.
    ///
    /// # Panics
    ///
    /// If the value is a function of another store.
    pub fn to_raw(&self, mut store: impl AsContextMut) -> Result<ValRaw> {
        let store = store.as_context_mut();
        let vm = store.0.vm();
        let object = |bits: Option<Result<u32>>| bits.unwrap_or(Ok(0));
        Ok(match self {
            Val::I32(value) => ValRaw::i32(*value),
            Val::I64(value) => ValRaw::i64(*value),
            Val::F32(bits) => ValRaw::f32(*bits),
            Val::F64(bits) => ValRaw::f64(*bits),
            Val::V128(value) => ValRaw::v128(value.as_u128()),
            Val::ContRef(_) => ValRaw::null(),
            Val::FuncRef(function) => {
                ValRaw::funcref(function.map_or(std::ptr::null_mut(), |function| function.raw_in(vm)))
            }
            Val::ExternRef(reference) => {
                ValRaw::externref(object(reference.map(|reference| reference.bits_in(vm)))?)
            }
            Val::AnyRef(reference) => {
                ValRaw::anyref(object(reference.map(|reference| reference.bits_in(vm)))?)
            }
            Val::ExnRef(reference) => {
                ValRaw::exnref(object(reference.map(|reference| reference.bits_in(vm)))?)
            }
        })
    }

    /// The value of a type. A reference to an object gets a handle in the present scope.
    ///
    /// # Safety
    ///
    /// `raw` is a value of the type `ty`, of this store. If it is a reference to an object, nothing was collected since it was made.
    pub unsafe fn from_raw(mut store: impl AsContextMut, raw: ValRaw, ty: ValType) -> Val {
        let value = VmValue {
            bytes: raw.get_v128().to_le_bytes(),
        };
        let store = store.as_context_mut();
        Val::lift_machine(transom_vm::Host::store(store.0), ty.lower(), value)
    }
}

impl Func {
    /// The address of the function in compiled code.
    pub(super) fn raw_in(self, store: &transom_vm::Store) -> *mut c_void {
        let pointer = self.checked(store).expect("a function of this store");
        std::ptr::with_exposed_provenance_mut(pointer.address())
    }
}
