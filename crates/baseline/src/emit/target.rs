//! Calls through references note what they lead to, if their function may be compiled once more.
//!
//! Each such call has a [`VmCallSite`]. The code compares the first function that is noted there with the one that it calls: where a
//! call always leads to one function, that is all, and threads share the line of memory without writing it. Whatever else is called
//! goes out of line, to code that the calls of a function share.

use crate::assembler::{Alu, Condition, Gpr, Scale, Source, Width};
use crate::emitter::{Emitter, SCRATCH};
use crate::op;
use crate::state::PendingTarget;
use Width::W32;
use transom_code::CallSite;
use transom_layout::VmCallSite;

/// Holds the address of the `VmCallSite`. No argument is in it.
const SITE: Gpr = Gpr::R10;

impl Emitter<'_> {
    /// Notes the code slot in the scratch register as what the present call leads to. Keeps all registers but that of the site.
    pub fn note_target(&mut self) {
        let field = self.asm.load_linked(SITE);
        self.tables.call_sites.push(CallSite {
            wasm_offset: self.body.offset,
            field,
        });
        self.asm.alu(Alu::Cmp, W32, SCRATCH, Source::Memory(SITE.at(0)));
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
        self.emit_search();
    }

    /// Emits a function that looks for the slot among those that are noted, and adds it if it is none of them and there is room.
    fn emit_search(&mut self) {
        const INDEX: Gpr = Gpr::RAX;
        let place = SITE.indexed(INDEX, Scale::Four, 0);
        let [again, free, end, full] = [(); 4].map(|()| self.asm.label());
        op!(&mut self.asm, cmpl_mi, SITE.at(VmCallSite::MORE), 0);
        self.asm.jump_if(Condition::NotEqual, full);
        op!(&mut self.asm, pushq_o, INDEX);
        self.asm.alu(Alu::Xor, W32, INDEX, Source::Gpr(INDEX));
        self.asm.bind(again);
        self.asm.alu(Alu::Cmp, W32, SCRATCH, Source::Memory(place));
        self.asm.jump_if(Condition::Equal, end);
        op!(&mut self.asm, cmpl_mi, place, 0);
        self.asm.jump_if(Condition::Equal, free);
        self.asm.alu(Alu::Add, W32, INDEX, Source::Immediate(1));
        let targets = VmCallSite::TARGETS as i32;
        self.asm.alu(Alu::Cmp, W32, INDEX, Source::Immediate(targets));
        self.asm.jump_if(Condition::Below, again);
        // What follows the last one says that there were more.
        self.asm.bind(free);
        self.asm.store_gpr(W32, place, SCRATCH);
        self.asm.bind(end);
        op!(&mut self.asm, popq_o, INDEX);
        self.asm.bind(full);
        self.asm.ret(0);
    }
}
