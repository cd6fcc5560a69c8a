//! Locals and globals.

use crate::assembler::{Memory, Width};
use crate::emitter::{CONTEXT, Emitter, SCRATCH};
use crate::operands::is_float;
use crate::state::Place;
use transom_layout::object::FieldClass;

impl Emitter<'_> {
    pub fn visit_local_get(&mut self, index: u32) {
        let class = self.local(index).class;
        self.push(class, Place::Local(index));
    }

    pub fn visit_local_set(&mut self, index: u32) {
        let operand = self.pop();
        self.set_local(operand, index);
        self.release(operand);
    }

    pub fn visit_local_tee(&mut self, index: u32) {
        let operand = self.pop();
        self.set_local(operand, index);
        if self.local(index).home.is_some() {
            // The register is free for others, and the value is at hand.
            self.release(operand);
            self.push(operand.class, Place::Local(index));
        } else if operand.place == Place::Slot {
            self.push(operand.class, Place::Local(index));
        } else {
            self.push(operand.class, operand.place);
        }
    }

    fn set_local(&mut self, operand: crate::state::Popped, index: u32) {
        if operand.place == Place::Local(index) {
            return;
        }
        self.detach_local(index);
        self.store_to_local(operand, index);
    }

    /// Where a global is. The scratch register holds an address until the place is used.
    fn global_place(&mut self, global: u32) -> (Memory, FieldClass) {
        let unit = self.unit;
        let ty = unit.module.globals[global as usize].ty;
        let class = transom_code::value_class(unit.registry, ty.value);
        let place = match global.checked_sub(unit.module.imported.globals) {
            Some(own) => CONTEXT.at(unit.offsets.global(own)),
            None => {
                let place = CONTEXT.at(unit.offsets.imported_global(global));
                self.asm.load_gpr(Width::W64, SCRATCH, place);
                SCRATCH.at(0)
            }
        };
        (place, class)
    }

    pub fn visit_global_get(&mut self, global: u32) {
        let (place, class) = self.global_place(global);
        self.load_and_push(class, place);
    }

    /// Loads a value of a class and pushes it. The place may use the scratch register, and taking a register keeps that only if
    /// nothing is spilled: so the register is taken first by whoever computes the place in it.
    pub fn load_and_push(&mut self, class: FieldClass, place: Memory) {
        if is_float(class) {
            let xmm = self.take_xmm();
            self.asm.load_xmm(class, xmm, place);
            self.push_xmm(class, xmm);
        } else {
            let gpr = self.take_gpr();
            self.asm.load_gpr(Width::of(class), gpr, place);
            self.push_gpr(class, gpr);
        }
    }

    pub fn visit_global_set(&mut self, global: u32) {
        let operand = self.pop();
        let class = operand.class;
        if is_float(class) {
            let xmm = self.read_xmm(operand);
            let (place, _) = self.global_place(global);
            self.asm.store_xmm(class, place, xmm);
            self.release_xmm(xmm);
        } else {
            let gpr = self.read_gpr(operand);
            let (place, _) = self.global_place(global);
            self.asm.store_gpr(Width::of(class), place, gpr);
            self.release_gpr(gpr);
        }
    }
}
