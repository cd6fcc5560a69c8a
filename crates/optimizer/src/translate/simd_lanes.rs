//! Vector instructions that move: constants, lanes, shuffles, and the loads and stores of parts.

use super::state::Translator;
use cranelift_codegen::ir::{self, InstBuilder, types};
use transom_module::wasmparser::{MemArg, V128};

macro_rules! splats {
    ($($visit:ident => $lanes:ident;)*) => {
        impl Translator<'_> {
            $(pub fn $visit(&mut self) {
                let lane = types::$lanes.lane_type();
                let value = self.pop();
                let value = if lane.bits() < 32 { self.builder.ins().ireduce(lane, value) } else { value };
                let value = self.builder.ins().splat(types::$lanes, value);
                self.push_vector(value);
            })*
        }
    };
}

macro_rules! extracts {
    ($($visit:ident => $lanes:ident $(, $extend:ident)?;)*) => {
        impl Translator<'_> {
            $(pub fn $visit(&mut self, lane: u8) {
                let value = self.pop_lanes(types::$lanes);
                let value = self.builder.ins().extractlane(value, lane);
                $(let value = self.builder.ins().$extend(types::I32, value);)?
                self.push(value);
            })*
        }
    };
}

macro_rules! replaces {
    ($($visit:ident => $lanes:ident;)*) => {
        impl Translator<'_> {
            $(pub fn $visit(&mut self, lane: u8) {
                let ty = types::$lanes.lane_type();
                let value = self.pop();
                let value = if ty.bits() < 32 { self.builder.ins().ireduce(ty, value) } else { value };
                let vector = self.pop_lanes(types::$lanes);
                let vector = self.builder.ins().insertlane(vector, value, lane);
                self.push_vector(vector);
            })*
        }
    };
}

macro_rules! partial_loads {
    ($($visit:ident => $method:ident($($arg:expr),*);)*) => {
        impl Translator<'_> {
            $(pub fn $visit(&mut self, access: MemArg) {
                self.$method(&access, $($arg),*);
            })*
        }
    };
}

macro_rules! widening_loads {
    ($($visit:ident => $load:ident;)*) => {
        impl Translator<'_> {
            $(pub fn $visit(&mut self, access: MemArg) {
                let place = self.place(&access, 8);
                let value = self.builder.ins().$load(place.flags, place.address, place.offset);
                self.push_vector(value);
            })*
        }
    };
}

macro_rules! lane_accesses {
    ($($load:ident, $store:ident => $lanes:ident;)*) => {
        impl Translator<'_> {
            $(pub fn $load(&mut self, access: MemArg, lane: u8) {
                self.load_lane(&access, lane, types::$lanes);
            }

            pub fn $store(&mut self, access: MemArg, lane: u8) {
                self.store_lane(&access, lane, types::$lanes);
            })*
        }
    };
}

splats! {
    visit_i8x16_splat => I8X16; visit_i16x8_splat => I16X8; visit_i32x4_splat => I32X4;
    visit_i64x2_splat => I64X2; visit_f32x4_splat => F32X4; visit_f64x2_splat => F64X2;
}

extracts! {
    visit_i8x16_extract_lane_s => I8X16, sextend; visit_i8x16_extract_lane_u => I8X16, uextend;
    visit_i16x8_extract_lane_s => I16X8, sextend; visit_i16x8_extract_lane_u => I16X8, uextend;
    visit_i32x4_extract_lane => I32X4; visit_i64x2_extract_lane => I64X2;
    visit_f32x4_extract_lane => F32X4; visit_f64x2_extract_lane => F64X2;
}

replaces! {
    visit_i8x16_replace_lane => I8X16; visit_i16x8_replace_lane => I16X8; visit_i32x4_replace_lane => I32X4;
    visit_i64x2_replace_lane => I64X2; visit_f32x4_replace_lane => F32X4; visit_f64x2_replace_lane => F64X2;
}

partial_loads! {
    visit_v128_load8_splat => load_splat(types::I8X16); visit_v128_load16_splat => load_splat(types::I16X8);
    visit_v128_load32_splat => load_splat(types::I32X4); visit_v128_load64_splat => load_splat(types::I64X2);
    visit_v128_load32_zero => load_zero(types::I32X4); visit_v128_load64_zero => load_zero(types::I64X2);
}

widening_loads! {
    visit_v128_load8x8_s => sload8x8; visit_v128_load8x8_u => uload8x8;
    visit_v128_load16x4_s => sload16x4; visit_v128_load16x4_u => uload16x4;
    visit_v128_load32x2_s => sload32x2; visit_v128_load32x2_u => uload32x2;
}

lane_accesses! {
    visit_v128_load8_lane, visit_v128_store8_lane => I8X16;
    visit_v128_load16_lane, visit_v128_store16_lane => I16X8;
    visit_v128_load32_lane, visit_v128_store32_lane => I32X4;
    visit_v128_load64_lane, visit_v128_store64_lane => I64X2;
}

impl Translator<'_> {
    pub fn visit_v128_const(&mut self, value: V128) {
        let bytes = self
            .builder
            .func
            .dfg
            .constants
            .insert(value.bytes().as_slice().into());
        let value = self.builder.ins().vconst(types::I8X16, bytes);
        self.push(value);
    }

    pub fn visit_i8x16_shuffle(&mut self, lanes: [u8; 16]) {
        let (first, second) = self.pop2();
        let lanes = self.builder.func.dfg.immediates.push(lanes.as_slice().into());
        let value = self.builder.ins().shuffle(first, second, lanes);
        self.push(value);
    }

    fn load_splat(&mut self, access: &MemArg, lanes: ir::Type) {
        let lane = lanes.lane_type();
        let place = self.place(access, lane.bytes());
        let value = self
            .builder
            .ins()
            .load(lane, place.flags, place.address, place.offset);
        let value = self.builder.ins().splat(lanes, value);
        self.push_vector(value);
    }

    fn load_zero(&mut self, access: &MemArg, lanes: ir::Type) {
        let lane = lanes.lane_type();
        let place = self.place(access, lane.bytes());
        let value = self
            .builder
            .ins()
            .load(lane, place.flags, place.address, place.offset);
        let value = self.builder.ins().scalar_to_vector(lanes, value);
        self.push_vector(value);
    }

    fn load_lane(&mut self, access: &MemArg, lane: u8, lanes: ir::Type) {
        let vector = self.pop_lanes(lanes);
        let place = self.place(access, lanes.lane_type().bytes());
        let value = self
            .builder
            .ins()
            .load(lanes.lane_type(), place.flags, place.address, place.offset);
        let vector = self.builder.ins().insertlane(vector, value, lane);
        self.push_vector(vector);
    }

    fn store_lane(&mut self, access: &MemArg, lane: u8, lanes: ir::Type) {
        let vector = self.pop_lanes(lanes);
        let place = self.place(access, lanes.lane_type().bytes());
        let value = self.builder.ins().extractlane(vector, lane);
        self.builder
            .ins()
            .store(place.flags, value, place.address, place.offset);
    }
}
