//! Functions that are called, and called back, without checks.

use super::ValRaw;
use crate::func::call::{TypedFunc, WasmParams, WasmResults, ensure_plain};
use crate::func::host::store_of;
use crate::instance::pre::PreImport;
use crate::store::{StoreInner, StoreOpaque};
use crate::trap::unwind_error;
use crate::{AsContext, AsContextMut, Caller, Engine, Func, FuncType, Linker};
use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr::NonNull;
use std::sync::Arc;
use transom_error::{Result, ensure};
use transom_vm::crossing::enter::enter;
use transom_vm::crossing::host::run_host;
use transom_vm::layout::{VmHostContext, VmValue};
use transom_vm::raw::enter::Entry;
use transom_vm::{Host, HostBody, HostFunction};

/// The environment of an unchecked function.
struct Unchecked<F> {
    /// The number of its values: of parameters or of results, whichever are more.
    values: usize,
    function: F,
}

/// A host function that checks nothing.
///
/// # Safety
///
/// Whenever the closure returns `Ok`, the values are results of the types of `ty`.
unsafe fn unchecked<T: 'static, F>(ty: FuncType, function: F) -> HostFunction
where
    F: Fn(Caller<'_, T>, &mut [MaybeUninit<ValRaw>]) -> Result<()> + Send + Sync + 'static,
{
    let values = ty.params().len().max(ty.results().len());
    HostFunction {
        ty: ty.registered().clone(),
        body: HostBody::Array(unchecked_body::<T, F> as *const () as usize),
        environment: Arc::new(Unchecked { values, function }),
        derived: false,
        waits: false,
    }
}

/// The body of a function that `unchecked` made.
///
/// # Safety
///
/// Compiled code calls it, with the context of such a function.
unsafe extern "C" fn unchecked_body<T: 'static, F>(context: *mut VmHostContext, values: *mut VmValue)
where
    F: Fn(Caller<'_, T>, &mut [MaybeUninit<ValRaw>]) -> Result<()> + Send + Sync + 'static,
{
    // SAFETY: by the contract; the array has room for all parameters and for all results, and nobody else uses it meanwhile. The size of
    // its elements is that of a `ValRaw`, and their alignment is greater.
    unsafe {
        run_host(context, |call| {
            let store = store_of::<T>(&call);
            let scope = store.split().0.objects.handles.begin_scope();
            call.scope.set(Some(scope));
            let environment = &*call.environment.cast::<Unchecked<F>>();
            let values = std::slice::from_raw_parts_mut(values.cast(), environment.values);
            let outcome =
                store.call_host(|store| (environment.function)(Caller::new(store, call.caller), values));
            let store = store_of::<T>(&call);
            store.split().0.objects.handles.end_scope(scope);
            outcome
        })
    }
}

impl Func {
    /// Creates a host function that takes its parameters, and leaves its results, as bits in one slice: parameter `i` and then
    /// result `i` at position `i`. The slice is as long as the longer of both lists.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let mut store = Store::new(&engine, ());
    /// let ty = FuncType::new(&engine, [ValType::I32, ValType::I32], [ValType::I32]);
    /// // SAFETY: there are two parameters of type `i32`, and one result of this type is written.
    /// let add = unsafe {
    ///     Func::new_unchecked(&mut store, ty, |_, values| {
    ///         let sum = values[0].assume_init_ref().get_i32() + values[1].assume_init_ref().get_i32();
    ///         values[0].write(ValRaw::i32(sum));
    ///         Ok(())
    ///     })
    /// };
    /// assert_eq!(add.typed::<(i32, i32), i32>(&store)?.call(&mut store, (2, 3))?, 5);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If the type belongs to another engine, or the adapter for the type cannot be created.
    ///
    /// # Safety
    ///
    /// Whenever the closure returns `Ok`, it has written results of the types of `ty`, of this store.
    pub unsafe fn new_unchecked<T: 'static>(
        mut store: impl AsContextMut<Data = T>,
        ty: FuncType,
        func: impl Fn(Caller<'_, T>, &mut [MaybeUninit<ValRaw>]) -> Result<()> + Send + Sync + 'static,
    ) -> Func {
        let store = store.as_context_mut();
        assert!(
            Engine::same(store.engine(), ty.engine()),
            "the function's type belongs to another engine than the store"
        );
        // SAFETY: by the contract.
        let function = unsafe { unchecked(ty, func) };
        Func::of_host(store.0, Arc::new(function)).expect("an adapter for a host function")
    }

    /// Calls the function with the parameters in `params_and_returns`, and leaves the results there: parameter `i` and then result `i`
    /// at position `i`.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let mut store = Store::new(&engine, ());
    /// let half = Func::wrap(&mut store, |x: i64| x / 2);
    /// let mut values = [ValRaw::i64(42)];
    /// // SAFETY: the function has one parameter of type `i64`, and one result.
    /// unsafe { half.call_unchecked(&mut store, &mut values)? };
    /// assert_eq!(values[0].get_i64(), 21);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The function belongs to another store; or the program ended with a trap or an error of a host function.
    ///
    /// # Safety
    ///
    /// The slice is valid for reads and writes during the call. It begins with values of the types of the function's parameters, of this
    /// store, and is as long as the longer of the lists of parameters and results.
    #[inline]
    pub unsafe fn call_unchecked(
        &self,
        mut store: impl AsContextMut,
        params_and_returns: *mut [ValRaw],
    ) -> Result<()> {
        let store = store.as_context_mut();
        ensure_plain(store.0.vm())?;
        store
            .0
            // SAFETY: by the contract.
            .call_program(|store| unsafe { call_unchecked(store, *self, params_and_returns.cast()) })
    }

    /// The function of an address from [`to_raw`](Self::to_raw); `None` for null.
    ///
    /// # Safety
    ///
    /// `raw` is null, or was returned by `to_raw` for a function of this store, or is a reference to a function from a program of this store.
    pub unsafe fn from_raw(mut store: impl AsContextMut, raw: *mut c_void) -> Option<Func> {
        let store = store.as_context_mut();
        Func::of_bits(store.0.vm(), raw.expose_provenance() as u64)
    }

    /// The address of the function in compiled code, which is valid as long as the store; see [`ValRaw::funcref`].
    ///
    /// # Panics
    ///
    /// If the function belongs to another store.
    pub fn to_raw(&self, mut store: impl AsContextMut) -> *mut c_void {
        self.raw_in(store.as_context_mut().0.vm())
    }
}

/// Calls a function.
///
/// # Errors
///
/// As [`Func::call_unchecked`].
///
/// # Safety
///
/// As for [`Func::call_unchecked`].
#[inline(always)]
unsafe fn call_unchecked<T: 'static>(
    store: &mut StoreInner<T>,
    func: Func,
    values: *mut VmValue,
) -> Result<()> {
    let pointer = func.checked(store.vm())?;
    let adapter = Host::store(store).enter_adapter(pointer)?;
    let shared = store.vm().shared_ptr();
    let entry = Entry {
        adapter,
        function: pointer,
        values,
        caller: std::ptr::null_mut(),
    };
    // SAFETY: the function belongs to this store, and the adapter is that of its type. By the contract there are values of the right types for
    // all parameters, and room for all results; adapters require the alignment of 8 bytes only. The host is not used before the call returns.
    let outcome = unsafe { enter(shared, NonNull::from(&mut *store), entry) };
    outcome.map_err(|unwind| unwind_error(store, unwind))
}

impl<Params: WasmParams, Results: WasmResults> TypedFunc<Params, Results> {
    /// The function with static types, which are not compared with those of its definition.
    ///
    /// # Panics
    ///
    /// If the function belongs to another store.
    ///
    /// # Safety
    ///
    /// [`Func::typed`] would succeed.
    pub unsafe fn new_unchecked(store: impl AsContext, func: Func) -> TypedFunc<Params, Results> {
        let store = store.as_context();
        TypedFunc::of_types(store.0, func).expect("a function of this store, with an adapter")
    }
}

impl<T: 'static> Linker<T> {
    /// Defines a name as a host function that checks nothing; see [`Func::new_unchecked`].
    ///
    /// # Errors
    ///
    /// The name is already defined, or the type belongs to another engine.
    ///
    /// # Safety
    ///
    /// As for [`Func::new_unchecked`].
    pub unsafe fn func_new_unchecked(
        &mut self,
        module: &str,
        name: &str,
        ty: FuncType,
        func: impl Fn(Caller<'_, T>, &mut [MaybeUninit<ValRaw>]) -> Result<()> + Send + Sync + 'static,
    ) -> Result<&mut Self> {
        ensure!(
            Engine::same(self.engine(), ty.engine()),
            "the type of `{module}::{name}` belongs to another engine than the linker"
        );
        // SAFETY: by the contract.
        let function = unsafe { unchecked(ty, func) };
        self.insert(module, name, PreImport::Host(Arc::new(function)))?;
        Ok(self)
    }
}
