//! Value types and reference types.
//!
//! A type that contains a defined type belongs to the engine of that type. All other types mean the same in every
//! engine.

use super::heap::HeapType;
use crate::Engine;
use std::fmt;
use transom_error::{Result, ensure};

/// A value type (specification §2.3.5).
///
/// ```
/// # use transom::*;
/// assert!(ValType::I32.is_num() && !ValType::I32.is_ref());
/// assert!(ValType::EXTERNREF.unwrap_ref().is_nullable());
/// let not_null = ValType::from(RefType::new(false, HeapType::I31));
/// assert!(not_null.matches(&ValType::ANYREF) && !ValType::ANYREF.matches(&not_null));
/// assert_eq!(not_null.to_string(), "(ref i31)");
/// ```
#[derive(Clone, Debug)]
pub enum ValType {
    /// 32-bit integer.
    I32,
    /// 64-bit integer.
    I64,
    /// 32-bit float.
    F32,
    /// 64-bit float.
    F64,
    /// 128-bit vector.
    V128,
    /// A reference.
    Ref(RefType),
}

/// A reference type (§2.3.4).
#[derive(Clone, Debug)]
pub struct RefType {
    is_nullable: bool,
    heap_type: HeapType,
}

/// The reference types that have a name of their own in the text format.
macro_rules! named_types {
    ($($name:ident $heap:ident $short:literal $long:literal;)*) => {
        impl RefType {
            $(
            #[doc = concat!("The type `", $short, "`: `", $long, "`.")]
            pub const $name: Self = RefType::new(true, HeapType::$heap);
            )*
        }

        impl ValType {
            $(
            #[doc = concat!("The type `", $short, "`: `", $long, "`.")]
            pub const $name: Self = ValType::Ref(RefType::$name);
            )*
        }
    };
}

named_types! {
    EXTERNREF Extern "externref" "(ref null extern)";
    NULLEXTERNREF NoExtern "nullexternref" "(ref null noextern)";
    FUNCREF Func "funcref" "(ref null func)";
    NULLFUNCREF NoFunc "nullfuncref" "(ref null nofunc)";
    ANYREF Any "anyref" "(ref null any)";
    EQREF Eq "eqref" "(ref null eq)";
    I31REF I31 "i31ref" "(ref null i31)";
    ARRAYREF Array "arrayref" "(ref null array)";
    STRUCTREF Struct "structref" "(ref null struct)";
    NULLREF None "nullref" "(ref null none)";
    EXNREF Exn "exnref" "(ref null exn)";
    NULLEXNREF NoExn "nullexnref" "(ref null noexn)";
    CONTREF Cont "contref" "(ref null cont)";
    NULLCONTREF NoCont "nullcontref" "(ref null nocont)";
}

/// Methods that ask for one type.
macro_rules! is {
    ($($is:ident $pattern:pat, $text:literal;)*) => {
        $(
        #[doc = concat!("Whether this is the type `", $text, "`.")]
        pub fn $is(&self) -> bool {
            matches!(self, $pattern)
        }
        )*
    };
}

impl ValType {
    is! {
        is_i32 ValType::I32, "i32";
        is_i64 ValType::I64, "i64";
        is_f32 ValType::F32, "f32";
        is_f64 ValType::F64, "f64";
        is_v128 ValType::V128, "v128";
        is_funcref ValType::Ref(RefType { is_nullable: true, heap_type: HeapType::Func }), "funcref";
        is_externref ValType::Ref(RefType { is_nullable: true, heap_type: HeapType::Extern }), "externref";
        is_anyref ValType::Ref(RefType { is_nullable: true, heap_type: HeapType::Any }), "anyref";
        is_contref ValType::Ref(RefType { is_nullable: true, heap_type: HeapType::Cont }), "contref";
    }

    /// Whether this is the type of an integer or float. The vector type is none.
    pub fn is_num(&self) -> bool {
        !self.is_ref() && !self.is_v128()
    }

    /// Whether this is a reference type.
    pub fn is_ref(&self) -> bool {
        matches!(self, ValType::Ref(_))
    }

    /// The reference type, if this is a reference type.
    pub fn as_ref(&self) -> Option<&RefType> {
        match self {
            ValType::Ref(ty) => Some(ty),
            _ => None,
        }
    }

    /// The reference type.
    ///
    /// # Panics
    ///
    /// If this is not a reference type.
    pub fn unwrap_ref(&self) -> &RefType {
        self.as_ref().expect("a reference type")
    }

    /// Whether values of this type may be used where `other` is expected.
    ///
    /// # Panics
    ///
    /// If the types belong to different engines.
    pub fn matches(&self, other: &ValType) -> bool {
        match (self, other) {
            (ValType::Ref(a), ValType::Ref(b)) => a.matches(b),
            (ValType::Ref(_), _) | (_, ValType::Ref(_)) => false,
            (a, b) => a.lower() == b.lower(),
        }
    }

    /// Whether `a` and `b` are the same type.
    pub fn eq(a: &Self, b: &Self) -> bool {
        a.lower() == b.lower()
    }

    pub(crate) fn lower(&self) -> transom_types::ValType {
        use transom_types::ValType as T;
        match self {
            ValType::I32 => T::I32,
            ValType::I64 => T::I64,
            ValType::F32 => T::F32,
            ValType::F64 => T::F64,
            ValType::V128 => T::V128,
            ValType::Ref(ty) => T::Ref(ty.lower()),
        }
    }

    pub(crate) fn lift(engine: &Engine, ty: transom_types::ValType) -> ValType {
        use transom_types::ValType as T;
        match ty {
            T::I32 => ValType::I32,
            T::I64 => ValType::I64,
            T::F32 => ValType::F32,
            T::F64 => ValType::F64,
            T::V128 => ValType::V128,
            T::Ref(ty) => ValType::Ref(RefType::lift(engine, ty)),
        }
    }
}

impl ValType {
    /// Returns an error if the type belongs to another engine.
    pub(crate) fn ensure_engine(&self, engine: &Engine) -> Result<()> {
        self.as_ref().map_or(Ok(()), |ty| ty.ensure_engine(engine))
    }
}

impl RefType {
    /// Returns an error if the type belongs to another engine.
    pub(crate) fn ensure_engine(&self, engine: &Engine) -> Result<()> {
        let own = self
            .heap_type
            .engine()
            .is_none_or(|own| Engine::same(own, engine));
        ensure!(own, "the type {self} belongs to another engine");
        Ok(())
    }

    /// Creates a reference type.
    ///
    /// ```
    /// # use transom::*;
    /// let ty = RefType::new(true, HeapType::Struct);
    /// assert!(ty.matches(&RefType::new(true, HeapType::Eq)), "structures can be compared");
    /// assert!(!ty.matches(&RefType::new(false, HeapType::Eq)), "it may be null");
    /// ```
    pub const fn new(is_nullable: bool, heap_type: HeapType) -> RefType {
        RefType {
            is_nullable,
            heap_type,
        }
    }

    /// Whether null is a value of the type.
    pub fn is_nullable(&self) -> bool {
        self.is_nullable
    }

    /// The heap type of the referenced values.
    pub fn heap_type(&self) -> &HeapType {
        &self.heap_type
    }

    /// Whether references of this type may be used where `other` is expected.
    pub fn matches(&self, other: &RefType) -> bool {
        (other.is_nullable || !self.is_nullable) && self.heap_type.matches(&other.heap_type)
    }

    /// Whether `a` and `b` are the same type.
    pub fn eq(a: &Self, b: &Self) -> bool {
        a.lower() == b.lower()
    }

    pub(crate) fn lower(&self) -> transom_types::RefType {
        transom_types::RefType {
            nullable: self.is_nullable,
            heap: self.heap_type.lower(),
        }
    }

    pub(crate) fn lift(engine: &Engine, ty: transom_types::RefType) -> RefType {
        RefType {
            is_nullable: ty.nullable,
            heap_type: HeapType::lift(engine, ty.heap),
        }
    }
}

impl fmt::Display for ValType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ValType::I32 => f.write_str("i32"),
            ValType::I64 => f.write_str("i64"),
            ValType::F32 => f.write_str("f32"),
            ValType::F64 => f.write_str("f64"),
            ValType::V128 => f.write_str("v128"),
            ValType::Ref(ty) => ty.fmt(f),
        }
    }
}

impl fmt::Display for RefType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.is_nullable, &self.heap_type) {
            (true, HeapType::Func) => f.write_str("funcref"),
            (true, HeapType::Extern) => f.write_str("externref"),
            (nullable, heap) => write!(f, "(ref {}{heap})", if nullable { "null " } else { "" }),
        }
    }
}

impl From<RefType> for ValType {
    fn from(ty: RefType) -> ValType {
        ValType::Ref(ty)
    }
}
