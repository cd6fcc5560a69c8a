//! Function bodies: validated on all cores, with the few facts that the walk gives for free.

mod body;
mod facts;
mod hot;
mod known;
mod plain;

pub use body::{Bodies, FunctionBody};
pub use facts::{FunctionFacts, HotLocal, TURNS};
pub use known::KnownBodies;

pub(crate) use plain::Declared;

use crate::ModuleError;
use body::Found;
use core::ops::Range;
use facts::{MAX_OPERANDS, Weights};
use plain::{Plain, Stacks};
use rayon::prelude::*;
use transom_ops::Instruction;
use transom_ops::instruction::row;
use wasmparser::{
    FrameKind, FrameStack, FuncToValidate, FuncValidator, FuncValidatorAllocations, ValidatorResources,
    VisitOperator, VisitSimdOperator, WasmFeatures,
};

/// Less code than this in total is validated by the calling thread, in bytes: waking others would take longer.
const MIN_PARALLEL_BYTES: usize = 64 << 10;

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

/// Validates all bodies of a module. If several are invalid, the error is that of the first.
pub(crate) fn validate(
    bodies: Vec<PendingBody<'_>>,
    declared: &Declared<'_>,
    features: WasmFeatures,
) -> Result<Bodies, ModuleError> {
    let shared = Shared {
        features,
        plain: Plain::of(declared, features),
    };
    let total: usize = bodies.iter().map(|b| b.body.as_bytes().len()).sum();
    let mut valid = Bodies::default();
    valid.all.reserve_exact(bodies.len());
    if total < MIN_PARALLEL_BYTES {
        let mut allocations = Allocations::default();
        for body in bodies {
            let range = to_usize(&body.body.range());
            valid.push(range, validate_one(&mut allocations, body, &shared)?);
        }
        return Ok(valid);
    }
    let results: Vec<(Range<usize>, Result<Found, ModuleError>)> = bodies
        .into_par_iter()
        .map_init(Allocations::default, |allocations, body| {
            let range = to_usize(&body.body.range());
            (range, validate_one(allocations, body, &shared))
        })
        .collect();
    for (range, found) in results {
        valid.push(range, found?);
    }
    Ok(valid)
}

/// What the validation of all bodies of a module has in common.
struct Shared {
    features: WasmFeatures,
    plain: Option<Plain>,
}

/// What one validation leaves for the next.
#[derive(Default)]
struct Allocations {
    validator: FuncValidatorAllocations,
    stacks: Stacks,
    weights: Weights,
}

fn validate_one(
    allocations: &mut Allocations,
    pending: PendingBody<'_>,
    shared: &Shared,
) -> Result<Found, ModuleError> {
    let plain = shared.plain.as_ref().and_then(|plain| {
        let scratch = (&mut allocations.stacks, &mut allocations.weights);
        plain.validate(pending.validator.index, &pending.body, scratch)
    });
    match plain {
        Some(found) => {
            #[cfg(debug_assertions)]
            check_plain(&found, general(allocations, pending, shared.features));
            Ok(found)
        }
        None => general(allocations, pending, shared.features),
    }
}

/// Compares what the quick validator has found with what the general one finds.
///
/// # Panics
///
/// If they differ.
#[cfg(debug_assertions)]
fn check_plain(found: &Found, general: Result<Found, ModuleError>) {
    match general {
        Ok(general) => assert_eq!(*found, general, "facts about a plain body differ"),
        Err(error) => panic!("an invalid body was taken for a plain one: {error}"),
    }
}

/// Validates a body of any kind.
fn general(
    allocations: &mut Allocations,
    pending: PendingBody<'_>,
    features: WasmFeatures,
) -> Result<Found, ModuleError> {
    let left = core::mem::take(&mut allocations.validator);
    let mut validator = pending.validator.into_validator(left);
    let weights = &mut allocations.weights;
    let facts = walk(&mut validator, &pending.body, features, weights)?;
    let uses = weights.end();
    allocations.validator = validator.into_allocations();
    Ok((facts, uses))
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
