//! Defined types: what is known of one without looking into its structure.
//!
//! Each holds its engine and keeps its rec group alive.

use crate::Engine;
use std::fmt;
use transom_types::RegisteredType;

/// Whether a type may have subtypes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Finality {
    /// No type may declare it as its supertype.
    Final,
    /// Others may.
    NonFinal,
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

            /// Whether other types may be declared subtypes of it.
            pub fn finality(&self) -> Finality {
                if self.ty.sub_type().is_final { Finality::Final } else { Finality::NonFinal }
            }

            /// The supertype that it was declared with.
            pub fn supertype(&self) -> Option<$name> {
                let supertype = self.engine.registry().lookup(self.ty.sub_type().supertype?)?;
                Some($name::of(&self.engine, supertype))
            }

            /// Whether values of this type may stand where `other` is expected: whether it is the same type, or
            /// declared a subtype.
            pub fn matches(&self, other: &$name) -> bool {
                Engine::same(&self.engine, &other.engine) && self.ty.is_subtype_of(&other.ty)
            }

            /// Whether the two are the same type. Two types of equal structure are the same only if their whole rec
            /// groups are.
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
    /// A function type, as it was defined.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let ty = FuncType::new(&engine, [ValType::I32], [ValType::FUNCREF]);
    /// assert_eq!(ty.to_string(), "(func (param i32) (result funcref))");
    /// ```
    FuncType;
    /// A structure type, as it was defined.
    StructType;
    /// An array type, as it was defined.
    ArrayType;
}
