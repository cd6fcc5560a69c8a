//! What one compilation works in.

use cranelift_codegen::Context;
use cranelift_codegen::ir::StackSlot;
use cranelift_frontend::FunctionBuilderContext;
use transom_code::Inlined;

/// What one compilation works in, kept for the next so that its allocations are.
pub struct Scratch {
    /// The function, and what Cranelift finds out about it.
    pub context: Context,
    /// The frontend's own scratch space.
    pub builder: FunctionBuilderContext,
    /// What was translated in place of calls.
    pub inlined: Inlined,
    /// Slots of the frame that hold references to objects during every call.
    pub frame_slots: Vec<StackSlot>,
}

impl Scratch {
    /// Whether other functions should be compiled in the same memory. A function with very many instructions needs hundreds of
    /// megabytes, and no other one of its module may.
    pub fn is_worth_keeping(&self) -> bool {
        const MAX_INSTRUCTIONS: usize = 20_000;
        self.context.func.dfg.num_insts() <= MAX_INSTRUCTIONS
    }
}

impl Default for Scratch {
    fn default() -> Scratch {
        Scratch {
            context: Context::new(),
            builder: FunctionBuilderContext::new(),
            inlined: Inlined::default(),
            frame_slots: Vec::new(),
        }
    }
}
