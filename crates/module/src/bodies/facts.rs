//! What a walk over a body finds: facts, and how often it does what a compiler has to weigh.

use serde::{Deserialize, Serialize};
use transom_ops::Instruction;
use transom_ops::instruction::{Class, Effect, Runtime};

/// The most operands that there may be at once in a function: a call of two bytes brings up to a thousand, so without a limit a
/// short body would need any amount of memory.
pub(super) const MAX_OPERANDS: u32 = 1_000_000;

/// How often a function does something, as if each loop had [`TURNS`] turns.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Uses {
    /// Calls, and instructions that may call the runtime.
    pub calls: u32,
    /// The locals that are used most, the most used first.
    pub hot: Box<[HotLocal]>,
}

/// A local that is used often.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HotLocal {
    /// Its index.
    pub local: u32,
    /// How often its value is read or written.
    pub weight: u32,
}

/// The turns that a loop is taken to have, where uses are weighed.
pub const TURNS: u32 = 8;

/// The loops around an instruction that count for its weight; more make no difference.
const MAX_LOOPS: u32 = 5;

/// The most locals of a function that are named as used often: machines do not have more registers for them.
pub(super) const MAX_HOT: usize = 16;

/// What a compiler may like to know of a body before it reads it.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(from = "Packed", into = "Packed")]
pub struct FunctionFacts {
    /// The number of instructions.
    pub num_ops: u32,
    /// The number of locals, parameters among them.
    pub num_locals: u32,
    /// Whether it calls wasm or host functions, tail calls among them.
    pub has_call: bool,
    /// Whether its code may call the runtime or the host for another reason than that a check has failed: it has calls,
    /// loops, exceptions, or instructions that are done out of line.
    pub may_leave: bool,
    /// Whether it has tail calls.
    pub has_tail_call: bool,
    /// Whether it has loops.
    pub has_loop: bool,
    /// Whether it throws or catches.
    pub has_exceptions: bool,
    /// Whether it has exceptions of the legacy proposal.
    pub has_legacy_exceptions: bool,
    /// Whether it has instructions of the garbage collection proposal.
    pub has_gc: bool,
    /// Whether it has vector instructions.
    pub has_simd: bool,
    /// Whether it has atomic instructions.
    pub has_atomics: bool,
    /// Whether it has instructions on linear memories; those on vectors count.
    pub has_memory: bool,
}

/// Facts as they are stored: there are tens of thousands of functions.
#[derive(Serialize, Deserialize)]
pub(super) struct Packed {
    pub num_ops: u32,
    pub num_locals: u32,
    /// The others, each in a bit, in their order.
    pub bits: u16,
}

impl From<FunctionFacts> for Packed {
    fn from(facts: FunctionFacts) -> Packed {
        let FunctionFacts {
            num_ops, num_locals, ..
        } = facts;
        let bits = facts.bits().into_iter().rev();
        let bits = bits.fold(0, |bits, bit| bits << 1 | u16::from(bit));
        Packed {
            num_ops,
            num_locals,
            bits,
        }
    }
}

impl From<Packed> for FunctionFacts {
    fn from(packed: Packed) -> FunctionFacts {
        let bit = |index: u32| packed.bits >> index & 1 == 1;
        FunctionFacts {
            num_ops: packed.num_ops,
            num_locals: packed.num_locals,
            has_call: bit(0),
            may_leave: bit(1),
            has_tail_call: bit(2),
            has_loop: bit(3),
            has_exceptions: bit(4),
            has_legacy_exceptions: bit(5),
            has_gc: bit(6),
            has_simd: bit(7),
            has_atomics: bit(8),
            has_memory: bit(9),
        }
    }
}

impl FunctionFacts {
    fn bits(&self) -> [bool; 10] {
        [
            self.has_call,
            self.may_leave,
            self.has_tail_call,
            self.has_loop,
            self.has_exceptions,
            self.has_legacy_exceptions,
            self.has_gc,
            self.has_simd,
            self.has_atomics,
            self.has_memory,
        ]
    }

    /// Takes note of an instruction.
    #[inline(always)]
    pub(super) fn note(&mut self, instruction: &Instruction) {
        self.num_ops += 1;
        self.may_leave |= instruction.runtime != Runtime::Never;
        self.has_loop |= instruction.effect == Effect::Loops;
        self.has_call |= instruction.class == Class::Call;
        self.has_tail_call |= instruction.class == Class::Call && instruction.effect == Effect::Leaves;
        self.has_exceptions |= matches!(instruction.class, Class::Exception | Class::LegacyException);
        self.has_legacy_exceptions |= instruction.class == Class::LegacyException;
        self.has_gc |= instruction.class == Class::Object;
        self.has_simd |= instruction.class == Class::Vector;
        self.has_atomics |= instruction.class == Class::Atomic;
        self.has_memory |= matches!(instruction.class, Class::Memory | Class::Vector | Class::Atomic);
    }
}

/// How often the locals of a function are used.
#[derive(Default)]
pub(super) struct Weights {
    /// By index; zero for those that are not touched.
    locals: Vec<u32>,
    /// The locals that are used.
    touched: Vec<u32>,
    /// For each open block, whether it is a loop.
    blocks: Vec<bool>,
    /// How many of them are.
    loops: u32,
    /// How often the present instruction is executed.
    turns: u32,
    /// Calls, and instructions that may call the runtime.
    calls: u32,
}

impl Weights {
    /// A function begins.
    pub(super) fn begin(&mut self) {
        self.blocks.clear();
        self.blocks.push(false);
        (self.loops, self.turns, self.calls) = (0, 1, 0);
    }

    /// Takes note of an instruction.
    #[inline(always)]
    pub(super) fn note(&mut self, instruction: &Instruction) {
        match instruction.effect {
            Effect::Opens => self.blocks.push(false),
            Effect::Loops => self.enter(true),
            Effect::Closes => self.leave(),
            _ => {}
        }
        if instruction.runtime != Runtime::Never && instruction.effect != Effect::Loops {
            self.calls = self.calls.saturating_add(self.turns);
        }
    }

    fn enter(&mut self, is_loop: bool) {
        self.blocks.push(is_loop);
        self.count(self.loops + 1);
    }

    fn leave(&mut self) {
        if self.blocks.pop() == Some(true) {
            self.count(self.loops - 1);
        }
    }

    fn count(&mut self, loops: u32) {
        self.loops = loops;
        self.turns = TURNS.pow(loops.min(MAX_LOOPS));
    }

    /// A local is read or written.
    #[inline(always)]
    pub(super) fn touch(&mut self, local: u32) {
        let index = local as usize;
        if index >= self.locals.len() {
            // Validation allows 50,000 locals, and has yet to see whether this is one.
            if index >= MAX_LOCALS {
                return;
            }
            self.locals.resize(index + 1, 0);
        }
        let weight = &mut self.locals[index];
        if *weight == 0 {
            self.touched.push(local);
        }
        *weight = weight.saturating_add(self.turns);
    }

    /// The function has ended.
    pub(super) fn end(&mut self) -> Uses {
        let weigh = |local: u32| HotLocal {
            local,
            weight: std::mem::take(&mut self.locals[local as usize]),
        };
        let mut hot: Vec<HotLocal> = self.touched.drain(..).map(weigh).collect();
        // Among equals, the first ones: an order that does not depend on which was met first.
        let order = |hot: &HotLocal| (std::cmp::Reverse(hot.weight), hot.local);
        if hot.len() > MAX_HOT {
            hot.select_nth_unstable_by_key(MAX_HOT, order);
            hot.truncate(MAX_HOT);
        }
        hot.sort_unstable_by_key(order);
        Uses {
            calls: self.calls,
            hot: hot.into_boxed_slice(),
        }
    }
}

/// The most locals that validation allows.
pub(super) const MAX_LOCALS: usize = 50_000;
