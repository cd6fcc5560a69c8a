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
    /// ```
    /// # use transom::*;
    /// # fn block_on<F: std::future::Future>(future: F) -> F::Output {
    /// #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    /// #     let mut future = std::pin::pin!(future);
    /// #     loop { if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut context) { return output } }
    /// # }
    /// let engine = Engine::default();
    /// let mut linker: Linker<()> = Linker::new(&engine);
    /// linker.func_wrap_async("host", "fetch", |_, (id,): (i32,)| {
    ///     Box::new(async move {
    ///         // Whatever the executor provides.
    ///         std::future::ready(()).await;
    ///         ensure!(id < 100, "there is no item {id}");
    ///         Ok(id * 2)
    ///     })
    /// })?;
    /// let module = Module::new(&engine, r#"(module (import "host" "fetch" (func $fetch (param i32) (result i32)))
    ///     (export "run" (func $fetch)))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// let instance = block_on(linker.instantiate_async(&mut store, &module))?;
    /// let run = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
    /// assert_eq!(block_on(run.call_async(&mut store, 21))?, 42);
    /// # Ok::<(), Error>(())
    /// ```
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
    /// ```
    /// # use transom::*;
    /// # fn block_on<F: std::future::Future>(future: F) -> F::Output {
    /// #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    /// #     let mut future = std::pin::pin!(future);
    /// #     loop { if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut context) { return output } }
    /// # }
    /// let engine = Engine::default();
    /// let mut linker: Linker<()> = Linker::new(&engine);
    /// linker.func_wrap_async("host", "init", |_, (): ()| Box::new(std::future::ready(())))?;
    /// let module = Module::new(&engine, r#"(module (import "host" "init" (func $init)) (start $init))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// assert!(linker.instantiate(&mut store, &module).is_err(), "the start function could not wait");
    /// block_on(linker.instantiate_async(&mut store, &module))?;
    /// # Ok::<(), Error>(())
    /// ```
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
