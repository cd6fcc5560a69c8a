//! The emission of a whole function: from its first byte to its tables.

use crate::abi::CALLEE_SAVED;
use crate::emit::{Result, Visitor};
use crate::emitter::{Base, Body, Emitter, Flow, Options, Outcome};
use crate::homes::Homes;
use crate::scratch::Parts;
use crate::state::{Block, Classes, Handlers, Home, Kind, Scope};
use crate::unit::Unit;
use transom_code::decide::legacy::LegacyTries;
use transom_code::decide::work::Work;
use transom_code::{CompileError, CompiledFunction, FrameValues, SlotRun};
use transom_layout::object::FieldClass;
use transom_module::wasmparser::{BinaryReader, BinaryReaderError};
use transom_module::{DefinedFuncIdx, FunctionFacts};

/// Compiles a function.
///
/// # Errors
///
/// The function uses an instruction that the compiler does not have, or its code is too large.
pub fn compile(unit: &Unit<'_>, parts: &mut Parts, function: DefinedFuncIdx) -> Result<CompiledFunction> {
    let facts = unit.module.bodies[function.index()].facts;
    let mut options = Options {
        wide: facts.has_simd,
        checked: facts.may_leave,
    };
    loop {
        let mut emitter = Emitter::begin(unit, std::mem::take(parts), function, options);
        let code = emitter.emit_function(function, options)?;
        let again = emitter.outcome.again;
        *parts = emitter.end();
        if again == Options::default() {
            return Ok(code);
        }
        options.wide |= again.wide;
        options.checked |= again.checked;
    }
}

impl<'a> Emitter<'a> {
    fn begin(unit: &'a Unit<'a>, parts: Parts, function: DefinedFuncIdx, options: Options) -> Emitter<'a> {
        let index = unit.module.func_index(function);
        let body = &unit.module.bodies[function.index()];
        let ty = unit.module.functions[index.index()].ty;
        let mut emitter = Emitter {
            asm: parts.asm,
            unit,
            stack: parts.stack,
            registers: Homes::new(Base::None, body.calls).operands(),
            frame: parts.frame,
            control: parts.control,
            handlers: Handlers::default(),
            pending: parts.pending,
            tables: parts.tables,
            flow: Flow {
                reachable: true,
                ..Flow::default()
            },
            outcome: Outcome {
                work: Work::begin(body.facts.num_ops),
                ..Outcome::default()
            },
            body: Body {
                function: index.as_u32(),
                ty: unit.function_type(ty.as_u32()),
                base: Base::None,
                offset: u32::MAX,
                fragile: Vec::new(),
                checked: options.checked,
            },
        };
        emitter.frame.begin(options.wide);
        emitter.choose_base(&body.facts);
        emitter
    }

    /// Gives the memory back.
    fn end(mut self) -> Parts {
        self.asm.clear();
        self.stack.truncate(0);
        self.control.clear();
        Parts {
            asm: self.asm,
            stack: self.stack,
            frame: self.frame,
            control: self.control,
            pending: self.pending,
            tables: self.tables,
        }
    }

    /// Decides what the base register holds.
    fn choose_base(&mut self, facts: &FunctionFacts) {
        let memory =
            facts.has_memory && !self.unit.module.memories.is_empty() && self.constant_base(0).is_some();
        self.body.base = match (facts.has_gc, memory) {
            (true, _) => Base::Heap,
            (false, true) => Base::Memory,
            (false, false) => Base::None,
        };
    }

    fn emit_function(&mut self, function: DefinedFuncIdx, options: Options) -> Result<CompiledFunction> {
        let module = self.unit.module;
        let facts = module.bodies[function.index()].facts;
        let reader = module.body(function);
        if facts.has_legacy_exceptions {
            let body = reader.get_operators_reader().map_err(malformed)?;
            self.handlers.legacy = LegacyTries::of(body);
        }
        if self.unit.debugging {
            self.asm.debug();
        }
        self.asm.begin(u32::MAX);
        let params = self.body.ty.params.len();
        self.lay_out_frame(function, &facts)?;
        let incomplete = self.emit_entry(options.checked);
        self.emit_parameters();
        self.zero_locals(params);
        self.note_values();
        let label = self.asm.label();
        self.control.push(Block {
            kind: Kind::Function,
            label,
            height: 0,
            params: Classes::None,
            results: self.body.ty.results.clone(),
            exit_reached: false,
            handlers: Scope::default(),
        });
        let operators = reader.get_binary_reader_for_operators().map_err(malformed)?;
        self.emit_instructions(operators)?;
        self.emit_polls();
        self.emit_targets();
        self.emit_failures();
        self.complete_entry(incomplete);
        self.finish()
    }

    /// Gives everything its place in the frame.
    fn lay_out_frame(&mut self, function: DefinedFuncIdx, facts: &FunctionFacts) -> Result {
        let ty = self.body.ty.clone();
        for &class in ty.params.iter() {
            self.frame.add_local(class);
        }
        let reader = self.unit.module.body(function);
        for local in reader.get_locals_reader().map_err(malformed)? {
            let (count, ty) = local.map_err(malformed)?;
            let class = self.unit.value_class(ty);
            for _ in 0..count {
                self.frame.add_local(class);
            }
        }
        // For debuggers, it has the same place in all frames.
        if self.unit.debugging {
            self.frame.context = self.frame.reserve(8);
        }
        let bodies = &self.unit.module.bodies;
        let body = &bodies[function.index()];
        let mut homes = Homes::new(self.body.base, body.calls);
        if !facts.has_exceptions && !self.unit.debugging {
            for hot in bodies.hot_locals(body) {
                let local = &mut self.frame.locals[hot.local as usize];
                local.home = homes.choose(local.class, hot.weight);
                if local.home.is_some_and(Home::is_fragile) {
                    self.body.fragile.push(hot.local);
                }
            }
        }
        self.registers = homes.operands();
        // An exception that is caught here has restored nothing of what the functions in between have saved.
        for gpr in CALLEE_SAVED {
            if facts.has_exceptions || homes.uses(gpr) {
                self.frame.save(gpr);
            }
        }
        if facts.has_exceptions && !self.unit.debugging {
            self.frame.context = self.frame.reserve(8);
        }
        if self.body.ty.signature.results_in_memory {
            self.frame.result_area = Some(self.frame.reserve(8));
        }
        self.frame.place_locals();
        let objects = self
            .frame
            .locals
            .iter()
            .filter(|local| local.class == FieldClass::Object);
        self.tables.frame_slots = SlotRun::of(objects.map(|local| local.distance));
        Ok(())
    }

    /// Takes note, for debuggers, that locals and the context are in their slots from here on.
    fn note_values(&mut self) {
        if let Some(frame) = self.asm.debug_frame() {
            frame.values = Some(FrameValues {
                locals: FrameValues::slots_of(self.frame.locals.iter().map(|local| local.distance)),
                context: self.frame.context,
            });
        }
    }

    fn emit_instructions(&mut self, mut reader: BinaryReader<'a>) -> Result {
        self.body.offset = reader.original_position() as u32;
        self.asm.begin(self.body.offset);
        self.begin_fuel();
        while !reader.eof() {
            if !self.flow.reachable {
                self.skip(&mut reader).map_err(malformed)?;
            }
            let offset = reader.original_position() as u32;
            self.body.offset = offset;
            self.asm.begin(offset);
            Visitor::visit(self, &mut reader).map_err(malformed)?;
            if self.outcome.failed.is_some() {
                return self.outcome.failed.take().map_or(Ok(()), Err);
            }
            #[cfg(debug_assertions)]
            if self.flow.reachable {
                self.check_registers();
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<CompiledFunction> {
        self.asm.emit_checks();
        let frame = (self.frame.size(), self.frame.context);
        let mut code = self.asm.finish().ok_or_else(|| CompileError::Limit {
            function: self.body.function,
            message: "its machine code is larger than 2 GiB; try: split the function".to_owned(),
        })?;
        self.tables.finish(&self.asm, frame, &mut code);
        if !code.tier_up.loops.sites.is_empty() {
            code.tier_up.loops.frame = self.frame.layout();
        }
        Ok(code)
    }
}

fn malformed(_: BinaryReaderError) -> CompileError {
    unreachable!("a valid body was read twice with different outcomes")
}
