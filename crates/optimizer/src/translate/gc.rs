//! Structures, `i31`, allocation and the write barrier. What objects look like is told in `transom_layout::object`.
//!
//! An object is made by moving the nursery's pointer; only if that would cross the limit is the runtime called, which may collect.
//! Its type word and fields are written before anything else can happen, without barriers.
//!
//! The address of an object is computed anew by every instruction, from a reference that the frontend keeps up to date
//! across calls. No access is ever marked as movable: objects move.

use super::state::{Region, Translator, constant_flags};
use crate::abi;
use crate::traps;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    Endianness, InstBuilder, InstructionData, MemFlagsData, Opcode, Value, ValueDef, types,
};
use transom_code::{field_class, struct_layout};
use transom_layout::object::{
    CARD_MARKED, CARD_SHIFT, CARDS_SIZE, FieldClass, LARGE_OBJECT, NURSERY_START, StructLayout,
};
use transom_layout::{VmOffsets, VmStoreContext};
use transom_ops::{Libcall, Trap};

/// How a packed field becomes a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Extension {
    None,
    Signed,
    Unsigned,
}

/// A place in an object.
#[derive(Clone, Copy)]
pub struct Slot {
    pub address: Value,
    pub offset: i32,
    pub flags: MemFlagsData,
}

impl Translator<'_> {
    /// The address of an object, or where one would be if the reference is null: nothing is accessible there.
    pub fn object_address(&mut self, reference: Value) -> Value {
        let base = self.load_constant(VmOffsets::HEAP);
        let offset = self.builder.ins().uextend(types::I64, reference);
        self.builder.ins().iadd(base, offset)
    }

    /// The type word of objects of a type of the module.
    pub fn type_word(&mut self, ty: u32) -> Value {
        let offset = self.env.unit.offsets.type_descriptor(ty);
        let context = self.env.context;
        self.builder
            .ins()
            .load(types::I32, constant_flags(), context, offset)
    }

    /// Flags of an access that traps where the reference is null.
    pub fn object_flags(&mut self, region: Region) -> MemFlagsData {
        let flags = MemFlagsData::trusted()
            .with_endianness(Endianness::Little)
            .with_trap_code(Some(traps::code(Trap::NullReference)));
        self.env.in_region(&mut self.builder, flags, region)
    }

    /// Flags of an access that traps nowhere: the object has just been made, or looked at.
    pub fn sound_flags(&mut self, region: Region) -> MemFlagsData {
        self.env.field_flags(&mut self.builder, region)
    }

    /// Makes an object of a type whose size is known, and writes its type word. Its other bytes are undefined.
    pub fn allocate(&mut self, ty: u32, size: u32) -> Value {
        let place = self.env.unit.offsets.type_descriptor(ty);
        self.allocate_of(place, size)
    }

    /// The same, where the type word is at a place of the context.
    pub fn allocate_of(&mut self, place: i32, size: u32) -> Value {
        let context = self.env.context;
        let word = self
            .builder
            .ins()
            .load(types::I32, constant_flags(), context, place);
        let large = size > LARGE_OBJECT;
        let size = self.iconst32(size);
        if large {
            return self.allocate_slow(word, size);
        }
        self.allocate_sized(word, size, |this| this.allocate_slow(word, size))
    }

    /// Makes an object of a type word and a size that is no larger than objects of the nursery may be, or else by calling `slow`.
    pub fn allocate_sized(
        &mut self,
        word: Value,
        size: Value,
        slow_path: impl FnOnce(&mut Self) -> Value,
    ) -> Value {
        let store = self.store_context();
        let flags = self.env.field_flags(&mut self.builder, Region::Nursery);
        let (next_offset, limit_offset) = (VmStoreContext::NURSERY_NEXT, VmStoreContext::NURSERY_LIMIT);
        let next = self.builder.ins().load(types::I32, flags, store, next_offset);
        let limit = self.builder.ins().load(types::I32, flags, store, limit_offset);
        let end = self.builder.ins().iadd(next, size);
        let full = self.builder.ins().icmp(IntCC::UnsignedGreaterThan, end, limit);
        let (slow, fast, done) = (
            self.builder.create_block(),
            self.builder.create_block(),
            self.builder.create_block(),
        );
        let object = self.builder.append_block_param(done, types::I32);
        self.builder.set_cold_block(slow);
        self.builder.ins().brif(full, slow, &[], fast, &[]);
        self.builder.seal_block(slow);
        self.builder.seal_block(fast);
        self.builder.switch_to_block(slow);
        let made = slow_path(self);
        self.builder.ins().jump(done, &[made.into()]);
        self.builder.switch_to_block(fast);
        self.builder.ins().store(flags, end, store, next_offset);
        let address = self.object_address(next);
        let word_flags = self.sound_flags(Region::TypeWords);
        self.builder.ins().store(word_flags, word, address, 0);
        self.builder.ins().jump(done, &[next.into()]);
        self.builder.seal_block(done);
        self.builder.switch_to_block(done);
        self.note_object(FieldClass::Object, object);
        object
    }

    fn allocate_slow(&mut self, word: Value, size: Value) -> Value {
        let object = self.libcall(Libcall::gc_allocate, &[word, size]);
        let object = object.expect("gc_allocate has a result");
        self.note_object(FieldClass::Object, object);
        object
    }

    fn struct_type(&self, ty: u32) -> (Vec<FieldClass>, StructLayout) {
        let unit = self.env.unit;
        let fields = unit.module.types[ty as usize].sub_type().composite.as_struct();
        let fields = fields.expect("validation has found a structure type");
        let class = |field: &transom_types::FieldType| field_class(unit.registry, field.storage);
        (
            fields.iter().map(class).collect(),
            struct_layout(unit.registry, fields),
        )
    }

    pub fn visit_struct_new(&mut self, ty: u32) {
        let (classes, layout) = self.struct_type(ty);
        let object = self.allocate(ty, layout.size);
        let values = self.pop_many(classes.len());
        self.fill_struct(object, &classes, &layout, &values);
        self.push(object);
    }

    pub fn visit_struct_new_default(&mut self, ty: u32) {
        let (classes, layout) = self.struct_type(ty);
        self.inlining.work.add(classes.len());
        let object = self.allocate(ty, layout.size);
        let zeros: Vec<Value> = classes
            .iter()
            .map(|&class| self.zero(abi::field_type(class)))
            .collect();
        self.fill_struct(object, &classes, &layout, &zeros);
        self.push(object);
    }

    /// Writes the fields of a structure that has just been made.
    pub fn fill_struct(
        &mut self,
        object: Value,
        classes: &[FieldClass],
        layout: &StructLayout,
        values: &[Value],
    ) {
        let address = self.object_address(object);
        for ((&class, &offset), &value) in classes.iter().zip(&layout.offsets).zip(values) {
            let flags = self.sound_flags(Region::Field(offset));
            let offset = offset as i32;
            let slot = Slot {
                address,
                offset,
                flags,
            };
            self.store_slot(class, slot, value);
        }
    }

    /// Loads the value of a field or element.
    pub fn load_slot(&mut self, class: FieldClass, slot: Slot, extension: Extension) -> Value {
        let Slot {
            address,
            offset,
            flags,
        } = slot;
        let ins = self.builder.ins();
        let value = match (class, extension) {
            (FieldClass::I8, Extension::Signed) => ins.sload8(types::I32, flags, address, offset),
            (FieldClass::I8, _) => ins.uload8(types::I32, flags, address, offset),
            (FieldClass::I16, Extension::Signed) => ins.sload16(types::I32, flags, address, offset),
            (FieldClass::I16, _) => ins.uload16(types::I32, flags, address, offset),
            _ => ins.load(abi::field_type(class), flags, address, offset),
        };
        self.note_object(class, value);
        value
    }

    /// Stores a value in a field or element.
    pub fn store_slot(&mut self, class: FieldClass, slot: Slot, value: Value) {
        let Slot {
            address,
            offset,
            flags,
        } = slot;
        let ins = self.builder.ins();
        match class {
            FieldClass::I8 => ins.istore8(flags, value, address, offset),
            FieldClass::I16 => ins.istore16(flags, value, address, offset),
            _ => ins.store(flags, value, address, offset),
        };
    }

    fn field(&mut self, ty: u32, field: u32, reference: Value) -> (FieldClass, Slot) {
        let (classes, layout) = self.struct_type(ty);
        let offset = layout.offsets[field as usize];
        let address = self.object_address(reference);
        let flags = self.object_flags(Region::Field(offset));
        let slot = Slot {
            address,
            offset: offset as i32,
            flags,
        };
        (classes[field as usize], slot)
    }

    fn get_field(&mut self, ty: u32, field: u32, extension: Extension) {
        let reference = self.pop();
        let (class, slot) = self.field(ty, field, reference);
        let value = self.load_slot(class, slot, extension);
        self.push(value);
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

    pub fn visit_struct_set(&mut self, ty: u32, field: u32) {
        let (reference, value) = self.pop2();
        let (class, slot) = self.field(ty, field, reference);
        self.store_slot(class, slot, value);
        if class == FieldClass::Object {
            let place = self.builder.ins().uextend(types::I64, reference);
            self.barrier(reference, place, value);
        }
    }

    /// The write barrier: `value` has been stored in `object`, and `place` is the 64-bit reference whose card stands for that.
    pub fn barrier(&mut self, object: Value, place: Value, value: Value) {
        if self.is_constant(value) {
            // Null, or an `i31`.
            return;
        }
        let (check, mark, next) = (
            self.builder.create_block(),
            self.builder.create_block(),
            self.builder.create_block(),
        );
        self.builder.set_cold_block(mark);
        let nursery = i64::from(NURSERY_START);
        let young = self
            .builder
            .ins()
            .icmp_imm_u(IntCC::UnsignedGreaterThanOrEqual, value, nursery);
        self.builder.ins().brif(young, check, &[], next, &[]);
        self.builder.seal_block(check);
        self.builder.switch_to_block(check);
        let old = self
            .builder
            .ins()
            .icmp_imm_u(IntCC::UnsignedLessThan, object, nursery);
        self.builder.ins().brif(old, mark, &[], next, &[]);
        self.builder.seal_block(mark);
        self.builder.switch_to_block(mark);
        let base = self.load_constant(VmOffsets::HEAP);
        let index = self.builder.ins().ushr_imm_u(place, i64::from(CARD_SHIFT));
        let card = self.builder.ins().iadd(base, index);
        let marked = self.iconst32(u32::from(CARD_MARKED));
        let flags = self.sound_flags(Region::Cards);
        self.builder
            .ins()
            .istore8(flags, marked, card, -(CARDS_SIZE as i32));
        self.builder.ins().jump(next, &[]);
        self.builder.seal_block(next);
        self.builder.switch_to_block(next);
    }

    fn is_constant(&self, value: Value) -> bool {
        let dfg = &self.builder.func.dfg;
        let ValueDef::Result(inst, _) = dfg.value_def(value) else {
            return false;
        };
        matches!(
            dfg.insts[inst],
            InstructionData::UnaryImm {
                opcode: Opcode::Iconst,
                ..
            }
        )
    }

    pub fn visit_ref_eq(&mut self) {
        let (first, second) = self.pop2();
        let equal = self.builder.ins().icmp(IntCC::Equal, first, second);
        let equal = self.builder.ins().uextend(types::I32, equal);
        self.push(equal);
    }

    pub fn visit_ref_i31(&mut self) {
        let value = self.pop();
        let shifted = self.builder.ins().ishl_imm_u(value, 1);
        let reference = self.builder.ins().bor_imm_u(shifted, 1);
        self.push(reference);
    }

    pub fn visit_i31_get_s(&mut self) {
        let reference = self.non_null_i31();
        let value = self.builder.ins().sshr_imm_u(reference, 1);
        self.push(value);
    }

    pub fn visit_i31_get_u(&mut self) {
        let reference = self.non_null_i31();
        let value = self.builder.ins().ushr_imm_u(reference, 1);
        self.push(value);
    }

    fn non_null_i31(&mut self) -> Value {
        let reference = self.pop();
        self.builder
            .ins()
            .trapz(reference, traps::code(Trap::NullReference));
        reference
    }

    /// A host reference is the same bits on both sides.
    pub fn visit_any_convert_extern(&mut self) {}

    /// See `visit_any_convert_extern`.
    pub fn visit_extern_convert_any(&mut self) {}
}
