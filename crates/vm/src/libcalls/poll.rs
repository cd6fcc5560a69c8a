//! Calls that compiled code does not notice: the polls that find the stack limit crossed, and the checks that find the fuel used up.

use super::control;
use super::run::{noted_exit, run};
use super::vectors::{load_vectors, store_vectors};
use std::arch::naked_asm;

/// The body of a thunk that calls a function with the caller's frame, and where the caller goes on. It comes back with every register
/// as it was: compiled code uses the general registers and the low halves of sixteen vector registers, and no others.
macro_rules! keeping_registers {
    ($body:path) => {
        naked_asm!(
            "push rax", "push rcx", "push rdx", "push rsi", "push rdi",
            "push r8", "push r9", "push r10", "push r11",
            "sub rsp, 256",
            store_vectors!(),
            // The caller's frame, and the return address behind nine general and sixteen vector registers.
            "mov rdi, rbp",
            "mov rsi, [rsp + 328]",
            "call {body}",
            load_vectors!(),
            "add rsp, 256",
            "pop r11", "pop r10", "pop r9", "pop r8",
            "pop rdi", "pop rsi", "pop rdx", "pop rcx", "pop rax",
            "ret",
            body = sym $body,
        )
    };
}

/// What polls call when they find the stack limit crossed.
///
/// # Safety
///
/// Only compiled code calls it.
#[unsafe(naked)]
#[rustfmt::skip]
pub unsafe extern "C" fn poll_thunk() {
    keeping_registers!(poll)
}

/// What compiled code calls when it finds the fuel used up.
///
/// # Safety
///
/// Only compiled code calls it.
#[unsafe(naked)]
#[rustfmt::skip]
pub unsafe extern "C" fn fuel_thunk() {
    keeping_registers!(out_of_fuel)
}

/// What polls call, through a thunk that keeps every register: it gives the frame of the function that polled and
/// where it goes on there.
///
/// # Safety
///
/// Only the thunk calls it.
unsafe extern "C" fn poll(exit_fp: usize, exit_pc: usize) {
    // SAFETY: compiled code runs on this thread, so its store is current, and was entered with all of its shared part; this thread
    // owns the fields of its context.
    unsafe {
        run(noted_exit(exit_fp, exit_pc), control::poll);
    }
}

/// The same for checks of fuel.
///
/// # Safety
///
/// Only the thunk calls it.
unsafe extern "C" fn out_of_fuel(exit_fp: usize, exit_pc: usize) {
    // SAFETY: as above.
    unsafe {
        run(noted_exit(exit_fp, exit_pc), control::out_of_fuel);
    }
}
