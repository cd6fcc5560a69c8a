//! Defined types: the properties that do not depend on their structure.
//!
//! A defined type holds its engine and keeps its rec group alive.

use crate::Engine;
use std::fmt;
use transom_types::RegisteredType;

/// Whether a type may have subtypes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Finality {
    /// No other type may declare the type as its supertype.
    Final,
    /// Other types may declare the type as their supertype.
    NonFinal,
}

impl Finality {
    /// Whether no other type may declare the type as its supertype.
    pub fn is_final(&self) -> bool {
        *self == Finality::Final
    }

    /// Whether other types may declare the type as their supertype.
    pub fn is_non_final(&self) -> bool {
        *self == Finality::NonFinal
    }
}

macro_rules! defined {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        $($(#[$doc])*
        #[derive(Clone)]
        pub struct $name {
            engine: Engine,
            ty: RegisteredType,
        }

        impl $name {
            pub(crate) fn of(engine: &Engine, ty: RegisteredType) -> $name {
                $name { engine: engine.clone(), ty }
            }

            pub(crate) fn registered(&self) -> &RegisteredType {
                &self.ty
            }

            /// The engine that the type belongs to.
            pub fn engine(&self) -> &Engine {
                &self.engine
            }

            /// The finality of the type: whether it may have subtypes.
            pub fn finality(&self) -> Finality {
                if self.ty.sub_type().is_final { Finality::Final } else { Finality::NonFinal }
            }

            /// The declared supertype, if there is one.
            pub fn supertype(&self) -> Option<$name> {
                let supertype = self.engine.registry().lookup(self.ty.sub_type().supertype?)?;
                Some($name::of(&self.engine, supertype))
            }

            /// Whether values of this type may be used where `other` is expected. This is the case if both are the
            /// same type, or if this type is a declared subtype of `other`.
            pub fn matches(&self, other: &$name) -> bool {
                Engine::same(&self.engine, &other.engine) && self.ty.is_subtype_of(&other.ty)
            }

            /// Whether `a` and `b` are the same type. Two types of equal structure are the same only if their whole
            /// rec groups are equal.
            pub fn eq(a: &$name, b: &$name) -> bool {
                a.ty == b.ty
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{self}")
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.engine.registry().text().definition(&self.ty))
            }
        })*
    };
}

defined! {
    /// A defined function type.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let ty = FuncType::new(&engine, [ValType::I32], [ValType::FUNCREF]);
    /// assert_eq!(ty.to_string(), "(func (param i32) (result funcref))");
    /// ```
    FuncType;
    /// A defined structure type.
    StructType;
    /// A defined array type.
    ArrayType;
}
