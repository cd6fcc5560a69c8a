//! Each instruction that is encoded by hand, compared with what `cranelift-assembler-x64` makes of it: with all registers, with
//! addresses of all kinds, and with numbers at the boundaries of their sizes.

use super::super::{Alu, Condition, Gpr, Shift, Source, Xmm};
use super::*;
use crate::op;
use transom_layout::object::FieldClass;
use transom_ops::Trap;

/// Compares the code and the traps of two emissions.
struct Compare {
    by_hand: Assembler,
    by_crate: Assembler,
}

impl Compare {
    fn new() -> Compare {
        Compare {
            by_hand: Assembler::default(),
            by_crate: Assembler::default(),
        }
    }

    fn same(&mut self, hand: impl FnOnce(&mut Assembler), other: impl FnOnce(&mut Assembler)) {
        self.by_hand.clear();
        self.by_crate.clear();
        // Traps are at the offsets of their instructions.
        self.by_hand.fence();
        self.by_crate.fence();
        hand(&mut self.by_hand);
        other(&mut self.by_crate);
        assert_eq!(self.by_hand.code.code(), self.by_crate.code.code());
        assert_eq!(self.by_hand.traps, self.by_crate.traps);
        assert_eq!(self.by_hand.locations, self.by_crate.locations);
    }
}

fn gprs() -> impl Iterator<Item = Gpr> {
    (0..16).map(Gpr::new)
}

/// Addresses of all kinds.
fn places() -> Vec<Memory> {
    let distances = [0, 1, -1, 127, 128, -128, -129, i32::MIN, i32::MAX];
    let mut places = Vec::new();
    for base in gprs() {
        places.extend(distances.map(|distance| base.at(distance)));
        places.push(base.trapping(16, Trap::MemoryOutOfBounds));
        for index in gprs().filter(|&index| index != Gpr::RSP) {
            for distance in [0, -128, 128] {
                places.push(base.indexed(index, Scale::One, distance));
            }
            for scale in [Scale::Two, Scale::Four, Scale::Eight] {
                places.push(base.indexed_trapping(index, scale, 8, Trap::NullReference));
            }
        }
    }
    places
}

macro_rules! loads {
    ($($form:ident: $name:ident;)*) => {
        $({
            let mut compare = Compare::new();
            for place in places() {
                for gpr in gprs() {
                    compare.same(|asm| asm.load(Form::$form, gpr, place), |asm| op!(asm, $name, gpr, place));
                }
            }
        })*
    };
}

#[test]
fn loads_are_encoded_as_by_the_crate() {
    loads! {
        LOAD: movl_rm;
        LOAD64: movq_rm;
        LOAD8S: movsbl_rm;
        LOAD8S64: movsbq_rm;
        LOAD8U: movzbl_rm;
        LOAD16S: movswl_rm;
        LOAD16S64: movswq_rm;
        LOAD16U: movzwl_rm;
        LOAD32S64: movslq_rm;
        ADDRESS: leaq_rm;
    }
}

macro_rules! stores {
    ($($form:ident: $name:ident;)*) => {
        $({
            let mut compare = Compare::new();
            for place in places() {
                for gpr in gprs() {
                    compare.same(|asm| asm.store(Form::$form, place, gpr), |asm| op!(asm, $name, place, gpr));
                }
            }
        })*
    };
}

macro_rules! stored_numbers {
    ($($form:ident: $name:ident $ty:ty;)*) => {
        $({
            let mut compare = Compare::new();
            for place in places() {
                for number in [0, 1, <$ty>::MIN, <$ty>::MAX] {
                    compare.same(
                        |asm| asm.store_number(Form::$form, place, number.to_le_bytes()),
                        |asm| op!(asm, $name, place, number),
                    );
                }
            }
        })*
    };
}

#[test]
fn stores_are_encoded_as_by_the_crate() {
    stores! {
        STORE: movl_mr;
        STORE64: movq_mr;
        STORE8: movb_mr;
        STORE16: movw_mr;
    }
    stored_numbers! {
        STORE8_NUMBER: movb_mi u8;
        STORE16_NUMBER: movw_mi u16;
        STORE_NUMBER: movl_mi u32;
        STORE64_NUMBER: movq_mi_sxl i32;
    }
}

macro_rules! moves {
    ($($form:ident: $name:ident;)*) => {
        $({
            let mut compare = Compare::new();
            for to in gprs() {
                for from in gprs() {
                    compare.same(
                        |asm| asm.with_operand(Form::$form, to.enc(), from.into()),
                        |asm| op!(asm, $name, to, from),
                    );
                }
            }
        })*
    };
}

#[test]
fn moves_between_registers_are_encoded_as_by_the_crate() {
    moves! {
        LOAD: movl_rm;
        LOAD64: movq_rm;
        LOAD8S: movsbl_rm;
        LOAD8S64: movsbq_rm;
        LOAD8U: movzbl_rm;
        LOAD16S: movswl_rm;
        LOAD16S64: movswq_rm;
        LOAD32S64: movslq_rm;
    }
    let mut compare = Compare::new();
    for gpr in gprs() {
        compare.same(
            |asm| asm.test(Width::W32, gpr),
            |asm| op!(asm, testl_mr, gpr, gpr),
        );
        compare.same(
            |asm| asm.test(Width::W64, gpr),
            |asm| op!(asm, testq_mr, gpr, gpr),
        );
        for bits in [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff] {
            compare.same(
                |asm| asm.set_gpr(gpr, bits),
                |asm| op!(asm, movl_oi, gpr, bits as u32),
            );
        }
        for bits in [-1, i64::from(i32::MIN)] {
            compare.same(
                |asm| asm.set_gpr(gpr, bits as u64),
                |asm| op!(asm, movq_mi_sxl, gpr, bits as i32),
            );
        }
        for bits in [1 << 32, i64::from(i32::MIN) as u64 - 1, 1 << 63] {
            compare.same(
                |asm| asm.set_gpr(gpr, bits),
                |asm| op!(asm, movabsq_oi, gpr, bits),
            );
        }
    }
}

macro_rules! alu {
    ($($name:ident: $rm32:ident $rm64:ident $byte32:ident $byte64:ident $long32:ident $long64:ident;)*) => {
        $({
            use Width::{W32, W64};
            let (mut compare, places) = (Compare::new(), places());
            for to in gprs() {
                for from in gprs() {
                    let source = Source::Gpr(from);
                    compare.same(|asm| asm.alu(Alu::$name, W32, to, source), |asm| op!(asm, $rm32, to, from));
                    compare.same(|asm| asm.alu(Alu::$name, W64, to, source), |asm| op!(asm, $rm64, to, from));
                }
                for &from in &places {
                    let source = Source::Memory(from);
                    compare.same(|asm| asm.alu(Alu::$name, W32, to, source), |asm| op!(asm, $rm32, to, from));
                    compare.same(|asm| asm.alu(Alu::$name, W64, to, source), |asm| op!(asm, $rm64, to, from));
                }
            }
            let operands = gprs().map(Rm::from).chain(places.into_iter().map(Rm::from));
            for to in operands {
                for byte in [0, 1, -1, i8::MIN, i8::MAX] {
                    let number = i32::from(byte);
                    compare.same(
                        |asm| asm.alu_immediate(Alu::$name, W32, to, number),
                        |asm| op!(asm, $byte32, to, byte),
                    );
                    compare.same(
                        |asm| asm.alu_immediate(Alu::$name, W64, to, number),
                        |asm| op!(asm, $byte64, to, byte),
                    );
                }
                for number in [128, -129, i32::MIN, i32::MAX] {
                    compare.same(
                        |asm| asm.alu_immediate(Alu::$name, W32, to, number),
                        |asm| op!(asm, $long32, to, number),
                    );
                    compare.same(
                        |asm| asm.alu_immediate(Alu::$name, W64, to, number),
                        |asm| op!(asm, $long64, to, number),
                    );
                }
            }
        })*
    };
}

#[test]
fn arithmetic_is_encoded_as_by_the_crate() {
    alu! {
        Add: addl_rm addq_rm addl_mi_sxb addq_mi_sxb addl_mi addq_mi_sxl;
        Adc: adcl_rm adcq_rm adcl_mi_sxb adcq_mi_sxb adcl_mi adcq_mi_sxl;
        Sub: subl_rm subq_rm subl_mi_sxb subq_mi_sxb subl_mi subq_mi_sxl;
        Sbb: sbbl_rm sbbq_rm sbbl_mi_sxb sbbq_mi_sxb sbbl_mi sbbq_mi_sxl;
        And: andl_rm andq_rm andl_mi_sxb andq_mi_sxb andl_mi andq_mi_sxl;
        Or: orl_rm orq_rm orl_mi_sxb orq_mi_sxb orl_mi orq_mi_sxl;
        Xor: xorl_rm xorq_rm xorl_mi_sxb xorq_mi_sxb xorl_mi xorq_mi_sxl;
        Cmp: cmpl_rm cmpq_rm cmpl_mi_sxb cmpq_mi_sxb cmpl_mi cmpq_mi;
    }
}

#[test]
fn products_are_encoded_as_by_the_crate() {
    use Width::{W32, W64};
    let mut compare = Compare::new();
    let operands: Vec<Rm> = gprs()
        .map(Rm::from)
        .chain(places().into_iter().map(Rm::from))
        .collect();
    for to in gprs() {
        for &by in &operands {
            compare.same(|asm| asm.multiply(W32, to, by), |asm| op!(asm, imull_rm, to, by));
            compare.same(|asm| asm.multiply(W64, to, by), |asm| op!(asm, imulq_rm, to, by));
            let number = -5;
            compare.same(
                |asm| asm.multiply_number(W32, to, by, number),
                |asm| op!(asm, imull_rmi, to, by, number),
            );
            compare.same(
                |asm| asm.multiply_number(W64, to, by, number),
                |asm| op!(asm, imulq_rmi_sxl, to, by, number),
            );
        }
    }
}

macro_rules! shifts {
    ($($name:ident: $by32:ident $by64:ident $cl32:ident $cl64:ident;)*) => {
        $({
            use Width::{W32, W64};
            let mut compare = Compare::new();
            for to in gprs() {
                for by in [0, 1, 31, 63] {
                    compare.same(|asm| asm.shift(Shift::$name, W32, to, by), |asm| op!(asm, $by32, to, by));
                    compare.same(|asm| asm.shift(Shift::$name, W64, to, by), |asm| op!(asm, $by64, to, by));
                }
                let cl = Gpr::RCX;
                compare.same(|asm| asm.shift_by_cl(Shift::$name, W32, to), |asm| op!(asm, $cl32, to, cl));
                compare.same(|asm| asm.shift_by_cl(Shift::$name, W64, to), |asm| op!(asm, $cl64, to, cl));
            }
        })*
    };
}

#[test]
fn shifts_are_encoded_as_by_the_crate() {
    shifts! {
        Left: shll_mi shlq_mi shll_mc shlq_mc;
        Signed: sarl_mi sarq_mi sarl_mc sarq_mc;
        Unsigned: shrl_mi shrq_mi shrl_mc shrq_mc;
        RotateLeft: roll_mi rolq_mi roll_mc rolq_mc;
        RotateRight: rorl_mi rorq_mi rorl_mc rorq_mc;
    }
}

macro_rules! conditional_moves {
    ($($condition:ident: $long:ident $quad:ident;)*) => {
        $({
            let mut compare = Compare::new();
            for to in gprs() {
                for from in gprs().map(Rm::from).chain([Gpr::RBP.at(-8).into(), Gpr::R12.at(1000).into()]) {
                    compare.same(
                        |asm| asm.move_if(Condition::$condition, Width::W32, to, from),
                        |asm| op!(asm, $long, to, from),
                    );
                    compare.same(
                        |asm| asm.move_if(Condition::$condition, Width::W64, to, from),
                        |asm| op!(asm, $quad, to, from),
                    );
                }
            }
        })*
    };
}

#[test]
fn conditional_moves_are_encoded_as_by_the_crate() {
    conditional_moves! {
        Overflow: cmovol_rm cmovoq_rm;
        NoOverflow: cmovnol_rm cmovnoq_rm;
        Below: cmovbl_rm cmovbq_rm;
        AboveOrEqual: cmovael_rm cmovaeq_rm;
        Equal: cmovel_rm cmoveq_rm;
        NotEqual: cmovnel_rm cmovneq_rm;
        BelowOrEqual: cmovbel_rm cmovbeq_rm;
        Above: cmoval_rm cmovaq_rm;
        Negative: cmovsl_rm cmovsq_rm;
        NotNegative: cmovnsl_rm cmovnsq_rm;
        Parity: cmovpl_rm cmovpq_rm;
        NoParity: cmovnpl_rm cmovnpq_rm;
        Less: cmovll_rm cmovlq_rm;
        GreaterOrEqual: cmovgel_rm cmovgeq_rm;
        LessOrEqual: cmovlel_rm cmovleq_rm;
        Greater: cmovgl_rm cmovgq_rm;
    }
}

#[test]
fn moves_of_floats_are_encoded_as_by_the_crate() {
    use FieldClass::{F32, F64, V128};
    let mut compare = Compare::new();
    for xmm in (0..16).map(Xmm::new) {
        for from in (0..16).map(Xmm::new) {
            compare.same(|asm| asm.move_xmm(xmm, from), |asm| op!(asm, movaps_a, xmm, from));
        }
        for place in places() {
            compare.same(
                |asm| asm.load_xmm(F32, xmm, place),
                |asm| op!(asm, movss_a_m, xmm, place),
            );
            compare.same(
                |asm| asm.load_xmm(F64, xmm, place),
                |asm| op!(asm, movsd_a_m, xmm, place),
            );
            compare.same(
                |asm| asm.load_xmm(V128, xmm, place),
                |asm| op!(asm, movups_a, xmm, place),
            );
            compare.same(
                |asm| asm.store_xmm(F32, place, xmm),
                |asm| op!(asm, movss_c_m, place, xmm),
            );
            compare.same(
                |asm| asm.store_xmm(F64, place, xmm),
                |asm| op!(asm, movsd_c_m, place, xmm),
            );
            compare.same(
                |asm| asm.store_xmm(V128, place, xmm),
                |asm| op!(asm, movups_b, place, xmm),
            );
        }
    }
}

#[test]
fn constants_are_encoded_as_by_the_crate() {
    let emit = |by_hand: bool| {
        let asm = &mut Assembler::default();
        for number in 0..16 {
            let (gpr, xmm) = (Gpr::new(number), Xmm::new(number));
            let place = asm.constant(&u64::from(number).to_le_bytes());
            if by_hand {
                asm.load_xmm(FieldClass::F64, xmm, place);
                asm.load(Form::LOAD8U, gpr, place);
                asm.multiply_number(Width::W64, gpr, place.into(), 7);
            } else {
                op!(asm, movsd_a_m, xmm, place);
                op!(asm, movzbl_rm, gpr, place);
                op!(asm, imulq_rmi_sxl, gpr, place, 7);
            }
        }
        asm.finish().unwrap().code
    };
    assert_eq!(emit(true), emit(false));
}
