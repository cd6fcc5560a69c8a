//! Heap types.
//!
//! A defined type belongs to an engine. All other heap types mean the same in every engine.

use super::defined::{ArrayType, FuncType, StructType};
use super::exn::ExnType;
use crate::Engine;
use std::fmt;
use transom_types::TypeKind;

/// A heap type (§2.3.3).
///
/// ```
/// # use transom::*;
/// // None < I31, Struct, Array < Eq < Any
/// assert!(HeapType::None.matches(&HeapType::Struct) && HeapType::Struct.matches(&HeapType::Any));
/// assert!(!HeapType::Func.matches(&HeapType::Any), "functions have a hierarchy of their own");
/// let engine = Engine::default();
/// let pair = StructType::new(&engine, [])?;
/// assert!(HeapType::from(pair).matches(&HeapType::Struct));
/// # Ok::<(), Error>(())
/// ```
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
    /// Exceptions whose tags have a type.
    ConcreteExn(ExnType),
    /// No exception.
    NoExn,
    /// Any continuation. There are none so far, as of the two types below: what is given such a type panics.
    Cont,
    /// Continuations of a defined type.
    ConcreteCont(ContType),
    /// No continuation.
    NoCont,
}

/// A continuation type, of which there are none so far.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ContType {}

impl ContType {
    /// The engine that the type belongs to.
    pub fn engine(&self) -> &Engine {
        match *self {}
    }

    /// Whether this is a subtype of `other`.
    pub fn matches(&self, _other: &ContType) -> bool {
        match *self {}
    }
}

/// Methods that ask for one abstract heap type.
macro_rules! abstract_types {
    ($($is:ident $variant:ident $text:literal;)*) => {
        $(
        #[doc = concat!("Whether this is the abstract type `", $text, "`.")]
        pub fn $is(&self) -> bool {
            matches!(self, HeapType::$variant)
        }
        )*
    };
}

/// Methods that ask for one kind of defined types.
macro_rules! concrete_types {
    ($($is:ident $get:ident $unwrap:ident $variant:ident $ty:ident $what:literal;)*) => {
        $(
        #[doc = concat!("Whether this is ", $what, ".")]
        pub fn $is(&self) -> bool {
            matches!(self, HeapType::$variant(_))
        }

        #[doc = concat!("The type, if this is ", $what, ".")]
        pub fn $get(&self) -> Option<&$ty> {
            match self {
                HeapType::$variant(ty) => Some(ty),
                _ => None,
            }
        }

        #[doc = concat!("The type, which must be ", $what, ".")]
        ///
        /// # Panics
        ///
        /// If this is another heap type.
        pub fn $unwrap(&self) -> &$ty {
            self.$get().expect(concat!("a heap type that is ", $what))
        }
        )*
    };
}

impl HeapType {
    abstract_types! {
        is_extern Extern "extern";
        is_func Func "func";
        is_no_func NoFunc "nofunc";
        is_any Any "any";
        is_i31 I31 "i31";
        is_none None "none";
        is_exn Exn "exn";
        is_no_exn NoExn "noexn";
        is_cont Cont "cont";
    }

    concrete_types! {
        is_concrete_func as_concrete_func unwrap_concrete_func ConcreteFunc FuncType "a defined function type";
        is_concrete_array as_concrete_array unwrap_concrete_array ConcreteArray ArrayType "a defined array type";
        is_concrete_struct as_concrete_struct unwrap_concrete_struct ConcreteStruct StructType
            "a defined structure type";
        is_concrete_exn as_concrete_exn unwrap_concrete_exn ConcreteExn ExnType "the type of exceptions of a tag type";
        is_concrete_cont as_concrete_cont unwrap_concrete_cont ConcreteCont ContType "a defined continuation type";
    }

    /// Whether this is an abstract type, which is not defined by a module or the host.
    pub fn is_abstract(&self) -> bool {
        !self.is_concrete()
    }

    /// Whether this is a defined type.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let ty = HeapType::from(FuncType::new(&engine, [], []));
    /// assert!(ty.is_concrete_func() && ty.is_concrete() && !ty.is_abstract());
    /// assert!(ty.top().is_func() && ty.bottom().is_no_func() && !ty.is_bottom());
    /// assert_eq!(ty.unwrap_concrete_func().params().len(), 0);
    /// ```
    pub fn is_concrete(&self) -> bool {
        matches!(
            self,
            HeapType::ConcreteFunc(_)
                | HeapType::ConcreteArray(_)
                | HeapType::ConcreteStruct(_)
                | HeapType::ConcreteExn(_)
                | HeapType::ConcreteCont(_)
        )
    }

    /// The top type of this type's hierarchy.
    pub fn top(&self) -> HeapType {
        match self {
            HeapType::Extern | HeapType::NoExtern => HeapType::Extern,
            HeapType::Func | HeapType::ConcreteFunc(_) | HeapType::NoFunc => HeapType::Func,
            HeapType::Exn | HeapType::ConcreteExn(_) | HeapType::NoExn => HeapType::Exn,
            HeapType::Cont | HeapType::ConcreteCont(_) | HeapType::NoCont => HeapType::Cont,
            HeapType::Any
            | HeapType::Eq
            | HeapType::I31
            | HeapType::Array
            | HeapType::ConcreteArray(_)
            | HeapType::Struct
            | HeapType::ConcreteStruct(_)
            | HeapType::None => HeapType::Any,
        }
    }

    /// Whether this is the top type of its hierarchy.
    pub fn is_top(&self) -> bool {
        matches!(
            self,
            HeapType::Extern | HeapType::Func | HeapType::Any | HeapType::Exn | HeapType::Cont
        )
    }

    /// The bottom type of this type's hierarchy. Only null is a reference to it.
    pub fn bottom(&self) -> HeapType {
        match self.top() {
            HeapType::Extern => HeapType::NoExtern,
            HeapType::Func => HeapType::NoFunc,
            HeapType::Exn => HeapType::NoExn,
            HeapType::Cont => HeapType::NoCont,
            _ => HeapType::None,
        }
    }

    /// Whether this is the bottom type of its hierarchy.
    pub fn is_bottom(&self) -> bool {
        matches!(
            self,
            HeapType::NoExtern | HeapType::NoFunc | HeapType::None | HeapType::NoExn | HeapType::NoCont
        )
    }

    /// Whether `a` and `b` are the same type.
    ///
    /// # Panics
    ///
    /// If the types belong to different engines.
    pub fn eq(a: &Self, b: &Self) -> bool {
        a.matches(b) && b.matches(a)
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
        let is_cont = |ty: &HeapType| ty.top().is_cont();
        if is_cont(self) || is_cont(other) {
            return is_cont(self) && is_cont(other) && (other.is_cont() || self.is_bottom());
        }
        if let HeapType::ConcreteExn(other) = other {
            return match self {
                HeapType::ConcreteExn(own) => own.matches(other),
                _ => self.is_no_exn(),
            };
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
            HeapType::ConcreteExn(ty) => Some(ty.engine()),
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
            // WebAssembly has no such type: it knows exceptions by their tags.
            HeapType::Exn | HeapType::ConcreteExn(_) => T::Exn,
            HeapType::NoExn => T::NoExn,
            HeapType::Cont | HeapType::NoCont => {
                panic!("there are no continuations: their types have no values")
            }
            HeapType::ConcreteCont(ty) => match *ty {},
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

impl fmt::Display for HeapType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let HeapType::ConcreteExn(ty) = self {
            return ty.fmt(f);
        }
        if self.top().is_cont() {
            return f.write_str(if self.is_bottom() { "nocont" } else { "cont" });
        }
        match self.registry() {
            Some(registry) => f.write_str(&registry.text().heap(self.lower())),
            None => f.write_str(&transom_types::TypeRegistry::new().text().heap(self.lower())),
        }
    }
}

impl From<FuncType> for HeapType {
    fn from(ty: FuncType) -> HeapType {
        HeapType::ConcreteFunc(ty)
    }
}

impl From<ContType> for HeapType {
    fn from(ty: ContType) -> HeapType {
        HeapType::ConcreteCont(ty)
    }
}

impl From<ExnType> for HeapType {
    fn from(ty: ExnType) -> HeapType {
        HeapType::ConcreteExn(ty)
    }
}
