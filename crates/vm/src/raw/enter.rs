//! Entering compiled code, and leaving it early.

use super::frames::{Activation, Stretch, outer_stretches};
use super::function::FuncPtr;
use super::handler::Landing;
use super::store_core::StoreCore;
use super::thunk::{resume, resume_with};
use std::cell::{Cell, UnsafeCell};
use std::ptr::{NonNull, null};
use transom_layout::{VmContextHeader, VmStoreContext, VmValue};
use transom_sys::{Fault, FaultKind, Resume, stack_pointer};

thread_local! {
    /// The store on which this thread runs compiled code, for the fault handler. While it runs none, this may be a store that is gone: the
    /// outermost entry leaves its note, which is right for the next entry of the same store.
    static CURRENT: Cell<*const StoreCore> = const { Cell::new(null()) };
    /// What the fault handler saw last on this thread. A thread has it, and not each of many stores: whoever was entered looks at it at once.
    static FAULT: UnsafeCell<FaultRecord> = const {
        UnsafeCell::new(FaultRecord {
            pc: 0,
            sp: 0,
            address: None,
            kind: FaultKind::Memory,
            frames: [0; MAX_FAULT_FRAMES],
            count: 0,
        })
    };
}

/// How many frames of a faulting program are remembered.
const MAX_FAULT_FRAMES: usize = 64;

/// What the fault handler saw.
#[derive(Clone, Copy)]
pub struct FaultRecord {
    /// The instruction, or 0 if there was no fault.
    pub pc: usize,
    /// The stack pointer.
    pub sp: usize,
    /// The address that could not be accessed, if it is known.
    pub address: Option<usize>,
    /// The sort of fault.
    pub kind: FaultKind,
    /// Return addresses of the frames below, innermost first.
    pub frames: [usize; MAX_FAULT_FRAMES],
    /// How many of them there are.
    pub count: usize,
}

/// The store on which this thread runs compiled code; whatever it is while it runs none.
pub fn current() -> Option<NonNull<StoreCore>> {
    NonNull::new(CURRENT.get().cast_mut())
}

/// Replaces the note of the store on which this thread runs compiled code. It is never inlined: before and after a call that may leave a
/// fiber, the thread may be another one, but within a function the compiler takes the address of a thread-local variable only once.
///
/// # Safety
///
/// The store lives for as long as the note is there, if there is one.
#[inline(never)]
pub unsafe fn replace_current(core: *const StoreCore) -> *const StoreCore {
    CURRENT.replace(core)
}

/// Takes back the note of the store whose compiled code waits for what this thread has just left, if there is one.
///
/// # Safety
///
/// As [`replace_current`], if compiled code waits.
#[cold]
unsafe fn take_back_current(outer: *const StoreCore) {
    if !outer.is_null() {
        // SAFETY: by the contract.
        unsafe { replace_current(outer) };
    }
}

type Adapter = unsafe extern "C" fn(*mut VmContextHeader, usize, *mut VmValue, *mut VmStoreContext) -> u32;

/// How a call ended early.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Early {
    /// Compiled code was left, as the context says.
    Left,
    /// Nothing was entered, since there is too little stack. The context says how the outer activation waits.
    NoStack,
}

/// What is entered, and how.
#[derive(Clone, Copy)]
pub struct Entry {
    /// Address of an `Enter` adapter for the function's shape.
    pub adapter: usize,
    /// The function.
    pub function: FuncPtr,
    /// Holds the parameters, and has room for the results.
    pub values: *mut VmValue,
    /// The context of the instance that calls, if one does: a host function's caller.
    pub caller: *mut VmContextHeader,
}

/// Calls a function: parameters are taken from the entry's values, results are left there. If the call ends early,
/// `reason` finds out why, while the context still says how compiled code was left.
///
/// Compiled functions look whether there is enough stack for them, but the function may be one of the host, which does not: so nested
/// entries look, too.
///
/// # Errors
///
/// What `reason` returns.
///
/// # Safety
///
/// `core` is that of the function's store, and the caller is null or a context of this store; the adapter is for the function's shape; the values are valid parameters, and there is
/// room for all results. No reference into the store is used across the call, except by those from which the store's host
/// was derived: see `crossing::enter`. A function on a fiber enters once at most: the compiler may keep the address of a thread-local variable
/// across the first entry, from which the fiber may come back on another thread.
#[inline(always)]
pub unsafe fn enter<E>(
    core: NonNull<StoreCore>,
    entry: Entry,
    reason: impl FnOnce(Early) -> E,
) -> Result<(), E> {
    // SAFETY: by the contract the core is valid. The fields that the adapter overwrites mean nothing while no compiled code runs,
    // and are saved and restored around nested entries, so that these leave the outer one as it was.
    unsafe {
        let context = core.as_ref().context();
        if (*context).entry_fp != 0 {
            return enter_nested(core, entry, reason);
        }
        // Entries from within keep the limit of the outermost: together they have one stack.
        core.as_ref().adapt_limit(stack_pointer());
        let result = call_adapter(core, entry, reason);
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
unsafe fn enter_nested<E>(
    core: NonNull<StoreCore>,
    entry: Entry,
    reason: impl FnOnce(Early) -> E,
) -> Result<(), E> {
    // SAFETY: by the contract everything pointed to is valid.
    unsafe {
        let context = core.as_ref().context();
        let pointer = stack_pointer();
        let outer_limit = core.as_ref().adapt_nested(pointer);
        if pointer < (*context).stack_end {
            if let Some(limit) = outer_limit {
                core.as_ref().take_back(limit);
            }
            return Err(reason(Early::NoStack));
        }
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
        let result = call_adapter(core, entry, reason);
        if let Some(limit) = outer_limit {
            core.as_ref().take_back(limit);
        }
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

/// Calls a function through its adapter.
///
/// # Safety
///
/// As [`enter`], and the caller restores the fields of the context that the adapter overwrites.
#[inline(always)]
unsafe fn call_adapter<E>(
    core: NonNull<StoreCore>,
    entry: Entry,
    reason: impl FnOnce(Early) -> E,
) -> Result<(), E> {
    // SAFETY: by the contract everything pointed to is valid, and the adapter is a function of this type.
    unsafe {
        let context = core.as_ref().context();
        (*context).caller = entry.caller;
        let outer_current = CURRENT.get();
        let is_noted = outer_current == core.as_ptr();
        if !is_noted {
            CURRENT.set(core.as_ptr());
        }
        let (function, code) = entry.function.context_and_code();
        let adapter: Adapter = std::mem::transmute(entry.adapter);
        let unwound = adapter(function, code, entry.values, context);
        if !is_noted {
            // If this is a fiber's stack, the thread may be another one by now.
            take_back_current(outer_current);
        }
        match unwound {
            0 => Ok(()),
            _ => Err(reason(Early::Left)),
        }
    }
}

/// What the fault handler saw when it ended the innermost activation, and the addresses of all compiled frames, innermost first.
/// Each address is behind the instruction that it stands for.
///
/// # Safety
///
/// The fault handler has ended the innermost activation, whose fields of the context have not been restored; outer activations
/// of the store are on this thread's stack. It is not inlined, for the reason of [`replace_current`].
#[inline(never)]
pub unsafe fn fault_addresses(core: &StoreCore) -> (FaultRecord, Vec<usize>) {
    // SAFETY: by the contract the handler has ended, and no other has begun on this thread since; the outer activations are as they were.
    unsafe {
        let fault = FAULT.with(|record| *record.get());
        // The innermost address is that of an instruction, the others are behind their calls.
        let mut pcs = vec![fault.pc + 1];
        pcs.extend(&fault.frames[..fault.count]);
        push_outer_stretches(&mut pcs, core);
        (fault, pcs)
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
/// As [`outer_stretches`].
unsafe fn push_outer_stretches(pcs: &mut Vec<usize>, core: &StoreCore) {
    // SAFETY: by the contract.
    unsafe {
        outer_stretches(core.context(), &mut |pc, fp, entry_fp| {
            push_stretch(pcs, Stretch { pc, fp, entry_fp });
        });
    }
}

/// Addresses of all compiled frames of the store, innermost first.
///
/// # Safety
///
/// Compiled code of this store waits for the call, or was never entered. It has left through a thunk, an adapter or a libcall.
pub unsafe fn return_addresses(core: &StoreCore) -> Vec<usize> {
    let mut pcs = Vec::new();
    // SAFETY: by the contract.
    unsafe {
        let context = core.context();
        let (pc, fp, entry_fp) = ((*context).exit_pc, (*context).exit_fp, (*context).entry_fp);
        push_stretch(&mut pcs, Stretch { pc, fp, entry_fp });
        push_outer_stretches(&mut pcs, core);
    }
    pcs
}

/// Ends the innermost activation of compiled code, whose entry finds out why.
///
/// # Safety
///
/// Called from a libcall or a host function of that activation, whose Rust frames have nothing left to drop.
pub unsafe fn end_activation(core: &StoreCore) -> ! {
    // SAFETY: the entry's fields are those of the innermost activation, which is still on the stack.
    unsafe {
        let context = core.context();
        resume((*context).entry_handler, (*context).entry_sp, (*context).entry_fp)
    }
}

/// Goes on in the innermost activation, at the handler of an exception.
///
/// # Safety
///
/// As [`end_activation`]; the landing was found by [`find_handler`](super::handler::find_handler) among the frames of the innermost
/// activation, and no compiled code has run since.
pub unsafe fn land(landing: Landing) -> ! {
    // SAFETY: by the contract the frame is still there, and so is the object of its code.
    unsafe { resume_with(landing.pc, landing.sp, landing.fp, landing.payload as usize) }
}

/// The process's fault handler: notes what it sees, and ends the innermost activation.
pub fn on_fault(fault: &Fault) -> Option<Resume> {
    let core = CURRENT.get();
    // SAFETY: this is called for faults in compiled code alone, and while that runs on this thread, the note is that of its store: an entry
    // sets it before, and whoever comes back to compiled code takes it back. The frames are on the stack. Nothing else on this thread uses
    // the record while compiled code runs, and no other thread can.
    unsafe {
        let core = core.as_ref()?;
        let context = core.context();
        let record = &mut *FAULT.with(UnsafeCell::get);
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
