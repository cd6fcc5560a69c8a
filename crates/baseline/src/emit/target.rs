//! Calls through references note what they lead to, if their function may be compiled once more.
//!
//! Each such call has a [`VmCallSite`]. The code compares the first function that is noted there with the one that it calls: where a
//! call always leads to one function, that is all, and threads share the line of memory without writing it. Whatever else is called
//! goes out of line, to code that the calls of a function share.

use crate::assembler::{Alu, Condition, Gpr, Memory, Source, Width};
use crate::emitter::{Emitter, SCRATCH};
use crate::op;
use crate::state::PendingTarget;
use Width::W64;
use transom_code::CallSite;
use transom_layout::VmCallSite;

/// Holds the address of the `VmCallSite`. No argument is in it.
const SITE: Gpr = Gpr::R10;

/// Where a function is noted.
fn noted(index: usize) -> Memory {
    SITE.at((index * size_of::<usize>()) as i32)
}

impl Emitter<'_> {
    /// Notes the code slot in the scratch register as what the present call leads to. Keeps all registers but r10.
    pub fn note_target(&mut self) {
        let field = self.asm.load_linked(SITE);
        self.tables.call_sites.push(CallSite {
            wasm_offset: self.body.offset,
            field,
        });
        self.asm.alu(Alu::Cmp, W64, SCRATCH, Source::Memory(noted(0)));
        let (label, back) = (self.asm.label(), self.asm.label());
        self.asm.jump_if(Condition::NotEqual, label);
        self.asm.bind(back);
        self.pending.targets.push(PendingTarget { label, back });
    }

    /// Emits what notes targets that are not the first.
    pub fn emit_targets(&mut self) {
        if self.pending.targets.is_empty() {
            return;
        }
        self.asm.begin(u32::MAX);
        let routine = self.asm.label();
        for index in 0..self.pending.targets.len() {
            let PendingTarget { label, back } = self.pending.targets[index];
            self.asm.bind(label);
            self.asm.call_label(routine);
            self.asm.jump(back);
        }
        self.pending.targets.clear();
        self.asm.bind(routine);
        let end = self.asm.label();
        op!(&mut self.asm, cmpq_mi_sxb, SITE.at(VmCallSite::MORE), 0i8);
        self.asm.jump_if(Condition::NotEqual, end);
        for index in 1..VmCallSite::TARGETS {
            self.asm.alu(Alu::Cmp, W64, SCRATCH, Source::Memory(noted(index)));
            self.asm.jump_if(Condition::Equal, end);
        }
        for index in 0..VmCallSite::TARGETS {
            let next = self.asm.label();
            op!(&mut self.asm, cmpq_mi_sxb, noted(index), 0i8);
            self.asm.jump_if(Condition::NotEqual, next);
            self.asm.store_gpr(W64, noted(index), SCRATCH);
            self.asm.ret(0);
            self.asm.bind(next);
        }
        self.asm.store_gpr(W64, SITE.at(VmCallSite::MORE), SCRATCH);
        self.asm.bind(end);
        self.asm.ret(0);
    }
}
