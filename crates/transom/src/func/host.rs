//! Host functions.
//!
//! Compiled code calls the monomorphised body of a closure directly. Values are passed in registers if all of them
//! fit, otherwise in an array. The body converts machine values to Rust values and back, without further layers.

use super::call::WasmResults;
use super::caller::Caller;
use super::wasm_ty::{AbiValue, WasmTy, WasmTyList};
use crate::store::{StoreInner, StoreOpaque};
use crate::value::Val;
use crate::{Engine, FuncType};
use std::sync::Arc;
use transom_error::{Context, Result};
use transom_types::RegisteredType;
use transom_vm::crossing::host::{HostCall, run_host};
use transom_vm::layout::{VmHostContext, VmValue};
use transom_vm::{HostBody, HostFunction, Store};

/// A closure that can become a function; see [`Func::wrap`](crate::Func::wrap).
pub trait IntoFunc<T, Params, Results>: Send + Sync + 'static {
    #[doc(hidden)]
    fn into_func(self, engine: &Engine) -> HostFunction;
}

/// The return type of a host function: `()`, a type, a tuple of types, or a [`Result`] of one of these. No other type of errors is
/// allowed, so that the type of `Ok(())` is known in a closure that returns other errors by `?`.
pub trait WasmRet {
    #[doc(hidden)]
    type Values: WasmResults + HostResults;

    #[doc(hidden)]
    fn into_values(self) -> Result<Self::Values>;
}

impl<R: WasmResults + HostResults> WasmRet for R {
    type Values = R;

    #[inline(always)]
    fn into_values(self) -> Result<R> {
        Ok(self)
    }
}

impl<R: WasmRet> WasmRet for Result<R> {
    type Values = R::Values;

    #[inline(always)]
    fn into_values(self) -> Result<R::Values> {
        self?.into_values()
    }
}

/// Conversion of results for compiled code.
#[doc(hidden)]
pub trait HostResults: WasmTyList {
    /// The representation of a single result in a register; `()` for several results.
    type Abi: Copy;
    /// Whether the results fit into one register.
    const FITS: bool;

    /// Converts a single result to its representation in a register.
    fn to_abi(self, store: &Store) -> Result<Self::Abi>;

    /// Writes all results to an array.
    fn write(self, store: &Store, values: *mut VmValue) -> Result<()>;
}

impl<A: WasmTy> HostResults for A {
    type Abi = A::Abi;
    const FITS: bool = true;

    #[inline(always)]
    fn to_abi(self, store: &Store) -> Result<A::Abi> {
        WasmTy::to_abi(self, store)
    }

    fn write(self, store: &Store, values: *mut VmValue) -> Result<()> {
        (self,).write(store, values)
    }
}

/// The store that a call belongs to.
///
/// # Safety
///
/// The function was defined for stores with data of type `T`.
#[inline(always)]
#[expect(unsafe_code, reason = "compiled code hands the store back")]
pub(crate) unsafe fn store_of<'a, T: 'static>(call: &HostCall<'_>) -> &'a mut StoreInner<T> {
    // SAFETY: the host of a store with data of type `T` is its `StoreInner<T>`, which compiled code has handed over
    // for the time of the call.
    unsafe { call.host.cast::<StoreInner<T>>().as_mut() }
}

/// The type that follows from Rust types.
fn derived_type<P: WasmTyList, R: WasmTyList>(engine: &Engine) -> RegisteredType {
    FuncType::new(engine, P::valtypes(), R::valtypes())
        .registered()
        .clone()
}

/// A host function that takes its parameters as one tuple, and passes all values in an array.
pub(super) fn in_list<T, P, R>(
    engine: &Engine,
    function: impl Fn(Caller<'_, T>, P) -> Result<R> + Send + Sync + 'static,
) -> HostFunction
where
    T: 'static,
    P: WasmResults,
    R: WasmTyList + HostResults,
{
    fn of<T: 'static, P: WasmResults, R: HostResults, F>(_: &F) -> usize
    where
        F: Fn(Caller<'_, T>, P) -> Result<R> + 'static,
    {
        list_body::<T, P, R, F> as *const () as usize
    }
    HostFunction {
        ty: derived_type::<P, R>(engine),
        body: HostBody::Array(of(&function)),
        environment: Arc::new(function),
        derived: true,
        waits: false,
    }
}

/// The body of a function that `in_list` makes.
///
/// # Safety
///
/// Compiled code calls it, with the context of such a function.
#[expect(unsafe_code, reason = "called by compiled code")]
unsafe extern "C" fn list_body<T: 'static, P: WasmResults, R: HostResults, F>(
    context: *mut VmHostContext,
    values: *mut VmValue,
) where
    F: Fn(Caller<'_, T>, P) -> Result<R> + 'static,
{
    // SAFETY: by the contract; the array holds all parameters and has room for all results.
    unsafe {
        run_host(context, |call| {
            let store = store_of::<T>(&call);
            let function = &*call.environment.cast::<F>();
            let scope = store.split().0.objects.handles.begin_scope();
            call.scope.set(Some(scope));
            let params = std::slice::from_raw_parts(values.cast(), P::valtypes().count());
            let params = P::read(store.split().0, params);
            let results = store.call_host(|store| function(Caller::new(store, call.caller), params));
            let store = store_of::<T>(&call);
            let written = results.and_then(|results| results.write(store.vm(), values));
            store.split().0.objects.handles.end_scope(scope);
            written
        })
    }
}

macro_rules! host_functions {
    ($($index:tt $name:ident)*) => {
        #[expect(unsafe_code, reason = "called by compiled code")]
        #[allow(non_snake_case, unused_variables, clippy::too_many_arguments, reason = "a macro's parameters")]
        const _: () = {
            impl<$($name: WasmTy),*> HostResults for ($($name,)*) {
                type Abi = ();
                const FITS: bool = { const INDICES: &[usize] = &[$($index),*]; INDICES.is_empty() };

                #[inline(always)]
                fn to_abi(self, _: &Store) -> Result<()> {
                    Ok(())
                }

                #[inline(always)]
                fn write(self, store: &Store, values: *mut VmValue) -> Result<()> {
                    let ($($name,)*) = self;
                    $(
                        let value = WasmTy::to_abi($name, store)?.to_value();
                        // SAFETY: the array has room for all results.
                        unsafe { values.add($index).write(value) };
                    )*
                    Ok(())
                }
            }

            impl<T, F, R, $($name),*> IntoFunc<T, ($($name,)*), R> for F
            where
                T: 'static,
                F: Fn($($name),*) -> R + Send + Sync + 'static,
                R: WasmRet,
                $($name: WasmTy,)*
            {
                fn into_func(self, engine: &Engine) -> HostFunction {
                    let with_caller = move |_: Caller<'_, T>, $($name: $name),*| self($($name),*);
                    IntoFunc::<T, (Caller<'_, T>, $($name,)*), R>::into_func(with_caller, engine)
                }
            }

            impl<T, F, R, $($name),*> IntoFunc<T, (Caller<'_, T>, $($name,)*), R> for F
            where
                T: 'static,
                F: Fn(Caller<'_, T>, $($name),*) -> R + Send + Sync + 'static,
                R: WasmRet,
                $($name: WasmTy,)*
            {
                fn into_func(self, engine: &Engine) -> HostFunction {
                    unsafe extern "C" fn in_registers<T, F, R, $($name),*>(
                        context: *mut VmHostContext,
                        $($name: $name::Abi),*
                    ) -> <R::Values as HostResults>::Abi
                    where
                        T: 'static,
                        F: Fn(Caller<'_, T>, $($name),*) -> R + 'static,
                        R: WasmRet,
                        $($name: WasmTy,)*
                    {
                        // SAFETY: compiled code has called with the context of a function made below.
                        unsafe {
                            run_host(context, |call| {
                                let store = store_of::<T>(&call);
                                let function = &*call.environment.cast::<F>();
                                let scope = store.split().0.objects.handles.begin_scope();
                                call.scope.set(Some(scope));
                                $(let $name = $name::from_abi($name, store.split().0);)*
                                let results = store.call_host(|store| {
                                    function(Caller::new(store, call.caller), $($name),*).into_values()
                                });
                                let store = store_of::<T>(&call);
                                let abi = results.and_then(|results| HostResults::to_abi(results, store.vm()));
                                store.split().0.objects.handles.end_scope(scope);
                                abi
                            })
                        }
                    }

                    let ints = 0 $(+ usize::from(<$name::Abi as AbiValue>::IS_INT))*;
                    let others = 0 $(+ usize::from(!<$name::Abi as AbiValue>::IS_INT))*;
                    if !HostBody::fits_registers(ints, others) || !<R::Values as HostResults>::FITS {
                        let with_list = move |caller: Caller<'_, T>, ($($name,)*): ($($name,)*)| {
                            self(caller, $($name),*).into_values()
                        };
                        return in_list(engine, with_list);
                    }
                    HostFunction {
                        ty: derived_type::<($($name,)*), R::Values>(engine),
                        body: HostBody::Registers(in_registers::<T, F, R, $($name),*> as *const () as usize),
                        environment: Arc::new(self),
                        derived: true,
                        waits: false,
                    }
                }
            }
        };
    };
}

host_functions!();
host_functions!(0 A1);
host_functions!(0 A1 1 A2);
host_functions!(0 A1 1 A2 2 A3);
host_functions!(0 A1 1 A2 2 A3 3 A4);
host_functions!(0 A1 1 A2 2 A3 3 A4 4 A5);
host_functions!(0 A1 1 A2 2 A3 3 A4 4 A5 5 A6);
host_functions!(0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7);
host_functions!(0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7 7 A8);
host_functions!(0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7 7 A8 8 A9);
host_functions!(0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7 7 A8 8 A9 9 A10);
host_functions!(0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7 7 A8 8 A9 9 A10 10 A11);
host_functions!(0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7 7 A8 8 A9 9 A10 10 A11 11 A12);
host_functions!(0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7 7 A8 8 A9 9 A10 10 A11 11 A12 12 A13);
host_functions!(0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7 7 A8 8 A9 9 A10 10 A11 11 A12 12 A13 13 A14);
host_functions!(0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7 7 A8 8 A9 9 A10 10 A11 11 A12 12 A13 13 A14 14 A15);
host_functions!(0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7 7 A8 8 A9 9 A10 10 A11 11 A12 12 A13 13 A14 14 A15 15 A16);

/// The environment of a function whose type is only known at run time.
struct Untyped<F> {
    ty: FuncType,
    function: F,
}

/// A host function whose type is only known at run time.
pub(crate) fn untyped<T: 'static, F>(ty: FuncType, function: F) -> HostFunction
where
    F: Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<()> + Send + Sync + 'static,
{
    let registered = ty.registered().clone();
    let body = HostBody::Array(untyped_body::<T, F> as *const () as usize);
    HostFunction {
        ty: registered,
        body,
        environment: Arc::new(Untyped { ty, function }),
        derived: false,
        waits: false,
    }
}

/// The body of a function whose type is only known at run time.
///
/// # Safety
///
/// Compiled code calls it, with the context of a function that `untyped` made.
#[expect(unsafe_code, reason = "called by compiled code")]
unsafe extern "C" fn untyped_body<T: 'static, F>(context: *mut VmHostContext, values: *mut VmValue)
where
    F: Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<()> + Send + Sync + 'static,
{
    // SAFETY: by the contract; the array holds all parameters and has room for all results.
    unsafe {
        run_host(context, |call| {
            let store = store_of::<T>(&call);
            let scope = store.split().0.objects.handles.begin_scope();
            call.scope.set(Some(scope));
            let Untyped { ty, function } = &*call.environment.cast::<Untyped<F>>();
            let types = ty.lowered();
            // The store lends its buffer; a call from within makes one of its own.
            let mut buffer = store.take_values();
            let param = |(index, &ty)| Val::lift_machine(store.split().0, ty, values.add(index).read());
            buffer.extend(types.params.iter().enumerate().map(param));
            buffer.resize(types.params.len() + types.results.len(), Val::I32(0));
            let (params, results) = buffer.split_at_mut(types.params.len());
            let mut outcome =
                store.call_host(|store| function(Caller::new(store, call.caller), params, results));
            let store = store_of::<T>(&call);
            if outcome.is_ok() {
                for (index, (result, &ty)) in results.iter().zip(&types.results).enumerate() {
                    let value = result.lower(store.vm(), store.engine(), ty);
                    match value.with_context(|| format!("result {index} of a host function")) {
                        Ok(value) => values.add(index).write(value.into()),
                        Err(error) => outcome = Err(error),
                    }
                }
            }
            store.give_values(buffer);
            store.split().0.objects.handles.end_scope(scope);
            outcome
        })
    }
}
