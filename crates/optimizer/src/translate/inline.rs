//! Small functions, translated in place of calls of them.
//!
//! What compilers of garbage-collected languages leave to an engine is full of functions of a few instructions: accessors, checked
//! casts, constructors, calls through a table of methods. The body of such a function is read where it is called: its
//! parameters and locals are new variables, its results are those of a block around it, and a `return` is a branch to
//! that block's end. It needs no check of the stack: the function that it has become a part of makes one.
//!
//! Each instruction still says where it comes from. In an inlined body that is an [`InlinedPosition`], which names the
//! function, and the call that it was inlined for; so backtraces are as if nothing had been inlined.

use super::entry;
use super::state::{Frame, Hints, Reading, Result, Translator};
use super::visitor::Visitor;
use cranelift_codegen::ir::SourceLoc;
use transom_code::decide::inlining::{Call, is_small, traps_at_once};
use transom_code::decide::legacy::LegacyTries;
use transom_code::decide::work::Work;
use transom_code::{CompileError, INLINED, InlinedPosition, LoopTarget};
use transom_module::wasmparser::OperatorsReader;
use transom_module::{DefinedFuncIdx, FuncIdx};

/// How deep inlined functions may be inside each other.
const MAX_DEPTH: usize = 4;
/// How often a function may be inside itself: a recursive one makes half as many calls if it is once.
const MAX_RECURSION: usize = 1;
/// The most instructions of all functions that are inlined into one, whatever its own length...
const MIN_BUDGET: u32 = 300;
/// ... or as many per instruction of its own.
const BUDGET_FACTOR: u32 = 1;

/// The most that operands which are alive at the beginnings of blocks may be, summed up over all blocks: each takes a few bytes
/// in lists of what is alive.
const MAX_ALIVE: usize = 250_000_000;

impl<'a> Translator<'a> {
    /// Reads the body of the function that is translated.
    pub fn read_function(&mut self, (function, entry): (DefinedFuncIdx, Option<&LoopTarget>)) -> Result {
        let facts = self.env.unit.module.bodies[function.index()].facts;
        self.inlining.work = Work::begin(facts.num_ops);
        self.inlining.budget = MIN_BUDGET.max(facts.num_ops.saturating_mul(BUDGET_FACTOR));
        self.inlining.reading.push(Reading {
            function,
            base: 0,
            caller: None,
            call: 0,
        });
        self.read_locals(function)?;
        if facts.has_legacy_exceptions {
            let body = self.env.unit.module.body(function);
            self.handlers.legacy = LegacyTries::of(body.get_operators_reader().map_err(malformed)?);
        }
        self.env.checks_stack = facts.may_leave;
        match entry {
            // The runtime has checked it.
            Some(target) => self.begin_entry(target, entry::path(self.env.unit.module, target)?),
            None if facts.may_leave => self.stack_check(),
            None => {}
        }
        self.read_instructions(function)
    }

    fn read_locals(&mut self, function: DefinedFuncIdx) -> Result {
        let reader = self.env.unit.module.body(function);
        for local in reader.get_locals_reader().map_err(malformed)? {
            let (count, ty) = local.map_err(malformed)?;
            self.declare_locals(count, ty);
        }
        Ok(())
    }

    fn read_instructions(&mut self, function: DefinedFuncIdx) -> Result {
        let reader = self.env.unit.module.body(function);
        let operators: OperatorsReader<'a> = reader.get_operators_reader().map_err(malformed)?;
        self.begin_fuel(operators.original_position() as u32);
        self.read_block(operators)
    }

    /// Reads instructions up to the end of the innermost block.
    fn read_block(&mut self, mut operators: OperatorsReader<'a>) -> Result {
        let around = self.control.len() - 1;
        while self.control.len() > around && !self.has_many_variables() {
            let offset = operators.original_position();
            self.locate(offset as u32);
            if self.reachable {
                let values = self.stack.len() + self.locals.own.len();
                self.inlining.most_values = self.inlining.most_values.max(values);
                let (depth, blocks) = (self.control.len(), self.builder.func.dfg.num_blocks());
                let mut visitor = Visitor {
                    translator: self,
                    offset,
                };
                visitor.visit(&mut operators).map_err(malformed)??;
                let blocks = self.builder.func.dfg.num_blocks() - blocks;
                self.inlining.alive += blocks * self.stack.len();
                self.has_room_for(0);
                if let Some(error) = self.inlining.failed.take() {
                    return Err(error);
                }
                if self.control.len() > depth {
                    // What reads ahead begins with a reader of its own: to clone this one takes as long as blocks are nested here.
                    let rest = operators.get_binary_reader();
                    self.begin_polls(&rest);
                    if !self.begin_dispatch(&rest) {
                        self.begin_turns(&rest);
                    }
                }
            } else {
                let operator = operators.read().map_err(malformed)?;
                self.skip(&operator);
            }
            if let Some(body) = self.turns.again.take() {
                self.read_block(OperatorsReader::new(body))?;
            }
        }
        Ok(())
    }

    /// Whether so many values more may be passed and written; if not, the translation fails.
    pub fn has_room_for(&mut self, work: usize) -> bool {
        let has_room = self.inlining.work.has_room(work);
        if !has_room {
            self.fail(self.inlining.work.message(work));
        }
        if self.inlining.alive > MAX_ALIVE {
            let message = "too many operands are live across its branches and calls; try: split the function";
            self.fail(message.to_owned());
        }
        has_room
    }

    /// Ends the translation with an error.
    fn fail(&mut self, message: String) {
        let outermost = self.inlining.reading.first().expect("a function is being read");
        let function = self.env.unit.module.func_index(outermost.function).as_u32();
        self.inlining.failed = Some(CompileError::Limit { function, message });
    }

    /// Says where the next instructions come from.
    pub fn locate(&mut self, wasm_offset: u32) {
        let reading = self.inlining.reading.last().expect("a function is being read");
        let mut location = wasm_offset;
        if reading.caller.is_some() {
            location = INLINED + self.inlining.made.positions.len() as u32;
            let function = self.env.unit.module.func_index(reading.function);
            self.inlining.made.positions.push(InlinedPosition {
                function,
                wasm_offset,
                caller: reading.call,
            });
        }
        self.inlining.offset = wasm_offset;
        self.builder.set_srcloc(SourceLoc::new(location));
    }

    /// The position of the innermost function's frame among the control frames.
    pub fn function_frame(&self) -> usize {
        self.inlining.reading.last().map_or(0, |reading| reading.base)
    }

    /// Whether the innermost function is inlined.
    pub fn is_inlined(&self) -> bool {
        self.inlining.reading.len() > 1
    }

    /// Translates a function in place of a call of it, if it is small; false if it is not, and nothing is done.
    pub fn inline(&mut self, function: FuncIdx) -> bool {
        let may = self.may_inline(function, Call::Direct);
        if may {
            self.inline_body(function);
        }
        may
    }

    /// Translates a function of the module in place of a call of it. Its results are pushed, if its end is reached.
    pub fn inline_body(&mut self, function: FuncIdx) {
        let unit = self.env.unit;
        let defined = unit.module.defined_func(function);
        let defined = defined.expect("imported functions have no bodies");
        let body = &unit.module.bodies[defined.index()];
        self.inlining.budget -= body.facts.num_ops;
        let ty = unit.module.func_type(function);
        let arguments = self.pop_many(ty.params.len());
        let results = unit.value_classes(&ty.results);
        let frame = Frame::inlined(&mut self.builder, results, self.stack.len());
        let reading = Reading {
            function: defined,
            base: self.control.len(),
            caller: Some((
                self.begin_inlined_locals(),
                std::mem::replace(&mut self.env.hints, Hints::of(unit.module, defined)),
            )),
            call: self.builder.srcloc().bits(),
        };
        self.inlining.reading.push(reading);
        self.open(frame);
        for (value, class) in arguments.into_iter().zip(unit.value_classes(&ty.params)) {
            self.declare_local(class, value);
        }
        let outcome = self
            .read_locals(defined)
            .and_then(|()| self.read_instructions(defined));
        self.inlining.failed = outcome.err().or(self.inlining.failed.take());
        let reading = self.inlining.reading.pop().expect("it was pushed above");
        let (locals, hints) = reading.caller.expect("the function was inlined");
        self.env.hints = hints;
        self.end_inlined_locals(locals);
        self.builder.set_srcloc(SourceLoc::new(reading.call));
    }

    /// Whether a function may be translated in place of a call of it, and there is room.
    pub fn may_inline(&self, called: FuncIdx, call: Call) -> bool {
        let unit = self.env.unit;
        let Some(function) = unit.module.defined_func(called) else {
            return false;
        };
        let (facts, reading) = (
            &unit.module.bodies[function.index()].facts,
            &self.inlining.reading,
        );
        let ty = unit.module.func_type(called);
        unit.tunables.optimize
            && is_small(facts, call)
            && !self.is_before_entry()
            && facts.num_ops <= self.inlining.budget
            && reading.len() <= MAX_DEPTH
            && reading.iter().filter(|outer| outer.function == function).count() <= MAX_RECURSION
            && unit.module.bytes().len() < INLINED as usize
            && !unit.shape(ty).results_in_memory()
            && !traps_at_once(unit.module, function)
    }
}

fn malformed(_: transom_module::wasmparser::BinaryReaderError) -> CompileError {
    unreachable!("a valid body was read twice with different outcomes")
}
