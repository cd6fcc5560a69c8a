//! Value types, reference types and heap types.
//!
//! A type that contains a defined type belongs to the engine of that type. All other types mean the same in every
//! engine.

use super::defined::{ArrayType, FuncType, StructType};
use crate::Engine;
use std::fmt;
use transom_error::{Result, ensure};
use transom_types::TypeKind;

/// A value type (specification §2.3.5).
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

/// A heap type (§2.3.3).
#[derive(Clone, Debug)]
pub enum HeapType {
    /// Any host value.
    Extern,
    /// No host value.
    NoExtern,
    /// Any function.
    Func,
    /// Functions of a defined type.
    ConcreteFunc(FuncType),
    /// No function.
    NoFunc,
    /// Any internal value.
    Any,
    /// Internal values that `ref.eq` can compare.
    Eq,
    /// Unboxed 31-bit integers.
    I31,
    /// Any array.
    Array,
    /// Arrays of a defined type.
    ConcreteArray(ArrayType),
    /// Any structure.
    Struct,
    /// Structures of a defined type.
    ConcreteStruct(StructType),
    /// No internal value.
    None,
    /// Any exception.
    Exn,
    /// No exception.
    NoExn,
}

impl ValType {
    /// The `externref` type: `(ref null extern)`.
    pub const EXTERNREF: Self = ValType::Ref(RefType::EXTERNREF);
    /// The `funcref` type: `(ref null func)`.
    pub const FUNCREF: Self = ValType::Ref(RefType::FUNCREF);
    /// The `anyref` type: `(ref null any)`.
    pub const ANYREF: Self = ValType::Ref(RefType::ANYREF);

    /// Whether this is a number or vector type.
    pub fn is_num(&self) -> bool {
        !self.is_ref()
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

    /// Whether this is `i32`.
    pub fn is_i32(&self) -> bool {
        matches!(self, ValType::I32)
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

    /// `(ref null extern)`
    pub const EXTERNREF: Self = RefType::new(true, HeapType::Extern);
    /// `(ref null func)`
    pub const FUNCREF: Self = RefType::new(true, HeapType::Func);
    /// `(ref null any)`
    pub const ANYREF: Self = RefType::new(true, HeapType::Any);

    /// Creates a reference type.
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

impl HeapType {
    /// Whether this is a defined type.
    pub fn is_concrete(&self) -> bool {
        matches!(
            self,
            HeapType::ConcreteFunc(_) | HeapType::ConcreteArray(_) | HeapType::ConcreteStruct(_)
        )
    }

    /// The function type, if this is a defined function type.
    pub fn as_concrete_func(&self) -> Option<&FuncType> {
        match self {
            HeapType::ConcreteFunc(ty) => Some(ty),
            _ => None,
        }
    }

    /// The top type of this type's hierarchy.
    pub fn top(&self) -> HeapType {
        match self {
            HeapType::Extern | HeapType::NoExtern => HeapType::Extern,
            HeapType::Func | HeapType::ConcreteFunc(_) | HeapType::NoFunc => HeapType::Func,
            HeapType::Exn | HeapType::NoExn => HeapType::Exn,
            _ => HeapType::Any,
        }
    }

    /// Whether references to this type may be used where references to `other` are expected.
    ///
    /// # Panics
    ///
    /// If the types belong to different engines.
    pub fn matches(&self, other: &HeapType) -> bool {
        if let (Some(own), Some(other)) = (self.engine(), other.engine()) {
            assert!(
                Engine::same(own, other),
                "types of different engines are compared"
            );
        }
        let registry = self.registry().or_else(|| other.registry());
        let empty;
        let registry = match registry {
            Some(registry) => registry,
            None => {
                // Abstract types alone: the relation needs no registry, but asks for one.
                empty = transom_types::TypeRegistry::new();
                &empty
            }
        };
        registry.is_subtype_heap(self.lower(), other.lower())
    }

    /// The engine that the type belongs to, or `None` if the type means the same in every engine.
    pub(super) fn engine(&self) -> Option<&Engine> {
        match self {
            HeapType::ConcreteFunc(ty) => Some(ty.engine()),
            HeapType::ConcreteArray(ty) => Some(ty.engine()),
            HeapType::ConcreteStruct(ty) => Some(ty.engine()),
            _ => None,
        }
    }

    fn registry(&self) -> Option<&transom_types::TypeRegistry> {
        self.engine().map(Engine::registry)
    }

    pub(crate) fn lower(&self) -> transom_types::HeapType {
        use transom_types::HeapType as T;
        match self {
            HeapType::Extern => T::Extern,
            HeapType::NoExtern => T::NoExtern,
            HeapType::Func => T::Func,
            HeapType::ConcreteFunc(ty) => T::Concrete(ty.registered().id()),
            HeapType::NoFunc => T::NoFunc,
            HeapType::Any => T::Any,
            HeapType::Eq => T::Eq,
            HeapType::I31 => T::I31,
            HeapType::Array => T::Array,
            HeapType::ConcreteArray(ty) => T::Concrete(ty.registered().id()),
            HeapType::Struct => T::Struct,
            HeapType::ConcreteStruct(ty) => T::Concrete(ty.registered().id()),
            HeapType::None => T::None,
            HeapType::Exn => T::Exn,
            HeapType::NoExn => T::NoExn,
        }
    }

    pub(crate) fn lift(engine: &Engine, ty: transom_types::HeapType) -> HeapType {
        use transom_types::HeapType as T;
        match ty {
            T::Extern => HeapType::Extern,
            T::NoExtern => HeapType::NoExtern,
            T::Func => HeapType::Func,
            T::NoFunc => HeapType::NoFunc,
            T::Any => HeapType::Any,
            T::Eq => HeapType::Eq,
            T::I31 => HeapType::I31,
            T::Array => HeapType::Array,
            T::Struct => HeapType::Struct,
            T::None => HeapType::None,
            T::Exn => HeapType::Exn,
            T::NoExn => HeapType::NoExn,
            T::Concrete(id) => {
                let ty = engine
                    .registry()
                    .lookup(id)
                    .expect("what mentions a type keeps it alive");
                match ty.kind() {
                    TypeKind::Func => HeapType::ConcreteFunc(FuncType::of(engine, ty)),
                    TypeKind::Struct => HeapType::ConcreteStruct(StructType::of(engine, ty)),
                    TypeKind::Array => HeapType::ConcreteArray(ArrayType::of(engine, ty)),
                }
            }
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

impl fmt::Display for HeapType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.registry() {
            Some(registry) => f.write_str(&registry.text().heap(self.lower())),
            None => f.write_str(&transom_types::TypeRegistry::new().text().heap(self.lower())),
        }
    }
}

impl From<RefType> for ValType {
    fn from(ty: RefType) -> ValType {
        ValType::Ref(ty)
    }
}

impl From<FuncType> for HeapType {
    fn from(ty: FuncType) -> HeapType {
        HeapType::ConcreteFunc(ty)
    }
}
