//! Vector instructions that move: constants, lanes, shuffles, and the loads and stores of parts.

use super::simd::Lanes;
use crate::assembler::{Rm, Xmm};
use crate::emitter::{Emitter, SCRATCH_XMM};
use crate::op;
use transom_layout::object::FieldClass::{F32, F64, I32, I64, V128};
use transom_module::wasmparser::{MemArg, V128 as Constant};

macro_rules! extracts {
    ($($visit:ident => $inst:ident $class:ident $($extend:ident)?;)*) => {
        impl Emitter<'_> {
            $(pub fn $visit(&mut self, lane: u8) {
                let operand = self.pop();
                let from = self.read_xmm(operand);
                let to = self.take_gpr();
                op!(&mut self.asm, $inst, to, from, lane);
                $(op!(&mut self.asm, $extend, to, to);)?
                self.release_xmm(from);
                self.push_gpr($class, to);
            })*
        }
    };
}

macro_rules! replaces {
    ($($visit:ident => $inst:ident;)*) => {
        impl Emitter<'_> {
            $(pub fn $visit(&mut self, lane: u8) {
                let (vector, value) = self.pop2();
                let to = self.owned_xmm(vector);
                let from = self.read_gpr(value);
                op!(&mut self.asm, $inst, to, from, lane);
                self.release_gpr(from);
                self.push_xmm(V128, to);
            })*
        }
    };
}

macro_rules! widening_loads {
    ($($visit:ident => $inst:ident;)*) => {
        impl Emitter<'_> {
            $(pub fn $visit(&mut self, access: MemArg) {
                let to = self.take_xmm();
                let address = self.place(&access, 8);
                op!(&mut self.asm, $inst, to, address.memory);
                self.release_address(address);
                self.push_xmm(V128, to);
            })*
        }
    };
}

macro_rules! lane_accesses {
    ($($load:ident $insert:ident, $store:ident $extract:ident => $size:literal;)*) => {
        impl Emitter<'_> {
            $(pub fn $load(&mut self, access: MemArg, lane: u8) {
                let to = self.pop_vector();
                let address = self.place(&access, $size);
                op!(&mut self.asm, $insert, to, address.memory, lane);
                self.release_address(address);
                self.push_xmm(V128, to);
            }

            pub fn $store(&mut self, access: MemArg, lane: u8) {
                let operand = self.pop();
                let from = self.read_xmm(operand);
                let address = self.place(&access, $size);
                op!(&mut self.asm, $extract, address.memory, from, lane);
                self.release_address(address);
                self.release_xmm(from);
            })*
        }
    };
}

macro_rules! splats {
    ($($visit:ident => $lanes:ident, $load:ident $inst:ident $size:literal;)*) => {
        impl Emitter<'_> {
            $(pub fn $visit(&mut self) {
                let from = self.vector_gpr();
                let to = self.take_xmm();
                self.splat(Lanes::$lanes, to, from.into());
                self.release_gpr(from);
                self.push_xmm(V128, to);
            }

            pub fn $load(&mut self, access: MemArg) {
                let to = self.take_xmm();
                let gpr = self.take_gpr();
                let address = self.place(&access, $size);
                op!(&mut self.asm, $inst, gpr, address.memory);
                self.release_address(address);
                self.splat(Lanes::$lanes, to, gpr.into());
                self.release_gpr(gpr);
                self.push_xmm(V128, to);
            })*
        }
    };
}

extracts! {
    visit_i8x16_extract_lane_s => pextrb_a I32 movsbl_rm; visit_i8x16_extract_lane_u => pextrb_a I32;
    visit_i16x8_extract_lane_s => pextrw_a I32 movswl_rm; visit_i16x8_extract_lane_u => pextrw_a I32;
    visit_i32x4_extract_lane => pextrd_a I32; visit_i64x2_extract_lane => pextrq_a I64;
}

replaces! {
    visit_i8x16_replace_lane => pinsrb_a; visit_i16x8_replace_lane => pinsrw_a;
    visit_i32x4_replace_lane => pinsrd_a; visit_i64x2_replace_lane => pinsrq_a;
}

widening_loads! {
    visit_v128_load8x8_s => pmovsxbw_a; visit_v128_load8x8_u => pmovzxbw_a;
    visit_v128_load16x4_s => pmovsxwd_a; visit_v128_load16x4_u => pmovzxwd_a;
    visit_v128_load32x2_s => pmovsxdq_a; visit_v128_load32x2_u => pmovzxdq_a;
}

lane_accesses! {
    visit_v128_load8_lane pinsrb_a, visit_v128_store8_lane pextrb_a => 1;
    visit_v128_load16_lane pinsrw_a, visit_v128_store16_lane pextrw_b => 2;
    visit_v128_load32_lane pinsrd_a, visit_v128_store32_lane pextrd_a => 4;
    visit_v128_load64_lane pinsrq_a, visit_v128_store64_lane pextrq_a => 8;
}

splats! {
    visit_i8x16_splat => I8, visit_v128_load8_splat movzbl_rm 1;
    visit_i16x8_splat => I16, visit_v128_load16_splat movzwl_rm 2;
    visit_i32x4_splat => I32, visit_v128_load32_splat movl_rm 4;
    visit_i64x2_splat => I64, visit_v128_load64_splat movq_rm 8;
}

impl Emitter<'_> {
    pub fn visit_v128_const(&mut self, value: Constant) {
        let to = self.take_xmm();
        if value.bytes().iter().all(|&byte| byte == 0) {
            self.clear(to);
        } else {
            let place = self.asm.constant(value.bytes());
            op!(&mut self.asm, movaps_a, to, place);
        }
        self.push_xmm(V128, to);
    }

    /// Copies a number to all lanes.
    fn splat(&mut self, lanes: Lanes, to: Xmm, from: Rm) {
        let asm = &mut self.asm;
        match lanes {
            Lanes::I8 => {
                op!(asm, movd_a, to, from);
                op!(asm, pxor_a, SCRATCH_XMM, SCRATCH_XMM);
                op!(asm, pshufb_a, to, SCRATCH_XMM);
            }
            Lanes::I16 => {
                op!(asm, movd_a, to, from);
                op!(asm, pshuflw_a, to, to, 0u8);
                op!(asm, pshufd_a, to, to, 0u8);
            }
            Lanes::I32 => {
                op!(asm, movd_a, to, from);
                op!(asm, pshufd_a, to, to, 0u8);
            }
            Lanes::I64 => {
                op!(asm, movq_a, to, from);
                op!(asm, pshufd_a, to, to, 0x44u8);
            }
        }
    }

    pub fn visit_f32x4_splat(&mut self) {
        let to = self.pop_vector();
        op!(&mut self.asm, shufps_a, to, to, 0u8);
        self.push_xmm(V128, to);
    }

    pub fn visit_f64x2_splat(&mut self) {
        let to = self.pop_vector();
        op!(&mut self.asm, pshufd_a, to, to, 0x44u8);
        self.push_xmm(V128, to);
    }

    pub fn visit_f32x4_extract_lane(&mut self, lane: u8) {
        let to = self.pop_vector();
        if lane != 0 {
            op!(&mut self.asm, pshufd_a, to, to, lane);
        }
        self.push_xmm(F32, to);
    }

    pub fn visit_f64x2_extract_lane(&mut self, lane: u8) {
        let to = self.pop_vector();
        if lane != 0 {
            op!(&mut self.asm, pshufd_a, to, to, 0xeeu8);
        }
        self.push_xmm(F64, to);
    }

    pub fn visit_f32x4_replace_lane(&mut self, lane: u8) {
        let (vector, value) = self.pop2();
        let to = self.owned_xmm(vector);
        let from = self.read_xmm(value);
        op!(&mut self.asm, insertps_a, to, from, lane << 4);
        self.release_xmm(from);
        self.push_xmm(V128, to);
    }

    pub fn visit_f64x2_replace_lane(&mut self, lane: u8) {
        let (vector, value) = self.pop2();
        let to = self.owned_xmm(vector);
        let from = self.read_xmm(value);
        match lane {
            0 => op!(&mut self.asm, movsd_a_r, to, from),
            _ => op!(&mut self.asm, movlhps_rm, to, from),
        }
        self.release_xmm(from);
        self.push_xmm(V128, to);
    }

    /// Each operand gives its lanes, and zeros elsewhere.
    pub fn visit_i8x16_shuffle(&mut self, lanes: [u8; 16]) {
        let (first, second) = self.pop2();
        let first = self.owned_xmm(first);
        let second = self.owned_xmm(second);
        let of_first = lanes.map(|lane| if lane < 16 { lane } else { 0x80 });
        let of_second = lanes.map(|lane| if lane < 16 { 0x80 } else { lane - 16 });
        let of_first = self.asm.constant(&of_first);
        let of_second = self.asm.constant(&of_second);
        op!(&mut self.asm, pshufb_a, first, of_first);
        op!(&mut self.asm, pshufb_a, second, of_second);
        op!(&mut self.asm, por_a, first, second);
        self.release_xmm(second);
        self.push_xmm(V128, first);
    }

    pub fn visit_v128_load32_zero(&mut self, access: MemArg) {
        let to = self.take_xmm();
        let address = self.place(&access, 4);
        self.asm.load_xmm(F32, to, address.memory);
        self.release_address(address);
        self.push_xmm(V128, to);
    }

    pub fn visit_v128_load64_zero(&mut self, access: MemArg) {
        let to = self.take_xmm();
        let address = self.place(&access, 8);
        self.asm.load_xmm(F64, to, address.memory);
        self.release_address(address);
        self.push_xmm(V128, to);
    }
}
