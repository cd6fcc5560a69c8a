//! Entering compiled code, and leaving it early.

use super::frames::{Activation, Stretch};
use super::shared::{MAX_FAULT_FRAMES, StoreShared};
use super::thunk::{resume, resume_with};
use crate::store::StoreId;
use crate::unwind::Unwind;
use std::cell::Cell;
use std::ptr::{NonNull, null};
use std::sync::atomic::Ordering;
use transom_layout::{VmFuncRef, VmStoreContext, VmValue};
use transom_sys::{Fault, Resume, stack_pointer};
use transom_types::TypeDescriptor;

/// A function of a store, by its one `VmFuncRef`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct FuncPtr {
    store: StoreId,
    address: NonNull<VmFuncRef>,
}

// SAFETY: an address; what it points to never changes, and is only read with the store at hand.
unsafe impl Send for FuncPtr {}
// SAFETY: as above.
unsafe impl Sync for FuncPtr {}

impl FuncPtr {
    /// The function at an address.
    ///
    /// # Safety
    ///
    /// The address is null, or that of a function reference which the store owns.
    pub unsafe fn from_address(store: StoreId, address: usize) -> Option<FuncPtr> {
        NonNull::new(address as *mut VmFuncRef).map(|address| FuncPtr { store, address })
    }

    /// The store that the function belongs to.
    pub fn store(self) -> StoreId {
        self.store
    }

    /// The address, as compiled code knows the function.
    pub fn address(self) -> usize {
        self.address.as_ptr() as usize
    }

    /// The descriptor of the type that the function was defined with. Valid while the store is.
    ///
    /// # Panics
    ///
    /// If `store` is another store than the function's.
    pub fn descriptor(self, store: &crate::Store) -> &TypeDescriptor {
        assert_eq!(
            self.store,
            store.id(),
            "a function is used with a store that it does not belong to"
        );
        // SAFETY: the store is alive, so the reference is valid, and keeps the type of its functions.
        unsafe { &*self.address.as_ref().ty }
    }

    /// The context that the function runs in: index of its instance, unless the host defined it.
    pub fn instance(self, store: &crate::Store) -> Option<usize> {
        assert_eq!(
            self.store,
            store.id(),
            "a function is used with a store that it does not belong to"
        );
        // SAFETY: the store is alive, so the reference and its context are valid.
        let instance = unsafe { (*self.address.as_ref().context).instance };
        (instance != transom_layout::VmContextHeader::HOST).then_some(instance)
    }
}

thread_local! {
    /// The store on which this thread runs compiled code, for the fault handler.
    static CURRENT: Cell<*const StoreShared> = const { Cell::new(null()) };
}

/// The store on which this thread runs compiled code.
pub fn current() -> Option<NonNull<StoreShared>> {
    NonNull::new(CURRENT.get().cast_mut())
}

type Adapter = unsafe extern "C" fn(
    *mut transom_layout::VmContextHeader,
    usize,
    *mut VmValue,
    *mut VmStoreContext,
) -> u32;

/// Calls a function: parameters are taken from `values`, results are left there.
///
/// # Errors
///
/// Whatever ended the call early.
///
/// # Safety
///
/// `shared` is that of the function's store, which has a host; `adapter` is the address of an `Enter` adapter for
/// the function's shape; `values` has room for its parameters and results, and holds valid parameters. No
/// reference into the store is used across the call.
#[inline]
pub unsafe fn enter(
    shared: NonNull<StoreShared>,
    adapter: usize,
    function: FuncPtr,
    values: *mut VmValue,
) -> Result<(), Unwind> {
    // SAFETY: by the contract. The fields that the adapter overwrites mean nothing while no compiled code runs, and
    // are saved and restored around nested entries, so that these leave the outer one as it was.
    unsafe {
        let context = shared.as_ref().context();
        if (*context).entry_fp != 0 {
            return enter_nested(shared, adapter, function, values);
        }
        // Entries from within keep the limit of the outermost: together they have one stack.
        shared.as_ref().adapt_limit(stack_pointer());
        let result = call_adapter(shared, adapter, function, values);
        (*context).entry_fp = 0;
        result
    }
}

/// Calls a function while compiled code of the same store waits for a host function to return.
///
/// # Safety
///
/// As [`enter`].
#[inline(never)]
unsafe fn enter_nested(
    shared: NonNull<StoreShared>,
    adapter: usize,
    function: FuncPtr,
    values: *mut VmValue,
) -> Result<(), Unwind> {
    // SAFETY: by the contract everything pointed to is valid.
    unsafe {
        let context = shared.as_ref().context();
        let outer = Activation {
            entry_fp: (*context).entry_fp,
            entry_sp: (*context).entry_sp,
            entry_handler: (*context).entry_handler,
            exit_fp: (*context).exit_fp,
            exit_pc: (*context).exit_pc,
            previous: (*context).activation.cast(),
        };
        let outer_caller = (*context).caller;
        (*context).activation = (&raw const outer).cast();
        let result = call_adapter(shared, adapter, function, values);
        (*context).caller = outer_caller;
        (*context).activation = outer.previous.cast();
        (*context).entry_fp = outer.entry_fp;
        (*context).entry_sp = outer.entry_sp;
        (*context).entry_handler = outer.entry_handler;
        (*context).exit_fp = outer.exit_fp;
        (*context).exit_pc = outer.exit_pc;
        result
    }
}

/// Calls a function through its adapter, and finds out what ended it early.
///
/// # Safety
///
/// As [`enter`], and the caller puts the fields of the context back that the adapter overwrites.
#[inline(always)]
unsafe fn call_adapter(
    shared: NonNull<StoreShared>,
    adapter: usize,
    function: FuncPtr,
    values: *mut VmValue,
) -> Result<(), Unwind> {
    // SAFETY: by the contract everything pointed to is valid.
    unsafe {
        let shared_ref = shared.as_ref();
        let context = shared_ref.context();
        (*context).caller = std::ptr::null_mut();
        let outer_current = CURRENT.replace(shared.as_ptr());
        let function = function.address.as_ref();
        let code = (*function.slot).0.load(Ordering::Relaxed);
        let adapter: Adapter = std::mem::transmute(adapter);
        let unwound = adapter(function.context, code, values, context);
        CURRENT.set(outer_current);
        if unwound == 0 {
            Ok(())
        } else {
            Err(unwind_reason(shared_ref))
        }
    }
}

/// Why the innermost activation has ended early.
///
/// # Safety
///
/// It has, and its fields of the context have not been restored.
#[cold]
unsafe fn unwind_reason(shared: &StoreShared) -> Unwind {
    if let Some(unwind) = shared.take_pending() {
        return unwind;
    }
    // SAFETY: without a pending reason it was the fault handler that ended it; the outer activations are as
    // they were.
    unsafe {
        let fault = *shared.fault();
        let mut pcs = vec![fault.pc];
        // The innermost address is that of an instruction, the others are behind their calls; all are looked up
        // as the latter.
        pcs[0] += 1;
        pcs.extend(&fault.frames[..fault.count]);
        push_outer_stretches(&mut pcs, shared);
        crate::unwind::from_fault(shared, &fault, &pcs)
    }
}

/// Adds the addresses of a stretch.
///
/// # Safety
///
/// Its frames are still on the stack.
unsafe fn push_stretch(pcs: &mut Vec<usize>, stretch: Stretch) {
    // SAFETY: by the contract.
    unsafe {
        stretch.visit(|pc, _| {
            pcs.push(pc);
            None::<()>
        });
    }
}

/// Adds the addresses of all stretches but the innermost.
///
/// # Safety
///
/// As [`super::frames::outer_stretches`].
unsafe fn push_outer_stretches(pcs: &mut Vec<usize>, shared: &StoreShared) {
    // SAFETY: by the contract.
    unsafe {
        super::frames::outer_stretches(shared.context(), &mut |pc, fp, entry_fp| {
            push_stretch(pcs, Stretch { pc, fp, entry_fp });
        });
    }
}

/// Addresses of all compiled frames of the store that are on this thread's stack, innermost first.
///
/// # Safety
///
/// Compiled code of this store is on this thread's stack, or was never entered, and has left through a thunk, an
/// adapter or a libcall.
pub unsafe fn return_addresses(shared: &StoreShared) -> Vec<usize> {
    let mut pcs = Vec::new();
    // SAFETY: by the contract.
    unsafe {
        let context = shared.context();
        let (pc, fp, entry_fp) = ((*context).exit_pc, (*context).exit_fp, (*context).entry_fp);
        push_stretch(&mut pcs, Stretch { pc, fp, entry_fp });
        push_outer_stretches(&mut pcs, shared);
    }
    pcs
}

/// Ends the innermost activation of compiled code, whose entry returns `unwind`; or goes on in it, at a handler.
///
/// # Safety
///
/// Called from a libcall or a host function of that activation, whose Rust frames have nothing left to drop.
pub unsafe fn raise(shared: NonNull<StoreShared>, unwind: Unwind) -> ! {
    // SAFETY: the entry's fields are those of the innermost activation, which is still on the stack.
    unsafe {
        let shared = shared.as_ref();
        if let Unwind::Caught(landing) = unwind {
            resume_with(landing.pc, landing.sp, landing.fp, landing.exception as usize)
        }
        shared.set_pending(unwind);
        let context = shared.context();
        resume((*context).entry_handler, (*context).entry_sp, (*context).entry_fp)
    }
}

/// The process's fault handler: notes what it sees, and ends the innermost activation.
pub fn on_fault(fault: &Fault) -> Option<Resume> {
    let shared = CURRENT.get();
    // SAFETY: the pointer is set while compiled code runs on this thread, and null otherwise; the fault is in
    // compiled code, so nothing else uses the record now, and the frames are on the stack.
    unsafe {
        let shared = shared.as_ref()?;
        let context = shared.context();
        let record = &mut *shared.fault();
        record.pc = fault.pc;
        record.sp = fault.sp;
        record.address = fault.address;
        record.kind = fault.kind;
        record.count = 0;
        let stretch = Stretch {
            pc: fault.pc,
            fp: fault.fp,
            entry_fp: (*context).entry_fp,
        };
        // The innermost frame's place is that of the fault itself.
        let mut innermost = true;
        stretch.visit(|pc, _| {
            if std::mem::take(&mut innermost) {
                return None;
            }
            record.frames[record.count] = pc;
            record.count += 1;
            (record.count == MAX_FAULT_FRAMES).then_some(())
        });
        Some(Resume {
            pc: (*context).entry_handler,
            fp: (*context).entry_fp,
            sp: (*context).entry_sp,
        })
    }
}

/// Calls a function that has neither parameters nor results.
///
/// # Errors
///
/// Whatever ended the call early.
///
/// # Panics
///
/// If the function has parameters or results, or belongs to another store.
pub fn enter_plain(store: &crate::Store, info: &crate::FuncInfo, function: FuncPtr) -> Result<(), Unwind> {
    assert_eq!(
        function.descriptor(store).id,
        info.ty.id(),
        "what is known of a type is used for its functions"
    );
    assert!(info.shape.params.is_empty() && info.shape.results.is_empty());
    // SAFETY: the function belongs to the store, the adapter is that of its type, and there are no values.
    unsafe { enter(store.shared_ptr(), info.enter, function, std::ptr::null_mut()) }
}
