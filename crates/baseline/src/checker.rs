//! A check of the state between two instructions, for debug builds: each register that is taken holds one operand of the stack, and
//! each operand in a register has it for itself. So no instruction keeps a register, gives one away twice, or pushes one that
//! it has released.

use crate::emitter::Emitter;
use crate::operands::is_float;
use crate::state::{Place, Register};

impl Emitter<'_> {
    /// Checks the state behind an instruction.
    ///
    /// # Panics
    ///
    /// If an instruction has left registers and operands that do not fit.
    pub fn check_registers(&self) {
        let (mut gprs, mut xmms) = (0, 0);
        for height in self.stack.unsettled() {
            let operand = self.stack.at(height);
            let (set, bit) = match operand.place {
                Place::Gpr(gpr) => (&mut gprs, gpr.bit()),
                Place::Xmm(xmm) => (&mut xmms, xmm.bit()),
                Place::Constant(_) | Place::Local(_) | Place::Slot => continue,
            };
            let float = matches!(operand.place, Place::Xmm(_));
            assert_eq!(
                float,
                is_float(operand.class),
                "{operand:?} at {}",
                self.body.offset
            );
            assert_eq!(
                *set & bit,
                0,
                "{operand:?} shares a register at {}",
                self.body.offset
            );
            *set |= bit;
        }
        let held = (self.registers.gprs.held(), self.registers.xmms.held());
        assert_eq!(held, (gprs, xmms), "registers are lost at {}", self.body.offset);
    }
}
