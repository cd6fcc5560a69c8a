//! What a libcall works on, and how it ends compiled code.

use crate::backtrace::Backtrace;
use crate::ids::InstanceId;
use crate::raw::enter::return_addresses;
use crate::store::{Host, StoreShared};
use crate::unwind::{TrapError, Unwind};
use transom_ops::Trap;

/// What a libcall works on.
pub struct Call<'a> {
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

/// The compiled frames that lead to the present libcall, innermost first.
pub fn backtrace(shared: &StoreShared) -> Backtrace {
    // SAFETY: a libcall has been entered through its thunk, so the exit is noted and the frames are there.
    let pcs = unsafe { return_addresses(shared) };
    Backtrace::resolve(&pcs, shared.backtrace_frames())
}

/// A trap in the compiled code that has called.
pub fn trap_in(shared: &StoreShared, trap: Trap, detail: Option<String>) -> Unwind {
    let backtrace = backtrace(shared);
    Unwind::Trap(Box::new(TrapError {
        trap,
        detail,
        backtrace,
    }))
}
