//! Operands and registers: what is taken, moved, spilled and pushed.

use crate::assembler::{Gpr, Memory, Rm, Source, Width, Xmm};
use crate::emitter::{Emitter, SCRATCH, SCRATCH_XMM};
use crate::state::{Home, Local, Place, Popped, Register, Set};
use cranelift_assembler_x64::{GprMem, XmmMem};
use transom_layout::object::FieldClass;

/// An operand of an instruction on floats or vectors.
pub type XmmRm = XmmMem<Xmm, Gpr>;

/// Whether values of a class are in registers for floats and vectors.
pub fn is_float(class: FieldClass) -> bool {
    matches!(class, FieldClass::F32 | FieldClass::F64 | FieldClass::V128)
}

impl Emitter<'_> {
    /// Pushes an operand.
    pub fn push(&mut self, class: FieldClass, place: Place) {
        if class == FieldClass::V128 && !self.frame.is_wide() {
            self.outcome.again.wide = true;
        }
        self.stack.push(class, place);
        if let Some(height) = self.stack.overflow() {
            self.settle_operand(height);
            self.stack.settle_below(height + 1);
        }
    }

    /// Pushes what a register holds that the caller has taken.
    pub fn push_gpr(&mut self, class: FieldClass, gpr: Gpr) {
        self.push(class, Place::Gpr(gpr));
    }

    /// The same for floats and vectors.
    pub fn push_xmm(&mut self, class: FieldClass, xmm: Xmm) {
        self.push(class, Place::Xmm(xmm));
    }

    /// Pops an operand.
    pub fn pop(&mut self) -> Popped {
        self.stack.pop()
    }

    /// Pops two operands, the deeper first.
    pub fn pop2(&mut self) -> (Popped, Popped) {
        let second = self.pop();
        (self.pop(), second)
    }

    /// What held an operand holds nothing any more.
    pub fn release(&mut self, operand: Popped) {
        match operand.place {
            Place::Gpr(gpr) => self.registers.gprs.free(gpr),
            Place::Xmm(xmm) => self.registers.xmms.free(xmm),
            Place::Constant(_) | Place::Local(_) | Place::Slot => {}
        }
    }

    /// A register holds nothing any more; nothing happens to the home of a local.
    pub fn release_gpr(&mut self, gpr: Gpr) {
        self.registers.gprs.free(gpr);
    }

    /// The same for floats and vectors.
    pub fn release_xmm(&mut self, xmm: Xmm) {
        self.registers.xmms.free(xmm);
    }

    /// Takes a register. If all hold something, the deepest operand that is in one is moved to its slot.
    pub fn take_gpr(&mut self) -> Gpr {
        self.take_gpr_except(0)
    }

    /// The same, but none of a set.
    pub fn take_gpr_except(&mut self, except: Set) -> Gpr {
        if let Some(gpr) = self.registers.gprs.take(except) {
            return gpr;
        }
        let mut unsettled = self.stack.unsettled();
        let spilled = unsettled.find_map(|height| match self.stack.at(height).place {
            Place::Gpr(gpr) if gpr.bit() & except == 0 => Some((height, gpr)),
            _ => None,
        });
        let (height, gpr) = spilled.expect("an instruction takes fewer registers than there are");
        self.settle_operand(height);
        assert!(
            self.registers.gprs.take_this(gpr),
            "a spilled operand leaves its register"
        );
        gpr
    }

    /// Takes a register for floats and vectors.
    pub fn take_xmm(&mut self) -> Xmm {
        if let Some(xmm) = self.registers.xmms.take(0) {
            return xmm;
        }
        let mut unsettled = self.stack.unsettled();
        let spilled = unsettled.find_map(|height| match self.stack.at(height).place {
            Place::Xmm(xmm) => Some((height, xmm)),
            _ => None,
        });
        let (height, xmm) = spilled.expect("an instruction takes fewer registers than there are");
        self.settle_operand(height);
        assert!(
            self.registers.xmms.take_this(xmm),
            "a spilled operand leaves its register"
        );
        xmm
    }

    /// Takes a certain register. The operand on the stack that is in it, if there is one, is moved. An operand that was popped
    /// must not be in it.
    pub fn take_this_gpr(&mut self, gpr: Gpr) {
        if self.registers.gprs.take_this(gpr) {
            return;
        }
        let mut unsettled = self.stack.unsettled();
        let height = unsettled.find(|&height| self.stack.at(height).place == Place::Gpr(gpr));
        let height = height.expect("a register that is taken holds an operand of the stack");
        let operand = self.stack.at(height);
        match self.registers.gprs.take(0) {
            Some(other) => {
                self.asm.move_gpr(Width::of(operand.class), other, gpr);
                self.stack.set_place(height, Place::Gpr(other));
            }
            None => {
                self.settle_operand(height);
                self.registers.gprs.take_this(gpr);
            }
        }
    }

    /// Moves an operand of the stack to its slot, unless it is there or a constant. Null references are moved, too: stack maps list
    /// all references.
    pub fn settle_operand(&mut self, height: usize) {
        let operand = self.stack.at(height);
        match operand.place {
            Place::Slot => return,
            Place::Constant(_) if operand.class != FieldClass::Object => return,
            _ => {
                let slot = self.slot_of(operand);
                self.store_to(operand, slot);
            }
        }
        self.release(operand);
        self.stack.set_place(height, Place::Slot);
    }

    /// Moves all operands to their slots, but for constants. The flags stay as they are.
    pub fn settle_all(&mut self) {
        self.settle_to(self.stack.len());
    }

    /// The same for the operands below a height.
    pub fn settle_to(&mut self, end: usize) {
        for height in self.stack.unsettled() {
            if height < end {
                self.settle_operand(height);
            }
        }
        if end >= self.stack.unsettled().start {
            self.stack.settle_below(end);
        }
    }

    /// Moves all operands to their slots, constants too. The flags stay as they are.
    pub fn settle_constants(&mut self) {
        self.settle_all();
        for height in self.stack.not_stored() {
            let operand = self.stack.at(height);
            if operand.place != Place::Slot {
                let slot = self.slot_of(operand);
                self.store_to(operand, slot);
                self.stack.set_place(height, Place::Slot);
            }
        }
        self.stack.store_all();
    }

    /// Operands that stand for a local get its value: the local is about to change.
    pub fn detach_local(&mut self, index: u32) {
        for height in self.stack.unsettled() {
            let operand = self.stack.at(height);
            if operand.place != Place::Local(index) {
                continue;
            }
            let place = if is_float(operand.class) {
                Place::Xmm(self.owned_xmm(operand))
            } else {
                Place::Gpr(self.owned_gpr(operand))
            };
            self.stack.set_place(height, place);
        }
    }

    /// The slot of an operand.
    pub fn slot_of(&mut self, operand: Popped) -> Memory {
        self.frame.operand_slot(operand.height)
    }

    /// The local that an operand stands for.
    pub fn local(&self, index: u32) -> Local {
        self.frame.locals[index as usize]
    }

    /// Where an operand is in memory, if it is.
    fn memory_of(&mut self, operand: Popped) -> Option<Memory> {
        match operand.place {
            Place::Slot => Some(self.slot_of(operand)),
            Place::Local(index) => {
                let local = self.local(index);
                match local.home {
                    None => Some(self.frame.local_slot(&local)),
                    Some(_) => None,
                }
            }
            _ => None,
        }
    }

    /// Copies an integer or reference to a register, and leaves the operand where it is. The flags stay as they are.
    pub fn copy_to_gpr(&mut self, operand: Popped, to: Gpr) {
        let width = Width::of(operand.class);
        match operand.place {
            Place::Constant(bits) => self.asm.set_gpr(to, bits),
            Place::Gpr(from) if from == to => {}
            Place::Gpr(from) => self.asm.move_gpr(width, to, from),
            Place::Xmm(_) => unreachable!("an integer is in a register for integers"),
            Place::Slot | Place::Local(_) => match self.memory_of(operand) {
                Some(memory) => self.asm.load_gpr(width, to, memory),
                None => {
                    let home = self.home_gpr(operand).expect("a local without a slot has a home");
                    self.asm.move_gpr(width, to, home);
                }
            },
        }
    }

    /// The same for floats and vectors.
    pub fn copy_to_xmm(&mut self, operand: Popped, to: Xmm) {
        let class = operand.class;
        match operand.place {
            Place::Constant(bits) => self.asm.set_xmm(class, to, bits),
            Place::Xmm(from) if from == to => {}
            Place::Xmm(from) => self.asm.move_xmm(to, from),
            Place::Gpr(_) => unreachable!("a float is in a register for floats"),
            Place::Slot | Place::Local(_) => match self.memory_of(operand) {
                Some(memory) => self.asm.load_xmm(class, to, memory),
                None => {
                    let home = self.home_xmm(operand).expect("a local without a slot has a home");
                    self.asm.move_xmm(to, home);
                }
            },
        }
    }

    /// The register that is the home of the local that an operand stands for.
    pub fn home_gpr(&self, operand: Popped) -> Option<Gpr> {
        let Place::Local(index) = operand.place else {
            return None;
        };
        match self.local(index).home {
            Some(Home::Gpr(gpr)) => Some(gpr),
            _ => None,
        }
    }

    /// The same for floats and vectors.
    pub fn home_xmm(&self, operand: Popped) -> Option<Xmm> {
        let Place::Local(index) = operand.place else {
            return None;
        };
        match self.local(index).home {
            Some(Home::Xmm(xmm)) => Some(xmm),
            _ => None,
        }
    }

    /// An integer or reference in a register that may be changed.
    pub fn owned_gpr(&mut self, operand: Popped) -> Gpr {
        match operand.place {
            Place::Gpr(gpr) => gpr,
            _ => {
                let gpr = self.take_gpr();
                self.copy_to_gpr(operand, gpr);
                gpr
            }
        }
    }

    /// A float or vector in a register that may be changed.
    pub fn owned_xmm(&mut self, operand: Popped) -> Xmm {
        match operand.place {
            Place::Xmm(xmm) => xmm,
            _ => {
                let xmm = self.take_xmm();
                self.copy_to_xmm(operand, xmm);
                xmm
            }
        }
    }

    /// An integer or reference in a register that is only read; it is released in the end.
    pub fn read_gpr(&mut self, operand: Popped) -> Gpr {
        match self.home_gpr(operand) {
            Some(home) => home,
            None => self.owned_gpr(operand),
        }
    }

    /// The same for floats and vectors.
    pub fn read_xmm(&mut self, operand: Popped) -> Xmm {
        match self.home_xmm(operand) {
            Some(home) => home,
            None => self.owned_xmm(operand),
        }
    }

    /// An integer or reference as an instruction may read it in any way.
    pub fn source(&mut self, operand: Popped) -> Source {
        if let Place::Constant(bits) = operand.place {
            let number = match Width::of(operand.class) {
                Width::W32 => Some(bits as u32 as i32),
                Width::W64 => i32::try_from(bits as i64).ok(),
            };
            if let Some(number) = number {
                return Source::Immediate(number);
            }
        }
        match self.memory_of(operand) {
            Some(memory) => Source::Memory(memory),
            None => Source::Gpr(self.read_gpr(operand)),
        }
    }

    /// Nothing that a source has taken is held any more.
    pub fn release_source(&mut self, source: Source) {
        if let Source::Gpr(gpr) = source {
            self.release_gpr(gpr);
        }
    }

    /// An integer as an instruction reads it that has no immediate form.
    pub fn rm(&mut self, operand: Popped) -> Rm {
        match self.memory_of(operand) {
            Some(memory) => memory.into(),
            None => self.read_gpr(operand).into(),
        }
    }

    /// Nothing that such an operand has taken is held any more.
    pub fn release_rm(&mut self, rm: Rm) {
        if let GprMem::Gpr(gpr) = rm {
            self.release_gpr(gpr);
        }
    }

    /// A float as an instruction reads it.
    pub fn xmm_rm(&mut self, operand: Popped) -> XmmRm {
        if let Place::Constant(bits) = operand.place {
            return match operand.class {
                FieldClass::F32 => self.asm.constant(&(bits as u32).to_le_bytes()).into(),
                _ => self.asm.constant(&bits.to_le_bytes()).into(),
            };
        }
        // Vectors in memory need not be aligned, which instructions want.
        if operand.class != FieldClass::V128
            && let Some(memory) = self.memory_of(operand)
        {
            return memory.into();
        }
        self.read_xmm(operand).into()
    }

    /// Nothing that such an operand has taken is held any more.
    pub fn release_xmm_rm(&mut self, rm: XmmRm) {
        if let XmmMem::Xmm(xmm) = rm {
            self.release_xmm(xmm);
        }
    }

    /// Copies an operand to a word in memory, or to two if it is a vector. The flags stay as they are, and no register is taken.
    pub fn store_to(&mut self, operand: Popped, to: Memory) {
        self.store_to_field(operand, to);
        self.dirty_word(operand.class, to);
    }

    /// The same, but writes the bytes of the operand only.
    pub fn store_to_field(&mut self, operand: Popped, to: Memory) {
        let class = operand.class;
        if is_float(class) {
            let xmm = match operand.place {
                Place::Xmm(xmm) => xmm,
                _ => self.home_xmm(operand).unwrap_or_else(|| {
                    self.copy_to_xmm(operand, SCRATCH_XMM);
                    SCRATCH_XMM
                }),
            };
            self.asm.store_xmm(class, to, xmm);
            return;
        }
        let gpr = match operand.place {
            Place::Gpr(gpr) => gpr,
            _ => self.home_gpr(operand).unwrap_or_else(|| {
                self.copy_to_gpr(operand, SCRATCH);
                SCRATCH
            }),
        };
        self.asm.store_gpr(Width::of(class), to, gpr);
    }

    /// Stores the value of an operand in a local.
    pub fn store_to_local(&mut self, operand: Popped, index: u32) {
        let local = self.local(index);
        match local.home {
            Some(Home::Gpr(gpr)) => self.copy_to_gpr(operand, gpr),
            Some(Home::Xmm(xmm)) => self.copy_to_xmm(operand, xmm),
            None => self.store_to(operand, self.frame.local_slot(&local)),
        }
    }
}
