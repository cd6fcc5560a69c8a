//! Function types: how they are defined, and their parameters and results.
//!
//! A new type keeps alive what it mentions.

use super::defined::{Finality, FuncType};
use super::value::ValType;
use crate::Engine;
use anyhow::{Result, ensure};
use transom_types::{CompositeType, RecRef, SubType};

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
            supertype: supertype.map(|ty| ty.registered().id()),
            composite: CompositeType::Func(ty),
        };
        let group = engine.registry().intern(vec![sub.map(RecRef::Outer)])?;
        let ty = group.get(0).expect("a group of one type has a first");
        Ok(FuncType::of(engine, ty))
    }

    pub(crate) fn lowered(&self) -> &transom_types::FuncType {
        self.registered().as_func().expect("a function type")
    }

    /// Types of the parameters.
    pub fn params(&self) -> impl ExactSizeIterator<Item = ValType> + '_ {
        self.lowered()
            .params
            .iter()
            .map(|&ty| ValType::lift(self.engine(), ty))
    }

    /// Types of the results.
    pub fn results(&self) -> impl ExactSizeIterator<Item = ValType> + '_ {
        self.lowered()
            .results
            .iter()
            .map(|&ty| ValType::lift(self.engine(), ty))
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
