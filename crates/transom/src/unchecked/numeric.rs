//! Calls with numbers only: what the canonical ABI makes of values.
//!
//! Any bits are a number, so what must be checked is that a function takes and gives numbers: once, when a [`CoreFunc`] is made.

use super::core_func::{CoreFunc, MAX_NUMBERS, Numbers};
use crate::func::host::store_of;
use crate::store::{StoreContextMut, StoreOpaque};
use crate::trap::unwind_error;
use crate::{Engine, Func, FuncType, Trap, ValType, detail};
use std::mem::MaybeUninit;
use std::ptr::NonNull;
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

/// Whether a number has 64 bits.
fn is_wide(ty: FlatType) -> bool {
    matches!(ty, FlatType::I64 | FlatType::F64)
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
            params: params.len() as u8,
            is_wide: results.iter().copied().any(is_wide),
        })
    }

    /// The function.
    pub fn pointer(&self) -> FuncPtr {
        self.function
    }

    /// Calls the function: parameters are taken from the numbers, and its result is left in the first. Bits above those of its type have no
    /// meaning.
    ///
    /// # Errors
    ///
    /// The program ended early, or threw an exception.
    ///
    /// # Panics
    ///
    /// If it belongs to another store.
    #[inline]
    pub fn call(&self, store: &mut dyn StoreOpaque, numbers: &mut Numbers) -> Result<()> {
        // SAFETY: the adapter is that of the function's type, which has so many parameters; they are numbers, as its result is.
        unsafe { enter_numbers(store, self, usize::from(self.params), numbers) }
    }

    /// As [`call`](Self::call), of a function that is known to have so many parameters.
    ///
    /// # Panics
    ///
    /// If it has another number of them, or belongs to another store.
    #[inline(always)]
    pub fn call_with(&self, store: &mut dyn StoreOpaque, params: usize, numbers: &mut Numbers) -> Result<()> {
        assert!(usize::from(self.params) == params);
        // SAFETY: as above.
        unsafe { enter_numbers(store, self, params, numbers) }
    }
}

/// Calls a function with numbers.
///
/// # Safety
///
/// The adapter is that of the function's type, which takes so many numbers, and gives at most one.
#[inline(always)]
unsafe fn enter_numbers(
    store: &mut dyn StoreOpaque,
    func: &CoreFunc,
    params: usize,
    numbers: &mut Numbers,
) -> Result<()> {
    assert!(func.function.store() == store.vm().id());
    let mut values = [const { MaybeUninit::<VmValue>::uninit() }; MAX_NUMBERS];
    // The first is the result, too, of which only the bytes of its type are written.
    values[0].write(value_of(numbers[0]));
    for (value, number) in values.iter_mut().zip(&*numbers).take(params).skip(1) {
        value.write(value_of(*number));
    }
    let entry = Entry {
        adapter: func.enter,
        function: func.function,
        values: values.as_mut_ptr().cast(),
        caller: std::ptr::null_mut(),
    };
    let shared = store.vm().shared_ptr();
    let host = NonNull::from(store.as_host());
    // SAFETY: the function belongs to this store. By the contract, the parameters are numbers, and have been written; there is room for the
    // result. The host is not used before the call returns.
    let outcome = unsafe { enter(shared, host, entry) };
    if let Err(unwind) = outcome {
        return Err(ended(unwind_error(&*store, unwind)));
    }
    // Reading more than was written last would wait until that is in the cache.
    let result = values[0].as_ptr();
    // SAFETY: the first value was written before the call.
    numbers[0] = unsafe {
        match func.is_wide {
            true => result.cast::<u64>().read(),
            false => u64::from(result.cast::<u32>().read()),
        }
    };
    Ok(())
}

/// The error of a call that ended early: an exception does not cross the border of a component.
#[cold]
fn ended(error: transom_error::Error) -> transom_error::Error {
    match error.is::<ThrownException>() {
        true => detail::detailed(Trap::UncaughtException, format!("{error:#}")),
        false => error,
    }
}

/// A number's bits for compiled code.
#[inline(always)]
fn value_of(number: u64) -> VmValue {
    VmValue {
        bytes: u128::from(number).to_le_bytes(),
    }
}

/// The environment of a host function of numbers.
struct Environment<F> {
    params: usize,
    /// A bit for each parameter that has 64 bits.
    wide: u32,
    /// Whether there is a result, which is a number.
    has_result: bool,
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
    F: Fn(StoreContextMut<'_, T>, &mut Numbers) -> Result<()> + Send + Sync + 'static,
{
    assert!(params.len() <= MAX_NUMBERS && results.len() <= 1);
    Arc::new(HostFunction {
        ty: numeric_type(engine, params, results).registered().clone(),
        body: HostBody::Array(body::<T, F> as *const () as usize),
        environment: Arc::new(Environment {
            params: params.len(),
            wide: (0..)
                .zip(params)
                .fold(0, |wide, (index, &ty)| wide | (u32::from(is_wide(ty)) << index)),
            has_result: !results.is_empty(),
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
    F: Fn(StoreContextMut<'_, T>, &mut Numbers) -> Result<()> + Send + Sync + 'static,
{
    // SAFETY: by the contract; the array holds the parameters, as many as the environment says, and has room for the result.
    unsafe {
        run_host(context, |call| {
            let store = store_of::<T>(&call);
            let environment = &*call.environment.cast::<Environment<F>>();
            let scope = store.split().0.objects.handles.begin_scope();
            call.scope.set(Some(scope));
            let mut numbers = [0; MAX_NUMBERS];
            for (index, number) in numbers.iter_mut().enumerate().take(environment.params) {
                let value = values.add(index);
                *number = match environment.wide >> index & 1 {
                    0 => u64::from(value.cast::<u32>().read()),
                    _ => value.cast::<u64>().read(),
                };
            }
            let outcome = (environment.function)(StoreContextMut(store), &mut numbers);
            let store = store_of::<T>(&call);
            store.split().0.objects.handles.end_scope(scope);
            if outcome.is_ok() && environment.has_result {
                values.write(value_of(numbers[0]));
            }
            // Nor does the host throw exceptions into a component.
            outcome.map_err(ended)
        })
    }
}
