//! Control frames: the open blocks.

use super::handlers::HandlerScope;
use crate::abi;
use cranelift_codegen::ir::{Block, Value};
use cranelift_frontend::FunctionBuilder;
use transom_layout::object::FieldClass;

/// An open block.
pub struct Frame {
    /// What it is.
    pub kind: Kind,
    /// Where control goes after the block's end; its parameters are the block's results.
    pub exit: Block,
    /// Height of the operand stack below the block's parameters.
    pub height: usize,
    /// Classes of its results.
    pub results: Vec<FieldClass>,
    /// Whether a branch leads to `exit`.
    pub exit_reached: bool,
    /// Whether one does that is not unlikely.
    pub exit_likely: bool,
    /// The clauses around the instructions of its body.
    pub handlers: HandlerScope,
}

/// A `try` of the legacy proposal.
#[derive(Default)]
pub struct LegacyTry {
    /// Where the clauses begin that have not been met yet, the next one last.
    pub clauses: Vec<Block>,
    /// Whether a clause has begun. Its first operand is the exception that it has caught.
    pub in_clause: bool,
}

/// What an open block is.
pub enum Kind {
    /// A block, or the second arm of an `if`.
    Block,
    /// A `try_table` with so many clauses.
    Try { clauses: usize },
    /// A `try` of the legacy proposal.
    Legacy(LegacyTry),
    /// Branches go to the header; its parameters are the block's, whose classes are in `params`.
    Loop { header: Block, params: Vec<FieldClass> },
    /// The second arm has not been met: its block, and the parameters that it begins with.
    If { otherwise: Block, params: Vec<Value> },
}

impl Frame {
    /// The frame of a whole body, whose exit returns.
    pub fn function(builder: &mut FunctionBuilder<'_>, results: Vec<FieldClass>) -> Frame {
        Frame::new(builder, Kind::Block, results, 0)
    }

    /// The frame of an inlined body, above operands of this number.
    pub fn inlined(builder: &mut FunctionBuilder<'_>, results: Vec<FieldClass>, height: usize) -> Frame {
        Frame::new(builder, Kind::Block, results, height)
    }

    /// The frame of a block without values that is entered once more, from another place. It begins where a frame around it does.
    pub fn again(exit: Block, outer: &Frame) -> Frame {
        Frame {
            kind: Kind::Block,
            exit,
            height: outer.height,
            results: Vec::new(),
            exit_reached: true,
            exit_likely: true,
            handlers: outer.handlers,
        }
    }

    pub fn new(
        builder: &mut FunctionBuilder<'_>,
        kind: Kind,
        results: Vec<FieldClass>,
        height: usize,
    ) -> Frame {
        let exit = block_with_params(builder, &results);
        Frame {
            kind,
            exit,
            height,
            results,
            exit_reached: false,
            exit_likely: false,
            handlers: HandlerScope::default(),
        }
    }

    /// Where a branch to this frame goes.
    pub fn target(&self) -> Block {
        match self.kind {
            Kind::Loop { header, .. } => header,
            _ => self.exit,
        }
    }

    /// How many values a branch takes along.
    pub fn arity(&self) -> usize {
        match &self.kind {
            Kind::Loop { params, .. } => params.len(),
            _ => self.results.len(),
        }
    }
}

/// A block with parameters of these classes.
pub fn block_with_params(builder: &mut FunctionBuilder<'_>, params: &[FieldClass]) -> Block {
    let block = builder.create_block();
    for &class in params {
        let value = builder.append_block_param(block, abi::field_type(class));
        if class == FieldClass::Object {
            builder.declare_value_needs_stack_map(value);
        }
    }
    block
}
