//! Rows of values on their way from one memory to another.
//!
//! The address and the length are checked, the instance that gets the row allocates, what it gives is checked, and a function of the host passes the values.
//! That is called as it is, without leaving compiled code: it knows nothing of the store, and cannot trap. Whatever was done is noted, so that whoever the
//! call is left to goes on from there.

use super::control::{code_and_context, refuse_if};
use crate::abi;
use crate::dirt::{Dirt, Side};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, InstBuilder, MemFlagsData, Value, types};
use cranelift_frontend::FunctionBuilder;
use transom_code::{ComponentCall, MAX_ROW_BYTES, Row, Shape};
use transom_layout::{
    VmCallProgress, VmComponentCall, VmComponentFlags, VmComponentRows, VmMemory, VmPassRow, VmRowSide,
};

/// The bytes of an address and a length in memory.
const PAIR: i64 = 8;

const PAIR_ALIGN: u32 = 4;

/// What passes rows.
pub(super) struct Rows<'a> {
    /// The address of the [`VmComponentRows`].
    rows: Value,
    /// That of the [`VmCallProgress`].
    progress: Value,
    /// Where everything is left to the host.
    slow: Block,
    dirt: Dirt<'a>,
}

/// Where a row is passed to.
#[derive(Clone, Copy)]
pub(super) enum Way {
    There,
    Back,
}

impl Way {
    /// The offset of the instance that has the row.
    fn source(self) -> i32 {
        match self {
            Way::There => VmComponentRows::CALLER,
            Way::Back => VmComponentRows::CALLEE,
        }
    }

    /// That of the one that gets it.
    fn destination(self) -> i32 {
        match self {
            Way::There => VmComponentRows::CALLEE,
            Way::Back => VmComponentRows::CALLER,
        }
    }
}

/// A row among those of a call.
#[derive(Clone, Copy)]
pub(super) struct RowOf {
    pub(super) row: Row,
    pub(super) way: Way,
    /// Its number among all rows, those of the arguments first.
    pub(super) index: usize,
}

impl<'a> Rows<'a> {
    /// Begins a call that passes rows, before anything is left to the host: nothing was done.
    pub(super) fn begin(
        builder: &mut FunctionBuilder<'_>,
        link: Value,
        slow: Block,
        dirt: Dirt<'a>,
    ) -> Rows<'a> {
        let flags = MemFlagsData::trusted();
        let rows = builder.ins().load(types::I64, flags, link, VmComponentCall::ROWS);
        let progress = builder
            .ins()
            .load(types::I64, flags, rows, VmComponentRows::PROGRESS);
        let nothing = builder.ins().iconst(types::I64, 0);
        builder
            .ins()
            .store(flags, nothing, progress, VmCallProgress::ALLOCATIONS);
        Rows {
            rows,
            progress,
            slow,
            dirt,
        }
    }

    /// Notes a number of 32 bits.
    fn note(&self, builder: &mut FunctionBuilder<'_>, what: i32, number: Value) {
        builder
            .ins()
            .store(MemFlagsData::trusted(), number, self.progress, what);
    }

    fn note_count(&self, builder: &mut FunctionBuilder<'_>, count: usize) {
        let count = builder.ins().iconst(types::I32, count as i64);
        self.note(builder, VmCallProgress::ALLOCATIONS, count);
    }

    /// Passes a row: its address in the other memory.
    pub(super) fn pass(
        &self,
        builder: &mut FunctionBuilder<'_>,
        RowOf { row, way, index }: RowOf,
        pointer: Value,
        length: Value,
    ) -> Value {
        let wide = builder.ins().uextend(types::I64, length);
        let bytes = builder.ins().imul_imm_u(wide, i64::from(row.size));
        let is_long = builder
            .ins()
            .icmp_imm_u(IntCC::UnsignedGreaterThan, bytes, i64::from(MAX_ROW_BYTES));
        refuse_if(builder, is_long, self.slow);
        self.place(builder, way.source(), (pointer, bytes), row.align);
        let allocated = self.allocate(builder, way.destination(), bytes, row.align);
        // Once the callee has returned, what was allocated for its arguments does not count.
        let number = match way {
            Way::There => index,
            Way::Back => 0,
        };
        self.note(builder, VmCallProgress::POINTERS + 4 * number as i32, allocated);
        self.note_count(builder, number + 1);
        let to = self.place(builder, way.destination(), (allocated, bytes), row.align);
        // Instances of one component may share memories, so the function that allocates may have moved either.
        let from = self.place(builder, way.source(), (pointer, bytes), row.align);
        let flags = MemFlagsData::trusted();
        let pass = builder
            .ins()
            .load(types::I64, flags, self.rows, VmComponentRows::PASS);
        let offset = VmPassRow::SIZE * index as i32;
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

    /// Passes the row that the callee has returned, and writes where it is to where the caller says.
    pub(super) fn pass_back(
        &self,
        builder: &mut FunctionBuilder<'_>,
        (row, index): (Row, usize),
        returned: Value,
        area: Value,
    ) {
        self.note(builder, VmCallProgress::RETURNED, returned);
        let one = builder.ins().iconst(types::I32, 1);
        self.note(builder, VmCallProgress::HAS_RETURNED, one);
        self.note_count(builder, 0);
        let size = builder.ins().iconst(types::I64, PAIR);
        let flags = MemFlagsData::new().with_notrap();
        self.place(builder, VmComponentRows::CALLER, (area, size), PAIR_ALIGN);
        let pair = self.place(builder, VmComponentRows::CALLEE, (returned, size), PAIR_ALIGN);
        let pointer = builder.ins().load(types::I32, flags, pair, 0);
        let length = builder.ins().load(types::I32, flags, pair, 4);
        let row = RowOf {
            row,
            way: Way::Back,
            index,
        };
        let pointer = self.pass(builder, row, pointer, length);
        // The memory may be elsewhere by now.
        let pair = self.place(builder, VmComponentRows::CALLER, (area, size), PAIR_ALIGN);
        builder.ins().store(flags, pointer, pair, 0);
        builder.ins().store(flags, length, pair, 4);
    }

    /// Calls what the callee wants to be called with what it has returned.
    pub(super) fn post_return(&self, builder: &mut FunctionBuilder<'_>, returned: Value) {
        let shape = ComponentCall::post_return();
        let function = VmComponentRows::POST_RETURN;
        self.call_held(builder, VmComponentRows::CALLEE, (function, &shape), &[returned]);
    }

    /// The host's address of bytes in the memory of an instance, which are inside of it and aligned.
    fn place(
        &self,
        builder: &mut FunctionBuilder<'_>,
        side: i32,
        (pointer, bytes): (Value, Value),
        align: u32,
    ) -> Value {
        if align > 1 {
            let rest = builder.ins().band_imm_u(pointer, i64::from(align - 1));
            refuse_if(builder, rest, self.slow);
        }
        let flags = MemFlagsData::trusted();
        let memory = builder
            .ins()
            .load(types::I64, flags, self.rows, side + VmRowSide::MEMORY);
        let size = builder.ins().load(types::I64, flags, memory, VmMemory::LENGTH);
        let base = builder.ins().load(types::I64, flags, memory, VmMemory::BASE);
        let pointer = builder.ins().uextend(types::I64, pointer);
        // Neither is above 2^32.
        let end = builder.ins().iadd(pointer, bytes);
        let is_beyond = builder.ins().icmp(IntCC::UnsignedGreaterThan, end, size);
        refuse_if(builder, is_beyond, self.slow);
        builder.ins().iadd(base, pointer)
    }

    /// Lets an instance allocate.
    fn allocate(&self, builder: &mut FunctionBuilder<'_>, side: i32, bytes: Value, align: u32) -> Value {
        let bytes = builder.ins().ireduce(types::I32, bytes);
        let zero = builder.ins().iconst(types::I32, 0);
        let align = builder.ins().iconst(types::I32, i64::from(align));
        let shape = ComponentCall::realloc();
        let function = side + VmRowSide::REALLOC;
        let results = self.call_held(builder, side, (function, &shape), &[zero, zero, align, bytes]);
        results[0]
    }

    /// Calls a function of an instance, which must not call its imports meanwhile.
    fn call_held(
        &self,
        builder: &mut FunctionBuilder<'_>,
        side: i32,
        (function, shape): (i32, &Shape),
        arguments: &[Value],
    ) -> Vec<Value> {
        let flags = MemFlagsData::trusted();
        let instance = builder
            .ins()
            .load(types::I64, flags, self.rows, side + VmRowSide::FLAGS);
        let hold = |builder: &mut FunctionBuilder<'_>, held| {
            let held = builder.ins().iconst(types::I8, held);
            builder
                .ins()
                .store(flags, held, instance, VmComponentFlags::MAY_NOT_LEAVE);
        };
        hold(builder, 1);
        let (code, context) = code_and_context(builder, self.rows, function);
        let mut given = vec![context];
        for &argument in arguments {
            given.push(self.dirt.add(builder, argument));
        }
        let signature = abi::wasm_signature(shape, Side::Caller, self.dirt);
        let signature = builder.import_signature(signature);
        let called = builder.ins().call_indirect(signature, code, &given);
        let results = builder.inst_results(called).to_vec();
        hold(builder, 0);
        results
    }
}
