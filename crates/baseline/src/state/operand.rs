//! The operand stack, as far as it is known while code is emitted.
//!
//! An operand has a *slot* of its own in the frame, by its height. It need not be there: it may be a constant, the value of a local,
//! or in a register that holds nothing else. An operand that is put into its slot is *settled*. Where control flow may meet,
//! and around calls, all operands are settled or constants. So a merge of control needs no description.
//!
//! At most [`WINDOW`] operands are not settled, which are the topmost ones. So looking for those that are in a register, or stand
//! for a local, takes constant time whatever the program does.

use crate::assembler::{Gpr, Xmm};
use transom_layout::object::FieldClass;

/// The most operands that may lie above the highest settled one.
pub const WINDOW: usize = 24;

/// Where an operand is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Place {
    /// Nowhere: it is a number, given by its bits.
    Constant(u64),
    /// Where the local is that it was read from. It is moved before the local changes.
    Local(u32),
    /// In a register that holds nothing else. Of a value of 32 bits, the upper half is zero.
    Gpr(Gpr),
    /// In a register for floats and vectors that holds nothing else.
    Xmm(Xmm),
    /// In its slot.
    Slot,
}

/// An operand.
#[derive(Clone, Copy, Debug)]
pub struct Operand {
    pub class: FieldClass,
    pub place: Place,
}

/// An operand that was taken from the stack.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Popped {
    pub class: FieldClass,
    pub place: Place,
    /// The height below it, which says where its slot is.
    pub height: u32,
}

/// The operands, the deepest first.
#[derive(Default, Debug)]
pub struct Stack {
    operands: Vec<Operand>,
    /// Operands below this height are settled or constants.
    settled: usize,
    /// How many operands are references to objects.
    objects: usize,
}

impl Stack {
    pub fn len(&self) -> usize {
        self.operands.len()
    }

    /// Pushes an operand. The caller keeps the window small: see [`Stack::overflow`].
    pub fn push(&mut self, class: FieldClass, place: Place) {
        self.operands.push(Operand { class, place });
        self.objects += usize::from(class == FieldClass::Object);
    }

    /// Pops an operand.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn pop(&mut self) -> Popped {
        let operand = self.operands.pop();
        let operand = operand.expect("validation has checked the operand stack");
        let height = self.operands.len();
        self.settled = self.settled.min(height);
        self.objects -= usize::from(operand.class == FieldClass::Object);
        Popped {
            class: operand.class,
            place: operand.place,
            height: height as u32,
        }
    }

    /// The operand at a height, as if it were popped.
    pub fn at(&self, height: usize) -> Popped {
        let operand = &self.operands[height];
        Popped {
            class: operand.class,
            place: operand.place,
            height: height as u32,
        }
    }

    /// The topmost operand.
    pub fn top(&self) -> Popped {
        self.at(self.len() - 1)
    }

    /// The operands above a height that may not be settled.
    pub fn unsettled(&self) -> std::ops::Range<usize> {
        self.settled..self.operands.len()
    }

    /// The lowest operand of the window, if the window is too large.
    pub fn overflow(&self) -> Option<usize> {
        (self.operands.len() - self.settled > WINDOW).then_some(self.settled)
    }

    /// All operands below a height are settled or constants.
    pub fn settle_below(&mut self, height: usize) {
        self.settled = height;
    }

    /// Says where the operand at a height is now.
    pub fn set_place(&mut self, height: usize, place: Place) {
        self.operands[height].place = place;
    }

    /// Takes all operands from a height on from the stack. Whoever calls this knows what becomes of their registers.
    pub fn truncate(&mut self, height: usize) {
        for operand in self.operands.drain(height..) {
            self.objects -= usize::from(operand.class == FieldClass::Object);
        }
        self.settled = self.settled.min(height);
    }

    /// The heights of operands below a height that are references to objects and not constants.
    pub fn objects_below(&self, end: usize) -> impl Iterator<Item = u32> + '_ {
        let end = if self.objects == 0 { 0 } else { end };
        let operands = self.operands[..end].iter().enumerate();
        let is_object = |operand: &Operand| {
            operand.class == FieldClass::Object && !matches!(operand.place, Place::Constant(_))
        };
        operands
            .filter(move |(_, operand)| is_object(operand))
            .map(|(height, _)| height as u32)
    }
}
