//! The poll that finds the stack limit crossed: a call that compiled code does not notice.

use super::control;
use super::run::run;
use crate::raw::enter::current;
use crate::store::StoreShared;
use std::arch::naked_asm;

/// What polls call when they find the stack limit crossed. It comes back with every register as it was: compiled code
/// uses the general registers and the low halves of sixteen vector registers, and no others.
///
/// # Safety
///
/// Only compiled code calls it.
#[unsafe(naked)]
#[rustfmt::skip]
pub unsafe extern "C" fn poll_thunk() {
    naked_asm!(
        "push rax", "push rcx", "push rdx", "push rsi", "push rdi",
        "push r8", "push r9", "push r10", "push r11",
        "sub rsp, 256",
        "movups [rsp], xmm0", "movups [rsp + 16], xmm1", "movups [rsp + 32], xmm2",
        "movups [rsp + 48], xmm3", "movups [rsp + 64], xmm4", "movups [rsp + 80], xmm5",
        "movups [rsp + 96], xmm6", "movups [rsp + 112], xmm7", "movups [rsp + 128], xmm8",
        "movups [rsp + 144], xmm9", "movups [rsp + 160], xmm10", "movups [rsp + 176], xmm11",
        "movups [rsp + 192], xmm12", "movups [rsp + 208], xmm13", "movups [rsp + 224], xmm14",
        "movups [rsp + 240], xmm15",
        // The caller's frame, and the return address behind nine general and sixteen vector registers.
        "mov rdi, rbp",
        "mov rsi, [rsp + 328]",
        "call {body}",
        "movups xmm0, [rsp]", "movups xmm1, [rsp + 16]", "movups xmm2, [rsp + 32]",
        "movups xmm3, [rsp + 48]", "movups xmm4, [rsp + 64]", "movups xmm5, [rsp + 80]",
        "movups xmm6, [rsp + 96]", "movups xmm7, [rsp + 112]", "movups xmm8, [rsp + 128]",
        "movups xmm9, [rsp + 144]", "movups xmm10, [rsp + 160]", "movups xmm11, [rsp + 176]",
        "movups xmm12, [rsp + 192]", "movups xmm13, [rsp + 208]", "movups xmm14, [rsp + 224]",
        "movups xmm15, [rsp + 240]",
        "add rsp, 256",
        "pop r11", "pop r10", "pop r9", "pop r8",
        "pop rdi", "pop rsi", "pop rdx", "pop rcx", "pop rax",
        "ret",
        body = sym poll,
    )
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
        let core = current().expect("compiled code runs on a store");
        let shared: &StoreShared = core.cast().as_ref();
        (*shared.context()).exit_fp = exit_fp;
        (*shared.context()).exit_pc = exit_pc;
        run(shared, control::poll);
    }
}
