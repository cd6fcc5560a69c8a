//! Locals.

use cranelift_codegen::ir::{self, StackSlot};
use cranelift_frontend::Variable;

/// Where a local is.
#[derive(Clone, Copy)]
pub enum Local {
    /// It is a variable.
    Variable(Variable),
    /// It is in the frame, and of this type.
    Slot(StackSlot, ir::Type),
}
