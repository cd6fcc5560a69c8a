//! Which compiler compiles which function, for tests: all functions by one, each by the one that a seed draws, or each by one after the
//! other.

use transom_baseline::Baseline;
use transom_code::{
    AdapterKind, CallTargets, CompileError, CompiledFunction, Compiler, ComponentCall, Shape, Source,
};
use transom_module::{DefinedFuncIdx, FuncIdx, Module};
use transom_optimizer::Optimizer;

/// Which compiler compiles which function.
#[doc(hidden)]
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Tiers {
    /// The optimiser compiles all.
    #[default]
    Optimized,
    /// The baseline compiler compiles all.
    Baseline,
    /// The baseline compiler compiles all, for debuggers: see [`Config::debug_info`](crate::Config::debug_info).
    Debugged,
    /// The optimiser compiles all, and calls through references are expected to lead to functions that this seed draws.
    Expecting(u64),
    /// Each is compiled by one of the two, drawn by its index and this seed.
    Mixed(u64),
    /// The baseline compiler compiles each when it is first called. The optimiser compiles it once more when so many bytes of baseline
    /// code were executed; at a loop, the function goes on in the new code at once. With 0, that is at the first turn.
    Replaced(i32),
}

impl Tiers {
    /// A number that chooses a part of what takes long, if other variants do the whole.
    pub fn seed(self) -> Option<u64> {
        match self {
            Tiers::Optimized | Tiers::Baseline => None,
            Tiers::Debugged => Some(2),
            Tiers::Expecting(seed) | Tiers::Mixed(seed) => Some(seed),
            Tiers::Replaced(sample) => Some(u64::from(sample.unsigned_abs())),
        }
    }
}

/// Two compilers as one.
pub(crate) struct Mix {
    pub(crate) tiers: Tiers,
    pub(crate) optimizer: Optimizer,
    pub(crate) baseline: Baseline,
}

impl Mix {
    fn takes_baseline(&self, function: DefinedFuncIdx) -> bool {
        match self.tiers {
            Tiers::Optimized | Tiers::Expecting(_) => false,
            Tiers::Baseline | Tiers::Debugged | Tiers::Replaced(_) => true,
            Tiers::Mixed(seed) => drawn(seed, function.index()) & 1 == 1,
        }
    }
}

/// Bits that depend on a seed and a number.
fn drawn(seed: u64, number: usize) -> u64 {
    // The finalizer of SplitMix64: neighbours get independent bits.
    let mut bits = seed ^ (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ bits >> 31
}

/// Functions that a seed draws for each call, of any type: the compiler takes those that fit.
struct Drawn<'a> {
    module: &'a Module,
    seed: u64,
}

impl CallTargets for Drawn<'_> {
    fn targets(&self, _: DefinedFuncIdx, offset: u32) -> Vec<FuncIdx> {
        let count = self.module.functions.len();
        let first = drawn(self.seed, offset as usize) as usize % count;
        let all = (first..count).chain(0..first);
        all.map(|index| FuncIdx::from_u32(index as u32)).collect()
    }
}

impl Compiler for Mix {
    fn name(&self) -> &'static str {
        "mix"
    }

    fn compile_function(
        &self,
        source: Source<'_>,
        function: DefinedFuncIdx,
    ) -> Result<CompiledFunction, CompileError> {
        if let Tiers::Expecting(seed) = self.tiers {
            let module = source.module;
            let drawn = Drawn { module, seed };
            return self
                .optimizer
                .compile_function(source.with_targets(&drawn), function);
        }
        match self.takes_baseline(function) {
            true => self.baseline.compile_function(source, function),
            false => self.optimizer.compile_function(source, function),
        }
    }

    fn compile_adapter(&self, kind: AdapterKind, shape: &Shape) -> Result<CompiledFunction, CompileError> {
        match self.tiers {
            Tiers::Baseline => self.baseline.compile_adapter(kind, shape),
            _ => self.optimizer.compile_adapter(kind, shape),
        }
    }

    fn compile_component_call(
        &self,
        call: &ComponentCall,
        callee: Option<(Source<'_>, DefinedFuncIdx)>,
    ) -> Result<Option<CompiledFunction>, CompileError> {
        self.optimizer.compile_component_call(call, callee)
    }
}
