//! Asynchronous host functions, and instances of modules that call them.

use super::Linker;
use crate::func::asynchronous::{typed_function, untyped_function};
use crate::instance::pre::PreImport;
use crate::store::StoreOpaque;
use crate::{
    AsContextMut, Caller, Engine, FuncType, Instance, Module, Val, WasmParams, WasmResults, WasmRet,
};
use std::future::Future;
use std::sync::Arc;
use transom_error::{Context, Result, ensure};

impl<T: 'static> Linker<T> {
    /// Defines a name as a host function from a closure that returns a future; see [`Func::wrap_async`](crate::Func::wrap_async).
    ///
    /// # Errors
    ///
    /// The name is already defined.
    pub fn func_wrap_async<F, Params, Results>(
        &mut self,
        module: &str,
        name: &str,
        func: F,
    ) -> Result<&mut Self>
    where
        F: for<'a> Fn(Caller<'a, T>, Params) -> Box<dyn Future<Output = Results> + Send + 'a>
            + Send
            + Sync
            + 'static,
        Params: WasmParams + WasmResults,
        Results: WasmRet,
        T: Send,
    {
        let function = typed_function(&self.engine, func);
        self.insert(module, name, PreImport::Host(Arc::new(function)))?;
        Ok(self)
    }

    /// Defines a name as a host function with an explicit type from a closure that returns a future; see
    /// [`Func::new_async`](crate::Func::new_async).
    ///
    /// # Errors
    ///
    /// The name is already defined, or the type belongs to another engine.
    pub fn func_new_async<F>(&mut self, module: &str, name: &str, ty: FuncType, func: F) -> Result<&mut Self>
    where
        F: for<'a> Fn(
                Caller<'a, T>,
                &'a [Val],
                &'a mut [Val],
            ) -> Box<dyn Future<Output = Result<()>> + Send + 'a>
            + Send
            + Sync
            + 'static,
        T: Send,
    {
        ensure!(
            Engine::same(&self.engine, ty.engine()),
            "the type of `{module}::{name}` belongs to another engine than the linker"
        );
        let function = untyped_function(ty, func);
        self.insert(module, name, PreImport::Host(Arc::new(function)))?;
        Ok(self)
    }

    /// Instantiates a module on a stack of its own; see [`instantiate`](Self::instantiate) and
    /// [`Func::call_async`](crate::Func::call_async).
    ///
    /// # Errors
    ///
    /// As [`instantiate`](Self::instantiate); or there is no memory for a stack.
    pub async fn instantiate_async(
        &self,
        mut store: impl AsContextMut<Data = T>,
        module: &Module,
    ) -> Result<Instance>
    where
        T: Send,
    {
        let store = store.as_context_mut();
        ensure!(
            Engine::same(&self.engine, store.engine()),
            "the linker belongs to another engine than the store"
        );
        let pre = self.resolve(module, Some(store.0.vm()))?;
        pre.instantiate_async(store).await
    }

    /// As [`module`](Self::module), but instances are created, and their functions called, asynchronously.
    ///
    /// # Errors
    ///
    /// As [`module`](Self::module); or there is no memory for a stack.
    pub async fn module_async(
        &mut self,
        mut store: impl AsContextMut<Data = T>,
        module_name: &str,
        module: &Module,
    ) -> Result<&mut Self>
    where
        T: Send,
    {
        if module.get_export("_start").is_some() {
            return self.command_async(module_name, module);
        }
        let instance = self.instantiate_async(&mut store, module).await?;
        if let Some(initialize) = instance.get_func(&mut store, "_initialize") {
            let initialize = initialize
                .typed::<(), ()>(&mut store)
                .context("calling the `_initialize` function")?;
            initialize
                .call_async(&mut store, ())
                .await
                .context("calling the `_initialize` function")?;
        }
        self.instance(store, module_name, instance)
    }

    fn command_async(&mut self, module_name: &str, module: &Module) -> Result<&mut Self>
    where
        T: Send,
    {
        let pre = self.instantiate_pre(module)?;
        for (name, ty) in self.command_functions(module)? {
            let (pre, exported) = (pre.clone(), name.clone());
            self.func_new_async(module_name, &name, ty, move |mut caller, params, results| {
                let (pre, exported) = (pre.clone(), exported.clone());
                Box::new(async move {
                    let instance = pre.instantiate_async(&mut caller).await?;
                    let func = instance
                        .get_func(&mut caller, &exported)
                        .expect("the module exports the function");
                    func.call_async(&mut caller, params, results).await
                })
            })?;
        }
        Ok(self)
    }
}
