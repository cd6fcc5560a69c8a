//! What an adapter between components reads: made when the adapter is, and kept by the store for as long as it lives.

use super::function::FuncPtr;
use super::place::{Allocation, Place};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::{null, null_mut};
use std::slice::{from_raw_parts, from_raw_parts_mut};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use transom_layout::{
    VmCallProgress, VmCallee, VmComponentCall, VmComponentFlags, VmComponentRows, VmHostContext, VmMemory,
    VmPassRow, VmRowSide,
};

/// Passes a row of values from one memory to another: the bytes there, and here, as many. Whether each is a value of its type.
pub type PassRow = Box<dyn Fn(&[u8], &mut [u8]) -> bool + Send + Sync>;

/// An instance that rows are passed to or from.
pub struct RowsSide<M> {
    /// Its memory.
    pub memory: M,
    /// Its flags.
    pub flags: Arc<VmComponentFlags>,
    /// What allocates there, if there is something.
    pub realloc: Option<FuncPtr>,
}

/// How rows of values are passed.
pub struct RowsLink<M> {
    /// The instance that calls.
    pub caller: RowsSide<M>,
    /// The one that is called.
    pub callee: RowsSide<M>,
    /// What is called with what the callee has returned, once that was passed.
    pub post_return: Option<FuncPtr>,
    /// Where progress is noted.
    pub progress: Arc<VmCallProgress>,
    /// How each row is passed: those of the arguments, and then the result.
    pub pass: Box<[PassRow]>,
}

impl<M> RowsLink<M> {
    /// The same with other memories.
    pub fn with_memories<N>(self, memory: impl Fn(M) -> N) -> RowsLink<N> {
        let side = |side: RowsSide<M>| RowsSide {
            memory: memory(side.memory),
            flags: side.flags,
            realloc: side.realloc,
        };
        RowsLink {
            caller: side(self.caller),
            callee: side(self.callee),
            post_return: self.post_return,
            progress: self.progress,
            pass: self.pass,
        }
    }
}

/// What an adapter between components reads, as long as it may be called.
pub struct ComponentLink {
    _call: Allocation,
    _flags: [Arc<VmComponentFlags>; 2],
    _rows: Option<LinkedRows>,
}

struct LinkedRows {
    rows: Allocation,
    _table: Allocation,
    _pass: Box<[PassRow]>,
    _flags: [Arc<VmComponentFlags>; 2],
    _progress: Arc<VmCallProgress>,
}

impl ComponentLink {
    /// Replaces the code of a host function by an adapter that calls `callee`. The flags are those of the instance that calls, and of
    /// what the callee belongs to.
    ///
    /// # Safety
    ///
    /// The function is one of the host, and both functions have the shapes that the adapter has them for; it passes as many rows as are given, and calls no
    /// `realloc` or `post_return` that is not given or has another shape. All belong to one store, which lives as long as the link does, as do the memories,
    /// which are two that are not shared; and this thread has the store.
    pub unsafe fn make(
        function: FuncPtr,
        callee: FuncPtr,
        adapter: usize,
        flags: [Arc<VmComponentFlags>; 2],
        rows: Option<RowsLink<&Place<VmMemory>>>,
    ) -> ComponentLink {
        let allocation = Allocation::new(size_of::<VmComponentCall>());
        let call: *mut VmComponentCall = allocation.base().cast();
        // SAFETY: the allocation is large enough, aligned, and used by nobody else yet. By the contract the functions are alive, and the first
        // one's context is that of a host function, whose `link` nobody reads before the adapter is in its slot.
        unsafe {
            let rows = rows.map(|rows| link_rows(rows));
            let (context, code) = function.context_and_code();
            let context: *mut VmHostContext = context.cast();
            call.write(VmComponentCall {
                caller: Arc::as_ptr(&flags[0]),
                callee: Arc::as_ptr(&flags[1]),
                function: vm_callee(Some(callee)),
                host: code,
                rows: rows
                    .as_ref()
                    .map_or(null(), |rows| rows.rows.base().cast_const().cast()),
            });
            (&raw mut (*context).link).write(call);
            (*context).slot.0.store(adapter, Ordering::Release);
            ComponentLink {
                _call: allocation,
                _flags: flags,
                _rows: rows,
            }
        }
    }
}

/// Makes what an adapter reads to pass rows.
///
/// # Safety
///
/// The store of the functions is alive.
unsafe fn link_rows(link: RowsLink<&Place<VmMemory>>) -> LinkedRows {
    let table = Allocation::new(size_of::<VmPassRow>() * link.pass.len());
    let first: *mut VmPassRow = table.base().cast();
    let rows = Allocation::new(size_of::<VmComponentRows>());
    // SAFETY: the allocations are large enough, aligned, and used by nobody else yet. By the contract the functions are alive.
    unsafe {
        for (index, pass) in link.pass.iter().enumerate() {
            first.add(index).write(VmPassRow {
                function: pass_row as *const () as usize,
                environment: (&raw const *pass).cast(),
            });
        }
        rows.base().cast::<VmComponentRows>().write(VmComponentRows {
            caller: row_side(&link.caller),
            callee: row_side(&link.callee),
            post_return: vm_callee(link.post_return),
            progress: Arc::as_ptr(&link.progress),
            pass: first,
        });
    }
    LinkedRows {
        rows,
        _table: table,
        _pass: link.pass,
        _flags: [link.caller.flags, link.callee.flags],
        _progress: link.progress,
    }
}

/// # Safety
///
/// As [`link_rows`].
unsafe fn row_side(side: &RowsSide<&Place<VmMemory>>) -> VmRowSide {
    VmRowSide {
        memory: side.memory.as_ptr(),
        flags: Arc::as_ptr(&side.flags),
        // SAFETY: by the contract.
        realloc: unsafe { vm_callee(side.realloc) },
    }
}

/// # Safety
///
/// As [`link_rows`].
unsafe fn vm_callee(function: Option<FuncPtr>) -> VmCallee {
    // SAFETY: by the contract.
    let callee = function.map(|function| unsafe { function.slot_and_context() });
    let (slot, context) = callee.unwrap_or((null(), null_mut()));
    VmCallee { slot, context }
}

/// Passes a row: not zero if each is a value of its type. A panic is a no, and whoever does the call then panics as well.
///
/// # Safety
///
/// Only adapters call it, with a row's environment, and so many bytes of two memories of a store that they have. The memories do not change meanwhile, as the
/// function that is called knows neither.
unsafe extern "C" fn pass_row(
    environment: *const PassRow,
    from: *const u8,
    to: *mut u8,
    length: usize,
) -> u32 {
    if length == 0 {
        return 1;
    }
    // SAFETY: by the contract the link is alive, which keeps its functions. The bytes are accessible and initialised, as all of a memory's are, they lie in
    // two memories, and no compiled code runs meanwhile. Whatever else of the host refers to them waits for compiled code to return.
    let passed = catch_unwind(AssertUnwindSafe(|| unsafe {
        (*environment)(from_raw_parts(from, length), from_raw_parts_mut(to, length))
    }));
    u32::from(passed.unwrap_or(false))
}
