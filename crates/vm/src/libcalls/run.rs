//! Running Rust for compiled code that waits.

use super::call::{Call, Exit};
use crate::crossing::enter::raise;
use crate::ids::InstanceId;
use crate::raw::enter::current;
use crate::store::{Host, StoreShared};
use crate::unwind::Unwind;
use std::panic::{AssertUnwindSafe, catch_unwind};
use transom_layout::VmContextHeader;

/// Runs something for compiled code, and ends that if it fails.
///
/// # Safety
///
/// Compiled code of this store has called, and the exit is noted.
pub unsafe fn run<R>(
    shared: &StoreShared,
    body: impl FnOnce(Exit<'_>, &mut dyn Host) -> Result<R, Unwind>,
) -> R {
    // SAFETY: the store is running, so its host is valid, and compiled code has handed the store over. Nothing that
    // needs dropping is left in this frame when the activation is ended.
    unsafe {
        let outcome = {
            let host = &mut *shared.host().as_ptr();
            let exit = Exit::new(shared);
            catch_unwind(AssertUnwindSafe(|| body(exit, host)))
        };
        let unwind = match outcome {
            Ok(Ok(value)) => return value,
            Ok(Err(unwind)) => unwind,
            Err(panic) => Unwind::Panic(panic),
        };
        raise(shared, unwind)
    }
}

/// Runs the body of a row.
///
/// # Safety
///
/// `context` is the instance context that compiled code passed.
pub unsafe fn run_row<R>(
    context: *mut VmContextHeader,
    body: impl FnOnce(&mut Call<'_>) -> Result<R, Unwind>,
) -> R {
    // SAFETY: by the contract; the row's thunk has noted the exit.
    unsafe {
        let shared = StoreShared::of_function(context);
        let instance = InstanceId::from_index((*context).instance);
        run(shared, |exit, host| body(&mut Call { exit, host, instance }))
    }
}

/// The shared part of the store on which this thread runs compiled code, with a note where it was left: the frame of the function that
/// has called, and where it goes on there.
///
/// # Safety
///
/// Compiled code on this thread has called, and waits for as long as the result is used.
pub unsafe fn noted_exit<'a>(exit_fp: usize, exit_pc: usize) -> &'a StoreShared {
    // SAFETY: by the contract a store is current, which was entered with all of its shared part and lives while its code waits. This
    // thread owns the fields of its context.
    unsafe {
        let core = current().expect("compiled code runs on a store");
        let shared: &StoreShared = core.cast().as_ref();
        (*shared.context()).exit_fp = exit_fp;
        (*shared.context()).exit_pc = exit_pc;
        shared
    }
}
