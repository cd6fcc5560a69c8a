//! Which functions are translated in place of calls of them, as far as the functions alone can tell.

use transom_module::wasmparser::Operator;
use transom_module::{DefinedFuncIdx, FunctionFacts, Module};

/// The most instructions of a function that is inlined: about as many as a call takes, with the moves around it.
const MAX_INSTRUCTIONS: u32 = 24;
/// The most locals of it.
const MAX_LOCALS: u32 = 16;

/// Whether a function is one of those that may be inlined, wherever there is room.
pub fn is_small(facts: &FunctionFacts) -> bool {
    facts.num_ops <= MAX_INSTRUCTIONS
        && facts.num_locals <= MAX_LOCALS
        && !(facts.has_loop || facts.has_tail_call || facts.has_exceptions)
}

/// Whether a body begins with a trap. A branch to such a body becomes a conditional trap, and that has the place of the branch:
/// the function would be missing from the backtrace.
pub fn traps_at_once(module: &Module, function: DefinedFuncIdx) -> bool {
    let Ok(mut reader) = module.body(function).get_operators_reader() else {
        return true;
    };
    loop {
        match reader.read() {
            Ok(Operator::Nop) => {}
            first => return matches!(first, Ok(Operator::Unreachable)),
        }
    }
}
