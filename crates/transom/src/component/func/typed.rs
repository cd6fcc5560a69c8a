//! Functions of components with static types.

use super::call::{Call, NO_OPTIONS, Place, ReadPlace, is_flat};
use super::untyped::Func;
use crate::component::abi::lift::LiftContext;
use crate::component::abi::lower::LowerContext;
use crate::component::abi::numbers::{NumberReader, NumberWriter};
use crate::component::convert::traits::{ComponentNamedList, InterfaceType, Lift, Lower, TypeChecker};
use crate::func::call::ensure_plain;
use crate::store::StoreOpaque;
use crate::unchecked::core_func::{CoreFunc, MAX_NUMBERS, Number};
use crate::{AsContext, AsContextMut};
use std::marker::PhantomData;
use transom_component::types::ValType;
use transom_error::{Context, Result};

/// A function of a component with static types; see [`Func::typed`].
///
/// ```
/// # use transom::*;
/// # use transom::component::{Component, Linker};
/// let engine = Engine::default();
/// let component = Component::new(&engine, r#"(component
///     (core module $m (func (export "half") (param i64) (result i64) (i64.shr_s (local.get 0) (i64.const 1))))
///     (core instance $i (instantiate $m))
///     (func (export "half") (param "x" s64) (result s64) (canon lift (core func $i "half"))))"#)?;
/// let mut store = Store::new(&engine, ());
/// let instance = Linker::new(&engine).instantiate(&mut store, &component)?;
/// let half = instance.get_typed_func::<(i64,), (i64,)>(&mut store, "half")?;
/// assert_eq!(half.call(&mut store, (-6,))?, (-3,));
/// # Ok::<(), Error>(())
/// ```
pub struct TypedFunc<Params, Return> {
    func: Func,
    /// What is called, if nothing else is to be done around a call.
    plain: Option<CoreFunc>,
    types: PhantomData<fn(Params) -> Return>,
}

impl<Params, Return> Clone for TypedFunc<Params, Return> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Params, Return> Copy for TypedFunc<Params, Return> {}

impl<Params, Return> std::fmt::Debug for TypedFunc<Params, Return> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("TypedFunc").field(&self.func).finish()
    }
}

impl<Params, Return> TypedFunc<Params, Return> {
    /// The function.
    pub fn func(&self) -> &Func {
        &self.func
    }
}

impl<Params, Return> TypedFunc<Params, Return>
where
    Params: ComponentNamedList + Lower,
    Return: ComponentNamedList + Lift,
{
    /// Calls the function.
    ///
    /// # Errors
    ///
    /// The component trapped, or did before; or it gave what is no value of the result's type.
    pub fn call(&self, mut store: impl AsContextMut, params: Params) -> Result<Return> {
        let store = store.as_context_mut();
        if const { Params::IS_PLAIN && Return::IS_PLAIN && is_flat::<Params, Return>() }
            && let Some(core) = &self.plain
        {
            let func = (&self.func, core);
            // Most functions have few parameters, and what is not there needs no zeros.
            return store.0.call_program(|store| match const { Params::NUMBERS } {
                0..=2 => call_plain::<2, _, _>(store, func, &params),
                3..=4 => call_plain::<4, _, _>(store, func, &params),
                _ => call_plain::<MAX_NUMBERS, _, _>(store, func, &params),
            });
        }
        let lifted = self.func.lifted(store.0)?.clone();
        let info = &lifted.options.types.types()[lifted.ty];
        let tuple = |index| InterfaceType(ValType::Defined(index));
        let call = Call {
            params: (tuple(info.params), info.flat_params.is_some()),
            results: (tuple(info.results), info.flat_results.is_some()),
            borrows: info.borrows,
        };
        store.0.call_program(|store| {
            call.run(
                store,
                &lifted,
                |cx, place| match place {
                    Place::Numbers(to) => params.lower(cx, call.params.0, to),
                    Place::Memory(pointer) => params.store(cx, call.params.0, pointer),
                },
                |cx, place| match place {
                    ReadPlace::Numbers(from) => Return::lift(cx, call.results.0, from),
                    ReadPlace::Memory(pointer) => Return::load(cx, call.results.0, pointer),
                },
            )
        })
    }

    /// Does nothing: what is to be done after a call is done by [`call`](Self::call).
    ///
    /// # Errors
    ///
    /// None.
    pub fn post_return(&self, _: impl AsContextMut) -> Result<()> {
        Ok(())
    }
}

/// Calls a function that passes numbers only, at most `N` of them, and at least one.
#[inline(always)]
fn call_plain<const N: usize, Params: Lower, Return: Lift>(
    store: &mut dyn StoreOpaque,
    (func, core): (&Func, &CoreFunc),
    params: &Params,
) -> Result<Return> {
    ensure_plain(store.vm())?;
    func.check_store(store)?;
    if store.components().any_has_trapped {
        func.check_enter(store)?;
    }
    let none = InterfaceType(ValType::Bool);
    let mut numbers = [Number::default(); N];
    let options = &*NO_OPTIONS;
    let mut cx = LowerContext::new(store, options);
    params.lower(&mut cx, none, &mut NumberWriter::new(&mut numbers))?;
    let called = core.call(store, &mut numbers).and_then(|()| {
        let mut cx = LiftContext::new(store, options);
        Return::lift(&mut cx, none, &mut NumberReader::new(&numbers))
    });
    if called.is_err() {
        note_trap(store, func);
    }
    called
}

#[cold]
fn note_trap(store: &mut dyn StoreOpaque, func: &Func) {
    if let Ok(root) = func.lifted(store).map(|lifted| lifted.root) {
        store.components_mut().note_trap(root);
    }
}

impl Func {
    /// The function with static types: a tuple of the parameters, and a tuple of the result, or `()`.
    ///
    /// # Errors
    ///
    /// The types are not those of the function.
    pub fn typed<Params, Return>(&self, store: impl AsContext) -> Result<TypedFunc<Params, Return>>
    where
        Params: ComponentNamedList + Lower,
        Return: ComponentNamedList + Lift,
    {
        let store = store.as_context();
        let lifted = self.lifted(store.0)?;
        let info = &lifted.options.types.types()[lifted.ty];
        let checker = TypeChecker(&lifted.options.types);
        Params::typecheck(InterfaceType(ValType::Defined(info.params)), checker)
            .context("type mismatch with parameters")?;
        Return::typecheck(InterfaceType(ValType::Defined(info.results)), checker)
            .context("type mismatch with results")?;
        Ok(TypedFunc {
            func: *self,
            plain: lifted.is_plain.then_some(lifted.func),
            types: PhantomData,
        })
    }
}
