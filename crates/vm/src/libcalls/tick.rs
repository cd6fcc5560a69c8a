//! The budget of baseline code is used up, or the program is to stop at a loop: a call that compiled code does not notice, unless the function goes on elsewhere.
//!
//! At such places baseline code has all values in the frame or in registers that its tables name. So the runtime can copy them, take
//! the frame from the stack, and enter optimised code of the same function, which begins at the same loop. Its caller
//! does not notice: the signature, and with it the place of results and of arguments on the stack, is the same.

use super::call::Exit;
use super::control::poll_if_asked;
use super::run::{noted_exit, run};
use super::vectors::{load_vectors, store_vectors};
use crate::ids::InstanceId;
use crate::raw::replace::{Registers, leave_frame};
use crate::store::Host;
use crate::unwind::Unwind;
use std::arch::naked_asm;
use transom_code::LoopTarget;
use transom_layout::VmContextHeader;

/// What baseline code calls when the budget is used up. It comes back with every register as it was; or it takes the frame of
/// the function that called from the stack, and goes on in other code, as if that had been called.
///
/// # Safety
///
/// Only compiled code calls it.
#[unsafe(naked)]
#[rustfmt::skip]
pub unsafe extern "C" fn tick_thunk() {
    naked_asm!(
        // `Registers`: the general ones by their numbers, below them the others.
        "push r15", "push r14", "push r13", "push r12", "push r11", "push r10", "push r9", "push r8",
        "push rdi", "push rsi", "push rbp", "push rsp", "push rbx", "push rdx", "push rcx", "push rax",
        // With the return address, a multiple of 16 bytes.
        "sub rsp, 264",
        store_vectors!(),
        "mov rdi, rsp",
        "mov rsi, [rsp + 392]",
        "call {body}",
        "test rax, rax",
        "jnz 2f",
        load_vectors!(),
        "add rsp, 264",
        "pop rax", "pop rcx", "pop rdx", "pop rbx", "lea rsp, [rsp + 16]", "pop rsi", "pop rdi",
        "pop r8", "pop r9", "pop r10", "pop r11", "pop r12", "pop r13", "pop r14", "pop r15",
        "ret",
        // The registers that the caller expects back, the context and the address of the results; then the frame goes.
        "2:",
        "mov rbx, [rsp + 288]", "mov rsi, [rsp + 312]", "mov rdi, [rsp + 320]",
        "mov r12, [rsp + 360]", "mov r13, [rsp + 368]", "mov r14, [rsp + 376]", "mov r15, [rsp + 384]",
        "mov rsp, rbp",
        "pop rbp",
        "jmp rax",
        body = sym tick,
    )
}

/// Gives the address at which the function goes on, or 0 if it goes on where it is.
///
/// # Safety
///
/// Only the thunk calls it, with the registers of the function that called it, and where that goes on.
unsafe extern "C" fn tick(registers: *mut Registers, exit_pc: usize) -> usize {
    // SAFETY: compiled code runs on this thread, so its store is current, and was entered with all of its shared part; this thread
    // owns the fields of its context. The registers lie in the thunk's frame, and nobody else has their address.
    unsafe {
        let registers = &mut *registers;
        let shared = noted_exit(registers.frame_pointer(), exit_pc);
        run(shared, |exit, host| on_tick(exit, host, registers))
    }
}

fn on_tick(exit: Exit<'_>, host: &mut dyn Host, registers: &mut Registers) -> Result<usize, Unwind> {
    let shared = exit.shared();
    // SAFETY: this thread uses the store, and compiled code, which writes the field, waits.
    let pc = unsafe { (*shared.context()).exit_pc };
    let object = transom_codespace::lookup(pc - 1).expect("code that runs is published");
    let site = object.loop_site(pc);
    if site.is_some() {
        // At its entry a function has found out.
        poll_if_asked(exit, host)?;
    }
    let slice = host.store().engine().sample();
    // SAFETY: this thread uses the store.
    let used_up = unsafe { shared.refill_budget(slice) };
    if !used_up || host.store().engine().tier_up_compiler().is_none() {
        return Ok(0);
    }
    let Some(function) = object.function_of_module(pc - 1) else {
        return Ok(0);
    };
    let context: *const VmContextHeader = registers.context(site.is_some());
    // SAFETY: baseline code has the context of its instance there, which lives as long as the store.
    let instance = InstanceId::from_index(unsafe { (*context).instance });
    let module = host.store().instance(instance).module().clone();
    let activation = (registers.frame_pointer(), object.address(0));
    // SAFETY: this thread uses the store.
    let again = unsafe { shared.note_sample(activation) };
    let target = site.map(|site| LoopTarget {
        function,
        offset: site.wasm_offset,
        operands: site.operands,
        objects: object.object_operands(pc),
    });
    let code = module.note_sample(function, target.as_ref(), again);
    let Some((code, target)) = code.zip(target) else {
        return Ok(0);
    };
    assert_eq!(
        code.operands, target.operands,
        "a loop has as many operands whenever it is met"
    );
    let lowest = registers.frame_pointer().saturating_sub(code.frame_size);
    if !shared.has_stack_down_to(lowest) {
        return Ok(0);
    }
    // SAFETY: the layout is that of the code at this place, whose frame it is. The new code is of the same function and begins at the
    // same loop, so it reads as many locals and operands.
    unsafe {
        let values = leave_frame(registers, object.frame_layout(), target.operands);
        shared.keep_replaced(values);
    }
    module.count_replaced();
    Ok(code.address)
}
