//! Arrays. Single elements are accessed in line; whatever concerns many at once is a call of the runtime, which moves memory.

use super::gc::{Extension, Slot};
use super::state::{Failure, Region, Translator};
use crate::abi;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, InstBuilder, MemFlagsData, Value, types};
use transom_code::field_class;
use transom_layout::object::{ARRAY_ELEMENTS, ARRAY_LENGTH, FieldClass, NURSERY_START, array_size};
use transom_ops::Libcall;

/// The most bytes of elements that a new array is filled with in line: beyond, a call costs little beside the stores.
const MAX_INLINE_FILL: u32 = 256;

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
        let (value, length) = self.pop2();
        self.new_filled(ty, value, length);
    }

    pub fn visit_array_new_default(&mut self, ty: u32) {
        let length = self.pop();
        let zero = self.zero(abi::field_type(self.array_class(ty)));
        self.new_filled(ty, zero, length);
    }

    /// Makes an array of equal elements, and pushes it. A small one is made and filled in line.
    fn new_filled(&mut self, ty: u32, value: Value, length: Value) {
        let class = self.array_class(ty);
        let word = self.type_word(ty);
        let (small, other, done) = (
            self.builder.create_block(),
            self.builder.create_block(),
            self.builder.create_block(),
        );
        let array = self.builder.append_block_param(done, types::I32);
        let most = i64::from(MAX_INLINE_FILL >> class.size_log2());
        let is_small = self
            .builder
            .ins()
            .icmp_imm_u(IntCC::UnsignedLessThanOrEqual, length, most);
        self.builder.ins().brif(is_small, small, &[], other, &[]);
        self.builder.seal_block(small);
        self.builder.seal_block(other);

        self.builder.switch_to_block(other);
        let made = self.new_array(Libcall::array_new, &[word, length]);
        let zero = self.iconst32(0);
        self.fill_array(ty, [made, zero, value, length]);
        self.builder.ins().jump(done, &[made.into()]);

        self.builder.switch_to_block(small);
        let made = self.new_small((class, word), value, length);
        self.builder.ins().jump(done, &[made.into()]);
        self.builder.seal_block(done);
        self.builder.switch_to_block(done);
        self.env.known_lengths.insert(array, length);
        self.push_new(FieldClass::Object, array);
    }

    /// Makes a small array in line, and fills it by stores of eight bytes: whole words, as objects are.
    fn new_small(&mut self, (class, word): (FieldClass, Value), value: Value, length: Value) -> Value {
        let bytes = self
            .builder
            .ins()
            .ishl_imm_u(length, i64::from(class.size_log2()));
        let padded = self
            .builder
            .ins()
            .iadd_imm_u(bytes, i64::from(ARRAY_ELEMENTS) + 7);
        let size = self.builder.ins().band_imm_s(padded, -8);
        let array = self.allocate_sized(word, size, |this| {
            this.new_array(Libcall::array_new, &[word, length])
        });
        let address = self.object_address(array);
        let flags = self.sound_flags(Region::Lengths);
        self.builder.ins().store(flags, length, address, ARRAY_LENGTH);
        let (low, high) = self.repeated(class, value);
        let flags = self.sound_flags(Region::ArrayElements(class.size_log2()));
        let stride = if class == FieldClass::V128 { 16 } else { 8 };

        let (head, body, done) = (
            self.builder.create_block(),
            self.builder.create_block(),
            self.builder.create_block(),
        );
        let position = self.builder.append_block_param(head, types::I32);
        let first = self.iconst32(ARRAY_ELEMENTS as u32);
        self.builder.ins().jump(head, &[first.into()]);
        self.builder.switch_to_block(head);
        let more = self.builder.ins().icmp(IntCC::UnsignedLessThan, position, size);
        self.builder.ins().brif(more, body, &[], done, &[]);
        self.builder.seal_block(body);
        self.builder.seal_block(done);
        self.builder.switch_to_block(body);
        let distance = self.builder.ins().uextend(types::I64, position);
        let place = self.builder.ins().iadd(address, distance);
        self.builder.ins().store(flags, low, place, 0);
        if stride == 16 {
            self.builder.ins().store(flags, high, place, 8);
        }
        let next = self.builder.ins().iadd_imm_u(position, stride);
        self.builder.ins().jump(head, &[next.into()]);
        self.builder.seal_block(head);
        self.builder.switch_to_block(done);
        array
    }

    /// A value repeated to 16 bytes, as their low and high half.
    fn repeated(&mut self, class: FieldClass, value: Value) -> (Value, Value) {
        let (low, high) = self.bits(class, value);
        if class == FieldClass::V128 {
            return (low, high);
        }
        let (mask, factor) = match class.size() {
            1 => (0xff, 0x0101_0101_0101_0101),
            2 => (0xffff, 0x0001_0001_0001_0001),
            4 => (0xffff_ffff, 0x0000_0001_0000_0001),
            _ => return (low, low),
        };
        let low = self.builder.ins().band_imm_u(low, mask);
        let factor = self.builder.ins().iconst(types::I64, factor);
        let low = self.builder.ins().imul(low, factor);
        (low, low)
    }

    /// The bits of a value, as their low and high half.
    fn bits(&mut self, class: FieldClass, value: Value) -> (Value, Value) {
        let zero = self.builder.ins().iconst(types::I64, 0);
        let cast = MemFlagsData::new().with_endianness(cranelift_codegen::ir::Endianness::Little);
        match abi::field_type(class) {
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
        }
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
        let (ty, segment) = (self.type_word(ty), self.iconst32(segment));
        let array = self.new_array(libcall, &[ty, segment, offset, length]);
        self.push(array);
    }

    /// The length of an array whose address is known. It never changes, so it is loaded once on a path.
    fn load_length(&mut self, array: Value, address: Value) -> Value {
        if let Some(&known) = self.env.known_lengths.get(&array) {
            return known;
        }
        let flags = self.object_flags(Region::Lengths);
        let length = self.builder.ins().load(types::I32, flags, address, ARRAY_LENGTH);
        self.env.known_lengths.insert(array, length);
        length
    }

    /// Forgets what was loaded on the way here: the next block is reached on other ways as well.
    pub fn forget_lengths(&mut self) {
        self.env.known_lengths.clear();
    }

    pub fn visit_array_len(&mut self) {
        let array = self.pop();
        let address = self.object_address(array);
        let length = self.load_length(array, address);
        self.push(length);
    }

    /// The place of an element that is there, and its distance from the array's beginning.
    fn element(&mut self, class: FieldClass, array: Value, index: Value) -> (Slot, Value) {
        let address = self.object_address(array);
        let length = self.load_length(array, address);
        let beyond = self
            .builder
            .ins()
            .icmp(IntCC::UnsignedGreaterThanOrEqual, index, length);
        let wrong = self.failure(Failure::Array { length, index });
        self.branch_to_trap(beyond, wrong);
        let index = self.masked(beyond, index);
        let index = self.builder.ins().uextend(types::I64, index);
        let distance = self.builder.ins().ishl_imm_u(index, i64::from(class.size_log2()));
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
        let (low, high) = self.bits(class, value);
        self.libcall(Libcall::array_fill, &[array, start, low, high, length]);
    }

    pub fn visit_array_copy(&mut self, to_ty: u32, _from_ty: u32) {
        let args = self.pop_many(5);
        let &[to, to_start, from, from_start, length] = &args[..] else {
            unreachable!("five values were popped")
        };
        let class = self.array_class(to_ty);
        let (fast, slow, done) = (
            self.builder.create_block(),
            self.builder.create_block(),
            self.builder.create_block(),
        );
        let to_place = self.range_or(slow, class, [to, to_start, length]);
        let from_place = self.range_or(slow, class, [from, from_start, length]);
        if class == FieldClass::Object {
            let nursery = i64::from(NURSERY_START);
            let young = self
                .builder
                .ins()
                .icmp_imm_u(IntCC::UnsignedGreaterThanOrEqual, to, nursery);
            self.builder.ins().brif(young, fast, &[], slow, &[]);
        } else {
            self.builder.ins().jump(fast, &[]);
        }
        self.builder.seal_block(fast);
        self.builder.seal_block(slow);
        self.builder.switch_to_block(fast);
        let length = self.builder.ins().uextend(types::I64, length);
        let bytes = self
            .builder
            .ins()
            .ishl_imm_u(length, i64::from(class.size_log2()));
        self.libcall(Libcall::move_bytes, &[to_place, from_place, bytes]);
        self.builder.ins().jump(done, &[]);
        // Whatever is wrong, or needs a barrier, is the runtime's.
        self.builder.switch_to_block(slow);
        self.libcall(Libcall::array_copy, &args);
        self.builder.ins().jump(done, &[]);
        self.builder.seal_block(done);
        self.builder.switch_to_block(done);
    }

    /// The address of elements that are all inside an array; goes to `wrong` if they are not.
    fn range_or(&mut self, wrong: Block, class: FieldClass, [array, start, length]: [Value; 3]) -> Value {
        let address = self.object_address(array);
        let size = self.load_length(array, address);
        let [start, length, size] =
            [start, length, size].map(|value| self.builder.ins().uextend(types::I64, value));
        let end = self.builder.ins().iadd(start, length);
        let beyond = self.builder.ins().icmp(IntCC::UnsignedGreaterThan, end, size);
        self.branch_to_trap(beyond, wrong);
        let distance = self.builder.ins().ishl_imm_u(start, i64::from(class.size_log2()));
        let place = self.builder.ins().iadd(address, distance);
        self.builder.ins().iadd_imm_u(place, i64::from(ARRAY_ELEMENTS))
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
