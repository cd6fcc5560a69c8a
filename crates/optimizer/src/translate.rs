//! From a function's instructions to Cranelift's intermediate representation, in one pass over its bytes.
//!
//! The operand stack holds Cranelift values; control frames know the blocks that branches lead to; locals are
//! frontend variables. References to objects are declared to the frontend, which spills those that are alive across a call
//! and lists where; nothing derived from a reference outlives the instruction that derives it. Code that can't be reached is skipped, except that its nesting is counted. A vector is
//! always kept as sixteen bytes; instructions that see other lanes cast it on the way in and out.

mod access;
mod array;
mod atomic;
mod call;
mod cast;
mod control;
mod dispatch;
mod entry;
mod exception;
mod expected;
mod failure;
mod fuel;
mod gc;
mod inline;
mod legacy;
mod likelihood;
mod local;
mod memory;
mod numeric;
mod polls;
mod reference;
mod simd;
mod simd_lanes;
mod state;
mod table;
mod turns;
mod unit;
mod visitor;

pub use unit::Unit;

use crate::dirt::Side;
use crate::scratch::Scratch;
use crate::{abi, component_call};
use cranelift_codegen::ir::{UserFuncName, Value};
use cranelift_frontend::FunctionBuilder;
use state::{
    Environment, Exit, Frame, Handlers, Hints, Inlining, Locals, Pending, Result, Translator, Turns,
};
use std::fmt;
use transom_code::{CompileError, ComponentCall, LoopTarget, Shape};
use transom_module::DefinedFuncIdx;
use transom_types::FuncType;

/// What the time depends on that it takes to make good code of a function.
#[derive(Clone, Copy, Default, Debug)]
pub struct Size {
    /// Blocks of its intermediate representation.
    blocks: usize,
    /// Locals, of inlined functions too, and operands: the most that there are at once, and more than may be alive.
    values: usize,
    /// Instructions of its intermediate representation.
    instructions: usize,
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} instructions in {} blocks, {} locals and operands",
            self.instructions, self.blocks, self.values
        )
    }
}

impl Size {
    /// Whether good code could take seconds: with 40,000 values it took 14 s, with 300,000 blocks a minute.
    pub fn is_large(self) -> bool {
        const VALUES: usize = 8_000;
        const BLOCKS: usize = 20_000;
        self.values > VALUES || self.blocks > BLOCKS
    }
}

/// What is translated: a function, from its beginning or from one of its loops on, or as a part of an adapter between components.
#[derive(Clone, Copy)]
pub(crate) enum Subject<'a> {
    Function(DefinedFuncIdx),
    Loop(&'a LoopTarget),
    Callee(DefinedFuncIdx, &'a ComponentCall),
}

impl<'a> Subject<'a> {
    /// The function, and the loop at which the code begins, if it is not the function's beginning.
    pub(crate) fn parts(self) -> (DefinedFuncIdx, Option<&'a LoopTarget>) {
        match self {
            Subject::Function(function) | Subject::Callee(function, _) => (function, None),
            Subject::Loop(target) => (target.function, Some(target)),
        }
    }
}

/// Translates a function into `scratch.context.func`.
///
/// # Errors
///
/// The function uses an instruction that the tier doesn't have; or code can't begin at the loop.
pub(crate) fn function(unit: &Unit<'_>, scratch: &mut Scratch, subject: Subject<'_>) -> Result<Size> {
    if let Some(size) = translate(unit, scratch, subject, false)? {
        return Ok(size);
    }
    // A translation that was given up leaves the frontend's state half made.
    *scratch = Scratch::default();
    let size = translate(unit, scratch, subject, true)?;
    Ok(size.expect("only variables are limited, and there are none"))
}

/// Translates a function, with its locals in the frame or as variables. `None` if they should lie in the frame.
fn translate(
    unit: &Unit<'_>,
    scratch: &mut Scratch,
    subject: Subject<'_>,
    in_frame: bool,
) -> Result<Option<Size>> {
    let (function, entry) = subject.parts();
    let index = unit.module.func_index(function);
    let ty = unit.module.func_type(index);
    let shape = match subject {
        Subject::Callee(_, call) => call.caller_shape(),
        _ => unit.shape(ty),
    };
    let func = &mut scratch.context.func;
    func.signature = abi::wasm_signature(&shape, Side::Callee, unit.dirt());
    func.name = UserFuncName::user(0, index.as_u32());
    let mut builder = FunctionBuilder::new(func, &mut scratch.builder);
    state::tell_slots_apart(&mut builder);
    let begin = match subject {
        Subject::Callee(_, call) => Begin::in_adapter(&mut builder, call, unit),
        _ => Begin::at_entry(&mut builder, &shape),
    };
    let mut translator = Translator::begin(unit, builder, (ty, in_frame), begin);
    translator.env.hints = Hints::of(unit.module, function);
    translator.read_function((function, entry))?;
    if translator.has_many_variables() {
        return Ok(None);
    }
    if let Some(target) = entry
        && translator.end_entry() != Some(target.operands as usize)
    {
        return Err(CompileError::Limit {
            function: index.as_u32(),
            message: format!(
                "code cannot begin at the loop at offset {:#x}: it is not reached",
                target.offset
            ),
        });
    }
    translator.emit_failures();
    let size = Size {
        blocks: translator.builder.func.dfg.num_blocks() - translator.turns.dispatches.blocks,
        values: translator.inlining.most_values,
        instructions: translator.builder.func.dfg.num_insts(),
    };
    translator.builder.seal_all_blocks();
    let polls = std::mem::take(&mut translator.pending.polls);
    scratch.inlined = std::mem::take(&mut translator.inlining.made);
    scratch.frame_slots = std::mem::take(&mut translator.locals.objects);
    translator.builder.finalize(unit.isa.frontend_config());
    polls::fill(&mut scratch.context.func, &polls);
    Ok(Some(size))
}

/// What a function has when it begins.
struct Begin<'a> {
    context: Value,
    arguments: Vec<Value>,
    exit: Exit<'a>,
}

impl<'a> Begin<'a> {
    /// A function of a shape that is called.
    fn at_entry(builder: &mut FunctionBuilder<'_>, shape: &Shape) -> Begin<'a> {
        let entry = builder.create_block();
        builder.append_block_params_for_function_params(entry);
        builder.switch_to_block(entry);
        builder.seal_block(entry);
        let params = builder.block_params(entry);
        let exit = match shape.results_in_memory() {
            true => Exit::Memory(params[1]),
            false => Exit::Registers,
        };
        let first = 1 + usize::from(shape.results_in_memory());
        Begin {
            context: params[0],
            arguments: params[first..].to_vec(),
            exit,
        }
    }

    /// A function whose body is a part of an adapter.
    fn in_adapter(builder: &mut FunctionBuilder<'_>, call: &'a ComponentCall, unit: &Unit<'_>) -> Begin<'a> {
        let (context, arguments) = component_call::begin_callee(builder, call, unit.dirt());
        Begin {
            context,
            arguments,
            exit: Exit::Component(call),
        }
    }
}

impl<'a> Translator<'a> {
    fn begin(
        unit: &'a Unit<'a>,
        mut builder: FunctionBuilder<'a>,
        (ty, in_frame): (&FuncType, bool),
        begin: Begin<'a>,
    ) -> Translator<'a> {
        let results = unit.value_classes(&ty.results);
        let exit = Frame::function(&mut builder, results);
        let mut translator = Translator {
            builder,
            env: Environment::new(unit, begin.context),
            stack: Vec::new(),
            control: vec![exit],
            locals: Locals {
                in_frame,
                ..Locals::default()
            },
            inlining: Inlining::default(),
            reachable: true,
            dead_depth: 0,
            exit: begin.exit,
            handlers: Handlers::default(),
            pending: Pending::default(),
            turns: Turns::default(),
        };
        for (value, class) in begin.arguments.into_iter().zip(unit.value_classes(&ty.params)) {
            translator.declare_local(class, value);
        }
        translator
    }
}
