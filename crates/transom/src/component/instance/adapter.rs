//! Calls from one component to another.

use crate::component::abi::numbers::{NumberReader, NumberWriter};
use crate::component::abi::shapes::lowered_core_type;
use crate::component::abi::transfer::Transfer;
use crate::component::func::host::HostLowering;
use crate::component::state::Lifted;
use crate::store::StoreOpaque;
use crate::unchecked::core_func::Numbers;
use crate::unchecked::numeric::numeric_host_function;
use crate::{Engine, Trap};
use std::sync::Arc;
use transom_component::types::ValType;
use transom_error::Result;

/// A call from one component to another.
struct Adapter {
    from: HostLowering,
    to: Arc<Lifted>,
    /// Whether the host has instantiated them by themselves.
    crosses: bool,
}

/// The core function of a call from one component to another.
pub(super) fn adapter<T: 'static>(
    engine: &Engine,
    from: HostLowering,
    to: Arc<Lifted>,
    crosses: bool,
) -> Arc<transom_vm::HostFunction> {
    let (params, results) = lowered_core_type(&from.options.types.types()[from.ty]);
    let adapter = Adapter { from, to, crosses };
    numeric_host_function::<T, _>(engine, &params, &results, move |store, numbers| {
        adapter.call(store.0, numbers)
    })
}

impl Adapter {
    fn call(&self, store: &mut dyn StoreOpaque, numbers: &mut Numbers) -> Result<()> {
        let (from, to) = (&self.from.options, &self.to.options);
        let (info, other) = (&from.types.types()[self.from.ty], &to.types.types()[self.to.ty]);
        store.components().check_leave(from.instance)?;
        if self.crosses {
            store.components().check_enter(self.to.root)?;
        }
        if info.borrows {
            store.components_mut().push_scope();
        }
        let defined = ValType::Defined;
        let params = (defined(info.params), defined(other.params));
        let mut passed = Numbers::default();
        let mut transfer = Transfer::new(store, from, to);
        match info.flat_params.is_some() {
            true => transfer.numbers(
                params,
                &mut NumberReader::new(numbers),
                &mut NumberWriter::new(&mut passed),
            )?,
            false => {
                let layout = to.types.types().layout(params.1);
                let lower = transfer.lower();
                let pointer = lower.reallocate((0, 0), layout.align, layout.size, Trap::MemoryOutOfBounds)?;
                transfer.record(params, numbers[0] as u32, pointer)?;
                passed[0] = u64::from(pointer);
            }
        }
        let context = store.components_mut().begin_call(&self.to);
        self.to.func.call(store, &mut passed)?;
        let returned = passed[0];
        if info.borrows {
            store.components_mut().pop_scope()?;
        }
        let results = (defined(other.results), defined(info.results));
        let mut transfer = Transfer::new(store, to, from);
        match info.flat_results.is_some() {
            true => transfer.numbers(
                results,
                &mut NumberReader::new(&passed),
                &mut NumberWriter::new(numbers),
            )?,
            false => {
                let place = info.flat_params.as_ref().map_or(1, |flat| flat.len());
                let pointer = numbers[place] as u32;
                transfer.lower().check_range(pointer, results.1)?;
                transfer.record(results, returned as u32, pointer)?;
            }
        }
        if let Some(post_return) = &self.to.post_return {
            store.components_mut().instance(to.instance).may_leave = false;
            passed[0] = returned;
            post_return.call(store, &mut passed)?;
            store.components_mut().instance(to.instance).may_leave = true;
        }
        store.components_mut().end_call(&self.to, context);
        Ok(())
    }
}
