//! Fuel: programs count what they execute, and end when they have used what they were given.
//!
//! What costs how much is said where hosts read it, at `Config::consume_fuel`, and in the table of instructions. The costs of
//! straight code are summed up, and the sum is added to the counter before every instruction that may go elsewhere: to
//! another block, into another function, or to the host, which so finds the counter exact. Whether there is fuel left is asked
//! where a function begins, at each turn of a loop, and before work whose amount an operand gives. The counter
//! begins below zero, so the question is one of its sign.
//!
//! All that follows from the instructions alone, whatever becomes of them: an inlined function asks as if it were
//! called, and so does the second copy of a loop. So a program uses the same fuel, and runs out of it in the same
//! place, however it is compiled. A trap inside straight code leaves what was not added yet uncounted, for the
//! same reason: which of the instructions before it are done already is the code generator's choice.

use super::state::{Failure, Region, Translator};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value};
use transom_layout::VmStoreContext;
use transom_module::wasmparser::Operator;
use transom_ops::Instruction;
use transom_ops::instruction::Cost;

/// What it costs to enter a function.
const ENTRY: i64 = 1;
/// The logarithm of the bytes of memory, or elements of a table or array, that cost as much as an instruction.
const BYTES: u32 = 6;
const ELEMENTS: u32 = 3;

impl Translator<'_> {
    /// Whether programs count what they execute.
    pub fn counts_fuel(&self) -> bool {
        self.env.unit.tunables.consume_fuel
    }

    /// A function is entered, whose first instruction is at an offset in the module's bytes.
    pub fn begin_fuel(&mut self, first: u32) {
        if self.counts_fuel() {
            self.locate(first);
            self.fuel_check();
            self.pending.fuel = ENTRY;
        }
    }

    /// Charges for the next instruction.
    pub fn charge(&mut self, operator: &Operator<'_>) {
        match Instruction::of(operator).cost {
            Cost::Later(cost) => self.pending.fuel += i64::from(cost),
            Cost::Before(cost) => {
                self.pending.fuel += i64::from(cost);
                self.use_fuel(None);
            }
            Cost::Fields => self.pending.fuel += 1 + (self.made_of(operator) >> ELEMENTS),
            Cost::Bytes => self.charge_bulk(BYTES),
            Cost::Elements => self.charge_bulk(ELEMENTS),
        }
    }

    /// Charges 1, and 1 more for each started 2 to this power of what the topmost operand counts.
    fn charge_bulk(&mut self, log2: u32) {
        self.pending.fuel += 1;
        let count = *self
            .stack
            .last()
            .expect("validation has checked the operand stack");
        let count = self.widen(count);
        // A sum that overflows is of more than there can be: the instruction fails at once.
        let rounded = self.builder.ins().iadd_imm_s(count, (1 << log2) - 1);
        let units = self.builder.ins().ushr_imm_u(rounded, i64::from(log2));
        self.use_fuel(Some(units));
        self.fuel_check();
    }

    /// How many fields or elements the instruction says that a new object has.
    fn made_of(&self, operator: &Operator<'_>) -> i64 {
        match *operator {
            Operator::StructNew { struct_type_index } | Operator::StructNewDefault { struct_type_index } => {
                let ty = &self.env.unit.module.types[struct_type_index as usize];
                let ty = ty.sub_type().composite.as_struct();
                ty.expect("validation has found a structure type").len() as i64
            }
            Operator::ArrayNewFixed { array_size, .. } => i64::from(array_size),
            ref operator => unreachable!("{operator:?} makes nothing of fields"),
        }
    }

    /// Adds to the counter what was used since the last time, and `more`.
    fn use_fuel(&mut self, more: Option<Value>) {
        let used = std::mem::take(&mut self.pending.fuel);
        if used == 0 && more.is_none() {
            return;
        }
        let store = self.store_context();
        let mut fuel = self.load_field(Region::Fuel, store, VmStoreContext::FUEL);
        fuel = self.builder.ins().iadd_imm_s(fuel, used);
        if let Some(more) = more {
            fuel = self.builder.ins().iadd(fuel, more);
        }
        let flags = self.env.field_flags(&mut self.builder, Region::Fuel);
        self.builder.ins().store(flags, fuel, store, VmStoreContext::FUEL);
    }

    /// Ends the program if no fuel is left.
    pub fn fuel_check(&mut self) {
        if !self.counts_fuel() {
            return;
        }
        debug_assert_eq!(
            self.pending.fuel, 0,
            "all that was used on the way here was added"
        );
        let store = self.store_context();
        let fuel = self.load_field(Region::Fuel, store, VmStoreContext::FUEL);
        let none = self
            .builder
            .ins()
            .icmp_imm_s(IntCC::SignedGreaterThanOrEqual, fuel, 0);
        let out = self.failure(Failure::OutOfFuel);
        self.branch_to_trap(none, out);
    }
}
