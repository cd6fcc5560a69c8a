//! Running the host's functions for compiled code.

use super::enter::raise;
use crate::exception::ThrownException;
use crate::handles::ScopeStart;
use crate::ids::InstanceId;
use crate::libcalls::{Exit, throw_in};
use crate::raw::context::caller_instance;
use crate::store::{Host, StoreShared};
use crate::unwind::Unwind;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;
use transom_layout::VmHostContext;

/// What a host function was called with, besides its arguments.
pub struct HostCall<'a> {
    /// Who answers for the store.
    pub host: NonNull<dyn Host>,
    /// The function's environment: `HostFunction::environment`.
    pub environment: *const (),
    /// The instance that called, if it was one.
    pub caller: Option<InstanceId>,
    /// Where its handles begin, once it has any: they end with it, even if it panics.
    pub scope: &'a Cell<Option<ScopeStart>>,
}

/// Runs the body of a host function. If it fails or panics, compiled code is ended instead of being gone back to.
///
/// # Safety
///
/// `context` is what compiled code passed to the function, and nothing of the caller's frame needs dropping.
#[inline(always)]
pub unsafe fn run_host<R: Copy>(
    context: *mut VmHostContext,
    body: impl FnOnce(HostCall<'_>) -> transom_error::Result<R>,
) -> R {
    // SAFETY: by the contract the context is valid, and so are its store and environment while it is called.
    unsafe {
        let shared = StoreShared::of_function(context.cast());
        let caller = caller_instance(shared.context());
        let scope = Cell::new(None);
        let call = HostCall {
            scope: &scope,
            host: shared.host(),
            environment: (*context).environment,
            caller: caller.map(InstanceId::from_index),
        };
        match catch_unwind(AssertUnwindSafe(move || body(call))) {
            Ok(Ok(value)) => value,
            Ok(Err(error)) => fail(shared, error),
            Err(panic) => {
                if let Some(start) = scope.get() {
                    let store = (*shared.host().as_ptr()).store();
                    store.objects.handles.end_scope(start);
                }
                raise(shared, Unwind::Panic(panic))
            }
        }
    }
}

/// Ends compiled code with an error, or throws the exception that the error is.
///
/// # Safety
///
/// As [`raise`].
#[cold]
unsafe fn fail(shared: &StoreShared, error: transom_error::Error) -> ! {
    // SAFETY: the host function was entered through a thunk or adapter, so the exit is noted.
    unsafe {
        let exit = Exit::new(shared);
        let unwind = match error.downcast::<ThrownException>() {
            Ok(thrown) => {
                let host = &mut *shared.host().as_ptr();
                match host.store().exception_of(&thrown) {
                    Some(exception) => {
                        drop(thrown);
                        throw_in(exit, host, exception)
                    }
                    None => exit.error(thrown.into()),
                }
            }
            Err(error) => exit.error(error),
        };
        raise(shared, unwind)
    }
}
