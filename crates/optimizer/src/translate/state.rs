//! The state of a translation, which the files by instruction group change.

mod dispatch;
mod environment;
mod frame;
mod handlers;
mod hints;
mod inlining;
mod local;
mod pending;
mod turns;

pub use dispatch::Dispatch;
pub use environment::{Environment, Region, constant_flags, tell_slots_apart};
pub use frame::{Frame, Kind, LegacyTry, block_with_params};
pub use handlers::{Handler, Handlers};
pub use hints::Hints;
pub use inlining::{Inlining, Reading};
pub use local::{Local, Locals, Place};
pub use pending::{Failure, Pending, PendingFailure, PendingPoll};
pub use turns::{Entry, FirstTurn, Lead, Operand, Turns};

use cranelift_codegen::ir::Value;
use cranelift_frontend::FunctionBuilder;
use transom_code::{CompileError, ComponentCall};
use transom_layout::object::FieldClass;

/// How a step of a translation ends.
pub type Result<T = ()> = std::result::Result<T, CompileError>;

/// How the function returns its results.
#[derive(Clone, Copy)]
pub enum Exit<'a> {
    /// In registers.
    Registers,
    /// In memory, at an address.
    Memory(Value),
    /// To another component.
    Component(&'a ComponentCall),
}

/// The state of a translation.
pub struct Translator<'a> {
    pub builder: FunctionBuilder<'a>,
    pub env: Environment<'a>,
    pub stack: Vec<Value>,
    pub control: Vec<Frame>,
    pub locals: Locals,
    pub inlining: Inlining<'a>,
    /// Whether the next instruction can be reached.
    pub reachable: bool,
    /// How many blocks were opened in code that can't be reached.
    pub dead_depth: usize,
    pub exit: Exit<'a>,
    pub handlers: Handlers,
    pub pending: Pending,
    pub turns: Turns<'a>,
}

impl Translator<'_> {
    /// Pushes a value.
    pub fn push(&mut self, value: Value) {
        self.stack.push(value);
    }

    /// Pushes a value that is new to the function: if it is a reference to an object, the collector must find it.
    pub fn push_new(&mut self, class: FieldClass, value: Value) {
        self.note_object(class, value);
        self.push(value);
    }

    /// Lets the collector find a value wherever it is alive across a call, if it is a reference to an object.
    pub fn note_object(&mut self, class: FieldClass, value: Value) {
        if class == FieldClass::Object {
            self.builder.declare_value_needs_stack_map(value);
        }
    }

    /// Pops a value.
    pub fn pop(&mut self) -> Value {
        self.stack
            .pop()
            .expect("validation has checked the operand stack")
    }

    /// Pops two values, the deeper first.
    pub fn pop2(&mut self) -> (Value, Value) {
        let second = self.pop();
        (self.pop(), second)
    }

    /// Takes the topmost `count` values, the deepest first.
    pub fn pop_many(&mut self, count: usize) -> Vec<Value> {
        self.stack.split_off(self.stack.len() - count)
    }
}
