//! What all stores and modules of an engine share.

use crate::enough_stack::with_stack;
use crate::epoch::Epoch;
use crate::fiber_stacks::{FiberOptions, FiberStacks};
use crate::heap_spaces::HeapSpaces;
use crate::memory::kept::{KeptMemories, KeptSpaces};
use crate::pool::{Lease, Numbers, Pool, PoolConcurrencyLimitError, PoolOptions};
use crate::progress::{CompileInterrupt, ProgressHook};
use crate::raw::backing::MakeMemory;
use crate::raw::enter::on_fault;
use crate::tuning;
use crate::workers::Workers;
use std::sync::Arc;
use std::time::{Duration, Instant};
use transom_code::{AdapterKind, Compiler, ComponentCall, Shape, Tunables};
use transom_codespace::{Adapters, CodeBudget, Profiler, ProfilingStrategy, Publisher};
use transom_gc::HeapOptions;
use transom_types::TypeRegistry;

/// How an engine behaves, apart from its compiler.
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// Choices built into machine code.
    pub tunables: Tunables,
    /// How memories are laid out, apart from what code knows of it.
    pub memories: MemoryOptions,
    /// Bytes of stack that compiled code may use.
    pub max_wasm_stack: usize,
    /// How many frames a backtrace describes.
    pub backtrace_frames: usize,
    /// How modules are compiled.
    pub compilation: CompileOptions,
    /// The most bytes of machine code of all modules together.
    pub max_code_memory: usize,
    /// What a profiler of the system is told of compiled code.
    pub profiling: ProfilingStrategy,
    /// Whether debuggers of the system are told of compiled code.
    pub debugger: bool,
    /// Bytes of initial contents from which a memory's image is mapped rather than copied.
    pub image_threshold: usize,
    /// What the engine's stores may have at the same time, if that is bounded.
    pub pool: Option<PoolOptions>,
    /// How heaps of objects behave.
    pub heap: HeapOptions,
    /// Stacks of programs that can wait.
    pub fibers: FiberOptions,
}

impl Default for EngineOptions {
    fn default() -> Self {
        EngineOptions {
            tunables: Tunables::default(),
            memories: MemoryOptions::default(),
            max_wasm_stack: 512 << 10,
            backtrace_frames: 20,
            compilation: CompileOptions::default(),
            max_code_memory: usize::MAX,
            profiling: ProfilingStrategy::None,
            debugger: false,
            image_threshold: 64 << 10,
            pool: None,
            heap: HeapOptions::default(),
            fibers: FiberOptions::default(),
        }
    }
}

/// How memories are laid out, apart from what code knows of it.
#[derive(Clone)]
pub struct MemoryOptions {
    /// Whether memories have a guard before their first byte too.
    pub guard_before: bool,
    /// Whether a memory that outgrows its reservation moves. Otherwise it does not grow then.
    pub may_move: bool,
    /// Bytes that are reserved beyond the size of a memory that is larger than the usual reservation, or has moved. Half of its
    /// size when it moves, and none before, if nothing is said.
    pub room_for_growth: Option<u64>,
    /// Whether there may be shared memories.
    pub shared: bool,
    /// What is kept of dropped memories for new ones.
    pub kept: KeptMemories,
    /// What makes memories that are not shared, unless it is the system.
    pub make: Option<MakeMemory>,
}

impl std::fmt::Debug for MemoryOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryOptions")
            .field("guard_before", &self.guard_before)
            .field("may_move", &self.may_move)
            .field("room_for_growth", &self.room_for_growth)
            .field("shared", &self.shared)
            .field("kept", &self.kept)
            .finish_non_exhaustive()
    }
}

impl Default for MemoryOptions {
    fn default() -> MemoryOptions {
        MemoryOptions {
            guard_before: true,
            may_move: true,
            room_for_growth: None,
            shared: true,
            kept: KeptMemories::default(),
            make: None,
        }
    }
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, |count| count.get())
}

/// Half of the processors, and at least one: the others run programs.
fn default_threads() -> usize {
    /// More threads hardly find functions that are worth it.
    const MOST: usize = 4;
    (processors() / 2).clamp(1, MOST)
}

/// How modules are compiled, apart from the compiler.
#[derive(Clone, Debug)]
pub struct CompileOptions {
    /// Whether modules are compiled on all cores.
    pub parallel: bool,
    /// Who is told how far compilations are.
    pub progress: Option<ProgressHook>,
    /// Whether compilations are to end early.
    pub interrupt: Option<CompileInterrupt>,
    /// The most threads that compile functions once more.
    pub threads: usize,
    /// How functions are compiled once more that run often, if there is a compiler for that.
    pub tier_up: TierUp,
}

impl Default for CompileOptions {
    fn default() -> CompileOptions {
        CompileOptions {
            parallel: true,
            progress: None,
            interrupt: None,
            threads: default_threads(),
            tier_up: TierUp::default(),
        }
    }
}

/// How functions are compiled once more that run often.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TierUp {
    /// Threads of the engine compile, and the program goes on meanwhile; otherwise the program waits.
    pub background: bool,
    /// Bytes of baseline code that are executed between two samples.
    pub sample: i32,
    /// How often as many samples as usual it takes. With 0, the first of a function is enough, and that at a loop is for code that
    /// begins there.
    pub patience: u16,
}

impl Default for TierUp {
    fn default() -> TierUp {
        TierUp {
            background: true,
            sample: tuning::SAMPLE,
            patience: match processors() {
                1 => tuning::SHARED,
                _ => 1,
            },
        }
    }
}

/// The compilers of an engine.
pub struct Compilers {
    /// Compiles adapters, and all functions of modules that are compiled as a whole.
    pub whole: Box<dyn Compiler>,
    /// Compiles functions when they are first called; `None` if modules are compiled as a whole.
    pub first_call: Option<Box<dyn Compiler>>,
    /// Compiles functions once more that run often; `None` if functions are compiled once.
    pub tier_up: Option<Box<dyn Compiler>>,
}

/// Modules are compiled as a whole.
impl From<Box<dyn Compiler>> for Compilers {
    fn from(whole: Box<dyn Compiler>) -> Compilers {
        Compilers {
            whole,
            first_call: None,
            tier_up: None,
        }
    }
}

/// Types, compilers and their adapters, and address space to use again.
pub struct Engine {
    registry: TypeRegistry,
    compilers: Compilers,
    options: EngineOptions,
    publisher: Publisher,
    runtime: Runtime,
    adapters: Adapters,
    spaces: KeptSpaces,
    heap_spaces: HeapSpaces,
    pool: Option<Arc<Pool>>,
    workers: Workers,
    fiber_stacks: FiberStacks,
    epoch: Epoch,
}

/// What compiled code calls, by address.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Runtime {
    /// Called by polls.
    pub poll: usize,
    /// Called by baseline code when a budget is used up.
    pub tick: usize,
    /// Called by checks of fuel.
    pub out_of_fuel: usize,
    /// Reached by calls of functions that have no code yet.
    pub first_call: usize,
    /// Called by instructions, in the order of `Libcall::ALL`.
    pub libcalls: &'static [usize],
}

impl Engine {
    /// An engine with compilers whose modules' types are in `registry`.
    ///
    /// # Errors
    ///
    /// The system does not let the process handle faults, or the profiler's file can't be written.
    pub(crate) fn with_runtime(
        registry: TypeRegistry,
        compilers: Compilers,
        options: EngineOptions,
        runtime: Runtime,
    ) -> transom_error::Result<Engine> {
        transom_sys::install_fault_handler(on_fault)?;
        Ok(Engine {
            registry,
            compilers,
            publisher: Publisher {
                profiler: Profiler::open(options.profiling)?,
                budget: Arc::new(CodeBudget::new(options.max_code_memory)),
                debugger: options.debugger,
                suffix: "",
            },
            workers: Workers::new(options.compilation.threads),
            fiber_stacks: FiberStacks::new(options.fibers.clone()),
            spaces: KeptSpaces::new(options.memories.kept.clone()),
            heap_spaces: HeapSpaces::new(options.memories.kept.clone()),
            pool: options.pool.clone().map(Pool::new).map(Arc::new),
            options,
            runtime,
            adapters: Adapters::default(),
            epoch: Epoch::default(),
        })
    }

    /// The types.
    pub fn registry(&self) -> &TypeRegistry {
        &self.registry
    }

    /// The compiler of adapters, and of modules that are compiled as a whole.
    pub fn compiler(&self) -> &dyn Compiler {
        &*self.compilers.whole
    }

    /// The compiler of functions that are called for the first time, if modules are not compiled as a whole.
    pub fn first_call_compiler(&self) -> Option<&dyn Compiler> {
        self.compilers.first_call.as_deref()
    }

    /// The compiler of functions that run often, if there is one.
    pub fn tier_up_compiler(&self) -> Option<&dyn Compiler> {
        self.compilers.tier_up.as_deref()
    }

    /// The stacks that no fiber uses.
    pub(crate) fn fiber_stacks(&self) -> &FiberStacks {
        &self.fiber_stacks
    }

    /// Waits until nothing is compiled in the background but very large functions, at most so long; whether that is so.
    pub fn wait_for_compilation(&self, limit: Duration) -> bool {
        /// A compilation takes some hundred microseconds at least.
        const STEP: Duration = Duration::from_micros(200);
        let begun = Instant::now();
        loop {
            if self.workers.is_quiet() {
                return true;
            }
            let left = limit.saturating_sub(begun.elapsed());
            if left.is_zero() {
                return false;
            }
            std::thread::sleep(left.min(STEP));
        }
    }

    /// The threads that compile in the background.
    pub(crate) fn workers(&self) -> &Workers {
        &self.workers
    }

    /// Bytes of baseline code that a program executes between two ticks.
    pub(crate) fn sample(&self) -> i32 {
        match self.compilers.tier_up {
            Some(_) => self.options.compilation.tier_up.sample,
            None => i32::MAX,
        }
    }

    /// Bytes of machine code of all modules and adapters, with their slots and stubs.
    pub fn code_memory(&self) -> usize {
        self.publisher.budget.used()
    }

    /// How the engine behaves.
    pub fn options(&self) -> &EngineOptions {
        &self.options
    }

    /// What publishing code needs.
    pub(crate) fn publisher(&self) -> &Publisher {
        &self.publisher
    }

    /// The address of an adapter, made if this is the first function of its shape. It is valid as long as the
    /// engine.
    ///
    /// # Errors
    ///
    /// It can't be compiled, since the shape is beyond a limit of the compiler, or not made executable.
    pub fn adapter(&self, kind: AdapterKind, shape: &Shape) -> transom_error::Result<usize> {
        self.adapters
            .address((kind, shape), self.compiler(), self.publisher())
    }

    /// The address of the adapter for calls from one component to another, by the compiler of the best code. `None` if it makes none. Programs may ask for it.
    ///
    /// # Errors
    ///
    /// It can't be compiled or not made executable, or there is no thread to compile it on.
    pub(crate) fn component_adapter(&self, call: &ComponentCall) -> transom_error::Result<Option<usize>> {
        let compiler = self.best_compiler();
        with_stack(compiler.stack_size(), || {
            self.adapters.between(call, compiler, self.publisher())
        })?
    }

    /// The compiler of the best code that the engine has.
    pub(crate) fn best_compiler(&self) -> &dyn Compiler {
        self.tier_up_compiler().unwrap_or(self.compiler())
    }

    /// What compiled code calls.
    pub(crate) fn runtime(&self) -> Runtime {
        self.runtime
    }

    /// The address space of dropped memories.
    pub(crate) fn spaces(&self) -> &KeptSpaces {
        &self.spaces
    }

    /// The address space of dropped heaps.
    pub(crate) fn heap_spaces(&self) -> &HeapSpaces {
        &self.heap_spaces
    }

    /// How many memories' address spaces are kept, and how many of their bytes are in memory.
    pub fn kept_memories(&self) -> (usize, usize) {
        self.spaces.kept()
    }

    /// How many stacks are kept, and how many of their bytes may be in memory.
    pub fn kept_stacks(&self) -> (usize, usize) {
        self.fiber_stacks.kept()
    }

    /// What the engine's stores have, and may have, if that is bounded.
    pub fn pool(&self) -> Option<&Arc<Pool>> {
        self.pool.as_ref()
    }

    /// Takes places in the engine's pool, if it has one.
    ///
    /// # Errors
    ///
    /// They are taken, and stay so for as long as the engine is to wait.
    pub(crate) fn lease(&self, wanted: Numbers) -> Result<Lease, PoolConcurrencyLimitError> {
        match &self.pool {
            Some(pool) => pool.take(wanted),
            None => Ok(Lease::default()),
        }
    }

    /// The engine's epoch.
    pub fn epoch(&self) -> u64 {
        self.epoch.current()
    }

    /// Begins the next epoch: programs whose deadline has come are asked to stop. Callable from any thread; takes
    /// a lock for as long as it takes to look at every store.
    pub fn increment_epoch(&self) {
        self.epoch.increment();
    }

    /// What stores follow.
    pub(crate) fn epochs(&self) -> &Epoch {
        &self.epoch
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("compiler", &self.compiler().name())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(crate) mod tests;
