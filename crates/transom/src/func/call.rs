//! Calls of functions from the host, with dynamically typed values or with Rust types.
//!
//! Both check the types of the arguments, for each call or once, and then enter compiled code.

use super::Func;
use super::wasm_ty::{AbiValue, WasmTy, WasmTyList, check_reference, sealed};
use crate::store::{StoreInner, StoreOpaque};
use crate::trap::unwind_error;
use crate::value::{Val, ensure_count};
use crate::{AsContext, AsContextMut, Engine, StoreContextMut, ValType};
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ptr::NonNull;
use transom_error::{Context, Error, Result, bail, ensure, format_err};
use transom_types::{FuncType, HeapType, TypeRegistry};
use transom_vm::crossing::enter::enter;
use transom_vm::layout::VmValue;
use transom_vm::raw::enter::Entry;
use transom_vm::{FuncPtr, Host, Store};

impl Func {
    /// Calls the function. The length of `results` must be the number of the function's results. The previous values
    /// of `results` are ignored.
    ///
    /// ```
    /// # use transom::*;
    /// let mut store = Store::<()>::default();
    /// let func = Func::wrap(&mut store, |x: i32, y: f64| (f64::from(x) * y, x));
    /// let mut results = vec![Val::I32(0); func.ty(&store).results().len()];
    /// func.call(&mut store, &[Val::I32(2), Val::from(1.5)], &mut results)?;
    /// assert_eq!((results[0].unwrap_f64(), results[1].unwrap_i32()), (3.0, 2));
    /// assert!(func.call(&mut store, &[Val::I32(2)], &mut results).is_err(), "an argument is missing");
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The number or the types of the arguments are wrong; the length of `results` is wrong; the function or a value
    /// belongs to another store; or the program ended with a trap or an error of a host function.
    pub fn call(&self, mut store: impl AsContextMut, params: &[Val], results: &mut [Val]) -> Result<()> {
        let store = store.as_context_mut();
        ensure_plain(store.0.vm())?;
        store
            .0
            .call_program(|store| call_untyped(store, *self, params, results))
    }

    /// The function with static types, for much faster calls.
    ///
    /// ```
    /// # use transom::*;
    /// let mut store = Store::<()>::default();
    /// let func = Func::wrap(&mut store, |x: i32, y: i64| i64::from(x) + y);
    /// let typed = func.typed::<(i32, i64), i64>(&store)?;
    /// assert_eq!(typed.call(&mut store, (1, 2))?, 3);
    /// let error = func.typed::<(i32, i32), i64>(&store).unwrap_err();
    /// assert!(format!("{error:?}").contains("i64"), "it names the place: {error:?}");
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The function has other types, and the error names the place where they differ; or it belongs to another store.
    pub fn typed<Params: WasmParams, Results: WasmResults>(
        &self,
        store: impl AsContext,
    ) -> Result<TypedFunc<Params, Results>> {
        let store = store.as_context();
        TypedFunc::of(store.0, *self)
    }
}

/// Returns an error if a program of the store must not be called on the caller's stack.
#[inline(always)]
pub(crate) fn ensure_plain(store: &Store) -> Result<()> {
    match store.core().refuses_plain_calls() {
        false => Ok(()),
        true => Err(refusal(store)),
    }
}

#[cold]
fn refusal(store: &Store) -> Error {
    match store.core().needs_fibers() {
        true => format_err!(
            "store configuration requires that `*_async` functions are used instead: the store has host functions, \
             limits or deadlines that wait"
        ),
        false => format_err!(
            "cannot do blocking `call` from an async context: a host function that returns no future must not call a \
             program that could wait"
        ),
    }
}

/// The maximum number of values that a call keeps on the stack.
const INLINE_VALUES: usize = 8;

pub(super) fn call_untyped(
    store: &mut dyn StoreOpaque,
    func: Func,
    params: &[Val],
    results: &mut [Val],
) -> Result<()> {
    let pointer = func.checked(store.vm())?;
    let adapter = store.store().enter_adapter(pointer)?;
    // Borrowed from the store, twice: a handle of its own would be counted in each call.
    let ty = type_of(store.vm(), pointer);
    ensure_count("arguments", ty.params.len(), params.len())?;
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
        values[index] = lowered
            .with_context(|| format!("parameter {index} of the call"))?
            .into();
    }
    let shared = store.vm().shared_ptr();
    let host = NonNull::from(store.as_host());
    let entry = Entry {
        adapter,
        function: pointer,
        values: values.as_mut_ptr(),
        caller: std::ptr::null_mut(),
    };
    // SAFETY: the function belongs to this store, the adapter is that of its type, and there are values of the
    // right types for all parameters, and room for all results. The host is not used before the call returns.
    #[expect(unsafe_code, reason = "enters compiled code")]
    let outcome = unsafe { enter(shared, host, entry) };
    outcome.map_err(|unwind| unwind_error(&*store, unwind))?;
    for (index, (result, &value)) in results.iter_mut().zip(&*values).enumerate() {
        let ty = type_of(store.vm(), pointer).results[index];
        *result = Val::lift_machine(store.store(), ty, value);
    }
    Ok(())
}

/// The type of a function that the store keeps what it knows of.
fn type_of(store: &Store, function: FuncPtr) -> &FuncType {
    let info = store.kept_func_info(function);
    info.ty.as_func().expect("functions have function types")
}

/// The maximum number of parameters or results in a tuple of types.
const MAX_VALUES: usize = 17;

/// Space for the values of a call.
#[doc(hidden)]
pub type Values = [MaybeUninit<VmValue>; MAX_VALUES];

/// A function with static types.
///
/// ```
/// # use transom::*;
/// let engine = Engine::default();
/// let mut store = Store::new(&engine, ());
/// let module = Module::new(&engine, "(module (func (export \"f\") (param i32 i64) (result i64 i32)
///     (local.get 1) (local.get 0)))")?;
/// let instance = Instance::new(&mut store, &module, &[])?;
/// let f = instance.get_typed_func::<(i32, i64), (i64, i32)>(&mut store, "f")?;
/// assert_eq!(f.call(&mut store, (1, 2))?, (2, 1));
/// # Ok::<(), Error>(())
/// ```
pub struct TypedFunc<Params, Results> {
    func: Func,
    /// The address of the adapter that enters the function.
    enter: usize,
    /// Whether the function requires references of more specific types than those of `Params`.
    check_params: bool,
    types: PhantomData<fn(Params) -> Results>,
}

impl<Params, Results> Clone for TypedFunc<Params, Results> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Params, Results> Copy for TypedFunc<Params, Results> {}

impl<Params, Results> std::fmt::Debug for TypedFunc<Params, Results> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("TypedFunc").field(&self.func).finish()
    }
}

impl<Params: WasmParams, Results: WasmResults> TypedFunc<Params, Results> {
    pub(crate) fn of(store: &dyn StoreOpaque, func: Func) -> Result<Self> {
        let typed = TypedFunc::of_types(store, func)?;
        let info = store.vm().lookup_func_info(func.pointer())?;
        let ty = info.ty.as_func().expect("functions have function types");
        let registry = store.engine().registry();
        let check_params = check_types(registry, Params::valtypes(), &ty.params, Position::Param)
            .with_context(|| format!("type mismatch with parameters of {}", registry.text().func(ty)))?;
        check_types(registry, Results::valtypes(), &ty.results, Position::Result)
            .with_context(|| format!("type mismatch with results of {}", registry.text().func(ty)))?;
        Ok(TypedFunc {
            check_params,
            ..typed
        })
    }

    /// The function, with whatever types. If a parameter is a reference to a defined type, each call checks the parameters.
    pub(crate) fn of_types(store: &dyn StoreOpaque, func: Func) -> Result<Self> {
        let pointer = func.checked(store.vm())?;
        let info = store.vm().lookup_func_info(pointer)?;
        let params = &info.ty.as_func().expect("functions have function types").params;
        Ok(TypedFunc {
            func,
            enter: info.enter,
            check_params: params.iter().any(|ty| {
                matches!(ty, transom_types::ValType::Ref(ty) if matches!(ty.heap, HeapType::Concrete(_)))
            }),
            types: PhantomData,
        })
    }

    /// The function.
    pub fn func(&self) -> &Func {
        &self.func
    }

    /// Calls the function.
    ///
    /// # Errors
    ///
    /// The program ended with a trap or an error of a host function, or the function or a reference belongs to
    /// another store.
    #[inline]
    pub fn call(&self, mut store: impl AsContextMut, params: Params) -> Result<Results> {
        let store = store.as_context_mut();
        ensure_plain(store.0.vm())?;
        self.enter(store, params)
    }

    /// Calls the function where the caller is.
    #[inline(always)]
    pub(super) fn enter<T: 'static>(&self, store: StoreContextMut<'_, T>, params: Params) -> Result<Results> {
        store.0.call_program(|store| self.enter_program(store, params))
    }

    #[inline(always)]
    fn enter_program<T: 'static>(&self, store: &mut StoreInner<T>, params: Params) -> Result<Results> {
        let vm = store.vm();
        let pointer = self.func.checked(vm)?;
        if self.check_params {
            params.check(self.func, vm, store.engine())?;
        }
        let mut values: Values = [const { MaybeUninit::uninit() }; MAX_VALUES];
        params.write(vm, &mut values)?;
        let shared = vm.shared_ptr();
        let host: NonNull<dyn Host> = NonNull::from(&mut *store);
        let entry = Entry {
            adapter: self.enter,
            function: pointer,
            values: values.as_mut_ptr().cast(),
            caller: std::ptr::null_mut(),
        };
        // SAFETY: the function belongs to this store, the adapter is that of its type, whose parameters have just
        // been written; the array has room for as many results as there can be. The host is not used before the call returns.
        #[expect(unsafe_code, reason = "enters compiled code")]
        let outcome = unsafe { enter(shared, host, entry) };
        match outcome {
            Ok(()) => Ok(Results::read(store.split().0, &values)),
            Err(unwind) => Err(unwind_error(store, unwind)),
        }
    }
}

enum Position {
    Param,
    Result,
}

/// Compares Rust types with the types of a function. True if some arguments must be checked again in each call. This
/// is the case if a parameter is a reference to a defined type, for which there is no Rust type: a reference to any
/// value of the same hierarchy may have the right type.
fn check_types(
    registry: &TypeRegistry,
    rust: impl Iterator<Item = ValType>,
    wasm: &[transom_types::ValType],
    position: Position,
) -> Result<bool> {
    let rust: Vec<ValType> = rust.collect();
    ensure!(
        rust.len() == wasm.len(),
        "expected {} types, found {}",
        rust.len(),
        wasm.len()
    );
    let mut check = false;
    for (index, (rust, &wasm)) in rust.iter().zip(wasm).enumerate() {
        let rust = rust.lower();
        let (actual, expected) = match position {
            Position::Param => (rust, wasm),
            Position::Result => (wasm, rust),
        };
        let Some(mismatch) = registry.explain_val(actual, expected) else {
            continue;
        };
        match (&position, actual, expected) {
            (Position::Param, transom_types::ValType::Ref(given), transom_types::ValType::Ref(wanted))
                if matches!(wanted.heap, HeapType::Concrete(_))
                    && may_meet(registry, given.heap, wanted.heap) =>
            {
                check = true;
            }
            _ => bail!("{index}: {mismatch}"),
        }
    }
    Ok(check)
}

/// Whether a reference to `given` may also be a reference to the defined type `wanted`.
fn may_meet(registry: &TypeRegistry, given: HeapType, wanted: HeapType) -> bool {
    [HeapType::Func, HeapType::Any]
        .into_iter()
        .any(|top| registry.is_subtype_heap(given, top) && registry.is_subtype_heap(wanted, top))
}

/// The parameters of a [`TypedFunc`]: a type or a tuple of types.
pub trait WasmParams: WasmTyList + Send {
    #[doc(hidden)]
    fn write(self, store: &Store, values: &mut Values) -> Result<()>;

    #[doc(hidden)]
    fn check(&self, func: Func, store: &Store, engine: &Engine) -> Result<()>;
}

/// The results of a [`TypedFunc`]: `()`, a type, or a tuple of types.
pub trait WasmResults: WasmTyList + Send {
    #[doc(hidden)]
    fn read(store: &mut Store, values: &[MaybeUninit<VmValue>]) -> Self;
}

impl<A: WasmTy> sealed::List for A {}

impl<A: WasmTy> WasmTyList for A {
    fn valtypes() -> impl Iterator<Item = ValType> {
        std::iter::once(A::valtype())
    }
}

impl<A: WasmTy> WasmParams for A {
    #[inline(always)]
    fn write(self, store: &Store, values: &mut Values) -> Result<()> {
        (self,).write(store, values)
    }

    fn check(&self, func: Func, store: &Store, engine: &Engine) -> Result<()> {
        check_param(self, 0, func, store, engine)
    }
}

impl<A: WasmTy> WasmResults for A {
    #[inline(always)]
    fn read(store: &mut Store, values: &[MaybeUninit<VmValue>]) -> Self {
        read(store, &values[0])
    }
}

/// Reads a result.
#[inline(always)]
fn read<A: WasmTy>(store: &mut Store, value: &MaybeUninit<VmValue>) -> A {
    // SAFETY: the adapter has stored all results; bytes beyond a value's size are of no meaning, but a read of
    // them must not be of undefined memory, so only the value's own are read.
    #[expect(unsafe_code, reason = "reads what compiled code has stored")]
    let abi = unsafe { value.as_ptr().cast::<A::Abi>().read() };
    A::from_abi(abi, store)
}

fn check_param(value: &impl WasmTy, index: usize, func: Func, store: &Store, engine: &Engine) -> Result<()> {
    let id = func.pointer().descriptor(store).id;
    let ty = engine
        .registry()
        .lookup(id)
        .expect("the store keeps the types of its functions");
    let expected = ty.as_func().expect("functions have function types").params[index];
    check_reference(value, expected, store, engine).with_context(|| format!("parameter {index} of the call"))
}

macro_rules! tuples {
    ($($index:tt $name:ident)*) => {
        #[allow(non_snake_case, reason = "a macro's parameters")]
        const _: () = {
            impl<$($name: WasmTy),*> sealed::List for ($($name,)*) {}

            impl<$($name: WasmTy),*> WasmTyList for ($($name,)*) {
                fn valtypes() -> impl Iterator<Item = ValType> {
                    [$($name::valtype()),*].into_iter()
                }
            }

            impl<$($name: WasmTy),*> WasmParams for ($($name,)*) {
                #[inline(always)]
                #[allow(unused_variables, reason = "without types there is nothing to write")]
                fn write(self, store: &Store, values: &mut Values) -> Result<()> {
                    let ($($name,)*) = self;
                    $(values[$index].write($name.to_abi(store)?.to_value());)*
                    Ok(())
                }

                #[allow(unused_variables, reason = "without types there is nothing to check")]
                fn check(&self, func: Func, store: &Store, engine: &Engine) -> Result<()> {
                    let ($($name,)*) = self;
                    $(check_param($name, $index, func, store, engine)?;)*
                    Ok(())
                }
            }

            impl<$($name: WasmTy),*> WasmResults for ($($name,)*) {
                #[inline(always)]
                #[allow(unused_variables, clippy::unused_unit, reason = "without types there is nothing to read")]
                fn read(store: &mut Store, values: &[MaybeUninit<VmValue>]) -> Self {
                    ($(read::<$name>(store, &values[$index]),)*)
                }
            }
        };
    };
}

tuples!();
tuples!(0 A1);
tuples!(0 A1 1 A2);
tuples!(0 A1 1 A2 2 A3);
tuples!(0 A1 1 A2 2 A3 3 A4);
tuples!(0 A1 1 A2 2 A3 3 A4 4 A5);
tuples!(0 A1 1 A2 2 A3 3 A4 4 A5 5 A6);
tuples!(0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7);
tuples!(0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7 7 A8);
tuples!(0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7 7 A8 8 A9);
tuples!(0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7 7 A8 8 A9 9 A10);
tuples!(0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7 7 A8 8 A9 9 A10 10 A11);
tuples!(0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7 7 A8 8 A9 9 A10 10 A11 11 A12);
tuples!(0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7 7 A8 8 A9 9 A10 10 A11 11 A12 12 A13);
tuples!(0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7 7 A8 8 A9 9 A10 10 A11 11 A12 12 A13 13 A14);
tuples!(0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7 7 A8 8 A9 9 A10 10 A11 11 A12 12 A13 13 A14 14 A15);
tuples!(0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7 7 A8 8 A9 9 A10 10 A11 11 A12 12 A13 13 A14 14 A15 15 A16);
tuples!(0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7 7 A8 8 A9 9 A10 10 A11 11 A12 12 A13 13 A14 14 A15 15 A16 16 A17);
