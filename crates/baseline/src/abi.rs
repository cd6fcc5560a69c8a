//! How functions are called: Cranelift's `Tail` convention, so that functions of both compilers call each other directly.
//!
//! - The context is the first argument, and the address of the results the second, if they are in memory.
//! - Arguments on the stack begin at the return address' end. The callee removes them.
//! - `rbx` and `r12` to `r15` are the caller's, except where an exception is caught.
//! - The upper half of a register or slot is undefined where the value has 32 bits, and so are all other bits above a float.
//! - `r10` and `r11` are free at a call: no argument is passed in them.

use crate::assembler::{Gpr, Xmm};
use transom_code::{MachineClass, Shape};

/// The argument registers for integers, the context's first.
const ARGUMENTS: [Gpr; 6] = [Gpr::RDI, Gpr::RSI, Gpr::RDX, Gpr::RCX, Gpr::R8, Gpr::R9];
/// The registers for integers in which results are returned.
const RESULTS: [Gpr; transom_code::RESULT_REGISTERS] = [
    Gpr::RAX,
    Gpr::RCX,
    Gpr::RDX,
    Gpr::RSI,
    Gpr::RDI,
    Gpr::R8,
    Gpr::R9,
    Gpr::R10,
];
/// How many registers for floats and vectors arguments are passed in; they are the first ones.
const FLOAT_ARGUMENTS: u8 = 8;

/// Where a function finds its context when it is called.
pub const CONTEXT: Gpr = ARGUMENTS[0];
/// Where it finds the address of its results, if they are in memory.
pub const RESULT_AREA: Gpr = ARGUMENTS[1];
/// The registers that a function must leave as it found them.
pub const CALLEE_SAVED: [Gpr; 5] = [Gpr::RBX, Gpr::R12, Gpr::R13, Gpr::R14, Gpr::R15];

/// Where an argument or a result is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// In a register for integers.
    Gpr(Gpr),
    /// In a register for floats and vectors.
    Xmm(Xmm),
    /// On the stack, at a distance above the return address' end.
    Stack(u32),
}

/// Where the arguments and results of functions of a shape are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signature {
    /// The places of the parameters.
    pub params: Vec<Place>,
    /// The places of the results. Empty if they are in memory.
    pub results: Vec<Place>,
    /// Whether results are in memory.
    pub results_in_memory: bool,
    /// Bytes of arguments on the stack, which the callee removes: a multiple of 16.
    pub stack: u32,
}

impl Signature {
    /// The signature of functions of a shape.
    pub fn of(shape: &Shape) -> Signature {
        let results_in_memory = shape.results_in_memory();
        let first = if results_in_memory { 2 } else { 1 };
        let mut places = Places {
            gprs: &ARGUMENTS[first..],
            xmms: 0..FLOAT_ARGUMENTS,
            stack: 0,
        };
        let params = shape.params.iter().map(|&class| places.next(class)).collect();
        let stack = places.stack.next_multiple_of(16);
        let mut places = Places {
            gprs: &RESULTS,
            xmms: 0..transom_code::RESULT_REGISTERS as u8,
            stack: 0,
        };
        let results = match results_in_memory {
            true => Vec::new(),
            false => shape.results.iter().map(|&class| places.next(class)).collect(),
        };
        Signature {
            params,
            results,
            results_in_memory,
            stack,
        }
    }
}

/// The places that are left.
struct Places<'a> {
    gprs: &'a [Gpr],
    xmms: std::ops::Range<u8>,
    /// Bytes on the stack that are taken.
    stack: u32,
}

impl Places<'_> {
    fn next(&mut self, class: MachineClass) -> Place {
        let register = match class.is_int() {
            true => self.gprs.split_off_first().map(|&gpr| Place::Gpr(gpr)),
            false => self.xmms.next().map(|number| Place::Xmm(Xmm::new(number))),
        };
        register.unwrap_or_else(|| {
            // Each value takes a word, or two that are aligned.
            let size = class.size().max(8);
            let start = self.stack.next_multiple_of(size);
            self.stack = start + size;
            Place::Stack(start)
        })
    }
}

#[cfg(test)]
mod tests;
