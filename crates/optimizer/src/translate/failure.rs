//! Checks that fail: out of line, and at length.
//!
//! A check that is an instruction of its own leads to a block which calls the runtime with what was tried, so that the
//! trap can say what was wrong. These blocks are made at the end of a function, where they are in nobody's way.

use super::state::{Failure, PendingFailure, Translator};
use crate::traps;
use cranelift_codegen::ir::{Block, InstBuilder, Value, types};
use transom_ops::{Libcall, Trap};

impl Translator<'_> {
    /// A block that reports a failure of the present instruction; it takes no parameters.
    pub fn failure(&mut self, failure: Failure) -> Block {
        let block = self.builder.create_block();
        self.builder.set_cold_block(block);
        let location = self.builder.srcloc();
        self.pending.failures.push(PendingFailure {
            block,
            failure,
            location,
        });
        block
    }

    /// Goes to `wrong` if `condition` is not zero.
    pub fn branch_to_trap(&mut self, condition: Value, wrong: Block) {
        let next = self.builder.create_block();
        self.builder.ins().brif(condition, wrong, &[], next, &[]);
        self.builder.seal_block(next);
        self.builder.switch_to_block(next);
    }

    /// Fills all blocks that report failures.
    pub fn emit_failures(&mut self) {
        let checked = self.env.checks_stack;
        for PendingFailure {
            block,
            failure,
            location,
        } in std::mem::take(&mut self.pending.failures)
        {
            self.builder.switch_to_block(block);
            self.builder.set_srcloc(location);
            if !checked {
                self.end_of_stack_check();
            }
            self.env.checks_stack = true;
            let trap = match failure {
                Failure::CallIndirect { table, index, ty } => {
                    let (table, ty) = (self.iconst32(table), self.iconst32(ty));
                    self.libcall(Libcall::trap_call_indirect, &[table, index, ty]);
                    Trap::BadSignature
                }
                Failure::Memory {
                    memory,
                    index,
                    offset,
                } => {
                    let memory = self.iconst32(memory);
                    let offset = self.builder.ins().iconst(types::I64, offset as i64);
                    self.libcall(Libcall::trap_memory, &[memory, index, offset]);
                    Trap::MemoryOutOfBounds
                }
                Failure::Misaligned { index, offset, size } => {
                    let index = self.widen(index);
                    let offset = self.builder.ins().iconst(types::I64, offset as i64);
                    let size = self.iconst32(size);
                    self.libcall(Libcall::trap_misaligned, &[index, offset, size]);
                    Trap::HeapMisaligned
                }
                Failure::Table { table, index } => {
                    let table = self.iconst32(table);
                    self.libcall(Libcall::trap_table, &[table, index]);
                    Trap::TableOutOfBounds
                }
                Failure::Array { length, index } => {
                    self.libcall(Libcall::trap_array, &[length, index]);
                    Trap::ArrayOutOfBounds
                }
                Failure::Cast { value, target } => {
                    let (value, target) = (self.widen(value), self.iconst32(target.to_u32()));
                    self.libcall(Libcall::trap_cast, &[value, target]);
                    Trap::CastFailure
                }
            };
            self.builder.ins().trap(traps::code(trap));
        }
    }
}
