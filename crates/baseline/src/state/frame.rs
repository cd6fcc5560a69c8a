//! The frame of a function: where everything is that lies in it.
//!
//! All is addressed from the frame pointer downwards: the registers of the caller, the context, the address of the results, the
//! locals, the slots of operands. How large the frame is, is known only behind the last instruction, so the two
//! instructions that say so are completed then.

use crate::abi::CALLEE_SAVED;
use crate::assembler::{Gpr, Memory, Xmm};
use cranelift_assembler_x64::AsReg;
use transom_code::{FrameLayout, LocalPlace, SlotRun};
use transom_layout::object::FieldClass;

/// The register in which a local is, all the time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Home {
    Gpr(Gpr),
    Xmm(Xmm),
}

impl Home {
    /// Whether calls do not keep what is in the register.
    pub fn is_fragile(self) -> bool {
        match self {
            Home::Gpr(gpr) => !CALLEE_SAVED.contains(&gpr),
            Home::Xmm(_) => true,
        }
    }
}

/// A local.
#[derive(Clone, Copy, Debug)]
pub struct Local {
    pub class: FieldClass,
    /// How far its slot is below the frame pointer.
    pub distance: u32,
    /// Where it is, if it is not in its slot.
    pub home: Option<Home>,
}

/// The frame.
#[derive(Default, Debug)]
pub struct Frame {
    pub locals: Vec<Local>,
    /// Registers of the caller that this function uses, and how far below the frame pointer they are saved.
    pub saved: Vec<(Gpr, u32)>,
    /// How far below the frame pointer the context is, if it is stored.
    pub context: u32,
    /// How far below the frame pointer the address of the results is, if they are in memory.
    pub result_area: Option<u32>,
    /// Bytes of all that lies above the operands.
    fixed: u32,
    /// Bytes of an operand's slot: 16 if there are vectors, or else 8.
    slot: u32,
    /// The most operands that had slots.
    highest: u32,
    /// The most bytes below the frame that were used for arguments and results.
    below: u32,
}

impl Frame {
    /// Begins with nothing in a frame in which each operand's slot has 16 bytes, or else 8.
    pub fn begin(&mut self, wide: bool) {
        self.locals.clear();
        self.saved.clear();
        (self.context, self.result_area) = (0, None);
        (self.fixed, self.highest, self.below) = (0, 0, 0);
        self.slot = if wide { 16 } else { 8 };
    }

    /// Whether the slots of operands can hold vectors.
    pub fn is_wide(&self) -> bool {
        self.slot == 16
    }

    /// Makes room above the operands; how far below the frame pointer it begins.
    pub fn reserve(&mut self, bytes: u32) -> u32 {
        self.fixed += bytes;
        self.fixed
    }

    /// Makes room for a register of the caller.
    pub fn save(&mut self, gpr: Gpr) {
        let distance = self.reserve(8);
        self.saved.push((gpr, distance));
    }

    /// Adds a local, which has no place yet.
    pub fn add_local(&mut self, class: FieldClass) {
        self.locals.push(Local {
            class,
            distance: 0,
            home: None,
        });
    }

    /// Gives all locals their slots, in their order.
    pub fn place_locals(&mut self) {
        for local in &mut self.locals {
            self.fixed += local.class.size().max(8);
            local.distance = self.fixed;
        }
    }

    /// Where a local's slot is.
    pub fn local_slot(&self, local: &Local) -> Memory {
        below(local.distance)
    }

    /// How far below the frame pointer the slot of an operand is.
    pub fn distance(&mut self, height: u32) -> u32 {
        self.highest = self.highest.max(height + 1);
        self.fixed + (height + 1) * self.slot
    }

    /// Where the slot of an operand is.
    pub fn operand_slot(&mut self, height: u32) -> Memory {
        below(self.distance(height))
    }

    /// Where everything is, for those who leave the function at a loop.
    pub fn layout(&self) -> FrameLayout {
        let mut locals: Vec<LocalPlace> = Vec::new();
        for local in &self.locals {
            let (wide, distance) = (local.class == FieldClass::V128, local.distance);
            let goes_on = match (local.home, locals.last_mut()) {
                (None, Some(LocalPlace::Slots(run))) => !wide && run.extend(distance),
                (None, Some(LocalPlace::WideSlots(run))) => wide && run.extend(distance),
                _ => false,
            };
            if goes_on {
                continue;
            }
            locals.push(match local.home {
                Some(Home::Gpr(gpr)) => LocalPlace::Gpr(gpr.enc()),
                Some(Home::Xmm(xmm)) => LocalPlace::Xmm(xmm.enc()),
                None if wide => LocalPlace::WideSlots(SlotRun::one(distance)),
                None => LocalPlace::Slots(SlotRun::one(distance)),
            });
        }
        FrameLayout {
            locals: locals.into(),
            saved: self.saved.iter().map(|(gpr, at)| (gpr.enc(), *at)).collect(),
            result_area: self.result_area,
            first_operand: self.fixed + self.slot,
            slot: self.slot,
        }
    }

    /// Bytes between the frame pointer and the stack pointer.
    pub fn size(&self) -> u32 {
        (self.fixed + self.highest * self.slot).next_multiple_of(16)
    }

    /// So many bytes below the frame are used.
    pub fn use_below(&mut self, bytes: u32) {
        self.below = self.below.max(bytes);
    }

    /// Bytes between the frame pointer and the lowest byte that is used.
    pub fn reach(&self) -> u32 {
        self.size() + self.below
    }
}

/// The place at a distance below the frame pointer.
pub fn below(distance: u32) -> Memory {
    // A frame has far less than 2 GiB: there are at most 50,000 locals and a million operands.
    Gpr::RBP.at(-(distance as i32))
}
