//! Exported functions with static types.

use super::Instance;
use crate::store::StoreOpaque;
use crate::{AsContextMut, Extern, TypedFunc, WasmParams, WasmResults};
use transom_error::{Context, Result};
use transom_types::Escaped;

impl Instance {
    /// The exported function `name`, with static types.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, r#"(module (func (export "add") (param i32 i32) (result i32)
    ///     (i32.add (local.get 0) (local.get 1))))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// let instance = Instance::new(&mut store, &module, &[])?;
    /// let add = instance.get_typed_func::<(i32, i32), i32>(&mut store, "add")?;
    /// assert_eq!(add.call(&mut store, (1, 2))?, 3);
    /// assert!(instance.get_typed_func::<(i32, i64), i32>(&mut store, "add").is_err());
    /// # Ok::<(), Error>(())
    /// ```
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
