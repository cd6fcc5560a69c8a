//! References: null, functions, and branches on null.

use crate::assembler::{Condition, Width};
use crate::emitter::{CONTEXT, Emitter, Flags};
use crate::state::{Place, Popped};
use Width::W64;
use transom_layout::object::FieldClass;
use transom_ops::Trap;

impl Emitter<'_> {
    pub fn visit_ref_is_null(&mut self) {
        let operand = self.pop();
        let gpr = self.read_gpr(operand);
        self.asm.test(Width::of(operand.class), gpr);
        self.release_gpr(gpr);
        self.push_flags(Flags::If(Condition::Equal));
    }

    /// The address of a function's `VmFuncRef`: the one that its definition made.
    pub fn visit_ref_func(&mut self, function: u32) {
        let unit = self.unit;
        let to = self.take_gpr();
        if function < unit.module.imported.functions {
            let place = CONTEXT.at(unit.offsets.imported_function(function));
            self.asm.load_gpr(W64, to, place);
        } else {
            let index = unit.module.functions[function as usize].funcref;
            let index = index.expect("a function that ref.func names has a reference");
            let place = CONTEXT.at(unit.offsets.func_ref(index));
            self.asm.address(to, place);
        }
        self.push_gpr(FieldClass::Function, to);
    }

    /// The topmost operand in a register of its own, where it stays on the stack.
    pub fn top_in_register(&mut self) -> Popped {
        let operand = self.pop();
        let gpr = self.owned_gpr(operand);
        self.push_gpr(operand.class, gpr);
        self.stack.top()
    }

    fn test_null(&mut self, operand: Popped) {
        if let Place::Gpr(gpr) = operand.place {
            self.asm.test(Width::of(operand.class), gpr);
        }
    }

    pub fn visit_ref_as_non_null(&mut self) {
        let operand = self.top_in_register();
        self.test_null(operand);
        self.asm.trap_if(Condition::Equal, Trap::NullReference);
    }

    pub fn visit_br_on_null(&mut self, depth: u32) {
        let operand = self.top_in_register();
        self.test_null(operand);
        // The branch does not take it along.
        self.pop();
        self.branch_if(Flags::If(Condition::Equal), depth);
        self.stack.push(operand.class, operand.place);
    }

    pub fn visit_br_on_non_null(&mut self, depth: u32) {
        let operand = self.top_in_register();
        self.test_null(operand);
        self.branch_if(Flags::If(Condition::NotEqual), depth);
        let operand = self.pop();
        self.release(operand);
    }
}
