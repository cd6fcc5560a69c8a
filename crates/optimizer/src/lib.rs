//! The optimising tier: WebAssembly to Cranelift's intermediate representation to machine code.
//!
//! [`translate`] reads the instructions of a function, one method each, in files by instruction group;
//! `translate::environment` knows where things are that instructions use; `abi` how functions are called; `adapter` makes the
//! code between the host and WebAssembly. The functions that come here are valid: the `module` crate has seen
//! to it, so translation checks nothing twice.
#![forbid(unsafe_code)]

mod abi;
mod adapter;
mod isa;
mod output;
mod scratch;
pub mod translate;
mod traps;

use crate::isa::Effort;
use crate::scratch::Scratch;
use cranelift_codegen::isa::OwnedTargetIsa;
use std::path::PathBuf;
use std::sync::Mutex;
use transom_code::{AdapterKind, CompileError, CompiledFunction, Compiler, Shape, Tunables};
use transom_layout::VmOffsets;
use transom_module::{DefinedFuncIdx, Module};
use transom_types::TypeRegistry;

/// The optimising compiler.
pub struct Optimizer {
    isa: OwnedTargetIsa,
    /// The same, for functions that are too large for good code.
    quick_isa: OwnedTargetIsa,
    registry: TypeRegistry,
    tunables: Tunables,
    /// Where each function's intermediate representation and machine code are written.
    dump: Option<PathBuf>,
    scratch: Mutex<Vec<Scratch>>,
}

impl Optimizer {
    /// A compiler for the machine that this program runs on, and for modules whose types `registry` has.
    ///
    /// # Errors
    ///
    /// The machine is not supported; the text says why.
    pub fn new(registry: TypeRegistry, tunables: Tunables) -> Result<Optimizer, String> {
        let effort = match tunables.one_pass_registers {
            true => Effort::Linear,
            false => Effort::Full,
        };
        Ok(Optimizer {
            isa: isa::host_isa(&tunables, effort)?,
            quick_isa: isa::host_isa(&tunables, Effort::Linear)?,
            registry,
            tunables,
            dump: None,
            scratch: Mutex::new(Vec::new()),
        })
    }

    /// Writes each function's Cranelift IR and machine code to files in a folder, for people to look at:
    /// `wasm-N.clif` and `wasm-N.bin`.
    pub fn dump_to(mut self, folder: PathBuf) -> Optimizer {
        self.dump = Some(folder);
        self
    }

    /// The Cranelift IR of a function before it is optimised, for people and tests to read.
    ///
    /// # Errors
    ///
    /// As [`Compiler::compile_function`].
    pub fn intermediate_text(
        &self,
        module: &Module,
        offsets: &VmOffsets,
        function: DefinedFuncIdx,
    ) -> Result<String, CompileError> {
        self.with_scratch(|scratch| {
            translate::function(&self.unit(module, offsets), scratch, function)?;
            Ok(scratch.context.func.display().to_string())
        })
    }

    fn unit<'a>(&'a self, module: &'a Module, offsets: &'a VmOffsets) -> translate::Unit<'a> {
        let (isa, registry, tunables) = (&*self.isa, &self.registry, &self.tunables);
        translate::Unit {
            isa,
            registry,
            module,
            offsets,
            tunables,
        }
    }

    /// Runs a compilation on scratch space that an earlier one left. One that fails leaves none: its function is
    /// half made.
    fn with_scratch<R>(
        &self,
        compile: impl FnOnce(&mut Scratch) -> Result<R, CompileError>,
    ) -> Result<R, CompileError> {
        let lock = || {
            self.scratch
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
        };
        let mut scratch = lock().pop().unwrap_or_default();
        let compiled = compile(&mut scratch)?;
        scratch.context.clear();
        lock().push(scratch);
        Ok(compiled)
    }
}

impl Compiler for Optimizer {
    fn name(&self) -> &'static str {
        "optimizer"
    }

    fn compile_function(
        &self,
        module: &Module,
        offsets: &VmOffsets,
        function: DefinedFuncIdx,
    ) -> Result<CompiledFunction, CompileError> {
        let index = module.func_index(function);
        self.with_scratch(|scratch| {
            let size = translate::function(&self.unit(module, offsets), scratch, function)?;
            let isa = if size.is_large() {
                &self.quick_isa
            } else {
                &self.isa
            };
            let ir = self
                .dump
                .as_ref()
                .map(|_| scratch.context.func.display().to_string());
            let mut compiled = output::finish(&**isa, &mut scratch.context, index.as_u32())?;
            compiled.inlined = std::mem::take(&mut scratch.inlined);
            if let (Some(folder), Some(ir)) = (&self.dump, ir) {
                output::dump(folder, index.as_u32(), &ir, &compiled);
            }
            Ok(compiled)
        })
    }

    fn compile_adapter(&self, kind: AdapterKind, shape: &Shape) -> Result<CompiledFunction, CompileError> {
        self.with_scratch(|scratch| {
            match kind {
                AdapterKind::Enter => adapter::enter(&*self.isa, scratch, shape),
                AdapterKind::Leave => adapter::leave(&*self.isa, scratch, shape),
            }
            output::finish(&*self.isa, &mut scratch.context, 0)
        })
    }
}
