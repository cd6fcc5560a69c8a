//! How an engine is configured.

use std::ops::{Bound, RangeBounds};
use std::path::{Path, PathBuf};
use transom_module::WasmFeatures;
use transom_optimizer::EmitFilter;
use transom_vm::{CompileInterrupt, CompileProgress, EngineOptions, ProfilingStrategy, ProgressHook};

/// How hard the optimising compiler tries.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum OptLevel {
    /// Compile quickly.
    None,
    /// Make fast code.
    #[default]
    Speed,
    /// Make fast code, and prefer the smaller of two equally fast. The code generator does not tell the two
    /// apart yet.
    SpeedAndSize,
}

/// How the optimising compiler allocates registers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum RegallocAlgorithm {
    /// For fast code. Functions with more than 8,000 locals and operands, or 20,000 blocks, for which it would take seconds to
    /// minutes, are treated as with the other algorithm, and not optimised.
    #[default]
    Backtracking,
    /// In a time that grows with the function, with slower code, which is not optimised either.
    SinglePass,
}

/// Whether backtraces name the files and lines that modules' debug information knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WasmBacktraceDetails {
    /// They do.
    Enable,
    /// They don't.
    Disable,
    /// They do if the variable `TRANSOM_BACKTRACE_DETAILS` is `1` in the environment when this is given to
    /// [`Config::wasm_backtrace_details`], or when the configuration is made.
    Environment,
}

/// The variable that [`WasmBacktraceDetails::Environment`] asks.
pub(crate) const DETAILS_VARIABLE: &str = "TRANSOM_BACKTRACE_DETAILS";

/// What came of [`WasmBacktraceDetails`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Details {
    Wanted,
    Unwanted,
    /// Unwanted, but a user who sees a backtrace can change that.
    NotInEnvironment,
}

impl From<WasmBacktraceDetails> for Details {
    fn from(details: WasmBacktraceDetails) -> Details {
        let in_environment = || std::env::var_os(DETAILS_VARIABLE).is_some_and(|value| value == "1");
        match details {
            WasmBacktraceDetails::Enable => Details::Wanted,
            WasmBacktraceDetails::Disable => Details::Unwanted,
            WasmBacktraceDetails::Environment if in_environment() => Details::Wanted,
            WasmBacktraceDetails::Environment => Details::NotInEnvironment,
        }
    }
}

/// The configuration of an [`Engine`](crate::Engine).
///
/// By default everything of WebAssembly 3.0 that is implemented is on, and wide arithmetic.
///
/// ```
/// # use transom::*;
/// let mut config = Config::new();
/// config.wasm_simd(false).max_wasm_stack(1 << 20);
/// let engine = Engine::new(&config)?;
/// assert!(Module::new(&engine, "(module (func (drop (v128.const i64x2 0 0))))").is_err());
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) features: WasmFeatures,
    pub(crate) options: EngineOptions,
    pub(crate) epoch_interruption: bool,
    pub(crate) backtrace_details: Details,
    pub(crate) emit_clif: Option<PathBuf>,
    pub(crate) emit_filter: Option<EmitFilter>,
}

macro_rules! features {
    ($($(#[$doc:meta])* $name:ident => $feature:ident;)*) => {
        $($(#[$doc])*
        pub fn $name(&mut self, enable: bool) -> &mut Self {
            self.features.set(WasmFeatures::$feature, enable);
            self
        })*
    };
}

impl Config {
    /// The default configuration.
    pub fn new() -> Self {
        let features = WasmFeatures::WASM3 | WasmFeatures::WIDE_ARITHMETIC;
        Config {
            features,
            options: EngineOptions::default(),
            epoch_interruption: false,
            backtrace_details: WasmBacktraceDetails::Environment.into(),
            emit_clif: None,
            emit_filter: None,
        }
    }

    features! {
        /// Whether modules may use fixed-width SIMD.
        wasm_simd => SIMD;
        /// Whether modules may use relaxed SIMD.
        wasm_relaxed_simd => RELAXED_SIMD;
        /// Whether modules may use bulk memory operations.
        wasm_bulk_memory => BULK_MEMORY;
        /// Whether modules may use blocks and functions with several results.
        wasm_multi_value => MULTI_VALUE;
        /// Whether modules may use several memories.
        wasm_multi_memory => MULTI_MEMORY;
        /// Whether modules may use memories and tables with 64-bit indices.
        wasm_memory64 => MEMORY64;
        /// Whether modules may use arithmetic in constant expressions.
        wasm_extended_const => EXTENDED_CONST;
        /// Whether modules may use tail calls.
        wasm_tail_call => TAIL_CALL;
        /// Whether modules may use reference types.
        wasm_reference_types => REFERENCE_TYPES;
        /// Whether modules may use typed function references.
        wasm_function_references => FUNCTION_REFERENCES;
        /// Whether modules may use the types of garbage collection. Instructions that make or read objects are
        /// rejected when a module is compiled, until they are implemented.
        wasm_gc => GC;
        /// Whether modules may use exceptions; see [`wasm_gc`](Self::wasm_gc).
        wasm_exceptions => EXCEPTIONS;
        /// Whether modules may use atomic instructions and shared memories.
        wasm_threads => THREADS;
        /// Whether modules may use 128-bit arithmetic.
        wasm_wide_arithmetic => WIDE_ARITHMETIC;
        /// Whether memories may have pages of one byte.
        wasm_custom_page_sizes => CUSTOM_PAGE_SIZES;
    }

    /// Sets all proposals at once.
    pub fn wasm_features(&mut self, features: WasmFeatures, enable: bool) -> &mut Self {
        self.features.set(features, enable);
        self
    }

    /// Whether relaxed SIMD gives the results of the deterministic profile.
    pub fn relaxed_simd_deterministic(&mut self, enable: bool) -> &mut Self {
        self.options.tunables.deterministic_relaxed_simd = enable;
        self
    }

    /// Whether every NaN that arithmetic makes is the canonical one.
    pub fn cranelift_nan_canonicalization(&mut self, enable: bool) -> &mut Self {
        self.options.tunables.canonical_nans = enable;
        self
    }

    /// How hard the optimising compiler tries.
    pub fn cranelift_opt_level(&mut self, level: OptLevel) -> &mut Self {
        self.options.tunables.optimize = level != OptLevel::None;
        self
    }

    /// How the optimising compiler allocates registers.
    pub fn cranelift_regalloc_algorithm(&mut self, algorithm: RegallocAlgorithm) -> &mut Self {
        self.options.tunables.one_pass_registers = algorithm == RegallocAlgorithm::SinglePass;
        self
    }

    /// Optimises no functions but those whose indices are in a range: an aid for finding the function that the optimising
    /// compiler gets wrong, as `transom bisect` does. The others get their registers in one pass, as with
    /// [`RegallocAlgorithm::SinglePass`]. All functions are optimised by default.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::new(Config::new().optimized_functions(1..))?;
    /// Module::new(&engine, "(module (func $not_optimised) (func $optimised))")?;
    /// # Ok::<(), Error>(())
    /// ```
    pub fn optimized_functions(&mut self, functions: impl RangeBounds<u32>) -> &mut Self {
        let start = match functions.start_bound() {
            Bound::Included(&start) => start,
            Bound::Excluded(&start) => start.saturating_add(1),
            Bound::Unbounded => 0,
        };
        let end = match functions.end_bound() {
            Bound::Included(&end) => end.saturating_add(1),
            Bound::Excluded(&end) => end,
            Bound::Unbounded => u32::MAX,
        };
        self.options.tunables.optimized_functions = Some(start..end);
        self
    }

    /// Writes each function's Cranelift IR and machine code to files in a folder that exists, for people to look at. Their
    /// names are `wasm-N-NAME` with the function's index and name, and an ending: `clif` for the IR as it was
    /// translated, `opt.clif` as it was optimised, `asm` for a listing, `bin` for the bytes. A file that can't be written fails
    /// the compilation.
    pub fn emit_clif(&mut self, folder: &Path) -> &mut Self {
        self.emit_clif = Some(folder.to_owned());
        self
    }

    /// Restricts [`emit_clif`](Self::emit_clif) to the functions for which `filter` returns true, given the index and the
    /// name, which is that of the first export if the function has no other. The calls come from the threads that compile.
    pub fn emit_clif_filter(
        &mut self,
        filter: impl Fn(u32, Option<&str>) -> bool + Send + Sync + 'static,
    ) -> &mut Self {
        self.emit_filter = Some(EmitFilter::new(filter));
        self
    }

    /// Whether modules are compiled on all cores. On by default.
    pub fn parallel_compilation(&mut self, parallel: bool) -> &mut Self {
        self.options.parallel_compilation = parallel;
        self
    }

    /// Calls a function now and then while a module is compiled, at most a hundred times, and at its end. The calls
    /// come from the threads that compile, so a later one may overtake an earlier one.
    ///
    /// ```
    /// # use transom::*;
    /// let mut config = Config::new();
    /// config.compile_progress(|progress| println!("{} of {} bytes", progress.done, progress.total));
    /// Module::new(&Engine::new(&config)?, "(module (func) (func))")?;
    /// # Ok::<(), Error>(())
    /// ```
    pub fn compile_progress(
        &mut self,
        progress: impl Fn(CompileProgress) + Send + Sync + 'static,
    ) -> &mut Self {
        self.options.progress = Some(ProgressHook::new(progress));
        self
    }

    /// Asks a function before each function of a module is compiled whether the compilation is to end there, which
    /// [`Module::new`](crate::Module::new) then reports as an error. The calls come from the threads that compile. A limit on
    /// the size of one function bounds the time between two calls.
    ///
    /// ```
    /// # use transom::*;
    /// # use std::time::{Duration, Instant};
    /// let end = Instant::now() + Duration::from_secs(10);
    /// let mut config = Config::new();
    /// config.compile_interrupt(move || Instant::now() > end);
    /// Module::new(&Engine::new(&config)?, "(module (func))")?;
    /// # Ok::<(), Error>(())
    /// ```
    pub fn compile_interrupt(&mut self, stop: impl Fn() -> bool + Send + Sync + 'static) -> &mut Self {
        self.options.compile_interrupt = Some(CompileInterrupt::new(stop));
        self
    }

    /// What `perf` is told of compiled code, nothing by default. [`Engine::new`](crate::Engine::new) fails if the file can't be
    /// written that the strategy needs; so does [`Module::new`](crate::Module::new) if there is no room for more.
    ///
    /// ```
    /// # use transom::*;
    /// let mut config = Config::new();
    /// config.profiler(ProfilingStrategy::PerfMap);
    /// let engine = Engine::new(&config)?;
    /// Module::new(&engine, "(module (func $busy (loop (br 0))))")?;
    /// let map = std::fs::read_to_string(format!("/tmp/perf-{}.map", std::process::id()))?;
    /// assert!(map.trim_end().ends_with(" busy"));
    /// # std::fs::remove_file(format!("/tmp/perf-{}.map", std::process::id()))?;
    /// # Ok::<(), Error>(())
    /// ```
    pub fn profiler(&mut self, profile: ProfilingStrategy) -> &mut Self {
        self.options.profiling = profile;
        self
    }

    /// Bytes of stack that a program may use, 512 KiB by default. What the program calls of the host comes on top: the last
    /// 128 KiB of a thread's stack are never a program's, however large the value. So on a thread with less than this plus
    /// 144 KiB programs have less, down to nothing, and trap earlier.
    pub fn max_wasm_stack(&mut self, size: usize) -> &mut Self {
        self.options.max_wasm_stack = size;
        self
    }

    /// Bytes of address space reserved for a memory, 4 GiB by default. With less, every access is compared with
    /// the memory's length.
    pub fn memory_reservation(&mut self, bytes: u64) -> &mut Self {
        self.options.tunables.memory_reservation = bytes;
        self
    }

    /// Bytes of address space kept inaccessible behind a memory, 32 MiB by default.
    pub fn memory_guard_size(&mut self, bytes: u64) -> &mut Self {
        self.options.tunables.memory_guard = bytes;
        self
    }

    /// Whether addresses before a memory are kept inaccessible as well, on by default: 2 GiB if
    /// [`memory_reservation`](Self::memory_reservation) is 4 GiB or more, else as many as
    /// [`memory_guard_size`](Self::memory_guard_size) says. No correct access comes there; the guard turns what a mistake of
    /// the compiler could do into an end of the process.
    pub fn guard_before_linear_memory(&mut self, enable: bool) -> &mut Self {
        self.options.guard_before = enable;
        self
    }

    /// Whether addresses and indices that fail their check are replaced by zero before they are used, on by default, so
    /// that a processor which runs ahead of the check reads nothing out of bounds (Spectre variant 1). It concerns tables,
    /// arrays, and memories whose accesses are checked. See `docs/security.md` for its cost.
    pub fn speculation_masks(&mut self, enable: bool) -> &mut Self {
        self.options.tunables.mask_speculation = enable;
        self
    }

    /// Collects garbage at every allocation, alternately in the nursery and in all of the heap, moving every object, and
    /// verifies the heap before and after; a heap that is not sound ends the process. For tests of the collector and of what
    /// holds references.
    pub fn gc_zeal(&mut self, enable: bool) -> &mut Self {
        self.options.heap.zeal = enable;
        self
    }

    /// Bytes of memory that a store's garbage-collected heap may take, whatever the store's limiter says, what a collection
    /// copies objects to among them: about two bytes for each byte of an object. A program that needs more ends with
    /// [`Trap::HeapOutOfMemory`](crate::Trap::HeapOutOfMemory).
    pub fn gc_heap_max_size(&mut self, bytes: u64) -> &mut Self {
        self.options.heap.max_bytes = bytes;
        self
    }

    /// Bytes of the part of the garbage-collected heap in which objects are made, to begin with and at most. It grows if many objects survive.
    pub fn gc_nursery_size(&mut self, initial: u32, maximum: u32) -> &mut Self {
        self.options.heap.nursery_size = initial;
        self.options.heap.nursery_max = maximum;
        self
    }

    /// Whether large initial contents of memories are mapped copy-on-write. On by default.
    pub fn memory_init_cow(&mut self, enable: bool) -> &mut Self {
        let default = EngineOptions::default().image_threshold;
        self.options.image_threshold = if enable { default } else { usize::MAX };
        self
    }

    /// Whether new stores begin with an epoch deadline that has come, so that every program needs one of its own.
    /// Programs can be interrupted in any case, at no further cost.
    pub fn epoch_interruption(&mut self, enable: bool) -> &mut Self {
        self.epoch_interruption = enable;
        self
    }

    /// Whether programs use fuel for what they execute, and end with [`Trap::OutOfFuel`](crate::Trap::OutOfFuel) when none is
    /// left. Off by default. A new store has no fuel: see [`Store::set_fuel`](crate::Store::set_fuel).
    ///
    /// | what | fuel |
    /// |---|---|
    /// | entering a function of a module | 1 |
    /// | `nop`, `drop`, `block`, `loop`, `else`, `end`, `return`, `unreachable` | 0 |
    /// | `memory.copy`, `memory.fill`, `memory.init` | 1, and 1 for each started 64 bytes |
    /// | `table.copy`, `table.fill`, `table.grow`, `table.init`, `array.new`, `array.new_default`, `array.new_data`, `array.new_elem`, `array.copy`, `array.fill`, `array.init_data`, `array.init_elem` | 1, and 1 for each started 8 elements |
    /// | `struct.new`, `struct.new_default`, `array.new_fixed` | 1, and 1 for each 8 fields or elements |
    /// | every other instruction | 1 |
    ///
    /// Whether any is left is asked where a function is entered, at each turn of a loop, and before the instructions that name
    /// bytes or elements; so a program may use a little more than it has, which is not owed. A program that does the same
    /// uses the same fuel, and runs out of it in the same place, whatever else the configuration says. Of the instructions that
    /// were executed since the last branch, call or end of a block, none counts if a trap other than `unreachable` follows.
    pub fn consume_fuel(&mut self, enable: bool) -> &mut Self {
        self.options.tunables.consume_fuel = enable;
        self
    }

    /// Whether `i32.ctz` is translated as `i32.clz` in functions that are optimised, for tests of what compares engines and of
    /// what looks for the function at fault.
    #[cfg(feature = "planted-bug")]
    #[doc(hidden)]
    pub fn planted_bug(&mut self, enable: bool) -> &mut Self {
        self.options.tunables.planted_bug = enable;
        self
    }

    /// Whether errors carry a [`WasmBacktrace`](crate::WasmBacktrace). On by default.
    pub fn wasm_backtrace(&mut self, enable: bool) -> &mut Self {
        let default = EngineOptions::default().backtrace_frames;
        self.options.backtrace_frames = if enable { default } else { 0 };
        self
    }

    /// How many frames a backtrace shows at most, 20 by default.
    pub fn wasm_backtrace_max_frames(&mut self, limit: Option<std::num::NonZeroUsize>) -> &mut Self {
        self.options.backtrace_frames = limit.map_or(0, Into::into);
        self
    }

    /// Whether backtraces name files and lines, which takes as long as reading the debug information of the modules in
    /// them, once for each module. By default the environment says so.
    pub fn wasm_backtrace_details(&mut self, details: WasmBacktraceDetails) -> &mut Self {
        self.backtrace_details = details.into();
        self
    }
}

impl Default for Config {
    fn default() -> Self {
        Config::new()
    }
}
