//! Rows of values on their way to the callee's memory.
//!
//! The address and the length are checked, the callee allocates, what it gives is checked, and a function of the host passes the values. It is called as
//! it is, without leaving compiled code: it knows nothing of the store, and cannot trap. Until the callee is called, the link's allocations are what
//! it has allocated for this call; whoever the call is left to takes them from there.

use super::numbers::refuse_if;
use crate::abi;
use crate::dirt::{Dirt, Side};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, InstBuilder, MemFlagsData, Value, types};
use cranelift_frontend::FunctionBuilder;
use transom_code::{ComponentCall, MAX_ROW_BYTES, Row};
use transom_layout::{
    VmAllocations, VmComponentCall, VmComponentFlags, VmComponentRows, VmMemory, VmPassRow,
};

/// What passes rows.
pub(super) struct Rows<'a> {
    /// The address of the [`VmComponentRows`].
    rows: Value,
    /// That of the [`VmAllocations`].
    allocations: Value,
    /// Where everything is left to the host.
    slow: Block,
    dirt: Dirt<'a>,
}

impl<'a> Rows<'a> {
    /// Begins a call that passes rows, before anything is left to the host: nothing is allocated.
    pub(super) fn begin(
        builder: &mut FunctionBuilder<'_>,
        link: Value,
        slow: Block,
        dirt: Dirt<'a>,
    ) -> Rows<'a> {
        let flags = MemFlagsData::trusted();
        let rows = builder.ins().load(types::I64, flags, link, VmComponentCall::ROWS);
        let allocations = builder
            .ins()
            .load(types::I64, flags, rows, VmComponentRows::ALLOCATIONS);
        let rows = Rows {
            rows,
            allocations,
            slow,
            dirt,
        };
        rows.count(builder, 0);
        rows
    }

    /// Notes how many allocations there are.
    fn count(&self, builder: &mut FunctionBuilder<'_>, count: i32) {
        let count = builder.ins().iconst(types::I32, i64::from(count));
        builder.ins().store(
            MemFlagsData::trusted(),
            count,
            self.allocations,
            VmAllocations::COUNT,
        );
    }

    /// Passes the row with an index: its address in the callee's memory.
    pub(super) fn pass(
        &self,
        builder: &mut FunctionBuilder<'_>,
        (index, row): (i32, Row),
        pointer: Value,
        length: Value,
    ) -> Value {
        let wide = builder.ins().uextend(types::I64, length);
        let bytes = builder.ins().imul_imm_u(wide, i64::from(row.size));
        let is_long = builder
            .ins()
            .icmp_imm_u(IntCC::UnsignedGreaterThan, bytes, i64::from(MAX_ROW_BYTES));
        refuse_if(builder, is_long, self.slow);
        let from = self.place(builder, VmComponentRows::SOURCE, (pointer, bytes), row.align);
        let allocated = self.allocate(builder, bytes, row.align);
        builder.ins().store(
            MemFlagsData::trusted(),
            allocated,
            self.allocations,
            VmAllocations::POINTERS + 4 * index,
        );
        self.count(builder, index + 1);
        let to = self.place(
            builder,
            VmComponentRows::DESTINATION,
            (allocated, bytes),
            row.align,
        );
        let flags = MemFlagsData::trusted();
        let pass = builder
            .ins()
            .load(types::I64, flags, self.rows, VmComponentRows::PASS);
        let offset = VmPassRow::SIZE * index;
        let function = builder
            .ins()
            .load(types::I64, flags, pass, offset + VmPassRow::FUNCTION);
        let environment = builder
            .ins()
            .load(types::I64, flags, pass, offset + VmPassRow::ENVIRONMENT);
        let signature = abi::system_signature(&[types::I64; 4], &[types::I32]);
        let signature = builder.import_signature(signature);
        let called = builder
            .ins()
            .call_indirect(signature, function, &[environment, from, to, bytes]);
        let is_right = builder.inst_results(called)[0];
        let is_wrong = builder.ins().icmp_imm_u(IntCC::Equal, is_right, 0);
        refuse_if(builder, is_wrong, self.slow);
        allocated
    }

    /// The host's address of bytes in a memory, which are inside of it and aligned.
    fn place(
        &self,
        builder: &mut FunctionBuilder<'_>,
        memory: i32,
        (pointer, bytes): (Value, Value),
        align: u32,
    ) -> Value {
        if align > 1 {
            let rest = builder.ins().band_imm_u(pointer, i64::from(align - 1));
            refuse_if(builder, rest, self.slow);
        }
        let flags = MemFlagsData::trusted();
        let memory = builder.ins().load(types::I64, flags, self.rows, memory);
        let size = builder.ins().load(types::I64, flags, memory, VmMemory::LENGTH);
        let base = builder.ins().load(types::I64, flags, memory, VmMemory::BASE);
        let pointer = builder.ins().uextend(types::I64, pointer);
        // Neither is above 2^32.
        let end = builder.ins().iadd(pointer, bytes);
        let is_beyond = builder.ins().icmp(IntCC::UnsignedGreaterThan, end, size);
        refuse_if(builder, is_beyond, self.slow);
        builder.ins().iadd(base, pointer)
    }

    /// Lets the callee allocate. It must not call its imports meanwhile.
    fn allocate(&self, builder: &mut FunctionBuilder<'_>, bytes: Value, align: u32) -> Value {
        let flags = MemFlagsData::trusted();
        let allocator = builder
            .ins()
            .load(types::I64, flags, self.rows, VmComponentRows::ALLOCATOR);
        let hold = |builder: &mut FunctionBuilder<'_>, held| {
            let held = builder.ins().iconst(types::I8, held);
            builder
                .ins()
                .store(flags, held, allocator, VmComponentFlags::MAY_NOT_LEAVE);
        };
        hold(builder, 1);
        let slot = builder
            .ins()
            .load(types::I64, flags, self.rows, VmComponentRows::REALLOC);
        let code = builder.ins().load(types::I64, flags, slot, 0);
        let context = builder
            .ins()
            .load(types::I64, flags, self.rows, VmComponentRows::REALLOC_CONTEXT);
        let bytes = builder.ins().ireduce(types::I32, bytes);
        let zero = builder.ins().iconst(types::I32, 0);
        let align = builder.ins().iconst(types::I32, i64::from(align));
        let mut arguments = vec![context];
        for value in [zero, zero, align, bytes] {
            arguments.push(self.dirt.add(builder, value));
        }
        let signature = abi::wasm_signature(&ComponentCall::allocator(), Side::Caller, self.dirt);
        let signature = builder.import_signature(signature);
        let called = builder.ins().call_indirect(signature, code, &arguments);
        let allocated = builder.inst_results(called)[0];
        hold(builder, 0);
        allocated
    }
}
