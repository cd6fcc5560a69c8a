//! Where locals are.

use cranelift_codegen::ir::StackSlot;
use cranelift_frontend::Variable;
use std::collections::HashMap;
use transom_layout::object::FieldClass;

/// Where a local is.
#[derive(Clone, Copy)]
pub enum Local {
    /// It is a variable.
    Variable(Variable),
    /// It is in the frame, and of this class.
    Slot(StackSlot, FieldClass),
}

/// The locals of the function and of inlined ones.
#[derive(Default)]
pub struct Locals {
    /// Those of the function whose body is being read.
    pub own: Vec<Local>,
    /// Whether locals lie in the frame.
    pub in_frame: bool,
    /// Slots whose inlined function has ended, by class.
    pub free: HashMap<FieldClass, Vec<StackSlot>>,
    /// Slots that hold references to objects, from the function's entry on.
    pub objects: Vec<StackSlot>,
    /// The variables of the function whose body is being read.
    pub variables: Variables,
    /// The sum, over inlined functions that have ended, of their variables, times the blocks of their bodies.
    pub inlined_variables: Variables,
}

/// Numbers of variables.
#[derive(Default)]
pub struct Variables {
    /// All of them.
    pub all: usize,
    /// Those that hold references to objects.
    pub objects: usize,
}

/// The locals of a function while one that is inlined into it is read.
pub struct CallerLocals {
    pub own: Vec<Local>,
    pub variables: Variables,
    /// Blocks that there were when the inlined function began.
    pub blocks: usize,
}
