//! Checks that fail: out of line, and at length.
//!
//! A check that is an instruction of its own leads to code which calls the runtime with what was tried, so that the trap can say
//! what was wrong. That code is emitted at the end of a function, and finds its values in the registers of the check.

use super::memory::number;
use crate::assembler::{Alu, Condition, Gpr, Label, Source, Width};
use crate::emitter::{Emitter, SCRATCH};
use crate::state::{Failure, PendingFailure, Place, Popped};
use transom_layout::VmStoreContext;
use transom_layout::object::FieldClass;
use transom_ops::{Libcall, Trap};

/// What a register holds, as an argument.
fn held(class: FieldClass, gpr: Gpr) -> Popped {
    Popped {
        class,
        place: Place::Gpr(gpr),
        height: 0,
    }
}

/// A number of 64 bits, as an argument.
fn constant(bits: u64) -> Popped {
    Popped {
        class: FieldClass::I64,
        place: Place::Constant(bits),
        height: 0,
    }
}

impl Emitter<'_> {
    /// Where to go if the present instruction fails in some way.
    pub fn failure(&mut self, failure: Failure) -> Label {
        let label = self.asm.label();
        self.pending.failures.push(PendingFailure {
            label,
            failure,
            origin: self.body.offset,
        });
        label
    }

    /// Emits all code that reports failures.
    pub fn emit_failures(&mut self) {
        for index in 0..self.pending.failures.len() {
            let pending = self.pending.failures[index];
            self.asm.bind(pending.label);
            self.asm.begin(pending.origin);
            if !self.body.checked {
                self.emit_end_of_stack_check();
            }
            let (libcall, args, trap) = explanation(pending.failure);
            self.call_runtime(libcall, &args);
            self.asm.trap(trap);
        }
        self.pending.failures.clear();
    }

    /// Traps unless there is enough stack below the frame for the runtime.
    fn emit_end_of_stack_check(&mut self) {
        self.load_store(SCRATCH);
        let end = Source::Memory(SCRATCH.at(VmStoreContext::STACK_END));
        self.asm.alu(Alu::Cmp, Width::W64, Gpr::RSP, end);
        self.asm.trap_if(Condition::Below, Trap::StackOverflow);
    }
}

/// The call that explains a failure, its arguments, and the trap.
fn explanation(failure: Failure) -> (Libcall, Vec<Popped>, Trap) {
    use FieldClass::{I32, I64};
    match failure {
        Failure::CallIndirect { table, index, ty } => (
            Libcall::trap_call_indirect,
            vec![number(table), held(I64, index), number(ty)],
            Trap::BadSignature,
        ),
        Failure::Memory {
            memory,
            index,
            offset,
        } => (
            Libcall::trap_memory,
            vec![number(memory), held(I64, index), constant(offset)],
            Trap::MemoryOutOfBounds,
        ),
        Failure::Misaligned { index, offset, size } => (
            Libcall::trap_misaligned,
            vec![held(I64, index), constant(offset), number(size)],
            Trap::HeapMisaligned,
        ),
        Failure::Table { table, index } => (
            Libcall::trap_table,
            vec![number(table), held(I64, index)],
            Trap::TableOutOfBounds,
        ),
        Failure::Array { length, index } => (
            Libcall::trap_array,
            vec![held(I32, length), held(I32, index)],
            Trap::ArrayOutOfBounds,
        ),
        Failure::Cast { value, target } => (
            Libcall::trap_cast,
            vec![held(I64, value), number(target.to_u32())],
            Trap::CastFailure,
        ),
    }
}
