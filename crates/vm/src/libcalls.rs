//! What compiled code calls: the bodies of the rows in `transom-ops`.
//!
//! Each is reached through a thunk that notes where compiled code was left. A body runs as safe code on the host
//! that answers for the store; an error it returns ends the activation once all of its own frames are gone.
#![expect(unsafe_code, reason = "called by compiled code")]

mod atomic;
mod control;
pub(crate) mod exception;
mod memory;
mod object;
mod table;

pub use control::poll_in_host;
pub use memory::grow_memory;
pub use table::grow_table;

use crate::raw::enter::raise;
use crate::raw::shared::StoreShared;
use crate::{Backtrace, Host, InstanceId, Unwind};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;
use transom_layout::{MAX_PART, VmContextHeader};
use transom_ops::{Libcall, Trap, for_each_libcall};

/// What a libcall works on.
pub(crate) struct Call<'a> {
    pub shared: &'a StoreShared,
    pub host: &'a mut dyn Host,
    pub instance: InstanceId,
}

impl Call<'_> {
    /// A trap here.
    pub fn trap(&self, trap: Trap, detail: Option<String>) -> Unwind {
        trap_in(self.shared, trap, detail)
    }

    /// An error of the host's here.
    pub fn error(&self, error: anyhow::Error) -> Unwind {
        Unwind::Error(error, backtrace(self.shared))
    }
}

/// The order in which the parts of an instruction are done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Order {
    Forwards,
    /// So that what overlaps is read before it is written.
    Backwards,
}

impl Order {
    /// The order in which units from one place on can be copied to another, both in the same storage.
    fn of_copy(from: u64, to: u64) -> Order {
        if to > from {
            Order::Backwards
        } else {
            Order::Forwards
        }
    }
}

/// Does an instruction on `len` units of `size` bytes each in parts, and polls between them, so that however long it takes,
/// it can be interrupted. A poll may call the host, which may move memories and tables, but not objects: `part`, which gets
/// the first unit and how many there are, looks up anew where they are.
#[inline]
fn in_parts(
    call: &mut Call<'_>,
    (len, size): (u64, u64),
    order: Order,
    mut part: impl FnMut(&mut Call<'_>, u64, u64),
) -> Result<(), Unwind> {
    let most = MAX_PART / size;
    if len <= most {
        part(call, 0, len);
        return Ok(());
    }
    let mut done = 0;
    loop {
        let count = (len - done).min(most);
        let start = match order {
            Order::Forwards => done,
            Order::Backwards => len - done - count,
        };
        part(call, start, count);
        done += count;
        if done == len {
            return Ok(());
        }
        if call.shared.is_asked_to_stop() {
            control::poll(call.shared, call.host)?;
        }
    }
}

/// The compiled frames that lead to the present libcall, innermost first.
pub(crate) fn backtrace(shared: &StoreShared) -> Backtrace {
    // SAFETY: a libcall has been entered through its thunk, so the exit is noted and the frames are there.
    let pcs = unsafe { crate::raw::enter::return_addresses(shared) };
    Backtrace::resolve(&pcs, shared.backtrace_frames())
}

/// A trap in the compiled code that has called.
fn trap_in(shared: &StoreShared, trap: Trap, detail: Option<String>) -> Unwind {
    let backtrace = backtrace(shared);
    Unwind::Trap(Box::new(crate::TrapError {
        trap,
        detail,
        backtrace,
    }))
}

/// Runs something for compiled code, and ends that if it fails.
///
/// # Safety
///
/// Compiled code of this store has called, and the exit is noted.
unsafe fn run<R>(shared: &StoreShared, body: impl FnOnce(&mut dyn Host) -> Result<R, Unwind>) -> R {
    // SAFETY: the store is running, so its host is valid, and compiled code has handed the store over. Nothing that
    // needs dropping is left in this frame when the activation is ended.
    unsafe {
        let outcome = {
            let host = &mut *shared.host().as_ptr();
            catch_unwind(AssertUnwindSafe(|| body(host)))
        };
        let unwind = match outcome {
            Ok(Ok(value)) => return value,
            Ok(Err(unwind)) => unwind,
            Err(panic) => Unwind::Panic(panic),
        };
        raise(NonNull::from(shared), unwind)
    }
}

/// Runs the body of a row.
///
/// # Safety
///
/// `context` is the instance context that compiled code passed.
unsafe fn run_row<R>(
    context: *mut VmContextHeader,
    body: impl FnOnce(&mut Call<'_>) -> Result<R, Unwind>,
) -> R {
    // SAFETY: by the contract; the row's thunk has noted the exit.
    unsafe {
        let shared = StoreShared::of_function(context);
        let instance = InstanceId::from_index((*context).instance);
        run(shared, |host| {
            body(&mut Call {
                shared,
                host,
                instance,
            })
        })
    }
}

/// What polls call, through a thunk that keeps every register: it gives the frame of the function that polled and
/// where it goes on there.
///
/// # Safety
///
/// Only the thunk calls it.
pub(crate) unsafe extern "C" fn poll(exit_fp: usize, exit_pc: usize) {
    // SAFETY: compiled code runs on this thread, so its store is current; this thread owns the fields of its context.
    unsafe {
        let shared = crate::raw::enter::current()
            .expect("compiled code runs on a store")
            .as_ref();
        (*shared.context()).exit_fp = exit_fp;
        (*shared.context()).exit_pc = exit_pc;
        run(shared, |host| control::poll(shared, host));
    }
}

macro_rules! rust_type {
    (I32) => {
        u32
    };
    (I64) => {
        u64
    };
    (F32) => {
        f32
    };
    (F64) => {
        f64
    };
}

macro_rules! thunks {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $ty:ident),*) $(-> $result:ident)?;)*) => {
        /// The addresses that compiled code calls, in the order of [`Libcall::ALL`].
        pub fn table() -> &'static [usize] {
            static TABLE: std::sync::OnceLock<[usize; Libcall::ALL.len()]> = std::sync::OnceLock::new();
            TABLE.get_or_init(|| [$(thunk::$name as *const () as usize),*])
        }

        mod thunk {
            $(crate::leave_through! {
                /// Calls the body of the row.
                ///
                /// # Safety
                ///
                /// Only compiled code calls it, with the row's arguments.
                $name, "jmp {body}", body = sym super::body::$name
            })*
        }

        mod body {
            use super::{atomic, control, exception, memory, object, run_row, table};
            use transom_layout::VmContextHeader;

            $(
            /// The body of the row.
            ///
            /// # Safety
            ///
            /// Only its thunk calls it.
            pub unsafe extern "C" fn $name(
                context: *mut VmContextHeader,
                $($arg: rust_type!($ty)),*
            ) $(-> rust_type!($result))? {
                // SAFETY: the thunk was called by compiled code.
                unsafe { run_row(context, |call| (thunks!(call $name))(call, $($arg),*)) }
            }
            )*
        }
    };
    (call memory_grow) => { memory::grow };
    (call memory_copy) => { memory::copy };
    (call memory_fill) => { memory::fill };
    (call move_bytes) => { memory::move_bytes };
    (call fill_bytes) => { memory::fill_bytes };
    (call memory_init) => { memory::init };
    (call data_drop) => { memory::drop_data };
    (call table_grow) => { table::grow };
    (call table_fill) => { table::fill };
    (call table_copy) => { table::copy };
    (call table_init) => { table::init };
    (call elem_drop) => { table::drop_elements };
    (call trap_call_indirect) => { control::trap_call_indirect };
    (call memory_atomic_notify) => { atomic::notify };
    (call memory_atomic_wait32) => { atomic::wait32 };
    (call memory_atomic_wait64) => { atomic::wait64 };
    (call trap_misaligned) => {
        atomic::trap_misaligned
    };
    (call trap_memory) => {
        memory::trap_access
    };
    (call trap_table) => {
        table::trap_access
    };
    (call throw) => {
        exception::throw
    };
    (call gc_allocate) => {
        object::allocate
    };
    (call array_new) => {
        object::new_array
    };
    (call array_new_data) => {
        object::new_array_from_data
    };
    (call array_new_elem) => {
        object::new_array_from_elements
    };
    (call array_fill) => {
        |call, array, start, low, high, length| object::fill_array(call, (array, start, length), u128::from(high) << 64 | u128::from(low))
    };
    (call array_copy) => {
        |call, to, to_start, from, from_start, length| object::copy_array(call, (to, to_start), (from, from_start), length)
    };
    (call array_init_data) => {
        |call, array, start, segment, offset, length| object::init_from_data(call, array, start, (segment, offset, length))
    };
    (call array_init_elem) => {
        |call, array, start, segment, offset, length| object::init_from_elements(call, array, start, (segment, offset, length))
    };
    (call trap_array) => {
        object::trap_array
    };
    (call trap_cast) => {
        object::trap_cast
    };
    (call out_of_fuel) => {
        control::out_of_fuel
    };
}

for_each_libcall!(thunks);
