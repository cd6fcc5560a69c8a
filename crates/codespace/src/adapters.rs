//! Adapters between the host and compiled code, one for each kind and shape, made when it is first asked for.

use crate::object::{CodeObject, Publisher};
use crate::origin::Origin;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use transom_code::{AdapterKind, CompiledFunction, Compiler, ComponentCall, Shape};

/// The most parameters, and results, of a function, as validation has it; a host's function may have any type.
const MAX_VALUES: usize = 1000;

/// All adapters of an engine.
#[derive(Debug, Default)]
pub struct Adapters {
    of_shapes: RwLock<HashMap<(AdapterKind, Shape), Arc<CodeObject>>>,
    between: RwLock<HashMap<ComponentCall, Option<Arc<CodeObject>>>>,
}

impl Adapters {
    /// The address of the adapter for a call from one component to another, compiled if it is the first of its kind. `None` if the
    /// compiler makes none. The host can do without it, so it leaves room to code that must be there.
    ///
    /// # Errors
    ///
    /// As [`address`](Self::address).
    pub fn between(
        &self,
        call: &ComponentCall,
        compiler: &dyn Compiler,
        publisher: &Publisher,
    ) -> transom_error::Result<Option<usize>> {
        let known = self.between.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(adapter) = known.get(call) {
            return Ok(adapter.as_ref().map(|adapter| adapter.address(0)));
        }
        drop(known);
        let publish = |compiled: CompiledFunction| {
            publisher.budget.check_spare(compiled.code.len())?;
            let origin = Origin::Adapter(AdapterKind::Between, call.caller_shape());
            CodeObject::publish(origin, vec![compiled], publisher)
        };
        let adapter = compiler
            .compile_component_call(call, None)?
            .map(publish)
            .transpose()?;
        let mut adapters = self.between.write().unwrap_or_else(PoisonError::into_inner);
        let adapter = adapters.entry(call.clone()).or_insert(adapter);
        Ok(adapter.as_ref().map(|adapter| adapter.address(0)))
    }

    /// The address of an adapter, compiled if this is the first function of its shape. It is valid as long as the
    /// adapters are.
    ///
    /// # Errors
    ///
    /// It can't be compiled, since the shape is beyond a limit of the compiler, or not made executable.
    pub fn address(
        &self,
        (kind, shape): (AdapterKind, &Shape),
        compiler: &dyn Compiler,
        publisher: &Publisher,
    ) -> transom_error::Result<usize> {
        let key = (kind, shape.clone());
        if let Some(adapter) = self
            .of_shapes
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
        {
            return Ok(adapter.address(0));
        }
        for (what, count) in [
            ("parameters", shape.params.len()),
            ("results", shape.results.len()),
        ] {
            transom_error::ensure!(
                count <= MAX_VALUES,
                "a function has {count} {what}; the limit is {MAX_VALUES}"
            );
        }
        let compiled = compiler.compile_adapter(kind, shape)?;
        let adapter = CodeObject::publish(Origin::Adapter(kind, shape.clone()), vec![compiled], publisher)?;
        let mut adapters = self.of_shapes.write().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have been quicker; its adapter may be in use already.
        Ok(adapters.entry(key).or_insert(adapter).address(0))
    }
}
