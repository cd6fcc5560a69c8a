//! The first call of a function, which has no code yet.
//!
//! The stubs of a module lead here (`transom-codespace`), in place of the function: with its arguments in registers and on the
//! stack, and the return address on top. The caller is the innermost frame, so a failure is one of the call. References in
//! arguments are listed by no stack map; nothing here allocates objects, and polls lock the heap.

use super::call::Exit;
use super::control::poll_if_asked;
use super::run::run;
use crate::ids::InstanceId;
use crate::store::{Host, StoreShared};
use crate::unwind::Unwind;
use std::arch::naked_asm;
use transom_layout::{VmContextHeader, VmStoreContext};
use transom_module::DefinedFuncIdx;

/// Where a function without code is called: finds the code, and goes on there as if it had been called. All registers that
/// arguments may be in are kept: six general ones, and eight whole vector registers.
///
/// # Safety
///
/// Only the stubs of a module come here, with the function's position in `eax`.
#[unsafe(naked)]
#[rustfmt::skip]
pub unsafe extern "C" fn first_call_thunk() {
    naked_asm!(
        "mov r10, [rdi + {store}]",
        "mov [r10 + {exit_fp}], rbp",
        "mov r11, [rsp]",
        "mov [r10 + {exit_pc}], r11",
        "push rdi", "push rsi", "push rdx", "push rcx", "push r8", "push r9",
        // With the return address and six registers, a multiple of 16 bytes.
        "sub rsp, 136",
        "movups [rsp], xmm0", "movups [rsp + 16], xmm1", "movups [rsp + 32], xmm2",
        "movups [rsp + 48], xmm3", "movups [rsp + 64], xmm4", "movups [rsp + 80], xmm5",
        "movups [rsp + 96], xmm6", "movups [rsp + 112], xmm7",
        "mov esi, eax",
        "call {body}",
        "movups xmm0, [rsp]", "movups xmm1, [rsp + 16]", "movups xmm2, [rsp + 32]",
        "movups xmm3, [rsp + 48]", "movups xmm4, [rsp + 64]", "movups xmm5, [rsp + 80]",
        "movups xmm6, [rsp + 96]", "movups xmm7, [rsp + 112]",
        "add rsp, 136",
        "pop r9", "pop r8", "pop rcx", "pop rdx", "pop rsi", "pop rdi",
        "jmp rax",
        store = const VmContextHeader::STORE,
        exit_fp = const VmStoreContext::EXIT_FP,
        exit_pc = const VmStoreContext::EXIT_PC,
        body = sym find_code,
    )
}

/// Gives the address of the code of a function, by its position in the module of the instance whose context is given.
///
/// # Safety
///
/// Only the thunk calls it.
unsafe extern "C" fn find_code(context: *mut VmContextHeader, function: u32) -> usize {
    // SAFETY: the thunk has noted the exit, and the context is that of the function that compiled code has called.
    unsafe {
        let shared = StoreShared::of_function(context);
        let instance = InstanceId::from_index((*context).instance);
        let function = DefinedFuncIdx::from_u32(function);
        run(shared, |exit, host| code_of(exit, host, (instance, function)))
    }
}

fn code_of(
    exit: Exit<'_>,
    host: &mut dyn Host,
    (instance, function): (InstanceId, DefinedFuncIdx),
) -> Result<usize, Unwind> {
    let module = host.store().instance(instance).module().clone();
    // A program could otherwise keep the runtime compiling, function after function, until none is left. What the host calls polls
    // by itself when it is compiled, and is in the backtrace then.
    if !exit.is_from_host() {
        poll_if_asked(exit, host)?;
    }
    loop {
        match module.code_of_called(function, || exit.shared().is_asked_to_stop()) {
            Ok(Some(address)) => return Ok(address),
            Ok(None) => poll_if_asked(exit, host)?,
            Err(error) => return Err(exit.error(error.into())),
        }
    }
}
