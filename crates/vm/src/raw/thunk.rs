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
