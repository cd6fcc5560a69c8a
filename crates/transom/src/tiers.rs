//! Which compiler compiles which function, for tests: all functions by one, each by the one that a seed draws, or each by one after the
//! other.

use transom_baseline::Baseline;
use transom_code::{AdapterKind, CompileError, CompiledFunction, Compiler, Shape};
use transom_layout::VmOffsets;
use transom_module::{DefinedFuncIdx, Module};
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
    /// Each is compiled by one of the two, drawn by its index and this seed.
    Mixed(u64),
    /// The baseline compiler compiles each when it is first called. The optimiser compiles it once more when so many bytes of baseline
    /// code were executed; at a loop, the function goes on in the new code at once. With 0, that is at the first turn.
    Replaced(i32),
}

impl Tiers {
    /// A number that chooses a part of what takes long, if more than one compiler takes part.
    pub fn seed(self) -> Option<u64> {
        match self {
            Tiers::Optimized | Tiers::Baseline => None,
            Tiers::Mixed(seed) => Some(seed),
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
            Tiers::Optimized => false,
            Tiers::Baseline | Tiers::Replaced(_) => true,
            Tiers::Mixed(seed) => {
                // The finalizer of SplitMix64: neighbours get independent bits.
                let mut bits = seed ^ (function.index() as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
                (bits ^ bits >> 31) & 1 == 1
            }
        }
    }
}

impl Compiler for Mix {
    fn name(&self) -> &'static str {
        "mix"
    }

    fn compile_function(
        &self,
        module: &Module,
        offsets: &VmOffsets,
        function: DefinedFuncIdx,
    ) -> Result<CompiledFunction, CompileError> {
        match self.takes_baseline(function) {
            true => self.baseline.compile_function(module, offsets, function),
            false => self.optimizer.compile_function(module, offsets, function),
        }
    }

    fn compile_adapter(&self, kind: AdapterKind, shape: &Shape) -> Result<CompiledFunction, CompileError> {
        match self.tiers {
            Tiers::Baseline => self.baseline.compile_adapter(kind, shape),
            _ => self.optimizer.compile_adapter(kind, shape),
        }
    }
}
