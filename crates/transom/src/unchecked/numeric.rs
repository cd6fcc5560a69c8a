//! Calls with numbers only: what the canonical ABI makes of values.
//!
//! Any bits are a number, so what must be checked is that a function takes and gives numbers: once, when a [`CoreFunc`] is made.

use super::core_func::{CoreFunc, MAX_NUMBERS, Number};
use crate::func::host::store_of;
use crate::store::{StoreContextMut, StoreOpaque};
use crate::trap::unwind_error;
use crate::{Engine, Func, FuncType, Trap, ValType, detail};
use std::ptr::NonNull;
use std::slice::from_raw_parts_mut;
use std::sync::Arc;
use transom_component::types::FlatType;
use transom_error::{Result, ensure};
use transom_vm::crossing::enter::enter;
use transom_vm::crossing::host::run_host;
use transom_vm::layout::{VmHostContext, VmValue};
use transom_vm::raw::enter::Entry;
use transom_vm::{FuncPtr, HostBody, HostFunction, ThrownException};

/// The core type of a number.
fn val_type(ty: FlatType) -> ValType {
    match ty {
        FlatType::I32 => ValType::I32,
        FlatType::I64 => ValType::I64,
        FlatType::F32 => ValType::F32,
        FlatType::F64 => ValType::F64,
    }
}

/// The function type of numbers.
pub(crate) fn numeric_type(engine: &Engine, params: &[FlatType], results: &[FlatType]) -> FuncType {
    let types = |types: &[FlatType]| types.iter().copied().map(val_type).collect::<Vec<_>>();
    FuncType::new(engine, types(params), types(results))
}

impl CoreFunc {
    /// A function, which must take and give exactly these types.
    ///
    /// # Errors
    ///
    /// It belongs to another store or has another type; or there is no memory for an adapter.
    pub fn new(
        store: &mut dyn StoreOpaque,
        func: Func,
        params: &[FlatType],
        results: &[FlatType],
    ) -> Result<CoreFunc> {
        assert!(params.len() <= MAX_NUMBERS && results.len() <= 1);
        let function = func.checked(store.vm())?;
        let ty = numeric_type(store.engine(), params, results);
        let info = store.vm().lookup_func_info(function)?;
        let found = info.ty.as_func().expect("functions have function types");
        let registered = ty.registered();
        let expected = registered.as_func().expect("it was made as one");
        ensure!(
            found.params == expected.params && found.results == expected.results,
            "a core function has the type {}, and the canonical ABI needs {ty}",
            store.engine().registry().text().func(found)
        );
        Ok(CoreFunc {
            function,
            enter: info.enter,
            numbers: params.len().max(results.len()) as u8,
        })
    }

    /// The function.
    pub fn pointer(&self) -> FuncPtr {
        self.function
    }

    /// Calls the function: parameters are taken from the numbers, and its result is left in the first.
    ///
    /// # Errors
    ///
    /// The program ended early, or threw an exception.
    ///
    /// # Panics
    ///
    /// If it belongs to another store, or there are fewer numbers than it has parameters or results.
    #[inline(always)]
    pub fn call(&self, store: &mut dyn StoreOpaque, numbers: &mut [Number]) -> Result<()> {
        assert!(self.function.store() == store.vm().id() && numbers.len() >= usize::from(self.numbers));
        let entry = Entry {
            adapter: self.enter,
            function: self.function,
            values: numbers.as_mut_ptr().cast(),
            caller: std::ptr::null_mut(),
        };
        let shared = store.vm().shared_ptr();
        let host = NonNull::from(store.as_host());
        // SAFETY: the function belongs to this store. The adapter is that of its type, which takes and gives numbers: they are there, or there is room for
        // them, and any bits are one. Neither the numbers nor the host are used before the call returns.
        let outcome = unsafe { enter(shared, host, entry) };
        outcome.map_err(|unwind| ended(unwind_error(&*store, unwind)))
    }
}

/// The error of a call that ended early: an exception does not cross the border of a component.
#[cold]
fn ended(error: transom_error::Error) -> transom_error::Error {
    match error.is::<ThrownException>() {
        true => detail::detailed(Trap::UncaughtException, format!("{error:#}")),
        false => error,
    }
}

/// The environment of a host function of numbers.
struct Environment<F> {
    /// How many numbers the parameters are, or the result, whichever are more.
    numbers: usize,
    function: F,
}

/// A host function that takes numbers, and leaves its result, if it has one, in the first.
pub(crate) fn numeric_host_function<T: 'static, F>(
    engine: &Engine,
    params: &[FlatType],
    results: &[FlatType],
    function: F,
) -> Arc<HostFunction>
where
    F: Fn(StoreContextMut<'_, T>, &mut [Number]) -> Result<()> + Send + Sync + 'static,
{
    assert!(params.len() <= MAX_NUMBERS && results.len() <= 1);
    Arc::new(HostFunction {
        ty: numeric_type(engine, params, results).registered().clone(),
        body: HostBody::Array(body::<T, F> as *const () as usize),
        environment: Arc::new(Environment {
            numbers: params.len().max(results.len()),
            function,
        }),
        derived: false,
        waits: false,
    })
}

/// The body of a host function of numbers.
///
/// # Safety
///
/// Compiled code calls it, with the context of such a function.
unsafe extern "C" fn body<T: 'static, F>(context: *mut VmHostContext, values: *mut VmValue)
where
    F: Fn(StoreContextMut<'_, T>, &mut [Number]) -> Result<()> + Send + Sync + 'static,
{
    // SAFETY: by the contract. The array lies in a frame of compiled code, whose bytes are all initialised as far as Rust can tell; it has a place for each
    // parameter and for the result, and nobody else uses it before this returns. Any bits are a number.
    unsafe {
        run_host(context, |call| {
            let store = store_of::<T>(&call);
            let environment = &*call.environment.cast::<Environment<F>>();
            let scope = store.split().0.objects.handles.begin_scope();
            call.scope.set(Some(scope));
            let numbers = from_raw_parts_mut(values.cast(), environment.numbers);
            let outcome = (environment.function)(StoreContextMut(store), numbers);
            let store = store_of::<T>(&call);
            store.split().0.objects.handles.end_scope(scope);
            // Nor does the host throw exceptions into a component.
            outcome.map_err(ended)
        })
    }
}
