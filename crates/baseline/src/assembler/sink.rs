//! Where encoded instructions go.

use super::Assembler;
use cranelift_assembler_x64::{CodeSink, DeferredTarget, KnownOffset, TrapCode};
use transom_ops::Trap;

impl CodeSink for Assembler {
    #[inline]
    fn put1(&mut self, byte: u8) {
        self.code.put([byte]);
    }

    #[inline]
    fn put2(&mut self, value: u16) {
        self.code.put(value.to_le_bytes());
    }

    #[inline]
    fn put4(&mut self, value: u32) {
        self.code.put(value.to_le_bytes());
    }

    #[inline]
    fn put8(&mut self, value: u64) {
        self.code.put(value.to_le_bytes());
    }

    fn add_trap(&mut self, code: TrapCode) {
        let trap = Trap::of_number(code.0).expect("codes of operands are numbers of traps");
        self.may_trap(trap);
    }

    fn use_target(&mut self, target: DeferredTarget) {
        let DeferredTarget::Constant(constant) = target else {
            unreachable!("operands in the code are constants")
        };
        let place = self.offset();
        self.constants.used(constant, place);
    }

    fn known_offset(&self, _: KnownOffset) -> i32 {
        unreachable!("all offsets of operands are numbers")
    }
}
