//! Calls through references that lead to functions which they have led to before.
//!
//! Where the source says which functions a call is expected to lead to, the call compares the reference with the address of the
//! [`VmFuncRef`](transom_layout::VmFuncRef) that each of them has in the function's own context, and goes on in the function's body, which
//! is translated in place of the call. A function instance has one such address. So if both are equal, the reference is not null, the
//! function has the type that it was defined with, and it runs in the context of its caller: nothing else is left to check. If none
//! is equal, the call is done as any other. So what is expected need not be true, and nothing is ever undone.
//!
//! In the order of what happens nothing changes, either: a table's bounds are checked before its element is compared.

use super::control::args;
use super::state::{Translator, block_with_params};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, InstBuilder, Value};
use transom_code::decide::inlining::Call;
use transom_layout::VmCallSite;
use transom_module::{FuncIdx, TypeIdx};

impl Translator<'_> {
    /// Translates a call through a reference, with the arguments on the stack. `otherwise` translates what it does if the reference is
    /// none of those that are expected.
    pub fn call_expected(&mut self, reference: Value, ty: TypeIdx, otherwise: impl FnOnce(&mut Self)) {
        let targets = self.expected_targets(ty);
        if targets.is_empty() {
            return otherwise(self);
        }
        let unit = self.env.unit;
        let ty = unit.module.types[ty.index()].as_func();
        let ty = ty.expect("validation has found a function type");
        let results = unit.value_classes(&ty.results);
        let end = block_with_params(&mut self.builder, &results);
        // Before the frontend adds parameters of its own.
        let arrived = self.builder.block_params(end).to_vec();
        let height = self.stack.len() - ty.params.len();
        let arguments = self.stack[height..].to_vec();
        for target in targets {
            // What was inlined for the ones before may have taken the room.
            if !self.may_inline(target, Call::Expected) {
                continue;
            }
            let expected = self.function_reference(target.as_u32());
            let same = self.builder.ins().icmp(IntCC::Equal, reference, expected);
            let (hit, next) = (self.builder.create_block(), self.builder.create_block());
            self.builder.ins().brif(same, hit, &[], next, &[]);
            self.builder.seal_block(hit);
            self.builder.seal_block(next);
            self.begin_way(hit);
            self.inline_body(target);
            if self.inlining.failed.is_some() {
                // The translation ends in the middle of the body.
                return;
            }
            self.inlining.made.expected_calls += 1;
            if self.reachable {
                self.end_way(end, results.len());
            }
            self.stack.truncate(height);
            self.stack.extend(&arguments);
            self.begin_way(next);
        }
        otherwise(self);
        self.end_way(end, results.len());
        self.builder.seal_block(end);
        self.begin_way(end);
        self.stack.extend(arrived);
    }

    /// Goes on where all ways of a call meet, with its results.
    fn end_way(&mut self, end: Block, results: usize) {
        let values = self.pop_many(results);
        self.builder.ins().jump(end, &args(&values));
    }

    fn begin_way(&mut self, block: Block) {
        // They were loaded on other ways.
        self.forget_lengths();
        self.reachable = true;
        self.builder.switch_to_block(block);
    }

    /// The functions that the present call is expected to lead to, as far as it can.
    fn expected_targets(&self, ty: TypeIdx) -> Vec<FuncIdx> {
        let unit = self.env.unit;
        let reading = self.inlining.reading.last().expect("a function is being read");
        let mut targets = unit.targets.targets(reading.function, self.inlining.offset);
        let id = |ty: TypeIdx| unit.module.types[ty.index()].id();
        targets.retain(|&target| {
            let function = &unit.module.functions[target.index()];
            function.funcref.is_some()
                && unit.registry.is_subtype_id(id(function.ty), id(ty))
                && self.may_inline(target, Call::Expected)
        });
        targets.truncate(VmCallSite::TARGETS);
        targets
    }
}
