//! Function bodies: validated on all cores, with the few facts that the walk gives for free.

use crate::ModuleError;
use core::ops::Range;
use rayon::prelude::*;
use transom_ops::Instruction;
use transom_ops::instruction::{Class, Effect, Runtime, row};
use wasmparser::{
    FrameKind, FrameStack, FuncToValidate, FuncValidator, FuncValidatorAllocations, ValidatorResources,
    VisitOperator, VisitSimdOperator, WasmFeatures,
};

/// Less code than this in total is validated by the calling thread, in bytes: waking others would take longer.
const MIN_PARALLEL_BYTES: usize = 64 << 10;

/// The most operands that there may be at once in a function: a call of two bytes brings up to a thousand, so without a limit a
/// short body would need any amount of memory.
const MAX_OPERANDS: u32 = 1_000_000;

/// The body of a function that the module defines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FunctionBody {
    /// Where in the module's bytes it is, from the declarations of locals to the final `end`.
    pub range: Range<usize>,
    /// What is in it.
    pub facts: FunctionFacts,
    /// How often it does what a compiler has to weigh.
    pub uses: Uses,
}

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
const MAX_HOT: usize = 16;

/// What a compiler may like to know of a body before it reads it.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
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

impl FunctionFacts {
    /// Takes note of an instruction.
    #[inline(always)]
    fn note(&mut self, instruction: &Instruction) {
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
struct Weights {
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
    fn begin(&mut self) {
        self.blocks.clear();
        self.blocks.push(false);
        (self.loops, self.turns, self.calls) = (0, 1, 0);
    }

    /// Takes note of an instruction.
    #[inline(always)]
    fn note(&mut self, instruction: &Instruction) {
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
    fn touch(&mut self, local: u32) {
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
    fn end(&mut self) -> Uses {
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
const MAX_LOCALS: usize = 50_000;

/// Validates an instruction, and takes note of it.
struct Noting<'f, V> {
    facts: &'f mut FunctionFacts,
    weights: &'f mut Weights,
    validator: V,
}

impl<V> Noting<'_, V> {
    #[inline(always)]
    fn note(&mut self, instruction: &Instruction) {
        self.facts.note(instruction);
        self.weights.note(instruction);
    }
}

macro_rules! note {
    ($(@$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
        $(note!(one $op ($($($arg: $argty),*)?) $visit);)*
    };
    (one LocalGet ($arg:ident: $argty:ty) $visit:ident) => { note!(local LocalGet $arg $visit); };
    (one LocalSet ($arg:ident: $argty:ty) $visit:ident) => { note!(local LocalSet $arg $visit); };
    (one LocalTee ($arg:ident: $argty:ty) $visit:ident) => { note!(local LocalTee $arg $visit); };
    (local $op:ident $arg:ident $visit:ident) => {
        fn $visit(&mut self, $arg: u32) -> Self::Output {
            self.note(row::$op);
            self.weights.touch($arg);
            self.validator.$visit($arg)
        }
    };
    (one $op:ident ($($arg:ident: $argty:ty),*) $visit:ident) => {
        fn $visit(&mut self, $($arg: $argty),*) -> Self::Output {
            self.note(row::$op);
            self.validator.$visit($($arg),*)
        }
    };
}

macro_rules! note_simd {
    ($(@$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
        $(fn $visit(&mut self $($(, $arg: $argty)*)?) -> Self::Output {
            self.note(row::$op);
            let validator = self.validator.simd_visitor();
            validator.expect("validators know vectors").$visit($($($arg),*)?)
        })*
    };
}

impl<'a, V: VisitOperator<'a>> VisitOperator<'a> for Noting<'_, V> {
    type Output = V::Output;

    fn simd_visitor(&mut self) -> Option<&mut dyn VisitSimdOperator<'a, Output = V::Output>> {
        Some(self)
    }

    wasmparser::for_each_visit_operator!(note);
}

impl<V: FrameStack> FrameStack for Noting<'_, V> {
    fn current_frame(&self) -> Option<FrameKind> {
        self.validator.current_frame()
    }
}

impl<'a, V: VisitOperator<'a>> VisitSimdOperator<'a> for Noting<'_, V> {
    wasmparser::for_each_visit_simd_operator!(note_simd);
}

/// A body that is decoded as far as its boundaries.
pub(crate) struct PendingBody<'a> {
    pub(crate) validator: FuncToValidate<ValidatorResources>,
    pub(crate) body: wasmparser::FunctionBody<'a>,
}

/// Validates all bodies. If several are invalid, the error is that of the first.
pub(crate) fn validate(
    bodies: Vec<PendingBody<'_>>,
    features: WasmFeatures,
) -> Result<Vec<FunctionBody>, ModuleError> {
    let total: usize = bodies.iter().map(|b| b.body.as_bytes().len()).sum();
    if total < MIN_PARALLEL_BYTES {
        let mut allocations = Allocations::default();
        return bodies
            .into_iter()
            .map(|body| validate_one(&mut allocations, body, features))
            .collect();
    }
    let results: Vec<Result<FunctionBody, ModuleError>> = bodies
        .into_par_iter()
        .map_init(Allocations::default, |allocations, body| {
            validate_one(allocations, body, features)
        })
        .collect();
    results.into_iter().collect()
}

/// What one validation leaves for the next.
#[derive(Default)]
struct Allocations {
    validator: FuncValidatorAllocations,
    weights: Weights,
}

fn validate_one(
    allocations: &mut Allocations,
    pending: PendingBody<'_>,
    features: WasmFeatures,
) -> Result<FunctionBody, ModuleError> {
    let left = core::mem::take(&mut allocations.validator);
    let mut validator = pending.validator.into_validator(left);
    let weights = &mut allocations.weights;
    let facts = walk(&mut validator, &pending.body, features, weights)?;
    let uses = weights.end();
    allocations.validator = validator.into_allocations();
    Ok(FunctionBody {
        range: to_usize(&pending.body.range()),
        facts,
        uses,
    })
}

fn walk(
    validator: &mut FuncValidator<ValidatorResources>,
    body: &wasmparser::FunctionBody<'_>,
    features: WasmFeatures,
    weights: &mut Weights,
) -> Result<FunctionFacts, ModuleError> {
    weights.begin();
    let mut reader = body.get_binary_reader();
    validator.read_locals(&mut reader)?;
    reader.set_features(features);
    let mut facts = FunctionFacts {
        num_locals: validator.len_locals(),
        ..FunctionFacts::default()
    };
    while !reader.eof() {
        let offset = reader.original_position();
        let mut noting = Noting {
            facts: &mut facts,
            weights,
            validator: validator.visitor(offset),
        };
        reader.visit_operator(&mut noting)??;
        drop(noting);
        if validator.operand_stack_height() > MAX_OPERANDS {
            let message = format!("more than {MAX_OPERANDS} operands on the stack, an implementation limit");
            return Err(ModuleError::Invalid { message, offset });
        }
    }
    reader.finish_expression(&validator.visitor(reader.original_position()))?;
    Ok(facts)
}

/// The offsets of what is in memory fit in a `usize`.
pub(crate) fn to_usize(range: &Range<u64>) -> Range<usize> {
    let convert = |at: u64| usize::try_from(at).expect("the module is in memory");
    convert(range.start)..convert(range.end)
}

#[cfg(test)]
mod tests;
