//! Tables.

use super::state::{Failure, Region, Translator, constant_flags};
use crate::abi;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, InstBuilder, Value, types};
use transom_layout::VmTable;
use transom_layout::object::FieldClass;
use transom_module::wasmparser;
use transom_ops::Libcall;

impl Translator<'_> {
    /// Number of elements of a table that can neither grow nor shrink.
    fn fixed_length(&self, table: u32) -> Option<u64> {
        let limits = self.env.unit.module.tables[table as usize].ty.limits;
        (limits.max == Some(limits.min)).then_some(limits.min)
    }

    /// Where the `VmTable` is: an address and an offset from it.
    fn table_descriptor(&mut self, table: u32) -> (Value, i32) {
        let unit = self.env.unit;
        match table.checked_sub(unit.module.imported.tables) {
            Some(own) => (self.env.context, unit.offsets.table(own)),
            None => (self.load_constant(unit.offsets.imported_table(table)), 0),
        }
    }

    fn table_length(&mut self, table: u32) -> Value {
        if let Some(length) = self.fixed_length(table) {
            return self.builder.ins().iconst(types::I64, length as i64);
        }
        let (address, offset) = self.table_descriptor(table);
        self.load_field(Region::TableFields, address, offset + VmTable::LENGTH)
    }

    /// The class of a table's elements.
    fn element_class(&self, table: u32) -> FieldClass {
        let module = self.env.unit.module;
        let heap = module.tables[table as usize].ty.element.heap;
        transom_code::heap_class(self.env.unit.registry, heap)
    }

    /// Goes to `wrong` unless a 64-bit index is in bounds; gives the address of the element.
    pub fn checked_element(&mut self, table: u32, index: Value, wrong: Block) -> Value {
        let length = self.table_length(table);
        let beyond = self
            .builder
            .ins()
            .icmp(IntCC::UnsignedGreaterThanOrEqual, index, length);
        self.branch_to_trap(beyond, wrong);
        let address = self.element_address(table, index);
        self.masked(beyond, address)
    }

    fn element_address(&mut self, table: u32, index: Value) -> Value {
        let fixed = self.fixed_length(table).is_some();
        let (address, offset) = self.table_descriptor(table);
        let offset = offset + VmTable::ELEMENTS;
        let elements = if fixed {
            self.builder
                .ins()
                .load(types::I64, constant_flags(), address, offset)
        } else {
            self.load_field(Region::TableFields, address, offset)
        };
        let shift = self.element_class(table).size_log2();
        let distance = self.builder.ins().ishl_imm_u(index, i64::from(shift));
        self.builder.ins().iadd(elements, distance)
    }

    /// Address of the element that an instruction accesses.
    fn accessed_element(&mut self, table: u32, index: Value) -> Value {
        let index = self.widen(index);
        let wrong = self.failure(Failure::Table { table, index });
        self.checked_element(table, index, wrong)
    }

    /// Loads an element by its address.
    pub fn load_element(&mut self, table: u32, address: Value) -> Value {
        let flags = self.env.field_flags(&mut self.builder, Region::Elements);
        let ty = abi::field_type(self.element_class(table));
        self.builder.ins().load(ty, flags, address, 0)
    }

    pub fn visit_table_get(&mut self, table: u32) {
        let index = self.pop();
        let address = self.accessed_element(table, index);
        let value = self.load_element(table, address);
        self.push_new(self.element_class(table), value);
    }

    pub fn visit_table_set(&mut self, table: u32) {
        let (index, value) = self.pop2();
        let address = self.accessed_element(table, index);
        let flags = self.env.field_flags(&mut self.builder, Region::Elements);
        self.builder.ins().store(flags, value, address, 0);
    }

    pub fn visit_table_size(&mut self, table: u32) {
        let length = self.table_length(table);
        let length = self.narrow(length, self.env.unit.module.tables[table as usize].ty.index64);
        self.push(length);
    }

    pub fn visit_table_grow(&mut self, table: u32) {
        let (value, delta) = self.pop2();
        let (value, delta) = (self.widen(value), self.widen(delta));
        let index64 = self.env.unit.module.tables[table as usize].ty.index64;
        let table = self.iconst32(table);
        let size = self
            .libcall(Libcall::table_grow, &[table, delta, value])
            .expect("table_grow has a result");
        let size = self.narrow(size, index64);
        self.push(size);
    }

    pub fn visit_table_fill(&mut self, table: u32) {
        let len = self.pop();
        let (start, value) = self.pop2();
        let [start, value, len] = [start, value, len].map(|value| self.widen(value));
        let table = self.iconst32(table);
        self.libcall(Libcall::table_fill, &[table, start, value, len]);
    }

    pub fn visit_table_copy(&mut self, to: u32, from: u32) {
        let len = self.pop();
        let (to_start, from_start) = self.pop2();
        let (to, from) = (self.iconst32(to), self.iconst32(from));
        let [to_start, from_start, len] = [to_start, from_start, len].map(|value| self.widen(value));
        self.libcall(Libcall::table_copy, &[to, from, to_start, from_start, len]);
    }

    pub fn visit_table_init(&mut self, segment: u32, table: u32) {
        let (from, len) = self.pop2();
        let to = self.pop();
        let to = self.widen(to);
        let (table, segment) = (self.iconst32(table), self.iconst32(segment));
        self.libcall(Libcall::table_init, &[table, segment, to, from, len]);
    }

    pub fn visit_elem_drop(&mut self, segment: u32) {
        let segment = self.iconst32(segment);
        self.libcall(Libcall::elem_drop, &[segment]);
    }

    pub fn visit_ref_null(&mut self, heap: wasmparser::HeapType) {
        let ty = abi::field_type(self.env.unit.heap_class(heap));
        let null = self.builder.ins().iconst(ty, 0);
        self.push(null);
    }
}
