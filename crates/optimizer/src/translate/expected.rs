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

/// Where the ways of a call meet.
pub struct Met {
    /// Its parameters are the call's results.
    block: Block,
    /// How many there are.
    results: usize,
}

impl Translator<'_> {
    /// Translates what a call does if the reference is one of those that are expected. What follows is executed if it is none of them;
    /// the arguments are on the stack.
    pub fn call_expected(&mut self, reference: Value, ty: TypeIdx) -> Option<Met> {
        let targets = self.expected_targets(ty);
        if targets.is_empty() {
            return None;
        }
        let unit = self.env.unit;
        let ty = unit.module.types[ty.index()].as_func();
        let ty = ty.expect("validation has found a function type");
        let results = unit.value_classes(&ty.results);
        let block = block_with_params(&mut self.builder, &results);
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
            self.inlining.made.expected_calls += 1;
            if self.reachable {
                let values = self.pop_many(results.len());
                self.builder.ins().jump(block, &args(&values));
            }
            self.stack.truncate(height);
            self.stack.extend(&arguments);
            self.begin_way(next);
        }
        let results = results.len();
        Some(Met { block, results })
    }

    /// Ends what a call does if the reference is another: all ways go on together.
    pub fn meet(&mut self, met: Option<Met>) {
        let Some(Met { block, results }) = met else {
            return;
        };
        let values = self.pop_many(results);
        self.builder.ins().jump(block, &args(&values));
        self.builder.seal_block(block);
        self.begin_way(block);
        // Locals may add parameters behind those of the results.
        let results = self.builder.block_params(block)[..results].to_vec();
        self.stack.extend(results);
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
