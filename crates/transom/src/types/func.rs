//! Function types: their definition, parameters and results.
//!
//! A new type keeps the types that it contains alive.

use super::defined::{Finality, FuncType};
use super::value::ValType;
use crate::Engine;
use transom_error::{Result, ensure};
use transom_types::{CompositeType, RecRef, SubType};

impl FuncType {
    /// Creates a final function type without a supertype, alone in its rec group.
    ///
    /// # Panics
    ///
    /// If the type of a parameter or result belongs to another engine.
    pub fn new(
        engine: &Engine,
        params: impl IntoIterator<Item = ValType>,
        results: impl IntoIterator<Item = ValType>,
    ) -> FuncType {
        FuncType::try_new(engine, params, results)
            .expect("a type without a supertype can only be wrong about its engine")
    }

    /// Creates a type as [`FuncType::new`] does, and returns what fails.
    ///
    /// # Errors
    ///
    /// The type of a parameter or result belongs to another engine.
    pub fn try_new(
        engine: &Engine,
        params: impl IntoIterator<Item = ValType>,
        results: impl IntoIterator<Item = ValType>,
    ) -> Result<FuncType> {
        FuncType::with_finality_and_supertype(engine, Finality::Final, None, params, results)
    }

    /// Creates a function type, alone in its rec group.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let any = FuncType::with_finality_and_supertype(&engine, Finality::NonFinal, None, [], [ValType::ANYREF])?;
    /// let i31 = FuncType::with_finality_and_supertype(&engine, Finality::Final, Some(&any), [], [ValType::I31REF])?;
    /// assert!(i31.matches(&any) && !any.matches(&i31));
    /// assert!(i31.supertype().is_some_and(|supertype| FuncType::eq(&supertype, &any)));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `supertype` is final; the parameters or results do not match, and the error names the place; or a type belongs
    /// to another engine.
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

    /// The types of the parameters.
    pub fn params(&self) -> impl ExactSizeIterator<Item = ValType> + '_ {
        self.lowered()
            .params
            .iter()
            .map(|&ty| ValType::lift(self.engine(), ty))
    }

    /// The types of the results.
    pub fn results(&self) -> impl ExactSizeIterator<Item = ValType> + '_ {
        self.lowered()
            .results
            .iter()
            .map(|&ty| ValType::lift(self.engine(), ty))
    }

    /// The type of the parameter at `index`, or `None` if there is no such parameter.
    pub fn param(&self, index: usize) -> Option<ValType> {
        self.params().nth(index)
    }

    /// The type of the result at `index`, or `None` if there is no such result.
    pub fn result(&self, index: usize) -> Option<ValType> {
        self.results().nth(index)
    }
}
