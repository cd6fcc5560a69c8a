//! Values out of nothing, by instructions that constant expressions may have too.

use super::types::{Composite, abstract_heap};
use super::world::World;
use crate::random::Random;
use wasm_encoder::{AbstractHeapType, FieldType, HeapType, InstructionSink, RefType, ValType};

impl World {
    /// Makes a value of a type; objects in it go to a depth.
    pub fn make(&self, random: &mut Random, code: &mut Vec<u8>, ty: ValType, depth: u32) {
        if let ValType::Ref(ty) = ty {
            return self.make_reference(random, code, ty, depth);
        }
        let mut emit = InstructionSink::new(code);
        match ty {
            ValType::I32 => emit.i32_const(random.i32()),
            ValType::I64 => emit.i64_const(random.i64()),
            ValType::F32 => emit.f32_const(random.f32().into()),
            ValType::F64 => emit.f64_const(random.f64().into()),
            ValType::V128 | ValType::Ref(_) => emit.v128_const(0),
        };
    }

    fn make_reference(&self, random: &mut Random, code: &mut Vec<u8>, ty: RefType, depth: u32) {
        if !ty.nullable || depth > 0 && !random.chance(20) {
            return self.make_object(random, code, ty.heap_type, depth);
        }
        let heap = match random.chance(30) {
            true => self.bottom(ty.heap_type),
            false => ty.heap_type,
        };
        InstructionSink::new(code).ref_null(heap);
    }

    /// The type of a hierarchy that nothing but null has.
    fn bottom(&self, heap: HeapType) -> HeapType {
        let of_functions = self
            .types
            .heap_matches(heap, abstract_heap(AbstractHeapType::Func));
        abstract_heap(match of_functions {
            true => AbstractHeapType::NoFunc,
            false => AbstractHeapType::None,
        })
    }

    /// Makes something that is not null.
    fn make_object(&self, random: &mut Random, code: &mut Vec<u8>, heap: HeapType, depth: u32) {
        if self
            .types
            .heap_matches(heap, abstract_heap(AbstractHeapType::Func))
        {
            let function = random.choose(&self.functions_below(heap));
            InstructionSink::new(code).ref_func(function);
            return;
        }
        let i31 = self
            .types
            .heap_matches(abstract_heap(AbstractHeapType::I31), heap);
        if i31 && (depth == 0 || random.chance(40)) {
            InstructionSink::new(code).i32_const(random.i32()).ref_i31();
            return;
        }
        let fitting: Vec<u32> = match heap {
            HeapType::Concrete(index) if depth == 0 => vec![index],
            _ => self
                .types
                .indices()
                .filter(|index| self.types.heap_matches(HeapType::Concrete(*index), heap))
                .collect(),
        };
        match fitting.is_empty() {
            true => {
                InstructionSink::new(code).i32_const(random.i32()).ref_i31();
            }
            false => {
                let index = random.choose(&fitting);
                self.make_composite(random, code, index, depth.saturating_sub(1));
            }
        }
    }

    fn make_composite(&self, random: &mut Random, code: &mut Vec<u8>, index: u32, depth: u32) {
        let defaultable = |field: &FieldType| field.element_type.is_defaultable();
        match self.types.composite(index) {
            Composite::Struct(fields) if fields.iter().all(defaultable) && random.chance(25) => {
                InstructionSink::new(code).struct_new_default(index);
            }
            Composite::Struct(fields) => {
                for field in fields {
                    self.make(random, code, field.element_type.unpack(), depth);
                }
                InstructionSink::new(code).struct_new(index);
            }
            Composite::Array(field) => self.make_array(random, code, (index, *field), depth),
            Composite::Func(..) => {}
        }
    }

    /// Makes an array of one element or more, so that the first may be accessed.
    fn make_array(
        &self,
        random: &mut Random,
        code: &mut Vec<u8>,
        (index, field): (u32, FieldType),
        depth: u32,
    ) {
        let length = 1 + random.below(4) as u32;
        let element = field.element_type.unpack();
        if element.is_defaultable() && random.chance(25) {
            InstructionSink::new(code)
                .i32_const(length as i32)
                .array_new_default(index);
        } else if random.chance(40) {
            self.make(random, code, element, depth);
            InstructionSink::new(code)
                .i32_const(length as i32)
                .array_new(index);
        } else {
            for _ in 0..length {
                self.make(random, code, element, depth);
            }
            InstructionSink::new(code).array_new_fixed(index, length);
        }
    }
}
