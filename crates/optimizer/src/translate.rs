//! From a function's instructions to Cranelift's intermediate representation, in one pass over its bytes.
//!
//! The operand stack holds Cranelift values; control frames know the blocks that branches lead to; locals are
//! frontend variables. References to objects are declared to the frontend, which spills those that are alive across a call
//! and lists where; nothing derived from a reference outlives the instruction that derives it. Code that can't be reached is skipped, except that its nesting is counted. A vector is
//! always kept as sixteen bytes; instructions that see other lanes cast it on the way in and out.

mod array;
mod atomic;
mod call;
mod cast;
mod control;
mod environment;
mod exception;
mod failure;
mod fuel;
mod gc;
mod inline;
mod likelihood;
mod local;
mod memory;
mod numeric;
mod polls;
mod reference;
mod simd;
mod simd_lanes;
mod table;
mod turns;
mod visitor;

use crate::{Scratch, abi};
use control::Frame;
use cranelift_codegen::ir::{self, InstBuilder, UserFuncName, Value, types};
use cranelift_codegen::isa::TargetIsa;
use cranelift_frontend::FunctionBuilder;
use environment::Environment;
use exception::Handler;
use failure::PendingFailure;
use inline::Inlining;
use likelihood::Hints;
use local::Local;
use polls::PendingPoll;
use transom_code::{CompileError, Shape, Tunables};
use transom_layout::VmOffsets;
use transom_layout::object::FieldClass;
use transom_module::{DefinedFuncIdx, FunctionFacts, Module, wasmparser};
use transom_types::{FuncType, TypeRegistry};
use turns::Turns;
use visitor::Visitor;

/// What all functions of a module have in common.
pub struct Unit<'a> {
    /// The machine.
    pub isa: &'a dyn TargetIsa,
    /// Where the module's types are interned.
    pub registry: &'a TypeRegistry,
    /// The module.
    pub module: &'a Module,
    /// The layout of its instance contexts.
    pub offsets: &'a VmOffsets,
    /// Choices built into the code.
    pub tunables: &'a Tunables,
}

impl Unit<'_> {
    /// The class of a value type as the module's bytes write it.
    fn value_class(&self, ty: wasmparser::ValType) -> FieldClass {
        match ty {
            wasmparser::ValType::I32 => FieldClass::I32,
            wasmparser::ValType::I64 => FieldClass::I64,
            wasmparser::ValType::F32 => FieldClass::F32,
            wasmparser::ValType::F64 => FieldClass::F64,
            wasmparser::ValType::V128 => FieldClass::V128,
            wasmparser::ValType::Ref(reference) => self.heap_class(reference.heap_type()),
        }
    }

    /// The classes of value types.
    fn value_classes(&self, types: &[transom_types::ValType]) -> Vec<FieldClass> {
        let class = |&ty| transom_code::value_class(self.registry, ty);
        types.iter().map(class).collect()
    }

    /// The class of references to a heap type.
    fn heap_class(&self, heap: wasmparser::HeapType) -> FieldClass {
        use wasmparser::{AbstractHeapType, HeapType};
        let function = match heap {
            HeapType::Abstract { ty, .. } => matches!(ty, AbstractHeapType::Func | AbstractHeapType::NoFunc),
            HeapType::Concrete(index) | HeapType::Exact(index) => {
                let index = index
                    .as_module_index()
                    .expect("bodies refer to types by module index");
                self.module.types[index as usize].as_func().is_some()
            }
        };
        if function {
            FieldClass::Function
        } else {
            FieldClass::Object
        }
    }

    fn shape(&self, ty: &transom_types::FuncType) -> Shape {
        Shape::of(self.registry, ty)
    }
}

/// The state of a translation.
pub(crate) struct Translator<'a> {
    builder: FunctionBuilder<'a>,
    env: Environment<'a>,
    stack: Vec<Value>,
    control: Vec<Frame>,
    locals: Vec<Local>,
    inlining: Inlining<'a>,
    /// Whether the next instruction can be reached.
    reachable: bool,
    /// How many blocks were opened in code that can't be reached.
    dead_depth: usize,
    /// Where results go if they are returned in memory.
    result_area: Option<Value>,
    /// Clauses of all `try_table`s around the next instruction, the innermost last.
    handlers: Vec<Handler>,
    pending: Pending,
    turns: Turns<'a>,
}

/// The most that locals which are references to objects may be, times the blocks of their function.
const MAX_LIVE: usize = 32 << 20;

/// What the time depends on that it takes to make good code of a function.
#[derive(Clone, Copy, Default, Debug)]
pub struct Size {
    /// Blocks of its intermediate representation.
    blocks: usize,
    /// Locals, of inlined functions too, and operands: the most that there are at once, and more than may be alive.
    values: usize,
}

impl Size {
    /// Whether good code could take seconds: with 40,000 values it took 14 s, with 300,000 blocks a minute.
    pub fn is_large(self) -> bool {
        const VALUES: usize = 8_000;
        const BLOCKS: usize = 20_000;
        self.values > VALUES || self.blocks > BLOCKS
    }
}

/// What is left to be done.
#[derive(Default)]
struct Pending {
    /// Fuel that was used since the counter was last brought up to date.
    fuel: i64,
    /// Places of polls.
    polls: Vec<PendingPoll>,
    /// Checks whose failures are still to be reported.
    failures: Vec<PendingFailure>,
}

type Result<T = ()> = std::result::Result<T, CompileError>;

/// Translates a function into `scratch.context.func`.
///
/// # Errors
///
/// The function uses an instruction that the tier doesn't have.
pub(crate) fn function(unit: &Unit<'_>, scratch: &mut Scratch, function: DefinedFuncIdx) -> Result<Size> {
    let index = unit.module.func_index(function);
    let ty = unit.module.func_type(index);
    let shape = unit.shape(ty);
    let func = &mut scratch.context.func;
    func.signature = abi::wasm_signature(&shape);
    func.name = UserFuncName::user(0, index.as_u32());
    let builder = FunctionBuilder::new(func, &mut scratch.builder);
    let facts = &unit.module.bodies[function.index()].facts;
    let mut translator = Translator::begin(unit, builder, (ty, facts));
    translator.env.hints = Hints::of(unit.module, function);
    translator.read_function(function)?;
    translator.emit_failures();
    translator.check_size(index.as_u32())?;
    let size = Size {
        blocks: translator.builder.func.dfg.num_blocks(),
        values: translator.inlining.most_values,
    };
    translator.builder.seal_all_blocks();
    let polls = std::mem::take(&mut translator.pending.polls);
    scratch.inlined = std::mem::take(&mut translator.inlining.positions);
    translator.builder.finalize(unit.isa.frontend_config());
    polls::fill(&mut scratch.context.func, &polls);
    Ok(size)
}

impl<'a> Translator<'a> {
    fn begin(
        unit: &'a Unit<'a>,
        mut builder: FunctionBuilder<'a>,
        (ty, facts): (&FuncType, &FunctionFacts),
    ) -> Translator<'a> {
        let shape = unit.shape(ty);
        environment::tell_slots_apart(&mut builder);
        let entry = builder.create_block();
        builder.append_block_params_for_function_params(entry);
        builder.switch_to_block(entry);
        builder.seal_block(entry);
        let params = builder.block_params(entry).to_vec();
        let in_memory = abi::results_in_memory(&shape);
        let results = unit.value_classes(&ty.results);
        let exit = Frame::function(&mut builder, results);
        let mut translator = Translator {
            builder,
            env: Environment::new(unit, params[0]),
            stack: Vec::new(),
            control: vec![exit],
            locals: Vec::new(),
            inlining: Inlining::default(),
            reachable: true,
            dead_depth: 0,
            result_area: in_memory.then(|| params[1]),
            handlers: Vec::new(),
            pending: Pending::default(),
            turns: Turns::default(),
        };
        translator.inlining.in_frame = local::lie_in_frame(facts);
        let first = 1 + usize::from(in_memory);
        for (&value, class) in params[first..].iter().zip(unit.value_classes(&ty.params)) {
            translator.declare_local(class, value);
        }
        translator
    }

    /// Fails if the function has so many references in so many blocks that finding out where each is alive could take minutes and
    /// gigabytes.
    fn check_size(&self, function: u32) -> Result {
        let (locals, blocks) = (self.inlining.object_locals, self.builder.func.dfg.num_blocks());
        if locals.saturating_mul(blocks) > MAX_LIVE {
            let message = format!(
                "{locals} locals that are references to objects, in {blocks} blocks: the product must not exceed {MAX_LIVE}"
            );
            return Err(CompileError::Limit { function, message });
        }
        Ok(())
    }

    /// The value that locals begin with; of references, null.
    fn zero(&mut self, ty: ir::Type) -> Value {
        match ty {
            types::F32 => self.builder.ins().f32const(0.0),
            types::F64 => self.builder.ins().f64const(0.0),
            types::I8X16 => {
                let zeros = self.builder.func.dfg.constants.insert([0; 16].as_slice().into());
                self.builder.ins().vconst(ty, zeros)
            }
            _ => self.builder.ins().iconst(ty, 0),
        }
    }

    fn push(&mut self, value: Value) {
        self.stack.push(value);
    }

    /// Pushes a value that is new to the function: if it is a reference to an object, the collector must find it.
    fn push_new(&mut self, class: FieldClass, value: Value) {
        self.note_object(class, value);
        self.push(value);
    }

    /// Lets the collector find a value wherever it is alive across a call, if it is a reference to an object.
    fn note_object(&mut self, class: FieldClass, value: Value) {
        if class == FieldClass::Object {
            self.builder.declare_value_needs_stack_map(value);
        }
    }

    fn pop(&mut self) -> Value {
        self.stack
            .pop()
            .expect("validation has checked the operand stack")
    }

    fn pop2(&mut self) -> (Value, Value) {
        let second = self.pop();
        (self.pop(), second)
    }

    /// Takes the topmost `count` values, the deepest first.
    fn pop_many(&mut self, count: usize) -> Vec<Value> {
        self.stack.split_off(self.stack.len() - count)
    }
}
