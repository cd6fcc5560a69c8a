//! The optimising tier: WebAssembly to Cranelift's intermediate representation to machine code.
//!
//! [`translate`] reads the instructions of a function, one method each, in files by instruction group;
//! `translate::environment` knows where things are that instructions use; `abi` how functions are called; `adapter` makes the
//! code between the host and WebAssembly. The functions that come here are valid: the `module` crate has seen
//! to it, so translation checks nothing twice.
#![forbid(unsafe_code)]

mod abi;
mod adapter;
mod component_call;
mod dirt;
mod emit;
mod isa;
mod locations;
mod output;
mod scratch;
pub mod translate;
mod traps;

pub use emit::{Emit, EmitFilter};

use crate::dirt::Dirt;
use crate::emit::Emitted;
use crate::isa::Effort;
pub use crate::isa::is_host;
use crate::output::Output;
use crate::scratch::Scratch;
use crate::translate::{Size, Subject};
use cranelift_codegen::isa::{OwnedTargetIsa, TargetIsa};
use cranelift_codegen::settings::OptLevel;
use std::sync::Mutex;
use std::time::Instant;
use transom_code::decide::inlining::{Call, is_small, traps_at_once};
use transom_code::{
    AdapterKind, CompileError, CompiledFunction, Compiler, ComponentCall, LoopEntry, LoopTarget, Shape,
    Source, Tunables,
};
use transom_module::{DefinedFuncIdx, FuncIdx, Module};
use transom_ops::events;
use transom_types::TypeRegistry;

/// The code generators for functions of usual size and for others.
fn code_generators(tunables: &Tunables, verify: bool) -> Result<(OwnedTargetIsa, OwnedTargetIsa), String> {
    let effort = match tunables.one_pass_registers {
        true => Effort::Linear,
        false => Effort::Full,
    };
    let quick = isa::host_isa(tunables, Effort::Linear, verify)?;
    Ok((isa::host_isa(tunables, effort, verify)?, quick))
}

/// The optimising compiler.
pub struct Optimizer {
    isa: OwnedTargetIsa,
    /// The same, for functions that are too large for good code, or not to be optimised.
    quick_isa: OwnedTargetIsa,
    registry: TypeRegistry,
    tunables: Tunables,
    /// Where the code of functions is written for people.
    emit: Option<Emit>,
    /// Functions keep the positions of all instructions.
    debugging: bool,
    scratch: Mutex<Vec<Scratch>>,
}

impl Optimizer {
    /// A compiler for the machine that this program runs on, and for modules whose types `registry` has.
    ///
    /// # Errors
    ///
    /// The machine is not supported; the text says why.
    pub fn new(registry: TypeRegistry, tunables: Tunables) -> Result<Optimizer, String> {
        let (isa, quick_isa) = code_generators(&tunables, cfg!(debug_assertions))?;
        Ok(Optimizer {
            isa,
            quick_isa,
            registry,
            tunables,
            emit: None,
            debugging: false,
            scratch: Mutex::new(Vec::new()),
        })
    }

    /// Checks the Cranelift IR of all functions, or of none. Otherwise debug builds check it.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn verifying(mut self, verify: bool) -> Result<Optimizer, String> {
        (self.isa, self.quick_isa) = code_generators(&self.tunables, verify)?;
        Ok(self)
    }

    /// The value of a flag of the code generator, as text; `None` if there is no such flag on this machine.
    pub fn flag(&self, name: &str) -> Option<String> {
        isa::flag(&*self.isa, name)
    }

    /// Keeps the positions of all instructions, for debuggers. The code is the same.
    pub fn for_debuggers(mut self) -> Optimizer {
        self.debugging = true;
        self
    }

    /// Writes the Cranelift IR and the machine code of functions to files, for people to look at.
    pub fn emit_to(mut self, emit: Emit) -> Optimizer {
        self.emit = Some(emit);
        self
    }

    /// The Cranelift IR of a function before it is optimised, for people and tests to read.
    ///
    /// # Errors
    ///
    /// As [`Compiler::compile_function`].
    pub fn intermediate_text(
        &self,
        source: Source<'_>,
        function: DefinedFuncIdx,
    ) -> Result<String, CompileError> {
        self.subject_text(source, Subject::Function(function))
    }

    /// The same of the code that begins at a loop.
    ///
    /// # Errors
    ///
    /// As [`Compiler::compile_loop_entry`].
    pub fn loop_entry_text(&self, source: Source<'_>, target: &LoopTarget) -> Result<String, CompileError> {
        self.subject_text(source, Subject::Loop(target))
    }

    /// The same of the function as a part of an adapter between components.
    ///
    /// # Errors
    ///
    /// As [`Compiler::compile_component_call`].
    pub fn component_callee_text(
        &self,
        source: Source<'_>,
        function: DefinedFuncIdx,
        call: &ComponentCall,
    ) -> Result<String, CompileError> {
        self.subject_text(source, Subject::Callee(function, call))
    }

    fn subject_text(&self, source: Source<'_>, subject: Subject<'_>) -> Result<String, CompileError> {
        self.with_scratch(|scratch| {
            let unit = self.unit(source, subject);
            translate::function(&unit, scratch, subject)?;
            Ok(scratch.context.func.display().to_string())
        })
    }

    fn unit<'a>(&'a self, source: Source<'a>, subject: Subject<'_>) -> translate::Unit<'a> {
        let Source {
            module,
            offsets,
            targets,
        } = source;
        let (registry, tunables) = (&self.registry, &self.tunables);
        let function = module.func_index(subject.parts().0);
        let isa = match tunables.may_optimize(function.as_u32()) {
            true => &*self.isa,
            false => &*self.quick_isa,
        };
        translate::Unit {
            isa,
            registry,
            module,
            offsets,
            tunables,
            targets,
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
        if scratch.is_worth_keeping() {
            scratch.context.clear();
            lock().push(scratch);
        }
        Ok(compiled)
    }
}

impl Optimizer {
    /// Compiles a function, or what begins in it; its code, and bytes of its frame.
    fn compile_subject(
        &self,
        source: Source<'_>,
        subject: Subject<'_>,
    ) -> Result<(CompiledFunction, u32), CompileError> {
        let module = source.module;
        let index = module.func_index(subject.parts().0);
        let begun = log::log_enabled!(target: events::COMPILE, log::Level::Trace).then(Instant::now);
        let mut size = Size::default();
        let (compiled, frame_size) = self.with_scratch(|scratch| {
            let unit = self.unit(source, subject);
            size = translate::function(&unit, scratch, subject)?;
            let isa = if size.is_large() {
                log::info!(
                    target: events::COMPILE,
                    "{} is large, so it is not optimised: {size}",
                    transom_code::label(module, index)
                );
                &*self.quick_isa
            } else {
                unit.isa
            };
            let wanted = |emit: &&Emit| matches!(subject, Subject::Function(_)) && emit.wants(module, index);
            let output = match self.emit.as_ref().filter(wanted) {
                Some(emit) => emitted(emit, isa, scratch, (module, index)),
                None => finished(isa, scratch, index),
            }?;
            let frame_size = output.frame_size;
            Ok((output.into_function(self.debugging), frame_size))
        })?;
        if let Some(begun) = begun {
            let (label, bytes, time) = (
                transom_code::label(module, index),
                compiled.code.len(),
                begun.elapsed(),
            );
            log::trace!(target: events::COMPILE, "{label}: {bytes} bytes of code in {time:.1?} for {size}");
        }
        Ok((compiled, frame_size))
    }

    /// Compiles a function as a part of an adapter, if it is small and passes numbers only.
    fn compile_callee(
        &self,
        call: &ComponentCall,
        source: Source<'_>,
        function: DefinedFuncIdx,
    ) -> Result<Option<CompiledFunction>, CompileError> {
        let facts = &source.module.bodies[function.index()].facts;
        let may = self.tunables.optimize
            && call.rows_there() + call.rows_back() == 0
            && is_small(facts, Call::Expected)
            && !traps_at_once(source.module, function);
        if !may {
            return Ok(None);
        }
        let (compiled, _) = self.compile_subject(source, Subject::Callee(function, call))?;
        Ok(Some(compiled))
    }
}

impl Compiler for Optimizer {
    fn name(&self) -> &'static str {
        "optimizer"
    }

    fn compile_function(
        &self,
        source: Source<'_>,
        function: DefinedFuncIdx,
    ) -> Result<CompiledFunction, CompileError> {
        let (compiled, _) = self.compile_subject(source, Subject::Function(function))?;
        Ok(compiled)
    }

    fn compile_loop_entry(&self, source: Source<'_>, target: &LoopTarget) -> Result<LoopEntry, CompileError> {
        let (code, frame_size) = self.compile_subject(source, Subject::Loop(target))?;
        Ok(LoopEntry { code, frame_size })
    }

    fn compile_adapter(&self, kind: AdapterKind, shape: &Shape) -> Result<CompiledFunction, CompileError> {
        self.with_scratch(|scratch| {
            match kind {
                AdapterKind::Enter => adapter::enter(&*self.isa, scratch, shape, Dirt(&self.tunables)),
                AdapterKind::Leave => adapter::leave(&*self.isa, scratch, shape, Dirt(&self.tunables)),
                AdapterKind::Between => unreachable!("what is between components has a type"),
            }
            output::finish(&*self.isa, &mut scratch.context, 0, &[])
                .map(|output| output.into_function(self.debugging))
        })
    }

    fn compile_component_call(
        &self,
        call: &ComponentCall,
        callee: Option<(Source<'_>, DefinedFuncIdx)>,
    ) -> Result<Option<CompiledFunction>, CompileError> {
        if let Some((source, function)) = callee {
            return self.compile_callee(call, source, function);
        }
        self.with_scratch(|scratch| {
            component_call::between(&*self.isa, scratch, call, Dirt(&self.tunables));
            output::finish(&*self.isa, &mut scratch.context, 0, &[])
                .map(|output| Some(output.into_function(self.debugging)))
        })
    }
}

/// Generates the code of the function that was translated into `scratch`.
fn finished(isa: &dyn TargetIsa, scratch: &mut Scratch, function: FuncIdx) -> Result<Output, CompileError> {
    let mut output = output::finish(isa, &mut scratch.context, function.as_u32(), &scratch.frame_slots)?;
    output.function.inlined = std::mem::take(&mut scratch.inlined);
    Ok(output)
}

/// The same, and writes its files.
fn emitted(
    emit: &Emit,
    isa: &dyn TargetIsa,
    scratch: &mut Scratch,
    (module, function): (&Module, FuncIdx),
) -> Result<Output, CompileError> {
    let translated = scratch.context.func.display().to_string();
    scratch.context.set_disasm(true);
    let mut output = finished(isa, scratch, function)?;
    emit.write(&Emitted {
        module,
        function,
        optimized: isa.flags().opt_level() != OptLevel::None,
        translated,
        lowered: scratch.context.func.display().to_string(),
        disassembly: output.disassembly.take().unwrap_or_default(),
        compiled: &output.function,
    })?;
    Ok(output)
}
