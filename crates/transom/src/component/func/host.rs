//! Functions of the host that components call.

use crate::component::abi::lift::LiftContext;
use crate::component::abi::lower::LowerContext;
use crate::component::abi::numbers::{NumberReader, NumberWriter};
use crate::component::abi::shapes::{fields, lowered_core_type};
use crate::component::convert::traits::{ComponentNamedList, InterfaceType, Lift, Lower, TypeChecker};
use crate::component::func::call::is_flat;
use crate::component::instance_types::InstanceTypes;
use crate::component::state::{Options, has_trapped};
use crate::component::types::items::ComponentFunc;
use crate::component::values::Val;
use crate::store::StoreOpaque;
use crate::unchecked::core_func::Number;
use crate::unchecked::numeric::numeric_host_function;
use crate::{Engine, StoreContextMut, Trap};
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use transom_component::types::{FuncInfo, FuncTypeIdx, ValType};
use transom_error::{Context, Result};
use transom_vm::HostFunction;
use transom_vm::layout::VmComponentFlags;

/// How a component calls a function of the host.
pub(crate) struct HostLowering {
    /// How the caller passes values.
    pub options: Arc<Options>,
    pub ty: FuncTypeIdx,
    /// The flags of the caller.
    pub caller: Arc<VmComponentFlags>,
    /// The flags of what the caller belongs to.
    pub root: Arc<VmComponentFlags>,
    /// Whether a parameter contains a borrowed handle.
    pub borrows: bool,
}

impl HostLowering {
    fn info(&self) -> &FuncInfo {
        &self.options.types.types()[self.ty]
    }
}

/// Makes the core function by which a component calls a function of the host. Each function of the host has its own, so nothing stands between the core function
/// and what the host has given.
pub(crate) type Lowering = dyn Fn(&Engine, HostLowering) -> Arc<HostFunction> + Send + Sync;

/// A function of the host.
pub(crate) struct HostCode<T: 'static> {
    /// Compares its types with those that a component imports it with.
    pub check: fn(FuncTypeIdx, &InstanceTypes) -> Result<()>,
    pub lower: Arc<Lowering>,
    store: PhantomData<fn(T)>,
}

impl<T: 'static> HostCode<T> {
    /// A function of the host, by what its core functions do.
    fn new<F, B>(function: F, check: fn(FuncTypeIdx, &InstanceTypes) -> Result<()>, body: B) -> HostCode<T>
    where
        F: Send + Sync + 'static,
        B: Fn(&F, StoreContextMut<'_, T>, &HostLowering, &mut [Number]) -> Result<()>,
        B: Copy + Send + Sync + 'static,
    {
        let function = Arc::new(function);
        let lower = move |engine: &Engine, lowering: HostLowering| {
            let function = function.clone();
            let (params, results) = lowered_core_type(lowering.info());
            numeric_host_function(engine, &params, &results, move |store, numbers| {
                around(store, &lowering, |store| {
                    body(&function, store, &lowering, numbers)
                })
            })
        };
        HostCode {
            check,
            lower: Arc::new(lower),
            store: PhantomData,
        }
    }
}

impl<T: 'static> Clone for HostCode<T> {
    fn clone(&self) -> Self {
        HostCode {
            check: self.check,
            lower: self.lower.clone(),
            store: PhantomData,
        }
    }
}

fn tuple(index: transom_component::types::TypeIdx) -> InterfaceType {
    InterfaceType(ValType::Defined(index))
}

/// Does what comes before and after each call of a function of the host.
#[inline(always)]
fn around<T: 'static>(
    store: StoreContextMut<'_, T>,
    lowering: &HostLowering,
    call: impl FnOnce(StoreContextMut<'_, T>) -> Result<()>,
) -> Result<()> {
    if lowering.caller.may_not_leave.load(Ordering::Relaxed) != 0 {
        return Err(Trap::CannotLeaveComponent.into());
    }
    if lowering.borrows {
        store.0.components_mut().push_scope();
    }
    call(StoreContextMut(store.0))?;
    // The host may have called the component, which may have trapped then.
    if store.0.components().any_has_trapped && lowering.root.has_trapped.load(Ordering::Relaxed) != 0 {
        return Err(has_trapped());
    }
    if lowering.borrows {
        store.0.components_mut().pop_scope()?;
    }
    Ok(())
}

/// The address that the results are written to, which the caller has passed behind the parameters.
fn out_pointer(info: &FuncInfo, numbers: &[Number]) -> u32 {
    let params = info.flat_params.as_ref().map_or(1, |flat| flat.len());
    numbers[params].word()
}

/// A function of the host with static types.
pub(crate) fn host_code<T: 'static, F, Params, Return>(function: F) -> HostCode<T>
where
    F: Fn(StoreContextMut<'_, T>, Params) -> Result<Return> + Send + Sync + 'static,
    Params: ComponentNamedList + Lift + 'static,
    Return: ComponentNamedList + Lower + 'static,
{
    let check = |ty: FuncTypeIdx, types: &InstanceTypes| {
        let info = &types.types()[ty];
        let checker = TypeChecker(types);
        Params::typecheck(tuple(info.params), checker).context("type mismatch with parameters")?;
        Return::typecheck(tuple(info.results), checker).context("type mismatch with results")
    };
    HostCode::new(function, check, call_typed::<T, F, Params, Return>)
}

/// Calls a function of the host with static types.
#[inline(always)]
fn call_typed<T: 'static, F, Params: ComponentNamedList + Lift, Return: ComponentNamedList + Lower>(
    function: &F,
    store: StoreContextMut<'_, T>,
    lowering: &HostLowering,
    numbers: &mut [Number],
) -> Result<()>
where
    F: Fn(StoreContextMut<'_, T>, Params) -> Result<Return>,
{
    if const { Params::IS_PLAIN && Return::IS_PLAIN && is_flat::<Params, Return>() } {
        return call_plain(function, store, lowering, numbers);
    }
    let info = lowering.info();
    let mut cx = LiftContext::new(store.0, &lowering.options);
    let params = match info.flat_params.is_some() {
        true => Params::lift(&mut cx, tuple(info.params), &mut NumberReader::new(numbers))?,
        false => {
            let pointer = numbers[0].word();
            cx.check_range(pointer, tuple(info.params).0)?;
            Params::load(&mut cx, tuple(info.params), pointer as usize)?
        }
    };
    let results = store
        .0
        .call_host(|store| function(StoreContextMut(store), params))?;
    let mut cx = LowerContext::new(store.0, &lowering.options);
    if info.flat_results.is_some() {
        return results.lower(&mut cx, tuple(info.results), &mut NumberWriter::new(numbers));
    }
    let pointer = out_pointer(info, numbers);
    cx.check_range(pointer, tuple(info.results).0)?;
    results.store(&mut cx, tuple(info.results), pointer as usize)
}

/// Calls a function of the host that takes and gives numbers only. They say themselves what they are, so nothing is read of the function's type.
#[inline(always)]
fn call_plain<T: 'static, F, Params: Lift, Return: Lower>(
    function: &F,
    store: StoreContextMut<'_, T>,
    lowering: &HostLowering,
    numbers: &mut [Number],
) -> Result<()>
where
    F: Fn(StoreContextMut<'_, T>, Params) -> Result<Return>,
{
    let none = InterfaceType(ValType::Bool);
    let mut cx = LiftContext::new(store.0, &lowering.options);
    let params = Params::lift(&mut cx, none, &mut NumberReader::new(numbers))?;
    let results = store
        .0
        .call_host(|store| function(StoreContextMut(store), params))?;
    let mut cx = LowerContext::new(store.0, &lowering.options);
    results.lower(&mut cx, none, &mut NumberWriter::new(numbers))
}

/// A function of the host that takes and gives values of whichever types it is imported with.
pub(crate) fn host_code_of_values<T: 'static, F>(function: F) -> HostCode<T>
where
    F: Fn(StoreContextMut<'_, T>, ComponentFunc, &[Val], &mut [Val]) -> Result<()> + Send + Sync + 'static,
{
    HostCode::new(function, |_, _| Ok(()), call_untyped::<T, F>)
}

/// Calls a function of the host with values of the types that it is imported with.
fn call_untyped<T: 'static, F>(
    function: &F,
    store: StoreContextMut<'_, T>,
    lowering: &HostLowering,
    numbers: &mut [Number],
) -> Result<()>
where
    F: Fn(StoreContextMut<'_, T>, ComponentFunc, &[Val], &mut [Val]) -> Result<()>,
{
    let info = lowering.info();
    let params = read_params(store.0, lowering, numbers)?;
    let mut results = vec![Val::Bool(false); usize::from(info.ty.result.is_some())];
    let ty = ComponentFunc::new(lowering.ty, lowering.options.types.clone());
    store
        .0
        .call_host(|store| function(StoreContextMut(store), ty, &params, &mut results))?;
    let (Some(ty), Some(result)) = (info.ty.result, results.first()) else {
        return Ok(());
    };
    let mut cx = LowerContext::new(store.0, &lowering.options);
    if info.flat_results.is_some() {
        return result.lower(&mut cx, ty, &mut NumberWriter::new(numbers));
    }
    let pointer = out_pointer(info, numbers);
    cx.check_range(pointer, tuple(info.results).0)?;
    result.store(&mut cx, ty, pointer as usize)
}

fn read_params(store: &mut dyn StoreOpaque, lowering: &HostLowering, numbers: &[Number]) -> Result<Vec<Val>> {
    let info = lowering.info();
    let types = info.ty.params.iter().map(|&(_, ty)| ty);
    let mut cx = LiftContext::new(store, &lowering.options);
    if info.flat_params.is_some() {
        let mut from = NumberReader::new(numbers);
        return types.map(|ty| Val::lift(&mut cx, ty, &mut from)).collect();
    }
    let pointer = numbers[0].word();
    cx.check_range(pointer, tuple(info.params).0)?;
    let fields = fields(&lowering.options, tuple(info.params).0);
    let mut load =
        |&(offset, ty): &(u32, ValType)| Val::load(&mut cx, ty, pointer as usize + offset as usize);
    fields.iter().map(&mut load).collect()
}
