//! Where locals are.

use cranelift_codegen::ir::StackSlot;
use cranelift_frontend::Variable;
use std::collections::HashMap;
use transom_layout::object::FieldClass;

/// A local.
#[derive(Clone, Copy)]
pub struct Local {
    pub class: FieldClass,
    pub place: Place,
}

/// Where a local is.
#[derive(Clone, Copy)]
pub enum Place {
    /// It is a variable.
    Variable(Variable),
    /// It is in the frame.
    Slot(StackSlot),
}

/// The locals of the function and of inlined ones.
#[derive(Default)]
pub struct Locals {
    /// Those of the function whose body is being read.
    pub own: Vec<Local>,
    /// Whether locals lie in the frame.
    pub in_frame: bool,
    /// Places whose inlined function has ended, by class.
    pub free: HashMap<FieldClass, Vec<Place>>,
    /// Slots that hold references to objects, from the function's entry on.
    pub objects: Vec<StackSlot>,
    /// The variables that there are.
    pub variables: Variables,
}

/// Numbers of variables.
#[derive(Default)]
pub struct Variables {
    /// All of them.
    pub all: usize,
    /// Those that hold references to objects.
    pub objects: usize,
}
