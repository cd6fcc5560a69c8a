//! The state of the emission of a function, and what every instruction does with operands and registers.
//!
//! An operand that was popped, and a register that was taken, belong to the method that has done it: nothing else uses them until
//! they are pushed or released.

use crate::assembler::{Assembler, Condition, Gpr, Xmm};
use crate::state::{Block, Frame, Handlers, Pending, Registers, Stack};
use crate::tables::Tables;
use crate::unit::{Type, Unit};
use std::sync::Arc;
use transom_code::CompileError;
use transom_code::decide::work::Work;

/// Holds the function's context, from its entry to its end.
pub const CONTEXT: Gpr = Gpr::R14;
/// Holds the base that most accesses start from, if the function has one: see `emit/entry.rs`.
pub const BASE: Gpr = Gpr::R15;
/// Registers that hold nothing between two instructions of the machine that belong together.
pub const SCRATCH: Gpr = Gpr::R11;
/// The same for floats and vectors.
pub const SCRATCH_XMM: Xmm = Xmm::SCRATCH;

/// How a function is emitted. What has not been known before makes the emission begin again.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Options {
    /// The slots of operands can hold vectors.
    pub wide: bool,
    /// The function checks at its entry that its frame fits on the stack.
    pub checked: bool,
}

/// The state of the emission of a function.
pub struct Emitter<'a> {
    pub asm: Assembler,
    pub unit: &'a Unit<'a>,
    pub stack: Stack,
    pub registers: Registers,
    pub frame: Frame,
    pub control: Vec<Block>,
    pub handlers: Handlers,
    pub pending: Pending,
    pub tables: Tables,
    pub flow: Flow,
    pub outcome: Outcome,
    pub body: Body,
}

/// What keeps the code from being used.
#[derive(Default, Debug)]
pub struct Outcome {
    /// How the function has to be emitted, if not as it is.
    pub again: Options,
    /// Why it cannot be compiled.
    pub failed: Option<CompileError>,
    /// What is passed and written beside the operands of instructions.
    pub work: Work,
}

/// Where the emission is in the function's control flow.
#[derive(Clone, Copy, Default, Debug)]
pub struct Flow {
    /// Whether the next instruction can be reached.
    pub reachable: bool,
    /// What the flags say, which is the topmost operand that is not on the stack yet.
    pub flags: Option<Flags>,
}

/// What is known of the function before its first instruction.
#[derive(Clone, Debug)]
pub struct Body {
    /// The function's index.
    pub function: u32,
    /// Its convention.
    pub ty: Arc<Type>,
    /// What the base register holds.
    pub base: Base,
    /// The offset of the present instruction in the module's bytes.
    pub offset: u32,
    /// Homes that calls do not keep, by the position of the local.
    pub fragile: Vec<u32>,
    /// Whether the entry checks that there is enough stack, for the runtime too.
    pub checked: bool,
}

/// What the base register holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Base {
    /// Nothing; locals may be there.
    None,
    /// The address of the first byte of the first memory, which never changes.
    Memory,
    /// The base of the heap of objects.
    Heap,
}

/// What the flags of the processor say about a comparison.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flags {
    /// A condition holds.
    If(Condition),
    /// Two floats are equal, and none is NaN.
    FloatsEqual,
    /// Two floats are not equal, or one is NaN.
    FloatsDiffer,
}

impl Flags {
    /// The opposite.
    pub fn inverted(self) -> Flags {
        match self {
            Flags::If(condition) => Flags::If(condition.inverted()),
            Flags::FloatsEqual => Flags::FloatsDiffer,
            Flags::FloatsDiffer => Flags::FloatsEqual,
        }
    }
}

impl Emitter<'_> {
    /// Counts values that are passed or written beside the operands of an instruction. If they are too many, the emission fails behind
    /// it.
    pub fn work(&mut self, work: usize) {
        self.outcome.work.add(work);
        if !self.outcome.work.has_room(0) && self.outcome.failed.is_none() {
            self.outcome.failed = Some(CompileError::Limit {
                function: self.body.function,
                message: self.outcome.work.message(0),
            });
        }
    }
}
