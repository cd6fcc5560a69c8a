//! The baseline compiler: from instructions of WebAssembly straight to x86-64 machine code, in one pass, without an intermediate
//! representation. What it makes is called, trapped, unwound and described as the optimiser's code is.
//!
//! [`assembler`] has buffer, labels, constants, and the tables of places in the code; `abi` says where arguments and results are;
//! `state` what is known while code is emitted; `operands` and `moves` move values; `emit` has a method for each instruction, in
//! files by group; `function` puts them together. `adapter` makes the code between the host and WebAssembly.
#![forbid(unsafe_code)]

pub mod abi;
mod adapter;
pub mod assembler;
#[cfg(debug_assertions)]
mod checker;
mod dirt;
mod emit;
mod emitter;
mod function;
mod homes;
mod moves;
mod operands;
mod scratch;
mod state;
mod tables;
mod unit;

use crate::dirt::Dirt;
use crate::scratch::Scratch;
use crate::unit::{Features, Unit};
use std::cell::RefCell;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use transom_code::{
    AdapterKind, CompileError, CompiledFunction, Compiler, ComponentCall, Shape, Source, Tunables,
};
use transom_module::DefinedFuncIdx;
use transom_ops::events;
use transom_types::TypeRegistry;

/// The baseline compiler.
#[derive(Debug)]
pub struct Baseline {
    registry: TypeRegistry,
    tunables: Tunables,
    features: Features,
    /// Code is made for debuggers.
    debugging: bool,
    scratch: Mutex<Vec<Scratch>>,
}

impl Baseline {
    fn lock(&self) -> MutexGuard<'_, Vec<Scratch>> {
        self.scratch.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A compiler for this processor, and for modules whose types `registry` has.
    pub fn new(registry: TypeRegistry, tunables: Tunables) -> Baseline {
        Baseline {
            registry,
            tunables,
            features: Features::host(),
            debugging: false,
            scratch: Mutex::default(),
        }
    }

    /// Makes code for debuggers: all instructions have positions, and locals and the context are in their slots all the time.
    pub fn for_debuggers(mut self) -> Baseline {
        self.debugging = true;
        self
    }
}

impl Compiler for Baseline {
    fn name(&self) -> &'static str {
        "baseline"
    }

    /// The methods that emit an instruction are not recursive, and all that grows with the function is elsewhere.
    fn stack_size(&self) -> usize {
        64 << 10
    }

    fn compile_function(
        &self,
        source: Source<'_>,
        function: DefinedFuncIdx,
    ) -> Result<CompiledFunction, CompileError> {
        let Source { module, offsets, .. } = source;
        let begun = log::log_enabled!(target: events::COMPILE, log::Level::Trace).then(Instant::now);
        let mut scratch = self.lock().pop().unwrap_or_default();
        scratch.types.begin(module.id());
        let unit = Unit {
            registry: &self.registry,
            module,
            offsets,
            tunables: &self.tunables,
            features: self.features,
            debugging: self.debugging,
            types: RefCell::new(std::mem::take(&mut scratch.types)),
        };
        let compiled = function::compile(&unit, &mut scratch.parts, function)?;
        scratch.types = unit.types.into_inner();
        if scratch.is_worth_keeping() {
            self.lock().push(scratch);
        }
        if let Some(begun) = begun {
            let index = module.func_index(function);
            let (label, time) = (transom_code::label(module, index), begun.elapsed());
            let (bytes, ops) = (compiled.code.len(), module.bodies[function.index()].facts.num_ops);
            log::trace!(
                target: events::COMPILE,
                "{label}: {bytes} bytes of baseline code in {time:.1?} for {ops} instructions"
            );
        }
        Ok(compiled)
    }

    fn compile_adapter(&self, kind: AdapterKind, shape: &Shape) -> Result<CompiledFunction, CompileError> {
        let dirt = Dirt(&self.tunables);
        Ok(match kind {
            AdapterKind::Enter => adapter::enter(shape, dirt, self.debugging),
            AdapterKind::Leave => adapter::leave(shape, dirt, self.debugging),
            AdapterKind::Between => unreachable!("what is between components has a type"),
        })
    }

    /// The host does each of them.
    fn compile_component_call(
        &self,
        _: &ComponentCall,
        _: Option<(Source<'_>, DefinedFuncIdx)>,
    ) -> Result<Option<CompiledFunction>, CompileError> {
        Ok(None)
    }
}
