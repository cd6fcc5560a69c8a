//! Which functions are translated in place of calls of them, as far as the functions alone can tell.

use transom_module::wasmparser::Operator;
use transom_module::{DefinedFuncIdx, FunctionFacts, Module};

/// The most instructions of a function that is inlined: about as many as a call takes, with the moves around it.
const MAX_INSTRUCTIONS: u32 = 24;
/// The most instructions of a function that a call through a reference is expected to lead to: the call has been executed often, and
/// takes longer than a direct one.
const MAX_EXPECTED_INSTRUCTIONS: u32 = 80;
/// The most locals of it.
const MAX_LOCALS: u32 = 16;

/// How a function is called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Call {
    /// By its index.
    Direct,
    /// Through a reference, as it was before.
    Expected,
}

/// Whether a function is one of those that may be inlined, wherever there is room.
pub fn is_small(facts: &FunctionFacts, call: Call) -> bool {
    let most = match call {
        Call::Direct => MAX_INSTRUCTIONS,
        Call::Expected => MAX_EXPECTED_INSTRUCTIONS,
    };
    facts.num_ops <= most
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
