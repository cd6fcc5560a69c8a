//! The operand stack, as far as it is known while code is emitted.
//!
//! An operand has a *slot* of its own in the frame, by its height. It need not be there: it may be a constant, the value of a local,
//! or in a register that holds nothing else. An operand that is put into its slot is *settled*. Where control flow may meet,
//! all operands are settled; around calls they are settled or constants. So a merge of control needs no description.
//!
//! At most [`WINDOW`] operands are not settled, which are the topmost ones. So looking for those that are in a register, or stand
//! for a local, takes constant time whatever the program does. Constants below are moved to their slots where a block begins, once.

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
    /// Operands below this height are in their slots.
    stored: usize,
    /// Those that are references to objects.
    objects: Vec<Object>,
}

/// An operand that is a reference to an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Object {
    pub height: u32,
    /// Where in the lists of stack maps this one and those below it begin, if a call has listed them.
    pub listed: Option<u32>,
}

impl Stack {
    pub fn len(&self) -> usize {
        self.operands.len()
    }

    /// Pushes an operand. The caller keeps the window small: see [`Stack::overflow`].
    pub fn push(&mut self, class: FieldClass, place: Place) {
        if class == FieldClass::Object {
            self.objects.push(Object {
                height: self.operands.len() as u32,
                listed: None,
            });
        }
        self.operands.push(Operand { class, place });
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
        self.lower(height);
        if operand.class == FieldClass::Object {
            self.objects.pop();
        }
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
            if operand.class == FieldClass::Object {
                self.objects.pop();
            }
        }
        self.lower(height);
    }

    /// There are only so many operands any more.
    fn lower(&mut self, height: usize) {
        self.settled = self.settled.min(height);
        self.stored = self.stored.min(height);
    }

    /// The operands that may not be in their slots.
    pub fn not_stored(&self) -> std::ops::Range<usize> {
        self.stored..self.operands.len()
    }

    /// All operands are in their slots.
    pub fn store_all(&mut self) {
        self.stored = self.operands.len();
    }

    /// The operands that are references to objects, the deepest first.
    pub fn objects(&mut self) -> &mut [Object] {
        &mut self.objects
    }
}
