//! Functions of components with values of any types.

use super::call::{Call, Place, ReadPlace};
use crate::component::abi::lift::LiftContext;
use crate::component::abi::lower::LowerContext;
use crate::component::abi::shapes::fields;
use crate::component::convert::traits::InterfaceType;
use crate::component::state::Lifted;
use crate::component::types::items::ComponentFunc;
use crate::component::values::Val;
use crate::store::StoreOpaque;
use crate::{AsContext, AsContextMut};
use std::sync::Arc;
use transom_component::types::ValType;
use transom_error::{Context, Result, ensure};
use transom_vm::StoreId;

/// A function that an instance of a component exports.
///
/// ```
/// # use transom::*;
/// # use transom::component::{Component, Linker, Val};
/// let engine = Engine::default();
/// let component = Component::new(&engine, r#"(component
///     (core module $m (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
///     (core instance $i (instantiate $m))
///     (func (export "add") (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $i "add"))))"#)?;
/// let mut store = Store::new(&engine, ());
/// let instance = Linker::new(&engine).instantiate(&mut store, &component)?;
/// let add = instance.get_func(&mut store, "add").expect("it is exported");
/// let mut results = [Val::Bool(false)];
/// add.call(&mut store, &[Val::U32(2), Val::U32(3)], &mut results)?;
/// assert_eq!(results[0], Val::U32(5));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Func {
    store: StoreId,
    index: u32,
}

impl Func {
    /// The function at a position in a store.
    pub(crate) fn of(store: StoreId, index: u32) -> Func {
        Func { store, index }
    }

    /// Its position in the store.
    pub(crate) fn position(&self) -> u32 {
        self.index
    }

    /// What the store knows of the function.
    #[inline(always)]
    pub(crate) fn lifted<'s>(&self, store: &'s dyn StoreOpaque) -> Result<&'s Arc<Lifted>> {
        self.check_store(store)?;
        Ok(&store.components().lifted[self.index as usize])
    }

    /// Checks that the function belongs to a store.
    ///
    /// # Errors
    ///
    /// It belongs to another.
    #[inline(always)]
    pub(super) fn check_store(&self, store: &dyn StoreOpaque) -> Result<()> {
        ensure!(
            self.store == store.vm().id(),
            "a function is used with a store that it does not belong to"
        );
        Ok(())
    }

    /// Checks that what the function belongs to has not trapped.
    ///
    /// # Errors
    ///
    /// It has; or the function belongs to another store.
    #[cold]
    pub(super) fn check_enter(&self, store: &dyn StoreOpaque) -> Result<()> {
        store.components().check_enter(self.lifted(store)?.root)
    }

    /// The type of the function.
    ///
    /// # Panics
    ///
    /// If the function belongs to another store.
    pub fn ty(&self, store: impl AsContext) -> ComponentFunc {
        let store = store.as_context();
        let lifted = self.lifted(store.0).expect("a function of this store");
        ComponentFunc::new(lifted.ty, lifted.options.types.clone())
    }

    /// Calls the function.
    ///
    /// # Errors
    ///
    /// The number or a type of the values is wrong; or the component trapped, or did before.
    pub fn call(&self, mut store: impl AsContextMut, params: &[Val], results: &mut [Val]) -> Result<()> {
        let store = store.as_context_mut();
        let lifted = self.lifted(store.0)?.clone();
        let info = &lifted.options.types.types()[lifted.ty];
        let ty = &info.ty;
        ensure!(
            ty.params.len() == params.len(),
            "expected {} argument(s), got {}",
            ty.params.len(),
            params.len()
        );
        let count = usize::from(ty.result.is_some());
        ensure!(
            count == results.len(),
            "expected {count} result(s), got {}",
            results.len()
        );
        let tuple = |index| InterfaceType(ValType::Defined(index));
        let call = Call {
            params: (tuple(info.params), info.flat_params.is_some()),
            results: (tuple(info.results), info.flat_results.is_some()),
            borrows: info.borrows,
        };
        let lower = |cx: &mut LowerContext<'_>, place: Place<'_, '_>| {
            let ty = &cx.types().types()[lifted.ty].ty;
            let (mut place, fields) = (place, fields(cx.options, call.params.0.0));
            for (index, (value, (name, ty))) in params.iter().zip(&ty.params).enumerate() {
                let lowered = match &mut place {
                    Place::Numbers(to) => value.lower(cx, *ty, to),
                    Place::Memory(pointer) => value.store(cx, *ty, *pointer + fields[index].0 as usize),
                };
                lowered.with_context(|| format!("argument `{name}`"))?;
            }
            Ok(())
        };
        let lift = |cx: &mut LiftContext<'_>, place: ReadPlace<'_, '_>| {
            let Some(ty) = cx.types().types()[lifted.ty].ty.result else {
                return Ok(None);
            };
            match place {
                ReadPlace::Numbers(from) => Val::lift(cx, ty, from).map(Some),
                ReadPlace::Memory(pointer) => Val::load(cx, ty, pointer).map(Some),
            }
        };
        let result = store
            .0
            .call_program(|store| call.run(store, &lifted, lower, lift))?;
        if let (Some(result), Some(place)) = (result, results.first_mut()) {
            *place = result;
        }
        Ok(())
    }

    /// Does nothing: what is to be done after a call is done by the call.
    ///
    /// # Errors
    ///
    /// None.
    pub fn post_return(&self, _: impl AsContextMut) -> Result<()> {
        Ok(())
    }
}
