//! Entering compiled code on a store, and ending it early.

use super::fault::unwind_of;
use crate::ids::InstanceId;
use crate::libcalls::Exit;
use crate::raw::enter::{Early, Entry, end_activation, enter as enter_raw, fault_addresses, land};
use crate::raw::function::FuncPtr;
use crate::store::{FuncInfo, Host, StoreShared};
use crate::unwind::Unwind;
use std::ptr::NonNull;
use transom_ops::Trap;

/// Calls a function: parameters are taken from the entry's values, results are left there.
///
/// # Errors
///
/// Whatever ended the call early.
///
/// # Safety
///
/// `host` is valid, and derived from a `&mut` that nobody uses before the call returns; `shared` is its store's, and the function is
/// that store's, too. The adapter is for the function's shape; the values are valid parameters, and there is room for all
/// results.
#[inline]
pub unsafe fn enter(
    shared: NonNull<StoreShared>,
    host: NonNull<dyn Host>,
    entry: Entry,
) -> Result<(), Unwind> {
    // SAFETY: by the contract. This thread uses the store, whose shared part lives as long as it does, which is longer than the
    // call.
    unsafe {
        let reference = shared.as_ref();
        let outer = reference.replace_host(Some(host));
        // The whole structure's pointer, not one to its core alone: whoever comes back from compiled code finds all of it.
        let result = enter_raw(shared.cast(), entry, |early| match early {
            Early::Left => unwind_reason(reference, host),
            Early::NoStack => Exit::new(reference).trap(Trap::StackOverflow, None),
        });
        reference.replace_host(outer);
        result
    }
}

/// Why the innermost activation has ended early.
///
/// # Safety
///
/// It has, its fields of the context have not been restored, and `host` is the one that it was entered with.
#[cold]
unsafe fn unwind_reason(shared: &StoreShared, mut host: NonNull<dyn Host>) -> Unwind {
    // SAFETY: this thread has just run a program on the store. Without a pending reason it was the fault handler that ended it, and
    // the outer activations are as they were. Nobody uses the host: its activation is over, and the one who entered waits.
    unsafe {
        if let Some(unwind) = shared.take_pending() {
            return unwind;
        }
        let (fault, pcs) = fault_addresses(shared);
        unwind_of(host.as_mut().store(), &fault, &pcs)
    }
}

/// Ends the innermost activation of compiled code, whose entry returns `unwind`; or goes on in it, at a handler.
///
/// # Safety
///
/// Called from a libcall or a host function of that activation, whose Rust frames have nothing left to drop.
pub unsafe fn raise(shared: &StoreShared, unwind: Unwind) -> ! {
    // SAFETY: by the contract; this thread runs the program, and a landing was found while this libcall or host function ran.
    unsafe {
        if let Unwind::Caught(landing) = unwind {
            land(landing)
        }
        shared.set_pending(unwind);
        end_activation(shared)
    }
}

/// Calls the start function of an instance. A host function, which an instance may import as its start function, finds the instance as its
/// caller.
///
/// # Errors
///
/// Whatever ended the call early.
///
/// # Panics
///
/// If `info` is that of another type, the function has parameters or results, or belongs to another store, or there is no such instance.
pub fn enter_start(
    host: &mut (dyn Host + 'static),
    info: &FuncInfo,
    function: FuncPtr,
    instance: InstanceId,
) -> Result<(), Unwind> {
    let store = host.store();
    assert_eq!(
        function.descriptor(store).id,
        info.ty.id(),
        "what is known of a type is used for its functions"
    );
    assert!(info.shape.params.is_empty() && info.shape.results.is_empty());
    let shared = store.shared_ptr();
    let entry = Entry {
        adapter: info.enter,
        function,
        values: std::ptr::null_mut(),
        caller: store.instance(instance).context.address(),
    };
    // SAFETY: the function and the instance belong to the store, the adapter is that of the function's type, there are no values, and the
    // host is not used before the call returns.
    unsafe { enter(shared, NonNull::from(host), entry) }
}
