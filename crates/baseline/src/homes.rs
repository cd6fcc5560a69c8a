//! Which locals live in registers, all the time.
//!
//! Validation has weighed how often each local is used. The most used integers get the registers that callees keep. What is left, and
//! floats, get registers that calls do not keep, if they are used more often than what it costs to store and load them around
//! each call. References to objects get none: they change when objects move. So a local has one place in the whole function,
//! and merges of control need nothing for it.

use crate::assembler::{Gpr, Xmm};
use crate::emitter::{BASE, Base, CONTEXT};
use crate::operands::is_float;
use crate::state::{File, Home, Register, Registers, Set};
use transom_layout::object::FieldClass;

/// Registers for integers that operands can be in: those that a callee does not keep, but for the scratch register.
const OPERANDS: [Gpr; 8] = [
    Gpr::RAX,
    Gpr::RCX,
    Gpr::RDX,
    Gpr::RSI,
    Gpr::RDI,
    Gpr::R8,
    Gpr::R9,
    Gpr::R10,
];
/// Those of them that locals may have. An instruction needs five at most for itself.
const FRAGILE: [Gpr; 3] = [Gpr::R10, Gpr::R9, Gpr::R8];
/// All registers for floats and vectors but the scratch register.
const FLOAT_OPERANDS: Set = 0x7fff;
/// The lowest of them that locals may have.
const FIRST_FRAGILE: u8 = 6;
/// The number behind the highest.
const END_FRAGILE: u8 = 15;

/// Storing and loading a register at a function's ends, in uses of a local.
const KEPT_COST: u32 = 2;
/// Storing and loading a register around a call.
const CALL_COST: u32 = 2;

/// The registers that are left.
pub struct Homes {
    /// Those that callees keep; the next one last.
    kept: &'static [Gpr],
    /// Those that calls do not keep; the next one last.
    fragile: &'static [Gpr],
    floats: std::ops::Range<u8>,
    /// What a local in a register that calls do not keep costs.
    fragile_cost: u32,
}

/// Registers that callees keep. Locals get the last ones first.
const KEPT: [Gpr; 5] = [CONTEXT, BASE, Gpr::R13, Gpr::R12, Gpr::RBX];

impl Homes {
    /// The registers of a function, whose base register holds something or nothing, and which calls so often.
    pub fn new(base: Base, calls: u32) -> Homes {
        let first = if base == Base::None { 1 } else { 2 };
        Homes {
            kept: &KEPT[first..],
            fragile: &FRAGILE,
            floats: FIRST_FRAGILE..END_FRAGILE,
            fragile_cost: calls.saturating_mul(CALL_COST),
        }
    }

    /// A home for a local that is used so often, if it is worth one. Locals come in descending order of their weights.
    pub fn choose(&mut self, class: FieldClass, weight: u32) -> Option<Home> {
        if class == FieldClass::Object {
            return None;
        }
        let fragile = weight > self.fragile_cost;
        if is_float(class) {
            let number = self.floats.end.checked_sub(1);
            let number = number.filter(|number| fragile && self.floats.contains(number))?;
            self.floats.end = number;
            return Some(Home::Xmm(Xmm::new(number)));
        }
        // A leaf needs no register that has to be saved.
        if fragile && self.fragile_cost == 0 && !self.fragile.is_empty() {
            return self.fragile.split_off_last().map(|&gpr| Home::Gpr(gpr));
        }
        if weight > KEPT_COST
            && let Some(&gpr) = self.kept.split_off_last()
        {
            return Some(Home::Gpr(gpr));
        }
        match fragile {
            true => self.fragile.split_off_last().map(|&gpr| Home::Gpr(gpr)),
            false => None,
        }
    }

    /// Whether the function uses a register that callees keep.
    pub fn uses(&self, gpr: Gpr) -> bool {
        KEPT.contains(&gpr) && !self.kept.contains(&gpr)
    }

    /// The registers that operands can be in.
    pub fn operands(&self) -> Registers {
        let taken = |gpr: &Gpr| FRAGILE.contains(gpr) && !self.fragile.contains(gpr);
        let gprs = OPERANDS.iter().filter(|gpr| !taken(gpr));
        let floats = FLOAT_OPERANDS & ((1 << self.floats.end) - 1);
        Registers {
            gprs: File::new(gprs.fold(0, |set, gpr| set | gpr.bit())),
            xmms: File::new(floats),
        }
    }
}
