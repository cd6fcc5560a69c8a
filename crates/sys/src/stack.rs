//! Thread stacks: where the stack pointer is, where the stack ends, and a stack for signal handlers to run on.

use crate::mapping::Reservation;
use crate::pages::page_size;
use std::cell::Cell;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes that a fault handler may use.
const SIGNAL_STACK_SIZE: usize = 64 << 10;
/// Bytes before it that are never accessible.
const SIGNAL_STACK_GUARD: usize = 64 << 10;

/// The stack pointer, roughly: an address in the caller's frame.
#[inline(always)]
pub fn stack_pointer() -> usize {
    let pointer: usize;
    // SAFETY: reads a register.
    unsafe { core::arch::asm!("mov {}, rsp", out(reg) pointer, options(nomem, nostack, preserves_flags)) };
    pointer
}

thread_local! {
    /// The number of the stack that this thread runs on, or 0 before [`prepare_thread`].
    pub(crate) static NUMBER: Cell<u64> = const { Cell::new(0) };
    static STACK: Cell<Option<Stack>> = const { Cell::new(None) };
    /// The stack of the fiber that this thread runs.
    pub(crate) static FIBER: Cell<Option<Stack>> = const { Cell::new(None) };
}

/// The number of the stack that this thread runs on, its own or a fiber's, once [`prepare_thread`] has run; 0 before. No other stack of the
/// process has it or ever had it, though one may have been at the same place.
#[inline(always)]
pub fn stack_number() -> u64 {
    NUMBER.get()
}

/// A number for a stack.
pub(crate) fn next_number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// A stack.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stack {
    /// The lowest address that may be used.
    pub lowest: usize,
    /// The address behind the highest.
    pub end: usize,
}

/// Makes this thread ready for compiled code: gives its stack a number, and it one for signal handlers, since a fault may mean
/// that the thread's own stack is used up. Lasts as long as the thread. Gives the stack that it runs on: a fiber's, or
/// its own, if the system says where that is.
pub fn prepare_thread() -> Option<Stack> {
    if NUMBER.get() == 0 {
        NUMBER.set(next_number());
        STACK.set(thread_stack());
        // Without memory for a signal stack of its own the thread keeps the one that it has, and only the end of its whole
        // stack would be the end of the process.
        let _ = ensure_signal_stack();
    }
    FIBER.get().or(STACK.get())
}

/// Asks the system where this thread's stack is.
fn thread_stack() -> Option<Stack> {
    // SAFETY: the attributes are initialised by the first call before they are read and destroyed; all results are written to
    // places of their types.
    unsafe {
        let mut attributes = std::mem::MaybeUninit::<libc::pthread_attr_t>::uninit();
        if libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) != 0 {
            return None;
        }
        let (mut lowest, mut size) = (std::ptr::null_mut(), 0);
        let result = libc::pthread_attr_getstack(attributes.as_ptr(), &raw mut lowest, &raw mut size);
        let mut guard = 0;
        let guarded = libc::pthread_attr_getguardsize(attributes.as_ptr(), &raw mut guard);
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        let lowest = lowest as usize;
        // Some versions of the C library count the guard as a part of the stack, so it is left out in any case.
        let unusable = if guarded == 0 { guard } else { page_size() };
        let end = lowest.checked_add(size)?;
        let lowest = lowest.checked_add(unusable)?;
        (result == 0 && lowest < end).then_some(Stack { lowest, end })
    }
}

/// Makes sure that this thread's signal handlers have a stack that is large enough.
fn ensure_signal_stack() -> io::Result<()> {
    // SAFETY: both calls only read or write the structures given; a stack that is handed over is never freed.
    unsafe {
        let mut current: libc::stack_t = std::mem::zeroed();
        libc::sigaltstack(std::ptr::null(), &mut current);
        if current.ss_flags & libc::SS_DISABLE != 0 || current.ss_size < SIGNAL_STACK_SIZE {
            let mut memory = Reservation::guarded(SIGNAL_STACK_GUARD, SIGNAL_STACK_SIZE)?;
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
