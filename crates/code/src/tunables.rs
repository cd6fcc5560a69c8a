//! What a compiler must know of the engine's configuration: choices that machine code has built in.

use std::ops::Range;
use transom_types::MemoryType;

/// Choices that machine code has built in. Code made under one set must not run under another.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Tunables {
    /// Bytes of address space reserved for a memory, its guard not counted.
    pub memory_reservation: u64,
    /// Bytes after the reservation that are never mapped. An access may have a constant offset below this
    /// without a check of its own.
    pub memory_guard: u64,
    /// An address or index that is compared with a length is zero where the comparison fails, so that the processor reads
    /// nothing there while it runs ahead of the branch.
    pub mask_speculation: bool,
    /// Relaxed SIMD instructions give the results that the deterministic profile prescribes.
    pub deterministic_relaxed_simd: bool,
    /// Arithmetic gives the canonical NaN.
    pub canonical_nans: bool,
    /// Machine code follows its module closely, at the price of speed.
    pub optimize: bool,
    /// All functions are compiled as very large ones are: registers in one pass, and nothing optimised.
    pub one_pass_registers: bool,
    /// Functions with indices outside of this range are compiled as if `one_pass_registers` were set; `None` stands for all
    /// indices.
    pub optimized_functions: Option<Range<u32>>,
    /// Programs count what they execute, and end when their fuel is used up.
    pub consume_fuel: bool,
    /// For tests: bits that are undefined where functions call each other, and in slots of frames, hold garbage. See
    /// [`Tunables::dirt`].
    pub dirty_upper_halves: bool,
    /// Code of a compiler whose code may be replaced notes what its calls through references lead to.
    pub note_calls: bool,
    /// One instruction is translated wrongly in functions that are optimised.
    #[cfg(feature = "planted-bug")]
    pub planted_bug: bool,
}

impl Default for Tunables {
    fn default() -> Self {
        Tunables {
            memory_reservation: 4 << 30,
            memory_guard: 32 << 20,
            mask_speculation: true,
            deterministic_relaxed_simd: false,
            canonical_nans: false,
            optimize: true,
            one_pass_registers: false,
            optimized_functions: None,
            consume_fuel: false,
            dirty_upper_halves: false,
            note_calls: false,
            #[cfg(feature = "planted-bug")]
            planted_bug: false,
        }
    }
}

/// How accesses to a memory are kept in bounds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum MemoryStyle {
    /// Every index lands in the memory, its reservation or its guard: faults do the check, and the base never
    /// changes.
    Reserved,
    /// Each access is compared with the length, and the base may change when the memory grows.
    Checked,
}

impl Tunables {
    /// Whether a function may be optimised, by its index.
    pub fn may_optimize(&self, function: u32) -> bool {
        let range = self.optimized_functions.as_ref();
        range.is_none_or(|range| range.contains(&function))
    }

    /// What compilers and the runtime put into the upper half of a register or slot that holds 32 bits, at a place that `site`
    /// tells from others: garbage if that is tested, and else zero. It makes any address that it gets into a wild one.
    pub fn dirt(&self, site: u32) -> u32 {
        match self.dirty_upper_halves {
            true => (0xdead_beef ^ site.wrapping_mul(0x9e37_79b9)) | 1 << 24,
            false => 0,
        }
    }

    /// How accesses to memories of a type are kept in bounds.
    pub fn memory_style(&self, ty: &MemoryType) -> MemoryStyle {
        let whole = self.memory_reservation >= 1 << 32 && self.memory_guard >= 1 << 16;
        if whole && !ty.index64 && ty.page_size_log2 == 16 {
            MemoryStyle::Reserved
        } else {
            MemoryStyle::Checked
        }
    }
}
