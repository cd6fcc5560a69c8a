//! Calls of components by the host: what happens around passing the values.

use crate::Trap;
use crate::component::abi::lift::LiftContext;
use crate::component::abi::lower::LowerContext;
use crate::component::abi::numbers::{NumberReader, NumberWriter};
use crate::component::convert::traits::{ComponentType, InterfaceType};
use crate::component::state::{Lifted, Options};
use crate::func::call::ensure_plain;
use crate::store::StoreOpaque;
use crate::unchecked::core_func::{Number, Numbers};
use std::sync::{Arc, LazyLock};
use transom_component::types::{MAX_FLAT_PARAMS, MAX_FLAT_RESULTS};
use transom_error::Result;

/// Where parameters are written to.
pub(crate) enum Place<'r, 'n> {
    Numbers(&'r mut NumberWriter<'n>),
    Memory(usize),
}

/// Where results are read from.
pub(crate) enum ReadPlace<'r, 'n> {
    Numbers(&'r mut NumberReader<'n>),
    Memory(usize),
}

/// How the values of a call are passed.
#[derive(Clone, Copy)]
pub(crate) struct Call {
    /// The record of the parameters, and whether it is passed as numbers.
    pub params: (InterfaceType, bool),
    /// The record of the results, and whether it is passed as numbers.
    pub results: (InterfaceType, bool),
    /// Whether a parameter contains a borrowed handle.
    pub borrows: bool,
}

impl Call {
    /// Calls a function of a component from the host.
    ///
    /// # Errors
    ///
    /// Those of `lower` and `lift`; or the component trapped, or did before.
    #[inline(always)]
    pub fn run<R>(
        self,
        store: &mut dyn StoreOpaque,
        lifted: &Lifted,
        lower: impl FnOnce(&mut LowerContext<'_>, Place<'_, '_>) -> Result<()>,
        lift: impl FnOnce(&mut LiftContext<'_>, ReadPlace<'_, '_>) -> Result<R>,
    ) -> Result<R> {
        ensure_plain(store.vm())?;
        store.components().check_enter(lifted.root)?;
        let scopes = store.components().scopes.len();
        if self.borrows {
            store.components_mut().push_scope();
        }
        let mut numbers = Numbers::default();
        let lowered = self.lower(store, lifted, &mut numbers, lower);
        if let Err(error) = lowered {
            // Nothing of the component has run, but for its allocations.
            store.components_mut().drop_scopes(scopes);
            let instance = lifted.options.instance;
            if !store.components_mut().instance(instance).may_leave() {
                store.components_mut().note_trap(lifted.root);
            }
            return Err(error);
        }
        let outcome = self.finish(store, lifted, &mut numbers, lift);
        if outcome.is_err() {
            let components = store.components_mut();
            components.drop_scopes(scopes);
            components.note_trap(lifted.root);
        }
        outcome
    }

    #[inline(always)]
    fn lower(
        self,
        store: &mut dyn StoreOpaque,
        lifted: &Lifted,
        numbers: &mut [Number],
        lower: impl FnOnce(&mut LowerContext<'_>, Place<'_, '_>) -> Result<()>,
    ) -> Result<()> {
        let mut cx = LowerContext::new(store, &lifted.options);
        let (ty, is_flat) = self.params;
        if is_flat {
            return lower(&mut cx, Place::Numbers(&mut NumberWriter::new(numbers)));
        }
        let pointer = cx.allocate(ty)?;
        lower(&mut cx, Place::Memory(pointer as usize))?;
        numbers[0].set(u64::from(pointer));
        Ok(())
    }

    #[inline(always)]
    fn finish<R>(
        self,
        store: &mut dyn StoreOpaque,
        lifted: &Lifted,
        numbers: &mut [Number],
        lift: impl FnOnce(&mut LiftContext<'_>, ReadPlace<'_, '_>) -> Result<R>,
    ) -> Result<R> {
        let context = store.components_mut().begin_call(lifted);
        lifted.func.call(store, numbers)?;
        let returned = numbers[0].get();
        let mut cx = LiftContext::new(store, &lifted.options);
        let (ty, is_flat) = self.results;
        let value = match is_flat {
            true => lift(&mut cx, ReadPlace::Numbers(&mut NumberReader::new(numbers)))?,
            false => {
                cx.check_range(returned as u32, ty.0)?;
                lift(&mut cx, ReadPlace::Memory(returned as u32 as usize))?
            }
        };
        if self.borrows {
            store.components_mut().pop_scope()?;
        }
        lifted.call_post_return(store, returned)?;
        store.components_mut().end_call(lifted, context);
        Ok(value)
    }
}

impl Lifted {
    /// Calls what the instance wants to be called with what it has returned, if there is something. It must not call its imports meanwhile.
    pub(crate) fn call_post_return(&self, store: &mut dyn StoreOpaque, returned: u64) -> Result<()> {
        let Some(post_return) = &self.post_return else {
            return Ok(());
        };
        let instance = self.options.instance;
        store.components_mut().instance(instance).set_may_leave(false);
        let mut numbers = [Number::default()];
        numbers[0].set(returned);
        post_return.call(store, &mut numbers)?;
        store.components_mut().instance(instance).set_may_leave(true);
        Ok(())
    }
}

impl LowerContext<'_> {
    /// Lets the instance allocate a value.
    pub(crate) fn allocate(&mut self, ty: InterfaceType) -> Result<u32> {
        let layout = self.types().types().layout(ty.0);
        let (size, align) = (layout.size, layout.align);
        self.reallocate((0, 0), align, size, Trap::MemoryOutOfBounds)
    }
}

/// Whether all parameters, and the result, are passed as numbers.
pub(crate) const fn is_flat<Params: ComponentType, Return: ComponentType>() -> bool {
    Params::NUMBERS <= MAX_FLAT_PARAMS && Return::NUMBERS <= MAX_FLAT_RESULTS
}

/// The options of calls that need none.
pub(crate) static NO_OPTIONS: LazyLock<Arc<Options>> = LazyLock::new(|| Arc::new(Options::none()));
