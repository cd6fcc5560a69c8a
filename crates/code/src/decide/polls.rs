//! Where a program finds out that it is to stop: at the entry of functions that may call Rust, and at the heads of loops, unless each
//! turn polls elsewhere.

use super::inlining::{Call, is_small};
use transom_module::wasmparser::{BinaryReader, Operator, OperatorsReader};
use transom_module::{FuncIdx, Module};
use transom_ops::Instruction;

/// Whether each turn of a loop polls elsewhere, so that its head needs no poll: before it may branch, it comes to another loop, or to a
/// call of a function that polls. The loop's body, and whatever is behind it, is what `rest` reads.
pub fn polls_elsewhere(module: &Module, rest: BinaryReader<'_>) -> bool {
    let mut body = OperatorsReader::new(rest);
    loop {
        match body.read() {
            Ok(Operator::Loop { .. }) => return true,
            Ok(Operator::Call { function_index }) => {
                return polls_when_called(module, FuncIdx::from_u32(function_index));
            }
            Ok(operator) if Instruction::of(&operator).is_straight() => {}
            _ => return false,
        }
    }
}

/// Whether a call of a function comes to a check of the stack, which polls: it would not if the function were inlined.
pub fn polls_when_called(module: &Module, function: FuncIdx) -> bool {
    module.defined_func(function).is_some_and(|defined| {
        let facts = &module.bodies[defined.index()].facts;
        facts.may_leave && !is_small(facts, Call::Direct)
    })
}
