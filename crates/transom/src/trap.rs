//! Errors of programs.
//!
//! A trap becomes an error with up to four layers: the [`Trap`](crate::Trap) is the root, then details of the trap, then a
//! [`WasmBacktrace`], then a [`WasmCoreDump`] if the engine's configuration says so. `downcast_ref` finds all but the details.

use crate::detail;
use crate::store::StoreOpaque;
use crate::{Demangled, WasmBacktrace, WasmCoreDump, events};
use std::fmt;
use transom_error::Error;
use transom_types::Escaped;
use transom_vm::{Backtrace, Unwind};

/// The text of a trap with its details.
struct Description<'a>(&'a transom_vm::TrapError);

impl fmt::Display for Description<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.trap.message())?;
        match &self.0.detail {
            Some(detail) => write!(f, ": {}", Escaped(detail)),
            None => Ok(()),
        }
    }
}

/// The text of the position of a program.
struct Place<'a>(&'a Backtrace);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(frame) = self.0.frames.first() else {
            return Ok(());
        };
        write!(f, ", in function {}", frame.function.as_u32())?;
        if let Some(name) = frame.module.func_name(frame.function) {
            write!(f, " `{}`", Demangled(name))?;
        }
        match frame.offset {
            Some(offset) => write!(f, " at {offset:#x}"),
            None => Ok(()),
        }
    }
}

/// The error for a trap outside of all functions.
pub(crate) fn trap_error(trap: transom_vm::TrapError) -> Error {
    log::info!(target: events::TRAP, "{}{}", Description(&trap), Place(&trap.backtrace));
    let error = Error::new(trap.trap);
    match trap.detail {
        Some(detail) => detail::added(error, detail),
        None => error,
    }
}

/// Adds where the program was, unless the error says so already because it comes from a call inside of this one.
fn with_backtrace(store: &dyn StoreOpaque, error: Error, backtrace: Backtrace) -> Error {
    if error.is::<WasmBacktrace>() || error.is::<WasmCoreDump>() {
        return error;
    }
    let backtrace = WasmBacktrace::of(store, backtrace);
    let dump = store.engine().config().coredump_on_trap;
    let dump = dump.then(|| WasmCoreDump::of(store, backtrace.clone()));
    let error = match backtrace.frames() {
        [] => error,
        _ => error.context(backtrace),
    };
    match dump {
        Some(dump) => error.context(dump),
        None => error,
    }
}

/// The error for the end of an activation; a panic goes on as a panic.
#[cold]
pub(crate) fn unwind_error(store: &dyn StoreOpaque, unwind: Unwind) -> Error {
    match unwind {
        Unwind::Trap(trap) => {
            let backtrace = trap.backtrace.clone();
            with_backtrace(store, trap_error(*trap), backtrace)
        }
        Unwind::Error(error, backtrace) => with_backtrace(store, error, backtrace),
        Unwind::Panic(panic) => std::panic::resume_unwind(panic),
        Unwind::Exception(thrown) => {
            let backtrace = thrown.backtrace().clone();
            with_backtrace(store, Error::new(*thrown), backtrace)
        }
        Unwind::Caught(_) => unreachable!("an exception that is caught ends no activation"),
    }
}
