//! What instructions cost, and when it is added to the counter.
//!
//! What costs how much is said where hosts read it, at `Config::consume_fuel`, and in the table of instructions. The costs of
//! straight code are summed up, and the sum is added to the counter before every instruction that may go elsewhere: to
//! another block, into another function, or to the host, which so finds the counter exact. The counter is tested where a
//! function begins, at each turn of a loop, and before work whose amount an operand gives. It begins below zero, so the
//! test is one of its sign.
//!
//! All that follows from the instructions alone, whatever becomes of them: an inlined function tests as if it were
//! called, and so does the second copy of a loop. So a program uses the same fuel, and runs out of it in the same
//! place, however it is compiled. A trap inside straight code leaves what was not added yet uncounted, for the
//! same reason: which of the instructions before it are done already is the code generator's choice.

use transom_module::Module;
use transom_module::wasmparser::Operator;
use transom_ops::Instruction;
use transom_ops::instruction::Cost;

/// What it costs to enter a function.
pub const ENTRY: i64 = 1;
/// The logarithm of the bytes of memory, or elements of a table or array, that cost as much as an instruction.
const BYTES: u32 = 6;
const ELEMENTS: u32 = 3;

/// What an instruction costs, and when.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Charge {
    /// Added to the sum of straight code.
    Later(i64),
    /// Added to the sum, which goes to the counter before the instruction.
    Before(i64),
    /// 1, and 1 more for each started 2 to this power of what the topmost operand counts; all of it goes to the counter, which
    /// is tested, before the instruction.
    Bulk {
        /// The power.
        log2: u32,
    },
}

/// The charge for an instruction of a module.
pub fn charge(module: &Module, operator: &Operator<'_>) -> Charge {
    match Instruction::of(operator).cost {
        Cost::Later(cost) => Charge::Later(i64::from(cost)),
        Cost::Before(cost) => Charge::Before(i64::from(cost)),
        Cost::Fields => Charge::Later(1 + (fields(module, operator) >> ELEMENTS)),
        Cost::Bytes => Charge::Bulk { log2: BYTES },
        Cost::Elements => Charge::Bulk { log2: ELEMENTS },
    }
}

/// How many fields or elements the instruction says that a new object has.
fn fields(module: &Module, operator: &Operator<'_>) -> i64 {
    match *operator {
        Operator::StructNew { struct_type_index } | Operator::StructNewDefault { struct_type_index } => {
            let ty = module.types[struct_type_index as usize].sub_type();
            let fields = ty.composite.as_struct();
            fields.expect("validation has found a structure type").len() as i64
        }
        Operator::ArrayNewFixed { array_size, .. } => i64::from(array_size),
        ref operator => unreachable!("{operator:?} makes nothing of fields"),
    }
}
