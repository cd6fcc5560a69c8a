//! Defined types.

use super::ValType;
use crate::Engine;
use anyhow::{Result, ensure};
use std::fmt;
use transom_types::{CompositeType, RecRef, RegisteredType, SubType};

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

impl FuncType {
    /// A final function type without a supertype, alone in its rec group.
    ///
    /// # Panics
    ///
    /// If a parameter's or result's type belongs to another engine.
    pub fn new(
        engine: &Engine,
        params: impl IntoIterator<Item = ValType>,
        results: impl IntoIterator<Item = ValType>,
    ) -> FuncType {
        FuncType::with_finality_and_supertype(engine, Finality::Final, None, params, results)
            .expect("a type without a supertype can only be wrong about its engine")
    }

    /// A function type, alone in its rec group.
    ///
    /// # Errors
    ///
    /// `supertype` is final, or its parameters and results do not fit, and the error says where; or a type belongs to
    /// another engine.
    pub fn with_finality_and_supertype(
        engine: &Engine,
        finality: Finality,
        supertype: Option<&FuncType>,
        params: impl IntoIterator<Item = ValType>,
        results: impl IntoIterator<Item = ValType>,
    ) -> Result<FuncType> {
        // The types given are kept until the new one is registered, and keeps them itself.
        let params: Vec<ValType> = params.into_iter().collect();
        let results: Vec<ValType> = results.into_iter().collect();
        for ty in params.iter().chain(&results) {
            ty.ensure_engine(engine)?;
        }
        if let Some(supertype) = supertype {
            ensure!(
                Engine::same(engine, supertype.engine()),
                "the supertype {supertype} belongs to another engine"
            );
        }
        let lower = |types: &[ValType]| types.iter().map(ValType::lower).collect();
        let ty = transom_types::FuncType {
            params: lower(&params),
            results: lower(&results),
        };
        let sub = SubType {
            is_final: finality == Finality::Final,
            supertype: supertype.map(|ty| ty.ty.id()),
            composite: CompositeType::Func(ty),
        };
        let group = engine.registry().intern(vec![sub.map(RecRef::Outer)])?;
        let ty = group.get(0).expect("a group of one type has a first");
        Ok(FuncType::of(engine, ty))
    }

    pub(crate) fn lowered(&self) -> &transom_types::FuncType {
        self.ty.as_func().expect("a function type")
    }

    /// Types of the parameters.
    pub fn params(&self) -> impl ExactSizeIterator<Item = ValType> + '_ {
        self.lowered()
            .params
            .iter()
            .map(|&ty| ValType::lift(&self.engine, ty))
    }

    /// Types of the results.
    pub fn results(&self) -> impl ExactSizeIterator<Item = ValType> + '_ {
        self.lowered()
            .results
            .iter()
            .map(|&ty| ValType::lift(&self.engine, ty))
    }

    /// The type of a parameter.
    pub fn param(&self, index: usize) -> Option<ValType> {
        self.params().nth(index)
    }

    /// The type of a result.
    pub fn result(&self, index: usize) -> Option<ValType> {
        self.results().nth(index)
    }
}
