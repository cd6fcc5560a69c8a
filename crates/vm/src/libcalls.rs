//! What compiled code calls: the bodies of the rows in `transom-ops`.
//!
//! Each is reached through a thunk that notes where compiled code was left. A body runs as safe code on the host
//! that answers for the store; an error it returns ends the activation once all of its own frames are gone.
#![expect(unsafe_code, reason = "called by compiled code")]

mod control;
mod memory;
mod table;

pub use memory::grow_memory;
pub use table::grow_table;

use crate::raw::enter::raise;
use crate::raw::shared::Shared;
use crate::{Host, InstanceId, Unwind};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;
use transom_layout::VmContextHeader;
use transom_ops::{Libcall, for_each_libcall};

/// What a libcall works on.
pub(crate) struct Call<'a> {
    pub shared: &'a Shared,
    pub host: &'a mut dyn Host,
    pub instance: InstanceId,
}

impl Call<'_> {
    /// Addresses of the compiled frames that lead to this call, innermost first.
    pub fn backtrace(&self) -> crate::Backtrace {
        // SAFETY: a libcall has been entered through its thunk, so the exit is noted and the frames are there.
        crate::Backtrace::resolve(&unsafe { crate::raw::enter::return_addresses(self.shared) })
    }

    /// A trap here.
    pub fn trap(&self, trap: transom_ops::Trap, detail: Option<String>) -> Unwind {
        Unwind::Trap(Box::new(crate::TrapError {
            trap,
            detail,
            backtrace: self.backtrace(),
        }))
    }

    /// An error of the host's here.
    pub fn error(&self, error: anyhow::Error) -> Unwind {
        Unwind::Error(error, self.backtrace())
    }
}

/// Runs the body of a libcall.
///
/// # Safety
///
/// `context` is the instance context that compiled code passed.
unsafe fn run<R>(context: *mut VmContextHeader, body: impl FnOnce(&mut Call<'_>) -> Result<R, Unwind>) -> R {
    // SAFETY: the context's store is running, so its host is valid, and compiled code has handed the store over.
    // Nothing that needs dropping is left in this frame when the activation is ended.
    unsafe {
        let shared = Shared::of_function(context);
        let instance = InstanceId::from_index((*context).instance);
        let outcome = {
            let host = &mut *shared.host().as_ptr();
            let mut call = Call {
                shared,
                host,
                instance,
            };
            catch_unwind(AssertUnwindSafe(|| body(&mut call)))
        };
        let unwind = match outcome {
            Ok(Ok(value)) => return value,
            Ok(Err(unwind)) => unwind,
            Err(panic) => Unwind::Panic(panic),
        };
        raise(NonNull::from(shared), unwind)
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
            $(thunks!(thunk $name);)*
        }

        mod body {
            use super::{control, memory, run, table};
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
                unsafe { run(context, |call| thunks!(call $name)(call, $($arg),*)) }
            }
            )*
        }
    };
    (thunk poll) => {
        crate::leave_keeping_registers! {
            /// Calls the body of the row, and keeps every register.
            ///
            /// # Safety
            ///
            /// Only compiled code calls it, with the row's arguments.
            poll, super::body::poll
        }
    };
    (thunk $name:ident) => {
        crate::leave_through! {
            /// Calls the body of the row.
            ///
            /// # Safety
            ///
            /// Only compiled code calls it, with the row's arguments.
            $name, "jmp {body}", body = sym super::body::$name
        }
    };
    (call memory_grow) => { memory::grow };
    (call memory_copy) => { memory::copy };
    (call memory_fill) => { memory::fill };
    (call memory_init) => { memory::init };
    (call data_drop) => { memory::drop_data };
    (call table_grow) => { table::grow };
    (call table_fill) => { table::fill };
    (call table_copy) => { table::copy };
    (call table_init) => { table::init };
    (call elem_drop) => { table::drop_elements };
    (call poll) => { control::poll };
    (call trap_call_indirect) => { control::trap_call_indirect };
    (call trap) => { control::trap };
}

for_each_libcall!(thunks);
