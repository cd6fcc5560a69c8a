//! Arrays. Single elements are accessed in line; whatever concerns many at once is a call of the runtime, which moves memory.

use super::environment::Region;
use super::failure::Failure;
use super::gc::{Extension, Slot};
use super::{Translator, abi};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Value, types};
use transom_code::field_class;
use transom_layout::object::{ARRAY_ELEMENTS, ARRAY_LENGTH, FieldClass, array_size};
use transom_ops::Libcall;

impl Translator<'_> {
    /// The class of an array type's elements.
    fn array_class(&self, ty: u32) -> FieldClass {
        let unit = self.env.unit;
        let element = unit.module.types[ty as usize].sub_type().composite.as_array();
        let element = element.expect("validation has found an array type");
        field_class(unit.registry, element.storage)
    }

    /// Calls the runtime for an array.
    fn new_array(&mut self, libcall: Libcall, args: &[Value]) -> Value {
        let array = self.libcall(libcall, args);
        let array = array.expect("what makes an array has a result");
        self.note_object(FieldClass::Object, array);
        array
    }

    pub fn visit_array_new(&mut self, ty: u32) {
        let length = self.pop();
        let type_index = self.iconst32(ty);
        let array = self.new_array(Libcall::array_new, &[type_index, length]);
        let value = self.pop();
        let zero = self.iconst32(0);
        self.fill_array(ty, [array, zero, value, length]);
        self.push(array);
    }

    pub fn visit_array_new_default(&mut self, ty: u32) {
        let length = self.pop();
        let ty = self.iconst32(ty);
        let array = self.new_array(Libcall::array_new, &[ty, length]);
        self.push(array);
    }

    pub fn visit_array_new_fixed(&mut self, ty: u32, length: u32) {
        let class = self.array_class(ty);
        // Validation allows ten thousand elements at most.
        let array = self.allocate(ty, array_size(length, class.size_log2()) as u32);
        let values = self.pop_many(length as usize);
        let address = self.object_address(array);
        let flags = self.sound_flags(Region::Lengths);
        let length = self.iconst32(length);
        self.builder.ins().store(flags, length, address, ARRAY_LENGTH);
        let flags = self.sound_flags(Region::ArrayElements(class.size_log2()));
        for (index, value) in values.into_iter().enumerate() {
            let offset = ARRAY_ELEMENTS + ((index as i32) << class.size_log2());
            let slot = Slot {
                address,
                offset,
                flags,
            };
            self.store_slot(class, slot, value);
        }
        self.push(array);
    }

    pub fn visit_array_new_data(&mut self, ty: u32, segment: u32) {
        self.new_from_segment(Libcall::array_new_data, ty, segment);
    }

    pub fn visit_array_new_elem(&mut self, ty: u32, segment: u32) {
        self.new_from_segment(Libcall::array_new_elem, ty, segment);
    }

    fn new_from_segment(&mut self, libcall: Libcall, ty: u32, segment: u32) {
        let (offset, length) = self.pop2();
        let (ty, segment) = (self.iconst32(ty), self.iconst32(segment));
        let array = self.new_array(libcall, &[ty, segment, offset, length]);
        self.push(array);
    }

    fn load_length(&mut self, address: Value) -> Value {
        let flags = self.object_flags(Region::Lengths);
        self.builder.ins().load(types::I32, flags, address, ARRAY_LENGTH)
    }

    pub fn visit_array_len(&mut self) {
        let array = self.pop();
        let address = self.object_address(array);
        let length = self.load_length(address);
        self.push(length);
    }

    /// The place of an element that is there, and its distance from the array's beginning.
    fn element(&mut self, class: FieldClass, array: Value, index: Value) -> (Slot, Value) {
        let address = self.object_address(array);
        let length = self.load_length(address);
        let beyond = self
            .builder
            .ins()
            .icmp(IntCC::UnsignedGreaterThanOrEqual, index, length);
        let wrong = self.failure(Failure::Array { length, index });
        self.branch_to_trap(beyond, wrong);
        let index = self.builder.ins().uextend(types::I64, index);
        let distance = self
            .builder
            .ins()
            .ishl_imm_u(index, i64::from(class.size_log2()));
        let address = self.builder.ins().iadd(address, distance);
        let flags = self.sound_flags(Region::ArrayElements(class.size_log2()));
        let offset = ARRAY_ELEMENTS;
        let slot = Slot {
            address,
            offset,
            flags,
        };
        (slot, distance)
    }

    fn get_element(&mut self, ty: u32, extension: Extension) {
        let (array, index) = self.pop2();
        let class = self.array_class(ty);
        let (slot, _) = self.element(class, array, index);
        let value = self.load_slot(class, slot, extension);
        self.push(value);
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
        let value = self.pop();
        let (array, index) = self.pop2();
        let class = self.array_class(ty);
        let (slot, distance) = self.element(class, array, index);
        self.store_slot(class, slot, value);
        if class == FieldClass::Object {
            let place = self.builder.ins().uextend(types::I64, array);
            let place = self.builder.ins().iadd(place, distance);
            let place = self.builder.ins().iadd_imm_u(place, i64::from(ARRAY_ELEMENTS));
            self.barrier(array, place, value);
        }
    }

    pub fn visit_array_fill(&mut self, ty: u32) {
        let (value, length) = self.pop2();
        let (array, start) = self.pop2();
        self.fill_array(ty, [array, start, value, length]);
    }

    fn fill_array(&mut self, ty: u32, [array, start, value, length]: [Value; 4]) {
        let class = self.array_class(ty);
        let zero = self.builder.ins().iconst(types::I64, 0);
        let cast = MemFlagsData::new().with_endianness(cranelift_codegen::ir::Endianness::Little);
        let (low, high) = match abi::field_type(class) {
            types::I32 => (self.builder.ins().uextend(types::I64, value), zero),
            types::F32 => {
                let bits = self.builder.ins().bitcast(types::I32, cast, value);
                (self.builder.ins().uextend(types::I64, bits), zero)
            }
            types::F64 => (self.builder.ins().bitcast(types::I64, cast, value), zero),
            types::I64 => (value, zero),
            _ => {
                let lanes = self.builder.ins().bitcast(types::I64X2, cast, value);
                (
                    self.builder.ins().extractlane(lanes, 0),
                    self.builder.ins().extractlane(lanes, 1),
                )
            }
        };
        self.libcall(Libcall::array_fill, &[array, start, low, high, length]);
    }

    pub fn visit_array_copy(&mut self, _to_ty: u32, _from_ty: u32) {
        let args = self.pop_many(5);
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
        let segment = self.iconst32(segment);
        self.libcall(libcall, &[array, start, segment, offset, length]);
    }
}
