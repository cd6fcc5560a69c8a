//! Short pieces of code between compiled code and Rust: they note where compiled code was left, so that its stack
//! can be walked, and jump on.
//!
//! Both conventions keep the same registers, pass the first five integers after the context and eight floats
//! alike, and return one value alike; so a function whose values all fit needs no adapter but this.

use core::arch::naked_asm;

/// Defines a function that leaves compiled code by `$jump`: an instruction, and its operand.
#[macro_export]
macro_rules! leave_through {
    ($(#[$doc:meta])* $name:ident, $($jump:tt)*) => {
        $(#[$doc])*
        #[unsafe(naked)]
        pub unsafe extern "C" fn $name() {
            core::arch::naked_asm!(
                "mov r10, [rdi + {store}]",
                "mov [r10 + {exit_fp}], rbp",
                "mov r11, [rsp]",
                "mov [r10 + {exit_pc}], r11",
                $($jump)*,
                store = const transom_layout::VmContextHeader::STORE,
                exit_fp = const transom_layout::VmStoreContext::EXIT_FP,
                exit_pc = const transom_layout::VmStoreContext::EXIT_PC,
            )
        }
    };
}

/// What polls call when they find the stack limit crossed. It comes back with every register as it was: compiled code
/// uses the general registers and the low halves of sixteen vector registers, and no others.
///
/// # Safety
///
/// Only compiled code calls it.
#[unsafe(naked)]
#[rustfmt::skip]
pub unsafe extern "C" fn poll() {
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
        body = sym crate::libcalls::poll,
    )
}

leave_through! {
    /// Calls the body of the host function whose context is the first argument.
    ///
    /// # Safety
    ///
    /// Only compiled code calls it, with a `VmHostContext` and the arguments that its body expects.
    leave_in_registers, "jmp [rdi + {body}]", body = const transom_layout::VmHostContext::BODY
}

/// Goes on at `pc` with the given stack and frame pointers. The frames in between are gone, without running
/// anything of theirs.
///
/// # Safety
///
/// The three are those of a handler that is still on this thread's stack, and no frame in between has anything
/// left to do.
#[unsafe(naked)]
pub unsafe extern "C" fn resume(pc: usize, sp: usize, fp: usize) -> ! {
    naked_asm!("mov rsp, rsi", "mov rbp, rdx", "jmp rdi")
}

/// The same, at a handler of exceptions, which gets `payload`.
///
/// # Safety
///
/// As [`resume`].
#[unsafe(naked)]
pub unsafe extern "C" fn resume_with(pc: usize, sp: usize, fp: usize, payload: usize) -> ! {
    naked_asm!("mov rsp, rsi", "mov rbp, rdx", "mov rax, rcx", "jmp rdi")
}
