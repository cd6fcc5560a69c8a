//! Faults that are not those of compiled code go to whoever handled them before.
#![expect(unsafe_code, reason = "signals and faults on purpose")]

use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use transom_sys::{CodeMapping, Fault, FaultKind, Reservation, Resume, install_fault_handler};

static PAGE: AtomicPtr<u8> = AtomicPtr::new(std::ptr::null_mut());
static PREVIOUS_CALLS: AtomicUsize = AtomicUsize::new(0);
static OUR_CALLS: AtomicUsize = AtomicUsize::new(0);

/// Makes the page accessible that the test faults on, so that the instruction succeeds when it is done again.
extern "C" fn previous(_signal: libc::c_int, info: *mut libc::siginfo_t, _context: *mut libc::c_void) {
    let page = PAGE.load(Ordering::SeqCst);
    // SAFETY: the kernel gives a valid siginfo; the page belongs to the test.
    unsafe {
        assert_eq!((*info).si_addr().cast::<u8>(), page);
        assert_eq!(
            libc::mprotect(page.cast(), 4096, libc::PROT_READ | libc::PROT_WRITE),
            0
        );
    }
    PREVIOUS_CALLS.fetch_add(1, Ordering::SeqCst);
}

/// Steps over the two bytes of `ud2`.
fn ours(fault: &Fault) -> Option<Resume> {
    assert_eq!(fault.kind, FaultKind::Instruction);
    OUR_CALLS.fetch_add(1, Ordering::SeqCst);
    Some(Resume {
        pc: fault.pc + 2,
        fp: fault.fp,
        sp: fault.sp,
    })
}

#[test]
fn other_peoples_faults_are_passed_on_and_ours_are_not() {
    // SAFETY: installs a handler of the right signature.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_flags = libc::SA_SIGINFO;
        action.sa_sigaction = previous as *const () as usize;
        assert_eq!(libc::sigaction(libc::SIGSEGV, &action, std::ptr::null_mut()), 0);
    }
    install_fault_handler(ours).unwrap();

    // `ud2; mov eax, 7; ret`, in the region of compiled code.
    let code = CodeMapping::publish(8, |bytes, _| {
        bytes.copy_from_slice(&[0x0f, 0x0b, 0xb8, 7, 0, 0, 0, 0xc3])
    })
    .unwrap();
    // SAFETY: the mapping holds a function of this type.
    let function: extern "C" fn() -> u32 = unsafe { std::mem::transmute(code.address()) };
    assert_eq!(function(), 7);
    assert_eq!(
        (
            OUR_CALLS.load(Ordering::SeqCst),
            PREVIOUS_CALLS.load(Ordering::SeqCst)
        ),
        (1, 0)
    );

    let page = Reservation::new(4096).unwrap();
    PAGE.store(page.base(), Ordering::SeqCst);
    // SAFETY: the page is not accessible; the handler above makes it so.
    unsafe { page.base().write_volatile(1) };
    assert_eq!(
        (
            OUR_CALLS.load(Ordering::SeqCst),
            PREVIOUS_CALLS.load(Ordering::SeqCst)
        ),
        (1, 1)
    );
}
