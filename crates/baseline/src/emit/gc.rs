//! Structures, `i31`, allocation and the write barrier. What objects look like is told in `transom_layout::object`.
//!
//! An object is made by moving the nursery's pointer; only if that would cross the limit is the runtime called, which may collect.
//! So all operands are settled before, and what goes into the object is taken from the stack behind it. Nothing that was
//! derived from a reference is kept from one instruction to the next.

use super::memory::number;
use crate::assembler::{Alu, Condition, Gpr, Memory, Scale, Source, Width, Xmm};
use crate::emitter::{BASE, Base, CONTEXT, Emitter, Flags, SCRATCH};
use crate::op;
use crate::operands::is_float;
use crate::state::{Place, Popped};
use crate::unit::Fields;
use Width::{W32, W64};
use transom_layout::object::{CARD_MARKED, CARD_SHIFT, CARDS_SIZE, FieldClass, LARGE_OBJECT, NURSERY_START};
use transom_layout::{VmOffsets, VmStoreContext};
use transom_ops::{Libcall, Trap};

/// How a packed field becomes a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Extension {
    None,
    Signed,
    Unsigned,
}

/// A value in a register of its class.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Held {
    Gpr(Gpr),
    Xmm(Xmm),
}

impl Emitter<'_> {
    /// The base of the heap: in the scratch register, if it is not in the base register.
    pub fn heap_base(&mut self) -> Gpr {
        if self.body.base == Base::Heap {
            return BASE;
        }
        self.asm.load_gpr(W64, SCRATCH, CONTEXT.at(VmOffsets::HEAP));
        SCRATCH
    }

    /// A place in the object that a register refers to; `null` is the trap if it refers to none. The place may use the scratch
    /// register.
    pub fn object_place(&mut self, reference: Gpr, offset: i32, null: Option<Trap>) -> Memory {
        let base = self.heap_base();
        match null {
            Some(trap) => base.indexed_trapping(reference, Scale::One, offset, trap),
            None => base.indexed(reference, Scale::One, offset),
        }
    }

    /// The address of an object, in a register that is taken.
    pub fn object_address(&mut self, reference: Gpr) -> Gpr {
        let address = self.take_gpr();
        let place = self.object_place(reference, 0, None);
        self.asm.address(address, place);
        address
    }

    /// Where the type word of objects of a type of the module is.
    pub fn type_word(&self, ty: u32) -> Memory {
        CONTEXT.at(self.unit.offsets.type_descriptor(ty))
    }

    /// The type word, as an argument of a call of the runtime: in a register that was taken.
    pub fn type_word_argument(&mut self, ty: u32) -> Popped {
        let gpr = self.take_gpr();
        let place = self.type_word(ty);
        self.asm.load_gpr(W32, gpr, place);
        Popped {
            class: FieldClass::I32,
            place: Place::Gpr(gpr),
            height: 0,
        }
    }

    /// Makes an object of a size, whose type word is at a place of the context, and writes that. Its other bytes are undefined.
    /// All operands are settled. Gives the reference, in a register that is taken.
    pub fn allocate(&mut self, type_word: i32, size: u32) -> Gpr {
        self.settle_all();
        let object = self.take_gpr();
        let end = self.take_gpr();
        let (fast, done) = (self.asm.label(), self.asm.label());
        let large = size > LARGE_OBJECT;
        if !large {
            self.load_store(SCRATCH);
            self.asm
                .load_gpr(W32, object, SCRATCH.at(VmStoreContext::NURSERY_NEXT));
            op!(&mut self.asm, leal_rm, end, object.at(size as i32));
            let limit = Source::Memory(SCRATCH.at(VmStoreContext::NURSERY_LIMIT));
            self.asm.alu(Alu::Cmp, W32, end, limit);
            self.asm.jump_if(Condition::BelowOrEqual, fast);
        }
        self.asm.load_gpr(W32, object, CONTEXT.at(type_word));
        let word = Popped {
            class: FieldClass::I32,
            place: Place::Gpr(object),
            height: 0,
        };
        self.store_fragile();
        let returns = self.call_runtime(Libcall::gc_allocate, &[word, number(size)]);
        self.note_call(returns);
        self.load_fragile();
        self.asm.move_gpr(W32, object, Gpr::RAX);
        if !large {
            self.asm.jump(done);
            self.asm.bind(fast);
            self.asm
                .store_gpr(W32, SCRATCH.at(VmStoreContext::NURSERY_NEXT), end);
            self.asm.load_gpr(W32, end, CONTEXT.at(type_word));
            let place = self.object_place(object, 0, None);
            self.asm.store_gpr(W32, place, end);
            self.asm.bind(done);
        }
        self.release_gpr(end);
        object
    }

    pub fn visit_struct_new(&mut self, ty: u32) {
        let Fields { classes, layout } = &*self.unit.struct_type(ty);
        let object = self.allocate(self.unit.offsets.type_descriptor(ty), layout.size);
        let address = self.object_address(object);
        self.fill(address, classes, &layout.offsets);
        self.release_gpr(address);
        self.push_gpr(FieldClass::Object, object);
    }

    pub fn visit_struct_new_default(&mut self, ty: u32) {
        let Fields { classes, layout } = &*self.unit.struct_type(ty);
        self.work(classes.len());
        let object = self.allocate(self.unit.offsets.type_descriptor(ty), layout.size);
        let address = self.object_address(object);
        for (&class, &offset) in classes.iter().zip(&layout.offsets) {
            self.store_zero(class, address.at(offset as i32));
        }
        self.release_gpr(address);
        self.push_gpr(FieldClass::Object, object);
    }

    fn store_zero(&mut self, class: FieldClass, place: Memory) {
        let asm = &mut self.asm;
        match class.size() {
            1 => op!(asm, movb_mi, place, 0u8),
            2 => op!(asm, movw_mi, place, 0u16),
            4 => op!(asm, movl_mi, place, 0i32),
            8 => op!(asm, movq_mi_sxl, place, 0i32),
            _ => {
                let zero = Xmm::SCRATCH;
                op!(asm, xorps_a, zero, zero);
                asm.store_xmm(class, place, zero);
            }
        }
    }

    /// Pops values and writes them to an object, at offsets from its address.
    pub fn fill(&mut self, address: Gpr, classes: &[FieldClass], offsets: &[u32]) {
        for (&class, &offset) in classes.iter().zip(offsets).rev() {
            let value = self.pop();
            self.store_field(class, address.at(offset as i32), value);
            self.release(value);
        }
    }

    /// Stores an operand in a field whose place does not use the scratch register.
    pub fn store_field(&mut self, class: FieldClass, place: Memory, value: Popped) {
        if class.size() >= 4 {
            return self.store_to_field(value, place);
        }
        let from = match value.place {
            Place::Gpr(gpr) => gpr,
            _ => self.home_gpr(value).unwrap_or_else(|| {
                self.copy_to_gpr(value, SCRATCH);
                SCRATCH
            }),
        };
        self.store_held(class, place, Held::Gpr(from));
    }

    /// Stores what a register holds in a field.
    pub fn store_held(&mut self, class: FieldClass, place: Memory, held: Held) {
        match (held, class) {
            (Held::Xmm(xmm), _) => self.asm.store_xmm(class, place, xmm),
            (Held::Gpr(gpr), FieldClass::I8) => op!(&mut self.asm, movb_mr, place, gpr),
            (Held::Gpr(gpr), FieldClass::I16) => op!(&mut self.asm, movw_mr, place, gpr),
            (Held::Gpr(gpr), _) => self.asm.store_gpr(Width::of(class), place, gpr),
        }
    }

    /// Loads a field and pushes it.
    pub fn push_field(&mut self, class: FieldClass, place: Memory, extension: Extension) {
        if is_float(class) {
            return self.load_and_push(class, place);
        }
        let to = self.take_gpr();
        let value = match (class, extension) {
            (FieldClass::I8, Extension::Signed) => {
                op!(&mut self.asm, movsbl_rm, to, place);
                FieldClass::I32
            }
            (FieldClass::I8, _) => {
                op!(&mut self.asm, movzbl_rm, to, place);
                FieldClass::I32
            }
            (FieldClass::I16, Extension::Signed) => {
                op!(&mut self.asm, movswl_rm, to, place);
                FieldClass::I32
            }
            (FieldClass::I16, _) => {
                op!(&mut self.asm, movzwl_rm, to, place);
                FieldClass::I32
            }
            _ => {
                self.asm.load_gpr(Width::of(class), to, place);
                class
            }
        };
        self.push_gpr(value, to);
    }

    fn get_field(&mut self, ty: u32, field: u32, extension: Extension) {
        let Fields { classes, layout } = &*self.unit.struct_type(ty);
        let operand = self.pop();
        let reference = self.read_gpr(operand);
        let offset = layout.offsets[field as usize] as i32;
        // The place reads the register before anything is written to it.
        self.release_gpr(reference);
        let place = self.object_place(reference, offset, Some(Trap::NullReference));
        self.push_field(classes[field as usize], place, extension);
    }

    pub fn visit_struct_get(&mut self, ty: u32, field: u32) {
        self.get_field(ty, field, Extension::None);
    }

    pub fn visit_struct_get_s(&mut self, ty: u32, field: u32) {
        self.get_field(ty, field, Extension::Signed);
    }

    pub fn visit_struct_get_u(&mut self, ty: u32, field: u32) {
        self.get_field(ty, field, Extension::Unsigned);
    }

    /// An operand in a register that is only read.
    pub fn hold(&mut self, operand: Popped) -> Held {
        match is_float(operand.class) {
            true => Held::Xmm(self.read_xmm(operand)),
            false => Held::Gpr(self.read_gpr(operand)),
        }
    }

    /// It is not needed any more.
    pub fn release_held(&mut self, held: Held) {
        match held {
            Held::Gpr(gpr) => self.release_gpr(gpr),
            Held::Xmm(xmm) => self.release_xmm(xmm),
        }
    }

    pub fn visit_struct_set(&mut self, ty: u32, field: u32) {
        let Fields { classes, layout } = &*self.unit.struct_type(ty);
        let (object, value) = self.pop2();
        let reference = self.read_gpr(object);
        let held = self.hold(value);
        let class = classes[field as usize];
        let offset = layout.offsets[field as usize] as i32;
        let place = self.object_place(reference, offset, Some(Trap::NullReference));
        self.store_held(class, place, held);
        if let (FieldClass::Object, Held::Gpr(stored)) = (class, held)
            && !matches!(value.place, Place::Constant(_))
        {
            self.barrier(reference, reference, stored);
        }
        self.release_gpr(reference);
        self.release_held(held);
    }

    /// The write barrier: `value` has been stored in `object`, and `place` is the 64-bit reference whose card stands for that.
    pub fn barrier(&mut self, object: Gpr, place: Gpr, value: Gpr) {
        let next = self.asm.label();
        let nursery = Source::Immediate(NURSERY_START as i32);
        self.asm.alu(Alu::Cmp, W32, value, nursery);
        self.asm.jump_if(Condition::Below, next);
        self.asm.alu(Alu::Cmp, W32, object, nursery);
        self.asm.jump_if(Condition::AboveOrEqual, next);
        self.asm.move_gpr(W64, SCRATCH, place);
        op!(&mut self.asm, shrq_mi, SCRATCH, CARD_SHIFT as u8);
        let base = match self.body.base {
            Base::Heap => Source::Gpr(BASE),
            _ => Source::Memory(CONTEXT.at(VmOffsets::HEAP)),
        };
        self.asm.alu(Alu::Add, W64, SCRATCH, base);
        let card = SCRATCH.at(-(CARDS_SIZE as i32));
        op!(&mut self.asm, movb_mi, card, CARD_MARKED);
        self.asm.bind(next);
    }

    pub fn visit_ref_eq(&mut self) {
        let (first, second) = self.pop2();
        let gpr = self.read_gpr(first);
        let source = self.source(second);
        self.asm.alu(Alu::Cmp, W32, gpr, source);
        self.release_source(source);
        self.release_gpr(gpr);
        self.push_flags(Flags::If(Condition::Equal));
    }

    pub fn visit_ref_i31(&mut self) {
        let operand = self.pop();
        let gpr = self.owned_gpr(operand);
        op!(&mut self.asm, leal_rm, gpr, gpr.indexed(gpr, Scale::One, 1));
        self.push_gpr(FieldClass::Object, gpr);
    }

    pub fn visit_i31_get_s(&mut self) {
        let gpr = self.non_null_i31();
        op!(&mut self.asm, sarl_mi, gpr, 1u8);
        self.push_gpr(FieldClass::I32, gpr);
    }

    pub fn visit_i31_get_u(&mut self) {
        let gpr = self.non_null_i31();
        op!(&mut self.asm, shrl_mi, gpr, 1u8);
        self.push_gpr(FieldClass::I32, gpr);
    }

    fn non_null_i31(&mut self) -> Gpr {
        let operand = self.pop();
        let gpr = self.owned_gpr(operand);
        self.asm.test(W32, gpr);
        self.asm.trap_if(Condition::Equal, Trap::NullReference);
        gpr
    }

    /// A host reference is the same bits on both sides.
    pub fn visit_any_convert_extern(&mut self) {}

    /// See `visit_any_convert_extern`.
    pub fn visit_extern_convert_any(&mut self) {}
}
