//! Calls from one component to another.

use super::coded::{Coded, RowKind};
use crate::component::abi::numbers::{NumberReader, NumberWriter};
use crate::component::abi::shapes::lowered_core_type;
use crate::component::abi::transfer::Transfer;
use crate::component::func::host::HostLowering;
use crate::component::state::{Lifted, Options};
use crate::store::{StoreInner, StoreOpaque};
use crate::unchecked::core_func::{Number, Numbers};
use crate::unchecked::numeric::numeric_host_function;
use crate::{Func, Trap};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use transom_component::types::{FuncInfo, ValType};
use transom_error::Result;
use transom_ops::events;
use transom_vm::FuncPtr;
use transom_vm::crossing::component_call::ComponentParties;
use transom_vm::layout::VmCallProgress;
use transom_vm::raw::component_link::{RowsLink, RowsSide};

/// So many calls are done here before code is made for them. Most functions are called a few times only, when programs begin and end, and
/// making code takes as long as thousands of calls.
const CALLS_BEFORE_CODE: u32 = 100;

/// No code is made: there is some, or there is to be none.
const NEVER: u32 = u32::MAX;

/// A call from one component to another.
pub(super) struct Adapter {
    from: HostLowering,
    to: Arc<Lifted>,
    /// What code has done of a call before it left that to this.
    progress: Arc<VmCallProgress>,
    /// Whether the host has instantiated them by themselves.
    crosses: bool,
    /// How many calls are left before code is made. Only the thread that has the store counts.
    left: AtomicU32,
    /// The core function that this is called through.
    function: OnceLock<FuncPtr>,
}

/// A core function that calls from one component to another.
pub(super) fn adapter<T: 'static>(
    store: &mut StoreInner<T>,
    from: HostLowering,
    to: Arc<Lifted>,
    crosses: bool,
) -> Result<Func> {
    let info = &from.options.types.types()[from.ty];
    let (params, results) = lowered_core_type(info);
    let left = store.engine().config().tests.component_code_after;
    let adapter = Arc::new(Adapter {
        progress: Arc::default(),
        from,
        to,
        crosses,
        left: AtomicU32::new(left.unwrap_or(CALLS_BEFORE_CODE)),
        function: OnceLock::new(),
    });
    let called = adapter.clone();
    let engine = store.engine().clone();
    let host = numeric_host_function::<T, _>(&engine, &params, &results, move |store, numbers| {
        called.call(store.0, numbers)
    });
    let func = Func::of_host(store, host)?;
    adapter.function.get_or_init(|| func.pointer());
    Ok(func)
}

impl Adapter {
    /// Has code made for further calls, if code does such.
    #[cold]
    fn link(&self, store: &mut dyn StoreOpaque) -> Result<()> {
        let (from, to) = (&self.from.options, &self.to.options);
        let coded = Coded::of(from, self.infos().0, &self.to, self.crosses);
        let (Some(coded), Some(&function)) = (coded, self.function.get()) else {
            return Ok(());
        };
        let components = store.components_mut();
        let callee = components.roots[self.to.root as usize].flags.clone();
        let [caller_flags, callee_flags] =
            [from, to].map(|options| components.instance(options.instance).flags.clone());
        let flags = [caller_flags.clone(), callee];
        let side = |options: &Options, memory, flags| RowsSide {
            memory,
            flags,
            realloc: options.realloc.map(|realloc| realloc.pointer()),
        };
        let memories = from.memory.zip(to.memory).filter(|_| !coded.rows.is_empty());
        let rows = memories.map(|(caller, callee)| RowsLink {
            caller: side(from, caller, caller_flags),
            callee: side(to, callee, callee_flags),
            post_return: self.to.post_return.map(|function| function.pointer()),
            progress: self.progress.clone(),
            pass: coded.rows.iter().map(RowKind::pass).collect(),
        });
        let parties = ComponentParties {
            function,
            callee: self.to.func.pointer(),
            flags,
            rows,
        };
        store.store().link_component_call(&coded.call, parties)
    }

    /// What code has done of a call before it left that to this: the addresses that were allocated, of which the count says how many there are, and what the
    /// callee has returned.
    fn progress(&self) -> ([u32; VmCallProgress::MAX], usize, Option<u64>) {
        let progress = &self.progress;
        let count = progress.allocations.swap(0, Ordering::Relaxed) as usize;
        let pointers = progress.pointers.each_ref();
        let pointers = pointers.map(|pointer| pointer.load(Ordering::Relaxed));
        let has_returned = progress.has_returned.swap(0, Ordering::Relaxed) != 0;
        let returned = has_returned.then(|| u64::from(progress.returned.load(Ordering::Relaxed)));
        (pointers, count, returned)
    }

    fn call(&self, store: &mut dyn StoreOpaque, numbers: &mut [Number]) -> Result<()> {
        match self.left.load(Ordering::Relaxed) {
            NEVER => {}
            0 => {
                self.left.store(NEVER, Ordering::Relaxed);
                if let Err(error) = self.link(store) {
                    // The host can do without: there may be no room for more code, or no thread to make it on.
                    log::info!(target: events::COMPILE, "a call between components stays as it is: {error:#}");
                }
            }
            left => self.left.store(left - 1, Ordering::Relaxed),
        }
        let (pointers, count, returned) = self.progress();
        let allocated = &pointers[..count];
        if let Some(returned) = returned {
            return self.give(store, numbers, returned, allocated);
        }
        let (returned, context) = self.enter(store, numbers, allocated)?;
        self.give(store, numbers, returned, &[])?;
        store.components_mut().end_call(&self.to, context);
        Ok(())
    }

    /// Passes the arguments, and calls: the number that the callee has returned, and what the numbers were that the call around it has for itself.
    fn enter(
        &self,
        store: &mut dyn StoreOpaque,
        numbers: &[Number],
        allocated: &[u32],
    ) -> Result<(u64, Option<[u32; 2]>)> {
        let (from, to) = (&self.from.options, &self.to.options);
        let (info, other) = self.infos();
        store.components().check_leave(from.instance)?;
        if self.crosses {
            store.components().check_enter(self.to.root)?;
        }
        if info.borrows {
            store.components_mut().push_scope();
        }
        let params = (ValType::Defined(info.params), ValType::Defined(other.params));
        let mut passed = Numbers::default();
        let mut transfer = Transfer::new(store, from, to);
        transfer.lower().allocated = allocated;
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
                transfer.record(params, numbers[0].word(), pointer)?;
                passed[0].set(u64::from(pointer));
            }
        }
        let context = store.components_mut().begin_call(&self.to);
        self.to.func.call(store, &mut passed)?;
        if info.borrows {
            store.components_mut().pop_scope()?;
        }
        Ok((passed[0].get(), context))
    }

    /// Passes the result, and tells the callee.
    fn give(
        &self,
        store: &mut dyn StoreOpaque,
        numbers: &mut [Number],
        returned: u64,
        allocated: &[u32],
    ) -> Result<()> {
        let (info, other) = self.infos();
        let results = (ValType::Defined(other.results), ValType::Defined(info.results));
        let mut given = [Number::default()];
        given[0].set(returned);
        let mut transfer = Transfer::new(store, &self.to.options, &self.from.options);
        transfer.lower().allocated = allocated;
        match info.flat_results.is_some() {
            true => transfer.numbers(
                results,
                &mut NumberReader::new(&given),
                &mut NumberWriter::new(numbers),
            )?,
            false => {
                let place = info.flat_params.as_ref().map_or(1, |flat| flat.len());
                let pointer = numbers[place].word();
                transfer.lower().check_range(pointer, results.1)?;
                transfer.record(results, returned as u32, pointer)?;
            }
        }
        self.to.call_post_return(store, returned)
    }

    /// The function, as the caller and as the callee know it.
    fn infos(&self) -> (&FuncInfo, &FuncInfo) {
        let (from, to) = (&self.from.options, &self.to.options);
        (&from.types.types()[self.from.ty], &to.types.types()[self.to.ty])
    }
}
