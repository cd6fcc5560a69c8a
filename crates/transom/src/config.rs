//! The configuration of an engine.

pub(crate) mod cache;
pub(crate) mod code;
pub(crate) mod collector;
pub(crate) mod memories;
pub(crate) mod operator_cost;
pub(crate) mod pool;
mod proposals;
mod requests;
mod stacks;

use crate::Strategy;
use crate::tiers::Tiers;
use cache::Cache;
use requests::Requests;
use std::fmt::Display;
use std::ops::{Bound, RangeBounds};
use std::path::{Path, PathBuf};
use transom_component::FROZEN;
use transom_module::WasmFeatures;
use transom_optimizer::EmitFilter;
use transom_vm::{CompileInterrupt, CompileProgress, EngineOptions, ProfilingStrategy, ProgressHook, TierUp};

/// The optimisation level of the optimising compiler.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum OptLevel {
    /// No optimisation, for short compilation times.
    None,
    /// Optimise for speed.
    #[default]
    Speed,
    /// Optimise for speed, and prefer the smaller of two equally fast alternatives. This is currently the same as
    /// [`Speed`](Self::Speed).
    SpeedAndSize,
}

/// The register allocation algorithm of the optimising compiler.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum RegallocAlgorithm {
    /// Produces fast code. For functions with more than 8,000 locals and operands, or with more than 20,000 blocks,
    /// this algorithm would take seconds to minutes. Such functions are compiled as with
    /// [`SinglePass`](Self::SinglePass), and are not optimised.
    #[default]
    Backtracking,
    /// Takes time that grows with the size of the function, and produces slower code. Functions are not optimised.
    SinglePass,
}

/// Whether backtraces contain files and lines from the debug information of modules.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WasmBacktraceDetails {
    /// Backtraces contain files and lines.
    Enable,
    /// Backtraces contain no files and lines.
    Disable,
    /// Backtraces contain files and lines if the environment variable `TRANSOM_BACKTRACE_DETAILS` is `1`.
    /// [`Config::wasm_backtrace_details`] reads the variable, and so does [`Config::new`] for the default.
    Environment,
}

/// The environment variable of [`WasmBacktraceDetails::Environment`].
pub(crate) const DETAILS_VARIABLE: &str = "TRANSOM_BACKTRACE_DETAILS";

/// A resolved [`WasmBacktraceDetails`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Details {
    Wanted,
    Unwanted,
    /// Unwanted, but the environment variable can change that.
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
/// By default, all implemented features of WebAssembly 3.0 and wide arithmetic are enabled.
///
/// A setting that Transom cannot keep is never ignored: [`Engine::new`](crate::Engine::new) fails, and the error says why. Settings that
/// could not change anything that a program or its host notices have no effect, and their documentation says so.
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
    strategy: Option<Strategy>,
    pub(crate) epoch_interruption: bool,
    async_stack_size: Option<usize>,
    pub(crate) backtrace_details: Details,
    pub(crate) coredump_on_trap: bool,
    pub(crate) emit_clif: Option<PathBuf>,
    pub(crate) emit_filter: Option<EmitFilter>,
    pub(crate) tests: ForTests,
    pub(crate) storing: Storing,
    pub(crate) requests: Requests,
}

/// What becomes of compiled code.
#[derive(Clone, Default, Debug)]
pub(crate) struct Storing {
    pub(crate) cache: Option<Cache>,
    /// The version of artifacts, if one was set.
    pub(crate) version: Option<String>,
}

/// Settings for tests.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct ForTests {
    pub(crate) tiers: Tiers,
    pub(crate) through_artifacts: bool,
    /// After how many calls from one component to another there is code for further ones, if not the usual number.
    pub(crate) component_code_after: Option<u32>,
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
        let features = WasmFeatures::WASM3 | WasmFeatures::WIDE_ARITHMETIC | FROZEN;
        Config {
            features,
            options: EngineOptions::default(),
            strategy: None,
            epoch_interruption: false,
            async_stack_size: None,
            backtrace_details: WasmBacktraceDetails::Environment.into(),
            coredump_on_trap: false,
            emit_clif: None,
            emit_filter: None,
            tests: ForTests::default(),
            storing: Storing::default(),
            requests: Requests::default(),
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
        /// Whether modules may use garbage-collected types: structures, arrays and `i31`.
        wasm_gc => GC;
        /// Whether modules may use exceptions.
        wasm_exceptions => EXCEPTIONS;
        /// Whether modules may use exceptions of the legacy proposal: `try`, `catch`, `catch_all`, `delegate` and `rethrow`, as
        /// Emscripten and Kotlin emit them. They can be used together with [`wasm_exceptions`](Self::wasm_exceptions), and
        /// throw and catch the same exceptions. Disabled by default.
        wasm_legacy_exceptions => LEGACY_EXCEPTIONS;
        /// Whether modules may use atomic instructions and shared memories.
        ///
        /// ```
        /// # use transom::*;
        /// let shared = "(module (memory 1 1 shared))";
        /// assert!(Module::new(&Engine::default(), shared).is_ok());
        /// let engine = Engine::new(Config::new().wasm_threads(false))?;
        /// assert!(Module::new(&engine, shared).is_err());
        /// # Ok::<(), Error>(())
        /// ```
        wasm_threads => THREADS;
        /// Whether modules may use 128-bit arithmetic.
        wasm_wide_arithmetic => WIDE_ARITHMETIC;
        /// Whether memories may have pages of one byte.
        ///
        /// ```
        /// # use transom::*;
        /// let engine = Engine::new(Config::new().wasm_custom_page_sizes(true))?;
        /// let module = Module::new(&engine, r#"(module (memory (export "m") 100 (pagesize 1)))"#)?;
        /// let mut store = Store::new(&engine, ());
        /// let memory = Instance::new(&mut store, &module, &[])?.get_memory(&mut store, "m").expect("exported");
        /// assert_eq!(memory.data_size(&store), 100);
        /// # Ok::<(), Error>(())
        /// ```
        wasm_custom_page_sizes => CUSTOM_PAGE_SIZES;
    }

    /// Enables or disables a set of features.
    ///
    /// ```
    /// # use transom::*;
    /// let mut config = Config::new();
    /// config.wasm_features(WasmFeatures::GC | WasmFeatures::EXCEPTIONS, false);
    /// let engine = Engine::new(&config)?;
    /// assert!(Module::new(&engine, "(module (type (struct)))").is_err());
    /// assert!(Module::new(&engine, "(module (tag))").is_err());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn wasm_features(&mut self, features: WasmFeatures, enable: bool) -> &mut Self {
        self.features.set(features, enable);
        self
    }

    /// Notes the value of a setter, and why there can be no engine with it, if that is so.
    fn judge(
        &mut self,
        setter: &'static str,
        value: impl Display,
        problem: Option<&'static str>,
    ) -> &mut Self {
        self.requests.note(setter, value.to_string(), problem);
        self
    }

    /// Why there can be no engine with this configuration, as far as that does not depend on the machine.
    pub(crate) fn refusal(&self) -> Option<String> {
        self.features_refusal().or_else(|| self.requests.refusal())
    }

    /// Whether relaxed SIMD instructions return the results of the deterministic profile.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::new(Config::new().relaxed_simd_deterministic(true))?;
    /// let module = Module::new(&engine, r#"(module (func (export "nan to integer") (result i32)
    ///     (i32x4.extract_lane 0 (i32x4.relaxed_trunc_f32x4_s (v128.const f32x4 nan 0 0 0)))))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// let instance = Instance::new(&mut store, &module, &[])?;
    /// let f = instance.get_typed_func::<(), i32>(&mut store, "nan to integer")?;
    /// assert_eq!(f.call(&mut store, ())?, 0, "otherwise it depends on the processor");
    /// # Ok::<(), Error>(())
    /// ```
    pub fn relaxed_simd_deterministic(&mut self, enable: bool) -> &mut Self {
        self.options.tunables.deterministic_relaxed_simd = enable;
        self
    }

    /// Whether every NaN result of an arithmetic instruction is the canonical NaN.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::new(Config::new().cranelift_nan_canonicalization(true))?;
    /// let module = Module::new(&engine, r#"(module (func (export "div") (param f32 f32) (result f32)
    ///     (f32.div (local.get 0) (local.get 1))))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// let div = Instance::new(&mut store, &module, &[])?.get_typed_func::<(f32, f32), f32>(&mut store, "div")?;
    /// assert_eq!(div.call(&mut store, (0.0, 0.0))?.to_bits(), 0x7fc0_0000);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn cranelift_nan_canonicalization(&mut self, enable: bool) -> &mut Self {
        self.options.tunables.canonical_nans = enable;
        self
    }

    /// When functions are compiled, and by which compiler. [`Strategy::Tiered`] by default; but [`Strategy::Optimized`] if another
    /// setting of the configuration is about the code of the optimising compiler, such as [`emit_clif`](Self::emit_clif) or
    /// [`cranelift_opt_level`](Self::cranelift_opt_level).
    ///
    /// With a strategy that compiles functions when they are first called, a function that cannot be compiled is an error of
    /// the call, and [`compile_interrupt`](Self::compile_interrupt) is asked before each of these compilations.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::new(Config::new().compilation(Strategy::Baseline))?;
    /// let module = Module::new(&engine, r#"(module (func (export "called")) (func (export "not called")))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// let instance = Instance::new(&mut store, &module, &[])?;
    /// instance.get_typed_func::<(), ()>(&mut store, "called")?.call(&mut store, ())?;
    /// assert_eq!(module.statistics().compiled_functions, 1);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn compilation(&mut self, strategy: Strategy) -> &mut Self {
        self.strategy = Some(strategy);
        self
    }

    /// A setting is about the code of the optimising compiler: who wants to choose that wants it.
    fn optimized(&mut self) -> &mut Self {
        self.strategy.get_or_insert(Strategy::Optimized);
        self
    }

    /// The strategy that was chosen, or follows from other settings.
    pub(crate) fn chosen_strategy(&self) -> Strategy {
        self.strategy.unwrap_or_default()
    }

    /// The same as [`compilation`](Self::compilation), by the name that the `wasmtime` crate has for it.
    pub fn strategy(&mut self, strategy: Strategy) -> &mut Self {
        self.compilation(strategy)
    }

    /// The maximum size of the machine code of all modules of the engine in bytes, with what it takes to call functions that
    /// are not compiled yet. Unlimited by default; a process has room for 2 GiB. When the limit is reached,
    /// [`Module::new`](crate::Module::new) returns an error, and so does the call of a function that would be compiled then. Functions
    /// are compiled once more only within half of it.
    ///
    /// ```
    /// # use transom::*;
    /// let mut config = Config::new();
    /// config.compilation(Strategy::Optimized).max_code_memory(1000);
    /// let engine = Engine::new(&config)?;
    /// let functions = "(func (drop (i32.div_s (i32.const 1) (i32.const 0))))".repeat(1000);
    /// assert!(Module::new(&engine, format!("(module {functions})")).is_err());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn max_code_memory(&mut self, bytes: usize) -> &mut Self {
        self.options.max_code_memory = bytes;
        self
    }

    /// The optimisation level of the optimising compiler.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::new(Config::new().cranelift_opt_level(OptLevel::None))?;
    /// assert_eq!(engine.get_strategy(), Some(Strategy::Optimized), "the setting is about this compiler");
    /// # Ok::<(), Error>(())
    /// ```
    pub fn cranelift_opt_level(&mut self, level: OptLevel) -> &mut Self {
        self.options.tunables.optimize = level != OptLevel::None;
        self.optimized()
    }

    /// The register allocation algorithm of the optimising compiler.
    pub fn cranelift_regalloc_algorithm(&mut self, algorithm: RegallocAlgorithm) -> &mut Self {
        self.options.tunables.one_pass_registers = algorithm == RegallocAlgorithm::SinglePass;
        self.optimized()
    }

    /// Optimises only the functions whose indices are in a range. This helps to find a function that the optimising
    /// compiler miscompiles, as in `transom bisect`. Registers of all other functions are allocated in one pass, as
    /// with [`RegallocAlgorithm::SinglePass`]. By default, all functions are optimised.
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
        self.optimized()
    }

    /// Writes the Cranelift IR and the machine code of each function to files in an existing folder, for inspection.
    /// The name of a file is `wasm-N-NAME`, with the index and the name of the function, and an extension: `clif` for
    /// the IR after translation, `opt.clif` for the optimised IR, `asm` for a listing, and `bin` for the bytes. If a
    /// file cannot be written, the compilation fails.
    ///
    /// ```
    /// # use transom::*;
    /// let folder = tempfile::tempdir()?;
    /// let engine = Engine::new(Config::new().emit_clif(folder.path()))?;
    /// Module::new(&engine, "(module (func $add (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))")?;
    /// let ir = std::fs::read_to_string(folder.path().join("wasm-0-add.clif"))?;
    /// assert!(ir.contains("iadd"));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn emit_clif(&mut self, folder: &Path) -> &mut Self {
        self.emit_clif = Some(folder.to_owned());
        self.optimized()
    }

    /// Restricts [`emit_clif`](Self::emit_clif) to the functions for which `filter` returns true. The arguments of
    /// `filter` are the index of a function and its name, or the name of its first export if it has no other name.
    /// The compiling threads call `filter`.
    pub fn emit_clif_filter(
        &mut self,
        filter: impl Fn(u32, Option<&str>) -> bool + Send + Sync + 'static,
    ) -> &mut Self {
        self.emit_filter = Some(EmitFilter::new(filter));
        self
    }

    /// Whether modules are compiled on all cores. Enabled by default.
    pub fn parallel_compilation(&mut self, parallel: bool) -> &mut Self {
        self.options.compilation.parallel = parallel;
        self
    }

    /// The maximum number of threads that compile functions once more in the background, with [`Strategy::Tiered`]. Half of the
    /// processors by default, at least 1 and at most 4. With 0, no function is compiled once more. Threads are started when they are
    /// needed, and end when they were not for 2 seconds.
    pub fn compiler_threads(&mut self, threads: usize) -> &mut Self {
        self.options.compilation.threads = threads;
        self
    }

    /// Calls a function with the progress of the compilation of a module in [`Module::new`](crate::Module::new): at most a
    /// hundred times during the compilation, and at its end. The compiling threads call the function, so calls may arrive out of order.
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
        self.options.compilation.progress = Some(ProgressHook::new(progress));
        self
    }

    /// Calls a function before each function of a module is compiled. If it returns true, the compilation stops, and
    /// [`Module::new`](crate::Module::new) returns an error. The compiling threads call the function. The limit on
    /// the size of a function bounds the time between two calls.
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
        self.options.compilation.interrupt = Some(CompileInterrupt::new(stop));
        self
    }

    /// The information about compiled code that is written for `perf`, as soon as it is compiled. By default, nothing is written.
    /// [`Engine::new`](crate::Engine::new) fails if the file of the strategy cannot be written.
    /// [`Module::new`](crate::Module::new) fails if the file cannot be extended, for example because the disk is
    /// full.
    ///
    /// ```
    /// # use transom::*;
    /// let mut config = Config::new();
    /// config.profiler(ProfilingStrategy::PerfMap).compilation(Strategy::Optimized);
    /// let engine = Engine::new(&config)?;
    /// Module::new(&engine, "(module (func $busy (loop (br 0))))")?;
    /// let map = std::fs::read_to_string(format!("/tmp/perf-{}.map", std::process::id()))?;
    /// assert!(map.trim_end().ends_with(" busy"));
    /// # std::fs::remove_file(format!("/tmp/perf-{}.map", std::process::id()))?;
    /// # Ok::<(), Error>(())
    /// ```
    pub fn profiler(&mut self, profile: ProfilingStrategy) -> &mut Self {
        self.options.profiling = profile;
        let problem = match profile {
            ProfilingStrategy::None | ProfilingStrategy::PerfMap | ProfilingStrategy::JitDump => None,
            ProfilingStrategy::VTune => {
                Some("nothing is reported to VTune; try: `ProfilingStrategy::JitDump`")
            }
            ProfilingStrategy::Pulley => Some("there is no interpreter; try: `ProfilingStrategy::PerfMap`"),
        };
        self.judge(
            "profiler",
            format_args!("ProfilingStrategy::{profile:?}"),
            problem,
        )
    }

    /// The maximum stack size of a program in bytes, 512 KiB by default. Host functions that the program calls use
    /// additional stack. The last 128 KiB of a thread's stack are reserved for them, whatever the value of `size`. If
    /// the stack of a thread is smaller than `size` plus 144 KiB, programs have less stack, possibly none, and trap
    /// earlier.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::new(Config::new().max_wasm_stack(64 << 10))?;
    /// let module = Module::new(&engine, r#"(module (func $f (export "f") (call $f) (call $f)))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// let f = Instance::new(&mut store, &module, &[])?.get_typed_func::<(), ()>(&mut store, "f")?;
    /// let error = f.call(&mut store, ()).unwrap_err();
    /// assert_eq!(error.downcast::<Trap>()?, Trap::StackOverflow);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn max_wasm_stack(&mut self, size: usize) -> &mut Self {
        self.options.max_wasm_stack = size;
        self
    }

    /// The address space reserved for a memory in bytes, 4 GiB by default. With less than 4 GiB, every access has a
    /// bounds check.
    pub fn memory_reservation(&mut self, bytes: u64) -> &mut Self {
        self.options.tunables.memory_reservation = bytes;
        self
    }

    /// The size of the inaccessible guard region after a memory in bytes, 32 MiB by default.
    pub fn memory_guard_size(&mut self, bytes: u64) -> &mut Self {
        self.options.tunables.memory_guard = bytes;
        self
    }

    /// Whether a memory has an inaccessible guard region before it. Enabled by default. Its size is 2 GiB if
    /// [`memory_reservation`](Self::memory_reservation) is 4 GiB or more, and
    /// [`memory_guard_size`](Self::memory_guard_size) otherwise. Correct code never accesses this region. If a
    /// compiler bug leads to an access, the region makes the process end.
    pub fn guard_before_linear_memory(&mut self, enable: bool) -> &mut Self {
        self.options.memories.guard_before = enable;
        self
    }

    /// Whether an address or index that fails its check is replaced by zero before its use. Enabled by default. This
    /// prevents out-of-bounds reads by speculative execution past the check (Spectre variant 1). It applies to
    /// tables, arrays, and memories with bounds-checked accesses. `docs/security.md` lists its cost.
    pub fn speculation_masks(&mut self, enable: bool) -> &mut Self {
        self.options.tunables.mask_speculation = enable;
        self
    }

    /// Collects garbage at every allocation, alternately in the nursery and in the whole heap. Every collection moves
    /// every object, and verifies the heap before and after. If the heap is corrupt, the process ends. Intended for
    /// tests of the collector and of code that holds references.
    pub fn gc_zeal(&mut self, enable: bool) -> &mut Self {
        self.options.heap.zeal = enable;
        self
    }

    /// Collects garbage at every allocation if a counter is given, as [`gc_zeal`](Self::gc_zeal) does: whatever its value.
    ///
    /// # Errors
    ///
    /// None.
    pub fn gc_zeal_alloc_counter(
        &mut self,
        counter: Option<std::num::NonZeroU32>,
    ) -> crate::Result<&mut Self> {
        Ok(self.gc_zeal(counter.is_some()))
    }

    /// The maximum size of a store's garbage-collected heap in bytes. It applies in addition to the store's limiter.
    /// The size includes the space to which a collection copies objects, so an object takes about two bytes for each
    /// of its bytes. A program that needs more ends with [`Trap::HeapOutOfMemory`](crate::Trap::HeapOutOfMemory).
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::new(Config::new().gc_heap_max_size(1 << 20))?;
    /// let module = Module::new(&engine, r#"(module (type $bytes (array i8))
    ///     (func (export "f") (drop (array.new $bytes (i32.const 0) (i32.const 1000000)))))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// let f = Instance::new(&mut store, &module, &[])?.get_typed_func::<(), ()>(&mut store, "f")?;
    /// assert_eq!(f.call(&mut store, ()).unwrap_err().downcast::<Trap>()?, Trap::HeapOutOfMemory);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn gc_heap_max_size(&mut self, bytes: u64) -> &mut Self {
        self.options.heap.max_bytes = bytes;
        self
    }

    /// The initial and the maximum size of the nursery in bytes. The nursery is the part of the garbage-collected
    /// heap in which new objects are allocated. It grows if many objects survive.
    pub fn gc_nursery_size(&mut self, initial: u32, maximum: u32) -> &mut Self {
        self.options.heap.nursery_size = initial;
        self.options.heap.nursery_max = maximum;
        self
    }

    /// Whether large initial contents of memories are mapped copy-on-write. Enabled by default.
    pub fn memory_init_cow(&mut self, enable: bool) -> &mut Self {
        let default = EngineOptions::default().image_threshold;
        self.options.image_threshold = if enable { default } else { usize::MAX };
        self
    }

    /// Whether new stores start with an expired epoch deadline, so that every program needs a call of
    /// [`Store::set_epoch_deadline`](crate::Store::set_epoch_deadline). Programs can be interrupted with either
    /// setting, and at the same cost.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::new(Config::new().epoch_interruption(true))?;
    /// let module = Module::new(&engine, r#"(module (func (export "f") (loop)))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// let f = Instance::new(&mut store, &module, &[])?.get_typed_func::<(), ()>(&mut store, "f")?;
    /// assert_eq!(f.call(&mut store, ()).unwrap_err().downcast::<Trap>()?, Trap::Interrupt);
    /// store.set_epoch_deadline(1);
    /// f.call(&mut store, ())?;
    /// # Ok::<(), Error>(())
    /// ```
    pub fn epoch_interruption(&mut self, enable: bool) -> &mut Self {
        self.epoch_interruption = enable;
        self
    }

    /// Whether programs consume fuel, and end with [`Trap::OutOfFuel`](crate::Trap::OutOfFuel) when no fuel is left.
    /// Disabled by default. A new store has no fuel; see [`Store::set_fuel`](crate::Store::set_fuel).
    ///
    /// | operation | fuel |
    /// |---|---|
    /// | entry of a function of a module | 1 |
    /// | `nop`, `drop`, `block`, `loop`, `else`, `end`, `return`, `unreachable` | 0 |
    /// | `memory.copy`, `memory.fill`, `memory.init` | 1, and 1 for each started 64 bytes |
    /// | `table.copy`, `table.fill`, `table.grow`, `table.init`, `array.new`, `array.new_default`, `array.new_data`, `array.new_elem`, `array.copy`, `array.fill`, `array.init_data`, `array.init_elem` | 1, and 1 for each started 8 elements |
    /// | `struct.new`, `struct.new_default`, `array.new_fixed` | 1, and 1 for each 8 fields or elements |
    /// | every other instruction | 1 |
    ///
    /// A program tests its remaining fuel at function entry, at each loop iteration, and before each instruction
    /// whose cost depends on an operand. A program may therefore consume slightly more than its fuel; the excess is
    /// not subtracted later. Fuel consumption is deterministic. The same execution consumes the same fuel, and runs
    /// out of fuel at the same point, with every configuration. If a trap other than `unreachable` occurs, the
    /// instructions since the last branch, call or end of a block are not counted.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::new(Config::new().consume_fuel(true))?;
    /// let module = Module::new(&engine, r#"(module (func (export "f") (param i32) (result i32)
    ///     (i32.add (local.get 0) (i32.const 1))))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// let f = Instance::new(&mut store, &module, &[])?.get_typed_func::<i32, i32>(&mut store, "f")?;
    /// store.set_fuel(100)?;
    /// f.call(&mut store, 5)?;
    /// assert_eq!(store.get_fuel()?, 96, "1 for the entry, and 1 for each of three instructions");
    /// # Ok::<(), Error>(())
    /// ```
    pub fn consume_fuel(&mut self, enable: bool) -> &mut Self {
        self.options.tunables.consume_fuel = enable;
        self
    }

    /// Which compiler compiles which function, for tests. A strategy that was chosen before stays, but for [`Tiers::Replaced`] and
    /// [`Tiers::Debugged`].
    #[doc(hidden)]
    pub fn tiers(&mut self, tiers: Tiers) -> &mut Self {
        self.tests.tiers = tiers;
        self.debug_info(tiers == Tiers::Debugged);
        let sample = match tiers {
            Tiers::Replaced(sample) => sample,
            Tiers::Debugged => return self.compilation(Strategy::Baseline),
            _ => return self.optimized(),
        };
        self.options.compilation.tier_up = TierUp {
            background: false,
            sample,
            patience: 0,
        };
        self.compilation(Strategy::Tiered)
    }

    /// Whether the upper halves of registers and slots that hold 32 bits contain garbage wherever they are undefined: in
    /// parameters, results, arguments of the runtime, and slots. For tests: code that relies on them behaves wrongly at once.
    #[doc(hidden)]
    pub fn dirty_upper_halves(&mut self, enable: bool) -> &mut Self {
        self.options.tunables.dirty_upper_halves = enable;
        self
    }

    /// After how many calls from one component to another there is code for further ones. For tests.
    #[doc(hidden)]
    pub fn component_code_after(&mut self, calls: u32) -> &mut Self {
        self.tests.component_code_after = Some(calls);
        self
    }

    /// The cache for the code of modules; `None`, the default, for none.
    pub fn cache(&mut self, cache: Option<Cache>) -> &mut Self {
        self.storing.cache = cache;
        self
    }

    /// Whether each module is written as an artifact and read again before it is used. For tests.
    #[doc(hidden)]
    pub fn through_artifacts(&mut self, enable: bool) -> &mut Self {
        self.tests.through_artifacts = enable;
        self
    }

    /// Whether `i32.ctz` is translated as `i32.clz` in optimised functions. For tests of tools that compare engines
    /// or search for a miscompiled function.
    #[cfg(feature = "planted-bug")]
    #[doc(hidden)]
    pub fn planted_bug(&mut self, enable: bool) -> &mut Self {
        self.options.tunables.planted_bug = enable;
        self.optimized()
    }

    /// Whether errors contain a [`WasmBacktrace`](crate::WasmBacktrace). Enabled by default.
    ///
    /// ```
    /// # use transom::*;
    /// for enabled in [true, false] {
    ///     let engine = Engine::new(Config::new().wasm_backtrace(enabled))?;
    ///     let module = Module::new(&engine, r#"(module (func (export "f") unreachable))"#)?;
    ///     let mut store = Store::new(&engine, ());
    ///     let f = Instance::new(&mut store, &module, &[])?.get_typed_func::<(), ()>(&mut store, "f")?;
    ///     assert_eq!(f.call(&mut store, ()).unwrap_err().is::<WasmBacktrace>(), enabled);
    /// }
    /// # Ok::<(), Error>(())
    /// ```
    pub fn wasm_backtrace(&mut self, enable: bool) -> &mut Self {
        let default = EngineOptions::default().backtrace_frames;
        self.options.backtrace_frames = if enable { default } else { 0 };
        self
    }

    /// The maximum number of frames in a backtrace, 20 by default. `None` disables backtraces.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::new(Config::new().wasm_backtrace_max_frames(std::num::NonZero::new(2)))?;
    /// let module = Module::new(&engine, r#"(module (func $f (export "f") (call $f) (call $f)))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// let f = Instance::new(&mut store, &module, &[])?.get_typed_func::<(), ()>(&mut store, "f")?;
    /// let error = f.call(&mut store, ()).unwrap_err();
    /// let backtrace = error.downcast_ref::<WasmBacktrace>().expect("the stack overflows");
    /// assert_eq!(backtrace.frames().len(), 2);
    /// assert!(backtrace.to_string().contains("more frames"));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn wasm_backtrace_max_frames(&mut self, limit: Option<std::num::NonZeroUsize>) -> &mut Self {
        self.options.backtrace_frames = limit.map_or(0, Into::into);
        self
    }

    /// Whether backtraces contain files and lines. This requires the debug information of the modules in the
    /// backtrace, which is read once for each module. The default is [`WasmBacktraceDetails::Environment`].
    pub fn wasm_backtrace_details(&mut self, details: WasmBacktraceDetails) -> &mut Self {
        self.backtrace_details = details.into();
        self
    }

    /// Whether the errors of programs contain a [`WasmCoreDump`](crate::WasmCoreDump): those with which a program ends that was called.
    /// Disabled by default. The dump lists what the store holds, and copies nothing of it.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::new(Config::new().coredump_on_trap(true))?;
    /// let module = Module::new(&engine, r#"(module (memory 1) (func (export "f") unreachable))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// let instance = Instance::new(&mut store, &module, &[])?;
    /// let f = instance.get_typed_func::<(), ()>(&mut store, "f")?;
    /// let error = f.call(&mut store, ()).unwrap_err();
    /// let dump = error.downcast_ref::<WasmCoreDump>().expect("it is configured");
    /// assert_eq!((dump.frames().len(), dump.memories().len()), (1, 1));
    /// assert!(error.is::<WasmBacktrace>() && error.is::<Trap>());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn coredump_on_trap(&mut self, enable: bool) -> &mut Self {
        self.coredump_on_trap = enable;
        self
    }
}

impl Default for Config {
    fn default() -> Self {
        Config::new()
    }
}
