//! Thread stacks: where the stack pointer is, and a stack for signal handlers to run on.

use std::cell::Cell;
use std::io;

use crate::mapping::Reservation;

/// Bytes that a fault handler may use.
const SIGNAL_STACK_SIZE: usize = 64 << 10;

/// The stack pointer, roughly: an address in the caller's frame.
#[inline(always)]
pub fn stack_pointer() -> usize {
    let pointer: usize;
    // SAFETY: reads a register.
    unsafe { core::arch::asm!("mov {}, rsp", out(reg) pointer, options(nomem, nostack, preserves_flags)) };
    pointer
}

/// Makes sure that this thread's signal handlers run on a stack of their own: a fault may mean that the
/// thread's stack is used up. Lasts as long as the thread.
///
/// # Errors
///
/// The system gives no memory for it.
pub fn ensure_signal_stack() -> io::Result<()> {
    thread_local! {
        static READY: Cell<bool> = const { Cell::new(false) };
    }
    if READY.get() {
        return Ok(());
    }
    // SAFETY: both calls only read or write the structures given; a stack that is handed over is never freed.
    unsafe {
        let mut current: libc::stack_t = std::mem::zeroed();
        libc::sigaltstack(std::ptr::null(), &mut current);
        if current.ss_flags & libc::SS_DISABLE != 0 || current.ss_size < SIGNAL_STACK_SIZE {
            let mut memory = Reservation::new(SIGNAL_STACK_SIZE)?;
            memory.make_accessible(SIGNAL_STACK_SIZE)?;
            let stack = libc::stack_t {
                ss_sp: memory.base().cast(),
                ss_flags: 0,
                ss_size: memory.len(),
            };
            if libc::sigaltstack(&stack, std::ptr::null_mut()) != 0 {
                return Err(io::Error::last_os_error());
            }
            SIGNAL_STACK.with(|slot| slot.set(Some(SignalStack(memory))));
        }
    }
    READY.set(true);
    Ok(())
}

thread_local! {
    static SIGNAL_STACK: Cell<Option<SignalStack>> = const { Cell::new(None) };
}

/// A signal stack that is taken out of use before its memory goes.
struct SignalStack(#[expect(dead_code, reason = "owns the memory")] Reservation);

impl Drop for SignalStack {
    fn drop(&mut self) {
        let stack = libc::stack_t {
            ss_sp: std::ptr::null_mut(),
            ss_flags: libc::SS_DISABLE,
            ss_size: 0,
        };
        // SAFETY: switches the thread's signal stack off before it is unmapped.
        unsafe { libc::sigaltstack(&stack, std::ptr::null_mut()) };
    }
}
