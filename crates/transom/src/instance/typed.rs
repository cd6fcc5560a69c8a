//! Exported functions with static types.

use super::Instance;
use crate::store::StoreOpaque;
use crate::{AsContextMut, Extern, TypedFunc, WasmParams, WasmResults};
use transom_error::{Context, Result};
use transom_types::Escaped;

impl Instance {
    /// The exported function `name`, with static types.
    ///
    /// # Errors
    ///
    /// There is no such function, it has other types, or the instance belongs to another store.
    pub fn get_typed_func<Params: WasmParams, Results: WasmResults>(
        &self,
        mut store: impl AsContextMut,
        name: &str,
    ) -> Result<TypedFunc<Params, Results>> {
        self.ensure_store(store.as_context_mut().0.vm())?;
        let func = self.get_export(&mut store, name).and_then(Extern::into_func);
        let func = func.with_context(|| format!("failed to find function export `{}`", Escaped(name)))?;
        func.typed(store)
            .with_context(|| format!("failed to convert function `{}` to given type", Escaped(name)))
    }
}
