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
mod emit;
mod emitter;
mod function;
mod homes;
mod moves;
mod operands;
mod state;
mod tables;
mod unit;

use crate::unit::{Features, Unit};
use std::cell::RefCell;
use std::collections::HashMap;
use transom_code::{AdapterKind, CompileError, CompiledFunction, Compiler, Shape, Tunables};
use transom_layout::VmOffsets;
use transom_module::{DefinedFuncIdx, Module};
use transom_types::TypeRegistry;

/// The baseline compiler.
#[derive(Debug)]
pub struct Baseline {
    registry: TypeRegistry,
    tunables: Tunables,
    features: Features,
}

impl Baseline {
    /// A compiler for this processor, and for modules whose types `registry` has.
    pub fn new(registry: TypeRegistry, tunables: Tunables) -> Baseline {
        Baseline {
            registry,
            tunables,
            features: Features::host(),
        }
    }
}

impl Compiler for Baseline {
    fn name(&self) -> &'static str {
        "baseline"
    }

    fn compile_function(
        &self,
        module: &Module,
        offsets: &VmOffsets,
        function: DefinedFuncIdx,
    ) -> Result<CompiledFunction, CompileError> {
        let unit = Unit {
            registry: &self.registry,
            module,
            offsets,
            tunables: &self.tunables,
            features: self.features,
            no_classes: [].into_iter().collect(),
            types: RefCell::new(HashMap::new()),
        };
        function::compile(&unit, function)
    }

    fn compile_adapter(&self, kind: AdapterKind, shape: &Shape) -> Result<CompiledFunction, CompileError> {
        Ok(match kind {
            AdapterKind::Enter => adapter::enter(shape),
            AdapterKind::Leave => adapter::leave(shape),
        })
    }
}
