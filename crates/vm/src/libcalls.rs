//! What compiled code calls: the bodies of the rows in `transom-ops`.
//!
//! Each is reached through a thunk that notes where compiled code was left. A body runs as safe code on the host
//! that answers for the store; an error it returns ends the activation once all of its own frames are gone.
//!
//! From lower to higher: `call`, `control`, `parts`, the groups of instructions, `run`, `vectors`, `poll`, `tick`, `first_call`, and the table here.
#![expect(unsafe_code, reason = "called by compiled code")]

mod atomic;
mod call;
mod control;
mod exception;
mod first_call;
mod memory;
mod object;
mod parts;
mod poll;
mod run;
mod table;
mod tick;
mod vectors;

pub(crate) use call::Exit;
pub use control::poll_in_host;
pub(crate) use exception::throw_in;
pub(crate) use first_call::first_call_thunk;
pub use memory::grow_memory;
pub(crate) use poll::{fuel_thunk, poll_thunk};
pub use table::grow_table;
pub(crate) use tick::tick_thunk;

use transom_ops::{Libcall, for_each_libcall};

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
            use super::run::run_row;
            use super::{atomic, control, exception, memory, object, table};
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
}

for_each_libcall!(thunks);
