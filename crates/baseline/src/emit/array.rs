//! Arrays. Single elements are accessed in line; whatever concerns many at once is a call of the runtime.

use super::gc::{Extension, Held};
use super::memory::number;
use crate::assembler::{Alu, Condition, Gpr, Memory, Scale, Source, Width};
use crate::emitter::Emitter;
use crate::op;
use crate::state::{Failure, Place, Popped};
use Width::{W32, W64};
use transom_code::field_class;
use transom_layout::object::{ARRAY_ELEMENTS, ARRAY_LENGTH, FieldClass, array_size};
use transom_ops::{Libcall, Trap};

impl Emitter<'_> {
    /// The class of an array type's elements.
    fn array_class(&self, ty: u32) -> FieldClass {
        let unit = self.unit;
        let element = unit.module.types[ty as usize].sub_type().composite.as_array();
        let element = element.expect("validation has found an array type");
        field_class(unit.registry, element.storage)
    }

    pub fn visit_array_new(&mut self, ty: u32) {
        // The value stays on the stack while the array is made: a reference may change.
        self.settle_all();
        let word = self.type_word_argument(ty);
        let length = self.stack.top();
        self.libcall(Libcall::array_new, &[word, length]);
        self.push_result(FieldClass::Object);
        self.settle_all();
        let array = self.stack.top();
        let value = self.stack.at(self.stack.len() - 3);
        if value.place != Place::Constant(0) {
            self.fill_array([array, number(0), value, length]);
        }
        let array = self.pop();
        let gpr = self.owned_gpr(array);
        let (value, length) = self.pop2();
        self.release(value);
        self.release(length);
        self.push_gpr(FieldClass::Object, gpr);
    }

    pub fn visit_array_new_default(&mut self, ty: u32) {
        self.settle_all();
        let word = self.type_word_argument(ty);
        let length = self.pop();
        self.libcall(Libcall::array_new, &[word, length]);
        self.push_result(FieldClass::Object);
    }

    /// Fills elements of an array: the array, the first element, the value, which is in its slot or a constant, and how many.
    fn fill_array(&mut self, [array, start, value, length]: [Popped; 4]) {
        let zero = Popped {
            class: FieldClass::I64,
            ..number(0)
        };
        let bits = |class| Popped { class, ..value };
        let (low, high) = match value.class {
            FieldClass::F32 => (bits(FieldClass::I32), zero),
            FieldClass::F64 => (bits(FieldClass::I64), zero),
            FieldClass::V128 => {
                let gpr = self.take_gpr();
                let distance = self.frame.distance(value.height);
                let place = crate::state::below(distance - 8);
                self.asm.load_gpr(W64, gpr, place);
                let high = Popped {
                    class: FieldClass::I64,
                    place: Place::Gpr(gpr),
                    height: 0,
                };
                (bits(FieldClass::I64), high)
            }
            _ => (value, zero),
        };
        self.libcall(Libcall::array_fill, &[array, start, low, high, length]);
    }

    pub fn visit_array_new_fixed(&mut self, ty: u32, length: u32) {
        let class = self.array_class(ty);
        // Validation allows ten thousand elements at most.
        let size = array_size(length, class.size_log2()) as u32;
        let object = self.allocate(self.unit.offsets.type_descriptor(ty), size);
        let address = self.object_address(object);
        op!(&mut self.asm, movl_mi, address.at(ARRAY_LENGTH), length as i32);
        for index in (0..length).rev() {
            let value = self.pop();
            let offset = ARRAY_ELEMENTS + ((index as i32) << class.size_log2());
            self.store_field(class, address.at(offset), value);
            self.release(value);
        }
        self.release_gpr(address);
        self.push_gpr(FieldClass::Object, object);
    }

    pub fn visit_array_new_data(&mut self, ty: u32, segment: u32) {
        self.new_from_segment(Libcall::array_new_data, ty, segment);
    }

    pub fn visit_array_new_elem(&mut self, ty: u32, segment: u32) {
        self.new_from_segment(Libcall::array_new_elem, ty, segment);
    }

    fn new_from_segment(&mut self, libcall: Libcall, ty: u32, segment: u32) {
        let (offset, length) = self.pop2();
        let word = self.type_word_argument(ty);
        self.libcall(libcall, &[word, number(segment), offset, length]);
        self.push_result(FieldClass::Object);
    }

    pub fn visit_array_len(&mut self) {
        let operand = self.pop();
        let array = self.read_gpr(operand);
        self.release_gpr(array);
        let place = self.object_place(array, ARRAY_LENGTH, Some(Trap::NullReference));
        self.load_and_push(FieldClass::I32, place);
    }

    /// Pops an index and an array, whose element there is accessed. Gives the array, in a register that is only read; the index, in
    /// one that was taken; and the address of the array, in another one.
    fn element(&mut self) -> [Gpr; 3] {
        let (array, index) = self.pop2();
        let array = self.read_gpr(array);
        let index = self.owned_gpr(index);
        let length = self.take_gpr();
        let place = self.object_place(array, ARRAY_LENGTH, Some(Trap::NullReference));
        self.asm.load_gpr(W32, length, place);
        let wrong = self.failure(Failure::Array { length, index });
        self.asm.alu(Alu::Cmp, W32, index, Source::Gpr(length));
        self.asm.jump_if(Condition::AboveOrEqual, wrong);
        self.mask(Condition::AboveOrEqual, index, length);
        let place = self.object_place(array, 0, None);
        self.asm.address(length, place);
        [array, index, length]
    }

    /// Where an element of a class is. The index is scaled if the processor does not do it.
    fn element_place(&mut self, class: FieldClass, index: Gpr, address: Gpr) -> Memory {
        let scale = match class.size() {
            1 => Scale::One,
            2 => Scale::Two,
            4 => Scale::Four,
            8 => Scale::Eight,
            _ => {
                op!(&mut self.asm, shlq_mi, index, 4u8);
                Scale::One
            }
        };
        address.indexed(index, scale, ARRAY_ELEMENTS)
    }

    fn get_element(&mut self, ty: u32, extension: Extension) {
        let class = self.array_class(ty);
        let [array, index, address] = self.element();
        let place = self.element_place(class, index, address);
        self.release_gpr(array);
        self.release_gpr(index);
        self.release_gpr(address);
        self.push_field(class, place, extension);
    }

    pub fn visit_array_get(&mut self, ty: u32) {
        self.get_element(ty, Extension::None);
    }

    pub fn visit_array_get_s(&mut self, ty: u32) {
        self.get_element(ty, Extension::Signed);
    }

    pub fn visit_array_get_u(&mut self, ty: u32) {
        self.get_element(ty, Extension::Unsigned);
    }

    pub fn visit_array_set(&mut self, ty: u32) {
        let class = self.array_class(ty);
        let value = self.pop();
        let held = self.hold(value);
        let [array, index, address] = self.element();
        let place = self.element_place(class, index, address);
        self.store_held(class, place, held);
        if let (FieldClass::Object, Held::Gpr(stored)) = (class, held)
            && !matches!(value.place, Place::Constant(_))
        {
            // The element's own reference, by which its card is found.
            let place = array.indexed(index, Scale::Four, ARRAY_ELEMENTS);
            self.asm.address(address, place);
            self.barrier(array, address, stored);
        }
        self.release_gpr(array);
        self.release_gpr(index);
        self.release_gpr(address);
        self.release_held(held);
    }

    pub fn visit_array_fill(&mut self, _ty: u32) {
        // The value has to be in its slot.
        self.settle_all();
        let (value, length) = self.pop2();
        let (array, start) = self.pop2();
        self.fill_array([array, start, value, length]);
    }

    pub fn visit_array_copy(&mut self, _to_ty: u32, _from_ty: u32) {
        let length = self.pop();
        let (from, from_start) = self.pop2();
        let (to, to_start) = self.pop2();
        let args = [to, to_start, from, from_start, length];
        self.libcall(Libcall::array_copy, &args);
    }

    pub fn visit_array_init_data(&mut self, _ty: u32, segment: u32) {
        self.init_from_segment(Libcall::array_init_data, segment);
    }

    pub fn visit_array_init_elem(&mut self, _ty: u32, segment: u32) {
        self.init_from_segment(Libcall::array_init_elem, segment);
    }

    fn init_from_segment(&mut self, libcall: Libcall, segment: u32) {
        let (offset, length) = self.pop2();
        let (array, start) = self.pop2();
        self.libcall(libcall, &[array, start, number(segment), offset, length]);
    }
}
