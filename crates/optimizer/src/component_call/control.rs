//! Branches and callees of adapters.

use cranelift_codegen::ir::{Block, InstBuilder, MemFlagsData, Value, types};
use cranelift_frontend::FunctionBuilder;
use transom_layout::VmCallee;

/// Goes to a block if a value is not zero.
pub(super) fn refuse_if(builder: &mut FunctionBuilder<'_>, condition: Value, slow: Block) {
    let next = builder.create_block();
    builder.ins().brif(condition, slow, &[], next, &[]);
    builder.seal_block(next);
    builder.switch_to_block(next);
}

/// The code of the [`VmCallee`] at an offset, and the context that it runs in.
pub(super) fn code_and_context(
    builder: &mut FunctionBuilder<'_>,
    base: Value,
    offset: i32,
) -> (Value, Value) {
    let flags = MemFlagsData::trusted();
    let slot = builder
        .ins()
        .load(types::I64, flags, base, offset + VmCallee::SLOT);
    let code = builder.ins().load(types::I64, flags, slot, 0);
    let context = builder
        .ins()
        .load(types::I64, flags, base, offset + VmCallee::CONTEXT);
    (code, context)
}
