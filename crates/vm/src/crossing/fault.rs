//! What a fault of compiled code means.

use crate::backtrace::Backtrace;
use crate::raw::enter::FaultRecord;
use crate::store::Store;
use crate::unwind::{TrapError, Unwind};
use transom_ops::Trap;
use transom_sys::FaultKind;

/// The trap that a fault of compiled code means, which this thread has just run on the store.
///
/// A fault at an instruction that has no reason to fault, or at an address that its reason does not explain, means that the
/// compiler, or something that wrote where it must not, has failed: nothing that runs afterwards can be trusted, so the
/// process ends here.
pub fn unwind_of(store: &mut Store, fault: &FaultRecord, pcs: &[usize]) -> Unwind {
    let site = transom_codespace::lookup(fault.pc).and_then(|code| code.trap_at(fault.pc));
    let trap = match (fault.kind, fault.address, site) {
        (FaultKind::Memory, Some(address), Some(trap)) if explains(store, trap, address) => trap,
        (FaultKind::Memory, Some(address), _) if is_end_of_stack(store, fault, address) => {
            Trap::StackOverflow
        }
        (FaultKind::Instruction | FaultKind::Arithmetic, _, Some(trap)) => trap,
        _ => {
            eprintln!(
                "transom: unexpected fault in compiled code, a bug in Transom: {:?} at {:#x}, address {:#x?}, {site:?}",
                fault.kind, fault.pc, fault.address
            );
            std::process::abort();
        }
    };
    let detail = match (trap, fault.address) {
        (Trap::MemoryOutOfBounds, Some(address)) => store.describe_address(address),
        _ => None,
    };
    Unwind::Trap(Box::new(TrapError {
        trap,
        detail,
        backtrace: Backtrace::resolve(pcs, store.core().backtrace_frames()),
    }))
}

fn is_end_of_stack(store: &mut Store, fault: &FaultRecord, address: usize) -> bool {
    // SAFETY: this thread uses the store, which it has borrowed mutably.
    unsafe { store.core().is_end_of_stack(address, fault.sp) }
}

/// Whether an instruction that traps in this way could not access an address for that reason.
fn explains(store: &Store, trap: Trap, address: usize) -> bool {
    /// Bytes that a function reference has, and more: null is followed by nothing else.
    const NULL: usize = 4096;
    match trap {
        Trap::MemoryOutOfBounds => store.describe_address(address).is_some(),
        Trap::NullReference => address < NULL || store.objects.is_null_address(address),
        _ => address < NULL,
    }
}
