//! What an adapter between components reads: made when the adapter is, and kept by the store for as long as it lives.

use super::function::FuncPtr;
use super::place::{Allocation, Place};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null;
use std::slice::{from_raw_parts, from_raw_parts_mut};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use transom_layout::{
    VmAllocations, VmComponentCall, VmComponentFlags, VmComponentRows, VmHostContext, VmMemory, VmPassRow,
};

/// Passes a row of values from one memory to another: the bytes there, and here, as many. Whether each is a value of its type.
pub type PassRow = Box<dyn Fn(&[u8], &mut [u8]) -> bool + Send + Sync>;

/// How rows of values are passed.
pub struct RowsLink<'a> {
    /// The memory of the instance that calls.
    pub source: &'a Place<VmMemory>,
    /// That of the callee.
    pub destination: &'a Place<VmMemory>,
    /// What allocates there.
    pub realloc: FuncPtr,
    /// The flags of the callee's instance.
    pub allocator: Arc<VmComponentFlags>,
    /// Where allocations are noted.
    pub allocations: Arc<VmAllocations>,
    /// How each row is passed.
    pub pass: Box<[PassRow]>,
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
    _allocator: Arc<VmComponentFlags>,
    _allocations: Arc<VmAllocations>,
}

impl ComponentLink {
    /// Replaces the code of a host function by an adapter that calls `callee`. The flags are those of the instance that calls, and of
    /// what the callee belongs to.
    ///
    /// # Safety
    ///
    /// The function is one of the host, and both functions and the adapter have the same shape; the adapter passes as many rows as are given, and the function
    /// that allocates has the shape of such. All belong to one store, which lives as long as the link does, as do the memories, which are two that are not
    /// shared; and this thread has the store.
    pub unsafe fn make(
        function: FuncPtr,
        callee: FuncPtr,
        adapter: usize,
        flags: [Arc<VmComponentFlags>; 2],
        rows: Option<RowsLink<'_>>,
    ) -> ComponentLink {
        let allocation = Allocation::new(size_of::<VmComponentCall>());
        let call: *mut VmComponentCall = allocation.base().cast();
        // SAFETY: the allocation is large enough, aligned, and used by nobody else yet. By the contract the functions are alive, and the first
        // one's context is that of a host function, whose `link` nobody reads before the adapter is in its slot.
        unsafe {
            let rows = rows.map(|rows| link_rows(rows));
            let (context, code) = function.context_and_code();
            let context: *mut VmHostContext = context.cast();
            let (slot, callee_context) = callee.slot_and_context();
            call.write(VmComponentCall {
                caller: Arc::as_ptr(&flags[0]),
                callee: Arc::as_ptr(&flags[1]),
                slot,
                context: callee_context,
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
/// The store of the function that allocates is alive.
unsafe fn link_rows(link: RowsLink<'_>) -> LinkedRows {
    let table = Allocation::new(size_of::<VmPassRow>() * link.pass.len());
    let first: *mut VmPassRow = table.base().cast();
    let rows = Allocation::new(size_of::<VmComponentRows>());
    // SAFETY: the allocations are large enough, aligned, and used by nobody else yet. By the contract the function is alive.
    unsafe {
        for (index, pass) in link.pass.iter().enumerate() {
            first.add(index).write(VmPassRow {
                function: pass_row as *const () as usize,
                environment: (&raw const *pass).cast(),
            });
        }
        let (realloc, realloc_context) = link.realloc.slot_and_context();
        rows.base().cast::<VmComponentRows>().write(VmComponentRows {
            source: link.source.as_ptr(),
            destination: link.destination.as_ptr(),
            allocator: Arc::as_ptr(&link.allocator),
            realloc,
            realloc_context,
            allocations: Arc::as_ptr(&link.allocations),
            pass: first,
        });
    }
    LinkedRows {
        rows,
        _table: table,
        _pass: link.pass,
        _allocator: link.allocator,
        _allocations: link.allocations,
    }
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
