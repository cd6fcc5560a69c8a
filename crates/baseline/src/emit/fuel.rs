//! Fuel: programs count what they execute, and end when they have used what they were given. What instructions cost, and when it is
//! added to the counter, is decided in `transom_code::decide::fuel`.

use crate::assembler::{Alu, Condition, Source, Width};
use crate::emitter::{Emitter, SCRATCH};
use crate::op;
use crate::state::{PendingPoll, PollKind, Popped};
use Width::W64;
use transom_code::decide::fuel::{Charge, ENTRY, charge};
use transom_layout::VmStoreContext;
use transom_module::wasmparser::Operator;

impl Emitter<'_> {
    /// Whether programs count what they execute.
    pub fn counts_fuel(&self) -> bool {
        self.unit.tunables.consume_fuel
    }

    /// The function is entered.
    pub fn begin_fuel(&mut self) {
        if self.counts_fuel() {
            self.fuel_check();
            self.pending.fuel = ENTRY;
        }
    }

    /// Charges for the next instruction.
    pub fn charge(&mut self, operator: &Operator<'_>) {
        match charge(self.unit.module, operator) {
            Charge::Later(cost) => self.pending.fuel += cost,
            Charge::Before(cost) => {
                self.pending.fuel += cost;
                self.use_fuel();
            }
            Charge::Bulk { log2 } => self.charge_bulk(log2),
        }
    }

    /// Charges 1, and 1 more for each started 2 to this power of what the topmost operand counts.
    fn charge_bulk(&mut self, log2: u32) {
        self.pending.fuel += 1;
        self.use_fuel();
        let count: Popped = self.stack.top();
        let units = self.take_gpr();
        // Taking the register may have moved the operand.
        let count = self.stack.at(count.height as usize);
        self.copy_to_gpr(count, units);
        // A sum that overflows is of more than there can be: the instruction fails at once.
        self.asm
            .alu(Alu::Add, W64, units, Source::Immediate((1 << log2) - 1));
        op!(&mut self.asm, shrq_mi, units, log2 as u8);
        self.load_store(SCRATCH);
        op!(&mut self.asm, addq_mr, SCRATCH.at(VmStoreContext::FUEL), units);
        self.release_gpr(units);
        self.fuel_check();
    }

    /// Adds to the counter what was used since the last time.
    fn use_fuel(&mut self) {
        let used = std::mem::take(&mut self.pending.fuel);
        if used == 0 {
            return;
        }
        self.load_store(SCRATCH);
        let counter = SCRATCH.at(VmStoreContext::FUEL);
        match i32::try_from(used) {
            Ok(used) => self.asm.alu_immediate(Alu::Add, W64, counter.into(), used),
            // A function is shorter than 2^31 bytes, and no instruction costs so much.
            Err(_) => unreachable!("straight code uses {used} fuel"),
        }
    }

    /// Ends the program if no fuel is left.
    pub fn fuel_check(&mut self) {
        if !self.counts_fuel() {
            return;
        }
        self.load_store(SCRATCH);
        let counter = SCRATCH.at(VmStoreContext::FUEL);
        self.asm.alu_immediate(Alu::Cmp, W64, counter.into(), 0);
        let (label, back) = (self.asm.label(), self.asm.label());
        self.asm.jump_if(Condition::GreaterOrEqual, label);
        self.asm.bind(back);
        self.pending.polls.push(PendingPoll {
            label,
            back,
            origin: self.body.offset,
            kind: PollKind::Fuel,
        });
    }
}
