//! A module ready to be instantiated: description, machine code, and initial contents of memories.

use crate::call_sites::CallSites;
use crate::engine::Engine;
use crate::enough_stack::with_stack;
use crate::first_calls::{FirstCalls, Turn};
use crate::memory::{MemoryImage, images};
use crate::pool::BeyondPool;
use crate::progress::{CompileInterrupt, Progress, Stopwatch};
use crate::promotion::{PromotionCounts, Promotions};
use crate::stored::{CodeStore, Stage};
use rayon::prelude::*;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::{Duration, Instant};
use transom_code::{
    CompileError, CompiledFunction, ComponentCall, LoopEntry, LoopTarget, Source, offsets_of,
};
use transom_codespace::{CodeObject, ModuleCode, PublishError};
use transom_layout::VmOffsets;
use transom_module::{DefinedFuncIdx, Module};
use transom_types::TypeKind;

/// The most functions that a thread compiles before another can take over: few, since functions differ in size so
/// much that the largest may take as long as hundreds of others.
const PARALLEL_FUNCTIONS: usize = 4;

/// Bytes of machine code, from which on the memory that compiling them took is given back before they are copied to where they run:
/// there is much more of it than of code.
const MUCH_CODE: usize = 4 << 20;

/// A compiled module.
#[derive(Debug)]
pub struct CompiledModule {
    engine: Arc<Engine>,
    module: Arc<Module>,
    offsets: VmOffsets,
    code: ModuleCode,
    /// The code of all functions, if the module was compiled as a whole.
    whole: Option<Arc<CodeObject>>,
    /// The functions that are being compiled because they were called, and those that can't be.
    first_calls: TimedFirstCalls,
    /// Code that was compiled before, and is kept for later.
    store: Option<Arc<dyn CodeStore>>,
    /// What calls have led to of functions that may be compiled once more.
    call_sites: CallSites,
    /// The functions that run often, if they are compiled once more.
    promotions: Option<Arc<Promotions>>,
    /// For each of the module's own memories, what its active segments leave there, if that is known beforehand
    /// and large enough to be worth a mapping.
    images: Vec<Option<MemoryImage>>,
    uses_heap: bool,
    compile_time: Duration,
}

/// Functions that are compiled because they were called, and the time that took.
#[derive(Debug, Default)]
struct TimedFirstCalls {
    calls: FirstCalls<CompileError>,
    time: Stopwatch,
}

/// Why a module could not be made ready.
#[derive(Debug, thiserror::Error)]
pub enum CompileModuleError {
    /// A function could not be compiled.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// The code could not be made executable.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// There is no thread with enough stack to compile a function on.
    #[error("cannot start a thread for compilation")]
    Thread(#[from] io::Error),
    /// No instance of it can be in the engine's pool.
    #[error(transparent)]
    Pool(#[from] BeyondPool),
    /// The host has ended it.
    #[error("compilation interrupted by the host before function {0}")]
    Interrupted(u32),
}

impl CompiledModule {
    /// Compiles all functions of a valid module, or, if the engine compiles functions when they are first called, makes it ready
    /// for that. What is in the store is not compiled.
    ///
    /// # Errors
    ///
    /// It does not fit into the engine's pool, a function can't be compiled, or its code can't be made executable.
    pub fn new(
        engine: &Arc<Engine>,
        module: Arc<Module>,
        store: Option<Arc<dyn CodeStore>>,
    ) -> Result<CompiledModule, CompileModuleError> {
        let start = Instant::now();
        let offsets = offsets_of(&module);
        if let Some(pool) = engine.pool() {
            pool.check_module(&module, &offsets)?;
        }
        let publisher = engine.publisher();
        let (code, whole) = if engine.first_call_compiler().is_some() {
            let runtime = engine.runtime().first_call;
            (
                ModuleCode::on_first_call(module.clone(), runtime, publisher)?,
                None,
            )
        } else {
            let functions = compile_all(engine, Source::new(&module, &offsets), store.as_deref())?;
            let code = ModuleCode::new(module.clone());
            let whole = code.publish(0, functions, publisher)?;
            (code, Some(whole))
        };
        let images = images(&module, engine.options().image_threshold);
        let uses_heap = uses_heap(&module);
        let tiers = engine.first_call_compiler().and(engine.tier_up_compiler());
        let promotions = tiers.map(|_| Arc::new(Promotions::new(module.bodies.len())));
        Ok(CompiledModule {
            engine: engine.clone(),
            module,
            offsets,
            code,
            whole,
            first_calls: TimedFirstCalls::default(),
            store,
            call_sites: CallSites::default(),
            promotions,
            images,
            uses_heap,
            compile_time: start.elapsed(),
        })
    }

    /// The address of the code of a function that was called. Whoever calls first compiles it. `None` if another thread does
    /// while this one is to `give_up` waiting.
    ///
    /// # Errors
    ///
    /// The function can't be compiled, which stays so, or its code can't be made executable.
    pub(crate) fn code_of_called(
        &self,
        function: DefinedFuncIdx,
        give_up: impl Fn() -> bool,
    ) -> Result<Option<usize>, CompileModuleError> {
        let index = function.index();
        let turn = self
            .first_calls
            .calls
            .turn(function.as_u32(), || self.code.address(index), give_up)?;
        let turn = match turn {
            Turn::Done(address) => return Ok(Some(address)),
            Turn::GivenUp => return Ok(None),
            Turn::Ours(turn) => turn,
        };
        check_interrupt(&self.engine, &self.module, function)?;
        if let Some((stage, compiled)) = self.store.as_ref().and_then(|store| store.load(function)) {
            return Ok(Some(self.publish(function, stage, compiled)?));
        }
        match self.first_calls.time.measure(|| self.compile_called(function))? {
            Ok(compiled) => {
                self.keep(function, Stage::First, &compiled);
                Ok(Some(self.publish(function, Stage::First, compiled)?))
            }
            Err(error) => {
                turn.fail(error.clone());
                Err(error.into())
            }
        }
    }

    /// Publishes the first code of a function in this process.
    fn publish(
        &self,
        function: DefinedFuncIdx,
        stage: Stage,
        mut compiled: CompiledFunction,
    ) -> Result<usize, PublishError> {
        let index = function.index();
        let Some(promotions) = &self.promotions else {
            return self.code.publish_one(index, &compiled, self.engine.publisher());
        };
        if stage == Stage::Last {
            let address = self
                .code
                .publish_last(index, &compiled, self.engine.publisher())?;
            promotions.restored(index);
            return Ok(address);
        }
        if let Some(store) = &self.store {
            promotions.restore_heat(index, store.heat(function));
            if store.has_entries(function) {
                promotions.expect(index, self.module.bodies[index].range.len());
            }
        }
        // It may not stay the only code of the function.
        let publisher = self.engine.publisher().with_suffix(" [baseline]");
        self.call_sites
            .link(function.as_u32(), &mut compiled, &publisher.budget)?;
        self.code.publish_one(index, &compiled, &publisher)
    }

    /// Keeps code for later, if somebody wants it.
    pub(crate) fn keep(&self, function: DefinedFuncIdx, stage: Stage, code: &CompiledFunction) {
        if let Some(store) = &self.store {
            store.keep(function, stage, code);
        }
    }

    /// Code that begins at a loop: what is stored, or else compiled and kept for later.
    pub(crate) fn loop_entry(
        &self,
        compile: impl FnOnce() -> Result<LoopEntry, CompileError>,
        target: &LoopTarget,
    ) -> Result<LoopEntry, CompileError> {
        let Some(store) = &self.store else {
            return compile();
        };
        if let Some(entry) = store.load_entry(target) {
            return Ok(entry);
        }
        let entry = compile()?;
        store.keep_entry(target, &entry);
        Ok(entry)
    }

    /// Has the code that was kept written, by whoever keeps it.
    pub fn write_to_store(&self) {
        if let Some(store) = &self.store {
            store.write(&self.module, &|function| self.heat(function));
        }
    }

    /// The samples of a function.
    fn heat(&self, function: DefinedFuncIdx) -> u16 {
        let promotions = self.promotions.as_ref();
        promotions.map_or(0, |promotions| promotions.heat(function.index()))
    }

    /// Who keeps code for later.
    pub(crate) fn store(&self) -> Option<&dyn CodeStore> {
        self.store.as_deref()
    }

    /// Compiles a function, with enough stack.
    fn compile_called(&self, function: DefinedFuncIdx) -> io::Result<Result<CompiledFunction, CompileError>> {
        let compiler = self.engine.first_call_compiler();
        let compiler = compiler.expect("functions of modules that are compiled as a whole have code");
        with_stack(compiler.stack_size(), || {
            compiler.compile_function(Source::new(&self.module, &self.offsets), function)
        })
    }

    /// The address of a function's code as a part of an adapter between components, if it is worth having.
    ///
    /// # Errors
    ///
    /// The code can't be made executable, or there is no thread to compile it on.
    pub(crate) fn component_callee(
        &self,
        function: DefinedFuncIdx,
        call: &ComponentCall,
    ) -> Result<Option<usize>, CompileModuleError> {
        let compiler = self.engine.best_compiler();
        let source = Source::new(&self.module, &self.offsets).with_targets(self);
        // What can't be compiled so is called.
        let compile = || {
            compiler
                .compile_component_call(call, Some((source, function)))
                .ok()
                .flatten()
        };
        let publisher = self.engine.publisher().with_suffix(" [component]");
        let at = (function.index(), call);
        Ok(with_stack(compiler.stack_size(), || {
            self.code.callee(at, compile, &publisher)
        })??)
    }

    /// How long it took to compile, by the clock on the wall.
    pub fn compile_time(&self) -> Duration {
        self.compile_time
    }

    /// How long it took so far to compile functions when they were called.
    pub fn first_call_time(&self) -> Duration {
        self.first_calls.time.total()
    }

    /// The engine that the module belongs to.
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// The description.
    pub fn module(&self) -> &Arc<Module> {
        &self.module
    }

    /// The layout of its instances' contexts.
    pub fn offsets(&self) -> &VmOffsets {
        &self.offsets
    }

    /// The machine code of all functions, one after the other, if it was compiled as a whole.
    pub fn code(&self) -> Option<&CodeObject> {
        self.whole.as_deref()
    }

    /// Bytes of machine code so far.
    pub fn code_size(&self) -> usize {
        self.code.size()
    }

    /// How many functions have been compiled so far.
    pub fn compiled_functions(&self) -> usize {
        self.code.count()
    }

    /// What has become of functions that were compiled once more.
    pub fn promotion_counts(&self) -> PromotionCounts {
        let counts = |promotions: &Arc<Promotions>| promotions.counts();
        self.promotions.as_ref().map_or_else(Default::default, counts)
    }

    /// The functions that run often, if they are compiled once more.
    pub(crate) fn promotions(&self) -> Option<&Arc<Promotions>> {
        self.promotions.as_ref()
    }

    /// What calls through references have led to.
    pub(crate) fn call_sites(&self) -> &CallSites {
        &self.call_sites
    }

    /// A function of this module went on in other code.
    pub(crate) fn count_replaced(&self) {
        if let Some(promotions) = &self.promotions {
            promotions.count_replaced();
        }
    }

    /// The code of the functions.
    pub(crate) fn module_code(&self) -> &ModuleCode {
        &self.code
    }

    /// Whether its instances make objects, or look at them.
    pub(crate) fn uses_heap(&self) -> bool {
        self.uses_heap
    }

    /// A code slot for each function.
    pub(crate) fn slots(&self) -> &[AtomicUsize] {
        self.code.slots()
    }

    pub(crate) fn image(&self, own_memory: usize) -> Option<&MemoryImage> {
        self.images[own_memory].as_ref()
    }
}

impl Drop for CompiledModule {
    /// What was kept for its next instance is of no use any more.
    fn drop(&mut self) {
        for image in self.images.iter().flatten() {
            self.engine.spaces().retire(image);
        }
    }
}

/// Compiles all functions of a module that are not in the store.
fn compile_all(
    engine: &Engine,
    source: Source<'_>,
    store: Option<&dyn CodeStore>,
) -> Result<Vec<CompiledFunction>, CompileModuleError> {
    let functions = for_each_function(engine, source.module, |function| {
        if let Some((_, compiled)) = store.and_then(|store| store.load(function)) {
            return Ok(compiled);
        }
        let compiled = engine.compiler().compile_function(source, function)?;
        if let Some(store) = store {
            store.keep(function, Stage::Last, &compiled);
        }
        Ok(compiled)
    })?;
    let code = functions.iter().map(|function| function.code.len());
    if code.sum::<usize>() > MUCH_CODE {
        transom_sys::return_freed_memory();
    }
    Ok(functions)
}

/// Compiles all functions of a valid module for a store, as well as the engine can.
///
/// # Errors
///
/// A function can't be compiled.
pub fn compile_for_store(
    engine: &Engine,
    module: &Module,
    store: &dyn CodeStore,
) -> Result<(), CompileModuleError> {
    let offsets = offsets_of(module);
    let source = Source::new(module, &offsets);
    let compiler = engine.tier_up_compiler().unwrap_or(engine.compiler());
    for_each_function(engine, module, |function| {
        let compiled = compiler.compile_function(source, function)?;
        store.keep(function, Stage::Last, &compiled);
        Ok(())
    })?;
    Ok(())
}

/// Does something for each function that a module defines, on all cores if the engine may, and says how far it is.
fn for_each_function<R: Send>(
    engine: &Engine,
    module: &Module,
    work: impl Fn(DefinedFuncIdx) -> Result<R, CompileModuleError> + Sync,
) -> Result<Vec<R>, CompileModuleError> {
    let size = |index: usize| module.bodies[index].range.len() as u64;
    let count = module.bodies.len();
    let progress = Progress::new(
        engine.options().compilation.progress.as_ref(),
        (0..count).map(size).sum(),
    );
    let work = |index: usize| -> Result<R, CompileModuleError> {
        let function = DefinedFuncIdx::from_u32(index as u32);
        check_interrupt(engine, module, function)?;
        let done = work(function)?;
        progress.add(size(index));
        Ok(done)
    };
    if engine.options().compilation.parallel {
        let functions = (0..count).into_par_iter().with_max_len(PARALLEL_FUNCTIONS);
        functions.map(work).collect()
    } else {
        (0..count).map(work).collect()
    }
}

/// Whether the host lets a function be compiled.
fn check_interrupt(
    engine: &Engine,
    module: &Module,
    function: DefinedFuncIdx,
) -> Result<(), CompileModuleError> {
    let interrupt = engine.options().compilation.interrupt.as_ref();
    if interrupt.is_some_and(CompileInterrupt::is_due) {
        let function = module.func_index(function);
        return Err(CompileModuleError::Interrupted(function.as_u32()));
    }
    Ok(())
}

fn uses_heap(module: &Module) -> bool {
    let objects = |body: &transom_module::FunctionBody| body.facts.has_gc || body.facts.has_exceptions;
    !module.tags.is_empty()
        || module.types.iter().any(|ty| ty.kind() != TypeKind::Func)
        || module.bodies.iter().any(objects)
}
