//! What a libcall works on, and how it ends compiled code.

use crate::backtrace::Backtrace;
use crate::ids::InstanceId;
use crate::raw::enter::return_addresses;
use crate::raw::handler::{Landing, find_handler};
use crate::store::{Host, StoreShared};
use crate::unwind::{TrapError, Unwind};
use transom_ops::Trap;

/// Compiled code of a store has called Rust, by a thunk that notes where, and waits. So its frames can be walked.
#[derive(Clone, Copy)]
pub struct Exit<'a>(&'a StoreShared);

impl<'a> Exit<'a> {
    /// Compiled code of this store has called.
    ///
    /// # Safety
    ///
    /// It has, on this thread, and where it goes on is noted in the store's context; it waits for as long as the value is used.
    pub unsafe fn new(shared: &'a StoreShared) -> Exit<'a> {
        Exit(shared)
    }

    /// The store's part that compiled code knows.
    pub fn shared(self) -> &'a StoreShared {
        self.0
    }

    /// Whether the host itself has called, so that no frame of the innermost activation leads here.
    pub fn is_from_host(self) -> bool {
        let context = self.0.context();
        // SAFETY: the store is borrowed, and compiled code, which writes the fields, waits.
        unsafe { (*context).exit_fp == (*context).entry_fp }
    }

    /// The compiled frames that lead here, innermost first.
    pub fn backtrace(self) -> Backtrace {
        // SAFETY: compiled code waits, the exit is noted, and the frames are there: that is what this type means.
        let pcs = unsafe { return_addresses(self.0) };
        Backtrace::resolve(&pcs, self.0.backtrace_frames())
    }

    /// A trap in the compiled code that has called.
    pub fn trap(self, trap: Trap, detail: Option<String>) -> Unwind {
        Unwind::Trap(Box::new(TrapError {
            trap,
            detail,
            backtrace: self.backtrace(),
        }))
    }

    /// An error of the host's in the compiled code that has called.
    pub fn error(self, error: transom_error::Error) -> Unwind {
        Unwind::Error(error, self.backtrace())
    }

    /// The innermost handler of exceptions of a tag; `poll` is called at each frame, and what it returns as an error ends the search.
    pub fn find_handler<E>(
        self,
        (exception, tag): (u32, u32),
        poll: impl FnMut() -> Result<(), E>,
    ) -> Result<Option<Landing>, E> {
        // SAFETY: as above.
        unsafe { find_handler(self.0, (exception, tag), poll) }
    }
}

/// What a libcall works on.
pub struct Call<'a> {
    pub exit: Exit<'a>,
    pub host: &'a mut dyn Host,
    pub instance: InstanceId,
}

impl Call<'_> {
    /// A trap here.
    pub fn trap(&self, trap: Trap, detail: Option<String>) -> Unwind {
        self.exit.trap(trap, detail)
    }

    /// An error of the host's here.
    pub fn error(&self, error: transom_error::Error) -> Unwind {
        self.exit.error(error)
    }
}
