//! What is assembled, read back by a disassembler that shares nothing with the encoder.

use super::*;
use iced_x86::{Code, ConditionCode, Decoder, DecoderOptions, Instruction, Mnemonic, OpKind, Register};

const GPRS: [(Gpr, Register); 16] = [
    (Gpr::RAX, Register::RAX),
    (Gpr::RCX, Register::RCX),
    (Gpr::RDX, Register::RDX),
    (Gpr::RBX, Register::RBX),
    (Gpr::RSP, Register::RSP),
    (Gpr::RBP, Register::RBP),
    (Gpr::RSI, Register::RSI),
    (Gpr::RDI, Register::RDI),
    (Gpr::R8, Register::R8),
    (Gpr::R9, Register::R9),
    (Gpr::R10, Register::R10),
    (Gpr::R11, Register::R11),
    (Gpr::R12, Register::R12),
    (Gpr::R13, Register::R13),
    (Gpr::R14, Register::R14),
    (Gpr::R15, Register::R15),
];

/// The instructions of the first `len` bytes.
fn decode(code: &[u8], len: u32) -> Vec<Instruction> {
    let mut decoder = Decoder::with_ip(64, &code[..len as usize], 0, DecoderOptions::NONE);
    let instructions: Vec<Instruction> = decoder.iter().collect();
    for instruction in &instructions {
        assert!(
            !instruction.is_invalid(),
            "at {:#x} of {code:x?}",
            instruction.ip()
        );
    }
    instructions
}

/// Numbers from a seed.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) as usize % bound
    }
}

#[test]
fn jumps_reach_their_labels() {
    for seed in 0..300 {
        let mut random = Random(seed);
        let mut assembler = Assembler::default();
        let labels: Vec<Label> = (0..8).map(|_| assembler.label()).collect();
        let mut places = vec![None; labels.len()];
        // The offset of each jump, with its label.
        let mut jumps = Vec::new();
        for _ in 0..200 {
            let index = random.below(labels.len());
            match random.below(5) {
                0 => {
                    jumps.push((assembler.offset(), index));
                    assembler.jump(labels[index]);
                }
                1 => {
                    jumps.push((assembler.offset(), index));
                    assembler.jump_if(Condition::Less, labels[index]);
                }
                2 if places[index].is_none() => {
                    places[index] = Some(assembler.offset());
                    assembler.bind(labels[index]);
                }
                _ => op!(&mut assembler, addl_mi, Gpr::RAX, 1_000_000u32),
            }
        }
        for (index, place) in places.iter_mut().enumerate() {
            if place.is_none() {
                *place = Some(assembler.offset());
                assembler.bind(labels[index]);
            }
        }
        let len = assembler.offset();
        let code = assembler.finish().unwrap().code;
        let mut found = Vec::new();
        for instruction in decode(&code, len) {
            if instruction.op0_kind() == OpKind::NearBranch64 {
                let target = instruction.near_branch_target();
                found.push((instruction.ip() as u32, target));
                let backwards = target <= instruction.ip();
                let reaches = instruction.ip() + 2 - target.min(instruction.ip() + 2) <= 128;
                assert_eq!(
                    instruction.len() == 2,
                    backwards && reaches,
                    "{seed}: {instruction:?}"
                );
            }
        }
        let expected = jumps
            .iter()
            .map(|&(at, label)| (at, u64::from(places[label].unwrap())));
        assert!(found.iter().copied().eq(expected), "{seed}");
    }
}

#[test]
fn conditions_have_their_numbers() {
    let names = {
        use ConditionCode as C;
        [
            C::o,
            C::no,
            C::b,
            C::ae,
            C::e,
            C::ne,
            C::be,
            C::a,
            C::s,
            C::ns,
            C::p,
            C::np,
            C::l,
            C::ge,
            C::le,
            C::g,
        ]
    };
    for (&condition, name) in Condition::ALL.iter().zip(names) {
        let mut assembler = Assembler::default();
        let label = assembler.label();
        assembler.bind(label);
        assembler.jump_if(condition, label);
        let len = assembler.offset();
        let instructions = decode(&assembler.finish().unwrap().code, len);
        assert_eq!(instructions[0].condition_code(), name);
        assert_eq!(condition.inverted().inverted(), condition);
        let mut inverse = instructions[0];
        inverse.negate_condition_code();
        assert_eq!(inverse.condition_code(), names[condition.inverted() as usize]);
    }
}

#[test]
fn operands_in_memory_are_encoded_for_every_register() {
    for (base, name) in GPRS {
        for distance in [0, 8, -128, 127, 128, i32::MIN, i32::MAX] {
            let mut assembler = Assembler::default();
            op!(&mut assembler, movq_rm, Gpr::R9, base.at(distance));
            let len = assembler.offset();
            let instruction = decode(&assembler.finish().unwrap().code, len)[0];
            assert_eq!(instruction.code(), Code::Mov_r64_rm64);
            assert_eq!(instruction.op0_register(), Register::R9);
            assert_eq!(
                (instruction.memory_base(), instruction.memory_index()),
                (name, Register::None)
            );
            assert_eq!(instruction.memory_displacement64() as i64, i64::from(distance));
            for (index, other) in GPRS {
                if index == Gpr::RSP {
                    continue;
                }
                let mut assembler = Assembler::default();
                let scale = cranelift_assembler_x64::Scale::Four;
                op!(
                    &mut assembler,
                    movl_rm,
                    Gpr::RAX,
                    base.indexed(index, scale, distance)
                );
                let len = assembler.offset();
                let instruction = decode(&assembler.finish().unwrap().code, len)[0];
                assert_eq!(
                    (instruction.memory_base(), instruction.memory_index()),
                    (name, other)
                );
                assert_eq!(instruction.memory_index_scale(), 4);
                assert_eq!(instruction.memory_displacement64() as i64, i64::from(distance));
            }
        }
    }
}

#[test]
fn constants_are_aligned_and_shared() {
    let vector: Vec<u8> = (0..16).collect();
    let mut assembler = Assembler::default();
    let unused = [9; 8];
    let _ = assembler.constant(&unused);
    let mut expected = Vec::new();
    for bytes in [&vector[..4], &vector[..], &vector[..8], &vector[..], &vector[..4]] {
        let constant = assembler.constant(bytes);
        match bytes.len() {
            4 => op!(&mut assembler, movss_a_m, Xmm::new(3), constant),
            8 => op!(&mut assembler, movsd_a_m, Xmm::new(12), constant),
            // Its immediate follows the displacement.
            _ => op!(&mut assembler, pshufd_a, Xmm::new(7), constant, 0x1bu8),
        }
        expected.push(bytes);
    }
    let len = assembler.offset();
    let code = assembler.finish().unwrap().code;
    let instructions = decode(&code, len);
    assert_eq!(instructions.len(), expected.len());
    for (instruction, bytes) in instructions.iter().zip(expected) {
        assert!(instruction.is_ip_rel_memory_operand());
        let place = instruction.ip_rel_memory_address() as usize;
        assert_eq!(&code[place..][..bytes.len()], bytes);
        assert_eq!(place % bytes.len(), 0);
    }
    let addresses: Vec<u64> = instructions
        .iter()
        .map(Instruction::ip_rel_memory_address)
        .collect();
    assert!(addresses[0] == addresses[4] && addresses[1] == addresses[3]);
    assert!(!code.windows(8).any(|bytes| bytes == unused));
}

#[test]
fn traps_and_calls_know_where_they_come_from() {
    let mut assembler = Assembler::default();
    assembler.begin(100);
    op!(&mut assembler, cmpl_rm, Gpr::RAX, Gpr::RCX);
    assembler.trap_if(Condition::AboveOrEqual, Trap::TableOutOfBounds);
    assembler.begin(110);
    let returned = assembler.call(FuncIdx::from_u32(7));
    assembler.begin(120);
    assembler.trap(Trap::UnreachableCodeReached);
    let behind = assembler.offset();
    let function = assembler.finish().unwrap();
    let instructions = decode(&function.code, function.code.len() as u32);
    let mnemonics: Vec<Mnemonic> = instructions.iter().map(Instruction::mnemonic).collect();
    use Mnemonic::{Call, Cmp, Jae, Ud2};
    assert_eq!(mnemonics, [Cmp, Jae, Call, Ud2, Ud2]);
    assert_eq!(instructions[1].near_branch_target(), u64::from(behind));
    let sites: Vec<_> = function
        .traps
        .iter()
        .map(|site| (site.offset, site.trap))
        .collect();
    assert_eq!(
        sites,
        [
            (returned, Trap::UnreachableCodeReached),
            (behind, Trap::TableOutOfBounds)
        ]
    );
    let locations: Vec<_> = function
        .locations
        .iter()
        .map(|location| (location.code_offset, location.wasm_offset))
        .collect();
    assert_eq!(locations, [(returned - 1, 110), (returned, 120), (behind, 100)]);
    let [relocation] = function.relocations[..] else {
        panic!("one call")
    };
    assert_eq!((relocation.offset + 4, relocation.addend), (returned, -4));
    assert_eq!(relocation.target, FuncIdx::from_u32(7));
}

#[test]
#[should_panic(expected = "a label has no place")]
fn a_jump_to_nowhere_is_not_finished() {
    let mut assembler = Assembler::default();
    let label = assembler.label();
    assembler.jump(label);
    let _ = assembler.finish();
}
