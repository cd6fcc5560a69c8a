//! Tables.

use super::memory::number;
use crate::assembler::{Alu, Condition, Gpr, Label, Memory, Source, Width};
use crate::emitter::{CONTEXT, Emitter, SCRATCH};
use crate::op;
use crate::state::Failure;
use Width::{W32, W64};
use transom_layout::VmTable;
use transom_layout::object::FieldClass;
use transom_module::wasmparser;
use transom_ops::Libcall;

impl Emitter<'_> {
    /// Number of elements of a table that can neither grow nor shrink.
    fn fixed_length(&self, table: u32) -> Option<i32> {
        let limits = self.unit.module.tables[table as usize].ty.limits;
        let fixed = limits.max == Some(limits.min);
        i32::try_from(limits.min).ok().filter(|_| fixed)
    }

    /// Where a field of the `VmTable` is; the place may use the scratch register.
    fn table_field(&mut self, table: u32, field: i32) -> Memory {
        let unit = self.unit;
        match table.checked_sub(unit.module.imported.tables) {
            Some(own) => CONTEXT.at(unit.offsets.table(own) + field),
            None => {
                let place = CONTEXT.at(unit.offsets.imported_table(table));
                self.asm.load_gpr(W64, SCRATCH, place);
                SCRATCH.at(field)
            }
        }
    }

    /// The class of a table's elements.
    fn element_class(&self, table: u32) -> FieldClass {
        let heap = self.unit.module.tables[table as usize].ty.element.heap;
        transom_code::heap_class(self.unit.registry, heap)
    }

    /// Goes to `wrong` unless a 64-bit index is in bounds; gives the address of the element, in a register that was taken. The
    /// index stays.
    pub fn checked_element(&mut self, table: u32, index: Gpr, wrong: Label) -> Gpr {
        let shift = self.element_class(table).size_log2();
        let address = self.take_gpr();
        let distance = self.take_gpr();
        self.asm.move_gpr(W64, distance, index);
        op!(&mut self.asm, shlq_mi, distance, shift as u8);
        let elements = self.table_field(table, VmTable::ELEMENTS);
        self.asm.load_gpr(W64, address, elements);
        self.asm.alu(Alu::Add, W64, address, Source::Gpr(distance));
        let length = match self.fixed_length(table) {
            Some(length) => Source::Immediate(length),
            None => Source::Memory(self.table_field(table, VmTable::LENGTH)),
        };
        self.asm.alu(Alu::Cmp, W64, index, length);
        self.asm.jump_if(Condition::AboveOrEqual, wrong);
        self.mask(Condition::AboveOrEqual, address, distance);
        self.release_gpr(distance);
        address
    }

    /// Pops an index and gives the address of the element.
    fn accessed_element(&mut self, table: u32) -> Gpr {
        let operand = self.pop();
        let index = self.read_gpr(operand);
        let wrong = self.failure(Failure::Table { table, index });
        let element = self.checked_element(table, index, wrong);
        self.release_gpr(index);
        element
    }

    pub fn visit_table_get(&mut self, table: u32) {
        let element = self.accessed_element(table);
        let class = self.element_class(table);
        self.asm.load_gpr(Width::of(class), element, element.at(0));
        self.push_gpr(class, element);
    }

    pub fn visit_table_set(&mut self, table: u32) {
        let operand = self.pop();
        let value = self.read_gpr(operand);
        let element = self.accessed_element(table);
        let class = self.element_class(table);
        self.asm.store_gpr(Width::of(class), element.at(0), value);
        self.release_gpr(element);
        self.release_gpr(value);
    }

    pub fn visit_table_size(&mut self, table: u32) {
        let to = self.take_gpr();
        let length = self.table_field(table, VmTable::LENGTH);
        self.asm.load_gpr(W64, to, length);
        let index64 = self.unit.module.tables[table as usize].ty.index64;
        if !index64 {
            self.asm.move_gpr(W32, to, to);
        }
        self.push_gpr(Self::index_class(index64), to);
    }

    pub fn visit_table_grow(&mut self, table: u32) {
        let (value, delta) = self.pop2();
        self.libcall(Libcall::table_grow, &[number(table), delta, value]);
        let index64 = self.unit.module.tables[table as usize].ty.index64;
        self.push_result(Self::index_class(index64));
    }

    pub fn visit_table_fill(&mut self, table: u32) {
        let len = self.pop();
        let (start, value) = self.pop2();
        self.libcall(Libcall::table_fill, &[number(table), start, value, len]);
    }

    pub fn visit_table_copy(&mut self, to: u32, from: u32) {
        let len = self.pop();
        let (to_start, from_start) = self.pop2();
        let args = [number(to), number(from), to_start, from_start, len];
        self.libcall(Libcall::table_copy, &args);
    }

    pub fn visit_table_init(&mut self, segment: u32, table: u32) {
        let (from, len) = self.pop2();
        let to = self.pop();
        let args = [number(table), number(segment), to, from, len];
        self.libcall(Libcall::table_init, &args);
    }

    pub fn visit_elem_drop(&mut self, segment: u32) {
        self.libcall(Libcall::elem_drop, &[number(segment)]);
    }

    pub fn visit_ref_null(&mut self, heap: wasmparser::HeapType) {
        let class = self.unit.heap_class(heap);
        self.push(class, crate::state::Place::Constant(0));
    }
}
