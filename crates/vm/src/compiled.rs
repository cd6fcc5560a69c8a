//! A module ready to be instantiated: description, machine code, and initial contents of memories.

use crate::engine::Engine;
use crate::memory::{MemoryImage, images};
use crate::progress::{CompileInterrupt, Progress};
use rayon::prelude::*;
use std::sync::Arc;
use std::time::{Duration, Instant};
use transom_code::{CompileError, CompiledFunction, offsets_of};
use transom_codespace::{CodeObject, ModuleCode, PublishError};
use transom_layout::{CodeSlot, VmOffsets};
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
    /// The code that was published first: that of all functions.
    whole: Arc<CodeObject>,
    /// For each of the module's own memories, what its active segments leave there, if that is known beforehand
    /// and large enough to be worth a mapping.
    images: Vec<Option<MemoryImage>>,
    uses_heap: bool,
    compile_time: Duration,
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
    /// The host has ended it.
    #[error("compilation interrupted by the host before function {0}")]
    Interrupted(u32),
}

impl CompiledModule {
    /// Compiles all functions of a valid module.
    ///
    /// # Errors
    ///
    /// A function can't be compiled, or its code can't be made executable.
    pub fn new(engine: &Arc<Engine>, module: Arc<Module>) -> Result<CompiledModule, CompileModuleError> {
        let start = Instant::now();
        let offsets = offsets_of(&module);
        let size = |index: usize| module.bodies[index].range.len() as u64;
        let count = module.bodies.len();
        let progress = Progress::new(engine.options().progress.as_ref(), (0..count).map(size).sum());
        let interrupt = engine.options().compile_interrupt.as_ref();
        let compile = |index: usize| -> Result<CompiledFunction, CompileModuleError> {
            if interrupt.is_some_and(CompileInterrupt::is_due) {
                let function = module.func_index(DefinedFuncIdx::from_u32(index as u32));
                return Err(CompileModuleError::Interrupted(function.as_u32()));
            }
            let function = DefinedFuncIdx::from_u32(index as u32);
            let compiled = engine.compiler().compile_function(&module, &offsets, function);
            progress.add(size(index));
            Ok(compiled?)
        };
        let functions: Vec<CompiledFunction> = if engine.options().parallel_compilation {
            (0..count)
                .into_par_iter()
                .with_max_len(PARALLEL_FUNCTIONS)
                .map(compile)
                .collect::<Result<_, _>>()?
        } else {
            (0..count).map(compile).collect::<Result<_, _>>()?
        };
        if functions
            .iter()
            .map(|function| function.code.len())
            .sum::<usize>()
            > MUCH_CODE
        {
            transom_sys::return_freed_memory();
        }
        let code = ModuleCode::new(module.clone());
        let whole = code.publish(0, functions, engine.profiler())?;
        let images = images(&module, engine.options().image_threshold);
        let uses_heap = uses_heap(&module);
        Ok(CompiledModule {
            engine: engine.clone(),
            module,
            offsets,
            code,
            whole,
            images,
            uses_heap,
            compile_time: start.elapsed(),
        })
    }

    /// How long it took to compile, by the clock on the wall.
    pub fn compile_time(&self) -> Duration {
        self.compile_time
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

    /// Its machine code.
    pub fn code(&self) -> &CodeObject {
        &self.whole
    }

    /// Whether its instances make objects, or look at them.
    pub(crate) fn uses_heap(&self) -> bool {
        self.uses_heap
    }

    pub(crate) fn slots(&self) -> &[CodeSlot] {
        self.code.slots()
    }

    pub(crate) fn image(&self, own_memory: usize) -> Option<&MemoryImage> {
        self.images[own_memory].as_ref()
    }
}

fn uses_heap(module: &Module) -> bool {
    let objects = |body: &transom_module::FunctionBody| body.facts.has_gc || body.facts.has_exceptions;
    !module.tags.is_empty()
        || module.types.iter().any(|ty| ty.kind() != TypeKind::Func)
        || module.bodies.iter().any(objects)
}
