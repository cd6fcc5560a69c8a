//! Adapters between the host and compiled code, one for each kind and shape, made when it is first asked for.

use crate::object::{CodeObject, Publisher};
use crate::origin::Origin;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use transom_code::{AdapterKind, Compiler, Shape};

/// The most parameters, and results, of a function, as validation has it; a host's function may have any type.
const MAX_VALUES: usize = 1000;

/// All adapters of an engine.
#[derive(Debug, Default)]
pub struct Adapters(RwLock<HashMap<(AdapterKind, Shape), Arc<CodeObject>>>);

impl Adapters {
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
        if let Some(adapter) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
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
        let mut adapters = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have been quicker; its adapter may be in use already.
        Ok(adapters.entry(key).or_insert(adapter).address(0))
    }
}
