//! What leaves nothing on the stack, but changes globals, locals, tables and objects.

use super::bodies::Body;
use super::references::Place;
use super::types::Composite;
use super::world::{FUEL_GLOBAL, TRACE_GLOBAL};
use wasm_encoder::{BlockType, ValType};

impl Body<'_> {
    pub fn statement(&mut self, depth: u32) {
        if depth == 0 || self.spent() {
            return;
        }
        match self.random.below(12) {
            0..2 => self.set_global(depth),
            2 => self.set_local(depth),
            3..6 => self.set_place(depth),
            6 => self.set_element(depth),
            7..10 => self.call_and_trace(depth),
            10 => {
                self.condition(depth);
                self.emit().if_(BlockType::Empty);
                self.statement(depth - 1);
                self.emit().else_();
                self.statement(depth - 1);
                self.emit().end();
            }
            _ => {
                self.value(ValType::I64, depth);
                self.trace(ValType::I64);
            }
        }
    }

    fn set_global(&mut self, depth: u32) {
        let globals: Vec<(u32, ValType)> = (0..)
            .zip(&self.world.globals)
            .filter(|(index, global)| global.mutable && *index != FUEL_GLOBAL)
            .map(|(index, global)| (index, global.val_type))
            .collect();
        let (global, ty) = self.random.choose(&globals);
        self.value(ty, depth);
        self.emit().global_set(global);
    }

    fn set_local(&mut self, depth: u32) {
        let local = self.random.below(self.locals.len());
        self.value(self.locals[local], depth);
        self.emit().local_set(local as u32);
    }

    fn set_place(&mut self, depth: u32) {
        let places: Vec<Place> = self.places().filter(|place| place.mutable).collect();
        if places.is_empty() {
            return self.set_global(depth);
        }
        let place = self.random.choose(&places);
        self.holder(place, depth);
        self.value(place.storage.unpack(), depth - 1);
        match place.field {
            Some(field) => self.emit().struct_set(place.ty, field),
            None => self.emit().array_set(place.ty),
        };
    }

    fn set_element(&mut self, depth: u32) {
        let table = self.random.below(self.world.tables.len());
        let ty = ValType::Ref(self.world.tables[table]);
        self.table_index();
        self.value(ty, depth - 1);
        self.emit().table_set(table as u32);
    }

    fn call_and_trace(&mut self, depth: u32) {
        let functions: Vec<u32> = self
            .types()
            .indices()
            .filter(|index| self.types().is_func(*index))
            .collect();
        let ty = self.random.choose(&functions);
        self.call(ty, depth);
        if let Composite::Func(_, results) = self.types().composite(ty) {
            results.iter().rev().for_each(|result| self.trace(*result));
        }
    }

    /// Mixes the value on the stack into what the function has computed.
    fn trace(&mut self, ty: ValType) {
        let mut emit = self.emit();
        match ty {
            ValType::I32 => emit.i64_extend_i32_u(),
            ValType::I64 => &mut emit,
            ValType::F32 => emit.i32_reinterpret_f32().i64_extend_i32_u(),
            ValType::F64 => emit.i64_reinterpret_f64(),
            ValType::V128 => emit.i64x2_extract_lane(0),
            ValType::Ref(_) => emit.ref_is_null().i64_extend_i32_u(),
        }
        .global_get(TRACE_GLOBAL)
        .i64_const(7)
        .i64_rotl()
        .i64_xor()
        .global_set(TRACE_GLOBAL);
    }
}
