//! Dynamically typed values.
//!
//! Lowering a value checks it against the type of its destination. Values from compiled code are lifted according to
//! their type.

mod convert;
mod ty;

use crate::{AnyRef, Engine, ExnRef, ExternRef, Func, HeapType, Rooted, ValType};
use transom_code::value_class;
use transom_error::{Result, bail, ensure};
use transom_layout::object::FieldClass;
use transom_vm::Value;
use transom_vm::layout::VmValue;

/// A 128-bit vector.
///
/// ```
/// # use transom::*;
/// let lanes = [1_u32, 2, 3, 4];
/// let bits = lanes.iter().rev().fold(0, |bits, &lane| bits << 32 | u128::from(lane));
/// let engine = Engine::default();
/// let module = Module::new(&engine, r#"(module (func (export "sum") (param v128) (result i32)
///     (i32.add (i32x4.extract_lane 0 (local.get 0)) (i32x4.extract_lane 3 (local.get 0)))))"#)?;
/// let mut store = Store::new(&engine, ());
/// let sum = Instance::new(&mut store, &module, &[])?.get_typed_func::<V128, i32>(&mut store, "sum")?;
/// assert_eq!(sum.call(&mut store, V128::from(bits))?, 5);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct V128(u128);

impl V128 {
    /// The bits of the vector.
    pub fn as_u128(self) -> u128 {
        self.0
    }
}

impl From<u128> for V128 {
    fn from(bits: u128) -> V128 {
        V128(bits)
    }
}

impl From<V128> for u128 {
    fn from(value: V128) -> u128 {
        value.0
    }
}

/// A value.
///
/// ```
/// # use transom::*;
/// let value = Val::from(1.5_f32);
/// assert_eq!(value.f32(), Some(1.5));
/// assert_eq!(value.i32(), None);
/// assert!(matches!(value, Val::F32(bits) if bits == 1.5_f32.to_bits()));
/// assert!(Val::from(None::<Func>).unwrap_func_ref().is_none(), "a null reference");
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Val {
    /// 32-bit integer.
    I32(i32),
    /// 64-bit integer.
    I64(i64),
    /// The bits of a 32-bit float. Bits preserve the payload of every NaN.
    F32(u32),
    /// The bits of a 64-bit float.
    F64(u64),
    /// 128-bit vector.
    V128(V128),
    /// A function, or null.
    FuncRef(Option<Func>),
    /// A host value, or null.
    ExternRef(Option<Rooted<ExternRef>>),
    /// An internal value, or null.
    AnyRef(Option<Rooted<AnyRef>>),
    /// An exception, or null.
    ExnRef(Option<Rooted<ExnRef>>),
    /// A continuation, or null. Nothing has such a type so far.
    ContRef(Option<ContRef>),
}

/// A continuation. There are none so far.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ContRef {}

/// A reference.
///
/// ```
/// # use transom::*;
/// let mut store = Store::<()>::default();
/// let reference = Ref::from(Func::wrap(&mut store, || ()));
/// assert!(reference.is_non_null() && reference.is_func());
/// assert!(Ref::null(&HeapType::Extern).is_null());
/// assert!(matches!(Val::from(reference), Val::FuncRef(Some(_))));
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Ref {
    /// A function, or null.
    Func(Option<Func>),
    /// A host value, or null.
    Extern(Option<Rooted<ExternRef>>),
    /// An internal value, or null.
    Any(Option<Rooted<AnyRef>>),
    /// An exception, or null.
    Exn(Option<Rooted<ExnRef>>),
}

macro_rules! accessors {
    ($($(#[$doc:meta])* $get:ident $unwrap:ident $variant:ident -> $ty:ty, $value:ident => $convert:expr;)*) => {
        $(
        $(#[$doc])*
        pub fn $get(&self) -> Option<$ty> {
            match self {
                Val::$variant($value) => Some($convert),
                _ => None,
            }
        }

        /// The value of this type.
        ///
        /// # Panics
        ///
        /// If the value has another type.
        pub fn $unwrap(&self) -> $ty {
            self.$get().expect(concat!("a value of type ", stringify!($ty)))
        }
        )*
    };
}

impl Val {
    accessors! {
        /// The 32-bit integer, if this is one.
        i32 unwrap_i32 I32 -> i32, value => *value;
        /// The 64-bit integer, if this is one.
        i64 unwrap_i64 I64 -> i64, value => *value;
        /// The 32-bit float, if this is one.
        f32 unwrap_f32 F32 -> f32, value => f32::from_bits(*value);
        /// The 64-bit float, if this is one.
        f64 unwrap_f64 F64 -> f64, value => f64::from_bits(*value);
        /// The vector, if this is one.
        v128 unwrap_v128 V128 -> V128, value => *value;
        /// As [`funcref`](Self::funcref).
        func_ref unwrap_func_ref FuncRef -> Option<&Func>, value => value.as_ref();
        /// As [`externref`](Self::externref).
        extern_ref unwrap_extern_ref ExternRef -> Option<&Rooted<ExternRef>>, value => value.as_ref();
        /// As [`anyref`](Self::anyref).
        any_ref unwrap_any_ref AnyRef -> Option<&Rooted<AnyRef>>, value => value.as_ref();
        /// The function or null, if this is a function reference.
        funcref unwrap_funcref FuncRef -> Option<&Func>, value => value.as_ref();
        /// The reference or null, if this is a reference to a host value.
        externref unwrap_externref ExternRef -> Option<&Rooted<ExternRef>>, value => value.as_ref();
        /// The reference or null, if this is a reference to an internal value.
        anyref unwrap_anyref AnyRef -> Option<&Rooted<AnyRef>>, value => value.as_ref();
        /// The exception or null, if this is a reference to an exception.
        exnref unwrap_exnref ExnRef -> Option<&Rooted<ExnRef>>, value => value.as_ref();
    }

    /// The null reference of the hierarchy of a heap type.
    pub fn null_ref(heap_type: &HeapType) -> Val {
        match heap_type.top() {
            HeapType::Cont => Val::ContRef(None),
            _ => Ref::null(heap_type).into(),
        }
    }

    /// The null reference to a function.
    pub const fn null_func_ref() -> Val {
        Val::FuncRef(None)
    }

    /// The null reference to a host value.
    pub const fn null_extern_ref() -> Val {
        Val::ExternRef(None)
    }

    /// The null reference to an internal value.
    pub const fn null_any_ref() -> Val {
        Val::AnyRef(None)
    }

    /// The default value of a type: zero or null. `None` for non-nullable references.
    ///
    /// ```
    /// # use transom::*;
    /// assert_eq!(Val::default_for_ty(&ValType::I64).and_then(|value| value.i64()), Some(0));
    /// assert!(Val::default_for_ty(&ValType::EXTERNREF).is_some_and(|value| value.unwrap_externref().is_none()));
    /// let never_null = RefType::new(false, HeapType::Func);
    /// assert!(Val::default_for_ty(&never_null.into()).is_none());
    /// ```
    pub fn default_for_ty(ty: &ValType) -> Option<Val> {
        Some(match ty {
            ValType::I32 => Val::I32(0),
            ValType::I64 => Val::I64(0),
            ValType::F32 => Val::F32(0),
            ValType::F64 => Val::F64(0),
            ValType::V128 => Val::V128(V128(0)),
            ValType::Ref(ty) if ty.is_nullable() => Val::null_ref(ty.heap_type()),
            ValType::Ref(_) => return None,
        })
    }

    /// The reference, if this is a reference.
    pub fn ref_(self) -> Option<Ref> {
        match self {
            Val::FuncRef(_) | Val::ExternRef(_) | Val::AnyRef(_) | Val::ExnRef(_) => {
                Some(self.as_ref_value())
            }
            _ => None,
        }
    }

    fn as_ref_value(&self) -> Ref {
        match *self {
            Val::FuncRef(value) => Ref::Func(value),
            Val::ExternRef(value) => Ref::Extern(value),
            Val::AnyRef(value) => Ref::Any(value),
            Val::ExnRef(value) => Ref::Exn(value),
            _ => unreachable!("only asked of references"),
        }
    }

    /// Lowers the value for compiled code, if it has a type.
    ///
    /// # Errors
    ///
    /// The value has another type or belongs to another store.
    #[inline]
    pub(crate) fn lower(
        &self,
        store: &transom_vm::Store,
        engine: &Engine,
        ty: transom_types::ValType,
    ) -> Result<Value> {
        match self.number(ty) {
            Some(bits) => Ok(Value::Number(bits)),
            None => self.lower_reference(store, engine, ty),
        }
    }

    /// The bits of the number or vector, if it has a type.
    #[inline]
    fn number(&self, ty: transom_types::ValType) -> Option<u128> {
        use transom_types::ValType as T;
        match (self, ty) {
            (Val::I32(value), T::I32) => Some(u128::from(*value as u32)),
            (Val::I64(value), T::I64) => Some(u128::from(*value as u64)),
            (Val::F32(bits), T::F32) => Some(u128::from(*bits)),
            (Val::F64(bits), T::F64) => Some(u128::from(*bits)),
            (Val::V128(value), T::V128) => Some(value.0),
            _ => None,
        }
    }

    /// Lowers a reference. Any other value does not have the type.
    fn lower_reference(
        &self,
        store: &transom_vm::Store,
        engine: &Engine,
        ty: transom_types::ValType,
    ) -> Result<Value> {
        match (self, ty) {
            (
                Val::FuncRef(_) | Val::ExternRef(_) | Val::AnyRef(_) | Val::ExnRef(_),
                transom_types::ValType::Ref(expected),
            ) => self.as_ref_value().lower(store, engine, expected),
            _ => bail!(
                "expected {}, found {}",
                engine.registry().text().val(ty),
                self.describe()
            ),
        }
    }

    fn describe(&self) -> String {
        match self {
            Val::I32(value) => format!("i32 {value}"),
            Val::I64(value) => format!("i64 {value}"),
            Val::F32(bits) => format!("f32 {}", f32::from_bits(*bits)),
            Val::F64(bits) => format!("f64 {}", f64::from_bits(*bits)),
            Val::V128(value) => format!("v128 {:#x}", value.0),
            Val::FuncRef(None) | Val::ExternRef(None) | Val::AnyRef(None) | Val::ExnRef(None) => {
                "null".to_owned()
            }
            Val::ContRef(_) => "a continuation".to_owned(),
            Val::FuncRef(_) => "a function".to_owned(),
            Val::ExternRef(_) => "an externref".to_owned(),
            Val::AnyRef(_) => "an anyref".to_owned(),
            Val::ExnRef(_) => "an exnref".to_owned(),
        }
    }

    /// Lifts a value of a type from compiled code.
    #[inline]
    pub(crate) fn lift_machine(
        store: &mut transom_vm::Store,
        ty: transom_types::ValType,
        value: VmValue,
    ) -> Val {
        let bits = u128::from_le_bytes(value.bytes);
        match Val::of_number(ty, bits) {
            Ok(value) => value,
            Err(reference) => Val::lift_machine_reference(store, reference, bits),
        }
    }

    fn lift_machine_reference(store: &mut transom_vm::Store, ty: transom_types::RefType, bits: u128) -> Val {
        let class = value_class(store.engine().registry(), transom_types::ValType::Ref(ty));
        let value = if class == FieldClass::Function {
            let function = Func::of_bits(store, bits as u64);
            Value::Function(function.map(Func::pointer))
        } else {
            Value::Object(bits as u32)
        };
        Ref::lift(store, ty.heap, value).into()
    }

    /// Lifts a value of a type.
    pub(crate) fn lift(store: &mut transom_vm::Store, ty: transom_types::ValType, value: Value) -> Val {
        match Val::of_number(ty, value.bits()) {
            Ok(value) => value,
            Err(reference) => Ref::lift(store, reference.heap, value).into(),
        }
    }

    /// The number or vector with these bits; if the type is one of references, it is the error.
    #[inline]
    fn of_number(ty: transom_types::ValType, bits: u128) -> Result<Val, transom_types::RefType> {
        use transom_types::ValType as T;
        Ok(match ty {
            T::I32 => Val::I32(bits as i32),
            T::I64 => Val::I64(bits as i64),
            T::F32 => Val::F32(bits as u32),
            T::F64 => Val::F64(bits as u64),
            T::V128 => Val::V128(V128(bits)),
            T::Ref(ty) => return Err(ty),
        })
    }
}

/// Methods of references for each hierarchy.
macro_rules! hierarchies {
    ($($is:ident $get:ident $unwrap:ident $variant:ident -> $ty:ty, $what:literal;)*) => {
        $(
        #[doc = concat!("Whether this is a reference to a kind of ", $what, ", or null.")]
        pub fn $is(&self) -> bool {
            matches!(self, Ref::$variant(_))
        }

        #[doc = concat!("The ", $what, " or null, if this is a reference of the hierarchy. `Some(None)` is null.")]
        pub fn $get(&self) -> Option<Option<&$ty>> {
            match self {
                Ref::$variant(value) => Some(value.as_ref()),
                _ => None,
            }
        }

        #[doc = concat!("The ", $what, ", or `None` for null.")]
        ///
        /// # Panics
        ///
        /// If this is a reference of another hierarchy.
        pub fn $unwrap(&self) -> Option<&$ty> {
            self.$get().expect(concat!("a reference to a kind of ", $what))
        }
        )*
    };
}

impl Ref {
    /// The null reference of the hierarchy of a heap type.
    ///
    /// # Panics
    ///
    /// If it is a type of continuations.
    pub fn null(heap_type: &HeapType) -> Ref {
        match heap_type.top() {
            HeapType::Extern => Ref::Extern(None),
            HeapType::Func => Ref::Func(None),
            HeapType::Exn => Ref::Exn(None),
            HeapType::Cont => {
                panic!("there are no continuations: `Val::null_ref` has a null for their types")
            }
            _ => Ref::Any(None),
        }
    }

    /// Whether the reference is null.
    pub fn is_null(&self) -> bool {
        matches!(
            self,
            Ref::Func(None) | Ref::Extern(None) | Ref::Any(None) | Ref::Exn(None)
        )
    }

    /// Whether the reference is not null.
    pub fn is_non_null(&self) -> bool {
        !self.is_null()
    }

    hierarchies! {
        is_func as_func unwrap_func Func -> Func, "function";
        is_extern as_extern unwrap_extern Extern -> Rooted<ExternRef>, "host value";
        is_any as_any unwrap_any Any -> Rooted<AnyRef>, "internal value";
        is_exn as_exn unwrap_exn Exn -> Rooted<ExnRef>, "exception";
    }

    pub(crate) fn lowered_ty(&self, store: &transom_vm::Store) -> Result<transom_types::RefType> {
        use transom_types::HeapType as T;
        let heap = match self {
            Ref::Func(Some(function)) => T::Concrete(function.checked(store)?.descriptor(store).id),
            Ref::Func(None) => T::NoFunc,
            Ref::Extern(Some(reference)) => reference.bits_in(store).map(|_| T::Extern)?,
            Ref::Extern(None) => T::NoExtern,
            Ref::Any(Some(reference)) => internal_type(store, reference.bits_in(store)?),
            Ref::Any(None) => T::None,
            Ref::Exn(Some(reference)) => reference.bits_in(store).map(|_| T::Exn)?,
            Ref::Exn(None) => T::NoExn,
        };
        Ok(transom_types::RefType {
            nullable: self.is_null(),
            heap,
        })
    }

    /// Lowers the reference for compiled code, if it has a type.
    pub(crate) fn lower(
        &self,
        store: &transom_vm::Store,
        engine: &Engine,
        expected: transom_types::RefType,
    ) -> Result<Value> {
        let actual = self.lowered_ty(store)?;
        if let Some(mismatch) = engine.registry().explain_ref(actual, expected) {
            bail!("a reference of the wrong type: {mismatch}");
        }
        let object = |reference: Option<Result<u32>>| reference.unwrap_or(Ok(0)).map(Value::Object);
        match self {
            Ref::Func(function) => Ok(Value::Function(function.map(Func::pointer))),
            Ref::Extern(reference) => object(reference.map(|reference| reference.bits_in(store))),
            Ref::Any(reference) => object(reference.map(|reference| reference.bits_in(store))),
            Ref::Exn(reference) => object(reference.map(|reference| reference.bits_in(store))),
        }
    }

    /// Lifts a reference, which is in the hierarchy of a heap type.
    pub(crate) fn lift(store: &mut transom_vm::Store, heap: transom_types::HeapType, value: Value) -> Ref {
        use transom_types::HeapType as T;
        let reference = match value {
            Value::Function(function) => return Ref::Func(function.map(Func::of)),
            Value::Object(reference) => reference,
            Value::Number(_) => unreachable!("a number is no reference"),
        };
        match heap {
            T::Extern | T::NoExtern => Ref::Extern(Rooted::of_bits(store, reference)),
            T::Exn | T::NoExn => Ref::Exn(Rooted::of_bits(store, reference)),
            _ => Ref::Any(Rooted::of_bits(store, reference)),
        }
    }
}

/// The most precise heap type of an internal value.
pub(crate) fn internal_type(store: &transom_vm::Store, bits: u32) -> transom_types::HeapType {
    use transom_types::HeapType as T;
    // Nothing but integers can be without a heap.
    store.objects().map_or(T::I31, |heap| heap.heap_type(bits))
}

/// Checks the length of a list.
pub(crate) fn ensure_count(what: &str, expected: usize, found: usize) -> Result<()> {
    ensure!(expected == found, "expected {expected} {what}, got {found}");
    Ok(())
}
