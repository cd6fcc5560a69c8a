//! References: null, functions, and branches on null.

use super::state::{Translator, constant_flags};
use crate::traps;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};
use transom_ops::Trap;

impl Translator<'_> {
    pub fn visit_ref_is_null(&mut self) {
        let value = self.pop();
        let is_null = self.is_null(value);
        let is_null = self.builder.ins().uextend(types::I32, is_null);
        self.push(is_null);
    }

    fn is_null(&mut self, value: Value) -> Value {
        self.builder.ins().icmp_imm_s(IntCC::Equal, value, 0)
    }

    pub fn visit_ref_func(&mut self, function: u32) {
        let reference = self.function_reference(function);
        self.push(reference);
    }

    /// The address of a function's `VmFuncRef`: the one that its definition made.
    pub fn function_reference(&mut self, function: u32) -> Value {
        let unit = self.env.unit;
        let context = self.env.context;
        if function < unit.module.imported.functions {
            let offset = unit.offsets.imported_function(function);
            return self
                .builder
                .ins()
                .load(types::I64, constant_flags(), context, offset);
        }
        let index = unit.module.functions[function as usize].funcref;
        let index = index.expect("a function that ref.func names has a reference");
        let offset = unit.offsets.func_ref(index);
        self.builder.ins().iadd_imm_s(context, i64::from(offset))
    }

    pub fn visit_ref_as_non_null(&mut self) {
        let value = self.pop();
        self.builder.ins().trapz(value, traps::code(Trap::NullReference));
        self.push(value);
    }

    pub fn visit_br_on_null(&mut self, depth: u32) {
        let value = self.pop();
        let is_null = self.is_null(value);
        let next = self.builder.create_block();
        self.branch_if(is_null, depth, next);
        self.builder.switch_to_block(next);
        self.push(value);
    }

    pub fn visit_br_on_non_null(&mut self, depth: u32) {
        let value = *self
            .stack
            .last()
            .expect("validation has checked the operand stack");
        let is_null = self.is_null(value);
        let not_null = self.builder.ins().bxor_imm_u(is_null, 1);
        let next = self.builder.create_block();
        self.branch_if(not_null, depth, next);
        self.builder.switch_to_block(next);
        self.pop();
    }
}
