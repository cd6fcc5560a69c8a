//! Functions: those that modules define, and those of the host.

mod caller;
mod host;
mod typed;
mod wasm_ty;

pub use caller::Caller;
pub(crate) use host::untyped;
pub use host::{IntoFunc, WasmRet};
pub use typed::{TypedFunc, WasmParams, WasmResults};
pub use wasm_ty::{WasmTy, WasmTyList};

use crate::store::StoreOpaque;
use crate::trap::unwind_error;
use crate::value::{Ref, Val, ensure_count};
use crate::{AsContext, AsContextMut, FuncType};
use anyhow::{Context, Result, ensure};
use std::ptr::NonNull;
use std::sync::Arc;
use transom_vm::crossing::enter::enter;
use transom_vm::layout::VmValue;
use transom_vm::raw::enter::Entry;
use transom_vm::{FuncPtr, HostFunction};

/// A function of a store. It has the type that it was defined with, wherever it comes from.
///
/// ```
/// # use transom::*;
/// let engine = Engine::default();
/// let mut store = Store::new(&engine, 10);
/// let add = Func::wrap(&mut store, |caller: Caller<'_, i32>, x: i32| x + *caller.data());
/// let mut results = [Val::I32(0)];
/// add.call(&mut store, &[Val::I32(5)], &mut results)?;
/// assert_eq!(results[0].unwrap_i32(), 15);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Func(FuncPtr);

/// The type without functions: `Option<NoFunc>` can only be null, and may be passed wherever a reference to a
/// function of some type may be null.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum NoFunc {}

impl NoFunc {
    /// The null function reference.
    pub fn null() -> Option<NoFunc> {
        None
    }

    /// The null function reference.
    pub fn null_ref() -> Ref {
        Ref::Func(None)
    }

    /// The null function reference.
    pub fn null_val() -> Val {
        Val::FuncRef(None)
    }
}

impl Func {
    /// A function of the host's whose type is given. It is called with its parameters and a place for each result,
    /// which it must fill with values of the right types.
    ///
    /// # Panics
    ///
    /// If the type belongs to another engine, or an adapter for it can't be made; see
    /// [`try_new`](Self::try_new).
    pub fn new<T: 'static>(
        store: impl AsContextMut<Data = T>,
        ty: FuncType,
        func: impl Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<()> + Send + Sync + 'static,
    ) -> Func {
        Func::try_new(store, ty, func).expect("a host function of this store's engine")
    }

    /// As [`new`](Self::new).
    ///
    /// # Errors
    ///
    /// The type belongs to another engine, or an adapter for it can't be made.
    pub fn try_new<T: 'static>(
        mut store: impl AsContextMut<Data = T>,
        ty: FuncType,
        func: impl Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<()> + Send + Sync + 'static,
    ) -> Result<Func> {
        let store = store.as_context_mut();
        ensure!(
            crate::Engine::same(store.engine(), ty.engine()),
            "the function's type belongs to another engine than the store"
        );
        Func::of_host(store.0, Arc::new(untyped(ty, func)))
    }

    /// A function of the host's whose type follows from a closure's: up to sixteen parameters, optionally after a
    /// [`Caller`], and a result, a tuple of results, or a [`Result`] of either.
    ///
    /// # Panics
    ///
    /// If an adapter for the function can't be made.
    pub fn wrap<T: 'static, Params, Results>(
        mut store: impl AsContextMut<Data = T>,
        func: impl IntoFunc<T, Params, Results>,
    ) -> Func {
        let store = store.as_context_mut();
        let function = func.into_func(store.engine());
        Func::of_host(store.0, Arc::new(function)).expect("an adapter for a host function")
    }

    pub(crate) fn of_host(store: &mut dyn StoreOpaque, function: Arc<HostFunction>) -> Result<Func> {
        store.store().add_host_function(function).map(Func)
    }

    pub(crate) fn of(pointer: FuncPtr) -> Func {
        Func(pointer)
    }

    pub(crate) fn pointer(self) -> FuncPtr {
        self.0
    }

    /// The function that compiled code knows by an address.
    pub(crate) fn from_raw(store: &transom_vm::Store, address: u64) -> Option<Func> {
        // SAFETY: only asked for values that compiled code or a table gave, whose type is a function reference.
        #[expect(unsafe_code, reason = "a reference from compiled code")]
        let pointer = unsafe { store.function_of_bits(address) };
        pointer.map(Func)
    }

    /// The function, once it is known to belong to a store.
    pub(crate) fn checked(self, store: &transom_vm::Store) -> Result<FuncPtr> {
        ensure!(
            self.0.store() == store.id(),
            "a function is used with a store that it does not belong to"
        );
        Ok(self.0)
    }

    /// The type that the function was defined with.
    ///
    /// # Panics
    ///
    /// If the function belongs to another store.
    pub fn ty(&self, store: impl AsContext) -> FuncType {
        let store = store.as_context();
        let id = self.0.descriptor(store.0.vm()).id;
        let ty = store
            .engine()
            .registry()
            .lookup(id)
            .expect("the store keeps the types of its functions");
        FuncType::of(store.engine(), ty)
    }

    /// Whether the function may stand where one of type `ty` is expected.
    ///
    /// # Panics
    ///
    /// If the function belongs to another store.
    pub fn matches_ty(&self, store: impl AsContext, ty: &FuncType) -> bool {
        self.ty(store).matches(ty)
    }

    /// Calls the function. `results` must have as many places as the function has results; what they hold before is
    /// of no meaning.
    ///
    /// # Errors
    ///
    /// The parameters are not of the function's types, or not as many; the function or a value belongs to another
    /// store; or the program ended with a trap or an error of a host function.
    pub fn call(&self, mut store: impl AsContextMut, params: &[Val], results: &mut [Val]) -> Result<()> {
        let store = store.as_context_mut();
        call_untyped(store.0, *self, params, results)
    }

    /// The function with its types known when compiling: much faster to call.
    ///
    /// # Errors
    ///
    /// The function has other types, and the error says where they part; or it belongs to another store.
    pub fn typed<Params: WasmParams, Results: WasmResults>(
        &self,
        store: impl AsContext,
    ) -> Result<TypedFunc<Params, Results>> {
        let store = store.as_context();
        TypedFunc::of(store.0, *self)
    }
}

/// How many values a call keeps on the stack.
const INLINE_VALUES: usize = 8;

fn call_untyped(store: &mut dyn StoreOpaque, func: Func, params: &[Val], results: &mut [Val]) -> Result<()> {
    let pointer = func.checked(store.vm())?;
    let info = store.store().func_info(pointer)?.clone();
    let ty = info.ty.as_func().expect("functions have function types");
    ensure_count("parameters", ty.params.len(), params.len())?;
    ensure_count("results", ty.results.len(), results.len())?;
    let count = params.len().max(results.len());
    let mut inline = [VmValue::default(); INLINE_VALUES];
    let mut heap = Vec::new();
    let values = if count <= INLINE_VALUES {
        &mut inline[..]
    } else {
        heap.resize(count, VmValue::default());
        &mut heap[..]
    };
    for (index, (param, &ty)) in params.iter().zip(&ty.params).enumerate() {
        let lowered = param.lower(store.vm(), store.engine(), ty);
        values[index] = lowered.with_context(|| format!("parameter {index} of the call"))?;
    }
    let shared = store.vm().shared_ptr();
    let host = NonNull::from(store.as_host());
    let entry = Entry {
        adapter: info.enter,
        function: pointer,
        values: values.as_mut_ptr(),
    };
    // SAFETY: the function belongs to this store, the adapter is that of its type, and there are values of the
    // right types for all parameters, and room for all results. The host is not used before the call returns.
    #[expect(unsafe_code, reason = "enters compiled code")]
    let outcome = unsafe { enter(shared, host, entry) };
    outcome.map_err(|unwind| unwind_error(store.engine(), unwind))?;
    for (result, (&ty, &value)) in results.iter_mut().zip(ty.results.iter().zip(&*values)) {
        *result = Val::lift(store.store(), ty, value);
    }
    Ok(())
}
