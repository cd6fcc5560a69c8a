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
}

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
    }
}

/// Validates an instruction, and takes note of it.
struct Noting<'f, V> {
    facts: &'f mut FunctionFacts,
    validator: V,
}

macro_rules! note {
    ($(@$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
        $(fn $visit(&mut self $($(, $arg: $argty)*)?) -> Self::Output {
            self.facts.note(row::$op);
            self.validator.$visit($($($arg),*)?)
        })*
    };
}

macro_rules! note_simd {
    ($(@$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
        $(fn $visit(&mut self $($(, $arg: $argty)*)?) -> Self::Output {
            self.facts.note(row::$op);
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
        let mut allocations = FuncValidatorAllocations::default();
        return bodies
            .into_iter()
            .map(|body| validate_one(&mut allocations, body, features))
            .collect();
    }
    let results: Vec<Result<FunctionBody, ModuleError>> = bodies
        .into_par_iter()
        .map_init(FuncValidatorAllocations::default, |allocations, body| {
            validate_one(allocations, body, features)
        })
        .collect();
    results.into_iter().collect()
}

fn validate_one(
    allocations: &mut FuncValidatorAllocations,
    pending: PendingBody<'_>,
    features: WasmFeatures,
) -> Result<FunctionBody, ModuleError> {
    let mut validator = pending.validator.into_validator(core::mem::take(allocations));
    let facts = walk(&mut validator, &pending.body, features)?;
    *allocations = validator.into_allocations();
    Ok(FunctionBody {
        range: to_usize(&pending.body.range()),
        facts,
    })
}

fn walk(
    validator: &mut FuncValidator<ValidatorResources>,
    body: &wasmparser::FunctionBody<'_>,
    features: WasmFeatures,
) -> Result<FunctionFacts, ModuleError> {
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
