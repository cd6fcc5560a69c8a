//! A module ready to be instantiated: description, machine code, and initial contents of memories.

use crate::CompileInterrupt;
use crate::Engine;
use crate::code_object::{CodeObject, Origin, PublishError};
use crate::progress::Progress;
use rayon::prelude::*;
use std::sync::Arc;
use std::time::{Duration, Instant};
use transom_code::{CompileError, CompiledFunction, offsets_of};
use transom_layout::{CodeSlot, VmOffsets, WASM_PAGE_SIZE};
use transom_module::{DataIdx, DataMode, DataSegment, DefinedFuncIdx, Module};
use transom_sys::Image;
use transom_types::TypeKind;

/// The most functions that a thread compiles before another can take over: few, since functions differ in size so
/// much that the largest may take as long as hundreds of others.
const PARALLEL_FUNCTIONS: usize = 4;

/// A compiled module.
#[derive(Debug)]
pub struct CompiledModule {
    engine: Arc<Engine>,
    module: Arc<Module>,
    offsets: VmOffsets,
    code: Arc<CodeObject>,
    slots: Box<[CodeSlot]>,
    /// For each of the module's own memories, what its active segments leave there, if that is known beforehand
    /// and large enough to be worth a mapping.
    images: Vec<Option<MemoryImage>>,
    uses_heap: bool,
    compile_time: Duration,
}

/// The initial contents of a memory.
#[derive(Debug)]
pub(crate) struct MemoryImage {
    pub image: Image,
    /// Where in the memory it begins, in bytes; a multiple of the page size.
    pub offset: usize,
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
    #[error("the host interrupted the compilation before function {0}")]
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
        let code = CodeObject::publish(Origin::Module(module.clone()), &functions, engine.profiler())?;
        let slots = (0..count)
            .map(|index| CodeSlot(code.address(index).into()))
            .collect();
        let images = images(engine, &module);
        let uses_heap = uses_heap(&module);
        Ok(CompiledModule {
            engine: engine.clone(),
            module,
            offsets,
            code,
            slots,
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
        &self.code
    }

    /// Whether its instances make objects, or look at them.
    pub(crate) fn uses_heap(&self) -> bool {
        self.uses_heap
    }

    pub(crate) fn slots(&self) -> &[CodeSlot] {
        &self.slots
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

/// Images of the module's own memories. One that can't be made is no loss: its segments are copied then.
fn images(engine: &Engine, module: &Module) -> Vec<Option<MemoryImage>> {
    let imported = module.imported.memories as usize;
    let fit = module
        .data
        .iter()
        .all(|segment| segment_end(module, segment).is_some());
    (imported..module.memories.len())
        .map(|memory| if fit { image(engine, module, memory) } else { None })
        .collect()
}

/// Where an active segment ends, if it is known beforehand that it fits. If one were to fail, those after it must
/// not be seen, so images are only made where none can.
fn segment_end(module: &Module, segment: &DataSegment) -> Option<u64> {
    let DataMode::Active { memory, offset } = &segment.mode else {
        return Some(0);
    };
    let ty = &module.memories[memory.index()];
    let size = ty.limits.min.checked_mul(ty.page_size())?;
    offset
        .as_offset()?
        .checked_add(segment.range.len() as u64)
        .filter(|&end| end <= size)
}

/// The image of a memory whose segments all fit.
fn image(engine: &Engine, module: &Module, memory: usize) -> Option<MemoryImage> {
    let ty = &module.memories[memory];
    let page = transom_sys::page_size();
    if ty.page_size() != WASM_PAGE_SIZE {
        return None;
    }
    let mut parts = Vec::new();
    for (index, segment) in module.data.iter().enumerate() {
        let DataMode::Active {
            memory: target,
            offset,
        } = &segment.mode
        else {
            continue;
        };
        if target.index() != memory {
            continue;
        }
        let start = usize::try_from(offset.as_offset()?).ok()?;
        let bytes = module.data_bytes(DataIdx::new(index));
        parts.push((start, start + bytes.len(), bytes));
    }
    let start = parts.iter().map(|part| part.0).min()? / page * page;
    let end = parts.iter().map(|part| part.1).max()?.next_multiple_of(page);
    let total: usize = parts.iter().map(|part| part.2.len()).sum();
    // Mostly empty images would take more memory than they save time.
    if total < engine.options().image_threshold || (end - start) / 4 > total {
        return None;
    }
    let mut contents = vec![0; end - start];
    for (from, to, bytes) in parts {
        contents[from - start..to - start].copy_from_slice(bytes);
    }
    Some(MemoryImage {
        image: Image::new(&contents).ok()?,
        offset: start,
    })
}
