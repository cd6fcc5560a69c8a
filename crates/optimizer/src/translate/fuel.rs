//! Fuel: programs count what they execute, and end when they have used what they were given. What instructions cost, and when it is
//! added to the counter, is decided in `transom_code::decide::fuel`.

use super::state::{Region, Translator};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value};
use transom_code::decide::fuel::{Charge, ENTRY, charge};
use transom_layout::VmStoreContext;
use transom_module::wasmparser::Operator;

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
        match charge(self.env.unit.module, operator) {
            Charge::Later(cost) => self.pending.fuel += cost,
            Charge::Before(cost) => {
                self.pending.fuel += cost;
                self.use_fuel(None);
            }
            Charge::Bulk { log2 } => self.charge_bulk(log2),
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

    /// Calls the runtime if no fuel is left: it ends the program, or gives it more.
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
        let next = self.begin_slow(none);
        if !self.env.checks_stack {
            self.end_of_stack_check();
        }
        self.end_poll(next, VmStoreContext::OUT_OF_FUEL);
    }
}
